"""Liquidation of a position by a keeper, in part or in full."""

from dataclasses import dataclass

from reference.block import Block
from reference.core.accrual import Context, store, touch, validate_live
from reference.core.authorization import validate_running
from reference.core.settlement import Settlement, replace, settle
from reference.core.vault_ledger import book_bad_debt, claim, insure, pay, store_claim
from reference.errors import NotKeeper, NotLiquidatable
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
)
from reference.math.margin import calculate_pnl
from reference.state.records import MIN_NOTIONAL, Account, Claim, Position, account_key, owner_of
from reference.state.storage import Protocol, store_position


@dataclass(slots=True)
class Outcome:
    """What a liquidation does. size: alpha WAD. The others: wei."""

    is_full: bool
    size: int
    entry_notional: int
    result: int
    fee: int
    reward: int = 0
    insured: int = 0
    payout: int = 0
    claimed: int = 0
    debt: int = 0
    covered: int = 0


def process_liquidate(protocol: Protocol, block: Block, sender: int, account: int, market: int) -> list[Logged]:
    """LIQ-20. Liquidates a position at the mark; the keeper's reward goes to the sender's default account.

    Errors, in this order: Paused, NotKeeper, PositionUnknown, MarketWoundDown, those of POS-7, NotLiquidatable, those
    of POS-8; of a full one's claim AmountTooLarge.
    """
    validate_running(protocol)
    if protocol.keepers_only and sender not in protocol.keepers and owner_of(account) != sender:
        raise NotKeeper
    before = protocol.position(account, market)
    context = touch(protocol, block, market)
    validate_live(context.market.status)
    settled = before.copy()
    settlement = settle(context, settled)
    parameters = context.parameters
    kind = calculate_kind(settlement.equity, before.entry_notional, parameters.maintenance, parameters.buffer)
    if kind == HEALTHY:
        raise NotLiquidatable
    owner = protocol.account(account)
    after = settled.copy()
    outcome = Outcome(False, before.size, before.entry_notional, 0, 0)
    if kind != FULL:
        outcome = _calculate_part(context, settled, settlement, after)
        outcome.is_full = not _can_leave(context, before, after, outcome)
    made, logged = None, list[Logged]()
    if kind == FULL or outcome.is_full:
        after = Position(before.is_long)
        outcome, made, logged = _liquidate_all(context, account, owner, before, settlement)
    else:
        replace(context, owner, before, after)
        pay(context.vault, max(before.margin, 0) - max(after.margin, 0) - outcome.reward)
        outcome.insured = insure(context.vault, outcome.fee - outcome.reward)
    context.recache()
    stored = store(protocol, context)
    store_claim(protocol, made)
    store_position(protocol, account, market, owner, after)
    keeper = protocol.account(account_key(sender, 0))
    keeper.cash += outcome.reward
    protocol.store_account(account_key(sender, 0), keeper)
    return [*logged, *stored, _event(context, account, sender, before.is_long, settlement, outcome)]


def _calculate_part(context: Context, settled: Position, settlement: Settlement, after: Position) -> Outcome:
    """LIQ-21. What a partial liquidation would close, and in `after` what it would leave."""
    parameters, mark = context.parameters, context.market.mark
    threshold = parameters.maintenance + parameters.buffer
    size = calculate_closed_size_up(
        settled.size, settlement.equity, settled.entry_notional, threshold, parameters.liquidation_fee
    )
    entry = calculate_closed_entry_up(settled.entry_notional, size, settled.size)
    fee = calculate_liquidation_fee(settlement.equity, parameters.liquidation_fee, size, settled.size)
    after.size -= size
    after.entry_notional -= entry
    result = calculate_pnl(size, entry, mark, settled.is_long)
    after.margin += result - fee
    return Outcome(False, size, entry, result, fee, calculate_reward(fee, settlement.equity, False))


def _can_leave(context: Context, before: Position, after: Position, outcome: Outcome) -> bool:
    """LIQ-21. Whether a part can stay: it is no dust, and the vault can pay what the settlement owes."""
    if after.size == 0 or after.entry_notional < MIN_NOTIONAL:
        return False
    owed = max(after.margin, 0) + outcome.reward - max(before.margin, 0)
    return owed <= context.vault.cash + context.vault.insurance


def _liquidate_all(
    context: Context, key: int, owner: Account, before: Position, settlement: Settlement
) -> tuple[Outcome, Claim | None, list[Logged]]:
    """LIQ-22. Takes the whole position. Where cash is short: keeper first, then owner, then insurance."""
    parameters, vault, equity = context.parameters, context.vault, settlement.equity
    fee = calculate_liquidation_fee(equity, parameters.liquidation_fee, before.size, before.size)
    outcome = Outcome(True, before.size, before.entry_notional, settlement.pnl, fee)
    reward = calculate_reward(fee, equity, True)
    insured, outcome.payout = calculate_payout(equity, fee, reward)
    replace(context, owner, before, Position(before.is_long))
    owner.count -= 1
    short = pay(vault, max(before.margin, 0) - reward - outcome.payout)
    outcome.claimed = min(short, outcome.payout)
    outcome.reward = reward - (short - outcome.claimed)
    owner.cash += outcome.payout - outcome.claimed
    made, logged = claim(vault, key, outcome.claimed)
    top_up = calculate_reward_top_up(
        equity, calculate_fee_up(before.entry_notional, parameters.taker_fee), vault.insurance
    )
    vault.insurance -= top_up
    outcome.reward += top_up
    outcome.debt, outcome.covered, paused = book_bad_debt(vault, equity, settlement.pnl)
    outcome.insured = insure(vault, insured)
    return outcome, made, [*logged, *paused]


def _event(
    context: Context, account: int, keeper: int, is_long: bool, settlement: Settlement, outcome: Outcome
) -> Liquidated:
    return Liquidated(
        account,
        context.key,
        keeper,
        outcome.is_full,
        is_long,
        outcome.size,
        outcome.entry_notional,
        context.market.mark,
        settlement.equity,
        outcome.result,
        outcome.fee,
        outcome.reward,
        outcome.insured,
        settlement.funding_owed,
        settlement.interest_owed,
        outcome.payout,
        outcome.claimed,
        outcome.debt,
        outcome.covered,
    )
