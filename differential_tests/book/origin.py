"""Where a book comes from: version, commit and date, for the foot of each page."""

import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path


def describe(root: Path) -> str:
    """Version, commit and its date; of what is not committed, or no checkout, that it is so, and today's date."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    return f"MegaTAO {version}, {_commit(root)}"


def _commit(root: Path) -> str:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    if _git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        return f"not a checkout, built on {today}"
    commit, _, date = _git(root, "show", "--no-patch", "--format=%h %cs", "HEAD").partition(" ")
    if _git(root, "status", "--porcelain", "--untracked-files=no"):
        return f"commit {commit} with changes, built on {today}"
    return f"commit {commit} of {date}"


def _git(root: Path, *arguments: str) -> str:
    """What git says; "" where it says nothing, or is not there."""
    try:
        told = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607  our own words
    except OSError:
        return ""
    return told.stdout.strip()
