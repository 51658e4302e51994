"""A campaign in parts: the same on one process and on many, and nothing is lost when one of them dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from differential_tests.cli.main import main
from differential_tests.contracts.artefacts import sources_in
from differential_tests.contracts.provenance import take
from differential_tests.fuzzer.campaign import SHARD_STEPS, Campaign, Plan, run_campaign, run_here, run_plan
from differential_tests.fuzzer.cluster import ClusterError, open_cluster
from differential_tests.fuzzer.profile import PARTS
from differential_tests.fuzzer.results import Results, ResultsError, read_results
from differential_tests.fuzzer.shards import Result, Shard, SourcesError, run_shard, run_shard_elsewhere
from differential_tests.machines import MACHINES
from differential_tests.mutation.faults import Fault, plant

ORACLE = MACHINES["oracle"]
STEPS = 3 * SHARD_STEPS + 500


def counts(campaign: Campaign) -> tuple[object, ...]:
    """What must be the same however a campaign was run."""
    found = [(each.scenario, each.steps) for each in campaign.divergences]
    return campaign.steps, campaign.hashes, campaign.actions, campaign.outcomes, campaign.states, found


@pytest.fixture(scope="module")
def whole() -> Campaign:
    """The campaign, in one go."""
    campaign = run_campaign(ORACLE, 3, STEPS, None)
    assert (campaign.steps, campaign.shards) == (STEPS, 4)
    assert not campaign.divergences
    return campaign


def test_shards_are_the_same_in_any_order(whole: Campaign) -> None:
    plan = Plan(ORACLE, 3, STEPS, None)
    assert counts(run_plan(plan, lambda shards: run_here(ORACLE)(reversed(list(shards))))) == counts(whole)


@pytest.mark.parametrize("steps", [1, 300, 4_000])
def test_stateful_lane_draws_scenarios_that_differ_and_stops_near_what_was_asked(steps: int) -> None:
    plan = Plan(ORACLE, 1, steps, None, "stateful")
    campaign = run_plan(plan, run_here(ORACLE))
    assert not campaign.divergences
    assert steps <= campaign.steps < steps + 200
    assert campaign.distinct_scenarios == campaign.scenarios
    assert campaign.actions.most_common(1)[0][1] < campaign.steps / 3
    assert counts(run_plan(plan, lambda shards: run_here(ORACLE)(reversed(list(shards))))) == counts(campaign)


NOT_WRITTEN = Fault(
    "oracles/IndexPriceOracle",
    "    self.ema = ema\n    self.last_update = block.timestamp\n",
    "    self.ema = ema\n",
)
"""An update does not note its time: both shards of a plan see it."""


@pytest.mark.parametrize("lane", ["seeded", "stateful"])
def test_first_divergence_is_the_same_whoever_is_faster(lane: str, tmp_path: Path) -> None:
    plan = Plan(ORACLE, 1, 4_000, None, lane)
    with sources_in(plant(NOT_WRITTEN, tmp_path)):
        shards = list(run_here(ORACLE)(plan.shards({})))
        assert [bool(each["divergences"]) for each in shards] == [True, True]
        first = run_plan(plan, lambda _: iter(shards))
        last = run_plan(plan, lambda _: reversed(shards))
    assert counts(first) == counts(last)
    assert len(first.divergences) == 1


def test_what_waits_for_others_counts_at_the_end(whole: Campaign) -> None:
    shards = list(run_here(ORACLE)(Plan(ORACLE, 3, STEPS, None).shards({})))
    assert counts(run_plan(Plan(ORACLE, 3, None, 60.0), lambda _: iter(shards[:0:-1] + shards[:1]))) == counts(whole)
    part = run_plan(Plan(ORACLE, 3, None, 60.0), lambda _: iter(shards[1:]))
    assert (part.steps, part.shards) == (whole.steps - SHARD_STEPS, 3)


def test_campaign_goes_on_from_its_file(whole: Campaign, tmp_path: Path) -> None:
    plan, path = Plan(ORACLE, 3, STEPS, None), tmp_path / "results.jsonl"
    with Results(path, plan) as file:
        run_plan(plan, run_here(ORACLE), on_result=file.add)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:40])  # as when the process dies in the middle of a line
    kept = read_results(path, MACHINES)
    assert sorted(kept.done) == [0, 1]
    assert kept.seconds > 0
    done: list[int] = []

    def on_result(result: Result, seconds: float) -> None:
        done.append(result["shard"])
        file.add(result, seconds)

    with Results(path, kept.plan, kept) as file:
        assert counts(run_plan(kept.plan, run_here(ORACLE), kept=kept, on_result=on_result)) == counts(whole)
    assert done == [2, 3]
    assert sorted(read_results(path, MACHINES).done) == [0, 1, 2, 3]


def test_killed_campaign_goes_on(whole: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    options = ["--quiet", "--report", str(tmp_path)]
    begin = [
        "megatao",
        "campaign",
        "--machine",
        "oracle",
        "--steps",
        str(STEPS),
        "--seed",
        "3",
        "--output",
        str(path),
        *options,
    ]
    process = subprocess.Popen(begin)
    while process.poll() is None and not (path.is_file() and path.read_bytes().count(b"\n") > 1):
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = len(read_results(path, MACHINES).done)
    assert before >= 1
    subprocess.run(["megatao", "campaign", "--resume", str(path), *options], check=True)
    assert len(read_results(path, MACHINES).done) == 4
    content = json.loads((tmp_path / "campaign.json").read_text())
    assert (content["steps"], content["actions"]) == (STEPS, dict(whole.actions))


def test_interrupted_campaign_reports_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    command = [
        "megatao",
        "campaign",
        "--minutes",
        "9",
        "--workers",
        "2",
        "--output",
        str(path),
        "--report",
        str(tmp_path),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while process.poll() is None and not (path.is_file() and path.read_bytes().count(b"\n") > 1):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the campaign
    stdout, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert "no divergence, stopped" in stdout
    assert "Traceback" not in stderr
    content = json.loads((tmp_path / "campaign.json").read_text())
    assert content["is_stopped"]
    assert content["steps"] >= SHARD_STEPS


def test_dead_worker_costs_its_shard_only(whole: Campaign) -> None:
    plan, done = Plan(ORACLE, 3, STEPS, None), list[int]()
    with open_cluster(2, None) as (run, workers):

        def on_result(result: Result, _: float) -> None:
            if not done:
                for child in psutil.Process().children(recursive=True):
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()
                        killed.append(child.pid)
                        break
            done.append(result["shard"])

        killed: list[int] = []
        campaign = run_plan(plan, run, workers, on_result=on_result)
    assert killed
    assert sorted(done) == [0, 1, 2, 3]
    assert counts(campaign) == counts(whole)


def test_campaign_runs_on_a_scheduler(whole: Campaign, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        options = ["--scheduler", cluster.scheduler_address, "--report", str(tmp_path), "--quiet"]
        subprocess.run(
            ["megatao", "campaign", "--machine", "oracle", "--steps", str(STEPS), "--seed", "3", *options], check=True
        )
    content = json.loads((tmp_path / "campaign.json").read_text())
    assert (content["steps"], content["actions"], content["outcomes"]) == (
        STEPS,
        dict(whole.actions),
        dict(whole.outcomes),
    )


def test_worker_refuses_other_sources() -> None:
    with pytest.raises(SourcesError, match="other contracts"):
        run_shard_elsewhere(Shard("name", "oracle", "seeded", 3, 0, 200), "another hash")


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("differential_tests.fuzzer.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="no scheduler at"), open_cluster(1, "tcp://127.0.0.1:9"):
        pass


def test_campaign_that_cannot_go_on_reports_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.jsonl"
    monkeypatch.setattr(sys, "argv", ["megatao", "campaign", "--machine", "oracle", "--steps", "6000", "--seed", "3"])
    sys.argv += ["--output", str(path), "--report", str(tmp_path)]
    write = Results._write

    def fill(self: Results, content: dict[str, Any]) -> None:
        if content.get("shard") == 1:
            raise OSError(28, "No space left on device")
        write(self, content)

    monkeypatch.setattr(Results, "_write", fill)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 3
    stdout, stderr = capsys.readouterr()
    assert "no divergence, stopped" in stdout
    assert stderr.endswith(f"megatao: {path} can't be written: No space left on device; --resume goes on with it\n")
    content = json.loads((tmp_path / "campaign.json").read_text())
    assert content["failure"].startswith(str(path))
    assert content["steps"] == 2 * SHARD_STEPS
    monkeypatch.undo()
    kept = read_results(path, MACHINES)
    assert sorted(kept.done) == [0]
    with Results(path, kept.plan, kept) as file:
        assert run_plan(kept.plan, run_here(ORACLE), kept=kept, on_result=file.add).steps == 6_000


def damage_head(change: Mapping[str, Any]) -> Any:
    """What makes another first line of a file."""
    return lambda lines: [json.dumps({**json.loads(lines[0]), **change}).encode(), *lines[1:]]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (damage_head({"format": "another"}), "format"),
        (damage_head({"machine": "casino"}), "machine"),
        (damage_head({"seed": "x"}), "line 1"),
        (damage_head({"made": {**asdict(take()), "sources": "x"}}), "other contracts"),
        (damage_head({"made": {}}), "line 1"),
        (damage_head({"made": {**asdict(take()), "changed": "no"}}), "'made' is not"),
        (lambda lines: lines[1:], "line 1"),
        (lambda lines: [*lines, b"{}"], "line 3"),
        (lambda lines: [*lines, b'{"shard": '], "line 3"),
        (lambda _: [], "line 1"),
    ],
)
def test_damaged_results_are_one_line(damage: Any, what: str, tmp_path: Path) -> None:
    path, plan = tmp_path / "results.jsonl", Plan(ORACLE, 3, 200, None)
    with Results(path, plan) as file:
        run_plan(plan, run_here(ORACLE), on_result=file.add)
    with pytest.raises(ResultsError, match="is there already"):
        Results(path, plan)
    path.write_bytes(b"".join(line + b"\n" for line in damage(path.read_bytes().splitlines())))
    with pytest.raises(ResultsError, match=what) as error:
        read_results(path, MACHINES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("lane", ["seeded", "stateful"])
def test_profile_knows_the_parts_of_a_step(lane: str) -> None:
    protocol = MACHINES["protocol"]
    samples = run_shard(Shard("name", "protocol", lane, 3, 0, 1_000, is_profiled=True), protocol)["samples"]
    assert samples["EVM"] > 0 < samples["reference"]
    assert set(samples) <= {part for part, _ in PARTS} | {"the rest"}
    assert ("Hypothesis" in samples) == (lane == "stateful")
