"""Calls in processes of their own: what happens there, a crash or a hang too, happens to nobody else."""

import ctypes
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

T = TypeVar("T")

PATIENCE = 20
"""On a busy machine a process waits: it may take so many times its processor time by the clock."""

_context = multiprocessing.get_context("fork")


class _Place:
    is_child = False
    """Whether this process was made here: it and what it makes are one group, which ends together."""


class DiedError(Exception):
    """A process has ended without an answer: the text says how."""


class Forked(Generic[T]):
    """A call in a process of its own, which may use so many seconds of processor time."""

    def __init__(self, function: Callable[..., T], arguments: tuple[Any, ...], seconds: float) -> None:
        self.answer, sender = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_run, args=(function, arguments, seconds, sender))
        self._process.start()
        sender.close()
        self._last = time.monotonic() + seconds * PATIENCE

    @property
    def is_late(self) -> bool:
        """Whether it waits for something that won't come."""
        return time.monotonic() > self._last

    def result(self) -> T:
        """What the call returned. Errors: what it raised; DiedError."""
        try:
            is_good, value = self.answer.recv() if self.answer.poll(max(self._last - time.monotonic(), 0)) else _late()
        except EOFError:
            self._process.join()
            raise DiedError(_death(self._process.exitcode)) from None
        finally:
            self.stop()
        if is_good:
            return value  # type: ignore[no-any-return]  # a pipe has no types
        raise value

    def stop(self) -> None:
        """End the process, and what it has started."""
        if self._process.pid and not _Place.is_child:
            with suppress(ProcessLookupError, PermissionError):  # not there, or not yet
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self.answer.close()


def call(function: Callable[..., T], *arguments: Any, seconds: float) -> T:
    """Call in a process of its own. Errors: what it raises; DiedError."""
    return Forked(function, arguments, seconds).result()


def clock() -> float:
    """Seconds of processor time, those of ended child processes included."""
    return sum(os.times()[:4])


def _late() -> tuple[bool, Any]:
    return False, DiedError("it hangs")


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return "it takes too long" if -code == signal.SIGXCPU else f"it is ended by {signal.Signals(-code).name}"
    return f"it ends by exit code {code}"


def _run(function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, sender: Connection) -> None:
    if not _Place.is_child:
        os.setpgid(0, 0)
        _Place.is_child = True
    with suppress(AttributeError):  # on Linux: it ends when the one that made it does, however that ends
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    used = clock()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, int(used + seconds) + 2))
    try:
        answer = True, function(*arguments)
    except Exception as error:
        answer = False, error
    try:
        sender.send(answer)
    except Exception as error:
        sender.send((False, DiedError(f"its answer can't be sent: {error}")))
