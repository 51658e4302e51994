"""How a command ends: what goes wrong is one line, and the exit code says what kind of end it was.

0: nothing was found. 1: something was: a divergence, or what is not as it should be. 2: bad usage. 3: the command could
not do its work: what it needs has failed, or the command itself, whose traceback is in a file then. 128 and the number
of a signal, 130 for an interrupt, 143 for SIGTERM: it was stopped.
"""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click

from differential_tests.contracts.artefacts import ROOT

FAILED: Final = 3
STOPPED_BY: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILURES: Final = ROOT / ".build" / "failures"


class FailureError(click.ClickException):
    """What a command needs has failed: a disk, a scheduler, a chain. The text says what in one line."""

    exit_code = FAILED


class _Signals:
    """The signals that stop a command. Each is an interrupt, but while they are held."""

    def __init__(self) -> None:
        self.last = signal.SIGINT
        self.is_held = self.is_waiting = False

    def catch(self) -> None:
        """From now on."""
        for each in STOPPED_BY:
            if signal.getsignal(each) is not signal.SIG_IGN:  # as `nohup` asks
                signal.signal(each, self._stop)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.last = signal.Signals(number)
        if self.is_held:
            self.is_waiting = True
        else:
            raise KeyboardInterrupt


_signals = _Signals()
catch_signals = _signals.catch


def stop_code() -> int:
    """The exit code of a command that was stopped."""
    return 128 + _signals.last


@contextmanager
def held_signals() -> Iterator[None]:
    """What is done inside is done to the end: a signal counts after it."""
    _signals.is_held = True
    try:
        yield
    finally:
        _signals.is_held = False
    if _signals.is_waiting:
        _signals.is_waiting = False
        raise KeyboardInterrupt


def run_command(name: str, command: click.Command) -> None:
    """Run a command of the command line, and exit as it ends."""
    try:
        command(standalone_mode=False)
    except click.ClickException as error:
        end(name, error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        end(name, "stopped", stop_code())
    except Exception as error:
        end(name, _explain(error), FAILED)


def end(name: str, text: str, code: int) -> NoReturn:
    """Say why in one line, and exit."""
    with suppress(OSError):
        click.echo(f"{name}: {' '.join(text.split())}", err=True)
    sys.exit(code)


def _explain(error: Exception) -> str:
    """What has failed, and where its traceback is."""
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    else:
        what = f"{type(error).__name__}: {error}"
    file = _write_traceback(error)
    return f"an unexpected failure: {what[:500]}" + (f"; its traceback is in {file}" if file else "")


def _write_traceback(error: Exception) -> Path | None:
    """A file with the traceback, and the command; None where none can be written."""
    text = f"{' '.join(sys.argv)}\n{''.join(traceback.format_exception(error))}"
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    for folder in (FAILURES, Path(tempfile.gettempdir()) / "megatao-failures"):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            return folder / name
    return None
