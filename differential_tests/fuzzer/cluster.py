"""A campaign on many processors: its shards go through Dask's distributed scheduler, a local one or a cluster's."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from differential_tests.contracts.artefacts import artefact, deployables
from differential_tests.contracts.processes import shielded
from differential_tests.contracts.provenance import hash_sources
from differential_tests.fuzzer.campaign import CampaignError, Run
from differential_tests.fuzzer.shards import Result, Shard, SourcesError, run_shard_elsewhere

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 2
"""Shards that are with the scheduler for each worker: one that runs, and what comes next."""
DEATHS = 5
"""Workers that may die with a shard before that is given up."""
CONNECT_SECONDS = 10


class ClusterError(CampaignError):
    """There is no cluster, or it can't run the campaign; the text says why in one line."""


@contextmanager
def open_cluster(workers: int, scheduler: str | None) -> Iterator[tuple[Run, int]]:
    """What runs shards on so many processes of this machine, or on the workers of a scheduler; and their number.

    Errors: ClusterError.
    """
    import dask
    from distributed import Client, LocalCluster
    from distributed.utils import LoopRunner

    for name in ("distributed", "distributed.scheduler", "distributed.nanny", "distributed.worker"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a worker's death is the scheduler's to mend
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": DEATHS,
            "distributed.scheduler.work-stealing": False,  # what is dealt is small enough
            "distributed.comm.timeouts.connect": CONNECT_SECONDS,
        }
    )
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"there is no scheduler at {scheduler}") from error
        with client:
            yield _deal(client), max(len(client.scheduler_info()["workers"]), 1)
        return
    for path in deployables():
        artefact(path.stem)  # compiled once, here, not in every worker
    loop = LoopRunner()
    with shielded():  # its thread makes the workers: an interrupt is for this process only
        loop.start()
    cluster = LocalCluster(
        loop=loop.loop,
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,  # in the workers: that a shard is cancelled at the end is no news
    )
    with cluster, Client(cluster) as client:
        yield _deal(client), workers


def _deal(client: "Client") -> Run:
    """What deals shards to the workers, and gives their results as they come."""
    from distributed import CancelledError, KilledWorker, as_completed

    sources = hash_sources()

    def run(shards: Iterable[Shard]) -> Iterator[Result]:
        def submit() -> None:
            for shard in shards:
                future = client.submit(run_shard_elsewhere, shard, sources, pure=False)
                waiting.add(future)
                return

        waiting = as_completed()
        shards = iter(shards)
        for _ in range(AHEAD * max(len(client.scheduler_info()["workers"]), 1)):
            submit()
        for future in waiting:
            try:
                result: Result = future.result()
            except KilledWorker as error:
                raise ClusterError(f"{DEATHS} workers have died with the same shard") from error
            except CancelledError as error:
                raise ClusterError("the scheduler is gone: --resume goes on, if there is an --output") from error
            except SourcesError as error:
                raise ClusterError(str(error)) from error
            submit()
            yield result

    return run
