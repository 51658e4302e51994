"""Some scenarios of a campaign run again, step by step, to see what its counts do not say."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from differential_tests.chains.revm import RevmChain
from differential_tests.fuzzer.actions import SeededChoices, Step
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.fuzzer.machine import Machine, describe
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.machines.protocol.invariants import INEQUALITIES, Slack
from reference.math.funding import INDEX_BOUND
from reference.math.units import AMOUNT_BOUND, WAD
from reference.modules.view import read_nav
from reference.state.records import MAX_POSITIONS
from reference.state.storage import Protocol

Series = list[tuple[int, float]]
"""Points: seconds since the scenario began, and a value."""


@dataclass
class Story:
    """One scenario as it went: the index and marks by market, the vault's amounts, and its income by source, in TAO."""

    marks: dict[str, Series] = field(default_factory=dict)
    vault: dict[str, Series] = field(default_factory=dict)
    income: dict[str, Series] = field(default_factory=dict)


@dataclass
class Bound:
    """What must stay below a limit, and the nearest that it came. unit: what both are divided by."""

    name: str
    limit: int
    unit: int
    nearest: int = 0

    @property
    def headroom(self) -> float:
        """The part of the limit that was left."""
        return 1 - self.nearest / self.limit


@dataclass
class Sample:
    """What the scenarios have shown. outcomes: steps by action and how their calls ended. found: what ended it."""

    steps: int = 0
    scenarios: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    bounds: list[Bound] = field(default_factory=list)
    slacks: dict[str, Slack] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    found: Counterexample | None = None


def take_sample(machine: Machine, seed: int, scenarios: int, max_steps: int) -> Sample:
    """Run the first scenarios of a seed once more, compared as ever, up to one that diverges.

    max_steps: those of the campaign, of which this is a part.
    """
    sample = Sample()
    if machine.name == "protocol":
        sample.bounds, sample.slacks = _bounds(), {name: Slack() for name in INEQUALITIES}
    for number in range(scenarios):
        length = min(SCENARIO_STEPS, max_steps - sample.steps)
        if length <= 0 or sample.found:
            break
        _run_scenario(sample, machine, seed, number, length)
    return sample


def _run_scenario(sample: Sample, machine: Machine, seed: int, number: int, length: int) -> None:
    world: Any = machine.world(RevmChain())
    story, start = Story(), world.block.timestamp
    done: list[Step] = []
    try:
        for step in machine.scenario(world, SeededChoices(f"{seed}/{number}"), length):
            done.append(step)
            sample.steps += 1
            before = world.outcomes.copy()
            machine.table.run(world, step)
            sample.outcomes.setdefault(step.action, Counter()).update(world.outcomes - before)
            _observe(sample, story, world, world.block.timestamp - start)
        world.sweep()
    except Exception as error:  # a divergence, or a bug of the reference
        sample.found = Counterexample(machine.name, seed, number, tuple(done), *describe(error))
    for name, slack in world.ledger.slacks.items() if sample.slacks else ():
        sample.slacks[name].add(slack)
    sample.scenarios += 1
    sample.stories.append(story)


def _bounds() -> list[Bound]:
    """What the protocol promises to keep below a limit after every call."""
    return [
        Bound("positions of an account", MAX_POSITIONS, 1),
        Bound("a market's funding index, either way", INDEX_BOUND, WAD),
        Bound("a market's notional, in its word", AMOUNT_BOUND, WAD),
        Bound("a market's size, in its word", AMOUNT_BOUND, WAD),
        Bound("an account's cash, in its word", AMOUNT_BOUND, WAD),
        Bound("the vault's cash, in its word", AMOUNT_BOUND, WAD),
        Bound("deposits of all accounts, against their highest cap", 0, WAD),
    ]


def _observe(sample: Sample, story: Story, world: Any, seconds: int) -> None:
    if index := getattr(world, "index", None):
        story.marks.setdefault("index", []).append((seconds, index.ema / WAD))
    protocol: Protocol | None = getattr(world, "protocol", None)
    if protocol is None:
        return
    for key, market in protocol.markets.items():
        story.marks.setdefault(f"market {key:#x}", []).append((seconds, market.mark / WAD))
    vault = protocol.vault
    for name, value in (("NAV", read_nav(protocol)), ("cash", vault.cash), ("insurance", vault.insurance)):
        story.vault.setdefault(name, []).append((seconds, value / WAD))
    for name, value in asdict(world.ledger.statement.income).items():
        story.income.setdefault(name.replace("_", " "), []).append((seconds, value / WAD))
    sides = [side for market in protocol.markets.values() for side in (market.longs, market.shorts)]
    accounts = protocol.accounts.values()
    found = (
        max((account.count for account in accounts), default=0),
        max((abs(market.funding_index) for market in protocol.markets.values()), default=0),
        max((side.entry_notional for side in sides), default=0),
        max((side.size for side in sides), default=0),
        max((account.cash for account in accounts), default=0),
        vault.cash,
        protocol.free_cash + protocol.margins,
    )
    for bound, value in zip(sample.bounds, found, strict=True):
        bound.nearest = max(bound.nearest, value)
    sample.bounds[-1].limit = max(sample.bounds[-1].limit, protocol.global_cap)
