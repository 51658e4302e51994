"""Where the command line starts: in the checkout that it stands in, with text as UTF-8, and output that may be closed.

Nothing is imported here that takes long, so that an interrupt is understood from the beginning.
"""

# The command begins here: until it can say "stopped", an interrupt ends it as the system does, without a traceback.
import signal
import sys

IS_COMMAND = (
    sys.argv[0].rpartition("/")[2] == "megatao" and signal.getsignal(signal.SIGINT) is signal.default_int_handler
)
if IS_COMMAND:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

# ruff: noqa: E402  imports take time
import errno
import io
import locale
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

NAME = "megatao"
ROOT = Path(__file__).resolve().parents[2]
MARKS = ("differential_tests", "reference", "vyper_contracts")
"""The folders of a checkout."""
SILENT = {"--quiet", "--help", "-h", "--version"}


def main() -> None:
    """Entry point of the console script."""
    try:
        if IS_COMMAND:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _speak_utf8()
        sys.stdout, sys.stderr = _guard(sys.stdout), _guard(sys.stderr)
        code = _run()
    except KeyboardInterrupt:
        code = _say("stopped", 130)
    sys.exit(_close(code))


def find_checkout(place: Path) -> Path | None:
    """The checkout that a place is in, if it is in one."""
    folders = (place, *place.parents)
    return next((each for each in folders if all((each / mark).is_dir() for mark in MARKS)), None)


def find_other_checkout(*places: Path) -> Path | None:
    """A checkout that one of the places is in, and that is not the one whose package runs."""
    found = (find_checkout(place) for place in places)
    return next((each for each in found if each and not each.samefile(ROOT)), None)


def _run() -> int:
    """The exit code of what the command line asks for."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return _say("the folder that it stands in is gone", 2)
    other = find_other_checkout(here, Path(sys.argv[0]).absolute())
    if other:
        return _say(f"this is {other}, and what would run is of {ROOT}: `make .venv/.ok` in {other} sets it up", 2)
    if not (find_checkout(here) or SILENT & set(sys.argv)):
        _say(f"of {ROOT}", 0)
    from differential_tests.cli.ends import catch_signals

    catch_signals()
    from differential_tests.cli.main import main as run

    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _say(text: str, code: int) -> int:
    with suppress(OSError):
        print(f"{NAME}: {text}", file=sys.stderr)
    return code


def _speak_utf8() -> None:
    """Begin again in Python's UTF-8 mode where the locale has another encoding: sources and results are in UTF-8."""
    if sys.flags.utf8_mode or locale.getencoding().lower() in ("utf-8", "utf8"):
        return
    shown = getattr(sys.stdout, "encoding", None) or "ascii"
    mode = {"PYTHONUTF8": "1", "PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING", f"{shown}:replace")}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **mode})  # noqa: S606  ourselves


class _Output(io.FileIO):
    """Output whose failures are noted, and lose no work: what counts is in files and in the exit code."""

    error: OSError | None = None

    def write(self, data: object, /) -> int:
        """All of it, or to nobody."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            self.error = self.error or error
            return len(data)  # type: ignore[arg-type]


def _guard(stream: TextIO | None) -> TextIO:
    """The same output, without failures."""
    if stream is None:  # it was closed before we began
        return open(os.devnull, "w")
    try:
        raw = _Output(stream.fileno(), "w", closefd=False)
    except (OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream is sys.stderr or stream.isatty(),
    )


def _close(code: int) -> int:
    """The exit code, once what was said has gone where it should."""
    sys.stdout.flush()
    error = getattr(getattr(getattr(sys.stdout, "buffer", None), "raw", None), "error", None)
    if error and error.errno == errno.EPIPE:
        _say("nobody reads the output; what goes to files is whole", 0)
    elif error:
        code = _say(f"the output can't be written: {error.strerror}", code or 3)
    sys.stderr.flush()
    return code
