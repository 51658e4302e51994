"""The deployment command, on ape's own network."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from differential_tests import deploy
from differential_tests.cli import app
from differential_tests.deployment import MODULES, PROXY, selectors_by_name
from reference.presets import LAUNCH_MARKETS

NETWORK = ("--network", "ethereum:local:test", "--account", "0")


def run(*options: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(app, ["deploy", *options])


def test_deploys_wires_and_lists(tmp_path: Path) -> None:
    """TOK-1:f08c. The command checks that token and vault know each other, with all else."""
    file = tmp_path / "deployment.json"
    guardian = "0x" + 40 * "1"
    result = run(*NETWORK, "--double", "--markets", "--guardian", guardian, "--account-cap", "2.5", "--json", str(file))
    assert result.exit_code == 0, result.output
    content = json.loads(file.read_text())
    assert {PROXY, *MODULES} < set(content["contracts"])
    assert all(address in result.output for address in content["contracts"].values())
    assert content["settings"]["guardian"] == guardian
    assert content["settings"]["account_cap"] == 25 * 10**17
    assert all(f"listed {name}, subnet {netuid}" in result.output for name, netuid in LAUNCH_MARKETS.items())


def test_what_is_not_as_it_should_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    selectors = selectors_by_name()
    monkeypatch.setattr(deploy, "selectors_by_name", lambda: {**selectors, "limits": selectors["market_count"]})
    result = run(*NETWORK, "--double")
    assert result.exit_code == 1
    assert "the caps are not those that were asked for" in result.output


def test_a_failed_transaction_is_one_line() -> None:
    result = run(*NETWORK, "--markets")  # there is no precompile
    assert result.exit_code == 1
    assert "a transaction reverts" in result.output


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
def test_bad_input_is_refused(options: tuple[str, ...], message: str) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert message in result.output
