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
from vyper_contracts.math import mark as mark_math
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

    self._move(account, vault.is_tripped, context, owner, before, after, convert(amount, int256))

    # log
    log events.MarginAdded(account=account, market=market, amount=amount)


@external
@nonreentrant
def remove_margin(account: uint256, market: address, amount: uint256):
    """
    @notice POS-6:3869. Settles a position and moves margin into free cash.
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
    pricing.validate_increase_price(context.seen.refusal)

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    after: records.Position = settled.position
    exit_price: uint256 = pricing.calculate_start(context, not before.is_long, mark_math.INDEX_BAND)
    after.margin -= convert(records.validate_amount(amount), int256)

    # check
    self._validate_removal(context.parameters, after, exit_price)

    owner: records.Account = records.load_account(account)
    self._move(account, vault.is_tripped, context, owner, before, after, -convert(amount, int256))

    # log
    log events.MarginRemoved(
        account=account,
        market=market,
        amount=amount,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
    )


@internal
@pure
def _validate_removal(parameters: records.Parameters, position: records.Position, exit_price: uint256):
    """
    @dev POS-6:3869. The margin that stays carries the notional, losses counted and profits not, and the ratio is
         healthy. exit_price: at which it would be closed now, before impact.
    """
    pnl: int256 = margin_math.calculate_pnl(position.size, position.entry_notional, exit_price, position.is_long)
    assert margin_math.is_leverage_allowed(
        position.margin + min(pnl, 0), position.entry_notional, parameters.max_leverage
    ), "LeverageTooHigh"

    equity: int256 = margin_math.calculate_equity(position.margin, pnl, 0, 0)
    threshold: uint256 = parameters.maintenance + parameters.buffer
    assert margin_math.is_ratio_at_least(equity, position.entry_notional, threshold), "MarginRatioTooLow"


@internal
def _move(
    account: uint256,
    was_tripped: bool,
    touched: accrual.Context,
    owner_before: records.Account,
    before: records.Position,
    after: records.Position,
    added: int256,
):
    """
    @dev POS-8:a5db, VLT-24:9213. Puts the position with its new margin in place of the old one, and stores everything:
         what adding and removing margin have in common. added: to the margin, out of free cash.
    """
    context: accrual.Context = touched
    owner_after: records.Account = owner_before
    side: uint256 = records.LONG if before.is_long else records.SHORT
    context.market.sides[side], owner_after.margin = settlement.update_sums(
        context.market.sides[side], owner_before.margin, before, after
    )

    # pay
    owner_after.cash = convert(convert(owner_before.cash, int256) - added, uint256)
    freed: int256 = settlement.calculate_freed_margin(before.margin, after.margin)
    missing: uint256 = 0
    (context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket, missing) = vault_ledger.pay(
        context.vault, added + freed
    )
    assert missing == 0, "VaultShort"
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, context.exposure)

    # store
    accrual.store(context, was_tripped)
    records.store_account(account, owner_before, owner_after)
    records.store_position(records.position_id(account, context.key), after)
