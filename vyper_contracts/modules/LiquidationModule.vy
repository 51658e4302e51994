# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize gas
"""
@title LiquidationModule
@license MIT
@notice Liquidates positions. Delegate code of MegaTAO. Mirrors reference/modules/liquidation.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import settlement
from vyper_contracts.core import vault_ledger
from vyper_contracts.math import fees
from vyper_contracts.math import liquidation
from vyper_contracts.math import margin as margin_math
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]
initializes: accrual[records := records]
initializes: vault_ledger[storage := storage]


struct Outcome:
    is_full: bool
    size: uint256
    entry_notional: uint256
    result: int256
    fee: uint256
    reward: uint256
    insured: uint256
    payout: uint256
    claimed: uint256
    debt: uint256
    covered: uint256


@deploy
def __init__(price_oracle: address, index_oracle: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    """
    accrual.__init__(price_oracle, index_oracle)


@external
@nonreentrant
def liquidate(account: uint256, market: address):
    """
    @notice LIQ-20:94bd. Liquidates a position at the mark, in part or in full; the reward is free cash of the sender's
            default account.
    @param account The account.
    @param market The market.
    """
    # authorize
    vault: records.Vault = records.load_vault()
    authorization.validate_running(vault.is_paused)
    self._validate_keeper(account)

    id: bytes32 = records.position_id(account, market)
    before: records.Position = records.load_position(id)
    assert before.size > 0, "PositionUnknown"

    # touch
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    current: records.Position = before
    current.margin = settled.margin
    current.funding_index = context.market.funding_index
    current.interest_index = context.interest_index

    # check
    kind: uint256 = liquidation.calculate_kind(
        settled.equity, before.entry_notional, context.parameters.maintenance, context.parameters.buffer
    )
    assert kind != liquidation.HEALTHY, "NotLiquidatable"

    owner: records.Account = records.load_account(account)
    owned: records.Account = owner
    after: records.Position = empty(records.Position)
    outcome: Outcome = empty(Outcome)
    outcome.is_full = True

    if kind != liquidation.FULL:
        outcome, after = self._calculate_part(context, current, settled.equity)
        outcome.is_full = not self._can_leave(context.vault, before, after, outcome)
    if outcome.is_full:
        after = empty(records.Position)
    # pay
    side: uint256 = records.LONG if before.is_long else records.SHORT
    context.market.sides[side] = settlement.update_sums(context.market.sides[side], before, after)
    owned.margin = settlement.replace_margin(owned.margin, before.margin, after.margin)
    if outcome.is_full:
        owned.count -= 1
        outcome, context.vault = self._liquidate_all(context, account, before, settled)
        owned.cash += outcome.payout - outcome.claimed
    else:
        short: uint256 = 0
        net: int256 = max(before.margin, 0) - max(after.margin, 0) - convert(outcome.reward, int256)
        short, context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket = vault_ledger.pay(
            context.vault, net
        )
        outcome.insured, context.vault.cash, context.vault.insurance = vault_ledger.insure(
            context.vault.cash, context.vault.insurance, outcome.fee - outcome.reward
        )
    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner, owned)
    records.store_position(id, after)

    keeper: uint256 = convert(msg.sender, uint256) << 96
    kept: records.Account = records.load_account(keeper)
    rewarded: records.Account = kept
    rewarded.cash += outcome.reward
    records.store_account(keeper, kept, rewarded)

    # log
    log events.Liquidated(
        account=account,
        market=market,
        keeper=msg.sender,
        is_full=outcome.is_full,
        is_long=before.is_long,
        size=outcome.size,
        entry_notional=outcome.entry_notional,
        mark=context.market.mark,
        equity=settled.equity,
        result=outcome.result,
        fee=outcome.fee,
        reward=outcome.reward,
        insured=outcome.insured,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
        payout=outcome.payout,
        claimed=outcome.claimed,
        debt=outcome.debt,
        covered=outcome.covered,
    )


@internal
@view
def _validate_keeper(account: uint256):
    """
    @dev LIQ-20:94bd. Anyone, or while only keepers may: a keeper, or the account's owner.
    """
    if storage.limits_word >> 224 == 1:
        is_owner: bool = account >> 96 == convert(msg.sender, uint256)
        assert is_owner or storage.keepers[msg.sender], "NotKeeper"


@internal
@pure
def _calculate_part(context: accrual.Context, current: records.Position, equity: int256) -> (Outcome, records.Position):
    """
    @dev LIQ-21:0a27. What a partial liquidation would close, and what it would leave.
    """
    after: records.Position = current
    part: Outcome = empty(Outcome)
    # above 0: it is at least the maintenance margin
    part.size = liquidation.calculate_closed_size_up(
        current.size,
        convert(equity, uint256),
        current.entry_notional,
        context.parameters.maintenance + context.parameters.buffer,
        context.parameters.liquidation_fee,
    )

    part.entry_notional = liquidation.calculate_closed_entry_up(current.entry_notional, part.size, current.size)
    part.fee = liquidation.calculate_liquidation_fee(
        equity, context.parameters.liquidation_fee, part.size, current.size
    )
    part.reward = liquidation.calculate_reward(part.fee, equity, False)

    after.size -= part.size
    after.entry_notional -= part.entry_notional
    part.result = margin_math.calculate_pnl(part.size, part.entry_notional, context.market.mark, current.is_long)
    after.margin += part.result - convert(part.fee, int256)

    return part, after


@internal
@pure
def _can_leave(vault: records.Vault, before: records.Position, after: records.Position, part: Outcome) -> bool:
    """
    @dev LIQ-21:0a27. Whether a part can stay: it is no dust, and the vault can pay what the settlement owes.
    """
    if after.size == 0 or after.entry_notional < records.MIN_NOTIONAL:
        return False

    owed: int256 = max(after.margin, 0) + convert(part.reward, int256) - max(before.margin, 0)
    return owed <= convert(vault.cash + vault.insurance, int256)


@internal
def _liquidate_all(
    context: accrual.Context, account: uint256, before: records.Position, settled: settlement.Settlement
) -> (Outcome, records.Vault):
    """
    @dev LIQ-22:473e. Takes the whole position. Where cash is short: keeper first, then owner, then insurance.
    """
    vault: records.Vault = context.vault

    all: Outcome = empty(Outcome)
    all.is_full = True
    all.size = before.size
    all.entry_notional = before.entry_notional
    all.result = settled.pnl
    all.fee = liquidation.calculate_liquidation_fee(
        settled.equity, context.parameters.liquidation_fee, before.size, before.size
    )
    all.reward = liquidation.calculate_reward(all.fee, settled.equity, True)
    insured: uint256 = 0
    insured, all.payout = liquidation.calculate_payout(settled.equity, all.fee, all.reward)

    short: uint256 = 0
    net: int256 = max(before.margin, 0) - convert(all.reward + all.payout, int256)
    short, vault.cash, vault.insurance, vault.fed, vault.bucket = vault_ledger.pay(vault, net)
    all.claimed = min(short, all.payout)
    all.reward -= short - all.claimed
    vault.claimed, vault.claims = vault_ledger.claim(vault.claimed, vault.claims, account, all.claimed)

    opening_fee: uint256 = fees.calculate_fee_up(before.entry_notional, context.parameters.taker_fee)
    top_up: uint256 = liquidation.calculate_reward_top_up(settled.equity, opening_fee, vault.insurance)
    vault.insurance -= top_up
    all.reward += top_up

    all.debt, all.covered, vault = vault_ledger.book_bad_debt(vault, settled.equity, settled.pnl)
    all.insured, vault.cash, vault.insurance = vault_ledger.insure(vault.cash, vault.insurance, insured)
    return all, vault
