"""Where the time of a campaign goes: samples of what this process is doing, sorted into the parts of a step.

A timer of the kernel counts this process's own time, so that others who are busy on the machine don't show.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import hypothesis

from differential_tests.contracts.artefacts import ROOT

INTERVAL = 0.001
"""Time of this process between two samples (seconds); kernels round it up to a few milliseconds."""

HERE = ROOT / "differential_tests"
PARTS: tuple[tuple[str, str], ...] = (
    ("generation", "draw_step"),
    ("generation", "draw_opening"),
    ("invariants", str(HERE / "machines" / "protocol" / "invariants.py")),
    ("invariants", "check_quote"),
    ("sweeps", "sweep"),
    ("sweeps", "check_all"),
    ("fresh worlds", "deepcopy"),
    ("EVM", str(HERE / "chains")),
    ("encoding", str(HERE / "machines" / "protocol" / "records.py")),
    ("encoding", "encode_call"),
    ("encoding", "words"),
    ("encoding", "_write_changes"),
    ("reference", str(ROOT / "reference")),
    ("comparison", str(HERE / "fuzzer" / "world.py")),
    ("Hypothesis", str(Path(hypothesis.__file__).parent)),
)
"""A part of a step, and a function or the beginning of a path by which it is known; the first that is on the stack."""


def name_part(frame: FrameType | None) -> str:
    """The part of a step that a stack belongs to."""
    names, paths = set(), set()
    while frame is not None:
        names.add(frame.f_code.co_name)
        paths.add(frame.f_code.co_filename)
        frame = frame.f_back
    for part, mark in PARTS:
        if mark in names or any(path.startswith(mark) for path in paths if mark[0] == "/"):
            return part
    return "the rest"


@contextmanager
def sampling(is_on: bool) -> Iterator[Counter[str]]:
    """Samples by part, of what runs inside. Only in a process's main thread; nothing is counted if it is off."""
    samples: Counter[str] = Counter()
    if not is_on:
        yield samples
        return

    def count(_: int, frame: FrameType | None) -> None:
        samples[name_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, count)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
