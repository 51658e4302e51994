"""The command line: what it writes, and that bad input is one line and exit code 2."""

import gzip
import io
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from differential_tests.book.rules import ROOT
from differential_tests.cli import display
from differential_tests.cli.display import print_campaign
from differential_tests.cli.main import main
from differential_tests.contracts.provenance import read_made, take
from differential_tests.fuzzer.actions import Step
from differential_tests.fuzzer.campaign import Campaign
from differential_tests.fuzzer.counterexample import Counterexample, load
from differential_tests.machines import MACHINES
from differential_tests.machines.protocol.states import STATES


@dataclass(frozen=True)
class Result:
    """How a call of the command line ended."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Result]


@pytest.fixture
def megatao(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["megatao", *map(str, arguments)])
        code: int | str | None = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        output = capsys.readouterr()
        assert isinstance(code, int)
        return Result(code, output.out, output.err)

    return run


def test_console_script_is_there() -> None:
    result = subprocess.run(["megatao", "--help"], capture_output=True, text=True, check=True)
    assert all(command in result.stdout for command in ("campaign", "replay", "prove"))


HEADER = "block,unix_time,n_subnets,sum_price_rao,index_sum_rao,sn64_rao,sn51_rao"
HISTORY = f"""{HEADER}
100,1700000000,2,1350000000,250000000,250000000,1100000000
110,1700000120,2,1240000000,1240000000,250000000,990000000
120,,2,1240000000,1240000000,250000000,990000000
130,1700000360,1,990000000,990000000,,990000000
140,1700000480,2,1235000000,1235000000,245000000,990000000
"""


def test_campaign_writes_its_result(megatao: Command, tmp_path: Path) -> None:
    file = tmp_path / "made" / "result.json"
    result = megatao("campaign", "--steps", "300", "--seed", "5", "--report", tmp_path, "--json", file)
    assert result.returncode == 0, result.stderr
    assert "no divergence" in result.stdout
    content = json.loads(file.read_text())
    assert content == json.loads((tmp_path / "campaign.json").read_text())
    assert (content["machine"], content["seed"], content["steps"]) == ("protocol", 5, 300)
    assert content["divergences"] == []
    assert read_made(content, "campaign") == replace(take(), time=content["made"]["time"])
    met, missing = content["states"].keys(), content["states_missing"]
    assert met | set(missing) == STATES
    assert f"{len(met)} of {len(STATES)} states; missing: {', '.join(missing)}\n" in result.stdout
    assert content["steps_per_second"] > 0 < content["seconds"]


def test_summary_says_when_most_scenarios_are_copies() -> None:
    def show(distinct: int) -> str:
        output, hashes = io.StringIO(), set(map(str, range(distinct)))
        print_campaign(Console(file=output, width=200), Campaign("oracle", 1, scenarios=10, hashes=hashes))
        return " ".join(output.getvalue().split())

    assert "10 scenarios, 5 distinct" in show(5)
    assert "copies" not in show(5)
    assert "most scenarios are copies: only 4 of 10" in show(4)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_live_line_fits(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=width, color_system="standard")
    monkeypatch.setattr(display, "Console", lambda **_: console)
    campaign = Campaign("protocol", 1, steps=123_456_789, seconds=10_000.0)
    campaign.outcomes.update(map(str, range(104)))
    campaign.states.update(map(str, range(50)))
    with display.Progress("protocol, seed 4294967295, 16 workers", None, 36_000.0, quiet=False) as progress:
        progress.update(campaign)
    shown = re.sub(r"\x1b\[[\d;]*m", "", output.getvalue())  # without colours
    lines = [each for each in re.split(r"\x1b\[\??\w+|\r|\n", shown) if "steps" in each]
    assert lines
    for line in lines:
        assert "…" not in line
        assert re.search("[━╸╺]{10}", line)
        assert re.search(r"123,456,789 steps, 12,346/s.* 0:00:0\d", line)
        assert len(line) <= width


def test_earlier_results_are_kept(megatao: Command, tmp_path: Path) -> None:
    command = ("campaign", "--machine", "oracle", "--steps", "1", "--report", tmp_path, "--quiet")
    assert megatao(*command, "--seed", "1").stderr == ""
    before = (tmp_path / "campaign.json").read_text()
    for seed in ("2", "3"):
        kept = f"{tmp_path / 'campaign.json'} was there: it is {tmp_path / f'campaign-{int(seed) - 1}.json'} now\n"
        assert megatao(*command, "--seed", seed).stderr == kept
    assert (tmp_path / "campaign-1.json").read_text() == before
    seeds = [json.loads((tmp_path / f"campaign{each}.json").read_text())["seed"] for each in ("-1", "-2", "")]
    assert seeds == [1, 2, 3]


def test_counterexamples_are_never_overwritten(tmp_path: Path) -> None:
    found = Counterexample("oracle", 1, 2, (Step("update_index", {}),), "what", "expected", "actual", made=take())
    others = replace(found, what="another"), replace(found, made=replace(take(), sources="others"))
    paths = [each.save(tmp_path) for each in (found, *others)]
    assert len(set(paths)) == 3
    assert [each.save(tmp_path) for each in (found, *others)] == paths
    assert [load(path, MACHINES) for path in paths] == [found, *others]


def test_export_does_not_overwrite(megatao: Command, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("mine")
    assert_refused(megatao("export", tmp_path / "x.json", "--output", tmp_path / "test_mine.py"), "is there already")
    assert (tmp_path / "test_mine.py").read_text() == "mine"


def test_version_is_that_of_the_latest_release(megatao: Command) -> None:
    """pyproject.toml has it; after a change of it `make` installs the package anew."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    result = megatao("--version")
    assert (result.returncode, result.stdout) == (0, f"megatao {version}\n")
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    releases = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", each) for each in headings[1:]]
    assert headings[0] == "[Unreleased]"
    assert all(releases)
    found = [(tuple(map(int, each.groups()[:3])), each[4]) for each in releases if each]
    assert ".".join(map(str, found[0][0])) == version
    assert found == sorted(found, reverse=True)


def test_each_release_says_what_it_means_for_users() -> None:
    sections = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1:]
    for section in sections:
        assert re.findall(r"^- \*\*(\w+)\*\*: ", section, re.M) == ["Specification", "ABI", "Storage"], section[:20]


def test_quiet_campaign_says_nothing(megatao: Command, tmp_path: Path) -> None:
    result = megatao("campaign", "--minutes", "0.01", "--quiet", "--report", tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["prices.csv", "prices.csv.gz"])
def test_campaign_replays_a_price_history(megatao: Command, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(HISTORY.encode()) if name.endswith(".gz") else HISTORY.encode())
    result = megatao("campaign", "--prices", path, "--report", tmp_path)
    assert result.returncode == 0, result.stderr
    content = json.loads((tmp_path / "campaign.json").read_text())
    assert content["actions"] == {
        "poke": 15,
        "swap": 5,
        "update_index": 5,
        "advance": 4,
        "set_subnet": 4,
        "list_market": 3,
        "init_ema": 1,
    }
    assert content["lane"] == "prices"
    assert content["divergences"] == []


BAD_HISTORIES = {
    "no such file": None,
    "empty": "",
    "no samples": HEADER + "\n",
    "no column": "block,unix_time\n1,2\n",
    "no subnet": "block,unix_time,index_sum_rao\n1,2,3\n",
    "bad subnet": "block,unix_time,index_sum_rao,snx_rao\n1,2,3,4\n",
    "no number": f"{HEADER}\n100,1700000000,2,1,abc,1,1\n",
    "no time": f"{HEADER}\n100,,2,1,2,1,1\n",
    "short row": f"{HEADER}\n100,1700000000\n",
    "negative price": f"{HEADER}\n100,1700000000,2,1,2,-1,1\n",
    "index below its parts": f"{HEADER}\n100,1700000000,2,1,1,1,1\n",
    "time stands": f"{HEADER}\n100,1700000000,2,1,2,1,1\n101,1700000000,2,1,2,1,1\n",
}


@pytest.mark.parametrize("history", BAD_HISTORIES.values(), ids=BAD_HISTORIES.keys())
def test_bad_price_file_is_one_line(megatao: Command, history: str | None, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    if history is not None:
        path.write_text(history)
    assert_refused(megatao("campaign", "--quiet", "--prices", path, "--report", tmp_path), str(path))


def test_damaged_gzip_is_one_line(megatao: Command, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    for damaged in (b"not gzip", gzip.compress(HISTORY.encode())[:-20], b"\x1f\x8b\x08" + bytes(40)):
        path.write_bytes(damaged)
        assert_refused(megatao("campaign", "--quiet", "--prices", path, "--report", tmp_path), str(path))


BAD_USAGE = [
    (["campaign", "--machine", "casino"], "casino"),
    (["campaign", "--steps", "-4"], "--steps"),
    (["campaign", "--steps", "0"], "--steps"),
    (["campaign", "--steps", "many"], "--steps"),
    (["campaign", "--seed", "-1"], "--seed"),
    (["campaign", "--minutes", "0"], "--minutes"),
    (["campaign", "--minutes", "nan"], "--minutes"),
    (["campaign", "--minutes", "1", "--steps", "1"], "exclude"),
    (["campaign", "--prices", "x.csv", "--seed", "1"], "seed"),
    (["campaign", "--report", "/dev/null/x"], "/dev/null"),
    (["campaign", "--json", "report/campaign.json"], "twice"),
    (["campaign", "--json", "x.json", "--output", "./x.json"], "twice"),
    (["prove", "--json", "spec"], "spec"),
    (["campaign", "--steps", "1", "--json", "/dev/null/x/y.json"], "/dev/null"),
    (["prove", "--rule", "NOT-1"], "NOT-1"),
    (["replay", "no such file"], "no such file"),
    (["replay", "pyproject.toml"], "pyproject.toml"),
    (["destroy"], "destroy"),
]


@pytest.mark.parametrize(("arguments", "named"), BAD_USAGE, ids=[" ".join(row[0]) for row in BAD_USAGE])
def test_bad_usage_is_one_line(megatao: Command, arguments: list[str], named: str) -> None:
    assert_refused(megatao(*arguments), named)


def assert_refused(result: Result, named: str) -> None:
    """Exit code 2, and one line that names what is wrong."""
    assert result.returncode == 2, result.stderr
    assert named in result.stderr
    assert result.stderr.startswith("megatao: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "missing"),
    [(["replay"], "format"), (["campaign", "--resume"], "format"), (["mutate", "--resume"], "stamp")],
    ids=" ".join,
)
def test_what_a_file_lacks_is_named(megatao: Command, command: list[str], missing: str, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text("{}\n")
    assert_refused(megatao(*command, tmp_path / "file.json"), f"it has no '{missing}'\n")


def test_replay_runs_a_counterexample(megatao: Command, tmp_path: Path) -> None:
    steps = (Step("init_ema", {"account": 0}), Step("update_index", {}))
    file = Counterexample("oracle", 1, 2, steps, "what", "expected", "actual").save(tmp_path)
    for chain in ("revm", "ape"):
        result = megatao("replay", file, "--chain", chain)
        assert (result.returncode, result.stdout) == (0, f"2 steps on {chain}: no divergence\n"), result.stderr
    assert_refused(megatao("replay", file, "--chain", "mainnet"), "mainnet")


@pytest.mark.parametrize(
    "damage",
    [
        {"format": "another"},
        {"machine": "casino"},
        {"steps": [{"action": "fly", "arguments": {}}]},
        {"steps": [{"action": "read_index", "arguments": {"nowhere": 1}}]},
        {"steps": "read_index"},
        {"seed": None},
    ],
    ids=str,
)
def test_damaged_counterexample_is_one_line(megatao: Command, damage: dict[str, object], tmp_path: Path) -> None:
    found = Counterexample("oracle", 1, 2, (Step("update_index", {}),), "what", "expected", "actual")
    file = tmp_path / "damaged.json"
    file.write_text(json.dumps({**found.to_json(), **damage}))
    assert_refused(megatao("replay", file), "damaged.json")
