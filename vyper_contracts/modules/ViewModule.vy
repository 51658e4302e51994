# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize codesize
"""
@title ViewModule
@license MIT
@notice What can be read: records as they are stored, and as a touch would have them now. Delegate code of MegaTAO.
        Mirrors reference/modules/view.py.
"""

from vyper_contracts.core import accrual
from vyper_contracts.core import pricing
from vyper_contracts.core import settlement
from vyper_contracts.math import funding
from vyper_contracts.math import liquidation
from vyper_contracts.math import margin as margin_math
from vyper_contracts.math import mark as mark_math
from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: accrual[records := records]
initializes: pricing[accrual := accrual]


struct PositionView:
    is_long: bool
    size: uint256
    margin: int256
    entry_notional: uint256
    mark: uint256
    pnl: int256
    funding_owed: int256
    interest_owed: uint256
    equity: int256
    ratio: int256
    liquidation_price: uint256


struct MarketView:
    cause: uint256
    refusal: uint256
    spot: uint256
    high: uint256
    low: uint256
    mark: uint256
    exit_long: uint256
    exit_short: uint256
    depth: uint256
    liquidations_from: uint256
    funding_index: int256
    interest_index: uint256
    exposure: uint256
    value: int256
    utilization: uint256
    funding_rate: int256
    is_tripped: bool


@deploy
def __init__(price_oracle: address, index_oracle: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    """
    accrual.__init__(price_oracle, index_oracle)


@external
@view
@nonreentrant
def account(account: uint256) -> records.Account:
    """
    @notice VIW-1:56cd. An account; one that never had anything is empty.
    @param account The account.
    @return Free cash, positive margins of its positions (wei), and their number.
    """
    return records.load_account(account)


@external
@view
@nonreentrant
def position(account: uint256, market: address) -> PositionView:
    """
    @notice VIW-2:3bee. A position as a touch now would find it; all 0 where there is none.
    @param account The account.
    @param market The market.
    @return The position: margin as it was last settled, what it has owed since, and what it is worth with that.
    """
    position: records.Position = records.load_position(records.position_id(account, market))
    if position.size == 0:
        return empty(PositionView)

    context: accrual.Context = accrual.touch(market, records.load_vault())
    settled: settlement.Settlement = settlement.settle(
        position, context.market.mark, context.market.funding_index, context.interest_index
    )

    return PositionView(
        is_long=position.is_long,
        size=position.size,
        margin=position.margin,
        entry_notional=position.entry_notional,
        mark=context.market.mark,
        pnl=settled.pnl,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
        equity=settled.equity,
        ratio=margin_math.calculate_ratio_down(settled.equity, position.entry_notional),
        liquidation_price=margin_math.calculate_liquidation_price_down(
            position.size,
            position.entry_notional,
            settled.position.margin,
            context.parameters.maintenance,
            position.is_long,
        ),
    )


@external
@view
@nonreentrant
def market(market: address) -> records.Market:
    """
    @notice VIW-3:44f2. A market as it is stored, as of its last touch; its status is 0 where it is not listed.
    @param market The market.
    @return The market.
    """
    return records.load_market(market)


@external
@view
@nonreentrant
def market_now(market: address) -> MarketView:
    """
    @notice VIW-4:4637. A market as a touch now would find it.
    @param market The market.
    @return Cause (0: the reading is good), refusal (0: increases are allowed), spot and the range of prices that may be
            hidden (the mark, where spot is unknown), mark, prices at which a decrease of a long and of a short starts,
            depth of the pool, second from which a liquidation passes (0: none is known), indices, exposure and value
            to the vault, utilization, funding rate of 8 hours (0 where it is wound down), whether the breaker is on.
    """
    context: accrual.Context = accrual.touch(market, records.load_vault())

    rate: int256 = 0
    if context.market.status != records.WOUND_DOWN:
        rate = funding.calculate_funding_rate(
            context.market.sides[records.LONG].size,
            context.market.sides[records.SHORT].size,
            context.parameters.max_funding_rate,
            context.parameters.funding_weight,
            context.market.utilization,
        )

    return MarketView(
        cause=context.seen.cause,
        refusal=context.seen.refusal,
        spot=context.seen.spot,
        high=context.seen.high,
        low=context.seen.low,
        mark=context.market.mark,
        exit_long=mark_math.calculate_start_down(
            context.market.mark, context.seen.low, min(context.market.gap_down, mark_math.DECREASE_GAP)
        ),
        exit_short=mark_math.calculate_start_up(
            context.market.mark, context.seen.high, min(context.market.gap_up, mark_math.DECREASE_GAP)
        ),
        # cannot overflow: below 2**64 rao
        depth=unsafe_mul(context.seen.depth, units.RAO),
        liquidations_from=self._calculate_liquidations_from(context),
        funding_index=context.market.funding_index,
        interest_index=context.interest_index,
        exposure=context.exposure,
        value=context.market.value,
        utilization=context.utilization,
        funding_rate=rate,
        is_tripped=context.vault.is_tripped,
    )


@internal
@view
def _calculate_liquidations_from(context: accrual.Context) -> uint256:
    """
    @dev VIW-4:4637. Second from which LIQ-24 lets liquidations pass; 0 where the mark is apart, or nothing is left to
         close.
    """
    if context.market.status == records.WOUND_DOWN or context.seen.is_apart == 1:
        return 0
    if not accrual.is_waiting(context):
        return block.timestamp

    return context.market.apart_at + liquidation.ARRIVED_FOR


@external
@view
@nonreentrant
def parameters(market: address) -> records.Parameters:
    """
    @notice VIW-5:3752. A market's parameters; all 0 where it is not listed.
    @param market The market.
    @return The parameters.
    """
    return records.load_parameters(market)


@external
@view
@nonreentrant
def vault() -> records.Vault:
    """
    @notice VIW-6:1f2b. The vault's books as they are stored.
    @return The books.
    """
    return records.load_vault()


@external
@view
@nonreentrant
def nav() -> int256:
    """
    @notice VIW-7:864a. Net asset value, of what the markets were worth at their last touch.
    @return Wei, signed.
    """
    vault: records.Vault = records.load_vault()
    return vault_math.calculate_nav(vault.cash, vault.claimed - vault.fed, vault.value)


@external
@view
@nonreentrant
def quote_open(account: uint256, market: address, is_long: bool, margin: uint256, leverage: uint256) -> pricing.Fill:
    """
    @notice VIW-8:2a17. The fill that an open or an increase would have now: its price only, not whether the account and
            the vault can carry it.
    @param account The account: what it has in the market counts.
    @param market The market.
    @param is_long Long or short.
    @param margin Margin (wei).
    @param leverage Leverage (WAD), from 1 to the market's highest.
    @return Price, rate of impact (WAD), size, notional and fee (wei).
    """
    position: records.Position = records.load_position(records.position_id(account, market))
    assert position.size == 0 or position.is_long == is_long, "PositionExists"

    context: accrual.Context = accrual.touch(market, records.load_vault())
    return pricing.calculate_increase(context, is_long, margin, leverage, position.entry_notional)


@external
@view
@nonreentrant
def quote_decrease(account: uint256, market: address, size: uint256) -> pricing.Fill:
    """
    @notice VIW-9:f24d. The fill that a decrease of a position would have now, and the fee that it would pay.
    @param account The account.
    @param market The market.
    @param size Size (alpha WAD), at most the position's.
    @return Price, rate of impact (WAD), size, proceeds and fee (wei).
    """
    position: records.Position = records.load_position(records.position_id(account, market))
    assert position.size > 0, "PositionUnknown"
    assert size > 0, "SizeZero"
    assert size <= position.size, "SizeTooLarge"

    context: accrual.Context = accrual.touch(market, records.load_vault())
    accrual.validate_live(context.market.status)

    fill: pricing.Fill = pricing.calculate_decrease_fill(context, position.is_long, size)
    if size == position.size:
        unused: uint256 = 0
        fill.fee, unused = settlement.calculate_close(
            settlement.settle(position, context.market.mark, context.market.funding_index, context.interest_index),
            settlement.calculate_result(fill.value, position.entry_notional, position.is_long),
            fill.fee,
        )

    return fill


@external
@view
@nonreentrant
def equity(account: uint256, markets: DynArray[address, 50]) -> (int256, uint256):
    """
    @notice VIW-14:41d4. What an account is worth now: its free cash, and the equity of its positions in these markets.
    @param account The account.
    @param markets The markets, each named once.
    @return Wei, signed; and how many positions that were: all, if it is the account's number of them.
    """
    worth: int256 = convert(records.load_account(account).cash, int256)
    count: uint256 = 0

    for market: address in markets:
        position: records.Position = records.load_position(records.position_id(account, market))
        if position.size > 0:
            context: accrual.Context = accrual.touch(market, records.load_vault())
            worth += settlement.settle(
                position, context.market.mark, context.market.funding_index, context.interest_index
            ).equity
            count += 1
    return worth, count


@external
@view
@nonreentrant
def claim(number: uint256) -> (uint256, uint256, uint256, uint256):
    """
    @notice VIW-10:58b3. A claim, what is left of it; all 0 where there is none.
    @param number The claim's.
    @return Account, all that was claimed before it, amount, and the part of it that can be collected (wei).
    """
    claimed: uint256[2] = storage.claim_words[number]
    before: uint256 = 0
    amount: uint256 = 0
    unused: uint256 = 0
    before, amount, unused = packing.unpack_amounts(claimed[1])

    vault: records.Vault = records.load_vault()
    return claimed[0], before, amount, vault_math.calculate_fed(before, amount, vault.fed)


@external
@view
@nonreentrant
def market_count() -> uint256:
    """
    @notice VIW-11:b110. How many markets were ever listed.
    @return Their number.
    """
    return storage.market_count


@external
@view
@nonreentrant
def market_at(index: uint256) -> address:
    """
    @notice VIW-11:b110. The markets in the order of their listing.
    @param index From 0; below market_count.
    @return The market; 0 from market_count on.
    """
    return storage.market_keys[index]


@external
@view
@nonreentrant
def module_of(selector: bytes4) -> address:
    """
    @notice PRX-5:2221. The module that runs when a function is called.
    @param selector The function's.
    @return The module, or 0.
    """
    return storage.module_of[selector]


@external
@view
@nonreentrant
def roles() -> (address, address, address, address, address):
    """
    @notice VIW-12:e1d4. Who has which role.
    @return Admin, the admin that is offered (or 0), guardian, treasury, upgrader.
    """
    return storage.admin, storage.pending_admin, storage.guardian, storage.treasury, storage.upgrader


@external
@view
@nonreentrant
def is_keeper(keeper: address) -> bool:
    """
    @notice VIW-12:e1d4. Whether someone may liquidate while only keepers may.
    @param keeper Who.
    @return Whether they may.
    """
    return storage.keepers[keeper]


@external
@view
@nonreentrant
def limits() -> (uint256, uint256, bool):
    """
    @notice VIW-13:d362. Caps on what accounts hold at a deposit, and whether only keepers liquidate.
    @return Cap of one account, of all together (wei), and whether only keepers liquidate.
    """
    account_cap: uint256 = 0
    global_cap: uint256 = 0
    keepers_only: uint256 = 0
    account_cap, global_cap, keepers_only = packing.unpack_amounts(storage.limits_word)

    return account_cap, global_cap, keepers_only != 0


@external
@view
@nonreentrant
def ready_at(upgrade: bytes32) -> uint256:
    """
    @notice PRX-2:0972. When an upgrade that was announced may be carried out.
    @param upgrade Its id.
    @return Seconds; 0 of one that is not announced.
    """
    return storage.upgrades[upgrade]


@external
@view
@nonreentrant
def pendingDepositRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice SHR-11:8d79. What a controller asks to deposit in an epoch that is not settled.
    @param requestId The epoch's number.
    @param controller Who asks.
    @return TAO (wei).
    """
    return self._load_request(requestId, controller, False)[0]


@external
@view
@nonreentrant
def claimableDepositRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice SHR-11:8d79. What a controller has deposited in a settled epoch, and has not claimed the shares of.
    @param requestId The epoch's number.
    @param controller Who has asked.
    @return TAO (wei).
    """
    return self._load_request(requestId, controller, True)[0]


@external
@view
@nonreentrant
def pendingRedeemRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice SHR-11:8d79. What a controller asks to redeem in an epoch that is not settled.
    @param requestId The epoch's number.
    @param controller Who asks.
    @return Shares (units).
    """
    return self._load_request(requestId, controller, False)[1]


@external
@view
@nonreentrant
def claimableRedeemRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice SHR-11:8d79. What a controller has asked to redeem in a settled epoch, and has not claimed.
    @param requestId The epoch's number.
    @param controller Who has asked.
    @return Shares (units), those that come back among them.
    """
    return self._load_request(requestId, controller, True)[1]


@internal
@view
def _load_request(number: uint256, controller: address, is_settled: bool) -> (uint256, uint256):
    """
    @dev SHR-11:8d79. What a controller asks of an epoch, TAO and shares; 0 unless the epoch is settled, or is not, as
         it should be.
    """
    if (storage.epoch_words[number][0] >= records.SETTLED) != is_settled:
        return 0, 0

    return records.load_request(records.request_id(number, controller))
