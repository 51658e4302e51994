"""Outside liquidity: requests of depositors, epochs that settle them at one price, and claims on settled epochs."""

from dataclasses import dataclass, replace
from typing import Final

from reference.block import Block
from reference.core.accrual import Context, breaker_events, read_market, touch
from reference.core.authorization import validate_border, validate_owner, validate_running
from reference.core.pricing import validate_band
from reference.core.vault_ledger import accrue_interest, calculate_reserves_utilization_up
from reference.errors import (
    AmountZero,
    AutoPaused,
    BreakerTripped,
    ClaimsUnfed,
    ControllerInvalid,
    EpochNotCut,
    EpochUnsettled,
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
"""Least time for which a window is open (seconds)."""
CUT_PERIOD: Final = 3_600
"""Least time between an epoch's cut-off and its settlement, in which liquidations come first (seconds)."""
VOID_PERIOD: Final = 86_400
"""Time after its cut-off from which an epoch that is not settled is open again (seconds)."""


def is_open(window: Window, block: Block) -> bool:
    """SHR-1. Whether the epoch takes requests and cancellations: before the cut-off, and once the cut-off is void."""
    return window.cut_at == 0 or block.timestamp - window.cut_at >= VOID_PERIOD


def validate_open(window: Window, block: Block) -> None:
    """SHR-1. The epoch takes requests and cancellations. Errors: WindowClosed."""
    if not is_open(window, block):
        raise WindowClosed


def validate_controller(protocol: Protocol, controller: int) -> None:
    """SHR-2. A request's controller can hold shares. Errors: ControllerInvalid."""
    if controller in (0, protocol.address, protocol.share.address):
        raise ControllerInvalid


def process_request_deposit(
    protocol: Protocol, block: Block, sender: int, controller: int, owner: int, assets: int
) -> list[Logged]:
    """SHR-2. Requests shares for TAO (wei), for any controller. The call returns the event's request_id.

    Errors, in this order: NotOwner, those of the border, ControllerInvalid, WindowClosed, AmountTooLarge.
    """
    # authorize
    validate_owner(account_key(owner, 0), sender)
    validate_border(assets)
    validate_controller(protocol, controller)

    # check
    window = protocol.window
    validate_open(window, block)
    window = replace(window, assets=validate_amount(window.assets + assets))

    # store
    _add(protocol, window, controller, assets, 0)

    # log
    event = DepositRequest(
        controller=controller,
        owner=owner,
        request_id=window.number,
        sender=sender,
        assets=assets,
    )
    return [event]


def process_request_redeem(
    protocol: Protocol, block: Block, sender: int, shares: int, controller: int, owner: int
) -> list[Logged]:
    """SHR-3. Requests TAO for shares of the sender, which the vault takes. The call returns the event's request_id.

    Errors, in this order: NotOwner, AmountZero, ControllerInvalid, WindowClosed, BalanceTooLow.
    """
    # authorize
    validate_owner(account_key(owner, 0), sender)
    if shares == 0:
        raise AmountZero
    validate_controller(protocol, controller)

    # check
    window = protocol.window
    validate_open(window, block)

    # pay
    locked = protocol.share.process_lock(protocol.address, sender, shares)

    # store
    _add(protocol, replace(window, shares=window.shares + shares), controller, 0, shares)

    # log
    event = RedeemRequest(
        controller=controller,
        owner=owner,
        request_id=window.number,
        sender=sender,
        shares=shares,
    )
    return [*locked, event]


def _add(protocol: Protocol, window: Window, controller: int, assets: int, shares: int) -> None:
    before = protocol.requests.get((window.number, controller), Request())
    protocol.requests[window.number, controller] = Request(before.assets + assets, before.shares + shares)
    protocol.window = window


def process_cancel_request(protocol: Protocol, block: Block, sender: int) -> list[Logged]:
    """SHR-4. Cancels the sender's request of this epoch: TAO goes to the free cash of the default account, shares back.

    Errors, in this order: WindowClosed, RequestUnknown.
    """
    # check
    window = protocol.window
    validate_open(window, block)
    request = protocol.requests.get((window.number, sender))
    if request is None:
        raise RequestUnknown

    # pay
    moved = _pay(protocol, sender, request.assets, request.shares)

    # store
    del protocol.requests[window.number, sender]
    protocol.window = replace(window, assets=window.assets - request.assets, shares=window.shares - request.shares)

    # log
    return [*moved, RequestCancelled(sender, window.number, request.assets, request.shares)]


def _pay(protocol: Protocol, controller: int, assets: int, shares: int) -> list[Logged]:
    """SHR-4, SHR-7. Pays TAO (wei) to the free cash of a controller's default account, and shares to the controller."""
    if assets:
        key = account_key(controller, 0)
        account = protocol.account(key)
        protocol.store_account(key, replace(account, cash=account.cash + assets))

    return protocol.share.process_transfer(protocol.address, controller, shares) if shares else []


@dataclass(frozen=True, slots=True)
class Valuation:
    """The vault at fresh prices. vault: its books then. nav: wei. touched: markets, not stored yet."""

    vault: Vault
    nav: int
    touched: tuple[Context, ...]
    logged: tuple[Logged, ...]


def value_vault(protocol: Protocol, block: Block) -> Valuation:
    """SHR-5. The vault at fresh prices: touches each market with open interest, or reads its pool again.

    Errors: of each market those of ORC-5, PriceOutOfBand; then ClaimsUnfed, VaultInsolvent, BreakerTripped, AutoPaused,
    AmountTooLarge.
    """
    books = accrue_interest(protocol.vault, block)
    touched, logged = list[Context](), list[Logged]()
    for key, market in protocol.markets.items():
        if market.status == WOUND_DOWN or market.longs.size + market.shorts.size == 0:
            continue

        if market.fed_block == block.number:
            seen = read_market(protocol, block, key, market, protocol.parameters[key])
            validate_reading(seen.cause)
            validate_band(key, market.mark, seen)
            continue

        context = touch(protocol, block, key, books)
        validate_reading(context.seen.cause)
        validate_band(key, context.market.mark, context.seen)
        logged += breaker_events(books, context.vault)
        touched.append(context)
        books = context.vault

    is_tripped = calculate_breaker(books.is_tripped, calculate_reserves_utilization_up(books))
    vault = replace(books, is_tripped=is_tripped)
    logged += breaker_events(books, vault)

    nav = _calculate_solvent_nav(protocol, vault)
    return Valuation(vault, nav, tuple(touched), tuple(logged))


def _calculate_solvent_nav(protocol: Protocol, vault: Vault) -> int:
    """SHR-5. NAV (wei) of a vault that owes no claims, is solvent, and is neither tripped nor auto-paused.

    Errors, in this order: ClaimsUnfed, VaultInsolvent, BreakerTripped, AutoPaused, AmountTooLarge.
    """
    if vault.claimed != vault.fed:
        raise ClaimsUnfed

    nav = calculate_nav(vault.cash, 0, vault.value)
    if nav < 0 or (nav == 0 and protocol.share.supply):
        raise VaultInsolvent
    if vault.is_tripped:
        raise BreakerTripped
    if vault.is_auto_paused:
        raise AutoPaused

    return validate_amount(nav)


def _store(protocol: Protocol, valuation: Valuation, vault: Vault, window: Window) -> None:
    for context in valuation.touched:
        protocol.markets[context.key] = context.market
    protocol.vault = vault
    protocol.window = window


def process_cut_off(protocol: Protocol, block: Block) -> list[Logged]:
    """SHR-5. Closes the window: its requests are settled an hour later, or more. Open to all.

    Errors, in this order: Paused, WindowClosed, WindowTooShort, those of `value_vault`.
    """
    # authorize
    validate_running(protocol)
    window = protocol.window
    validate_open(window, block)
    opened_at = window.cut_at + VOID_PERIOD if window.cut_at else window.opened_at
    if block.timestamp - opened_at < WINDOW_PERIOD:
        raise WindowTooShort

    # touch
    valuation = value_vault(protocol, block)

    # store
    _store(protocol, valuation, valuation.vault, replace(window, cut_at=block.timestamp, nav=valuation.nav))

    # log
    event = EpochCut(
        epoch=window.number,
        nav=valuation.nav,
        supply=protocol.share.supply,
        assets=window.assets,
        shares=window.shares,
    )
    return [*valuation.logged, event]


def process_settle(protocol: Protocol, block: Block) -> list[Logged]:
    """SHR-6. Settles the epoch at one price: deposits first, then redemptions, as far as the limits go. Open to all.

    Errors, in this order: Paused, EpochNotCut, SettlementTooEarly, those of `value_vault`, SharePriceMoved,
    TreasuryUnknown, AmountTooLarge.
    """
    # authorize
    validate_running(protocol)
    window = _read_cut_window(protocol, block)

    # touch
    valuation = value_vault(protocol, block)
    vault, nav = valuation.vault, valuation.nav

    # price
    owned = _calculate_owned(protocol, nav)
    supply = validate_amount(protocol.share.supply + owned)

    # settle
    minted = calculate_shares_down(window.assets, nav, supply)
    validate_amount(supply + minted)
    vault = replace(vault, cash=validate_amount(vault.cash + window.assets))
    granted, paid = calculate_redemption(window.shares, nav, supply, vault)
    vault = replace(vault, cash=vault.cash - paid)

    # pay
    moved = _issue(protocol, owned, minted, granted)

    # store
    cut = (granted, window.shares) if granted < window.shares else (0, 0)
    protocol.epochs[window.number] = Epoch(nav, supply, block.timestamp, *cut)
    _store(protocol, valuation, vault, Window(window.number + 1, block.timestamp, payable=window.payable + paid))

    # log
    event = EpochSettled(
        epoch=window.number,
        nav=nav,
        supply=supply,
        assets=window.assets,
        minted=minted,
        shares=window.shares,
        redeemed=granted,
        paid=paid,
    )
    return [*valuation.logged, *moved, event]


def _read_cut_window(protocol: Protocol, block: Block) -> Window:
    """SHR-6. The window, cut off long enough ago. Errors, in this order: EpochNotCut, SettlementTooEarly."""
    window = protocol.window
    if is_open(window, block):
        raise EpochNotCut
    if block.timestamp - window.cut_at < CUT_PERIOD:
        raise SettlementTooEarly

    return window


def _calculate_owned(protocol: Protocol, nav: int) -> int:
    """SHR-6. Shares of the treasury for the NAV (wei) that stands before the first shares; 0 once there are shares.

    Errors, in this order: SharePriceMoved, TreasuryUnknown.
    """
    if protocol.share.supply:
        if not is_price_held(nav, protocol.window.nav):
            raise SharePriceMoved
        return 0

    owned = calculate_shares_down(nav, 0, 0)
    if owned and protocol.treasury in (0, protocol.address, protocol.share.address):
        raise TreasuryUnknown

    return owned


def _issue(protocol: Protocol, owned: int, minted: int, burned: int) -> list[Logged]:
    """SHR-6. Mints the treasury's shares and those of the deposits, and burns those that are redeemed."""
    share, vault = protocol.share, protocol.address
    logged: list[Logged] = []
    if owned:
        logged += share.process_mint(vault, protocol.treasury, owned)
    if minted:
        logged += share.process_mint(vault, vault, minted)
    if burned:
        logged += share.process_burn(vault, burned)

    return logged


def calculate_redemption(shares: int, nav: int, supply: int, vault: Vault) -> tuple[int, int]:
    """SHR-6. Shares that are redeemed, and TAO for them (wei): all of them, or as many as VLT-11 allows.

    shares: requested. nav: wei. supply: shares. vault: with the epoch's deposits in its cash.
    """
    assets = calculate_assets_down(shares, nav, supply)
    limit = calculate_redeemable_down(vault.cash, vault.exposure)
    if assets <= limit:
        return shares, assets

    granted = calculate_pro_rata_down(shares, limit, assets)
    return granted, calculate_assets_down(granted, nav, supply)


def calculate_claim(epoch: Epoch, request: Request) -> tuple[int, int, int]:
    """SHR-7. Shares minted for a request's TAO, shares returned, TAO for redeemed shares (wei); all rounded down."""
    minted = calculate_shares_down(request.assets, epoch.nav, epoch.supply)

    granted, returned = request.shares, 0
    if epoch.requested:
        granted = calculate_pro_rata_down(request.shares, epoch.granted, epoch.requested)
        returned = calculate_pro_rata_down(request.shares, epoch.requested - epoch.granted, epoch.requested)

    return minted, returned, calculate_assets_down(granted, epoch.nav, epoch.supply)


def process_claim_request(protocol: Protocol, number: int, controller: int) -> list[Logged]:
    """SHR-7. Pays a controller's request out of its settled epoch. Open to all.

    Errors, in this order: RequestUnknown, EpochUnsettled.
    """
    # check
    request = protocol.requests.get((number, controller))
    if request is None:
        raise RequestUnknown
    if number not in protocol.epochs:
        raise EpochUnsettled

    # pay
    minted, returned, assets = calculate_claim(protocol.epochs[number], request)
    moved = _pay(protocol, controller, assets, minted + returned)

    # store
    del protocol.requests[number, controller]
    protocol.window = replace(protocol.window, payable=protocol.window.payable - assets)

    # log
    event = RequestClaimed(
        controller=controller,
        epoch=number,
        minted=minted,
        returned=returned,
        assets=assets,
    )
    return [*moved, event]


@dataclass(frozen=True, slots=True)
class RequestView:
    """SHR-11. A request: assets (wei), shares. Its claim: shares minted and returned, TAO paid (wei)."""

    assets: int = 0
    shares: int = 0
    minted: int = 0
    returned: int = 0
    paid: int = 0


def read_share(protocol: Protocol) -> int:
    """SHR-8. The share's token."""
    return protocol.share.address


def read_window(protocol: Protocol) -> Window:
    """SHR-9. The live epoch."""
    return protocol.window


def read_epoch(protocol: Protocol, number: int) -> Epoch:
    """SHR-10. A settled epoch; all 0 where it is not settled."""
    return protocol.epochs.get(number, Epoch(0, 0, 0))


def read_request(protocol: Protocol, number: int, controller: int) -> RequestView:
    """SHR-11. A request that is not claimed, and its claim, which is 0 until the epoch is settled."""
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
