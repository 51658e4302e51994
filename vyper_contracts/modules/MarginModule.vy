# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize gas
"""
@title MarginModule
@license MIT
@notice Adds margin to positions, and removes it. Delegate code of MegaTAO. Mirrors reference/modules/margin.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import pricing
from vyper_contracts.core import settlement
from vyper_contracts.core import vault_ledger
from vyper_contracts.math import margin
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]
initializes: accrual[records := records]
initializes: pricing[accrual := accrual]
initializes: vault_ledger[storage := storage]


@deploy
def __init__(price_oracle: address, index_oracle: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    """
    accrual.__init__(price_oracle, index_oracle)


@external
@nonreentrant
def add_margin(account: uint256, market: address, amount: uint256):
    """
    @notice POS-5:95cf. Moves free cash into a position's margin. Nothing is settled, no ratio asked for; never paused.
    @param account The account, of the sender.
    @param market The market.
    @param amount Amount (wei).
    """
    authorization.validate_owner(account)
    assert amount > 0, "AmountZero"
    before: records.Position = records.load_position(records.position_id(account, market))
    assert before.size > 0, "PositionUnknown"
    v: records.Vault = records.load_vault()
    c: accrual.Context = accrual.touch(market, v)
    accrual.validate_live(c.market.status)
    owner: records.Account = records.load_account(account)
    assert owner.cash >= records.validate_amount(amount), "CashTooLow"
    after: records.Position = before
    after.margin += convert(amount, int256)
    owned: records.Account = owner
    owned.cash -= amount
    self._move(account, v, c, owner, owned, before, after, convert(amount, int256))
    log events.MarginAdded(account=account, market=market, amount=amount)


@external
@nonreentrant
def remove_margin(account: uint256, market: address, amount: uint256):
    """
    @notice POS-6:c390. Settles a position and moves margin into free cash.
    @param account The account, of the sender.
    @param market The market.
    @param amount Amount (wei).
    """
    v: records.Vault = empty(records.Vault)
    before: records.Position = empty(records.Position)
    v, before = authorization.begin(account, market)
    assert amount > 0, "AmountZero"
    assert before.size > 0, "PositionUnknown"
    c: accrual.Context = accrual.touch(market, v)
    accrual.validate_live(c.market.status)
    pricing.validate_increase_price(c.key, c.cause, c.market.mark, c.spot)
    settled: settlement.Settlement = settlement.settle(before, c.market.mark, c.market.funding_index, c.interest_index)
    after: records.Position = before
    after.margin = settled.margin
    after.funding_index = c.market.funding_index
    after.interest_index = c.interest_index
    moved: int256 = convert(records.validate_amount(amount), int256)
    after.margin -= moved
    assert margin.is_leverage_allowed(
        after.margin + min(settled.pnl, 0), after.entry_notional, c.parameters.max_leverage
    ), "LeverageTooHigh"
    equity: int256 = margin.calculate_equity(after.margin, settled.pnl, 0, 0)
    assert margin.is_ratio_at_least(
        equity, after.entry_notional, c.parameters.maintenance + c.parameters.buffer
    ), "MarginRatioTooLow"
    owner: records.Account = records.load_account(account)
    owned: records.Account = owner
    owned.cash += amount
    self._move(account, v, c, owner, owned, before, after, -moved)
    log events.MarginRemoved(
        account=account,
        market=market,
        amount=amount,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
    )


@internal
def _move(
    account: uint256,
    v: records.Vault,
    context: accrual.Context,
    owner: records.Account,
    moved: records.Account,
    before: records.Position,
    after: records.Position,
    brought: int256,
):
    """
    @dev POS-8:a5db, VLT-24:9213. Puts the position with its new margin in place of the old one, and stores everything.
    """
    c: accrual.Context = context
    owned: records.Account = moved
    side: uint256 = records.LONG if before.is_long else records.SHORT
    c.market.sides[side] = settlement.update_sums(c.market.sides[side], before, after)
    owned.margin = settlement.replace_margin(owned.margin, before.margin, after.margin)
    short: uint256 = 0
    net: int256 = brought + max(before.margin, 0) - max(after.margin, 0)
    short, c.vault.cash, c.vault.insurance, c.vault.fed, c.vault.bucket = vault_ledger.pay(c.vault, net)
    assert short == 0, "VaultShort"
    accrual.store(c, v.is_tripped)
    records.store_account(account, owner, owned)
    records.store_position(records.position_id(account, c.key), after)
