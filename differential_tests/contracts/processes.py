"""Processes that are ended by the one that made them, never by an interrupt of their own: it is told in one line."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.resource_tracker import ensure_running
from types import TracebackType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def shielded() -> Iterator[None]:
    """Threads and processes that are made inside, and what these make, never get an interrupt from the terminal."""
    ensure_running()  # Python 3.11 lets the thread that starts the tracker have interrupts again: it is started before
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Pool(ProcessPoolExecutor):
    """A pool of such processes; where it is left by an error or an interrupt, they are ended at once."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As that of any executor."""
        with shielded():
            return super().submit(fn, *args, **kwargs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if error is not None:
            for process in list((self._processes or {}).values()):
                process.kill()
            self.shutdown(wait=False, cancel_futures=True)
        return super().__exit__(kind, error, trace)
