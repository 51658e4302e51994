# pragma version 0.4.3
# pragma evm-version shanghai
# pragma optimize gas
"""
@title OpenModule
@license MIT
@notice Opens and increases positions. Delegate code of MegaTAO. Mirrors reference/modules/open.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import pricing
from vyper_contracts.core import settlement
from vyper_contracts.core import vault_ledger
from vyper_contracts.math import impact
from vyper_contracts.math import margin as margin_math
from vyper_contracts.math import units
from vyper_contracts.math import vault as vault_math
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
def open(
    account: uint256, market: address, is_long: bool, margin_added: uint256, leverage: uint256, terms: records.Terms
):
    """
    @notice POS-1:f84c. Opens a position of margin * leverage, out of the account's free cash.
    @param account The account, of the sender.
    @param market The market.
    @param is_long Long or short.
    @param margin_added Margin (wei).
    @param leverage Leverage (WAD), from 1 to the market's highest.
    @param terms What the sender allows: slippage against the mark, limit price, deadline (POS-18).
    """
    self._increase(account, market, True, is_long, margin_added, leverage, terms)


@external
@nonreentrant
def increase(account: uint256, market: address, margin_added: uint256, leverage: uint256, terms: records.Terms):
    """
    @notice POS-2:83ac. Adds margin * leverage to a position.
    @param account The account, of the sender.
    @param market The market.
    @param margin_added Margin (wei).
    @param leverage Leverage (WAD) of what is added, from 1 to the market's highest.
    @param terms What the sender allows: slippage against the mark, limit price, deadline (POS-18).
    """
    self._increase(account, market, False, False, margin_added, leverage, terms)


@internal
def _increase(
    account: uint256,
    market: address,
    is_new: bool,
    is_long: bool,
    margin_added: uint256,
    leverage: uint256,
    terms: records.Terms,
):
    """
    @dev POS-1:f84c, POS-2:83ac. What an open and an increase have in common. is_long: of a new position.
    """
    # authorize
    vault: records.Vault = records.load_vault()
    authorization.validate_running(vault.is_paused)
    authorization.validate_owner(account)
    authorization.validate_terms(terms)
    id: bytes32 = records.position_id(account, market)
    before: records.Position = records.load_position(id)
    if is_new:
        assert before.size == 0, "PositionExists"
        before.is_long = is_long
    else:
        assert before.size > 0, "PositionUnknown"
    # touch
    context: accrual.Context = accrual.touch(market, vault)

    # price
    fill: pricing.Fill = pricing.calculate_increase(
        context, before.is_long, margin_added, leverage, before.entry_notional
    )
    impact.validate_slippage(context.market.mark, fill.price, terms.max_slippage, before.is_long)
    impact.validate_limit(fill.price, terms.limit_price, before.is_long)

    # settle
    settled: settlement.Settlement = empty(settlement.Settlement)
    after: records.Position = before
    # a new position owes nothing: to find that by a settlement costs 2,500 gas
    after.funding_index = context.market.funding_index
    after.interest_index = context.interest_index
    if not is_new:
        settled = settlement.settle(before, context.market.mark, context.market.funding_index, context.interest_index)
        after = settled.position
    assert fill.size > 0, "SizeZero"
    # below 2**112, as pricing has checked, like margins, sizes and notionals: no sum here can overflow
    added: int256 = convert(margin_added, int256)
    after.entry_notional = unsafe_add(after.entry_notional, fill.value)
    assert margin_math.is_leverage_allowed(
        unsafe_add(unsafe_add(after.margin, added), min(settled.pnl, 0)),
        after.entry_notional,
        context.parameters.max_leverage,
    ), "LeverageTooHigh"
    after.size = unsafe_add(after.size, fill.size)
    after.margin = unsafe_sub(unsafe_add(after.margin, added), convert(fill.fee, int256))
    after.increased_at = block.number % records.BLOCK_MODULUS

    side: uint256 = records.LONG if before.is_long else records.SHORT
    owner_before: records.Account = records.load_account(account)
    owner_after: records.Account = owner_before
    context.market.sides[side], owner_after.margin = settlement.update_sums(
        context.market.sides[side], owner_before.margin, before, after
    )

    # check
    self._validate_position(
        after,
        context.market.mark,
        # cannot overflow: parameters are below 2**66
        unsafe_add(context.parameters.maintenance, context.parameters.buffer),
    )
    assert owner_before.cash >= margin_added, "CashTooLow"
    # cannot underflow or overflow: asked before; the count is below 2**32
    owner_after.cash = unsafe_sub(owner_before.cash, margin_added)
    if is_new:
        owner_after.count = unsafe_add(owner_before.count, 1)
        assert owner_after.count <= records.MAX_POSITIONS, "TooManyPositions"
    # pay
    freed: int256 = settlement.calculate_freed_margin(before.margin, after.margin)
    missing: uint256 = 0
    # cannot overflow: both are below 2**113
    (context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket, missing) = vault_ledger.pay(
        context.vault, unsafe_add(added, freed)
    )
    assert missing == 0, "VaultShort"
    insured: uint256 = 0
    context.vault.cash, context.vault.insurance, insured = vault_ledger.share_fee(
        context.vault.cash, context.vault.insurance, fill.fee
    )
    exposure: uint256 = context.exposure
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, exposure)
    vault_math.validate_open_interest(
        context.market.sides[side].size,
        self._grown_skew(context.market.sides[side].size, context.market.sides[unsafe_sub(1, side)].size, fill.size),
        context.market.mark,
        # cannot overflow: below 2**64 rao
        unsafe_mul(context.seen.depth, units.RAO),
        context.parameters.open_interest_cap,
        context.vault.cash,
    )
    if context.exposure > exposure:
        utilization: uint256 = vault_ledger.calculate_reserves_utilization_up(context.vault)
        self._validate_exposure(context.vault.exposure, context.vault.cash, utilization)
    # store
    accrual.store(context, vault.is_tripped)
    records.store_account(account, owner_before, owner_after)
    records.store_position(id, after)

    # log
    self._log(
        account,
        market,
        after.is_long,
        margin_added,
        fill,
        context.market.mark,
        insured,
        settled.funding_owed,
        settled.interest_owed,
    )


@internal
def _log(
    account: uint256,
    market: address,
    is_long: bool,
    margin_added: uint256,
    fill: pricing.Fill,
    mark: uint256,
    insured: uint256,
    funding_owed: int256,
    interest_owed: uint256,
):
    """
    @dev POS-2:83ac. The event; what is not built yet is 0 in it.
    """
    log events.Increased(
        account=account,
        market=market,
        is_long=is_long,
        margin=margin_added,
        size=fill.size,
        notional=fill.value,
        mark=mark,
        fill=fill.price,
        fee=fill.fee,
        insured=insured,
        funding_owed=funding_owed,
        interest_owed=interest_owed,
        book_size=0,
        book_value=0,
        builder=empty(address),
        builder_fee=0,
        referral_cut=0,
    )


@internal
@pure
def _validate_position(position: records.Position, mark: uint256, threshold: uint256):
    """
    @dev POS-2:83ac. The position is out of reach of liquidation.
    """
    pnl: int256 = margin_math.calculate_pnl(position.size, position.entry_notional, mark, position.is_long)
    equity: int256 = margin_math.calculate_equity(position.margin, pnl, 0, 0)
    assert margin_math.is_ratio_at_least(equity, position.entry_notional, threshold), "MarginRatioTooLow"


@internal
@pure
def _grown_skew(size: uint256, opposite: uint256, added: uint256) -> uint256:
    """
    @dev POS-16:4c98. The skew where it has grown, else 0. size: of the side that grows, with what was added to it.
    """
    # cannot overflow: sizes are below 2**112
    if unsafe_sub(unsafe_mul(2, size), added) <= unsafe_mul(2, opposite):
        return 0
    # it was at most half of that sum from the other side, so that the side that grows is the greater one now
    return unsafe_sub(size, opposite)


@internal
@pure
def _validate_exposure(total: uint256, cash: uint256, utilization: uint256):
    """
    @dev POS-16:4c98. The vault can carry the exposure of all markets, where that has grown.
    """
    assert vault_math.is_exposure_allowed(total, cash, vault_math.TOTAL_LIMIT), "TotalLimitReached"
    assert utilization < vault_math.BREAKER_LIMIT, "UtilizationTooHigh"
