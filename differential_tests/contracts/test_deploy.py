"""The commands that deploy and verify, on ape's own network and on a node that is started for them."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import ape
import pytest

from differential_tests.chains.network import Network, open_network
from differential_tests.cli.ends import run_command
from differential_tests.cli.main import app
from differential_tests.contracts.artefacts import artefact
from differential_tests.contracts.deployment import INDEX_ORACLE, MODULES, PRICE_ORACLE, PROXY, SHARE, DeploymentError
from differential_tests.fuzzer.world import words
from reference.presets import LAUNCH_MARKETS

NETWORK = ("--network", "ethereum:local:test", "--account", "0")


Deploy = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def connected() -> Iterator[None]:
    """ape's network, which lives as long as it is used."""
    with ape.networks.parse_network_choice("ethereum:local:test"):
        yield


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Deploy:
    """A command, as the command line runs it: exit code, output, and what it says of errors."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["megatao", *words])
        code: int | str | None = 0
        try:
            run_command("megatao", app)
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return run


def test_deploys_wires_lists_and_verifies(run: Deploy, tmp_path: Path) -> None:
    """TOK-1:f08c. The command checks that token and vault know each other, with all else."""
    file = tmp_path / "deployment.json"
    guardian = "0x" + 40 * "1"
    options = ("--double", "--markets", "--guardian", guardian, "--account-cap", "2.5", "--json", str(file))
    code, output, said = run("deploy", *NETWORK, *options)
    assert code == 0, said
    content = json.loads(file.read_text())
    assert set(content["contracts"]) == {PRICE_ORACLE, INDEX_ORACLE, SHARE, PROXY, *MODULES}
    assert all(contract["address"] in output for contract in content["contracts"].values())
    assert content["settings"]["guardian"] == guardian
    assert content["settings"]["account_cap"] == 25 * 10**17
    assert content["failure"] == ""
    assert [listed["name"] for listed in content["markets"]] == ["MTSOS", *LAUNCH_MARKETS]
    assert len(content["transactions"]) == 1 + 12 + len(content["contracts"]) + 1 + 13

    code, output, said = run("verify", str(file), *NETWORK[:2])
    assert code == 0, said
    assert "the code of 13 contracts, 22 immutables, 60 routes, 13 markets, roles" in output

    content["settings"]["treasury"] = guardian
    content["contracts"]["OpenModule"]["immutables"]["PRICE_ORACLE"] = guardian
    file.write_text(json.dumps(content))
    code, output, said = run("verify", str(file), *NETWORK[:2])
    assert code == 1
    oracle = content["contracts"][PRICE_ORACLE]["address"]
    assert output.splitlines() == [
        f"OpenModule.PRICE_ORACLE: expected {guardian}, found {oracle}",
        f"MegaTAO.treasury: expected {guardian}, found {content['deployer']}",
    ]
    assert said == "megatao: 2 fields differ\n"


def test_what_is_not_as_it_should_be_is_found(run: Deploy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy that was given another cap than was asked for; what is there is told all the same."""
    file, send = tmp_path / "deployment.json", Network.deploy

    def deploy(chain: Network, sender: str, initcode: bytes) -> str:
        code = artefact(PROXY).initcode
        if initcode.startswith(code):
            at = len(code) + 6 * 32
            initcode = initcode[:at] + (5).to_bytes(32, "big") + initcode[at + 32 :]
        return send(chain, sender, initcode)

    monkeypatch.setattr(Network, "deploy", deploy)
    code, output, said = run("deploy", *NETWORK, "--double", "--json", str(file))
    assert code == 1
    failure = f"MegaTAO.global_cap: expected {10**23}, found 5"
    assert said.endswith(f"\nmegatao: {failure}\n")
    content = json.loads(file.read_text())
    assert content["failure"] == failure
    assert all(contract["address"] in output for contract in content["contracts"].values())


def test_an_oracle_that_does_not_answer_is_found_before_anything_is_bound_to_it(run: Deploy) -> None:
    code, output, said = run("deploy", *NETWORK)
    assert (code, output) == (2, "")
    assert "ethereum:local has no code at 0x0000000000000000000000000000000000000808" in said
    with open_network(NETWORK[1], "0") as chain:
        other = chain.deploy(chain.sender, artefact("Receiver").initcode + words(1))
    code, output, said = run("deploy", *NETWORK, "--precompile", other)
    assert code == 1
    assert [line.split()[0] for line in output.splitlines()] == [PRICE_ORACLE]
    assert "PriceOracle.validate_scale: expected an answer, found a revert: OracleMalformed" in said


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
    code, output, said = run("deploy", *NETWORK, "--double", "--json", str(file))
    assert code == 1
    assert said.endswith("megatao: a transaction fails: no TAO is left\n")
    content = json.loads(file.read_text())
    assert [content["precompile"], *(each["address"] for each in content["contracts"].values())] == deployed
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
    code, output, said = run("deploy", *options)
    assert (code, output) == (2, "")
    assert message in said
