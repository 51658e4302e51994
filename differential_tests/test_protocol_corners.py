"""Short scenarios of what drawn ones seldom or never reach, on contract and reference at once."""

import pytest

from differential_tests.chains.revm import RevmChain
from differential_tests.machines import MACHINES
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol import ProtocolWorld
from differential_tests.machines.protocol_core import TREASURY
from differential_tests.machines.protocol_story import (
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
    line(DONE, "seed", sender=TREASURY, value=1_000 * WAD),
    *(deposit(DONE, owner, 1_000 * WAD) for owner in (TRADER, MAKER, WHALE)),
]


def market(netuid: int) -> list[Line]:
    """A subnet and its published market."""
    return [subnet(netuid), listing(DONE, netuid, is_guarded=False)]


DUST = [
    *market(PUBLISHED),
    opening(DONE, TRADER, 201 * 10**11, PUBLISHED, leverage=5 * WAD),
    wait(),
    subnet(PUBLISHED, PRICE * 91 // 100),
    on_position(DONE, "liquidate", TRADER, PUBLISHED, sender=KEEPER),
    on_position("PositionUnknown", "liquidate", TRADER, PUBLISHED, sender=KEEPER),
]
"""A part of a small position is liquidated: what it would leave is dust, so that all of it goes."""

POOR_VAULT = [
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


@pytest.mark.parametrize("lines", [DUST, POOR_VAULT], ids=["dust", "poor vault"])
def test_corner(lines: list[Line]) -> None:
    world = ProtocolWorld(RevmChain())
    table = MACHINES["protocol"].table
    for number, (step, outcome) in enumerate([*START, *lines]):
        before = world.outcomes.copy()
        table.run(world, step)
        if outcome is not None:
            assert world.outcomes - before == {outcome: 1}, f"line {number}: {step}"
    world.sweep()
