"""Short scripts of what drawn scenarios seldom or never reach."""

from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.roles import ADMIN, TRADERS
from differential_tests.scenarios.edges import EDGES
from differential_tests.scenarios.lines import (
    DAY,
    DONE,
    EPOCH,
    GUARDED,
    MAKER,
    PRICE,
    PUBLISHED,
    RUSH,
    SEED,
    START,
    TRADER,
    WHALE,
    closing,
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
from differential_tests.scenarios.story import CHAPTERS
from reference.math.units import RAO, WAD
from reference.state.records import INDEX_KEY

DUST = [
    SEED,
    *market(PUBLISHED),
    opening(DONE, TRADER, 201 * 10**11, PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE * 91 // 100),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    on_position("PositionUnknown", "liquidate", TRADER, PUBLISHED, sender=KEEPER),
]
"""A part of a small position is liquidated: what it would leave is dust, so that all of it goes."""

POOR_VAULT = [
    SEED,
    *market(RUSH),
    *market(PUBLISHED),
    opening(DONE, TRADER, 80 * WAD, PUBLISHED),
    opening(DONE, MAKER, 20 * WAD, PUBLISHED, is_long=False),
    opening(DONE, WHALE, 200 * WAD, RUSH),
    wait(),
    drift(40),
    opening(DONE, WHALE, 60 * WAD, PUBLISHED, is_long=False),
    wait(),
    subnet(RUSH, 358 * PRICE // 100),
    poke(DONE, RUSH),
    closing(DONE, WHALE, RUSH),
    on_position("VaultShort", "increase", MAKER, PUBLISHED, margin=WAD // 10, leverage=WAD, max_slippage=10 * WAD),
    on_position("VaultShort", "remove_margin", MAKER, PUBLISHED, amount=1),
]
"""A vault that has paid out nearly all it has, with little exposure, owes a position more funding than is left."""

EMPTY_VAULT = [
    *EPOCH,
    line(DONE, "request_deposit", sender=TRADER, controller=TRADER, value=WAD),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=1, controller=TRADER),
]
"""Nobody asks for anything; then the first depositor comes, when the vault has nothing and nobody has a share."""

FLOOD = [
    SEED,
    *EPOCH,
    *market(RUSH),
    opening(DONE, WHALE, 200 * WAD, RUSH),
    wait(),
    subnet(RUSH, 354 * PRICE // 100),
    closing(DONE, WHALE, RUSH),
    wait(),
    poke(DONE, RUSH),
    *(line(DONE, "request_deposit", sender=each, controller=each, value=10**25) for each in TRADERS),
    wait(DAY, 7_200),
    line(DONE, "cut_off", sender=KEEPER),
    wait(3_600, 300),
    line("AmountTooLarge", "settle", sender=KEEPER),
]
"""Depositors ask for more shares than there can be, where traders have left the vault next to nothing."""

INDEX_SHARES = [
    SEED,
    subnet(GUARDED),
    line(DONE, "init_ema", account=ADMIN),
    listing(DONE, INDEX_KEY),
    opening(DONE, TRADER, 10 * WAD, INDEX_KEY),
    wait(DAY, 7_200),
    line(DONE, "cut_off", sender=KEEPER),
]
"""An epoch is cut off while a position on the index is open."""

NEGATIVE_MARGIN = [
    SEED,
    *market(PUBLISHED),
    opening(DONE, TRADER, 40 * WAD, PUBLISHED),
    wait(),
    subnet(PUBLISHED, 3 * PRICE),
    drift(15, 3 * PRICE),
    on_position(DONE, "decrease", TRADER, PUBLISHED, size=WAD, max_slippage=10 * WAD),
    view(DONE, "position", PUBLISHED),
    wait(),
    closing(DONE, TRADER, PUBLISHED),
]
"""A position owes more funding than it has margin, and lives on by its profit."""

MORE_BAD_DEBT = [
    SEED,
    *market(PUBLISHED),
    opening(DONE, TRADER, 40 * WAD, PUBLISHED, leverage=5 * WAD),
    opening(DONE, MAKER, 20 * WAD, PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE // 10),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    on_position(DONE, "liquidate", MAKER, PUBLISHED, sender=KEEPER),
]
"""There is bad debt again where it has already paused the protocol."""

NO_POOL = [
    SEED,
    subnet(GUARDED),
    line(DONE, "init_ema", account=ADMIN),
    listing("PoolOutOfRange", INDEX_KEY, "pool", 0),
    listing(DONE, INDEX_KEY, "pool", RAO),
    opening("ImpactTooHigh", TRADER, 10 * WAD, INDEX_KEY),
]
"""A market whose pool is next to nothing: impact takes all of a trade."""

CORNERS = {
    name: [*START, *lines]
    for name, lines in {
        "dust": DUST,
        "poor vault": POOR_VAULT,
        "empty vault": EMPTY_VAULT,
        "flood": FLOOD,
        "index shares": INDEX_SHARES,
        "negative margin": NEGATIVE_MARGIN,
        "more bad debt": MORE_BAD_DEBT,
        "no pool": NO_POOL,
    }.items()
} | EDGES
"""All of them, each for a world of its own."""

SCRIPTS = [
    [step for lines in CHAPTERS.values() for step, _ in lines],
    *([step for step, _ in lines] for lines in CORNERS.values()),
]
"""The steps of the story, and of each corner."""
