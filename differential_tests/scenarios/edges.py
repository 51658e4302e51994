"""Short scripts that stand exactly on an edge of the books, where one wei more or less is another outcome."""

from differential_tests.fuzzer.actions import Step
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.roles import TREASURY
from differential_tests.scenarios.lines import (
    DAY,
    DONE,
    EPOCH,
    LATE,
    MAKER,
    PRICE,
    PUBLISHED,
    RUSH,
    SEED,
    START,
    TRADER,
    WHALE,
    closing,
    deposit,
    drift,
    line,
    listing,
    market,
    on_position,
    opening,
    poke,
    subnet,
    view,
    wait,
)
from reference.math.hidden import HOLD
from reference.math.units import RAO, WAD
from reference.modules.market import DEAD_PERIOD
from reference.modules.shares import CUT_PERIOD
from reference.state.records import GENERATION

HIGHEST_PRICE = (2**64 - 1) * RAO
"""A price is a whole number of rao that has 64 bits (CHN-1)."""

OLD_DEBT = [
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    opening(DONE, WHALE, 200 * WAD, RUSH),
    wait(),
    subnet(PUBLISHED, PRICE * 78 // 100),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    opening(DONE, MAKER, 10 * WAD, PUBLISHED, leverage=4 * WAD),
    wait(),
    subnet(RUSH, 357 * PRICE // 100),
    closing(DONE, WHALE, RUSH),
    subnet(PUBLISHED, PRICE * 63 // 100),
    on_position(DONE, "liquidate", MAKER, PUBLISHED, sender=KEEPER),
]
"""Bad debt that was not over the limit, of a vault that has lost its cash since: what comes after makes none, and
pauses nothing."""

OWED_TO_A_DEBTOR = [
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    opening(DONE, WHALE, 200 * WAD, RUSH),
    wait(),
    drift(5, PRICE * 115 // 100),
    on_position(DONE, "decrease", TRADER, PUBLISHED, size=WAD, max_slippage=WAD),
    subnet(RUSH, 5 * PRICE),
    closing(DONE, WHALE, RUSH),
    subnet(PUBLISHED, PRICE * 103 // 100),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    line("ClaimUnfed", "collect_claim", sender=KEEPER, number=2),
]
"""A vault that has nothing owes a profit to a position whose margin went for funding: its liquidation leaves its owner
a claim."""

EATEN_BY_FUNDING = [
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    wait(),
    drift(8),
    subnet(PUBLISHED, PRICE, mechanism=0),
    poke(DONE, PUBLISHED),
    wait(DEAD_PERIOD),
    line(DONE, "wind_down", sender=KEEPER, market=PUBLISHED),
    on_position(DONE, "close_wound_down", TRADER, PUBLISHED, sender=KEEPER),
    subnet(PUBLISHED),
    listing(DONE, GENERATION + PUBLISHED),
]
"""A market winds down with bad debt that is mostly unpaid funding, and little of it a loss; then it is listed anew."""

HUGE_SIDE = [
    *(deposit(DONE, owner, 10**25) for owner in (TRADER, MAKER, WHALE)),
    line(DONE, "seed", sender=TREASURY, value=10**25),
    subnet(LATE, RAO, pool_rao=2**63),
    listing(DONE, LATE, is_guarded=False),
    opening(DONE, TRADER, 6 * 10**23, LATE, leverage=5 * WAD),
    opening("AmountTooLarge", MAKER, 10987 * 10**20, LATE),
    opening(DONE, WHALE, 6 * 10**23, LATE, is_long=False, leverage=5 * WAD),
    opening("AmountTooLarge", MAKER, 10941 * 10**20, LATE, is_long=False),
]
"""A side of nearly 2**112. At the start price, longs would be too large, at the fill price not; shorts the other way
round."""

WORTH_NOTHING = [
    line(DONE, "request_deposit", sender=MAKER, controller=MAKER, value=10 * WAD),
    line(DONE, "cut_off", sender=KEEPER),
    wait(CUT_PERIOD),
    line(DONE, "settle", sender=KEEPER),
    opening(DONE, WHALE, 200 * WAD, RUSH),
    opening(DONE, TRADER, 10_000_073_517_864_403, PUBLISHED),
    wait(),
    closing(DONE, TRADER, PUBLISHED),
    wait(DAY),
    subnet(RUSH, 359 * PRICE // 100),
    poke(DONE, RUSH),
    line(DONE, "donate", sender=KEEPER, to_insurance=False, value=3_336_366_060 * RAO),
    line("VaultInsolvent", "cut_off", sender=KEEPER),
]
"""Shares of a vault whose NAV is exactly 0."""

AT_THE_CAP = [
    subnet(LATE),
    listing(DONE, LATE, "open_interest_cap", 4 * 10**15, is_guarded=False),
    opening("OpenInterestTooHigh", TRADER, 201_004_016_064_257_028_401, LATE, leverage=WAD),
    opening(DONE, TRADER, 201_004_016_064_257_028_400, LATE, leverage=WAD),
    (Step("view", {**view(DONE, "quote_decrease", LATE)[0].arguments, "amount": 400 * WAD}), DONE),
]
"""A position whose size times the mark is exactly the part of the pool that is allowed; what all of it would bring."""

TOO_DEAR = [
    subnet(LATE, 4 * WAD),
    listing(DONE, LATE, is_guarded=False),
    opening(DONE, TRADER, WAD, LATE),
    on_position("SizeZero", "increase", TRADER, LATE, margin=1, leverage=WAD, max_slippage=WAD),
]
"""A wei is added to a position, and buys nothing."""

WEAK = [
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE * 92 // 100),
    on_position(DONE, "decrease", TRADER, PUBLISHED, size=100 * WAD, max_slippage=WAD),
]
"""A position within reach of liquidation shrinks, and is further from it than it was."""

NOT_ALL_CAN_GO = [
    line(DONE, "request_deposit", sender=WHALE, controller=WHALE, value=1_000 * WAD),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=0, controller=WHALE),
    line(DONE, "request_redeem", sender=WHALE, controller=WHALE, amount=10**24),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=1, controller=WHALE),
    opening(DONE, TRADER, 100 * WAD, RUSH),
    line(DONE, "request_redeem", sender=WHALE, controller=WHALE, amount=999 * 10**24),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=2, controller=WHALE),
]
"""One share may leave, half of all may not: the vault keeps 60% of its cash, and the rest of the shares come back."""

NOTHING_LEFT = [
    opening(DONE, WHALE, 200 * WAD, RUSH),
    wait(),
    subnet(RUSH, 3 * PRICE),
    closing(DONE, WHALE, RUSH),
    line(DONE, "cut_off", sender=KEEPER),
]
"""The last position goes while the breaker is tripped: the valuation resets it, since no market is touched any more."""

ONE_WEI = [
    line(DONE, "request_deposit", sender=WHALE, controller=WHALE, value=1_000 * WAD),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=0, controller=WHALE),
    line(DONE, "request_redeem", sender=WHALE, controller=WHALE, amount=10**6 + 1),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=1, controller=WHALE),
]
"""Shares are redeemed for exactly one wei."""

ONE_WEI_UNCOVERED = [
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE * 78 // 100),
    on_position(DONE, "add_margin", TRADER, PUBLISHED, amount=5_230_741_903_385_633_509),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
]
"""The insurance covers all of a bad debt but one wei."""

RICH = [
    *(deposit(DONE, owner, 10**25) for owner in (TRADER, MAKER)),
    line(DONE, "seed", sender=TREASURY, value=10**25),
]

HUGE_DEBT = [
    *RICH,
    subnet(LATE, pool_rao=2**63),
    listing(DONE, LATE, is_guarded=False),
    *(opening(DONE, owner, 135_000 * WAD, LATE, is_long=False, leverage=WAD) for owner in (TRADER, MAKER)),
    wait(),
    subnet(LATE, HIGHEST_PRICE),
    *(on_position(DONE, "liquidate", owner, LATE, sender=KEEPER) for owner in (TRADER, MAKER)),
]
"""Shorts meet the highest price that a subnet can have: each bad debt is nearly 2**112, and of both no more than
2**112 - 1 is counted."""

HUGE_PROFIT = [
    *RICH,
    subnet(LATE, pool_rao=2**63),
    listing(DONE, LATE, is_guarded=False),
    opening(DONE, TRADER, 145_000 * WAD, LATE, leverage=WAD),
    wait(),
    subnet(LATE, HIGHEST_PRICE),
    on_position("AmountTooLarge", "remove_margin", TRADER, LATE, amount=1),
]
"""A long at that price is worth more than 2**112 wei, and can't be settled."""

HUGE_FUNDING = [
    *RICH,
    subnet(LATE, 10**10, pool_rao=2**63),
    listing(DONE, LATE, is_guarded=False),
    opening(DONE, TRADER, 34 * 10**16, LATE, leverage=WAD),
    wait(),
    *3 * [drift(50, 16 * 10**25, LATE)],
    subnet(LATE, 5 * 10**24, pool_rao=2**63),
    on_position("AmountTooLarge", "liquidate", TRADER, LATE, sender=KEEPER),
]
"""A long owes more than 2**112 of funding, at the highest index. Its profit keeps its equity within that."""

HUGE_DEFICIT = [
    *RICH,
    subnet(LATE, 10**10, pool_rao=2**63),
    listing(DONE, LATE, is_guarded=False),
    *(opening(DONE, owner, 3 * 10**17, LATE, leverage=WAD) for owner in (TRADER, MAKER)),
    wait(),
    *3 * [drift(50, 16 * 10**25, LATE)],
    on_position(DONE, "decrease", TRADER, LATE, size=10**8, max_slippage=WAD),
    on_position("AmountTooLarge", "decrease", MAKER, LATE, size=10**8, max_slippage=WAD),
]
"""Two longs owe nearly 2**112 of funding each, at the highest index, beside more profit: one may settle, not both."""

DEAR_EXIT = [
    subnet(LATE),
    listing(DONE, LATE),
    wait(HOLD, 5),
    opening(DONE, TRADER, 40 * WAD, LATE, leverage=5 * WAD),
    line(None, "drift", market=LATE, price=PRICE * 93 // 100, rounds=40, seconds=60),
    wait(),
    subnet(LATE, PRICE * 70 // 100),
    closing(DONE, TRADER, LATE),
]
"""A close whose fill, far from the guarded mark, costs more than the equity: nothing is left, not even for the fee."""

WIDE_BUFFER = [
    subnet(LATE),
    listing(DONE, LATE, "maintenance", 10**16),
    wait(HOLD, 5),
    opening(DONE, TRADER, 40 * WAD, LATE),
    wait(),
    on_position(DONE, "remove_margin", TRADER, LATE, amount=WAD),
]
"""A market whose buffer is above its maintenance margin."""

MAKER_FEE = [
    subnet(LATE),
    listing(DONE, LATE, "maker_fee", 10**15),
    view(DONE, "parameters", LATE),
]
"""A parameter that is 0 in every preset."""

EDGES = {
    name: [*START, *market(PUBLISHED), *market(RUSH), SEED, *lines]
    for name, lines in {
        "old debt": OLD_DEBT,
        "owed to a debtor": OWED_TO_A_DEBTOR,
        "eaten by funding": EATEN_BY_FUNDING,
        "huge side": HUGE_SIDE,
        "worth nothing": WORTH_NOTHING,
        "at the cap": AT_THE_CAP,
        "nothing left": NOTHING_LEFT,
        "too dear": TOO_DEAR,
        "weak": WEAK,
        "not all can go": NOT_ALL_CAN_GO,
        "one wei": ONE_WEI,
        "one wei uncovered": ONE_WEI_UNCOVERED,
        "huge debt": HUGE_DEBT,
        "huge profit": HUGE_PROFIT,
        "huge funding": HUGE_FUNDING,
        "huge deficit": HUGE_DEFICIT,
        "dear exit": DEAR_EXIT,
        "wide buffer": WIDE_BUFFER,
        "maker fee": MAKER_FEE,
    }.items()
}
"""All of them, each for a world of its own."""
