"""What the command line shows: live progress, tables, and the same as JSON."""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Column, Table
from rich.text import Text

from differential_tests.contracts.provenance import label
from differential_tests.fuzzer.campaign import Campaign
from differential_tests.fuzzer.counterexample import Counterexample

if TYPE_CHECKING:
    from differential_tests.contracts.gas import Row as GasRow
    from differential_tests.fuzzer.blotter import Line
    from differential_tests.symbolic import Row

REFRESH_SECONDS = 0.2
BAR_WIDTHS = 10, 40
"""Least and most."""
PLAIN_SECONDS = 10.0
"""Where the output is no terminal, a line of progress stands for so long."""

COLOURS = {"proved": "green", "confirmed": "green", "refuted": "bold red", "unknown": "yellow", "unsupported": "yellow"}


class Progress:
    """Live progress of a campaign: a bar on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, title: str, max_steps: int | None, max_seconds: float | None, quiet: bool) -> None:
        self._title, self._steps, self._seconds = title, max_steps, max_seconds
        self._console = Console(stderr=True)
        self._quiet = quiet
        self._next = time.perf_counter() + PLAIN_SECONDS
        self._column = BarColumn()
        columns = (
            TextColumn("{task.description}"),
            self._column,
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
        )
        self._bar = RichProgress(*columns, console=self._console, transient=True)
        self._live = not quiet and self._console.is_terminal
        if self._live:
            self._next = 0.0

    def __enter__(self) -> "Progress":
        if self._live:
            self._task = self._bar.add_task("", total=self._steps or self._seconds, rate="")
            self._show([], 0)
            self._bar.start()
        elif not self._quiet:
            self._console.print(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._bar.stop()

    def update(self, campaign: Campaign) -> None:
        """Show where a campaign is."""
        now = time.perf_counter()
        if self._quiet or now < self._next:
            return
        parts = [
            f"{campaign.steps:,} steps",
            f"{campaign.steps_per_second:,.0f}/s",
            f"{len(campaign.outcomes)} outcomes",
        ]
        if campaign.states:
            parts.append(f"{_count_states(campaign)} states")
        if self._live:
            self._show(parts, campaign.steps if self._steps else campaign.seconds)
            self._next = now + REFRESH_SECONDS
        else:
            self._console.print(", ".join(parts))
            self._next = now + PLAIN_SECONDS

    def _show(self, parts: list[str], completed: float) -> None:
        """One line, of as many of the parts as there is room for; the title gives way first."""
        room = self._console.width - BAR_WIDTHS[0] - len(" 0:00:00   ")
        titles = self._title, self._title.partition(",")[0]
        fitting = (
            (title, ", ".join(parts[:count]))
            for count in range(len(parts), -1, -1)
            for title in titles
            if len(title) + len(", ".join(parts[:count])) <= room
        )
        title, text = next(fitting, ("", ""))
        self._column.bar_width = min(BAR_WIDTHS[0] + room - len(title) - len(text), BAR_WIDTHS[1])
        self._bar.update(self._task, description=title, completed=completed, rate=text)


def campaign_to_json(campaign: Campaign, files: "Sequence[Path | None]") -> dict[str, Any]:
    """The report of a campaign. Keys are added, never renamed.

    actions: steps by action. outcomes: calls by how they ended: "success", "empty revert", "Halt" (no gas, or an
    invalid opcode), or the revert's name. states: times that a named state was met. states_missing: those that were
    not. compared: after how many calls every known slot is compared; what a call wrote is after each. profile: shares
    of the time, by part of a step.
    """
    content = {
        "machine": campaign.machine,
        "lane": campaign.lane,
        "seed": campaign.seed,
        "workers": campaign.workers,
        "steps": campaign.steps,
        "scenarios": campaign.scenarios,
        "distinct_scenarios": campaign.distinct_scenarios,
        "shards": campaign.shards,
        "seconds": round(campaign.seconds, 3),
        "busy_seconds": round(campaign.busy_seconds, 3),
        "cpu_seconds": round(campaign.cpu_seconds, 3),
        "steps_per_second": round(campaign.steps_per_second, 1),
        "is_stopped": campaign.is_stopped,
        "failure": campaign.failure,
        "compared": {"known_slots_period": campaign.compare_period, "sweep": "end of each scenario"},
        "actions": dict(campaign.actions.most_common()),
        "outcomes": dict(campaign.outcomes.most_common()),
        "states": dict(campaign.states.most_common()),
        "states_missing": campaign.missing_states,
        "profile": {part: round(share, 4) for part, share in _shares(campaign)},
        "divergences": [
            {**found.to_json(), "file": file and str(file)}
            for found, file in zip(campaign.divergences, files, strict=True)
        ],
    }
    return label("campaign", campaign.made, content)


def _count_states(campaign: Campaign) -> str:
    """How many states were met, of how many, if that is known."""
    met = len(campaign.states)
    return f"{met} of {met + len(campaign.missing_states)}" if campaign.known_states else str(met)


def _shares(campaign: Campaign) -> list[tuple[str, float]]:
    total = campaign.samples.total()
    return [(part, count / total) for part, count in campaign.samples.most_common()]


def print_campaign(console: Console, campaign: Campaign) -> None:
    """The summary of a campaign."""
    distinct = campaign.distinct_scenarios
    title = f"{campaign.machine}: {campaign.steps:,} steps in {campaign.scenarios:,} scenarios"
    title += "" if distinct is None else f", {distinct:,} distinct"
    _print_counts(console, title, ("action", "steps", "outcome", "calls"), campaign.actions, campaign.outcomes)
    if campaign.states:
        states = campaign.states.most_common()
        half = (len(states) + 1) // 2
        left, right = Counter(dict(states[:half])), Counter(dict(states[half:]))
        _print_counts(console, "states", ("state", "calls", "state", "calls"), left, right)
    if campaign.known_states:
        missing = ", ".join(campaign.missing_states)
        count = f"{_count_states(campaign)} states{'; missing: ' if missing else ''}{missing}"
        console.print(count, soft_wrap=True, highlight=False)
    if campaign.samples:
        shares = Table("part of a step", Column("time", justify="right"), title="profile")
        for part, share in _shares(campaign):
            shares.add_row(part, f"{share:.1%}")
        console.print(shares)
    period = campaign.compare_period
    every = "every known slot" if period == 1 else "what it wrote"
    more = "" if period <= 1 else f"every known slot after {period} calls; "
    each = f"compared after each call: result, events, balances that moved, {every}"
    console.print(f"{each}; {more}all storage at a scenario's end", soft_wrap=True)
    if distinct is not None and 2 * distinct < campaign.scenarios:
        copies = f"most scenarios are copies: only {distinct:,} of {campaign.scenarios:,} differ from all others"
        console.print(Text(copies, style="bold red"))
    verdict = f"{len(campaign.divergences)} divergence" if campaign.divergences else "no divergence"
    if campaign.is_stopped or campaign.failure:
        verdict += ", stopped"
    rate = f"{campaign.steps_per_second:,.0f} compared steps a second, {campaign.seconds:,.1f} s, seed {campaign.seed}"
    if campaign.workers > 1:
        rate += f", {campaign.workers} workers, {campaign.busy_seconds / max(campaign.seconds, 1e-9):.2f} of them busy"
    if campaign.cpu_seconds:
        rate += f"; {campaign.steps / campaign.cpu_seconds:,.0f} a second of processor time"
    console.print(Text(f"{verdict}; {rate}", style="bold red" if campaign.divergences else "bold green"))


def _print_counts(
    console: Console, title: str, headings: tuple[str, ...], left: Counter[str], right: Counter[str]
) -> None:
    columns = (Column(heading, justify="right" if at % 2 else "left") for at, heading in enumerate(headings))
    table = Table(*columns, title=title)
    for (name, count), (other, calls) in zip_longest(left.most_common(), right.most_common(), fillvalue=("", None)):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in (name, count, other, calls)))
    console.print(table)


def print_counterexample(console: Console, found: Counterexample, blotter: "Sequence[Line]") -> None:
    """A counterexample as a trade blotter, and what differs after the last step."""
    steps = f"{len(found.steps)} steps{'' if found.is_short else ', not fully shrunk'}"
    names = ("", "block", "second", "who", "what", "price (TAO)", "the reference says")
    columns = (Column(name, justify="right" if at < 3 else "left", overflow="fold") for at, name in enumerate(names))
    title = f"{found.machine}, seed {found.seed}/{found.scenario}: a counterexample of {steps}"
    table = Table(*columns, title=title)
    for line in blotter:
        cells = (line.number, f"{line.block:,}", f"{line.seconds:,}", line.who, line.what, line.price, line.outcome)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
    console.print(found.what, style="bold red", markup=False, highlight=False, soft_wrap=True)
    for side, text in (("the reference says", found.expected), ("the contract says ", found.actual)):
        console.print(f"  {side} {text}{_hexadecimal(text)}", markup=False, highlight=False, soft_wrap=True)
    if _is_word(found.expected) and _is_word(found.actual):
        differs = int(found.expected) ^ int(found.actual)
        bits = f"bits {(differs & -differs).bit_length() - 1} to {differs.bit_length() - 1}"
        if differs and max(int(found.expected), int(found.actual)) >= PACKED:
            console.print(f"  they differ in {bits}", highlight=False)


PACKED = 2**96
"""A word from here on may hold several numbers."""


def _is_word(text: str) -> bool:
    return text.isdecimal() and int(text) < 2**256


def _hexadecimal(text: str) -> str:
    return f" = {int(text):#x}" if _is_word(text) and int(text) >= PACKED else ""


class ProofTable:
    """Prints a line for each proof as it comes, and the count at the end."""

    def __init__(self, quiet: bool) -> None:
        self._console = Console()
        self._quiet = quiet
        self._rows: list[Row] = []
        self._started = time.perf_counter()

    def __enter__(self) -> "ProofTable":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (error is None or isinstance(error, KeyboardInterrupt)) and not self._quiet:
            good = sum(row.status in ("proved", "confirmed") for row in self._rows)
            seconds, stopped = time.perf_counter() - self._started, ", stopped" if error else ""
            self._console.print(f"{good} of {len(self._rows)} proved or confirmed, {seconds:.1f} s{stopped}")

    def add(self, row: "Row") -> None:
        """A proof has ended."""
        self._rows.append(row)
        bad = row.status not in ("proved", "confirmed")
        if self._quiet and not bad:
            return
        line = Text(f"{row.rule:7} {row.function:52} ")
        line.append(f"{row.status:11}", style=COLOURS[row.status])
        line.append(f" {row.seconds:6.2f} s  {_how_proved(row)}")
        self._console.print(line, soft_wrap=True)
        if bad:
            self._console.print(Text(f"        {row.counterexample or row.message}"), soft_wrap=True)


def _how_proved(row: "Row") -> str:
    """In how many contracts, by how many proofs of different code, on what it rests, and the second opinion."""
    parts = [f"{len(row.contracts)} contracts"] if len(row.contracts) > 1 else []
    same = sum(bool(contract.as_in) for contract in row.contracts)
    if same:
        parts.append(f"{same} by the same paths")
    if row.rests_on:
        parts.append(f"rests on {', '.join(row.rests_on)}")
    return ", ".join((*parts, row.cross_check)) if row.cross_check else ", ".join(parts)


def print_gas(rows: "list[GasRow]") -> None:
    """The gas of each operation."""
    table = Table("operation", *(Column(each, justify="right") for each in ("first", "warm", "positions", "markets")))
    for row in rows:
        figures = (row.first, row.warm, row.many_positions, row.many_markets)
        table.add_row(row.operation, *(Text(f"{each:,}" if each else "", justify="right") for each in figures))
    Console().print(table)


def print_sizes(sizes: dict[str, int]) -> None:
    """Bytes of each contract's code."""
    table = Table("contract", Column("bytes", justify="right"))
    for name, size in sizes.items():
        table.add_row(name, Text(f"{size:,}", justify="right"))
    Console().print(table)
