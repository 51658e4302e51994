# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title SharesModule
@license MIT
@notice Outside liquidity: requests of depositors, the epochs that settle them at one price, and what they can claim.
        Delegate code of MegaTAO. Mirrors reference/modules/shares.py.
"""

from vyper_contracts import events
from vyper_contracts.core import accrual
from vyper_contracts.core import authorization
from vyper_contracts.core import pricing
from vyper_contracts.core import vault_ledger
from vyper_contracts.interfaces import IPriceOracle
from vyper_contracts.interfaces import IVaultShare
from vyper_contracts.math import packing
from vyper_contracts.math import shares as share_math
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

WINDOW_PERIOD: constant(uint256) = 86_400
CUT_PERIOD: constant(uint256) = 3_600
VOID_PERIOD: constant(uint256) = 86_400
WHOLE_SHARE: constant(uint256) = 10**24

THIS: immutable(address)
SHARE: immutable(IVaultShare)


struct Window:
    number: uint256
    opened_at: uint256
    cut_at: uint256
    nav: uint256


@deploy
def __init__(price_oracle: address, index_oracle: address, share: address):
    """
    @param price_oracle The PriceOracle.
    @param index_oracle The IndexPriceOracle.
    @param share The VaultShare.
    """
    accrual.__init__(price_oracle, index_oracle)
    THIS = self
    SHARE = IVaultShare(share)


@external
@payable
@nonreentrant
def requestDeposit(controller: address, owner: address) -> uint256:
    """
    @notice SHR-2:efdc. Asks for shares for the TAO that comes with the call.
    @param controller Who will have them.
    @param owner Whose TAO it is: the sender.
    @return The epoch's number.
    """
    # authorize
    assert self != THIS, "NotDelegated"
    authorization.validate_owner(records.account_key(owner))
    authorization.validate_border(msg.value)
    self._validate_controller(controller)

    # check
    number: uint256 = self._validate_open(self._load_window())

    # store
    self._add(number, controller, msg.value, 0)

    # log
    log events.DepositRequest(controller=controller, owner=owner, requestId=number, sender=msg.sender, assets=msg.value)
    return number


@external
@nonreentrant
def requestRedeem(shares: uint256, controller: address, owner: address) -> uint256:
    """
    @notice SHR-3:4bf6. Asks for TAO for shares of the sender, which the vault takes.
    @param shares Shares (units).
    @param controller Who will have the TAO, and the shares that are not redeemed.
    @param owner Whose shares they are: the sender.
    @return The epoch's number.
    """
    # authorize
    authorization.validate_owner(records.account_key(owner))
    assert shares > 0, "AmountZero"
    self._validate_controller(controller)

    # check
    number: uint256 = self._validate_open(self._load_window())

    # pay
    extcall SHARE.lock(msg.sender, shares)

    # store
    self._add(number, controller, 0, shares)

    # log
    log events.RedeemRequest(controller=controller, owner=owner, requestId=number, sender=msg.sender, shares=shares)
    return number


@external
@nonreentrant
def cancelRequest():
    """
    @notice SHR-4:32e4. Takes back all that the sender asks of this epoch: TAO to free cash of the default account, and
            shares to the sender.
    """
    # check
    number: uint256 = self._validate_open(self._load_window())
    assets: uint256 = 0
    shares: uint256 = 0
    assets, shares = self._take(number, msg.sender)

    # store
    # cannot underflow: the sums hold what each has asked for
    storage.epoch_words[number][0] = unsafe_sub(storage.epoch_words[number][0], packing.pack_amounts(assets, shares, 0))

    # pay
    self._pay(msg.sender, assets, shares)

    # log
    log events.RequestCancelled(controller=msg.sender, epoch=number, assets=assets, shares=shares)


@external
@nonreentrant
def cut_off():
    """
    @notice SHR-5:6973. Closes the window: what was asked will be settled, an hour later or more. Open to all.
    """
    # authorize
    vault: records.Vault = records.load_vault()
    authorization.validate_running(vault.is_paused)

    window: Window = self._load_window()
    number: uint256 = self._validate_open(window)
    opened_at: uint256 = window.opened_at
    if window.cut_at != 0:
        opened_at = window.cut_at + VOID_PERIOD
    # cannot underflow: the window is open
    assert unsafe_sub(block.timestamp, opened_at) >= WINDOW_PERIOD, "WindowTooShort"

    # touch
    supply: uint256 = staticcall SHARE.totalSupply()
    vault, window.nav = self._value_vault(vault, supply)

    # store
    records.store_vault(vault)
    window.cut_at = block.timestamp
    self._store_window(window)

    # log
    assets: uint256 = 0
    shares: uint256 = 0
    unused: uint256 = 0
    assets, shares, unused = packing.unpack_amounts(storage.epoch_words[number][0])
    log events.EpochCut(epoch=number, nav=window.nav, supply=supply, assets=assets, shares=shares)


@external
@nonreentrant
def settle():
    """
    @notice SHR-6:10e0. Settles the epoch at one price: deposits first, then redemptions, as far as the limits go.
            Open to all.
    """
    # authorize
    vault: records.Vault = records.load_vault()
    authorization.validate_running(vault.is_paused)

    window: Window = self._load_cut_window()

    # touch
    supply: uint256 = staticcall SHARE.totalSupply()
    nav: uint256 = 0
    vault, nav = self._value_vault(vault, supply)

    # price
    owned: uint256 = self._calculate_owned(nav, window.nav, supply)
    # one of them is 0
    supply = records.validate_amount(unsafe_add(supply, owned))

    # settle
    assets: uint256 = 0
    shares: uint256 = 0
    unused: uint256 = 0
    assets, shares, unused = packing.unpack_amounts(storage.epoch_words[window.number][0])
    minted: uint256 = share_math.calculate_shares_down(assets, nav, supply)
    # cannot overflow: both are below 2**225
    assert unsafe_add(supply, minted) < units.AMOUNT_BOUND, "AmountTooLarge"

    vault.cash = records.validate_amount(vault.cash + assets)
    granted: uint256 = 0
    paid: uint256 = 0
    granted, paid = self._calculate_redemption(shares, nav, supply, vault)
    # cannot underflow: it is at most the redeemable part of the cash
    vault.cash = unsafe_sub(vault.cash, paid)

    # store
    records.store_vault(vault)
    self._store_epoch(window.number, nav, supply, granted, shares)
    self._store_window(Window(number=window.number + 1, opened_at=block.timestamp, cut_at=0, nav=0))
    # cannot overflow: what is paid is TAO that exists
    storage.payable_word = unsafe_add(storage.payable_word, paid) | records.SETTLED

    # pay
    self._issue(owned, minted, granted)

    # log
    log events.EpochSettled(
        epoch=window.number,
        nav=nav,
        supply=supply,
        assets=assets,
        minted=minted,
        shares=shares,
        redeemed=granted,
        paid=paid,
    )


@external
@nonreentrant
def claimRequest(requestId: uint256, controller: address):
    """
    @notice SHR-7:23ef. Hands a controller what a settled epoch has given: shares, and TAO into the free cash of the
            default account. Open to all.
    @param requestId The epoch's number.
    @param controller Who has asked.
    """
    # check
    assets: uint256 = 0
    shares: uint256 = 0
    assets, shares = self._take(requestId, controller)
    priced: uint256 = storage.epoch_words[requestId][0]
    assert priced >= records.SETTLED, "EpochUnsettled"

    # settle
    minted: uint256 = 0
    returned: uint256 = 0
    paid: uint256 = 0
    minted, returned, paid = self._calculate_claim(requestId, priced, assets, shares)

    # store
    if paid > 0:
        # cannot underflow: each is paid at most its part of what the settlement has put there
        storage.payable_word = unsafe_sub(storage.payable_word, paid)
    # pay
    self._pay(controller, paid, minted + returned)

    # log
    log events.RequestClaimed(controller=controller, epoch=requestId, minted=minted, returned=returned, assets=paid)


@external
@view
@nonreentrant
def share() -> address:
    """
    @notice SHR-8:2627. The token of the shares.
    @return The VaultShare.
    """
    return SHARE.address


@external
@view
@nonreentrant
def window() -> (uint256, uint256, uint256, uint256, uint256, uint256, uint256):
    """
    @notice SHR-9:5db9. The epoch that takes requests, or waits for its settlement.
    @return Number, when it was opened and cut off (seconds, 0: not yet), NAV at the cut-off (wei), what is asked for it
            (wei, shares), and what settled redemptions can still claim (wei).
    """
    window: Window = self._load_window()

    assets: uint256 = 0
    shares: uint256 = 0
    unused: uint256 = 0
    assets, shares, unused = packing.unpack_amounts(storage.epoch_words[window.number][0])

    return (
        window.number
    ), window.opened_at, window.cut_at, window.nav, assets, shares, storage.payable_word % records.SETTLED


@external
@view
@nonreentrant
def epoch(number: uint256) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @notice SHR-10:9611. The price of a settled epoch; all 0 where it is not settled.
    @param number The epoch's.
    @return NAV (wei) and supply (shares) at the settlement, its time (seconds), and, where redemptions were cut pro
            rata, how many shares were granted of how many.
    """
    nav: uint256 = 0
    supply: uint256 = 0
    settled_at: uint256 = 0
    granted: uint256 = 0
    requested: uint256 = 0
    unused: uint256 = 0

    packed: uint256[2] = storage.epoch_words[number]
    if packed[0] < records.SETTLED:
        return 0, 0, 0, 0, 0

    nav, supply, settled_at = packing.unpack_amounts(packed[0])
    granted, requested, unused = packing.unpack_amounts(packed[1])
    return nav, supply, settled_at, granted, requested


@external
@view
@nonreentrant
def request(number: uint256, controller: address) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @notice SHR-11:8d79. What a controller asks of an epoch and has not claimed, and what can be claimed of it.
    @param number The epoch's.
    @param controller Who asks.
    @return TAO (wei) and shares that are asked for; shares that are minted, shares that come back, TAO for shares
            (wei), all 0 until it is settled.
    """
    assets: uint256 = 0
    shares: uint256 = 0
    assets, shares = records.load_request(records.request_id(number, controller))

    priced: uint256 = storage.epoch_words[number][0]
    if priced < records.SETTLED:
        return assets, shares, 0, 0, 0

    minted: uint256 = 0
    returned: uint256 = 0
    paid: uint256 = 0
    minted, returned, paid = self._calculate_claim(number, priced, assets, shares)
    return assets, shares, minted, returned, paid


@external
@view
@nonreentrant
def performance() -> (int256, uint256, uint256, uint256):
    """
    @notice SHR-15:9889. What the vault is worth, of what the markets were worth at their last touch.
    @return NAV (wei, signed), supply (units), price of a whole share (wei; 0 where the NAV is below 0), utilization
    (WAD).
    """
    vault: records.Vault = records.load_vault()
    supply: uint256 = staticcall SHARE.totalSupply()
    # cannot underflow: what is fed was claimed
    nav: int256 = vault_math.calculate_nav(vault.cash, unsafe_sub(vault.claimed, vault.fed), vault.value)

    price: uint256 = 0
    if nav >= 0:
        price = share_math.calculate_assets_down(WHOLE_SHARE, convert(nav, uint256), supply)

    return nav, supply, price, vault_ledger.calculate_reserves_utilization_up(vault)


@internal
@view
def _load_window() -> Window:
    """
    @dev STO-1:284d. The epoch that is open or cut off.
    """
    nav: uint256 = 0
    times: uint256 = 0
    number: uint256 = 0
    nav, times, number = packing.unpack_amounts(storage.window_word)

    return Window(number=number, opened_at=times % 2**32, cut_at=times >> 32, nav=nav)


@internal
@view
def _load_cut_window() -> Window:
    """
    @dev SHR-6:10e0. The window, cut off long enough ago.
    """
    window: Window = self._load_window()
    assert not self._is_open(window), "EpochNotCut"
    # cannot underflow: the cut-off is over
    assert unsafe_sub(block.timestamp, window.cut_at) >= CUT_PERIOD, "SettlementTooEarly"
    return window


@internal
def _store_window(window: Window):
    """
    @dev STO-1:284d. The epoch that is open or cut off.
    """
    storage.window_word = packing.pack_amounts(window.nav, window.opened_at + (window.cut_at << 32), window.number)


@internal
def _store_epoch(number: uint256, nav: uint256, supply: uint256, granted: uint256, requested: uint256):
    """
    @dev STO-1:284d. The price of a settled epoch, in the place of what was asked; the second word only where
         redemptions were cut.
    """
    storage.epoch_words[number][0] = packing.pack_amounts(nav, supply, block.timestamp)

    if granted < requested:
        storage.epoch_words[number][1] = packing.pack_amounts(granted, requested, 0)


@internal
@view
def _is_open(window: Window) -> bool:
    """
    @dev SHR-1:ff93. Whether requests may be made and cancelled: before the cut-off, and once it is void.
    """
    # cannot underflow: time does not run backwards
    return window.cut_at == 0 or unsafe_sub(block.timestamp, window.cut_at) >= VOID_PERIOD


@internal
@view
def _validate_open(window: Window) -> uint256:
    """
    @dev SHR-1:ff93. The number of the epoch that takes requests.
    """
    assert self._is_open(window), "WindowClosed"
    return window.number


@internal
@view
def _validate_controller(controller: address):
    """
    @dev SHR-2:efdc. A request belongs to somebody who can hold shares.
    """
    assert controller not in [empty(address), self, SHARE.address], "ControllerInvalid"


@internal
def _add(number: uint256, controller: address, assets: uint256, shares: uint256):
    """
    @dev SHR-2:efdc. Adds to what a controller asks, and to what all ask.
    """
    all_asked: uint256 = storage.epoch_words[number][0]
    # cannot overflow: amounts are below 2**112; nobody asks for more than all, and all shares for more than the supply
    all_assets: uint256 = records.validate_amount(unsafe_add(all_asked % units.AMOUNT_BOUND, assets))
    storage.epoch_words[number][0] = packing.pack_amounts(all_assets, unsafe_add(all_asked >> 112, shares), 0)

    id: bytes32 = records.request_id(number, controller)
    storage.request_words[id] = unsafe_add(storage.request_words[id], packing.pack_amounts(assets, shares, 0))


@internal
def _take(number: uint256, controller: address) -> (uint256, uint256):
    """
    @dev SHR-4:32e4, SHR-7:23ef. What a controller asks of an epoch, and no longer does.
    """
    id: bytes32 = records.request_id(number, controller)
    assets: uint256 = 0
    shares: uint256 = 0
    assets, shares = records.load_request(id)
    assert assets > 0 or shares > 0, "RequestUnknown"

    storage.request_words[id] = 0
    return assets, shares


@internal
def _pay(controller: address, assets: uint256, shares: uint256):
    """
    @dev SHR-4:32e4, SHR-7:23ef. TAO into the free cash of a controller's default account; shares out of the vault's.
    """
    if assets > 0:
        key: uint256 = records.account_key(controller)
        before: records.Account = records.load_account(key)
        after: records.Account = before
        after.cash += assets
        records.store_account(key, before, after)

    if shares > 0:
        extcall SHARE.transfer(controller, shares)


@internal
def _value_vault(books: records.Vault, supply: uint256) -> (records.Vault, uint256):
    """
    @dev SHR-5:6973. The vault at fresh prices, and its NAV: each market with open interest is touched and stored,
         or its pool is read again where it was fed in this block; then the breaker goes by all of them.
    """
    vault: records.Vault = books
    vault.interest_index = vault_ledger.accrue_interest(vault)
    vault.interest_at = block.timestamp

    for i: uint256 in range(storage.market_count, bound=2**32):
        key: address = storage.market_keys[i]
        sizes: uint256 = storage.market_words[key].main[0]
        if sizes % 2**224 == 0 or (storage.market_words[key].main[4] >> 224) % 4 == records.WOUND_DOWN:
            continue

        if sizes >> 224 == block.number:
            self._validate_again(key)
        else:
            vault = self._touch(key, vault)
    was_tripped: bool = vault.is_tripped
    vault.is_tripped = vault_math.calculate_breaker(was_tripped, vault_ledger.calculate_reserves_utilization_up(vault))
    accrual.log_breaker(was_tripped, vault.is_tripped)

    return vault, self._calculate_solvent_nav(vault, supply)


@internal
@pure
def _calculate_solvent_nav(vault: records.Vault, supply: uint256) -> uint256:
    """
    @dev SHR-5:6973. NAV of a vault that owes no claims, is solvent, and is neither tripped nor auto-paused.
    """
    assert vault.claimed == vault.fed, "ClaimsUnfed"

    nav: int256 = vault_math.calculate_nav(vault.cash, 0, vault.value)
    assert nav > 0 or (nav == 0 and supply == 0), "VaultInsolvent"
    assert not vault.is_tripped, "BreakerTripped"
    assert not vault.is_auto_paused, "AutoPaused"

    return records.validate_amount(convert(nav, uint256))


@internal
@view
def _calculate_owned(nav: uint256, nav_at_cut: uint256, supply: uint256) -> uint256:
    """
    @dev SHR-6:10e0. Shares of the treasury for the NAV that stands before the first shares; 0 once there are shares.
    """
    if supply > 0:
        assert share_math.is_price_held(nav, nav_at_cut), "SharePriceMoved"
        return 0

    owned: uint256 = share_math.calculate_shares_down(nav, 0, 0)
    if owned > 0:
        assert storage.treasury not in [empty(address), self, SHARE.address], "TreasuryUnknown"

    return owned


@internal
def _issue(owned: uint256, minted: uint256, burned: uint256):
    """
    @dev SHR-6:10e0. Mints the treasury's shares and those of the deposits, and burns those that are redeemed.
    """
    if owned > 0:
        extcall SHARE.mint(storage.treasury, owned)
    if minted > 0:
        extcall SHARE.mint(self, minted)
    if burned > 0:
        extcall SHARE.burn(burned)


@internal
@view
def _validate_again(key: address):
    """
    @dev SHR-5:6973. The pool of a market that was fed in this block is read again: nothing of it is stored, and the
         words that no price needs are not read.
    """
    market: records.Market = records.load_prices(key)
    market.fed_block = block.number
    parameters: records.Parameters = records.load_pools(key)

    seen: IPriceOracle.Observation = accrual.read_market(key, market, parameters)
    accrual.validate_reading(seen.cause)
    pricing.validate_band(key, market.mark, seen.high, seen.low)


@internal
def _touch(key: address, books: records.Vault) -> records.Vault:
    """
    @dev SHR-5:6973. Touches a market and stores it; the vault's books with it, which are stored later.
    """
    c: accrual.Context = accrual.touch(key, books)
    accrual.validate_reading(c.seen.cause)
    pricing.validate_band(key, c.market.mark, c.seen.high, c.seen.low)

    records.store_market(key, c.market)
    if c.vault.is_tripped != books.is_tripped:
        log events.BreakerSet(is_tripped=c.vault.is_tripped)

    return c.vault


@internal
@pure
def _calculate_redemption(shares: uint256, nav: uint256, supply: uint256, vault: records.Vault) -> (uint256, uint256):
    """
    @dev SHR-6:10e0. How many of the shares are redeemed, and what for: all, or what the limits leave.
    """
    assets: uint256 = share_math.calculate_assets_down(shares, nav, supply)
    limit: uint256 = share_math.calculate_redeemable_down(vault.cash, vault.exposure)
    if assets <= limit:
        return shares, assets

    granted: uint256 = share_math.calculate_pro_rata_down(shares, limit, assets)
    return granted, share_math.calculate_assets_down(granted, nav, supply)


@internal
@view
def _calculate_claim(number: uint256, priced: uint256, assets: uint256, shares: uint256) -> (uint256, uint256, uint256):
    """
    @dev SHR-7:23ef. What a request gets of its epoch: shares for its TAO, shares handed back, and TAO for its shares.
    """
    nav: uint256 = 0
    supply: uint256 = 0
    settled_at: uint256 = 0
    nav, supply, settled_at = packing.unpack_amounts(priced)

    granted: uint256 = shares
    returned: uint256 = 0
    if shares > 0:
        all_granted: uint256 = 0
        requested: uint256 = 0
        unused: uint256 = 0
        all_granted, requested, unused = packing.unpack_amounts(storage.epoch_words[number][1])
        if requested > 0:
            granted = share_math.calculate_pro_rata_down(shares, all_granted, requested)
            # cannot underflow: what is granted is a part of what is asked
            returned = share_math.calculate_pro_rata_down(shares, unsafe_sub(requested, all_granted), requested)
    return (
        share_math.calculate_shares_down(assets, nav, supply),
        returned,
        share_math.calculate_assets_down(granted, nav, supply),
    )
