"""The page: the campaign's file, the sample and the coverage, put into the template; before its end, what there is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from differential_tests.chains.revm import RevmChain
from differential_tests.contracts.files import write_whole
from differential_tests.contracts.provenance import Provenance
from differential_tests.fuzzer.blotter import Line, write_blotter
from differential_tests.fuzzer.shards import SCENARIO_STEPS
from differential_tests.report.charts import COLOURS, draw_lines
from differential_tests.report.sample import Sample, Series, Story, take_sample

if TYPE_CHECKING:
    from differential_tests.fuzzer.counterexample import Counterexample
    from differential_tests.fuzzer.machine import Machine

GAPS = 60
"""Most gaps of the coverage that are listed."""
REFRESH_SECONDS = 3
"""After so long a browser loads the page of a running campaign again, and at most so often it is written."""
SAMPLED = 10
"""A campaign's own report runs one of so many of its steps once more, to show what its counts don't."""
MOST_SCENARIOS = 5


def to_json(campaign: dict[str, Any], sample: Sample | None, coverage: dict[str, Any] | None) -> dict[str, Any]:
    """All that the page shows, but for the charts."""
    made = Provenance(**campaign["made"])
    return {
        "campaign": campaign,
        "made": str(made),
        "is_present": made.holds(),
        "sample": sample
        and {
            "scenarios": sample.scenarios,
            "steps": sample.steps,
            "divergence": sample.found and sample.found.to_json(),
            "outcomes": {action: dict(counts.most_common()) for action, counts in sorted(sample.outcomes.items())},
            "slacks": [
                {"name": name, "times": slack.times, "left": slack.left if slack.times else None}
                for name, slack in sorted(sample.slacks.items(), key=lambda item: item[1].left)
            ],
            "bounds": [
                {"name": each.name, "limit": each.limit / each.unit, "nearest": each.nearest / each.unit}
                | {"headroom": each.headroom}
                for each in sorted(sample.bounds, key=lambda each: each.headroom)
            ],
        },
        "coverage": coverage,
    }


def render_page(
    content: dict[str, Any], sample: Sample | None, blotters: Sequence[Sequence[Line]] = (), running: str = ""
) -> str:
    """The HTML. blotters: one of each of the campaign's divergences. running: as of when, if it is not over."""
    environment = Environment(
        loader=PackageLoader("differential_tests.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["share"] = _share
    story = _liveliest(sample)
    totals: Counter[str] = Counter()
    for counts in ((content["sample"] or {}).get("outcomes") or {}).values():
        totals.update(counts)
    coverage = content["coverage"]
    gaps = [each for each in coverage["not reached"] if not each["reason"]] if coverage else []
    gaps = [each for each in gaps if each["kind"] in ("assert", "branch")]
    return environment.get_template("report.html").render(
        **content,
        running=running,
        refresh=REFRESH_SECONDS,
        blotters=blotters,
        outcome_names=[name for name, _ in totals.most_common()],
        marks=story and draw_lines(story.marks, "TAO", "The index, and the marks of the markets"),
        mark_names=list(story.marks) if story else [],
        vault=story and draw_lines(story.vault, "TAO", "The vault"),
        vault_names=list(story.vault) if story else [],
        income=story and draw_lines(story.income, "TAO", "Income of vault and insurance by source"),
        income_names=list(story.income) if story else [],
        kinds=_kinds(coverage),
        gaps=gaps[:GAPS],
        gap_count=len(gaps),
    )


def write_report(
    path: Path,
    campaign: dict[str, Any],
    machine: Machine,
    found: Sequence[Counterexample],
    coverage: dict[str, Any] | None = None,
    scenarios: int | None = None,
) -> dict[str, Any]:
    """Write the page of a campaign that is over; all that it shows. Errors: OSError.

    found: its divergences. scenarios: to run again; by default a tenth of the campaign, at most five.
    """
    campaign["states_missing"] = sorted(machine.states - campaign["states"].keys())
    steps = campaign["steps"]
    if scenarios is None:
        scenarios = min(MOST_SCENARIOS, max(1, steps // (SAMPLED * SCENARIO_STEPS)))
    sample, is_present = None, Provenance(**campaign["made"]).holds()
    if scenarios and campaign["lane"] == "seeded" and is_present:  # else none of its scenarios can be run again
        sample = take_sample(machine, campaign["seed"], min(scenarios, campaign["scenarios"]), steps)
    shown = to_json(campaign, sample, coverage)
    blotters = [write_blotter(machine, RevmChain(), each.steps) for each in found]
    write_whole(path, render_page(shown, sample, blotters))
    return shown


class LivePage:
    """The page of a campaign that runs: a browser that shows it loads it again every few seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 0.0

    def update(self, describe: Callable[[], dict[str, Any]], is_urgent: bool = False) -> None:
        """Show where the campaign is, if it is time to. describe: gives the campaign as its file has it.

        A page that can't be written now may be written later: the campaign goes on.
        """
        if time.monotonic() < self._next and not is_urgent:
            return
        with suppress(OSError):
            running = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %Z}"
            write_whole(self._path, render_page(to_json(describe(), None, None), None, running=running))
        self._next = time.monotonic() + REFRESH_SECONDS


def _share(count: int, total: int) -> str:
    """A part of a total, as a percentage of three digits."""
    part = 100 * count / total if total else 0
    return f"{part:.0f}%" if part >= 99.5 else f"{part:.1f}%" if part >= 0.1 or not part else "< 0.1%"


def _liveliest(sample: Sample | None) -> Story | None:
    """The scenario whose vault, or else whose marks, went through the most values; of its marks the liveliest."""

    def liveliness(line: Series) -> int:
        return len({value for _, value in line})

    if sample is None or not sample.stories:
        return None
    story = max(sample.stories, key=lambda each: sum(map(liveliness, (each.vault or each.marks).values())))
    chosen = sorted(story.marks, key=lambda name: -liveliness(story.marks[name]))[:COLOURS]
    return Story({name: story.marks[name] for name in chosen}, story.vault, story.income)


def _kinds(coverage: dict[str, Any] | None) -> list[str]:
    """The kinds of places that a coverage counts."""
    found = [kind for kinds in coverage["contracts"].values() for kind in kinds] if coverage else []
    return list(dict.fromkeys(found))
