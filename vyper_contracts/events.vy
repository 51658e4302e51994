# pragma version 0.4.3
# pragma evm-version shanghai
"""
@title events
@license MIT
@notice Every event that the modules log, in the reference's order. Mirrors reference/events.py.
"""


event Deposited:
    account: indexed(uint256)
    sender: indexed(address)
    amount: uint256


event Withdrawn:
    account: indexed(uint256)
    amount: uint256


event Increased:
    account: indexed(uint256)
    market: indexed(address)
    is_long: bool
    margin: uint256
    size: uint256
    notional: uint256
    mark: uint256
    fill: uint256
    fee: uint256
    insured: uint256
    funding_owed: int256
    interest_owed: uint256
    book_size: uint256
    book_value: uint256
    builder: address
    builder_fee: uint256
    referral_cut: uint256


event Decreased:
    account: indexed(uint256)
    market: indexed(address)
    is_long: bool
    size: uint256
    entry_notional: uint256
    mark: uint256
    fill: uint256
    result: int256
    fee: uint256
    insured: uint256
    funding_owed: int256
    interest_owed: uint256
    payout: uint256
    claimed: uint256
    book_size: uint256
    book_value: uint256
    builder: address
    builder_fee: uint256
    referral_cut: uint256


event MarginAdded:
    account: indexed(uint256)
    market: indexed(address)
    amount: uint256


event MarginRemoved:
    account: indexed(uint256)
    market: indexed(address)
    amount: uint256
    funding_owed: int256
    interest_owed: uint256


event Liquidated:
    account: indexed(uint256)
    market: indexed(address)
    keeper: indexed(address)
    is_full: bool
    is_long: bool
    size: uint256
    entry_notional: uint256
    mark: uint256
    equity: int256
    result: int256
    fee: uint256
    reward: uint256
    insured: uint256
    funding_owed: int256
    interest_owed: uint256
    payout: uint256
    claimed: uint256
    debt: uint256
    covered: uint256


event WoundDownClosed:
    account: indexed(uint256)
    market: indexed(address)
    is_long: bool
    size: uint256
    entry_notional: uint256
    mark: uint256
    equity: int256
    result: int256
    funding_owed: int256
    interest_owed: uint256
    payout: uint256
    claimed: uint256
    debt: uint256
    covered: uint256


event MarketOpened:
    market: indexed(address)
    is_guarded: bool
    mark: uint256


event ParametersSet:
    market: indexed(address)
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


event Touched:
    market: indexed(address)
    cause: uint256
    spot: uint256
    mark: uint256
    funding_index: int256
    interest_index: uint256
    exposure: uint256
    value: int256


event MarketDelisted:
    market: indexed(address)


event WoundDown:
    market: indexed(address)
    mark: uint256
    funding_index: int256
    interest_index: uint256


event BreakerSet:
    is_tripped: bool


event BadDebtPaused:
    uncovered: uint256


event Claimed:
    account: indexed(uint256)
    claim: indexed(uint256)
    amount: uint256


event ClaimCollected:
    account: indexed(uint256)
    claim: indexed(uint256)
    amount: uint256


event Seeded:
    amount: uint256


event Donated:
    sender: indexed(address)
    to_insurance: bool
    amount: uint256


event Skimmed:
    amount: uint256


event AdminOffered:
    admin: indexed(address)


event AdminSet:
    admin: indexed(address)


event GuardianSet:
    guardian: indexed(address)


event TreasurySet:
    treasury: indexed(address)


event KeeperSet:
    keeper: indexed(address)
    is_allowed: bool


event LimitsSet:
    account_cap: uint256
    global_cap: uint256
    keepers_only: bool


event PauseSet:
    is_paused: bool


event BadDebtCleared:
    uncovered: uint256


event DepositRequest:
    controller: indexed(address)
    owner: indexed(address)
    requestId: indexed(uint256)
    sender: address
    assets: uint256


event RedeemRequest:
    controller: indexed(address)
    owner: indexed(address)
    requestId: indexed(uint256)
    sender: address
    shares: uint256


event RequestCancelled:
    controller: indexed(address)
    epoch: indexed(uint256)
    assets: uint256
    shares: uint256


event EpochCut:
    epoch: indexed(uint256)
    nav: uint256
    supply: uint256
    assets: uint256
    shares: uint256


event EpochSettled:
    epoch: indexed(uint256)
    nav: uint256
    supply: uint256
    assets: uint256
    minted: uint256
    shares: uint256
    redeemed: uint256
    paid: uint256


event RequestClaimed:
    controller: indexed(address)
    epoch: indexed(uint256)
    minted: uint256
    returned: uint256
    assets: uint256
