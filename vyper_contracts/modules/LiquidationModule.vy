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
    after: records.Position
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
    @notice LIQ-20:3b6d. Liquidates a position at the mark, in part or in full; the reward is free cash of the sender's
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

    # check
    kind: uint256 = liquidation.calculate_kind(
        settled.equity, before.entry_notional, context.parameters.maintenance, context.parameters.buffer
    )
    assert kind != liquidation.HEALTHY, "NotLiquidatable"
    assert not accrual.is_waiting(context) or liquidation.is_last_tenth(
        settled.equity, before.entry_notional, context.parameters.maintenance
    ), "MarkBehind"
    outcome: Outcome = empty(Outcome)
    if kind != liquidation.FULL:
        outcome = self._calculate_part(context.parameters, settled.position, settled.equity, context.market.mark)
    if kind == liquidation.FULL or not self._can_leave(context.vault, before, outcome):
        outcome = empty(Outcome)
        outcome.is_full = True
    # pay
    side: uint256 = records.LONG if before.is_long else records.SHORT
    owner_before: records.Account = records.load_account(account)
    owner_after: records.Account = owner_before
    context.market.sides[side], owner_after.margin = settlement.update_sums(
        context.market.sides[side], owner_before.margin, before, outcome.after
    )
    if outcome.is_full:
        context.vault, outcome = self._liquidate_all(context.vault, account, before, settled, context.parameters)
        owner_after.cash += outcome.payout - outcome.claimed
        owner_after.count -= 1
    else:
        context.vault, outcome.insured = self._liquidate_part(context.vault, before, outcome)
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, context.exposure)

    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner_before, owner_after)
    records.store_position(id, outcome.after)
    self._store_reward(outcome.reward)

    # log
    self._log(account, market, context.market.mark, settled, outcome)


@internal
@view
def _validate_keeper(account: uint256):
    """
    @dev LIQ-20:3b6d. Anyone, or while only keepers may: a keeper, or the account's owner.
    """
    if storage.limits_word >> 224 == 1:
        assert records.owner_of(account) == msg.sender or storage.keepers[msg.sender], "NotKeeper"


@internal
@pure
def _calculate_part(
    parameters: records.Parameters, settled: records.Position, equity: int256, mark: uint256
) -> Outcome:
    """
    @dev LIQ-21:0a27. The partial liquidation that brings the ratio back to maintenance + buffer.
    """
    part: Outcome = empty(Outcome)
    # above 0: it is at least the maintenance margin
    part.size = liquidation.calculate_closed_size_up(
        settled.size,
        convert(equity, uint256),
        settled.entry_notional,
        parameters.maintenance + parameters.buffer,
        parameters.liquidation_fee,
    )
    part.entry_notional = liquidation.calculate_closed_entry_up(settled.entry_notional, part.size, settled.size)
    part.result = margin_math.calculate_pnl(part.size, part.entry_notional, mark, settled.is_long)
    part.fee = liquidation.calculate_liquidation_fee(equity, parameters.liquidation_fee, part.size, settled.size)
    part.reward = liquidation.calculate_reward(part.fee, equity, False)

    part.after = settled
    part.after.size -= part.size
    part.after.entry_notional -= part.entry_notional
    part.after.margin += part.result - convert(part.fee, int256)
    return part


@internal
@pure
def _can_leave(vault: records.Vault, before: records.Position, part: Outcome) -> bool:
    """
    @dev LIQ-21:0a27. The rest of the position is no dust, and the vault can pay for the settlement and the keeper's
         reward.
    """
    if part.after.size == 0 or part.after.entry_notional < records.MIN_NOTIONAL:
        return False

    freed: int256 = settlement.calculate_freed_margin(before.margin, part.after.margin)
    return convert(part.reward, int256) - freed <= convert(vault.cash + vault.insurance, int256)


@internal
@pure
def _liquidate_part(vault: records.Vault, before: records.Position, part: Outcome) -> (records.Vault, uint256):
    """
    @dev LIQ-21:0a27. Closes the part; the insurance gets what the keeper leaves of the fee. The vault, what is insured.
    """
    freed: int256 = settlement.calculate_freed_margin(before.margin, part.after.margin)
    missing: uint256 = 0
    paid: records.Vault = vault
    paid.cash, paid.insurance, paid.fed, paid.bucket, missing = vault_ledger.pay(
        vault, freed - convert(part.reward, int256)
    )

    insured: uint256 = 0
    paid.cash, paid.insurance, insured = vault_ledger.insure(paid.cash, paid.insurance, part.fee - part.reward)
    return paid, insured


@internal
def _liquidate_all(
    vault: records.Vault,
    account: uint256,
    before: records.Position,
    settled: settlement.Settlement,
    parameters: records.Parameters,
) -> (records.Vault, Outcome):
    """
    @dev LIQ-22:473e. Closes the whole position. Where cash is short, the keeper is paid first, then owner, then
         insurance.
    """
    full: Outcome = empty(Outcome)
    full.is_full = True
    full.size = before.size
    full.entry_notional = before.entry_notional
    full.result = settled.pnl
    full.fee = liquidation.calculate_liquidation_fee(
        settled.equity, parameters.liquidation_fee, before.size, before.size
    )
    full.reward = liquidation.calculate_reward(full.fee, settled.equity, True)
    insurance: uint256 = 0
    insurance, full.payout = liquidation.calculate_payout(settled.equity, full.fee, full.reward)

    paid: records.Vault = vault
    missing: uint256 = 0
    freed: int256 = settlement.calculate_freed_margin(before.margin, 0)
    paid.cash, paid.insurance, paid.fed, paid.bucket, missing = vault_ledger.pay(
        vault, freed - convert(full.reward + full.payout, int256)
    )
    full.claimed = min(missing, full.payout)
    paid.claimed, paid.claims = vault_ledger.claim(paid.claimed, paid.claims, account, full.claimed)

    opening_fee: uint256 = fees.calculate_fee_up(before.entry_notional, parameters.taker_fee)
    top_up: uint256 = liquidation.calculate_reward_top_up(settled.equity, opening_fee, paid.insurance)
    paid.insurance -= top_up
    full.reward = full.reward - (missing - full.claimed) + top_up

    paid, full.debt, full.covered = vault_ledger.book_bad_debt(paid, settled.equity, settled.pnl)
    paid.cash, paid.insurance, full.insured = vault_ledger.insure(paid.cash, paid.insurance, insurance)
    return paid, full


@internal
def _store_reward(reward: uint256):
    """
    @dev LIQ-20:3b6d. Adds the reward to the free cash of the keeper, who may be the owner of the position.
    """
    key: uint256 = records.account_key(msg.sender)
    before: records.Account = records.load_account(key)
    after: records.Account = before
    after.cash += reward
    records.store_account(key, before, after)


@internal
def _log(account: uint256, market: address, mark: uint256, settled: settlement.Settlement, outcome: Outcome):
    """
    @dev LIQ-20:3b6d. The event.
    """
    log events.Liquidated(
        account=account,
        market=market,
        keeper=msg.sender,
        is_full=outcome.is_full,
        is_long=settled.position.is_long,
        size=outcome.size,
        entry_notional=outcome.entry_notional,
        mark=mark,
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
