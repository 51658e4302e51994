"""Views: records as they are stored, and as a touch now would make them. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from reference.block import Block
from reference.core.accrual import Context, is_waiting, touch, validate_live
from reference.core.pricing import Fill, calculate_decrease_fill, calculate_increase
from reference.core.settlement import calculate_close, calculate_result, settle
from reference.errors import PositionExists, SizeTooLarge, SizeZero
from reference.math.funding import calculate_funding_rate
from reference.math.liquidation import ARRIVED_FOR
from reference.math.margin import calculate_liquidation_price_down, calculate_ratio_down
from reference.math.mark import DECREASE_GAP, calculate_start_down, calculate_start_up
from reference.math.units import RAO
from reference.math.vault import calculate_fed, calculate_nav
from reference.state.records import WOUND_DOWN, Account, Market, Parameters, Position, Request, Vault
from reference.state.storage import Protocol


@dataclass(frozen=True, slots=True)
class PositionView:
    """VIW-2. A position as a touch now would find it. Sizes, prices, ratio: WAD. The others: wei.

    margin: as of the last settlement. liquidation_price: of MRG-8.
    """

    is_long: bool = False
    size: int = 0
    margin: int = 0
    entry_notional: int = 0
    mark: int = 0
    pnl: int = 0
    funding_owed: int = 0
    interest_owed: int = 0
    equity: int = 0
    ratio: int = 0
    liquidation_price: int = 0


@dataclass(frozen=True, slots=True)
class MarketView:
    """VIW-4. A market as a touch now would find it. spot, high, low: the mark, where spot is unknown.

    refusal: of POS-9. exit_long, exit_short: at which a decrease starts. depth: of the pool, wei. liquidations_from:
    second from which a liquidation passes, 0 where none is known. exposure, value: wei. Prices, indices, utilization,
    funding_rate (of 8 hours): WAD.
    """

    cause: int
    refusal: int
    spot: int
    high: int
    low: int
    mark: int
    exit_long: int
    exit_short: int
    depth: int
    liquidations_from: int
    funding_index: int
    interest_index: int
    exposure: int
    value: int
    utilization: int
    funding_rate: int
    is_tripped: bool


@dataclass(frozen=True, slots=True)
class ClaimView:
    """VIW-10. The uncollected rest of a claim (wei). fed: the part that can be collected."""

    account: int = 0
    before: int = 0
    amount: int = 0
    fed: int = 0


def read_account(protocol: Protocol, account: int) -> Account:
    """VIW-1. An account; all 0 where it was never used."""
    return protocol.account(account)


def read_position(protocol: Protocol, block: Block, account: int, market: int) -> PositionView:
    """VIW-2. A position with everything accrued; all 0 where there is none. Errors: those of POS-7."""
    stored = protocol.positions.get((account, market))
    if stored is None:
        return PositionView()

    context = touch(protocol, block, market)
    settlement = settle(context, stored)
    return PositionView(
        is_long=stored.is_long,
        size=stored.size,
        margin=stored.margin,
        entry_notional=stored.entry_notional,
        mark=context.market.mark,
        pnl=settlement.pnl,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
        equity=settlement.equity,
        ratio=calculate_ratio_down(settlement.equity, stored.entry_notional),
        liquidation_price=calculate_liquidation_price_down(
            stored.size,
            stored.entry_notional,
            settlement.position.margin,
            context.parameters.maintenance,
            stored.is_long,
        ),
    )


def read_market(protocol: Protocol, market: int) -> Market:
    """VIW-3. A market as of its last touch; UNLISTED and all 0 where it is not listed."""
    return protocol.markets.get(market, Market())


def read_market_now(protocol: Protocol, block: Block, market: int) -> MarketView:
    """VIW-4. A market as a touch now would find it. Errors: MarketUnknown, NotInitialized (MTSOS, published)."""
    context = touch(protocol, block, market)
    touched, parameters = context.market, context.parameters

    rate = 0
    if touched.status != WOUND_DOWN:
        rate = calculate_funding_rate(
            touched.longs.size,
            touched.shorts.size,
            parameters.max_funding_rate,
            parameters.funding_weight,
            touched.utilization,
        )

    return MarketView(
        cause=context.seen.cause,
        refusal=context.seen.refusal,
        spot=context.seen.spot,
        high=context.seen.high,
        low=context.seen.low,
        mark=touched.mark,
        exit_long=calculate_start_down(touched.mark, context.seen.low, min(touched.gap_down, DECREASE_GAP)),
        exit_short=calculate_start_up(touched.mark, context.seen.high, min(touched.gap_up, DECREASE_GAP)),
        depth=context.seen.depth * RAO,
        liquidations_from=_calculate_liquidations_from(context, block),
        funding_index=touched.funding_index,
        interest_index=context.interest_index,
        exposure=context.exposure,
        value=touched.value,
        utilization=context.utilization,
        funding_rate=rate,
        is_tripped=context.vault.is_tripped,
    )


def _calculate_liquidations_from(context: Context, block: Block) -> int:
    """VIW-4. Second from which LIQ-24 lets liquidations pass; 0 where it is apart, or nothing can be closed."""
    if context.market.status == WOUND_DOWN or context.seen.is_apart:
        return 0
    if not is_waiting(context, block):
        return block.timestamp

    return context.market.apart_at + ARRIVED_FOR


def read_parameters(protocol: Protocol, market: int) -> Parameters:
    """VIW-5. A market's parameters; all 0 where it is not listed."""
    return protocol.parameters.get(market, Parameters(*[0] * len(fields(Parameters))))


def read_vault(protocol: Protocol) -> Vault:
    """VIW-6. The vault's books as they are stored."""
    return protocol.vault


def read_nav(protocol: Protocol) -> int:
    """VIW-7. Net asset value (wei, signed): VLT-8 of the markets' values at their last touch."""
    vault = protocol.vault
    return calculate_nav(vault.cash, vault.claimed - vault.fed, vault.value)


def quote_open(
    protocol: Protocol, block: Block, account: int, market: int, is_long: bool, margin: int, leverage: int
) -> Fill:
    """VIW-8. The fill that an open, or an increase of a position on this side, would have now.

    It checks neither the account's and the vault's limits nor the pause.
    Errors, in this order: PositionExists (on the other side), MarketUnknown, those of POS-14, POS-15.
    """
    position = protocol.positions.get((account, market), Position(is_long))
    if position.is_long != is_long:
        raise PositionExists

    context = touch(protocol, block, market)
    return calculate_increase(context, is_long, margin, leverage, position.entry_notional)


def quote_decrease(protocol: Protocol, block: Block, account: int, market: int, size: int) -> Fill:
    """VIW-9. The fill that a decrease of a position by a size (alpha WAD) would have now, and the fee it would pay.

    It checks neither what is left of the position nor the block of its last increase.
    Errors, in this order: PositionUnknown, SizeZero, SizeTooLarge, MarketWoundDown, those of POS-13; of all of it those
    of POS-7.
    """
    position = protocol.position(account, market)
    if size == 0:
        raise SizeZero
    if size > position.size:
        raise SizeTooLarge

    context = touch(protocol, block, market)
    validate_live(context.market.status)
    fill = calculate_decrease_fill(context, position.is_long, size)
    if size < position.size:
        return fill

    result = calculate_result(fill.value, position.entry_notional, position.is_long)
    fee, _ = calculate_close(settle(context, position), result, fill.fee)
    return replace(fill, fee=fee)


def read_equity(protocol: Protocol, block: Block, account: int, markets: Sequence[int]) -> tuple[int, int]:
    """VIW-14. Value of an account now (wei, signed): its free cash and the equity of its positions in these markets.

    Also the number of these positions: it is the account's count if they are all. Name each market once, 50 at most.
    Errors: those of POS-7.
    """
    views = [read_position(protocol, block, account, market) for market in markets]
    cash = protocol.account(account).cash
    return cash + sum(each.equity for each in views), sum(each.size > 0 for each in views)


def read_claim(protocol: Protocol, number: int) -> ClaimView:
    """VIW-10. The uncollected rest of a claim; all 0 where there is none."""
    found = protocol.claims.get(number)
    if found is None:
        return ClaimView()

    fed = calculate_fed(found.before, found.amount, protocol.vault.fed)
    return ClaimView(found.account, found.before, found.amount, fed)


def read_market_count(protocol: Protocol) -> int:
    """VIW-11. Number of markets ever listed, each generation of a subnet counted."""
    return len(protocol.markets)


def read_market_at(protocol: Protocol, index: int) -> int:
    """VIW-11. The markets in the order of their listing, from 0; 0 from their number on."""
    return next((key for number, key in enumerate(protocol.markets) if number == index), 0)


def read_roles(protocol: Protocol) -> tuple[int, int, int, int]:
    """VIW-12. Admin, the admin that is offered (or 0), guardian, treasury. The upgrader is the proxy's."""
    return protocol.admin, protocol.pending_admin, protocol.guardian, protocol.treasury


def read_is_keeper(protocol: Protocol, keeper: int) -> bool:
    """VIW-12. Whether an address is a keeper."""
    return keeper in protocol.keepers


def read_limits(protocol: Protocol) -> tuple[int, int, bool]:
    """VIW-13. Caps of one account and of all (wei), and whether only keepers liquidate."""
    return protocol.account_cap, protocol.global_cap, protocol.keepers_only


def read_pending_deposit_request(protocol: Protocol, request_id: int, controller: int) -> int:
    """SHR-11. TAO (wei) that is asked to be deposited in an epoch that is not settled."""
    return _read_requested(protocol, request_id, controller, False).assets


def read_claimable_deposit_request(protocol: Protocol, request_id: int, controller: int) -> int:
    """SHR-11. TAO (wei) that a settled epoch took, and whose shares are not claimed."""
    return _read_requested(protocol, request_id, controller, True).assets


def read_pending_redeem_request(protocol: Protocol, request_id: int, controller: int) -> int:
    """SHR-11. Shares (units) that are asked to be redeemed in an epoch that is not settled."""
    return _read_requested(protocol, request_id, controller, False).shares


def read_claimable_redeem_request(protocol: Protocol, request_id: int, controller: int) -> int:
    """SHR-11. Shares (units) that were asked to be redeemed in a settled epoch, and are not claimed."""
    return _read_requested(protocol, request_id, controller, True).shares


def _read_requested(protocol: Protocol, request_id: int, controller: int, is_settled: bool) -> Request:
    if (request_id in protocol.epochs) != is_settled:
        return Request()

    return protocol.requests.get((request_id, controller), Request())
