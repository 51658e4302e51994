"""SHR-16: the events alone tell what the vault has earned, by source; one that lies is seen."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from differential_tests.fuzzer.actions import SeededChoices
from differential_tests.fuzzer.world import Divergence, Effect
from differential_tests.machines import MACHINES
from differential_tests.machines.prices import KEEPER
from differential_tests.machines.protocol.draws.common import POOL_RAO
from differential_tests.machines.protocol.invariants import check_holdings, check_income, copy_protocol
from differential_tests.machines.protocol.reference_only import ReferenceWorld
from differential_tests.machines.protocol.roles import ADMIN, TRADERS, TREASURY
from reference.events import Logged
from reference.history.income import Statement, accrue_income
from reference.math.alpha import DYNAMIC, ONE_TAO
from reference.math.hidden import HOLD
from reference.math.units import RAO, WAD
from reference.state.storage import Protocol

MARKET = 64
PRICE = ONE_TAO // 4
TRADER, DEPOSITOR = TRADERS[:2]
SCENARIOS = range(21, 33)
STEPS = 400
"""Scenarios that log every kind of event that moves anything of the vault's, and their length."""
LIES = 10


class Recorder(ReferenceWorld):
    """A world that keeps all that is logged, and its state after some calls by the kinds of their events."""

    def __init__(self) -> None:
        self.logged = list[Logged]()
        self.moments: dict[str, deque[tuple[int, int, Protocol]]] = defaultdict(lambda: deque(maxlen=LIES))
        super().__init__()

    def note(self, logged: Sequence[Logged], output: bytes = b"") -> Effect:
        """Beside what was logged, the state then."""
        end = len(self.logged) + len(logged)
        for place, event in enumerate(logged, len(self.logged)):
            self.moments[type(event).__name__].append((place, end, copy_protocol(self.protocol)))
        self.logged += logged
        return super().note(logged, output)


def tell(events: Sequence[Logged]) -> Statement:
    """What events say."""
    statement = Statement()
    for event in events:
        accrue_income(statement, event)
    return statement


def make_world() -> Recorder:
    """A market that takes increases and a vault; a trader and a depositor with cash."""
    world = Recorder()
    world.set_subnet(MARKET, PRICE, DYNAMIC, POOL_RAO)
    world.do("list_market", ADMIN, MARKET, True, "current", "", 0)
    world.do("seed", TREASURY, 1_000 * WAD)
    world.do("deposit", TRADER, TRADER, 0, 500 * WAD)
    world.advance(5, HOLD)
    return world


def test_what_vault_and_insurance_earn_a_trader_has_lost() -> None:
    world = make_world()
    before = world.protocol.account(world.account(TRADER, 0)).cash
    world.do("open", TRADER, TRADER, 0, MARKET, True, 100 * WAD, 3 * WAD, WAD)
    world.do("drift", MARKET, PRICE * 99 // 100, 30, 600)
    world.do("decrease", TRADER, TRADER, 0, MARKET, 100 * WAD, WAD)
    world.do("remove_margin", TRADER, TRADER, 0, MARKET, RAO)
    world.do("close", TRADER, TRADER, 0, MARKET, WAD)
    income = tell(world.logged).income
    assert world.outcomes.keys() == {"success"}
    assert before - world.protocol.account(world.account(TRADER, 0)).cash == income.total()
    assert min(income.fees, income.funding, income.interest, income.results) > 0
    assert income.liquidations == income.bad_debt == 0


def test_an_epochs_income_is_what_vault_and_insurance_gain_in_it() -> None:
    world, held = make_world(), list[tuple[int, int]]()
    for _ in range(2):
        world.do("request_deposit", DEPOSITOR, DEPOSITOR, 100 * WAD)
        world.do("open", TRADER, TRADER, 0, MARKET, True, 50 * WAD, 2 * WAD, WAD)
        world.do("drift", MARKET, PRICE * 98 // 100, 30, 2_880)
        world.do("close", TRADER, TRADER, 0, MARKET, WAD)
        world.do("cut_off", KEEPER)
        world.advance(1, 3_600)
        world.do("settle", KEEPER)
        held.append((world.protocol.epochs[len(held)].nav, world.protocol.vault.insurance))
    first, second = tell(world.logged).epochs
    assert world.outcomes.keys() == {"success"}
    deposited = 100 * WAD
    (nav, insurance), (later_nav, later_insurance) = held
    assert second.total() - first.total() == later_nav - (nav + deposited) + later_insurance - insurance > 0


@pytest.fixture(scope="module")
def recorded() -> Recorder:
    """A world after scenarios of the machine, one after the other in one protocol."""
    world = Recorder()
    protocol = MACHINES["protocol"]
    for number in SCENARIOS:
        for step in protocol.scenario(world, SeededChoices(f"income/{number}"), STEPS):
            protocol.table.run(world, step)
    return world


MOVES = {
    "Increased": ("margin", "size", "fee", "insured", "funding_owed", "interest_owed"),
    "Decreased": ("size", "result", "fee", "insured", "funding_owed", "interest_owed", "payout", "claimed"),
    "MarginAdded": ("amount",),
    "MarginRemoved": ("amount", "funding_owed", "interest_owed"),
    "Liquidated": (
        *("is_full", "size", "equity", "result", "fee", "reward", "insured", "funding_owed", "interest_owed"),
        *("payout", "claimed", "debt", "covered"),
    ),
    "WoundDownClosed": ("size", "result", "funding_owed", "interest_owed", "payout", "claimed", "debt", "covered"),
    "Seeded": ("amount",),
    "Donated": ("amount", "to_insurance"),
    "Skimmed": ("amount",),
    "EpochSettled": ("assets", "paid"),
}
"""What is read of each event, beside account and market."""


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in MOVES.items() for name in names])
def test_an_event_that_lies_is_seen(recorded: Recorder, kind: str, name: str) -> None:
    """By one unit, in one of the last events of its kind: not all read all of it."""
    seen = []
    for place, end, protocol in recorded.moments[kind]:
        events = recorded.logged[:end]
        assert is_true(protocol, events)
        events[place] = lie(events[place], name)
        seen.append(not is_true(protocol, events))
    assert any(seen)


def is_true(protocol: Protocol, events: Sequence[Logged]) -> bool:
    """Whether the events tell what the protocol has."""
    statement = tell(events)
    try:
        check_income(protocol, statement)
        check_holdings(protocol, statement)
    except Divergence:
        return False
    return True


def lie(event: Any, name: str) -> Any:
    """The event with another value."""
    value = getattr(event, name)
    return replace(event, **{name: not value if isinstance(value, bool) else value + 1})
