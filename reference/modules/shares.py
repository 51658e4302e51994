"""Outside liquidity: requests of depositors, the epochs that settle them at one price, and what they can claim."""

from dataclasses import dataclass
from typing import Final

from reference.block import Block
from reference.core.accrual import Context, breaker_events, touch
from reference.core.authorization import validate_border, validate_owner, validate_running
from reference.core.pricing import band_of
from reference.core.vault_ledger import accrue_interest, calculate_reserves_utilization_up
from reference.errors import (
    AmountZero,
    AutoPaused,
    BreakerTripped,
    ClaimsUnfed,
    ControllerInvalid,
    EpochNotCut,
    EpochUnsettled,
    PriceOutOfBand,
    RequestUnknown,
    SettlementTooEarly,
    SharePriceMoved,
    TreasuryUnknown,
    VaultInsolvent,
    WindowClosed,
    WindowTooShort,
)
from reference.events import (
    DepositRequest,
    EpochCut,
    EpochSettled,
    Logged,
    RedeemRequest,
    RequestCancelled,
    RequestClaimed,
)
from reference.math.mark import is_in_band
from reference.math.reading import validate_reading
from reference.math.shares import (
    calculate_assets_down,
    calculate_pro_rata_down,
    calculate_redeemable_down,
    calculate_shares_down,
    is_price_held,
)
from reference.math.vault import calculate_breaker, calculate_nav
from reference.state.records import (
    WOUND_DOWN,
    Epoch,
    Request,
    Vault,
    Window,
    account_key,
    validate_amount,
)
from reference.state.storage import Protocol
from reference.tokens.vault_share import DECIMALS

WINDOW_PERIOD: Final = 86_400
"""Seconds for which a window is open at least."""
CUT_PERIOD: Final = 3_600
"""Seconds between an epoch's cut-off and its settlement, at least: liquidations come first."""
VOID_PERIOD: Final = 86_400
"""Seconds after the cut-off from which on an epoch that is not settled is open again."""


def is_open(window: Window, block: Block) -> bool:
    """SHR-1. Whether requests may be made and cancelled: before the cut-off, and once it is void."""
    return window.cut_at == 0 or block.timestamp - window.cut_at >= VOID_PERIOD


def validate_open(window: Window, block: Block) -> None:
    """SHR-1. Errors: WindowClosed."""
    if not is_open(window, block):
        raise WindowClosed


def validate_controller(protocol: Protocol, controller: int) -> None:
    """SHR-2. A request belongs to somebody who can hold shares. Errors: ControllerInvalid."""
    if controller in (0, protocol.address, protocol.share.address):
        raise ControllerInvalid


def process_request_deposit(
    protocol: Protocol, block: Block, sender: int, controller: int, owner: int, assets: int
) -> list[Logged]:
    """SHR-2. Asks for shares for TAO (wei), for anyone. The result of the call is the event's request_id.

    Errors, in this order: NotOwner, those of the border, ControllerInvalid, WindowClosed, AmountTooLarge.
    """
    validate_owner(account_key(owner, 0), sender)
    validate_border(assets)
    validate_controller(protocol, controller)
    validate_open(protocol.window, block)
    window = protocol.window.copy()
    window.assets = validate_amount(window.assets + assets)
    _add(protocol, window, controller, assets, 0)
    return [DepositRequest(controller, owner, window.number, sender, assets)]


def process_request_redeem(
    protocol: Protocol, block: Block, sender: int, shares: int, controller: int, owner: int
) -> list[Logged]:
    """SHR-3. Asks for TAO for shares of the sender, which the vault takes. Its result: as of a deposit's request.

    Errors, in this order: NotOwner, AmountZero, ControllerInvalid, WindowClosed, BalanceTooLow.
    """
    validate_owner(account_key(owner, 0), sender)
    if shares == 0:
        raise AmountZero
    validate_controller(protocol, controller)
    validate_open(protocol.window, block)
    locked = protocol.share.process_lock(protocol.address, sender, shares)
    window = protocol.window.copy()
    window.shares += shares
    _add(protocol, window, controller, 0, shares)
    return [*locked, RedeemRequest(controller, owner, window.number, sender, shares)]


def _add(protocol: Protocol, window: Window, controller: int, assets: int, shares: int) -> None:
    before = protocol.requests.get((window.number, controller), Request())
    protocol.requests[window.number, controller] = Request(before.assets + assets, before.shares + shares)
    protocol.window = window


def process_cancel_request(protocol: Protocol, block: Block, sender: int) -> list[Logged]:
    """SHR-4. Takes back all that the sender asks of this epoch: TAO into the free cash of the default account, shares.

    Errors, in this order: WindowClosed, RequestUnknown.
    """
    validate_open(protocol.window, block)
    window = protocol.window.copy()
    request = protocol.requests.pop((window.number, sender), None)
    if request is None:
        raise RequestUnknown
    window.assets -= request.assets
    window.shares -= request.shares
    protocol.window = window
    moved = _pay(protocol, sender, request.assets, request.shares)
    return [*moved, RequestCancelled(sender, window.number, request.assets, request.shares)]


def _pay(protocol: Protocol, controller: int, assets: int, shares: int) -> list[Logged]:
    """SHR-4, SHR-7. TAO (wei) into the free cash of a controller's default account; shares out of the vault's."""
    if assets:
        account = protocol.account(account_key(controller, 0))
        account.cash += assets
        protocol.store_account(account_key(controller, 0), account)
    return protocol.share.process_transfer(protocol.address, controller, shares) if shares else []


@dataclass(slots=True)
class Valuation:
    """What all markets are touched for. vault: its books then. nav: wei. touched: markets, not stored yet."""

    vault: Vault
    nav: int
    touched: list[Context]
    logged: list[Logged]


def value_vault(protocol: Protocol, block: Block) -> Valuation:
    """SHR-5. The vault at fresh prices: each market with open interest is touched, unless it was fed in this block.

    Errors: of each market those of ORC-5, PriceOutOfBand; then ClaimsUnfed, VaultInsolvent, BreakerTripped, AutoPaused,
    AmountTooLarge.
    """
    vault = protocol.vault.copy()
    accrue_interest(vault, block)
    valuation = Valuation(vault, 0, [], [])
    for key, market in protocol.markets.items():
        if market.status == WOUND_DOWN or market.longs.size + market.shorts.size == 0:
            continue
        if market.fed_block != block.number:
            context = touch(protocol, block, key, valuation.vault)
            validate_reading(context.cause)
            valuation.logged += breaker_events(valuation.vault, context.vault)
            valuation.touched.append(context)
            valuation.vault, market = context.vault, context.market
        if not is_in_band(market.mark, market.spot, band_of(key)):
            raise PriceOutOfBand
    vault, before = valuation.vault, valuation.vault.copy()
    vault.is_tripped = calculate_breaker(vault.is_tripped, calculate_reserves_utilization_up(vault))
    valuation.logged += breaker_events(before, vault)
    if vault.claimed != vault.fed:
        raise ClaimsUnfed
    valuation.nav = calculate_nav(vault.cash, 0, vault.value)
    if valuation.nav < 0 or (valuation.nav == 0 and protocol.share.supply):
        raise VaultInsolvent
    if vault.is_tripped:
        raise BreakerTripped
    if vault.is_auto_paused:
        raise AutoPaused
    validate_amount(valuation.nav)
    return valuation


def _store(protocol: Protocol, valuation: Valuation, window: Window) -> None:
    for context in valuation.touched:
        protocol.markets[context.key] = context.market
    protocol.vault = valuation.vault
    protocol.window = window


def process_cut_off(protocol: Protocol, block: Block) -> list[Logged]:
    """SHR-5. Closes the window: what was asked will be settled, an hour later or more. Open to all.

    Errors, in this order: Paused, WindowClosed, WindowTooShort, those of `value_vault`.
    """
    validate_running(protocol)
    window = protocol.window.copy()
    validate_open(window, block)
    opened_at = window.cut_at + VOID_PERIOD if window.cut_at else window.opened_at
    if block.timestamp - opened_at < WINDOW_PERIOD:
        raise WindowTooShort
    valuation = value_vault(protocol, block)
    window.cut_at, window.nav = block.timestamp, valuation.nav
    _store(protocol, valuation, window)
    event = EpochCut(window.number, window.nav, protocol.share.supply, window.assets, window.shares)
    return [*valuation.logged, event]


def process_settle(protocol: Protocol, block: Block) -> list[Logged]:
    """SHR-6. Settles the epoch at one price: deposits first, then redemptions, as far as the limits go. Open to all.

    Errors, in this order: Paused, EpochNotCut, SettlementTooEarly, those of `value_vault`, SharePriceMoved,
    TreasuryUnknown, AmountTooLarge.
    """
    validate_running(protocol)
    window, share = protocol.window.copy(), protocol.share
    if is_open(window, block):
        raise EpochNotCut
    if block.timestamp - window.cut_at < CUT_PERIOD:
        raise SettlementTooEarly
    valuation = value_vault(protocol, block)
    vault, nav = valuation.vault, valuation.nav
    if share.supply and not is_price_held(nav, window.nav):
        raise SharePriceMoved
    owned = 0 if share.supply else calculate_shares_down(nav, 0, 0)
    if owned and protocol.treasury in (0, protocol.address, share.address):
        raise TreasuryUnknown
    supply = validate_amount(share.supply + owned)
    minted = calculate_shares_down(window.assets, nav, supply)
    validate_amount(supply + minted)
    vault.cash = validate_amount(vault.cash + window.assets)
    granted, paid = calculate_redemption(window.shares, nav, supply, vault)
    vault.cash -= paid
    logged = valuation.logged
    if owned:
        logged += share.process_mint(protocol.address, protocol.treasury, owned)
    if minted:
        logged += share.process_mint(protocol.address, protocol.address, minted)
    if granted:
        logged += share.process_burn(protocol.address, granted)
    cut = (granted, window.shares) if granted < window.shares else (0, 0)
    protocol.epochs[window.number] = Epoch(nav, supply, block.timestamp, *cut)
    opened = Window(window.number + 1, block.timestamp, payable=window.payable + paid)
    _store(protocol, valuation, opened)
    event = EpochSettled(window.number, nav, supply, window.assets, minted, window.shares, granted, paid)
    return [*logged, event]


def calculate_redemption(shares: int, nav: int, supply: int, vault: Vault) -> tuple[int, int]:
    """SHR-6. How many of the shares are redeemed, and what for (wei): all, or what the limits of VLT-11 leave.

    vault: with the epoch's deposits in its cash.
    """
    assets = calculate_assets_down(shares, nav, supply)
    limit = calculate_redeemable_down(vault.cash, vault.exposure)
    if assets <= limit:
        return shares, assets
    granted = calculate_pro_rata_down(shares, limit, assets)
    return granted, calculate_assets_down(granted, nav, supply)


def calculate_claim(epoch: Epoch, request: Request) -> tuple[int, int, int]:
    """SHR-7. What a request gets of its epoch: shares for its TAO, shares handed back, and TAO for its shares (wei)."""
    minted = calculate_shares_down(request.assets, epoch.nav, epoch.supply)
    granted, returned = request.shares, 0
    if epoch.requested:
        granted = calculate_pro_rata_down(request.shares, epoch.granted, epoch.requested)
        returned = calculate_pro_rata_down(request.shares, epoch.requested - epoch.granted, epoch.requested)
    return minted, returned, calculate_assets_down(granted, epoch.nav, epoch.supply)


def process_claim_request(protocol: Protocol, number: int, controller: int) -> list[Logged]:
    """SHR-7. Hands a controller what a settled epoch has given. Open to all.

    Errors, in this order: RequestUnknown, EpochUnsettled.
    """
    request = protocol.requests.get((number, controller))
    if request is None:
        raise RequestUnknown
    if number not in protocol.epochs:
        raise EpochUnsettled
    minted, returned, assets = calculate_claim(protocol.epochs[number], request)
    del protocol.requests[number, controller]
    protocol.window = protocol.window.copy()
    protocol.window.payable -= assets
    moved = _pay(protocol, controller, assets, minted + returned)
    return [*moved, RequestClaimed(controller, number, minted, returned, assets)]


@dataclass(frozen=True, slots=True)
class RequestView:
    """SHR-11. What is asked: assets (wei), shares. What a claim gives: shares minted and returned, paid (wei)."""

    assets: int = 0
    shares: int = 0
    minted: int = 0
    returned: int = 0
    paid: int = 0


def read_share(protocol: Protocol) -> int:
    """SHR-8. The token of the shares."""
    return protocol.share.address


def read_window(protocol: Protocol) -> Window:
    """SHR-9. The live epoch."""
    return protocol.window.copy()


def read_epoch(protocol: Protocol, number: int) -> Epoch:
    """SHR-10. A settled epoch; all 0 where it is not settled."""
    return protocol.epochs.get(number, Epoch(0, 0, 0))


def read_request(protocol: Protocol, number: int, controller: int) -> RequestView:
    """SHR-11. A request that is not claimed, and what a claim would give; that is 0 until the epoch is settled."""
    request = protocol.requests.get((number, controller), Request())
    epoch = protocol.epochs.get(number)
    claimable = calculate_claim(epoch, request) if epoch else (0, 0, 0)
    return RequestView(request.assets, request.shares, *claimable)


def read_performance(protocol: Protocol) -> tuple[int, int, int, int]:
    """SHR-15. NAV (wei, signed), supply (units), price of a whole share (wei), utilization (WAD); as stored."""
    vault, supply = protocol.vault, protocol.share.supply
    nav = calculate_nav(vault.cash, vault.claimed - vault.fed, vault.value)
    price = calculate_assets_down(10**DECIMALS, nav, supply) if nav >= 0 else 0
    return nav, supply, price, calculate_reserves_utilization_up(vault)
