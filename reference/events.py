"""The protocol's events, with the contracts' names and order. Amounts: wei. Sizes, prices, ratios: WAD."""

from dataclasses import dataclass


class Logged:
    """An event."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Deposited(Logged):
    """ACC-1. A sender deposited cash into an account."""

    account: int
    sender: int
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Logged):
    """ACC-2. An owner withdrew cash."""

    account: int
    amount: int


@dataclass(frozen=True, slots=True)
class Increased(Logged):
    """POS-1, POS-2. A position was opened or increased. funding_owed: settled, paid where positive."""

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
    """POS-3. A position was decreased or closed. result: realised PnL. claimed: part of payout that became a claim."""

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
    """POS-5. An account moved free cash into the margin of a position."""

    account: int
    market: int
    amount: int


@dataclass(frozen=True, slots=True)
class MarginRemoved(Logged):
    """POS-6. An account moved margin of a position to its free cash."""

    account: int
    market: int
    amount: int
    funding_owed: int
    interest_owed: int


@dataclass(frozen=True, slots=True)
class Liquidated(Logged):
    """LIQ-20, LIQ-21. A keeper liquidated a position, or a part of it, at the mark.

    result: realised PnL. reward: the keeper's, the insurance's top-up included. debt: bad debt. covered: the part of it
    that the insurance paid.
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
    """MKT-6. A position of a wound-down market was closed at the frozen mark. result: realised PnL."""

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
    """MKT-1. The admin listed a market. mark: the first one."""

    market: int
    is_guarded: bool
    mark: int


@dataclass(frozen=True, slots=True)
class ParametersSet(Logged):
    """MKT-2. The admin set a market's parameters."""

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
    """MKT-3. A market was poked. cause: 0, or why its reading was rejected. Indices, prices: WAD."""

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
    """MKT-4. The admin delisted a market."""

    market: int


@dataclass(frozen=True, slots=True)
class WoundDown(Logged):
    """MKT-5. A market was wound down: its mark and both indices are frozen."""

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
    """VLT-27. Uncovered bad debt reached its limit and paused increases."""

    uncovered: int


@dataclass(frozen=True, slots=True)
class Claimed(Logged):
    """VLT-24. The vault could not pay a part of a payout, which became a claim."""

    account: int
    claim: int
    amount: int


@dataclass(frozen=True, slots=True)
class ClaimCollected(Logged):
    """VLT-26. The fed part of a claim was paid into its account."""

    account: int
    claim: int
    amount: int


@dataclass(frozen=True, slots=True)
class Seeded(Logged):
    """VLT-28. The treasury put cash into the vault."""

    amount: int


@dataclass(frozen=True, slots=True)
class Donated(Logged):
    """VLT-29. A sender gave cash to the vault or to the insurance."""

    sender: int
    to_insurance: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Skimmed(Logged):
    """VLT-30. TAO that reached the contract without a call went to the insurance."""

    amount: int


@dataclass(frozen=True, slots=True)
class AdminOffered(Logged):
    """ADM-1. The admin offered the role to another address."""

    admin: int


@dataclass(frozen=True, slots=True)
class AdminSet(Logged):
    """ADM-2. The address that was offered the admin's role took it."""

    admin: int


@dataclass(frozen=True, slots=True)
class GuardianSet(Logged):
    """ADM-3. The admin named a guardian."""

    guardian: int


@dataclass(frozen=True, slots=True)
class TreasurySet(Logged):
    """ADM-3. The admin named a treasury."""

    treasury: int


@dataclass(frozen=True, slots=True)
class KeeperSet(Logged):
    """ADM-4. The admin allowed or disallowed a keeper."""

    keeper: int
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class LimitsSet(Logged):
    """ADM-5. The admin set the caps on deposits, and whether only keepers may liquidate."""

    account_cap: int
    global_cap: int
    keepers_only: bool


@dataclass(frozen=True, slots=True)
class PauseSet(Logged):
    """ADM-6. The guardian paused the protocol, or ended the pause."""

    is_paused: bool


@dataclass(frozen=True, slots=True)
class BadDebtCleared(Logged):
    """ADM-7. The admin cleared the uncovered bad debt. uncovered: what it was."""

    uncovered: int


@dataclass(frozen=True, slots=True)
class Transfer(Logged):
    """TOK-2. Units of the share moved. A sender of 0: they were minted. A receiver of 0: they were burnt."""

    sender: int
    receiver: int
    amount: int


@dataclass(frozen=True, slots=True)
class Approval(Logged):
    """TOK-3. An owner set an allowance."""

    owner: int
    spender: int
    amount: int


@dataclass(frozen=True, slots=True)
class DepositRequest(Logged):
    """SHR-2. An owner requested a deposit for a controller. request_id: the epoch's number."""

    controller: int
    owner: int
    request_id: int
    sender: int
    assets: int


@dataclass(frozen=True, slots=True)
class RedeemRequest(Logged):
    """SHR-3. An owner requested a redemption for a controller. request_id: the epoch's number."""

    controller: int
    owner: int
    request_id: int
    sender: int
    shares: int


@dataclass(frozen=True, slots=True)
class RequestCancelled(Logged):
    """SHR-4. A controller cancelled its requests of an epoch."""

    controller: int
    epoch: int
    assets: int
    shares: int


@dataclass(frozen=True, slots=True)
class EpochCut(Logged):
    """SHR-5. The window of an epoch was cut off. assets, shares: requested."""

    epoch: int
    nav: int
    supply: int
    assets: int
    shares: int


@dataclass(frozen=True, slots=True)
class EpochSettled(Logged):
    """SHR-6. An epoch was settled at the price nav / supply: assets for minted, redeemed (of shares) for paid."""

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
    """SHR-7. A request was claimed. minted, returned: shares. assets: of the shares that were redeemed."""

    controller: int
    epoch: int
    minted: int
    returned: int
    assets: int
