"""Batches of tasks on a Dask cluster; the only module that imports Dask.

In: a function, objects every call shares, batches. Out: a list of results per
batch, in order. Dask is an extra: without it, `DaskRun` raises a `UsageError`.
Workers of a scheduler elsewhere need this package installed.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import logging
import signal
import socket
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeAlias

from .._version import __version__
from ..errors import UsageError, WorkerError
from ..workers.carried_error import CarriedError
from ..workers.ordered_results import throw
from ..workers.process import apply_batch

__all__ = ["DaskRun"]

#: Batches given to the scheduler per worker: one runs, some wait there, so that a
#: worker does not idle while this process hands out the results of others.
_BATCHES_PER_WORKER = 8

#: Seconds to wait for a scheduler that was started, and for its first worker.
_CONNECT_SECONDS = 30

#: Seconds in which whoever listens at an address has to say that it is a scheduler.
_ANSWER_SECONDS = 5

#: Seconds between looks at whether to stop while a result is waited for.
_LOOK_SECONDS = 0.25

#: How often the shared objects may be lost with all workers that held them.
_MAX_LOSSES = 3

_LOOPBACK = "127.0.0.1"

#: What a batch gave: results in order, and the error that ended it.
_Answer: TypeAlias = "tuple[list[Any], CarriedError | None]"


class DaskRun:
    """A connection to a scheduler, or to a cluster of its own on this machine.

    `scheduler` is an address such as ``tcp://host:8786``. None starts a scheduler and workers here: on the
    loopback interface, without a dashboard, one thread each; `n_workers` of them, or one per core available.
    Has `n_workers` (of a given scheduler: at the time of connecting) and `where`, for people.
    UsageError where Dask is not installed, or the scheduler or its workers do not answer or lack this package.
    """

    def __init__(self, scheduler: str | None, n_workers: int | None) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError(
                "the backend dask needs the package distributed",
                "install it with: pip install 'equipment-optimizer[dask]'",
            ) from None
        self._on_close = contextlib.ExitStack()
        try:
            if scheduler is None:
                with _interrupts_held():
                    cluster = self._on_close.enter_context(_local_cluster(distributed, n_workers))
                client: Any = distributed.Client
                self._client = self._on_close.enter_context(client(cluster, set_as_default=False))
                self.where = "a cluster on this machine"
            else:
                self._client = self._on_close.enter_context(_connect(distributed, scheduler))
                self.where = f"scheduler {scheduler}"
        except BaseException as error:
            self._close(error)
            raise
        self.n_workers = max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def __enter__(self) -> DaskRun:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._on_close.close()
        except KeyboardInterrupt as error:
            self._close(error)
            raise

    def _close(self, error: BaseException) -> None:
        """Close what is there after a failure; after an interrupt, do not wait for it."""
        if isinstance(error, Exception):
            self._on_close.close()
            return
        # A cluster that is half made cannot be closed: Dask would try it when the
        # interpreter ends, and complain. Its processes leave when this one is gone.
        from distributed.deploy import spec

        atexit.unregister(spec.close_clusters)
        with contextlib.suppress(Exception):
            self._on_close.close()

    def in_order(
        self,
        func: Callable[..., Any],
        shared: tuple[Any, ...],
        batches: Iterable[Sequence[Any]],
        should_stop: Callable[[], bool] | None = None,
    ) -> Generator[list[Any], None, None]:
        """Yield the results of each batch of ``func(*shared, item)``, in order.

        `shared` is sent to every worker once. Batches are read lazily, `_BATCHES_PER_WORKER` per worker ahead.
        `should_stop` is polled while results are waited for; true ends the iterator early. WorkerError where
        workers died again and again, the scheduler is gone for half a minute, or results do not pickle; else what
        `func` raised, for the first item in order.
        """
        source = iter(batches)
        pending: deque[_Task] = deque()
        held = self._scatter(shared)
        n_losses = 0
        try:
            while True:
                while len(pending) < _BATCHES_PER_WORKER * self.n_workers and (items := next(source, None)) is not None:
                    pending.append(self._submit(func, held, items))
                if not pending:
                    return
                try:
                    answer = self._result(pending[0])
                except _LostError:
                    n_losses += 1
                    if n_losses >= _MAX_LOSSES:
                        raise WorkerError(
                            "the Dask workers that held the shared data were lost again and again",
                            "look at the workers' logs; memory running out is the usual cause",
                        ) from None
                    held = self._scatter(shared)
                    pending = deque(self._submit(func, held, task.items) for task in pending)
                    continue
                if answer is None:
                    if should_stop is not None and should_stop():
                        return
                    continue
                values, error = answer
                pending.popleft()
                if error is None or values:
                    yield values
                if error is not None:
                    throw(error.restored())
        finally:
            if pending:
                pending[0].give_up()
                with contextlib.suppress(Exception):
                    self._client.cancel([task.future for task in pending], force=True)

    def _scatter(self, shared: tuple[Any, ...]) -> list[Any]:
        """The shared objects as data on every worker."""
        # Wrapped one by one: scatter takes a list apart.
        return [self._client.scatter([part], broadcast=True, hash=False)[0] for part in shared]

    def _submit(self, func: Callable[..., Any], held: list[Any], items: Sequence[Any]) -> _Task:
        return _Task(self._client, self._client.submit(_run_batch, func, items, *held, pure=False), items)

    def _result(self, task: _Task) -> _Answer | None:
        """The answer of a batch; None where there is none yet."""
        from distributed import KilledWorker

        try:
            return task.answer(_LOOK_SECONDS)
        except TimeoutError:
            if self._client.status in ("closing", "closed"):
                # It tried to reach the scheduler again for a while, and no result will ever come.
                raise _connection_lost() from None
            return None
        except KilledWorker as error:
            raise WorkerError(
                f"Dask workers died while running a batch: {error}",
                "look for memory running out or a crash in the function; use fewer workers",
            ) from None
        except (_LostError, CancelledError):
            if self._client.status in ("closing", "closed"):
                raise _connection_lost() from None
            raise _LostError from None
        except Exception as error:
            if _LACKS_PACKAGE in str(error):
                raise _lack_of_package() from None
            if not isinstance(error, TypeError | AttributeError | ValueError):
                raise
            # The function's own errors come inside the answer. The text holds tracebacks; its last line says why.
            raise WorkerError(
                f"a result cannot be pickled: {str(error).rstrip().rpartition(chr(10))[2]}",
                "return something picklable, or use one worker",
            ) from None


class _Task:
    """A batch given to the scheduler: its items, Dask's future of it, and who waits for the answer."""

    def __init__(self, client: Any, future: Any, items: Sequence[Any]) -> None:
        self.future = future
        self.items = items
        self._client = client
        self._waiting: Future[_Answer] | None = None

    def answer(self, seconds: float) -> _Answer:
        """The answer, waited for at most so long: TimeoutError, then ask again; else what Dask raises."""
        # Not `future.result(timeout)`: its timeout cancels the transfer, which other calls may share, and the next
        # call begins it again: large answers would never arrive, and a call that shares one fails.
        if self._waiting is None:
            self._waiting = asyncio.run_coroutine_threadsafe(self._gather(), self._client.loop.asyncio_loop)
        try:
            return self._waiting.result(seconds)
        except Exception:
            if self._waiting.done():
                self._waiting = None
            raise

    def give_up(self) -> None:
        """Leave nobody waiting: a client that closes complains of whoever does."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def _gather(self) -> _Answer:
        try:
            answer: _Answer = await self._client.gather(self.future, asynchronous=True)
        except CancelledError:
            # Another class than asyncio's, which would take it for the end of whoever waits.
            raise _LostError from None
        return answer


def _connection_lost() -> WorkerError:
    return WorkerError(
        "the connection to the Dask scheduler was lost and did not come back",
        "look at the scheduler's logs; start it again, or leave out the backend dask",
    )


#: What a worker says that cannot load this module.
_LACKS_PACKAGE = "No module named 'equipment_optimizer"


def _lack_of_package() -> UsageError:
    return UsageError(
        "the Dask workers lack the package equipment_optimizer",
        f"install it there, in the same version: pip install equipment-optimizer=={__version__}",
    )


class _LostError(Exception):
    """A result is gone because every worker that held its inputs is gone."""


def _run_batch(func: Callable[..., Any], items: Sequence[Any], *shared: Any) -> tuple[list[Any], CarriedError | None]:
    """Runs on a Dask worker."""
    return apply_batch(functools.partial(func, *shared), items)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the block is done; what is started in it never gets one: this process answers it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # Started later, it would lift the block in the thread that starts the workers.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _local_cluster(distributed: Any, n_workers: int | None) -> Any:
    """Scheduler and workers on this machine, reachable from this machine only."""
    from ..system.machine import available_cores

    return distributed.LocalCluster(
        n_workers=n_workers or available_cores(),
        threads_per_worker=1,
        host=_LOOPBACK,
        # Without these both would serve HTTP on port 8787, or on all interfaces.
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": f"{_LOOPBACK}:0"},
        silence_logs=logging.ERROR,
    )


def _connect(distributed: Any, scheduler: str) -> Any:
    """A client of a scheduler that has at least one worker, with this package."""
    _check_address(distributed, scheduler)
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise _no_answer(scheduler, error) from None
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        # A function that every worker has, whatever else it lacks.
        versions = set(client.run(eval, "__import__('equipment_optimizer').__version__").values())
    except TimeoutError:
        client.close()
        raise UsageError(
            f"the Dask scheduler has no workers: {scheduler}", f"start some with: dask worker {scheduler}"
        ) from None
    except BaseException as error:
        client.close()
        if _LACKS_PACKAGE in str(error):
            raise _lack_of_package() from None
        raise
    if versions != {__version__}:
        client.close()
        others = ", ".join(sorted(versions - {__version__}))
        raise UsageError(
            f"the Dask workers have version {others} of equipment-optimizer, this is {__version__}",
            f"install the same there: pip install equipment-optimizer=={__version__}",
        )
    return client


def _check_address(distributed: Any, scheduler: str) -> None:
    """UsageError unless a scheduler answers there; a client that does not reach one leaves a thread behind."""
    scheme, _, place = scheduler.rpartition("://")
    mend = "give the address that the command 'dask scheduler' prints, such as tcp://127.0.0.1:8786"
    if scheme not in ("", "tcp", "tls", "ucx", "ws", "wss"):
        raise UsageError(f"not an address of a Dask scheduler: {scheduler}", mend)
    host, _, port = place.rpartition(":")
    if not port.isdecimal():
        raise UsageError(f"the address of the Dask scheduler has no port: {scheduler}", mend)

    try:
        # Refused at once where nobody listens; Dask would try again until its time is over.
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError, ValueError) as error:
        # A name with too long or empty parts is none that can be looked up.
        raise _no_answer(scheduler, error) from None

    async def who() -> Any:
        security = distributed.Security().get_connection_args("client")
        async with distributed.core.rpc(scheduler, timeout=_ANSWER_SECONDS, connection_args=security) as remote:
            return await asyncio.wait_for(remote.identity(), _ANSWER_SECONDS)

    with ThreadPoolExecutor(1) as thread:
        # A thread of its own: the caller's may have an event loop already.
        try:
            answer = thread.submit(asyncio.run, who()).result()
        except (OSError, ValueError, TimeoutError) as error:
            raise _no_answer(scheduler, str(error) or f"no answer in {_ANSWER_SECONDS} s") from None
        except ImportError:
            raise
        except Exception:
            # What it sends, a greeting perhaps, was taken for lengths: there is no memory for so much, to begin with.
            raise _no_answer(scheduler, "something else listens there") from None
    if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
        raise _no_answer(scheduler, "something else listens there")


def _no_answer(scheduler: str, why: object) -> UsageError:
    return UsageError(
        f"the Dask scheduler does not answer: {scheduler} ({why})",
        "give the address that the command 'dask scheduler' prints, such as tcp://127.0.0.1:8786",
    )
