"""What every session of pytest needs: ape's view of today's contracts, and the profiles of Hypothesis.

ape starts pytest by `ape test`, and its plugin is also active under plain `pytest`, unless `-p no:ape_test` is given.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from differential_tests.contracts.artefacts import ROOT, source_hash

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STAMP = ROOT / ".build" / "ape-sources"

LONGEST = (
    "scenarios/test_story.py",
    "book/test_site.py",
    "vectors/test_vectors.py",
    "mutation/test_faults.py",
    "symbolic/test_prove.py",
)
"""The files that take longest: they run first, so that no process ends long before the others."""

settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, max_examples=200, database=None)
settings.register_profile("long", deadline=None, print_blob=True, max_examples=20_000, database=None)
PROFILE = "ci" if os.environ.get("CI") else "default"
settings.load_profile(PROFILE)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, which asks nobody for anything."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not on the PATH")
    from playwright.sync_api import sync_playwright

    quiet = ("gpu", "background-networking", "component-update", "sync")
    options = ["--no-sandbox", "--no-first-run", *(f"--disable-{each}" for each in quiet)]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=options)
        yield opened
        opened.close()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the whole session one seed, so that it can be repeated: `--hypothesis-seed`.

    Not in the default profile: under a given seed Hypothesis would not try the failures that it remembers first.
    """
    if not config.pluginmanager.has_plugin("hypothesispytest"):
        return
    profile = config.getoption("--hypothesis-profile") or PROFILE
    if profile != "default" and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, each in its own order."""
    first = {ROOT / "differential_tests" / name: number for number, name in enumerate(LONGEST)}
    missing = [str(path) for path in first if not path.is_file()]
    if missing:
        raise pytest.UsageError(f"conftest.py names files that are not there: {', '.join(missing)}")
    items.sort(key=lambda item: first.get(item.path, len(first)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the seed, even under `-q`."""
    seed = config.getoption("--hypothesis-seed", None)
    if seed is not None:
        terminalreporter.write_line(f"hypothesis: --hypothesis-seed={seed}")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make ape forget what it has compiled if any source has changed since.

    ape itself does not notice a change of a module, and would test old bytecode. It compiles again when a test first
    asks for a contract.
    """
    if not session.config.pluginmanager.has_plugin("ape-test"):
        return
    import ape

    sources = source_hash()
    if ape.project.path == ROOT and not (STAMP.is_file() and STAMP.read_text() == sources):
        ape.project.clean()
        STAMP.parent.mkdir(exist_ok=True)
        STAMP.write_text(sources)
