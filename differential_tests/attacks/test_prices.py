"""Attacks on prices that a mark does not know yet, each with the rule that ends it, and what it gains without.

Each is a sequence of the search. Gains are joint, in TAO, after all fees and pushes; what prices do is luck and does
not count, and bad debt is told apart.
"""

from dataclasses import dataclass

import pytest

from differential_tests.search.moves import Move
from differential_tests.search.residuals import classify
from differential_tests.search.sequence import Result, Sequence, play
from differential_tests.search.weaknesses import is_in_force, without
from differential_tests.search.world import Setting
from reference.math.units import WAD

SUBNET = Setting()
UNSEEN = Setting(pace=0)
MTSOS = Setting(is_index=True, pool=50_000, pace=3_600)
PAIR: tuple[Move, ...] = (("open", 0, 1, 15, 45), ("open", 1, 0, 15, 45))


@dataclass(frozen=True)
class Attack:
    """A sequence, the rule that ends it, and what it gains without that rule (TAO)."""

    rule: str
    gain: float
    setting: Setting
    moves: tuple[Move, ...]


def push_short(jump: int, push: int, notional: int, *between: Move) -> tuple[Move, ...]:
    """After a fall that pokes have seen: push spot back, sell short, and pull."""
    fall = ("jump", -jump), ("wait", 60)
    return (*fall, ("push", push), *between, ("open", 0, 0, notional, 20), ("pull",))


ATTACKS = {
    "a short of 100 after -20%": Attack("H1", 8.4, SUBNET, push_short(2_000, 1_260, 100)),
    "a short of 400 after -30%": Attack("H1", 67.0, SUBNET, push_short(3_000, 2_880, 400)),
    "a push over one block's edge after -20%": Attack(
        "H1", 8.4, SUBNET, push_short(2_000, 1_260, 100, ("poke",), ("wait", 12))
    ),
    "a short of 100 after -2.3% that nobody saw": Attack(
        "H1", 0.1, UNSEEN, (("jump", -230), ("push", 240), ("open", 0, 0, 100, 20), ("pull",))
    ),
    "a doomed long leaves after -30%": Attack(
        "H1",
        50.0,
        UNSEEN,
        (("open", 0, 1, 200, 20), ("wait", 12), ("jump", -3_000), ("push", 4_300), ("close", 0), ("pull",)),
    ),
    "a long waits for the end of a delisted market": Attack(
        "H2", 40.0, SUBNET, (("open", 0, 1, 200, 40), ("wait", 12), ("delist",), ("jump", -2_300), ("wind_down",))
    ),
    "a straddle of 450 at -20%": Attack("H3", 9.0, SUBNET, (*PAIR * 30, ("wait", 60), ("jump", -2_000))),
    "margin of MTSOS is out before the mark knows": Attack(
        "H15", 6.0, MTSOS, (("open", 0, 1, 20, 30), ("wait", 3_600), ("jump", -3_000), ("remove", 0, 30))
    ),
}


LEFT = {
    "a short of 400 under a push of 12% that is held for two minutes": Attack(
        "",
        21.8,
        SUBNET,
        (
            ("jump", -2_000),
            ("wait", 1_800),
            ("push", 1_200),
            ("poke",),
            ("wait", 120),
            ("open", 0, 0, 400, 20),
            ("pull",),
        ),
    ),
    "a straddle of 450 with a push of 8% that is held for twelve minutes": Attack(
        "",
        15.9,
        SUBNET,
        (
            *PAIR * 30,
            ("wait", 60),
            ("jump", -2_000),
            ("wait", 3_600),
            ("push", 800),
            ("poke",),
            ("wait", 720),
            ("pull",),
        ),
    ),
    "a long of 1,000 of MTSOS leaves by a push": Attack(
        "",
        217.5,
        MTSOS,
        (("open", 0, 1, 200, 20), ("wait", 3_600), ("jump", -3_000), ("push", 4_300), ("close", 0), ("pull",)),
    ),
    "a long of 1,000 of MTSOS winds it down by two pushed feeds": Attack(
        "",
        269.5,
        MTSOS,
        (
            ("open", 0, 1, 200, 20),
            ("wait", 3_600),
            ("delist",),
            ("jump", -3_000),
            ("push", 4_280),
            ("poke",),
            ("pull",),
            ("wait", 12),
            ("push", 4_280),
            ("poke",),
            ("wind_down",),
            ("pull",),
        ),
    ),
}
"""What no rule ends, and the chapter of threats tells of, with its gain (TAO)."""


def run(attack: Attack) -> Result:
    """What it brings now; all its moves may be made, or the last ones be refused."""
    return play(Sequence(attack.setting, attack.moves))


@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_rule_it_gains(name: str) -> None:
    attack = ATTACKS[name]
    if is_in_force(attack.rule):
        with without(attack.rule):
            result = run(attack)
    else:
        result = run(attack)

    assert all(result.made)
    assert result.gain / WAD == pytest.approx(attack.gain, rel=0.1, abs=0.05)


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if is_in_force(attack.rule)])
def test_it_gains_nothing(name: str) -> None:
    assert run(ATTACKS[name]).gain <= 0


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_is_told(name: str) -> None:
    attack = LEFT[name]
    result, (_, bound) = run(attack), classify(Sequence(attack.setting, attack.moves))

    assert all(result.made)
    assert result.gain / WAD == pytest.approx(attack.gain, rel=0.01)
    assert result.gain <= bound
