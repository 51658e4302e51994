# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title records
@license MIT
@notice What the protocol remembers, and how it is laid into words: one reader and one writer a record.
        Mirrors reference/state/records.py.
"""

from vyper_contracts.math import packing
from vyper_contracts.math import units
from vyper_contracts.state import storage

uses: storage

UNLISTED: constant(uint256) = 0
OPEN: constant(uint256) = 1
DELISTED: constant(uint256) = 2
WOUND_DOWN: constant(uint256) = 3

# the highest flag of the vault: words are in use that cost nothing until then
HAS_DEBT: constant(uint256) = 8
# what stands above the two amounts of a word: when an epoch was settled, and that one was
SETTLED: constant(uint256) = 2**224

GENERATION: constant(uint256) = 2**32
INDEX_KEY: constant(uint256) = 65_536

MAX_MARKETS: public(constant(uint256)) = 2**14 - 1
MAX_POSITIONS: public(constant(uint256)) = 50
MIN_NOTIONAL: public(constant(uint256)) = 10**14
ENTRY_BOUND: public(constant(uint256)) = 2**96
BLOCK_MODULUS: public(constant(uint256)) = 2**29

LONG: constant(uint256) = 0
SHORT: constant(uint256) = 1


struct Account:
    cash: uint256
    margin: uint256
    count: uint256


struct Position:
    is_long: bool
    size: uint256
    margin: int256
    entry_notional: uint256
    funding_index: int256
    interest_index: uint256
    increased_at: uint256


struct Side:
    size: uint256
    entry_notional: uint256
    margin: uint256
    deficit: uint256
    carry: int256


struct Market:
    status: uint256
    is_guarded: bool
    number: uint256
    mark: uint256
    spot: uint256
    funding_index: int256
    gap_up: uint256
    gap_down: uint256
    read_at: uint256
    readings: uint256
    apart_at: uint256
    pool: uint256
    value: int256
    utilization: uint256
    fed_at: uint256
    fed_block: uint256
    touched_at: uint256
    dead_since: uint256
    frozen_interest_index: uint256
    sides: Side[2]


struct Parameters:
    max_leverage: uint256
    maintenance: uint256
    buffer: uint256
    taker_fee: uint256
    maker_fee: uint256
    liquidation_fee: uint256
    max_funding_rate: uint256
    funding_weight: uint256
    open_interest_cap: uint256
    min_pool: uint256
    pool: uint256
    cross_class: uint256


struct Terms:
    max_slippage: uint256
    limit_price: uint256
    deadline: uint256
    makers: uint256
    has_vault: bool
    route: uint256


struct Vault:
    cash: uint256
    insurance: uint256
    is_tripped: bool
    is_auto_paused: bool
    is_paused: bool
    exposure: uint256
    promised: uint256
    value: int256
    interest_index: uint256
    interest_at: uint256
    uncovered: uint256
    bucket: uint256
    claimed: uint256
    fed: uint256
    claims: uint256


@internal
@pure
def validate_amount(amount: uint256) -> uint256:
    """
    @dev STO-13:ae79. The amount itself, below 2**112.
    """
    assert amount < units.AMOUNT_BOUND, "AmountTooLarge"
    return amount


@internal
@pure
def validate_magnitude(amount: int256):
    """
    @dev STO-13:ae79. As validate_amount, on either side of 0.
    """
    magnitude: uint256 = self.validate_amount(convert(abs(amount), uint256))


@internal
@pure
def positive(amount: int256) -> uint256:
    """
    @dev The amount, or 0 where it is below that.
    """
    return convert(max(amount, 0), uint256)


@internal
@pure
def is_index(key: address) -> bool:
    """
    @dev Whether a market is MTSOS, of any generation.
    """
    return convert(key, uint256) % GENERATION == INDEX_KEY


@internal
@pure
def has_readings(key: address, is_guarded: bool) -> bool:
    """
    @dev MKT-7:8d80. Whether a market keeps readings of its pool: a guarded one of a subnet does.
    """
    return is_guarded and not self.is_index(key)


@internal
@pure
def account_key(owner: address) -> uint256:
    """
    @dev ACC-3:db00. Key of an owner's default account.
    """
    return convert(owner, uint256) << 96


@internal
@pure
def owner_of(account: uint256) -> address:
    """
    @dev ACC-3:db00. The owner of the account with this key.
    """
    return convert(account >> 96, address)


@internal
@view
def load_account(account: uint256) -> Account:
    """
    @dev STO-1:284d. An account; one that never had anything is empty.
    """
    cash: uint256 = 0
    margin: uint256 = 0
    count: uint256 = 0
    cash, margin, count = packing.unpack_amounts(storage.account_words[account])
    return Account(cash=cash, margin=margin, count=count)


@internal
def store_account(account: uint256, before: Account, after: Account):
    """
    @dev STO-1:284d, STO-7:ef77. An account, and the sums over all of them.
    """
    storage.account_words[account] = packing.pack_amounts(after.cash, after.margin, after.count)

    free: uint256 = 0
    margins: uint256 = 0
    free, margins = packing.unpack_pair(storage.totals_word)
    # cannot overflow or underflow: each sum holds what the account had before, and both are TAO that exists
    storage.totals_word = packing.pack_pair(
        unsafe_sub(unsafe_add(free, after.cash), before.cash),
        unsafe_sub(unsafe_add(margins, after.margin), before.margin),
    )


@internal
@pure
def position_id(account: uint256, market: address) -> bytes32:
    """
    @dev Key of a position.
    """
    return keccak256(abi_encode(account, market))


@internal
@pure
def request_id(number: uint256, controller: address) -> bytes32:
    """
    @dev Key of a request.
    """
    return keccak256(abi_encode(number, controller))


@internal
@view
def load_request(id: bytes32) -> (uint256, uint256):
    """
    @dev SHR-2:efdc. What a controller asks of an epoch: TAO (wei) and shares.
    """
    packed: uint256 = storage.request_words[id]
    return packed % units.AMOUNT_BOUND, packed >> 112


@internal
@view
def load_position(id: bytes32) -> Position:
    """
    @dev STO-12:75ad, STO-22:1a22. A position; its size is 0 where there is none.
    """
    position: Position = empty(Position)
    position.size, position.margin, position.increased_at, position.is_long = packing.unpack_position(
        storage.position_words[id][0]
    )
    position.entry_notional, position.interest_index, position.funding_index = packing.unpack_entry(
        storage.position_words[id][1]
    )

    return position


@internal
def store_position(id: bytes32, position: Position):
    """
    @dev STO-11:65df, STO-21:83d9. A position; one that went leaves nothing.
    """
    if position.size == 0:
        storage.position_words[id] = empty(uint256[2])
    else:
        storage.position_words[id] = [
            packing.pack_position(position.size, position.margin, position.increased_at, position.is_long),
            packing.pack_entry(position.entry_notional, position.interest_index, position.funding_index),
        ]


@internal
@view
def load_market(key: address) -> Market:
    """
    @dev STO-2:89c5, STO-6:8bda, STO-25:4753, STO-27:5cfd. A market. The word of its deficits is read only if they are
         not both 0.
    """
    packed: uint256[8] = storage.market_words[key].main
    market: Market = empty(Market)

    flags: uint256 = 0
    has_deficit: bool = False
    pool_rao: uint256 = 0

    market.sides[LONG].size, market.sides[SHORT].size, market.fed_block = packing.unpack_amounts(packed[0])
    market.mark, market.spot, market.fed_at = packing.unpack_amounts(packed[1])
    market.funding_index, market.gap_up, market.gap_down = packing.unpack_gaps(packed[2])
    market.sides[LONG].entry_notional, market.sides[LONG].margin, market.dead_since = packing.unpack_amounts(packed[3])
    market.sides[SHORT].entry_notional, market.sides[SHORT].margin, flags = packing.unpack_amounts(packed[4])
    market.status, market.is_guarded, has_deficit, market.number = packing.unpack_flags(flags)

    market.sides[LONG].carry = convert(convert(packed[5], bytes32), int256)
    market.sides[SHORT].carry = convert(convert(packed[6], bytes32), int256)
    market.value, pool_rao, market.utilization, market.touched_at = packing.unpack_value(packed[7])
    # cannot overflow: a pool is below 2**64 rao, a utilization below 2**32 of the same unit
    market.pool = unsafe_mul(pool_rao, units.RAO)
    market.utilization = unsafe_mul(market.utilization, units.RAO)

    if self.has_readings(key, market.is_guarded):
        # a subnet has no gaps: two times stand in their place
        market.read_at = market.gap_up % 2**32
        market.apart_at = market.gap_up >> 32
        market.gap_up = 0
        market.readings = storage.market_words[key].readings
    if has_deficit:
        market.sides[LONG].deficit, market.sides[SHORT].deficit = packing.unpack_pair(storage.deficit_words[key])
    if market.status == WOUND_DOWN:
        market.frozen_interest_index = storage.frozen_interest_index[key]

    return market


@internal
@view
def load_prices(key: address) -> Market:
    """
    @dev STO-2:89c5, STO-6:8bda, STO-27:5cfd. Of a market only what its price is read with; the rest is 0.
    """
    market: Market = empty(Market)

    market.mark, market.spot, market.fed_at = packing.unpack_amounts(storage.market_words[key].main[1])
    market.is_guarded = (storage.market_words[key].main[4] >> 226) % 2 == 1
    if self.has_readings(key, market.is_guarded):
        market.read_at = (storage.market_words[key].main[2] >> 128) % 2**32
        market.readings = storage.market_words[key].readings

    return market


@internal
def store_market(key: address, market: Market):
    """
    @dev STO-1:284d, STO-5:613f, STO-7:ef77, STO-24:d50c, STO-26:75ca. A market. The word of its deficits is written if
         they are not
         both 0, or were not.
    """
    deficits: uint256 = packing.pack_pair(market.sides[LONG].deficit, market.sides[SHORT].deficit)
    flags: uint256 = packing.pack_flags(market.status, market.is_guarded, deficits > 0, market.number)

    if deficits > 0 or (storage.market_words[key].main[4] >> 227) % 2 == 1:
        storage.deficit_words[key] = deficits

    gap_up: uint256 = market.gap_up
    if self.has_readings(key, market.is_guarded):
        # cannot overflow: no bit in common
        gap_up = unsafe_add(market.read_at, market.apart_at << 32)
        storage.market_words[key].readings = market.readings

    storage.market_words[key].main = [
        packing.pack_amounts(market.sides[LONG].size, market.sides[SHORT].size, market.fed_block),
        packing.pack_amounts(market.mark, market.spot, market.fed_at),
        packing.pack_gaps(market.funding_index, gap_up, market.gap_down),
        packing.pack_amounts(market.sides[LONG].entry_notional, market.sides[LONG].margin, market.dead_since),
        packing.pack_amounts(market.sides[SHORT].entry_notional, market.sides[SHORT].margin, flags),
        convert(convert(market.sides[LONG].carry, bytes32), uint256),
        convert(convert(market.sides[SHORT].carry, bytes32), uint256),
        packing.pack_value(market.value, market.pool // units.RAO, market.utilization // units.RAO, market.touched_at),
    ]

    if market.status == WOUND_DOWN:
        storage.frozen_interest_index[key] = market.frozen_interest_index


@internal
@view
def load_pools(key: address) -> Parameters:
    """
    @dev STO-29:aa31. Of a market's parameters only the pools; the rest is 0.
    """
    parameters: Parameters = empty(Parameters)
    min_pool_rao: uint256 = 0
    pool_rao: uint256 = 0
    raised_at: uint256 = 0
    moved_at: uint256 = 0
    min_pool_rao, pool_rao, raised_at, moved_at = packing.unpack_pools(storage.parameter_words[key][1])

    # cannot overflow: pools are below 2**64 rao
    parameters.min_pool = unsafe_mul(min_pool_rao, units.RAO)
    parameters.pool = unsafe_mul(pool_rao, units.RAO)
    return parameters


@internal
@view
def load_parameters(key: address) -> Parameters:
    """
    @dev STO-10:e81c, STO-29:aa31. A market's parameters.
    """
    packed: uint256[2] = storage.parameter_words[key]
    parameters: Parameters = empty(Parameters)

    (
        parameters.max_leverage,
        parameters.maintenance,
        parameters.buffer,
        parameters.taker_fee,
        parameters.maker_fee,
        parameters.liquidation_fee,
        parameters.max_funding_rate,
        parameters.funding_weight,
        parameters.open_interest_cap,
        parameters.cross_class,
    ) = packing.unpack_parameters(packed[0])

    min_pool_rao: uint256 = 0
    pool_rao: uint256 = 0
    raised_at: uint256 = 0
    moved_at: uint256 = 0
    min_pool_rao, pool_rao, raised_at, moved_at = packing.unpack_pools(packed[1])

    # cannot overflow: pools are below 2**64 rao
    parameters.min_pool = unsafe_mul(min_pool_rao, units.RAO)
    parameters.pool = unsafe_mul(pool_rao, units.RAO)
    return parameters


@internal
@view
def load_vault() -> Vault:
    """
    @dev STO-2:89c5, STO-4:cf9c, STO-8:2a5b. The vault's books. The words of debt and claims are read only once there
         was any.
    """
    vault: Vault = empty(Vault)

    flags: uint256 = 0
    vault.cash, vault.insurance, flags = packing.unpack_amounts(storage.vault_word)
    vault.is_tripped = flags % 2 == 1
    vault.is_auto_paused = (flags >> 1) % 2 == 1
    vault.is_paused = (flags >> 2) % 2 == 1

    vault.exposure, vault.promised = packing.unpack_pair(storage.exposure_word)
    vault.value, vault.interest_index, vault.interest_at = packing.unpack_signed(storage.interest_word)

    if flags >= HAS_DEBT:
        unused: uint256 = 0
        vault.uncovered, vault.bucket, unused = packing.unpack_amounts(storage.debt_word)
        vault.claimed, vault.fed, vault.claims = packing.unpack_amounts(storage.claims_word)

    return vault


@internal
def store_vault(vault: Vault):
    """
    @dev STO-1:284d, STO-3:3319, STO-7:ef77. The vault's books. The words of debt and claims are written once there was
         any.
    """
    flags: uint256 = convert(vault.is_tripped, uint256)
    if vault.is_auto_paused:
        flags |= 2
    if vault.is_paused:
        flags |= 4
    if max(vault.uncovered, vault.claims) > 0:
        flags |= HAS_DEBT

    if max(flags, storage.vault_word >> 224) >= HAS_DEBT:
        storage.debt_word = packing.pack_amounts(vault.uncovered, vault.bucket, 0)
        storage.claims_word = packing.pack_amounts(vault.claimed, vault.fed, vault.claims)

    storage.vault_word = packing.pack_amounts(vault.cash, vault.insurance, flags)
    storage.exposure_word = packing.pack_pair(vault.exposure, vault.promised)
    storage.interest_word = packing.pack_signed(vault.value, vault.interest_index, vault.interest_at)
