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
    @notice POS-2:8273. Adds margin * leverage to a position.
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
    @dev POS-1:f84c, POS-2:8273. is_long is that of a new position.
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
    if not is_new:
        settled = settlement.settle(before, context.market.mark, context.market.funding_index, context.interest_index)
    after: records.Position = before
    after.margin = settled.margin
    after.funding_index = context.market.funding_index
    after.interest_index = context.interest_index

    assert fill.size > 0, "SizeZero"
    # below 2**112, as calculate_increase has checked, like size and value of the fill: no sum here can overflow;
    # parameters are below 2**66, the count below 2**32
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

    index: uint256 = records.LONG if before.is_long else records.SHORT
    side: records.Side = settlement.update_sums(context.market.sides[index], before, after)
    context.market.sides[index] = side
    owner: records.Account = records.load_account(account)
    owned: records.Account = owner
    owned.margin = settlement.replace_margin(owned.margin, before.margin, after.margin)

    # check
    # cannot overflow: 112 + 112 bits, and 96 + 60
    assert unsafe_mul(side.size, context.market.mark) <= unsafe_mul(
        context.market.pool, context.parameters.open_interest_cap
    ), "OpenInterestTooHigh"
    pnl: int256 = margin_math.calculate_pnl(after.size, after.entry_notional, context.market.mark, after.is_long)
    equity: int256 = margin_math.calculate_equity(after.margin, pnl, 0, 0)
    assert margin_math.is_ratio_at_least(
        equity, after.entry_notional, unsafe_add(context.parameters.maintenance, context.parameters.buffer)
    ), "MarginRatioTooLow"

    assert owned.cash >= margin_added, "CashTooLow"
    owned.cash = unsafe_sub(owned.cash, margin_added)
    if is_new:
        owned.count = unsafe_add(owned.count, 1)
        assert owned.count <= records.MAX_POSITIONS, "TooManyPositions"
    # pay
    short: uint256 = 0
    net: int256 = unsafe_sub(unsafe_add(added, max(before.margin, 0)), max(after.margin, 0))
    short, context.vault.cash, context.vault.insurance, context.vault.fed, context.vault.bucket = vault_ledger.pay(
        context.vault, net
    )
    assert short == 0, "VaultShort"
    insured: uint256 = 0
    insured, context.vault.cash, context.vault.insurance = vault_ledger.share_fee(
        context.vault.cash, context.vault.insurance, fill.fee
    )

    exposure: uint256 = context.exposure
    (
        context.exposure, context.market.value, context.vault.exposure, context.vault.promised, context.vault.value
    ) = accrual.recache(context.market, context.vault, context.interest_index, exposure)
    if context.exposure > exposure:
        self._validate_limits(context.exposure, context.vault)
    # store
    accrual.write(context, vault.is_tripped)
    records.store_account(account, owner, owned)
    records.store_position(id, after)

    # log
    log events.Increased(
        account=account,
        market=market,
        is_long=after.is_long,
        margin=margin_added,
        size=fill.size,
        notional=fill.value,
        mark=context.market.mark,
        fill=fill.price,
        fee=fill.fee,
        insured=insured,
        funding_owed=settled.funding_owed,
        interest_owed=settled.interest_owed,
        book_size=0,
        book_value=0,
        builder=empty(address),
        builder_fee=0,
        referral_cut=0,
    )


@internal
@pure
def _validate_limits(exposure: uint256, vault: records.Vault):
    """
    @dev POS-16:db2c. The vault can carry the market's exposure, now that it has grown.
    """
    assert vault_math.is_exposure_allowed(exposure, vault.cash, vault_math.MARKET_LIMIT), "MarketLimitReached"
    assert vault_math.is_exposure_allowed(vault.exposure, vault.cash, vault_math.TOTAL_LIMIT), "TotalLimitReached"
    assert vault_ledger.calculate_reserves_utilization_up(vault) < vault_math.BREAKER_LIMIT, "UtilizationTooHigh"
