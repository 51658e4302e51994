"""Liquidation of a position by a keeper, in part or in full."""

from dataclasses import dataclass, replace

from reference.block import Block
from reference.core.accrual import Context, is_waiting, recache, store, touch, validate_live
from reference.core.authorization import validate_running
from reference.core.settlement import Settlement, calculate_freed_margin, settle, update_sums
from reference.core.vault_ledger import book_bad_debt, claim, insure, pay, store_claim
from reference.errors import MarkBehind, NotKeeper, NotLiquidatable
from reference.events import Liquidated, Logged
from reference.math.fees import calculate_fee_up
from reference.math.liquidation import (
    FULL,
    HEALTHY,
    calculate_closed_entry_up,
    calculate_closed_size_up,
    calculate_kind,
    calculate_liquidation_fee,
    calculate_payout,
    calculate_reward,
    calculate_reward_top_up,
    is_last_tenth,
)
from reference.math.margin import calculate_pnl
from reference.state.records import MIN_NOTIONAL, Account, Claim, Parameters, Position, account_key, owner_of
from reference.state.storage import Protocol, store_position


@dataclass(frozen=True, slots=True)
class Outcome:
    """A liquidation, and the position that it leaves. size: of what is closed, alpha WAD. The others: wei.

    entry_notional: of what is closed. result: realised at the mark, signed. reward: of the keeper. claim, logged: the
    owner's claim on the vault, and the events of the vault's books.
    """

    after: Position
    is_full: bool
    size: int
    entry_notional: int
    result: int
    fee: int
    reward: int
    insured: int = 0
    payout: int = 0
    claimed: int = 0
    debt: int = 0
    covered: int = 0
    claim: Claim | None = None
    logged: tuple[Logged, ...] = ()


def process_liquidate(protocol: Protocol, block: Block, sender: int, account: int, market: int) -> list[Logged]:
    """LIQ-20. Liquidates a position at the mark; the keeper's reward goes to the sender's default account.

    Errors, in this order: Paused, NotKeeper, PositionUnknown, MarketWoundDown, those of POS-7, NotLiquidatable,
    MarkBehind, those of POS-8; of a full liquidation's claim AmountTooLarge.
    """
    # authorize
    validate_running(protocol)
    if protocol.keepers_only and sender not in protocol.keepers and owner_of(account) != sender:
        raise NotKeeper
    before = protocol.position(account, market)

    # touch
    context = touch(protocol, block, market)
    validate_live(context.market.status)

    # settle
    settlement = settle(context, before)

    # check
    kind = _calculate_kind(context.parameters, settlement)
    if kind == HEALTHY:
        raise NotLiquidatable
    if is_waiting(context, block) and not _is_last_tenth(context, settlement):
        raise MarkBehind
    part = None if kind == FULL else _calculate_part(context, settlement)
    if part is not None and not _can_leave(context, before, part):
        part = None

    # pay
    if part is None:
        context, owner, outcome = _liquidate_all(context, account, protocol.account(account), before, settlement)
    else:
        context, owner, outcome = _liquidate_part(context, protocol.account(account), before, part)
    context = recache(context)

    # store
    logged = store(protocol, context)
    store_claim(protocol, outcome.claim)
    store_position(protocol, account, market, owner, outcome.after)
    _store_reward(protocol, sender, outcome.reward)

    # log
    return [*outcome.logged, *logged, _event(context, account, sender, settlement, outcome)]


def _calculate_kind(parameters: Parameters, settlement: Settlement) -> int:
    entry_notional = settlement.position.entry_notional
    return calculate_kind(settlement.equity, entry_notional, parameters.maintenance, parameters.buffer)


def _is_last_tenth(context: Context, settlement: Settlement) -> bool:
    return is_last_tenth(settlement.equity, settlement.position.entry_notional, context.parameters.maintenance)


def _calculate_part(context: Context, settlement: Settlement) -> Outcome:
    """LIQ-21. The partial liquidation that brings the ratio back to maintenance + buffer."""
    parameters, position, equity = context.parameters, settlement.position, settlement.equity
    threshold, fee_rate = parameters.maintenance + parameters.buffer, parameters.liquidation_fee

    size = calculate_closed_size_up(position.size, equity, position.entry_notional, threshold, fee_rate)
    entry_notional = calculate_closed_entry_up(position.entry_notional, size, position.size)
    result = calculate_pnl(size, entry_notional, context.market.mark, position.is_long)
    fee = calculate_liquidation_fee(equity, fee_rate, size, position.size)

    after = replace(
        position,
        size=position.size - size,
        margin=position.margin + result - fee,
        entry_notional=position.entry_notional - entry_notional,
    )
    return Outcome(
        after=after,
        is_full=False,
        size=size,
        entry_notional=entry_notional,
        result=result,
        fee=fee,
        reward=calculate_reward(fee, equity, False),
    )


def _can_leave(context: Context, before: Position, part: Outcome) -> bool:
    """LIQ-21. The rest of the position is no dust, and the vault can pay for the settlement and the keeper's reward."""
    after, vault = part.after, context.vault
    if after.size == 0 or after.entry_notional < MIN_NOTIONAL:
        return False

    return part.reward - calculate_freed_margin(before, after) <= vault.cash + vault.insurance


def _liquidate_part(
    context: Context, owner: Account, before: Position, part: Outcome
) -> tuple[Context, Account, Outcome]:
    """LIQ-21. Closes the part; the insurance gets what the keeper leaves of the fee."""
    context, owner = update_sums(context, owner, before, part.after)
    vault, _ = pay(context.vault, calculate_freed_margin(before, part.after) - part.reward)
    vault, insured = insure(vault, part.fee - part.reward)
    return replace(context, vault=vault), owner, replace(part, insured=insured)


def _liquidate_all(
    context: Context, key: int, owner: Account, before: Position, settlement: Settlement
) -> tuple[Context, Account, Outcome]:
    """LIQ-22. Closes the whole position. Where cash is short, the keeper is paid first, then owner, then insurance."""
    parameters, equity = context.parameters, settlement.equity
    fee = calculate_liquidation_fee(equity, parameters.liquidation_fee, before.size, before.size)
    reward = calculate_reward(fee, equity, True)
    insurance, payout = calculate_payout(equity, fee, reward)
    after = Position(before.is_long)
    context, owner = update_sums(context, owner, before, after)

    vault, missing = pay(context.vault, calculate_freed_margin(before, after) - reward - payout)
    claimed = min(missing, payout)
    vault, made, claims = claim(vault, key, claimed)
    opening_fee = calculate_fee_up(before.entry_notional, parameters.taker_fee)
    top_up = calculate_reward_top_up(equity, opening_fee, vault.insurance)
    vault = replace(vault, insurance=vault.insurance - top_up)
    vault, debt, covered, paused = book_bad_debt(vault, equity, settlement.pnl)
    vault, insured = insure(vault, insurance)

    outcome = Outcome(
        after=after,
        is_full=True,
        size=before.size,
        entry_notional=before.entry_notional,
        result=settlement.pnl,
        fee=fee,
        reward=reward - (missing - claimed) + top_up,
        insured=insured,
        payout=payout,
        claimed=claimed,
        debt=debt,
        covered=covered,
        claim=made,
        logged=(*claims, *paused),
    )
    owner = replace(owner, cash=owner.cash + payout - claimed, count=owner.count - 1)
    return replace(context, vault=vault), owner, outcome


def _store_reward(protocol: Protocol, sender: int, reward: int) -> None:
    """LIQ-20. Adds the reward (wei) to the free cash of the keeper, who may be the owner of the position."""
    key = account_key(sender, 0)
    keeper = protocol.account(key)
    protocol.store_account(key, replace(keeper, cash=keeper.cash + reward))


def _event(context: Context, account: int, keeper: int, settlement: Settlement, outcome: Outcome) -> Liquidated:
    return Liquidated(
        account=account,
        market=context.key,
        keeper=keeper,
        is_full=outcome.is_full,
        is_long=outcome.after.is_long,
        size=outcome.size,
        entry_notional=outcome.entry_notional,
        mark=context.market.mark,
        equity=settlement.equity,
        result=outcome.result,
        fee=outcome.fee,
        reward=outcome.reward,
        insured=outcome.insured,
        funding_owed=settlement.funding_owed,
        interest_owed=settlement.interest_owed,
        payout=outcome.payout,
        claimed=outcome.claimed,
        debt=outcome.debt,
        covered=outcome.covered,
    )
