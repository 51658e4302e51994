"""The records of the protocol's state: accounts, positions, markets, parameters, the vault, epochs and requests.

A record is a value: nothing changes it, and whoever needs another one makes it by `dataclasses.replace`.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Final

from reference.errors import AmountTooLarge
from reference.math.units import AMOUNT_BOUND

UNLISTED: Final = 0
"""Status of a market that is not listed."""
OPEN: Final = 1
"""Status of a market that trades."""
DELISTED: Final = 2
"""Status of a market in which no position can be increased; anyone may wind it down."""
WOUND_DOWN: Final = 3
"""Status of a market whose mark and indices are frozen: its positions can only be closed."""

INDEX_KEY: Final = 0x10000
"""Key of MTSOS, just past the last netuid."""
GENERATION: Final = 2**32
"""A market's key is its subnet's netuid, or INDEX_KEY, plus GENERATION for each earlier listing of that subnet."""
MAX_MARKETS: Final = 2**14 - 1
"""Markets that can ever be listed, each generation counted: each has a number of its own."""
MAX_POSITIONS: Final = 50
"""Markets in which an account may have a position."""
MIN_NOTIONAL: Final = 10**14
"""Least entry notional of a position (wei)."""
ENTRY_BOUND: Final = 2**96
"""A position's entry notional is below this (wei): 3,700 times all TAO."""
BLOCK_MODULUS: Final = 2**29
"""Block numbers of increases are kept modulo this."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account's books. cash: free, wei. margin: Σ positive margins of its positions, wei. count: of positions."""

    cash: int = 0
    margin: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """A position in one market.

    size: alpha WAD. margin: wei, signed. entry_notional: wei. funding_index: TAO per alpha, WAD, signed.
    interest_index: WAD. Both indices are those of the last settlement. increased_at: block of the last increase, modulo
    2**30.
    """

    is_long: bool
    size: int = 0
    margin: int = 0
    entry_notional: int = 0
    funding_index: int = 0
    interest_index: int = 0
    increased_at: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """Sums over the positions of one side of a market.

    size: open interest, alpha WAD. entry_notional: wei. margin, deficit: of the margins above and below 0, wei.
    carry: Σ of VLT-36 over its positions, wei · WAD, signed.
    """

    size: int = 0
    entry_notional: int = 0
    margin: int = 0
    deficit: int = 0
    carry: int = 0


@dataclass(frozen=True, slots=True)
class Market:
    """A market as of its last touch.

    number: from 1 in the order of listing, never used again; 0 of a market that is not listed.
    mark, spot: WAD. funding_index: TAO per alpha, WAD, signed. gap_up, gap_down: of MTSOS, parts of the mark, WAD.
    readings, read_at: of a guarded subnet, STO-33, and the time of the later one, seconds. apart_at: when its mark was
    last away from where the pool is, seconds. pool: TAO, wei. value: of both sides to the vault, wei, signed.
    utilization: of FND-13, WAD. fed_at, touched_at, dead_since: seconds; dead_since is 0 while the feed lives.
    frozen_interest_index: of the wind-down, WAD.
    """

    status: int = UNLISTED
    is_guarded: bool = False
    number: int = 0
    mark: int = 0
    spot: int = 0
    funding_index: int = 0
    gap_up: int = 0
    gap_down: int = 0
    read_at: int = 0
    readings: int = 0
    apart_at: int = 0
    pool: int = 0
    value: int = 0
    utilization: int = 0
    fed_at: int = 0
    fed_block: int = 0
    touched_at: int = 0
    dead_since: int = 0
    frozen_interest_index: int = 0
    longs: Side = field(default_factory=Side)
    shorts: Side = field(default_factory=Side)

    def side(self, is_long: bool) -> Side:
        """The sums of longs or of shorts."""
        return self.longs if is_long else self.shorts

    def with_side(self, is_long: bool, side: Side) -> "Market":
        """The same market with other sums of longs or of shorts."""
        return replace(self, longs=side) if is_long else replace(self, shorts=side)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A market's parameters. Ratios, rates and leverage: WAD, multiples of 10**9. min_pool, pool: TAO, wei.

    pool: R of the index market; a subnet's is read from the chain. cross_class: what its gains carry in cross accounts.
    """

    max_leverage: int
    maintenance: int
    buffer: int
    taker_fee: int
    maker_fee: int
    liquidation_fee: int
    max_funding_rate: int
    funding_weight: int
    open_interest_cap: int
    min_pool: int
    pool: int
    cross_class: int

    def values(self) -> tuple[int, ...]:
        """All parameters in order: nine ratios and rates, two pools, the class."""
        return tuple(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True)
class Vault:
    """The vault's books, in wei.

    exposure, promised, value: sums of the markets' caches, each of that market's last touch. interest_index: WAD.
    interest_at: seconds. uncovered: bad debt since the last clearing. bucket: fed to claims and not yet collected.
    claimed, fed, claims: everything ever claimed and ever fed, and the number of claims.
    """

    cash: int = 0
    insurance: int = 0
    is_tripped: bool = False
    is_auto_paused: bool = False
    is_paused: bool = False
    exposure: int = 0
    promised: int = 0
    value: int = 0
    interest_index: int = 0
    interest_at: int = 0
    uncovered: int = 0
    bucket: int = 0
    claimed: int = 0
    fed: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a trader allows of a trade, and how it is to be filled.

    max_slippage: against the mark, WAD. limit_price: worst fill price, WAD, 0 for none. deadline: last second, 0 for
    none. makers: most resting orders that it may fill. has_vault: whether the vault fills what is left. route: of the
    builder.
    """

    max_slippage: int
    limit_price: int = 0
    deadline: int = 0
    makers: int = 0
    has_vault: bool = True
    route: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """The epoch that takes requests, or waits for its settlement.

    opened_at, cut_at: seconds; cut_at is 0 until the cut-off. nav: at the cut-off, wei. assets, shares: requested (wei,
    shares). payable: TAO that redemptions of all settled epochs can still claim, wei.
    """

    number: int = 0
    opened_at: int = 0
    cut_at: int = 0
    nav: int = 0
    assets: int = 0
    shares: int = 0
    payable: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A controller's request in one epoch. assets: to deposit, wei. shares: to redeem."""

    assets: int = 0
    shares: int = 0


@dataclass(frozen=True, slots=True)
class Epoch:
    """A settled epoch. nav, supply: its price, wei and shares. settled_at: seconds.

    granted, requested: shares, where redemptions were cut pro rata; both are 0 where all were granted.
    """

    nav: int
    supply: int
    settled_at: int
    granted: int = 0
    requested: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A debt of the vault to an account. before: everything claimed before it, wei. amount: wei."""

    account: int
    before: int
    amount: int


def is_index(key: int) -> bool:
    """MKT-7. Whether a market is MTSOS, of any generation."""
    return key % GENERATION == INDEX_KEY


def has_readings(key: int, is_guarded: bool) -> bool:
    """MKT-7. Whether a market keeps readings of its pool: a guarded one of a subnet does."""
    return is_guarded and not is_index(key)


def account_key(owner: int, index: int) -> int:
    """ACC-3. Key of an owner's account. index: below 2**96; 0 is the default account."""
    return (owner << 96) + index


def owner_of(account: int) -> int:
    """ACC-3. The owner of the account with this key."""
    return account >> 96


def validate_amount(amount: int) -> int:
    """STO-13. The amount itself, below 2**112. Errors: AmountTooLarge."""
    if amount >= AMOUNT_BOUND:
        raise AmountTooLarge

    return amount
