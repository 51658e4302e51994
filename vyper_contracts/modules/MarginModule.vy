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
from vyper_contracts.math import margin as margin_math
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
    # authorize
    authorization.validate_owner(account)
    assert amount > 0, "AmountZero"
    before: records.Position = records.load_position(records.position_id(account, market))
    assert before.size > 0, "PositionUnknown"

    # touch
    vault: records.Vault = records.load_vault()
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # check
    owner: records.Account = records.load_account(account)
    assert owner.cash >= records.validate_amount(amount), "CashTooLow"

    after: records.Position = before
    after.margin += convert(amount, int256)
    owned: records.Account = owner
    owned.cash -= amount

    # pay
    self._move(account, vault, context, owner, owned, before, after, convert(amount, int256))

    # log
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
    # authorize
    vault: records.Vault = empty(records.Vault)
    before: records.Position = empty(records.Position)
    vault, before = authorization.begin(account, market)
    assert amount > 0, "AmountZero"
    assert before.size > 0, "PositionUnknown"

    # touch
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # price
    pricing.validate_increase_price(context.key, context.cause, context.market.mark, context.spot)

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    after: records.Position = before
    after.margin = settled.margin
    after.funding_index = context.market.funding_index
    after.interest_index = context.interest_index
    moved: int256 = convert(records.validate_amount(amount), int256)
    after.margin -= moved

    # check
    assert margin_math.is_leverage_allowed(
        after.margin + min(settled.pnl, 0), after.entry_notional, context.parameters.max_leverage
    ), "LeverageTooHigh"
    equity: int256 = margin_math.calculate_equity(after.margin, settled.pnl, 0, 0)
    assert margin_math.is_ratio_at_least(
        equity, after.entry_notional, context.parameters.maintenance + context.parameters.buffer
    ), "MarginRatioTooLow"

    # pay
    owner: records.Account = records.load_account(account)
    owned: records.Account = owner
    owned.cash += amount
    self._move(account, vault, context, owner, owned, before, after, -moved)

    # log
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
    vault: records.Vault,
    touched: accrual.Context,
    owner: records.Account,
    moved: records.Account,
    before: records.Position,
    after: records.Position,
    brought: int256,
):
    """
    @dev POS-8:a5db, VLT-24:9213. Puts the position with its new margin in place of the old one, and stores everything.
    """
    context: accrual.Context = touched
    owned: records.Account = moved
    side: uint256 = records.LONG if before.is_long else records.SHORT
    context.market.sides[side] = settlement.update_sums(context.market.sides[side], before, after)
    owned.margin = settlement.replace_margin(owned.margin, before.margin, after.margin)

    # pay
    short: uint256 = 0
    net: int256 = brought + max(before.margin, 0) - max(after.margin, 0)
    short, context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket = vault_ledger.pay(
        context.vault, net
    )
    assert short == 0, "VaultShort"

    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner, owned)
    records.store_position(records.position_id(account, context.key), after)
