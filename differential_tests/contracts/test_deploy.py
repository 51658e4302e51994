"""The deployment command, on ape's own network."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from differential_tests.chains.network import Network
from differential_tests.cli.display import run_command
from differential_tests.cli.main import app
from differential_tests.contracts import deploy
from differential_tests.contracts.deployment import MODULES, PROXY, DeploymentError, selectors_by_name
from reference.presets import LAUNCH_MARKETS

NETWORK = ("--network", "ethereum:local:test", "--account", "0")


Deploy = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Deploy:
    """The command, as the command line runs it: exit code, output, and what it says of errors."""

    def run(*options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["megatao", "deploy", *options])
        code: int | str | None = 0
        try:
            run_command("megatao", app)
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return run


def test_deploys_wires_and_lists(run: Deploy, tmp_path: Path) -> None:
    """TOK-1:f08c. The command checks that token and vault know each other, with all else."""
    file = tmp_path / "deployment.json"
    guardian = "0x" + 40 * "1"
    options = ("--double", "--markets", "--guardian", guardian, "--account-cap", "2.5", "--json", str(file))
    code, output, said = run(*NETWORK, *options)
    assert code == 0, said
    content = json.loads(file.read_text())
    assert {PROXY, *MODULES} < set(content["contracts"])
    assert all(address in output for address in content["contracts"].values())
    assert content["settings"]["guardian"] == guardian
    assert content["settings"]["account_cap"] == 25 * 10**17
    assert content["failure"] == ""
    assert all(f"listed {name}, subnet {netuid}" in said for name, netuid in LAUNCH_MARKETS.items())


def test_what_is_not_as_it_should_be_is_found(run: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    selectors = selectors_by_name()
    monkeypatch.setattr(deploy, "selectors_by_name", lambda: {**selectors, "limits": selectors["market_count"]})
    code, _, said = run(*NETWORK, "--double")
    assert code == 1
    assert said.endswith("\nmegatao: the caps are not those that were asked for\n")


def test_a_failed_listing_leaves_the_addresses(run: Deploy, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    code, output, said = run(*NETWORK, "--markets", "--json", str(file))  # there is no precompile
    assert code == 1
    assert said.splitlines()[-1].startswith("megatao: a transaction reverts: ")
    content = json.loads(file.read_text())
    assert said.endswith(f"megatao: {content['failure']}\n")
    assert {PROXY, *MODULES} < set(content["contracts"])
    assert all(address in output for address in content["contracts"].values())


def test_what_was_deployed_before_a_failure_is_told(
    run: Deploy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, deployed = tmp_path / "deployment.json", list[str]()
    send = Network.deploy

    def deploy_three(chain: Network, sender: str, initcode: bytes) -> str:
        if len(deployed) == 3:
            raise DeploymentError("a transaction fails: no TAO is left")
        deployed.append(send(chain, sender, initcode))
        return deployed[-1]

    monkeypatch.setattr(Network, "deploy", deploy_three)
    code, output, said = run(*NETWORK, "--double", "--json", str(file))
    assert code == 1
    assert said.endswith("megatao: a transaction fails: no TAO is left\n")
    assert list(json.loads(file.read_text())["contracts"].values()) == deployed
    assert all(address in output for address in deployed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--network", "ethereum:local:test", "--account", "nobody"), "ape has no account 'nobody'"),
        (("--network", "ethereum:moon:test", "--account", "0"), "No network"),
        ((*NETWORK, "--admin", "0x12"), "is no address"),
        ((*NETWORK, "--account-cap", "x"), "is no number"),
        ((*NETWORK, "--account-cap", "1e30"), "out of range"),
        ((*NETWORK, "--markets", "--admin", "0x" + 40 * "1"), "--markets needs the account to be the admin"),
    ],
)
def test_bad_input_is_refused(run: Deploy, options: tuple[str, ...], message: str) -> None:
    code, output, said = run(*options)
    assert (code, output) == (2, "")
    assert message in said
