"""What a result was made of: taken when the work is done, and kept with what came out of it.

Every file that a command writes has it, beside the file's format: results of campaigns, reports, counterexamples,
vectors, proofs, gas, coverage, mutation, deployments.
"""

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from differential_tests.contracts import artefacts
from differential_tests.contracts.files import find_files

NOT_A_CHECKOUT: Final = "not a checkout"
"""In the place of a commit."""
PYTHON: Final = ("reference", "differential_tests")
TRACKED: Final = ("vyper_contracts", *PYTHON, "spec", "pyproject.toml", "requirements.lock", "ape-config.yaml")
"""What makes a difference to results: a change of anything else does not make a checkout a changed one."""

TOOLS: Final = ("pyrevm", "py-evm", "hypothesis", "z3-solver", "cvc5")
"""What else may decide a result; all of it is pinned in requirements.lock."""


@dataclass(frozen=True)
class Provenance:
    """version: of the package. commit: of the checkout, or NOT_A_CHECKOUT. changed: whether its files are others.

    contracts: hash of every Vyper source. sources: of these, of the reference and of the machinery, without tests.
    time: UTC, ISO 8601.
    """

    version: str
    commit: str
    changed: bool
    contracts: str
    sources: str
    compiler: str
    tools: str
    time: str

    def holds(self) -> bool:
        """Whether the sources are still those."""
        return self.sources == hash_sources()

    def __str__(self) -> str:
        commit = self.commit if self.commit == NOT_A_CHECKOUT else f"commit {self.commit[:12]}"
        changed = ", changed" if self.changed else ""
        made = f"megatao {self.version}, {commit}{changed}, sources {self.sources}"
        return f"{made}, {self.compiler}, {self.tools}, {self.time}"


def take() -> Provenance:
    """That of this moment."""
    commit, changed = read_commit(artefacts.ROOT)
    return Provenance(
        version=version("megatao"),
        commit=commit,
        changed=changed or artefacts.changed_root() is not None,
        contracts=artefacts.source_hash(),
        sources=hash_sources(),
        compiler=f"vyper {version('vyper')}",
        tools=", ".join([f"Python {platform.python_version()}", *_list_tools()]),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _list_tools() -> Iterator[str]:
    for name in TOOLS:
        with suppress(PackageNotFoundError):  # some are not there for every Python
            yield f"{name} {version(name)}"


def label(kind: str, made: Provenance, content: dict[str, Any]) -> dict[str, Any]:
    """The content of a file, after its format and what it was made of, which has changed if it did meanwhile."""
    changed = made.changed or not made.holds()
    return {"format": f"megatao-{kind}-1", "made": {**asdict(made), "changed": changed}, **content}


def check_format(content: dict[str, Any], kind: str) -> None:
    """ValueError or KeyError, if a file is not of a kind."""
    if content["format"] != f"megatao-{kind}-1":
        raise ValueError(f"its format is not megatao-{kind}-1")


def read_made(content: dict[str, Any], kind: str) -> Provenance:
    """What a stamped file says of itself. ValueError, KeyError or TypeError if it is none of this kind."""
    check_format(content, kind)
    made = Provenance(**content["made"])
    if not all(type(getattr(made, each.name)) is each.type for each in fields(made)):
        raise ValueError("'made' is not what it should be")
    return made


def hash_sources() -> str:
    """Hash of all that decides how a scenario goes: the contracts, the reference, the machines and the engine."""
    digest = hashlib.sha256(artefacts.source_hash().encode())
    for folder in PYTHON:
        for path in find_files(artefacts.ROOT / folder, "*.py"):
            if not path.name.startswith("test_"):
                digest.update(str(path.relative_to(artefacts.ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def read_commit(root: Path) -> tuple[str, bool]:
    """The commit of a checkout, and whether its files have changed since. A folder in another's checkout is none."""
    if not (root / ".git").exists():
        return NOT_A_CHECKOUT, False
    commit = _ask_git(root, "rev-parse", "HEAD")
    status = _ask_git(root, "status", "--porcelain", "--", *TRACKED)
    if commit is None or status is None:
        return NOT_A_CHECKOUT, False
    return commit.strip(), bool(status.strip())


def _ask_git(root: Path, *words: str) -> str | None:
    """What git says; None where there is no git, or none that reads this folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        told = subprocess.run(  # noqa: S603  our own words
            ["git", *words],  # noqa: S607
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return told.stdout if told.returncode == 0 else None
