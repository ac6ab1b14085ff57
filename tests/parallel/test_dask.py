"""The ordered map on Dask: the same results, and words for whatever is missing there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import types
from pathlib import Path

import fault_tasks
import parallel_tasks as tasks
import pytest
from process_checks import wait_until

from equipment_optimizer.errors import UsageError, WorkerError
from equipment_optimizer.parallel import _dask as dask_backend
from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.system.stopping import StopFlag

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def test_a_dask_run_whose_worker_hangs_ends_when_it_is_asked_to():
    pytest.importorskip("distributed")
    flag = StopFlag()
    with ordered_map(fault_tasks.loop_forever, range(4), workers=1, backend="dask", should_stop=flag.is_set) as results:
        flag.set("Ctrl-C")
        assert list(results) == []


def test_an_interrupt_while_a_dask_cluster_starts_leaves_nothing_for_the_end(monkeypatch):
    pytest.importorskip("distributed")

    def interrupted(*_):
        raise KeyboardInterrupt

    unregistered = []
    monkeypatch.setattr(dask_backend, "_local_cluster", interrupted)
    monkeypatch.setattr(dask_backend.atexit, "unregister", unregistered.append)
    with pytest.raises(KeyboardInterrupt):
        dask_backend.DaskRun(None, 1)
    assert [function.__name__ for function in unregistered] == ["close_clusters"]


@pytest.fixture(scope="module")
def dask_processes():
    """A scheduler and two workers as processes of their own; yields address and worker processes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    common = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with contextlib.ExitStack() as stack:

        def start(*command: str) -> subprocess.Popen[bytes]:
            process = stack.enter_context(subprocess.Popen([sys.executable, "-m", *command], **common))
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        folder = stack.enter_context(contextlib.closing(_Folder()))
        file = folder.path / "scheduler.json"
        local = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
        start("distributed.cli.dask_scheduler", *local, "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        assert wait_until(file.exists)
        workers = [
            start(
                "distributed.cli.dask_worker",
                *("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard"),
                *("--host", "127.0.0.1", "--local-directory", str(folder.path)),
            )
            for _ in range(2)
        ]
        import json

        yield json.loads(file.read_text())["address"], workers


class _Folder:
    def __init__(self):
        import tempfile

        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)

    def close(self):
        self._folder.cleanup()


def test_a_given_dask_scheduler_gives_the_same_results_also_when_a_worker_is_killed(dask_processes):
    address, workers = dask_processes
    expected = [100 + item for item in range(300)]
    with ordered_map(tasks.add, range(300), payload=100, dask_scheduler=address) as results:
        assert results.plan.backend == "dask"
        assert results.plan.reason == f"Dask was asked for (scheduler {address})"
        assert list(results) == expected
    with ordered_map(tasks.slow_add, range(300), payload=100, dask_scheduler=address) as results:
        got = [next(results) for _ in range(20)]
        workers[0].kill()
        assert [*got, *results] == expected


def test_a_dask_worker_of_a_local_cluster_may_be_killed():
    with ordered_map(tasks.slow_pid, range(200), backend="dask", workers=2) as results:
        first = [next(results) for _ in range(10)]
        os.kill(first[-1][1], signal.SIGKILL)
        assert [number for number, _ in [*first, *results]] == list(range(200))


def test_a_local_dask_cluster_listens_on_the_loopback_interface_only():
    before = listening()
    with ordered_map(tasks.square, range(10), backend="dask", workers=1) as results:
        next(results)
        opened = listening() - before
    assert opened
    assert {address.rpartition(":")[0] for address in opened} == {"0100007F"}


def listening() -> set[str]:
    """Local addresses (hexadecimal) of listening sockets."""
    rows = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows += [line.split() for line in Path(table).read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A"}


@pytest.fixture(scope="module")
def event_loop():
    """An asyncio loop that runs in a thread, as that of a Dask client does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class FakeClient:
    """A Dask client that fails as told and computes here otherwise."""

    status = "running"
    transfer_seconds = 0.0

    def __init__(self, loop, errors):
        self.loop = types.SimpleNamespace(asyncio_loop=loop)
        self.errors = list(errors)
        self.n_scatters = 0

    def scatter(self, data, **_):
        self.n_scatters += 1
        return data

    def submit(self, _, *call, pure):
        assert pure is False
        return call

    async def gather(self, call, asynchronous):
        assert asynchronous
        await asyncio.sleep(self.transfer_seconds)
        if self.errors:
            raise self.errors.pop(0)
        func, items, *shared = call
        return dask_backend._run_batch(func, items, *shared)

    def cancel(self, futures, force):
        pass


@pytest.fixture
def fake_run(event_loop):
    def make(*errors) -> dask_backend.DaskRun:
        run = object.__new__(dask_backend.DaskRun)
        run._client = FakeClient(event_loop, errors)
        run.n_workers = 2
        return run

    return make


def test_shared_data_lost_with_its_dask_workers_are_sent_again(fake_run):
    from concurrent.futures import CancelledError

    run = fake_run(CancelledError(), CancelledError())
    assert list(run.in_order(tasks.add, (10,), [[1, 2], [3]])) == [[11, 12], [13]]
    assert run._client.n_scatters == 3
    run = fake_run(*[CancelledError()] * 3)
    with pytest.raises(WorkerError, match="the Dask workers that held the shared data were lost again and again"):
        list(run.in_order(tasks.add, (10,), [[1, 2], [3]]))


def test_an_answer_that_takes_longer_than_a_look_at_whether_to_stop_arrives(fake_run, monkeypatch):
    monkeypatch.setattr(dask_backend, "_LOOK_SECONDS", 0.01)
    run = fake_run()
    run._client.transfer_seconds = 0.2
    looks = []
    assert list(run.in_order(tasks.add, (10,), [[1, 2]], lambda: looks.append(0))) == [[11, 12]]
    assert looks


def test_a_run_that_ends_early_leaves_nobody_waiting(fake_run, event_loop, monkeypatch):
    monkeypatch.setattr(dask_backend, "_LOOK_SECONDS", 0.01)
    run = fake_run()
    run._client.transfer_seconds = 3600
    assert list(run.in_order(tasks.add, (10,), [[1, 2]], lambda: True)) == []
    assert wait_until(lambda: not asyncio.all_tasks(event_loop))


def test_dask_workers_that_die_again_and_again_are_an_error(fake_run):
    from distributed import KilledWorker

    run = fake_run(KilledWorker("task", types.SimpleNamespace(address="tcp://here:2"), 3))
    with pytest.raises(WorkerError, match="Dask workers died while running a batch"):
        list(run.in_order(tasks.add, (10,), [[1, 2]]))


@pytest.mark.parametrize("status", ["closing", "closed"])
@pytest.mark.parametrize("error", [TimeoutError, "CancelledError"])
def test_a_scheduler_that_is_gone_is_an_error_and_no_wait_without_end(status, error, fake_run):
    from concurrent.futures import CancelledError

    kind = CancelledError if error == "CancelledError" else error
    run = fake_run(*[kind()] * 9)
    run._client.status = status
    with pytest.raises(WorkerError, match="the connection to the Dask scheduler was lost and did not come back"):
        list(run.in_order(tasks.add, (10,), [[1, 2], [3]]))
    # Whoever only waits goes on.
    run = fake_run(*[TimeoutError()] * 9)
    assert list(run.in_order(tasks.add, (10,), [[1, 2], [3]])) == [[11, 12], [13]]


def test_without_dask_the_backend_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError) as caught:
        ordered_map(tasks.square, [1], backend="dask")
    assert str(caught.value) == (
        "the backend dask needs the package distributed\n"
        "  mend: install it with: pip install 'equipment-optimizer[dask]'"
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost", "the address of the Dask scheduler has no port: localhost"),
        ("http://127.0.0.1:8787", "not an address of a Dask scheduler: http://127.0.0.1:8787"),
        ("gopher://", "not an address of a Dask scheduler: gopher://"),
        ("tcp://127.0.0.1:9", "the Dask scheduler does not answer: tcp://127.0.0.1:9"),
        ("tcp://my..host:8786", "the Dask scheduler does not answer: tcp://my..host:8786"),
        (f"{'x' * 70}:8786", f"the Dask scheduler does not answer: {'x' * 70}:8786"),
        ("tcp://127.0.0.1:8\u00b2", "the address of the Dask scheduler has no port: tcp://127.0.0.1:8\u00b2"),
        ("127.0.0.1:99999999", "the Dask scheduler does not answer: 127.0.0.1:99999999"),
    ],
)
def test_a_wrong_address_is_told_and_leaves_no_thread(address, words):
    pytest.importorskip("distributed")
    before = set(threading.enumerate())
    with pytest.raises(UsageError) as caught:
        ordered_map(tasks.square, [1], dask_scheduler=address)
    assert str(caught.value).startswith(words)
    assert caught.value.mend.startswith("give the address that the command 'dask scheduler' prints")
    assert set(threading.enumerate()) <= before


def test_somebody_else_at_the_address_is_no_scheduler(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_backend, "_ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UsageError, match="the Dask scheduler does not answer"):
            ordered_map(tasks.square, [1], dask_scheduler=address)


@pytest.mark.parametrize(
    "greeting", [b"220 mail.example ESMTP ready\r\n", b"\x03" + bytes(7) + b"\xff" * 99, bytes(64)]
)
def test_somebody_who_greets_is_no_scheduler(monkeypatch, greeting):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_backend, "_ANSWER_SECONDS", 0.5)

    def greet(server):
        with contextlib.suppress(OSError):
            while True:
                guests.append(server.accept()[0])
                with contextlib.suppress(OSError):
                    guests[-1].sendall(40 * greeting)

    guests = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = threading.Thread(target=greet, args=(server,), daemon=True)
        host.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UsageError, match="the Dask scheduler does not answer"):
            ordered_map(tasks.square, [1], dask_scheduler=address)
        server.shutdown(socket.SHUT_RDWR)
        host.join()
    for guest in guests:
        guest.close()


class FakeScheduler:
    """What `_connect` needs of distributed; its workers answer with `versions`, or not at all."""

    def __init__(self, versions):
        self.versions = versions
        self.is_closed = False

    def Client(self, *_, **__):
        return self

    def wait_for_workers(self, *_, **__):
        if self.versions is None:
            raise TimeoutError

    def run(self, *_):
        if isinstance(self.versions, Exception):
            raise self.versions
        return self.versions

    def close(self):
        self.is_closed = True


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (None, "the Dask scheduler has no workers: tcp://here:1"),
        (
            ModuleNotFoundError("No module named 'equipment_optimizer'"),
            "the Dask workers lack the package equipment_optimizer",
        ),
        ({"one": "0.0.1"}, "the Dask workers have version 0.0.1 of equipment-optimizer, this is "),
    ],
)
def test_workers_that_cannot_help_are_told(monkeypatch, versions, words):
    monkeypatch.setattr(dask_backend, "_check_address", lambda *_: None)
    fake = FakeScheduler(versions)
    with pytest.raises(UsageError) as caught:
        dask_backend._connect(fake, "tcp://here:1")
    assert str(caught.value).startswith(words)
    assert fake.is_closed


def test_a_worker_without_the_package_that_comes_later_is_told(fake_run):
    run = fake_run(Exception("No module named 'equipment_optimizer'"))
    with pytest.raises(UsageError, match="the Dask workers lack the package equipment_optimizer"):
        list(run.in_order(tasks.add, (10,), [[1, 2]]))
