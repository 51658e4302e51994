"""What `megatao build` writes: the code that is tested, described whole, and archives that make it again."""

import io
import json
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from differential_tests.contracts import build as building
from differential_tests.contracts.artefacts import artefact, deployables
from differential_tests.contracts.build import INDEX, proxy_abi, write_build
from differential_tests.contracts.deployment import MODULES, PROXY
from differential_tests.contracts.provenance import read_made


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that it has written."""
    folder = tmp_path_factory.mktemp("build")
    sizes = write_build(folder)
    assert sizes == {path.stem: len(artefact(path.stem).runtime) for path in deployables()}
    return folder


def read(path: Path) -> Any:
    """JSON."""
    return json.loads(path.read_text())


def test_index_names_every_file_by_its_hash(build: Path) -> None:
    index = read(build / INDEX)
    assert read_made(index, "build").compiler == "vyper 0.4.3"
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in build.iterdir() if path.name != INDEX}
    assert index["sha256"] == files
    assert {f"{path.stem}{ending}" for path in deployables() for ending in (".json", ".vyz")} < files.keys()


@pytest.mark.parametrize("name", [path.stem for path in deployables()])
def test_a_contract_is_described_whole(build: Path, name: str) -> None:
    content = read(build / f"{name}.json")
    assert (content["bytecode"], content["abi"]) == (f"0x{artefact(name).initcode.hex()}", artefact(name).abi)
    assert content["settings"]["evm_version"] == "shanghai"
    assert content["userdoc"]["notice"]
    with zipfile.ZipFile(build / f"{name}.vyz") as archive:
        assert archive.read("MANIFEST/integrity").decode() == content["integrity"]
        assert content["source"] in archive.namelist()
        assert archive.testzip() is None


def test_the_proxy_is_described_with_its_modules(build: Path) -> None:
    assert read(build / "MegaTAO.abi.json") == proxy_abi()
    for what in ("userdoc", "devdoc"):
        methods = {name for each in (PROXY, *MODULES) for name in read(build / f"{each}.json")[what]["methods"]}
        assert read(build / f"MegaTAO.{what}.json")["methods"].keys() == methods
    told = {method.partition("(")[0] for method in read(build / "MegaTAO.userdoc.json")["methods"]}
    assert {each["name"] for each in proxy_abi() if each["type"] == "function"} <= told
    layout = read(build / "MegaTAO.layout.json")["storage_layout"]
    for name in (PROXY, *MODULES):
        assert artefact(name).layout["storage_layout"].items() <= layout.items()


def test_an_archive_makes_the_same_code_and_tells_other_sources(build: Path, tmp_path: Path) -> None:
    archive = build / "VaultShare.vyz"

    def compile_archive(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = ["vyper", *options, "-f", "bytecode", str(path)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert compile_archive(archive, "-W", "error").stdout.strip() == f"0x{artefact('VaultShare').initcode.hex()}"
    packed, other = io.BytesIO(), tmp_path / "other.vyz"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"unsafe_add(nonce, 1)", b"nonce"))
    other.write_bytes(packed.getvalue())
    assert "Mismatched integrity sum" in compile_archive(other, "-W", "error").stderr


def test_the_same_sources_make_the_same_bytes(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "keep", lambda _folder, _name, _key, make: make())
    [path] = [path for path in deployables() if path.stem == "Receiver"]
    made = zipfile.ZipFile(io.BytesIO(building._pack_again((build / "Receiver.vyz").read_bytes())))
    assert {each.date_time for each in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert building._document(path) == building._document(path)
