"""Short scripts of what drawn scenarios seldom or never reach."""

from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol_core import TREASURY
from differential_tests.machines.protocol_edges import EDGES
from differential_tests.machines.protocol_story import (
    CHAPTERS,
    DAY,
    DONE,
    MAKER,
    PRICE,
    PUBLISHED,
    RUSH,
    TRADER,
    WHALE,
    Line,
    closing,
    deposit,
    line,
    listing,
    on_position,
    opening,
    poke,
    subnet,
    wait,
)
from reference.funding import MAX_FUNDING_ELAPSED
from reference.units import WAD

START = [
    *(deposit(DONE, owner, 1_000 * WAD) for owner in (TRADER, MAKER, WHALE)),
]


def market(netuid: int) -> list[Line]:
    """A subnet and its published market."""
    return [subnet(netuid), listing(DONE, netuid, is_guarded=False)]


SEED = line(DONE, "seed", sender=TREASURY, value=1_000 * WAD)

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
    line(None, "drift", market=PUBLISHED, price=PRICE, rounds=40, seconds=MAX_FUNDING_ELAPSED),
    opening(DONE, WHALE, 60 * WAD, PUBLISHED, is_long=False),
    wait(),
    subnet(RUSH, 358 * PRICE // 100),
    poke(DONE, RUSH),
    closing(DONE, WHALE, RUSH),
    on_position("VaultShort", "increase", MAKER, PUBLISHED, margin=WAD // 10, leverage=WAD, max_slippage=10 * WAD),
    on_position("VaultShort", "remove_margin", MAKER, PUBLISHED, amount=1),
]
"""A vault that has paid out nearly all it has, with little exposure, owes a position more funding than is left."""

EPOCH = [
    wait(DAY, 7_200),
    line(DONE, "cut_off", sender=KEEPER),
    wait(3_600, 300),
    line(DONE, "settle", sender=KEEPER),
]

EMPTY_VAULT = [
    *EPOCH,
    line(DONE, "request_deposit", sender=TRADER, controller=TRADER, value=WAD),
    *EPOCH,
    line(DONE, "claim_request", sender=KEEPER, number=1, controller=TRADER),
]
"""Nobody asks for anything; then the first depositor comes, when the vault has nothing and nobody has a share."""

CORNERS = {
    name: [*START, *lines]
    for name, lines in {"dust": DUST, "poor vault": POOR_VAULT, "empty vault": EMPTY_VAULT}.items()
} | EDGES
"""All of them, each for a world of its own."""

SCRIPTS = [
    [step for lines in CHAPTERS.values() for step, _ in lines],
    *([step for step, _ in lines] for lines in CORNERS.values()),
]
"""The steps of the story, and of each corner."""
