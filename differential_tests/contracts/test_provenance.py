"""What results say of where they come from, and what is kept between runs."""

import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from differential_tests.contracts import artefacts, cache
from differential_tests.contracts.artefacts import ROOT, deployables, source_hash
from differential_tests.contracts.cache import keep
from differential_tests.contracts.provenance import NOT_A_CHECKOUT, label, read_commit, read_made, take


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_commit_is_that_of_the_checkout_and_changed_only_if_sources_are(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "math.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "result.json").write_text("{}")
    assert read_commit(tmp_path) == (commit, False)
    (tmp_path / "reference" / "new.py").write_text("2")
    assert read_commit(tmp_path) == (commit, True)
    inside = tmp_path / "copy"
    inside.mkdir()
    assert read_commit(inside) == (NOT_A_CHECKOUT, False)


def test_hooks_of_git_do_not_lead_to_another_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_commit(ROOT)
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert read_commit(ROOT) == found
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_commit(ROOT) == (NOT_A_CHECKOUT, False)


def test_label_says_when_sources_have_changed_since() -> None:
    made = take()
    assert made.holds()
    assert made.contracts == source_hash()
    assert label("thing", made, {"a": 1}) == {"format": "megatao-thing-1", "made": asdict(made), "a": 1}
    assert label("thing", replace(made, sources="others", changed=False), {})["made"]["changed"]
    assert read_made(json.loads(json.dumps(label("thing", made, {}))), "thing") == made


@pytest.mark.parametrize(
    "change", [{"format": "megatao-other-1"}, {"made": {}}, {"made": None}, {"made": {**asdict(take()), "changed": 1}}]
)
def test_other_files_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_made({**label("thing", take(), {}), **change}, "thing")


def test_what_is_kept_is_made_once_and_anew_when_its_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(1)
        return {"number": len(made)}

    folder = tmp_path / "kept"
    assert [keep(folder, "name", "a", make) for _ in range(2)] == [{"number": 1}] * 2
    [path] = folder.iterdir()
    whole = path.read_bytes()
    damages = (b"", whole[:-3], whole[: len(whole) // 2], whole.replace(b"1}", b"7}"), b"\xff" + whole)
    for number, damage in enumerate(damages, start=2):
        path.write_bytes(damage)
        assert keep(folder, "name", "a", make) == {"number": number}
    keep(folder, "name", "b", make)
    keep(folder, "other", "a", make)
    assert sorted(each.name for each in folder.iterdir()) == ["name-b.json", "other-a.json"]


def test_compilation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["AlphaPrecompile", "Receiver", "VaultShare"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(artefacts, "CACHE", tmp_path / "kept")
    monkeypatch.setattr(
        artefacts, "_compile", lambda _: {"bytecode": "", "bytecode_runtime": "", "abi": [], "layout": {}}
    )
    monkeypatch.setattr(artefacts, "deployables", lambda: [path for path in deployables() if path.stem in names])
    project = artefacts._Project()
    monkeypatch.setattr(artefacts, "_project", project)
    artefacts._forget()
    told: list[tuple[str, int, int]] = []
    try:
        artefacts.artefact(names[0])
        artefacts.watch_compilation(lambda *each: told.append(each))
        for name in names:
            artefacts.artefact(name)
    finally:
        artefacts._forget()
    assert told == [("Receiver", 1, 2), ("VaultShare", 2, 2)]


@pytest.mark.parametrize("file", ["tokens/VaultShare", "math/impact", "interfaces/IPriceOracle"])
def test_of_another_folder_only_what_differs_is_compiled(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "vyper_contracts", tmp_path / "vyper_contracts")
    [changed] = (tmp_path / "vyper_contracts" / file).parent.glob(f"{Path(file).name}.vy*")
    changed.write_text(changed.read_text() + "\n")
    here = {path.stem: artefacts.artefact(path.stem) for path in deployables()}
    compiled = []

    def compile_nothing(path: Path) -> dict[str, Any]:
        compiled.append(path.stem)
        return {"bytecode": "", "bytecode_runtime": "", "abi": [], "layout": {}}

    monkeypatch.setattr(artefacts, "_compile", compile_nothing)
    with artefacts.sources_in(tmp_path):
        there = {name: artefacts.artefact(name) for name in here}
        users = [path.stem for path in deployables() if changed in artefacts.with_imports(path)]
    assert users
    assert compiled == users
    assert [name for name in here if there[name] != here[name]] == users


def test_what_cannot_be_kept_here_is_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere))
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "kept"  # as a checkout that can only be read
    assert keep(folder, "name", "a", lambda: [1]) == [1]
    assert keep(folder, "name", "a", lambda: [2]) == [1]
    assert (elsewhere / "megatao" / "kept" / "name-a.json").is_file()

    def fill(path: Path, _: str) -> None:
        path.write_text("a part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_whole", fill)
    assert keep(folder, "name", "b", lambda: [3]) == [3]
