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
    @notice POS-3:f2ae. Closes a part of a position, at most all of it.
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
    @dev POS-3:f2ae, POS-4:6c69. What a decrease and a close have in common.
    """
    assert before.increased_at != block.number % records.BLOCK_MODULUS, "SameBlock"

    # touch
    context: accrual.Context = accrual.touch(market, vault)
    accrual.validate_live(context.market.status)

    # settle
    settled: settlement.Settlement = settlement.settle(
        before, context.market.mark, context.market.funding_index, context.interest_index
    )
    after: records.Position = before
    after.margin = settled.margin
    after.funding_index = context.market.funding_index
    after.interest_index = context.interest_index
    assert margin_math.is_ratio_at_least(
        settled.equity, before.entry_notional, context.parameters.maintenance
    ), "BelowMaintenance"

    # price
    fill: pricing.Fill = pricing.calculate_decrease_fill(context, before.is_long, size)
    impact.validate_slippage(context.market.mark, fill.price, terms.max_slippage, not before.is_long)
    impact.validate_limit(fill.price, terms.limit_price, not before.is_long)

    entry_notional: uint256 = liquidation.calculate_closed_entry_up(before.entry_notional, size, before.size)
    result: int256 = settlement.calculate_result(fill.value, entry_notional, before.is_long)
    fee: uint256 = fill.fee
    payout: uint256 = 0

    # check
    owner: records.Account = records.load_account(account)
    owned: records.Account = owner
    if size == before.size:
        fee, payout = settlement.calculate_close(settled, result, fee)
        after = empty(records.Position)
        owned.count -= 1
    else:
        after.size -= size
        after.entry_notional -= entry_notional
        after.margin += result - convert(fee, int256)
        self._validate_rest(context, after, before.entry_notional, settled.equity)

    side: uint256 = records.LONG if before.is_long else records.SHORT
    context.market.sides[side] = settlement.update_sums(context.market.sides[side], before, after)
    owned.margin = settlement.replace_margin(owned.margin, before.margin, after.margin)

    # pay
    claimed: uint256 = 0
    net: int256 = max(before.margin, 0) - max(after.margin, 0) - convert(payout, int256)
    claimed, context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket = vault_ledger.pay(
        context.vault, net
    )
    assert claimed == 0 or after.size == 0, "VaultShort"
    context.vault.claimed, context.vault.claims = vault_ledger.claim(
        context.vault.claimed, context.vault.claims, account, claimed
    )
    owned.cash += payout - claimed

    insured: uint256 = 0
    insured, context.vault.cash, context.vault.insurance = vault_ledger.share_fee(
        context.vault.cash, context.vault.insurance, fee
    )

    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner, owned)
    records.store_position(records.position_id(account, market), after)

    # log
    log events.Decreased(
        account=account,
        market=market,
        is_long=before.is_long,
        size=size,
        entry_notional=entry_notional,
        mark=context.market.mark,
        fill=fill.price,
        result=result,
        fee=fee,
        insured=insured,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
        payout=payout,
        claimed=claimed,
        book_size=0,
        book_value=0,
        builder=empty(address),
        builder_fee=0,
        referral_cut=0,
    )


@internal
@pure
def _validate_rest(context: accrual.Context, rest: records.Position, entry_notional: uint256, equity: int256):
    """
    @dev POS-3:f2ae. What is left is no dust, and no nearer to liquidation than it was, or out of its reach.
    """
    assert rest.entry_notional >= records.MIN_NOTIONAL, "NotionalTooSmall"

    pnl: int256 = margin_math.calculate_pnl(rest.size, rest.entry_notional, context.market.mark, rest.is_long)
    left: int256 = margin_math.calculate_equity(rest.margin, pnl, 0, 0)
    if not margin_math.is_ratio_at_least(
        left, rest.entry_notional, context.parameters.maintenance + context.parameters.buffer
    ):
        assert left * convert(entry_notional, int256) >= equity * convert(
            rest.entry_notional, int256
        ), "MarginRatioTooLow"
