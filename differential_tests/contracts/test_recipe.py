"""The recipe of spec/tools.md, line by line: a node, a deployment on it, a trade by ape's contracts, a verification."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from requests import RequestException, post

from differential_tests.contracts.artefacts import ROOT

HEADING = "From a node of one's own to a trade"
PORT = "8545"
"""That of the recipe; the test takes a free one, so that nothing that runs on this machine is met."""


def read_recipe() -> list[str]:
    """The commands of the recipe."""
    text = (ROOT / "spec" / "tools.md").read_text()
    found = re.search(rf"^{HEADING}.*?^```sh\n(.*?)^```", text, re.M | re.S)
    assert found, "the recipe is gone"
    return found[1].splitlines()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[str]:
    """A port on which the recipe's node listens."""
    if shutil.which("anvil") is None:
        pytest.skip("anvil is not on the PATH")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [*read_recipe()[0].removesuffix(" &").split(), "--port", port]
    with open(tmp_path / "anvil.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: str) -> None:
    """Wait until the node answers, by the chain's id of the recipe."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    for _ in range(600):
        try:
            assert post(f"http://127.0.0.1:{port}", json=asked, timeout=10).json()["result"] == hex(964)
            return
        except RequestException:
            time.sleep(0.1)
    raise AssertionError("the node does not answer")


def test_the_recipe_leads_from_a_node_to_a_trade(node: str, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    told = {}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    start, *commands = read_recipe()
    assert start.startswith("anvil ")
    for line in commands:
        words = line.replace(f":{PORT}", f":{node}").replace("deployment.json", str(file)).split()
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        told[" ".join(words[:2])] = done.stdout
    assert list(told) == ["megatao deploy", "ape run", "megatao verify"]
    trade = told["ape run"]
    assert re.search(r"^Increased: account=\d+, market=\S+, is_long=1, margin=", trade, re.M), "events by their names"
    assert re.search(r"^Decreased: account=", trade, re.M)
    assert re.search(r"\bopen\(", trade), "traces by their names"
    assert re.search(r"\bclose\(", trade)
    assert "TAO are out again, of 2 TAO that went in" in trade
    assert "the code of 13 contracts" in told["megatao verify"]


def test_the_script_deploys_where_there_is_no_node() -> None:
    """`ape run trade --network ethereum:local:test`, as the chapter says below the recipe."""
    command = "ape run trade --network ethereum:local:test"
    assert f"`{command}`" in " ".join((ROOT / "spec" / "tools.md").read_text().split())
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command.split(), capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TAO are out again, of 2 TAO that went in" in done.stdout
