"""What the protocol logs. Amounts: wei. Sizes, prices, ratios: WAD. Names and order are the contracts'."""

from dataclasses import dataclass


class Logged:
    """An event."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Deposited(Logged):
    """ACC-1. Cash came in."""

    account: int
    sender: int
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Logged):
    """ACC-2. Cash went out, to the owner."""

    account: int
    amount: int


@dataclass(frozen=True, slots=True)
class Increased(Logged):
    """POS-1, POS-2. A position was opened or grew. funding_owed: settled, paid where positive."""

    account: int
    market: int
    is_long: bool
    margin: int
    size: int
    notional: int
    mark: int
    fill: int
    fee: int
    insured: int
    funding_owed: int
    interest_owed: int
    book_size: int = 0
    book_value: int = 0
    builder: int = 0
    builder_fee: int = 0
    referral_cut: int = 0


@dataclass(frozen=True, slots=True)
class Decreased(Logged):
    """POS-3. A position shrank, or went (payout; claimed: what the vault could not pay of it). result: realised."""

    account: int
    market: int
    is_long: bool
    size: int
    entry_notional: int
    mark: int
    fill: int
    result: int
    fee: int
    insured: int
    funding_owed: int
    interest_owed: int
    payout: int
    claimed: int
    book_size: int = 0
    book_value: int = 0
    builder: int = 0
    builder_fee: int = 0
    referral_cut: int = 0


@dataclass(frozen=True, slots=True)
class MarginAdded(Logged):
    """POS-5."""

    account: int
    market: int
    amount: int


@dataclass(frozen=True, slots=True)
class MarginRemoved(Logged):
    """POS-6."""

    account: int
    market: int
    amount: int
    funding_owed: int
    interest_owed: int


@dataclass(frozen=True, slots=True)
class Liquidated(Logged):
    """LIQ-20, LIQ-21. result: realised at the mark. reward: all that the keeper got. debt: bad debt, covered: the
    insurance's part of it.
    """

    account: int
    market: int
    keeper: int
    is_full: bool
    is_long: bool
    size: int
    entry_notional: int
    mark: int
    equity: int
    result: int
    fee: int
    reward: int
    insured: int
    funding_owed: int
    interest_owed: int
    payout: int
    claimed: int
    debt: int
    covered: int


@dataclass(frozen=True, slots=True)
class WoundDownClosed(Logged):
    """MKT-6. A position of a wound-down market went at the frozen mark. result: realised."""

    account: int
    market: int
    is_long: bool
    size: int
    entry_notional: int
    mark: int
    equity: int
    result: int
    funding_owed: int
    interest_owed: int
    payout: int
    claimed: int
    debt: int
    covered: int


@dataclass(frozen=True, slots=True)
class MarketOpened(Logged):
    """MKT-1."""

    market: int
    is_guarded: bool
    mark: int


@dataclass(frozen=True, slots=True)
class ParametersSet(Logged):
    """MKT-2."""

    market: int
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


@dataclass(frozen=True, slots=True)
class Touched(Logged):
    """MKT-3. cause: 0, or why the feed is dead. Indices, prices: WAD."""

    market: int
    cause: int
    spot: int
    mark: int
    funding_index: int
    interest_index: int
    exposure: int
    value: int


@dataclass(frozen=True, slots=True)
class MarketDelisted(Logged):
    """MKT-4."""

    market: int


@dataclass(frozen=True, slots=True)
class WoundDown(Logged):
    """MKT-5."""

    market: int
    mark: int
    funding_index: int
    interest_index: int


@dataclass(frozen=True, slots=True)
class BreakerSet(Logged):
    """MKT-3. The breaker tripped, or was reset."""

    is_tripped: bool


@dataclass(frozen=True, slots=True)
class BadDebtPaused(Logged):
    """VLT-27. Too much bad debt is uncovered."""

    uncovered: int


@dataclass(frozen=True, slots=True)
class Claimed(Logged):
    """VLT-24. The vault could not pay."""

    account: int
    claim: int
    amount: int


@dataclass(frozen=True, slots=True)
class ClaimCollected(Logged):
    """VLT-26."""

    account: int
    claim: int
    amount: int


@dataclass(frozen=True, slots=True)
class Seeded(Logged):
    """VLT-28. The treasury has put cash into the vault."""

    amount: int


@dataclass(frozen=True, slots=True)
class Donated(Logged):
    """VLT-29."""

    sender: int
    to_insurance: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Skimmed(Logged):
    """VLT-30. TAO that came without a call went to the insurance."""

    amount: int


@dataclass(frozen=True, slots=True)
class AdminOffered(Logged):
    """ADM-1."""

    admin: int


@dataclass(frozen=True, slots=True)
class AdminSet(Logged):
    """ADM-2."""

    admin: int


@dataclass(frozen=True, slots=True)
class GuardianSet(Logged):
    """ADM-3."""

    guardian: int


@dataclass(frozen=True, slots=True)
class TreasurySet(Logged):
    """ADM-3."""

    treasury: int


@dataclass(frozen=True, slots=True)
class KeeperSet(Logged):
    """ADM-4."""

    keeper: int
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class LimitsSet(Logged):
    """ADM-5."""

    account_cap: int
    global_cap: int
    keepers_only: bool


@dataclass(frozen=True, slots=True)
class PauseSet(Logged):
    """ADM-6."""

    is_paused: bool


@dataclass(frozen=True, slots=True)
class BadDebtCleared(Logged):
    """ADM-7."""

    uncovered: int


@dataclass(frozen=True, slots=True)
class Transfer(Logged):
    """TOK-2. Units of the share moved; from 0 they are new, to 0 they are gone."""

    sender: int
    receiver: int
    amount: int


@dataclass(frozen=True, slots=True)
class Approval(Logged):
    """TOK-3."""

    owner: int
    spender: int
    amount: int


@dataclass(frozen=True, slots=True)
class DepositRequest(Logged):
    """SHR-2. request_id: the epoch's number."""

    controller: int
    owner: int
    request_id: int
    sender: int
    assets: int


@dataclass(frozen=True, slots=True)
class RedeemRequest(Logged):
    """SHR-3. request_id: the epoch's number."""

    controller: int
    owner: int
    request_id: int
    sender: int
    shares: int


@dataclass(frozen=True, slots=True)
class RequestCancelled(Logged):
    """SHR-4."""

    controller: int
    epoch: int
    assets: int
    shares: int


@dataclass(frozen=True, slots=True)
class EpochCut(Logged):
    """SHR-5. The window has closed. assets, shares: requested."""

    epoch: int
    nav: int
    supply: int
    assets: int
    shares: int


@dataclass(frozen=True, slots=True)
class EpochSettled(Logged):
    """SHR-6. nav, supply: the price. assets: deposited, for minted. redeemed: of the shares that asked, for paid."""

    epoch: int
    nav: int
    supply: int
    assets: int
    minted: int
    shares: int
    redeemed: int
    paid: int


@dataclass(frozen=True, slots=True)
class RequestClaimed(Logged):
    """SHR-7. minted, returned: shares. assets: for those that were redeemed."""

    controller: int
    epoch: int
    minted: int
    returned: int
    assets: int
