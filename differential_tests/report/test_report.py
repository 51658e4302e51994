"""The report of a campaign: what it says, that it needs nothing else, and how a browser shows it."""

import errno
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from markupsafe import escape
from playwright.sync_api import Browser

from differential_tests.cli.campaign import campaign as campaign_command
from differential_tests.cli.display import campaign_to_json
from differential_tests.cli.ends import FAILED
from differential_tests.contracts.artefacts import sources_in
from differential_tests.fuzzer.campaign import Campaign, run_campaign
from differential_tests.fuzzer.counterexample import Counterexample
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.invariants import INEQUALITIES
from differential_tests.mutation.faults import Fault, plant
from differential_tests.report.charts import choose_ticks, choose_times, draw_lines, tell
from differential_tests.report.command import report
from differential_tests.report.page import LivePage

COVERAGE: dict[str, Any] = {
    "calls": 7,
    "totals": {"asserts and raises": {"reached": 1, "all": 2}},
    "contracts": {"OpenModule": {"assert": {"reached": 3, "all": 4}}},
    "not reached": [
        {
            "contract": "OpenModule",
            "source": "vyper_contracts/modules/OpenModule.vy:1",
            "kind": "assert",
            "check": "",
            "text": 'assert a < b, "<Name>"',
            "side": "failed",
            "reason": "",
        }
    ],
}


@pytest.fixture(scope="module", params=["protocol", "oracle"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a campaign, two scenarios of which are run again."""
    folder = tmp_path_factory.mktemp("report")
    campaign = Campaign(request.param, 5, steps=400, scenarios=2, seconds=2.0)
    campaign.actions.update(open=300, advance=100)
    campaign.outcomes.update({"success": 250, "NotOwner": 50})
    campaign.states.update({"auto-pause": 3})
    (folder / "campaign.json").write_text(json.dumps(campaign_to_json(campaign, [])))
    (folder / "coverage.json").write_text(json.dumps(COVERAGE))
    arguments = ["--coverage", str(folder / "coverage.json"), "--scenarios", "2", "--json", str(folder / "report.json")]
    result = CliRunner().invoke(report, [str(folder / "campaign.json"), *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return folder / "campaign.html"


def test_page_shows_what_the_campaign_did(page: Path) -> None:
    text = page.read_text()
    content = json.loads((page.parent / "report.json").read_text())
    assert "No divergence" in text
    missing = sorted(MACHINES[content["campaign"]["machine"]].states - {"auto-pause"})
    assert content["campaign"]["states_missing"] == missing
    assert f"<b>1 of {1 + len(missing)}</b>" in text
    assert ("States that were not met: " in text) == bool(missing)
    assert escape(", ".join(missing)) in text
    assert ">400<" in text
    assert "&lt;Name&gt;" in text
    assert "<svg" in text
    assert content["campaign"]["seed"] == 5
    assert sum(sum(ended.values()) for ended in content["sample"]["outcomes"].values()) > 100
    is_protocol = content["campaign"]["machine"] == "protocol"
    assert ("Headroom" in text) == ("<h2>Slack" in text) == ("bad debt (TAO)" in text) == is_protocol
    assert {each["name"] for each in content["sample"]["slacks"]} == set(INEQUALITIES if is_protocol else ())
    assert any(each["times"] for each in content["sample"]["slacks"]) == is_protocol
    assert all(each["left"] >= 0 for each in content["sample"]["slacks"] if each["times"])


def test_page_needs_nothing_else(page: Path) -> None:
    text = page.read_text()
    assert "http" not in text
    assert "<script" not in text
    assert " src=" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_browser_shows_the_page(page: Path, scheme: Any, width: int, browser: Browser) -> None:
    """No error on the console, nothing wider than the window, and the colours of the scheme."""
    shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    errors: list[str] = []
    shown.on("console", lambda message: errors.append(message.text))
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.goto(page.as_uri())
    assert not errors
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    red = int(shown.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]"))
    assert (red < 128) == (scheme == "dark")


SHOWN = """() => [...document.querySelectorAll('figure')].map(figure => {
  const chart = [...figure.querySelectorAll('svg')].filter(each => each.getBoundingClientRect().width > 0);
  const box = chart[0].getBoundingClientRect();
  const texts = [...chart[0].querySelectorAll('text')].map(each => [each.textContent, each.getBoundingClientRect()]);
  const outside = texts.filter(([, each]) => each.left < box.left - 1 || each.right > box.right + 1 ||
    each.top < box.top - 1 || each.bottom > box.bottom + 1).map(([text]) => text);
  const over = texts.filter(([, each], i) => texts.some(([, other], j) => i < j && each.left < other.right &&
    other.left < each.right && each.top < other.bottom && other.top < each.bottom)).map(([text]) => text);
  return [chart.length, texts.length, outside, over, Math.min(...texts.map(([, each]) => each.height))];
})"""
BARS = """() => [...document.querySelectorAll('.counts')].map(table => [...table.rows].slice(1).map(row =>
  [Number(row.cells[1].textContent.replaceAll(',', '')), row.querySelector('.bar').getBoundingClientRect().width]))"""


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_charts_are_whole_and_bars_to_scale(page: Path, width: int, browser: Browser) -> None:
    """Each label inside of its chart, none over another, in letters of full size; bars as long as what they count."""
    shown = browser.new_page(viewport={"width": width, "height": 900})
    shown.goto(page.as_uri())
    for charts, texts, outside, over, height in shown.evaluate(SHOWN):
        assert charts == 1
        assert texts >= 6
        assert outside == over == []
        assert height >= 12
    tables = shown.evaluate(BARS)
    assert len(tables) == 3
    for bars in tables:
        most, longest = max(bars)
        assert longest > 40
        assert all(abs(length - longest * count / most) < 1 for count, length in bars)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 0.82, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (2, 2801.3, ["0", "1,000", "2,000", "3,000"]),
        (-5.6, 50.1, ["-20", "0", "20", "40", "60"]),
        (999_999.9, 1_000_000, ["999,999.90", "999,999.92", "999,999.94", "999,999.96", "999,999.98", "1,000,000.00"]),
    ],
)
def test_ticks_are_round(low: float, high: float, texts: list[str]) -> None:
    ticks = choose_ticks(low, high, 5)
    assert [tell(tick, ticks[1] - ticks[0]) for tick in ticks] == texts
    assert ticks[0] <= low + 1e-9
    assert ticks[-1] >= high - 1e-9


@pytest.mark.parametrize("seconds", [1, 59, 600, 7_199, 7_201, 86_400, 2_865_960, 34_560_000, 10**9])
def test_times_are_told_as_people_count_them(seconds: int) -> None:
    ticks, unit, length = choose_times(seconds, 6)
    assert all(tick % length == 0 for tick in ticks)
    assert 1 <= len(ticks) <= 20
    assert ticks[-1] <= seconds
    assert unit == ("s" if seconds < 120 else "min" if seconds < 7_200 else "h" if seconds < 4 * 86_400 else "days")


def test_a_line_that_is_flat_is_drawn() -> None:
    assert draw_lines({}, "TAO", "nothing") == ""
    for value in (0.0, 1e-12, 7.0, -3e15):
        assert "NaN" not in draw_lines({"a": [(0, value), (9, value)]}, "TAO", "flat")


def test_a_campaign_writes_its_page(tmp_path: Path) -> None:
    arguments = ["--machine", "oracle", "--steps", "300", "--seed", "4", "--report", str(tmp_path)]
    result = CliRunner().invoke(campaign_command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert str(tmp_path / "campaign.html") in result.output
    text = (tmp_path / "campaign.html").read_text()
    assert "No divergence" in text
    assert "refresh" not in text
    assert "<h2>Which action ends how" in text
    assert {path.name for path in tmp_path.iterdir()} == {"campaign.json", "campaign.html"}


def test_the_page_of_a_running_campaign_loads_itself_again(tmp_path: Path) -> None:
    path = tmp_path / "campaign.html"
    live, campaign = LivePage(path), Campaign("oracle", 5, steps=400, scenarios=2, seconds=2.0)
    campaign.outcomes.update(success=400)
    live.update(lambda: campaign_to_json(campaign, []))
    text = path.read_text()
    assert '<meta http-equiv="refresh" content="3">' in text
    assert "running, no divergence so far" in text
    assert "No divergence" not in text
    path.unlink()
    live.update(lambda: campaign_to_json(campaign, []))
    assert not path.exists()  # it is not time yet
    campaign.divergences.append(Counterexample("oracle", 5, 1, (), "result", "1", "2"))
    live.update(lambda: campaign_to_json(campaign, [path]), is_urgent=True)
    assert "a divergence was found, and is being made short" in path.read_text()


def test_a_page_that_cannot_be_written_stops_no_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_nothing(path: Path, _: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("differential_tests.report.page.write_whole", write_nothing)
    arguments = ["--machine", "oracle", "--steps", "10", "--seed", "4", "--report", str(tmp_path)]
    result = CliRunner().invoke(campaign_command, arguments, catch_exceptions=False)
    assert result.exit_code == FAILED
    assert "no divergence" in result.output
    assert "campaign.html can't be written: No space left on device" in result.output
    assert (tmp_path / "campaign.json").is_file()


def test_a_page_that_can_never_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campaign.html").mkdir()
    arguments = ["--machine", "oracle", "--steps", "10", "--seed", "4", "--report", str(tmp_path)]
    result = CliRunner().invoke(campaign_command, arguments, catch_exceptions=False)
    assert result.exit_code == 2
    assert "campaign.html can't be written" in result.output
    assert not (tmp_path / "campaign.json").exists()


LOSES = Fault("modules/CustodyModule", "owner_after.cash += msg.value", "owner_after.cash += msg.value + 1")


def test_divergence_is_shown_with_its_blotter(tmp_path: Path) -> None:
    file = tmp_path / "campaign.json"
    with sources_in(plant(LOSES, tmp_path / "planted")):
        campaign = run_campaign(MACHINES["protocol"], 4, 2_000, None)
        [found] = campaign.divergences
        file.write_text(json.dumps(campaign_to_json(campaign, [tmp_path / "counterexample.json"])))
        result = CliRunner().invoke(
            report, [str(file), "--json", str(tmp_path / "report.json")], catch_exceptions=False
        )
    assert result.exit_code == 0
    text = (tmp_path / "campaign.html").read_text()
    sample = json.loads((tmp_path / "report.json").read_text())["sample"]
    assert sample["divergence"]["what"] == found.what
    assert sample["steps"] == campaign.steps == len(sample["divergence"]["steps"])
    assert text.count(found.what) == 2
    assert "TAO in" in text


@pytest.mark.parametrize(("lane", "whose"), [("stateful", "Hypothesis"), ("prices", "a price history")])
def test_scenarios_of_no_seed_are_not_run_again(tmp_path: Path, lane: str, whose: str) -> None:
    campaign = Campaign("oracle", 5, lane, steps=400, scenarios=2, seconds=2.0)
    (tmp_path / "campaign.json").write_text(json.dumps(campaign_to_json(campaign, [])))
    result = CliRunner().invoke(report, [str(tmp_path / "campaign.json")], catch_exceptions=False)
    assert result.exit_code == 0
    text = (tmp_path / "campaign.html").read_text()
    assert f"its steps were those of {whose}" in text
    assert "Which action" in text
    assert "<h2>Which action" not in text


def test_scenarios_of_other_sources_are_not_run_again(tmp_path: Path) -> None:
    campaign = Campaign("oracle", 5, steps=400, scenarios=2, seconds=2.0)
    campaign.made = replace(campaign.made, commit="f" * 40, sources="others", time="2020-02-02T02:02:02+00:00")
    (tmp_path / "campaign.json").write_text(json.dumps(campaign_to_json(campaign, [])))
    result = CliRunner().invoke(report, [str(tmp_path / "campaign.json")], catch_exceptions=False)
    assert result.exit_code == 0
    text = (tmp_path / "campaign.html").read_text()
    assert "This campaign was of other sources" in text
    assert "<h2>Which action" not in text
    assert all(each in text for each in ("commit ffffffffffff, changed", "sources others", "vyper", "2020-02-02"))


GOOD: dict[str, Any] = campaign_to_json(Campaign("oracle", 5, steps=1, scenarios=1, seconds=1.0), [])
STEPLESS = {"format": "megatao-counterexample-1", "machine": "oracle", "seed": 1, "scenario": 1}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[", "is not JSON"),
        ([], "has no 'machine'"),
        ({"machine": "oracle"}, "has no 'lane'"),
        (GOOD | {"format": "another"}, "its format is not megatao-campaign-1"),
        (GOOD | {"made": {}}, "is no report of a campaign"),
        (GOOD | {"machine": "casino"}, "there is no machine 'casino'"),
        (GOOD | {"steps": "many"}, "'steps' is not what it should be"),
        (GOOD | {"steps": 10**400}, "'steps' is not what it should be"),
        (GOOD | {"seconds": None}, "'seconds' is not what it should be"),
        (GOOD | {"actions": ["open"]}, "'actions' is not what it should be"),
        (GOOD | {"outcomes": {"success": "often"}}, "'outcomes' is not what it should be"),
        (GOOD | {"divergences": [{}]}, "'divergences' is not what it should be: it has no 'format'"),
        (GOOD | {"divergences": [STEPLESS | {"steps": 3}]}, "'divergences' is not what it should be"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_what_is_no_campaign_is_named(tmp_path: Path, content: Any, complaint: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "campaign.json").write_text(text)
    result = CliRunner().invoke(report, [str(tmp_path / "campaign.json")])
    assert result.exit_code == 2
    assert complaint in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_what_is_nested_too_deep_is_named(tmp_path: Path) -> None:
    path = tmp_path / "campaign.json"
    path.write_text(100_000 * "[")
    # a process of its own: py-evm, where it was imported, has set recursion's limit beyond what the stack can hold
    result = subprocess.run(["megatao", "report", str(path)], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "is not JSON" in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_what_is_no_coverage_is_named(tmp_path: Path) -> None:
    (tmp_path / "campaign.json").write_text(json.dumps(GOOD))
    (tmp_path / "coverage.json").write_text(json.dumps(COVERAGE | {"not reached": [{"contract": 1}]}))
    options = ["--coverage", str(tmp_path / "coverage.json"), "--scenarios", "0"]
    result = CliRunner().invoke(report, [str(tmp_path / "campaign.json"), *options])
    assert result.exit_code == 2
    assert "'not reached' is not what it should be" in " ".join(result.output.split())
