"""The page: the campaign's file, the sample and the coverage, put into the template."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from differential_tests.contracts.artefacts import source_hash
from differential_tests.fuzzer.blotter import Line
from differential_tests.report.charts import COLOURS, draw_lines
from differential_tests.report.sample import Sample, Series, Story

GAPS = 60
"""Most gaps of the coverage that are listed."""
PACKAGES = ("vyper", "pyrevm", "py-evm", "hypothesis")


def to_json(campaign: dict[str, Any], sample: Sample | None, coverage: dict[str, Any] | None) -> dict[str, Any]:
    """All that the page shows, but for the charts."""
    return {
        "campaign": campaign,
        "sources": source_hash(),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in PACKAGES if find_spec(name.replace("py-evm", "eth"))},
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


def render_page(content: dict[str, Any], sample: Sample | None, blotters: Sequence[Sequence[Line]] = ()) -> str:
    """The HTML. blotters: one of each of the campaign's divergences."""
    environment = Environment(
        loader=PackageLoader("differential_tests.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    story = _liveliest(sample)
    totals: Counter[str] = Counter()
    for counts in ((content["sample"] or {}).get("outcomes") or {}).values():
        totals.update(counts)
    coverage = content["coverage"]
    gaps = [each for each in coverage["not reached"] if not each["reason"]] if coverage else []
    gaps = [each for each in gaps if each["kind"] in ("assert", "branch")]
    return environment.get_template("report.html").render(
        **content,
        blotters=blotters,
        outcome_names=[name for name, _ in totals.most_common()],
        marks=story and draw_lines(story.marks, "TAO", "Marks of the markets"),
        mark_names=list(story.marks) if story else [],
        vault=story and draw_lines(story.vault, "TAO", "The vault"),
        vault_names=list(story.vault) if story else [],
        income=story and draw_lines(story.income, "TAO", "Income of vault and insurance by source"),
        income_names=list(story.income) if story else [],
        kinds=_kinds(coverage),
        gaps=gaps[:GAPS],
        gap_count=len(gaps),
    )


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
