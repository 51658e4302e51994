# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize gas
"""
@title DecreaseModule
@license MIT
@notice Decreases and closes positions. Delegate code of MegaTAO. Mirrors reference/modules/decrease.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import pricing
from vyper_contracts.core import settlement
from vyper_contracts.core import vault_ledger
from vyper_contracts.math import impact
from vyper_contracts.math import liquidation
from vyper_contracts.math import margin as margin_math
from vyper_contracts.state import records
from vyper_contracts.state import storage

initializes: storage
initializes: records[storage := storage]
initializes: authorization[records := records, storage := storage]
initializes: accrual[records := records]
initializes: pricing[accrual := accrual]
initializes: vault_ledger[storage := storage]


struct Decrease:
    after: records.Position
    entry_notional: uint256
    result: int256
    fee: uint256
    payout: uint256


@deploy
def __init__(price_oracle: address, index_oracle: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    """
    accrual.__init__(price_oracle, index_oracle)


@external
@nonreentrant
def decrease(account: uint256, market: address, size: uint256, terms: records.Terms):
    """
    @notice POS-3:c4ff. Closes a part of a position, at most all of it.
    @param account The account, of the sender.
    @param market The market.
    @param size Size (alpha WAD).
    @param terms What the sender allows: slippage against the mark, limit price, deadline (POS-18).
    """
    # authorize
    vault: records.Vault = empty(records.Vault)
    position: records.Position = empty(records.Position)
    vault, position = authorization.begin(account, market)
    authorization.validate_terms(terms)
    assert position.size > 0, "PositionUnknown"
    assert size > 0, "SizeZero"
    assert size <= position.size, "SizeTooLarge"

    self._decrease(account, market, vault, position, size, terms)


@external
@nonreentrant
def close(account: uint256, market: address, terms: records.Terms):
    """
    @notice POS-4:6c69. Closes all of a position. What the vault can't pay becomes a claim.
    @param account The account, of the sender.
    @param market The market.
    @param terms What the sender allows: slippage against the mark, limit price, deadline (POS-18).
    """
    # authorize
    vault: records.Vault = empty(records.Vault)
    position: records.Position = empty(records.Position)
    vault, position = authorization.begin(account, market)
    authorization.validate_terms(terms)
    assert position.size > 0, "PositionUnknown"

    self._decrease(account, market, vault, position, position.size, terms)


@internal
def _decrease(
    account: uint256,
    market: address,
    vault: records.Vault,
    before: records.Position,
    size: uint256,
    terms: records.Terms,
):
    """
    @dev POS-3:c4ff, POS-4:6c69. What a decrease and a close have in common.
    """
    assert before.increased_at != block.number % records.BLOCK_MODULUS, "SameBlock"

    # touch
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    if not margin_math.is_ratio_at_least(settled.equity, before.entry_notional, context.parameters.maintenance):
        # what can be liquidated now can't be closed
        assert accrual.is_waiting(context) and not liquidation.is_last_tenth(
            settled.equity, before.entry_notional, context.parameters.maintenance
        ), "BelowMaintenance"
    # price
    fill: pricing.Fill = pricing.calculate_decrease_fill(context, before.is_long, size)
    impact.validate_slippage(context.market.mark, fill.price, terms.max_slippage, not before.is_long)
    impact.validate_limit(fill.price, terms.limit_price, not before.is_long)

    # check
    decrease: Decrease = self._shrink(settled, fill)
    if decrease.after.size > 0:
        self._validate_rest(
            context.market.mark, context.parameters, decrease.after, before.entry_notional, settled.equity
        )
    side: uint256 = records.LONG if before.is_long else records.SHORT
    owner_before: records.Account = records.load_account(account)
    owner_after: records.Account = owner_before
    context.market.sides[side], owner_after.margin = settlement.update_sums(
        context.market.sides[side], owner_before.margin, before, decrease.after
    )

    # pay
    freed: int256 = settlement.calculate_freed_margin(before.margin, decrease.after.margin)
    missing: uint256 = 0
    (context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket, missing) = vault_ledger.pay(
        context.vault, freed - convert(decrease.payout, int256)
    )
    assert missing == 0 or decrease.after.size == 0, "VaultShort"
    context.vault.claimed, context.vault.claims = vault_ledger.claim(
        context.vault.claimed, context.vault.claims, account, missing
    )
    insured: uint256 = 0
    context.vault.cash, context.vault.insurance, insured = vault_ledger.share_fee(
        context.vault.cash, context.vault.insurance, decrease.fee
    )
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, context.exposure)
    owner_after.cash += decrease.payout - missing
    owner_after.count -= convert(decrease.after.size == 0, uint256)

    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner_before, owner_after)
    records.store_position(records.position_id(account, market), decrease.after)

    # log
    self._log(
        account,
        market,
        before.is_long,
        fill,
        decrease,
        context.market.mark,
        insured,
        settled.funding_owed,
        settled.interest_owed,
        missing,
    )


@internal
@pure
def _shrink(settled: settlement.Settlement, fill: pricing.Fill) -> Decrease:
    """
    @dev POS-3:c4ff. A decrease of a settled position by a fill; a full close pays by POS-17, a part stays in the
         margin.
    """
    decrease: Decrease = empty(Decrease)
    decrease.entry_notional = liquidation.calculate_closed_entry_up(
        settled.position.entry_notional, fill.size, settled.position.size
    )
    decrease.result = settlement.calculate_result(fill.value, decrease.entry_notional, settled.position.is_long)
    if fill.size == settled.position.size:
        decrease.fee, decrease.payout = settlement.calculate_close(settled, decrease.result, fill.fee)
        return decrease

    decrease.fee = fill.fee
    decrease.after = settled.position
    decrease.after.size -= fill.size
    decrease.after.entry_notional -= decrease.entry_notional
    decrease.after.margin += decrease.result - convert(fill.fee, int256)
    return decrease


@internal
def _log(
    account: uint256,
    market: address,
    is_long: bool,
    fill: pricing.Fill,
    decrease: Decrease,
    mark: uint256,
    insured: uint256,
    funding_owed: int256,
    interest_owed: uint256,
    claimed: uint256,
):
    """
    @dev POS-3:c4ff. The event; what is not built yet is 0 in it.
    """
    log events.Decreased(
        account=account,
        market=market,
        is_long=is_long,
        size=fill.size,
        entry_notional=decrease.entry_notional,
        mark=mark,
        fill=fill.price,
        result=decrease.result,
        fee=decrease.fee,
        insured=insured,
        funding_owed=funding_owed,
        interest_owed=interest_owed,
        payout=decrease.payout,
        claimed=claimed,
        book_size=0,
        book_value=0,
        builder=empty(address),
        builder_fee=0,
        referral_cut=0,
    )


@internal
@pure
def _validate_rest(
    mark: uint256, parameters: records.Parameters, rest: records.Position, entry_notional: uint256, equity: int256
):
    """
    @dev POS-3:c4ff. The rest of a position is no dust, and no nearer to liquidation than the whole was, or out of its
         reach. entry_notional, equity: of the whole.
    """
    assert rest.entry_notional >= records.MIN_NOTIONAL, "NotionalTooSmall"

    pnl: int256 = margin_math.calculate_pnl(rest.size, rest.entry_notional, mark, rest.is_long)
    left: int256 = margin_math.calculate_equity(rest.margin, pnl, 0, 0)
    if not margin_math.is_ratio_at_least(left, rest.entry_notional, parameters.maintenance + parameters.buffer):
        assert left * convert(entry_notional, int256) >= equity * convert(
            rest.entry_notional, int256
        ), "MarginRatioTooLow"
