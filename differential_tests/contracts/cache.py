"""Keeps what takes long to make under a hash of what it was made of. A file that was damaged is made anew."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from differential_tests.contracts.files import write_whole


def keep(folder: Path, name: str, key: str, make: Callable[[], Any]) -> Any:
    """What `make` makes, as JSON has it: the one of this key, which takes the place of others of the same name.

    Where the folder can't be written it is kept in the user's cache; where that can't be either, it is made each time.
    """
    found = find(folder, name, key)
    if found is not None:
        return found
    content = json.dumps(make())
    for each in _folders(folder):
        with suppress(OSError, RuntimeError):  # read-only, full, or nobody's home
            each.mkdir(parents=True, exist_ok=True)
            write_whole(each / f"{name}-{key}.json", f"{_digest(content)}\n{content}")
            for stale in set(each.glob(f"{name}-*.json")) - {each / f"{name}-{key}.json"}:
                stale.unlink(missing_ok=True)
            break
    return json.loads(content)


def find(folder: Path, name: str, key: str) -> Any:
    """What is kept of this key; None if nothing is."""
    found = (_read(each / f"{name}-{key}.json") for each in _folders(folder))
    content = next((content for content in found if content is not None), None)
    return content and json.loads(content)


def _folders(folder: Path) -> tuple[Path, Path]:
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return folder, Path(user) / "megatao" / folder.name


def _read(path: Path) -> str | None:
    """What is kept; None if nothing is, or not what was written."""
    try:
        digest, _, content = path.read_text().partition("\n")
    except (OSError, ValueError):
        return None
    return content if digest == _digest(content) else None


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
