"""Who runs submissions: this machine, or the workers of a Dask cluster. Both take the same work, and give plain data back."""

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

import rnn_course
from rnn_course.grading import CourseError
from rnn_course.grading.sandbox import engines, session
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.plan import Step

LOCAL = "local"  # a cluster of this machine's own processes
ANSWER = 20  # seconds that a scheduler may take to answer
RETRIES = 5  # where a worker cannot run a submission; one whose worker is lost goes to another one anyway


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


class Runner(Protocol):
    """Something that runs submissions: how many at once, and how a run is begun."""

    at_once: int

    def begin(self, steps: Sequence[Step]) -> Any:
        """Begin a run, and return its future."""
        ...

    def stop(self, begun: Sequence[Any]) -> None:
        """Drop these runs: what has not begun never does."""
        ...


class Here:
    """Runs on this machine: one thread for each core waits for the sandboxes."""

    def __init__(self, modules: Sequence[str], limits: Limits) -> None:
        self.at_once = cores()
        self._limits, self._pair = limits, engines.pair(modules, limits)
        self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="sandbox")

    def begin(self, steps: Sequence[Step]) -> Any:
        """Begin a run in a thread."""
        return self._pool.submit(session.run, steps, *self._pair, self._limits)

    def stop(self, begun: Sequence[Any]) -> None:
        """Drop these runs, and end the processes of those that have begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if any(not run.done() for run in begun):
            engines.close()
        self._pool.shutdown()


class Cluster:
    """Runs on the workers of a Dask cluster. A submission whose worker is lost is run again by another one."""

    def __init__(self, client: Any, modules: Sequence[str], limits: Limits) -> None:
        self._client, self._modules, self._limits = client, list(modules), limits
        self.at_once = sum(client.nthreads().values())

    def begin(self, steps: Sequence[Step]) -> Any:
        """Begin a run on a worker."""
        return self._client.submit(engines.run, steps, self._modules, self._limits, pure=False, retries=RETRIES)

    def stop(self, begun: Sequence[Any]) -> None:
        """Drop these runs."""
        self._client.cancel(list(begun))


@contextmanager
def runner(scheduler: str | None, modules: Sequence[str], limits: Limits) -> Iterator[Runner]:
    """Yield who runs submissions: this machine, or the cluster of a scheduler if one is named."""
    if scheduler is None:
        yield Here(modules, limits)
    else:
        with cluster(scheduler, modules, limits) as found:
            yield found


@contextmanager
def cluster(address: str, modules: Sequence[str], limits: Limits) -> Iterator[Runner]:
    """Run on the workers of the scheduler at ``address``, or, if that is "local", on processes of this machine.

    Raises
    ------
    CourseError
        If the scheduler does not answer, has no workers, or a worker has another version of the course or no sandbox.
    """
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost worker is no news: its work is done elsewhere
    with contextlib.ExitStack() as stack:
        try:
            if address == LOCAL:
                local = LocalCluster(threads_per_worker=1, memory_limit=0, dashboard_address=None)  # pyright: ignore[reportArgumentType] - documented
                client = stack.enter_context(Client(stack.enter_context(local)))
            else:
                client = stack.enter_context(Client(address, timeout=ANSWER))
            client.wait_for_workers(1, timeout=ANSWER)
        except (OSError, TimeoutError, ValueError) as error:
            raise CourseError(
                f"no Dask cluster with workers at {address} ({error}). Start one: dask scheduler, then on each machine: "
                "dask worker ADDRESS --nthreads 1 --nworkers auto"
            ) from None
        faults: Any = client.run(_ready, modules, limits, rnn_course.__version__, on_error="return")
        for worker, fault in faults.items():
            if fault is not None:
                raise CourseError(f"the worker {worker} cannot grade: {fault}")
        yield Cluster(client, modules, limits)


def _ready(modules: Sequence[str], limits: Limits, version: str) -> str | None:
    """On a worker: start its sandboxes, and return why it cannot grade, if so."""
    if version != rnn_course.__version__:
        return f"expected version {version} of the course, received {rnn_course.__version__}"
    try:
        engines.pair(modules, limits)
    except CourseError as error:
        return str(error)
    return None
