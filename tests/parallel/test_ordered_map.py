"""One ordered map: the same results whoever computes them, and no process left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import parallel_tasks as tasks
import pytest
from process_checks import children, lives, wait_until

from equipment_optimizer.errors import UsageError, WorkerError
from equipment_optimizer.parallel import _dask as dask_backend
from equipment_optimizer.parallel.ordered_map import ParallelPlan, ordered_map
from equipment_optimizer.workers import process as worker_process
from equipment_optimizer.workers.channel import decode, encode, receive_frame, send_frame
from equipment_optimizer.workers.pool import WorkerPool

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BACKENDS = ("serial", "processes", "dask")
START_METHODS = ("fork", "forkserver", "spawn") if sys.platform == "linux" else ("spawn",)


@pytest.fixture(autouse=True)
def no_process_is_left_behind(request):
    before = children()
    yield
    if "dask" not in request.node.name:
        assert children() <= before


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("chunksize", [None, 7])
def test_results_come_in_the_order_of_the_tasks(backend, chunksize):
    with ordered_map(tasks.square, range(100), workers=2, backend=backend, chunksize=chunksize) as results:
        assert list(results) == [item * item for item in range(100)]
        assert results.plan.backend == backend
        assert results.n_done == 100


@pytest.mark.parametrize("workers", [0, 1, 2, 3, "auto"])
def test_the_number_of_workers_changes_nothing(workers):
    with ordered_map(tasks.add, iter(range(50)), payload=1000, workers=workers) as results:
        assert list(results) == list(range(1000, 1050))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("payload", [None, [1, 2], np.arange(3)], ids=["none", "list", "array"])
def test_a_payload_is_any_object(backend, payload):
    with ordered_map(tasks.with_payload_echo, [5], payload=payload, workers=2, backend=backend) as results:
        ((got, task),) = results
    assert task == 5
    assert np.array_equal(got, payload) if isinstance(payload, np.ndarray) else got == payload


def test_a_payload_reaches_each_worker_once(tmp_path):
    with ordered_map(tasks.with_payload, range(40), payload=tasks.Payload(str(tmp_path)), workers=2) as results:
        assert list(results) == [(str(tmp_path), task) for task in range(40)]
    loads = list(tmp_path.glob("loaded-*"))
    assert 1 <= len(loads) <= 2
    assert all(path.read_text() == "x" for path in loads)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_tasks_give_no_results(backend):
    assert list(ordered_map(tasks.square, [], workers=2, backend=backend)) == []


@pytest.mark.parametrize("method", START_METHODS)
def test_every_start_method_works_and_workers_are_other_processes(method):
    with WorkerPool(2, method) as pool:
        assert pool.start_method == method
        results = [value for batch in pool.run(tasks.process_id, ([n] for n in range(8))) for value in batch]
        assert set(results) <= set(pool.process_ids())
    assert os.getpid() not in results


def test_one_pool_runs_different_functions():
    with WorkerPool(2) as pool:
        assert list(pool.run(tasks.square, [[1, 2], [3]])) == [[1, 4], [9]]
        assert list(pool.run(tasks.echo, [[1, 2], [3]])) == [[1, 2], [3]]
        pool.shrink(1)
        assert pool.n_workers == 1
        assert list(pool.run(tasks.square, [[4]])) == [[16]]


def test_large_messages_both_ways_do_not_block_each_other():
    arrays = [np.full(400_000, number, dtype=np.float64) for number in range(12)]
    texts = [bytes([number]) * 3_000_000 for number in range(12)]
    with WorkerPool(2) as pool:
        back = [value for batch in pool.run(tasks.echo, ([array] for array in arrays)) for value in batch]
        assert all(np.array_equal(one, two) and two.flags.writeable for one, two in zip(arrays, back, strict=True))
        assert [value for batch in pool.run(tasks.echo, ([text] for text in texts)) for value in batch] == texts


def test_tasks_are_read_only_as_far_ahead_as_the_window():
    read = []

    def numbers():
        for number in range(10_000):
            read.append(number)
            yield number

    with ordered_map(tasks.square, numbers(), workers=2) as results:
        assert next(results) == 0
        assert len(read) <= 2 * 32 + 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_exception_in_order_reaches_the_caller_after_the_results_before_it(backend):
    got = []
    with pytest.raises(LookupError, match="no 1") as caught:
        for result in ordered_map(tasks.fail_early, range(6), workers=2, backend=backend):
            got.append(result)
    assert got == [0]
    if backend != "serial":
        assert "in a worker process" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("backend", ["serial", "processes"])
def test_results_before_a_failing_task_of_the_same_message_are_kept(backend):
    got = []
    with pytest.raises(LookupError, match="no five"):
        for result in ordered_map(tasks.fail_at_five, range(20), workers=2, backend=backend, chunksize=20):
            got.append(result)
    assert got == [0, 1, 2, 3, 4]


def test_an_exception_that_does_not_unpickle_arrives_as_its_text():
    # Distributed, once imported, teaches every exception to unpickle; then it arrives as itself.
    with pytest.raises((WorkerError, tasks.OddError), match="this and that"):
        list(ordered_map(tasks.raise_odd, [1], workers=2))


def test_a_function_that_exits_does_so_in_the_caller():
    with pytest.raises(SystemExit) as caught:
        list(ordered_map(tasks.leave, [1], workers=2))
    assert str(caught.value) == "7"


@pytest.mark.parametrize("backend", ["processes", "dask"])
def test_results_that_do_not_pickle_are_an_error_and_not_a_hang(backend):
    with pytest.raises(WorkerError, match="a result cannot be pickled: TypeError: cannot pickle"):
        list(ordered_map(tasks.return_lock, [1, 2], workers=2, backend=backend))


def test_results_that_do_not_unpickle_are_an_error():
    with pytest.raises(WorkerError, match="a worker's results cannot be unpickled: ValueError"):
        list(ordered_map(tasks.return_unloadable, [1, 2], workers=2))


def test_tasks_that_do_not_pickle_are_computed_here():
    own = [lambda: 1, lambda: 2, lambda: 3]
    assert list(ordered_map(tasks.echo, own, workers=2)) == own


def test_tasks_that_do_not_unpickle_are_an_error():
    with pytest.raises(ValueError, match="invalid literal"):
        list(ordered_map(tasks.echo, [tasks.Unloadable()], workers=2))


def test_tasks_that_do_not_pickle_may_fail_here():
    def fails():
        return None

    with pytest.raises(TypeError):
        list(ordered_map(tasks.square, [fails], workers=2))


def test_a_function_that_workers_cannot_find_is_explained(monkeypatch):
    def lost(item):
        return item

    lost.__qualname__ = "lost"
    lost.__module__ = "parallel_tasks"
    monkeypatch.setattr(tasks, "lost", lost, raising=False)
    with WorkerPool(1, "spawn") as pool, pytest.raises(WorkerError, match="a worker cannot load the function"):
        list(pool.run(lost, [[1]]))


def test_a_killed_worker_is_replaced_and_its_tasks_are_redone(tmp_path):
    with ordered_map(tasks.die_once, range(30), payload=str(tmp_path), workers=2, chunksize=3) as results:
        assert list(results) == [item * item for item in range(30)]
    assert (tmp_path / "died").exists()


def test_an_idle_worker_killed_between_runs_is_replaced():
    with WorkerPool(2) as pool:
        pool.wait_ready()
        victim = pool.process_ids()[0]
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: not lives(victim))
        assert list(pool.run(tasks.square, [[n] for n in range(20)])) == [[n * n] for n in range(20)]
        assert victim not in pool.process_ids()


def test_a_task_that_always_kills_its_worker_ends_the_run_with_an_error():
    got = []
    with pytest.raises(WorkerError) as caught:
        for result in ordered_map(tasks.die_always, range(30), workers=2):
            got.append(result)
    assert str(caught.value) == (
        "a worker process died 3 times while running batch 7\n"
        "  mend: look for memory running out or a crash in the function; "
        "use fewer workers, or one worker to see the fault itself"
    )
    assert got == list(range(len(got)))
    assert len(got) <= 7


def test_a_hanging_task_is_killed_and_redone_where_a_limit_is_given(tmp_path):
    with ordered_map(tasks.hang_once, range(10), payload=str(tmp_path), workers=2, task_seconds=0.5) as results:
        assert list(results) == list(range(10))


def test_leaving_early_ends_the_workers():
    results = ordered_map(tasks.process_id, range(1000), workers=2)
    worker = next(results)
    assert lives(worker)
    results.close()
    assert not lives(worker)
    results.close()


def test_forgetting_the_iterator_ends_the_workers():
    results = ordered_map(tasks.process_id, range(1000), workers=2)
    worker = next(results)
    del results
    assert not lives(worker)


def test_progress_counts_results():
    seen = []
    list(ordered_map(tasks.square, range(5), workers=2, on_progress=seen.append))
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_map_inside_a_worker_is_serial(backend):
    expected = [("serial", [0, 1, 4]), ("serial", [0, 1, 4, 9])]
    if backend == "serial":
        expected = [("processes", results) for _, results in expected]
    assert list(ordered_map(tasks.nested_map, [3, 4], workers=2, backend=backend)) == expected


def test_a_small_memory_budget_means_fewer_workers():
    each = 64 << 20
    with ordered_map(tasks.square, range(9), workers=4, budget_bytes=3 * each, worker_bytes=each >> 2) as results:
        assert results.plan.n_workers == 3
        assert results.plan.reason == "4 workers were asked for, 3 fit into 192.0 MiB at 56.0 MiB each"
        assert list(results) == [n * n for n in range(9)]
    with ordered_map(tasks.square, range(9), workers=4, budget_bytes=each) as results:
        assert results.plan.backend == "serial"
        assert list(results) == [n * n for n in range(9)]


def test_what_auto_decides_is_said_and_its_samples_are_used():
    with ordered_map(tasks.square, range(20), workers="auto") as results:
        assert str(results.plan).startswith("serial: ")
        assert "worker processes would take" in results.plan.reason
        assert list(results) == [n * n for n in range(20)]


def test_auto_without_tasks_gives_nothing():
    assert list(ordered_map(tasks.square, iter([]), workers="auto")) == []


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (ParallelPlan("serial", 1, 1, "why"), "serial: why"),
        (ParallelPlan("processes", 2, 1, "why"), "processes, 2 workers, 1 task a message: why"),
        (ParallelPlan("dask", 3, 5, "why"), "dask, 3 workers, 5 tasks a message: why"),
    ],
)
def test_a_plan_is_one_line(plan, text):
    assert str(plan) == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backend": "threads"}, "unknown backend: 'threads'\n  mend: choose one of serial, processes, dask"),
        ({"workers": -1}, "not a number of workers: -1\n  mend: give a whole number from 0, or auto"),
        ({"workers": "two"}, "not a number of workers: 'two'\n  mend: give a whole number from 0, or auto"),
        ({"chunksize": 0}, "not a chunk size: 0\n  mend: give a whole number from 1"),
        (
            {"backend": "processes", "dask_scheduler": "tcp://localhost:1"},
            "a Dask scheduler was given for the backend processes\n  mend: leave one of the two out",
        ),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments, message):
    with pytest.raises(UsageError) as caught:
        ordered_map(tasks.square, [1], **arguments)
    assert str(caught.value) == message


SCRIPT = """
import sys, time
sys.path.insert(0, {here!r})
import parallel_tasks as tasks
from equipment_optimizer.parallel.ordered_map import ordered_map

if __name__ == "__main__":
    with ordered_map(tasks.{function}, range(100000), workers=2, chunksize=1) as results:
        for result in results:
            print(result, flush=True)
"""


def start_script(function: str, *, own_group: bool = True) -> subprocess.Popen[str]:
    script = SCRIPT.format(here=str(HERE), function=function)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=own_group,
        cwd=ROOT,
    )


@pytest.mark.parametrize("end", ["ctrl-c", "terminate", "kill"])
def test_no_orphan_stays_when_the_program_is_ended(end):
    with start_script("process_id") as program:
        workers = {int(program.stdout.readline()) for _ in range(20)}
        assert program.pid not in workers
        if end == "ctrl-c":
            # As a terminal does: to the whole group, workers included.
            os.killpg(program.pid, signal.SIGINT)
        else:
            program.send_signal(signal.SIGTERM if end == "terminate" else signal.SIGKILL)
        _, errors = program.communicate(timeout=30)
    assert program.returncode != 0
    assert wait_until(lambda: not any(lives(worker) for worker in workers))
    if end == "ctrl-c":
        assert errors.count("KeyboardInterrupt") == 1


def test_what_a_function_prints_in_a_worker_appears():
    with start_script("print_item") as program:
        lines = [program.stdout.readline() for _ in range(50)]
        program.kill()
        program.communicate()
    assert any(line.startswith("item ") for line in lines)


UNGUARDED = """
import multiprocessing, sys
multiprocessing.set_start_method("spawn")
sys.path.insert(0, {here!r})
import parallel_tasks as tasks
from equipment_optimizer.parallel.ordered_map import ordered_map
print(sum(ordered_map(tasks.square, range(10), workers=2)))
"""


def test_a_script_without_a_main_guard_fails_clearly(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED.format(here=str(HERE)))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode != 0
    assert "worker processes died while they were starting" in done.stderr
    assert "if __name__ == '__main__'" in done.stderr
    assert done.stdout == ""


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
        assert wait_until(file.exists, 60)
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


def test_a_dask_scheduler_that_does_not_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(dask_backend, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(UsageError, match=r"the Dask scheduler does not answer: tcp://127\.0\.0\.1:9"):
        ordered_map(tasks.square, [1], dask_scheduler="tcp://127.0.0.1:9")


class FakeFuture:
    def __init__(self, client, call):
        self.client = client
        self.call = call

    def result(self, timeout):
        if self.client.errors:
            raise self.client.errors.pop(0)
        func, items, *shared = self.call
        return dask_backend._run_batch(func, items, *shared)


class FakeClient:
    """A Dask client that fails as told and computes here otherwise."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.n_scatters = 0

    def scatter(self, data, **_):
        self.n_scatters += 1
        return data

    def submit(self, _, *call, pure):
        assert pure is False
        return FakeFuture(self, call)

    def cancel(self, futures, force):
        pass


def fake_run(*errors) -> dask_backend.DaskRun:
    run = object.__new__(dask_backend.DaskRun)
    run._client = FakeClient(*errors)
    run.n_workers = 2
    return run


def test_shared_data_lost_with_its_dask_workers_are_sent_again():
    from concurrent.futures import CancelledError

    run = fake_run(CancelledError(), CancelledError())
    assert list(run.in_order(tasks.add, (10,), [[1, 2], [3]])) == [[11, 12], [13]]
    assert run._client.n_scatters == 3
    run = fake_run(*[CancelledError()] * 3)
    with pytest.raises(WorkerError, match="the Dask workers that held the shared data were lost again and again"):
        list(run.in_order(tasks.add, (10,), [[1, 2], [3]]))


def test_dask_workers_that_die_again_and_again_are_an_error():
    from distributed import KilledWorker

    run = fake_run(KilledWorker("task", types.SimpleNamespace(address="tcp://here:2"), 3))
    with pytest.raises(WorkerError, match="Dask workers died while running a batch"):
        list(run.in_order(tasks.add, (10,), [[1, 2]]))


def test_a_dask_scheduler_without_workers_is_an_error():
    class NoWorkers:
        closed = False

        def __init__(self, *_, **__):
            pass

        def wait_for_workers(self, *_, **__):
            raise TimeoutError

        def close(self):
            NoWorkers.closed = True

    class FakeDistributed:
        Client = NoWorkers

    with pytest.raises(UsageError, match="the Dask scheduler has no workers: tcp://here:1"):
        dask_backend._connect(FakeDistributed, "tcp://here:1")
    assert NoWorkers.closed


def test_without_dask_the_backend_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError) as caught:
        ordered_map(tasks.square, [1], backend="dask")
    assert str(caught.value) == (
        "the backend dask needs the package distributed\n"
        "  mend: install it with: pip install 'equipment-optimizer[dask]'"
    )


def test_a_worker_whose_parent_is_gone_leaves(monkeypatch):
    import multiprocessing.connection

    class Left(BaseException):
        pass

    def leave(code):
        raise Left(code)

    class Parent:
        sentinel = None

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    monkeypatch.setattr(multiprocessing.connection, "wait", lambda *_: [])
    parents = iter([5, 5, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    with pytest.raises(Left):
        worker_process._leave_with_parent(5)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    assert worker_process._leave_with_parent(5) is None


def test_errors_and_unpicklable_results_travel_as_frames():
    frame = encode(worker_process.BATCH, 4, (5,))
    answer = worker_process._answer(tasks.fail_at_five, frame)
    values, error = decode(answer)
    assert (answer.kind, answer.number, values) == (worker_process.FAILED, 4, [])
    assert isinstance(error, LookupError)
    answer = worker_process._answer(tasks.return_lock, frame)
    assert decode(answer)[1].message == "a result cannot be pickled: TypeError: cannot pickle '_thread.lock' object"
    answer = worker_process._answer(tasks.echo, encode(worker_process.BATCH, 4, (tasks.Unloadable(),)))
    assert isinstance(decode(answer)[1], ValueError)
    func = worker_process._load_function(encode(worker_process.FUNCTION, 1, tasks.Unloadable()))
    with pytest.raises(WorkerError, match="a worker cannot load the function: ValueError"):
        func(1)


def test_frames_cross_pipes_that_keep_the_boundaries_of_messages(monkeypatch):
    import multiprocessing

    from equipment_optimizer.workers import channel

    monkeypatch.setattr(channel, "_POSIX", False)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        send_frame(sender, encode(1, 2, np.arange(5000)))
        frame = receive_frame(receiver)
    assert (frame.kind, frame.number, len(frame.buffers)) == (1, 2, 1)
    assert np.array_equal(decode(frame), np.arange(5000))


def test_the_worker_loop_answers_until_its_pipe_ends():
    import multiprocessing

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    their_tasks, to_worker = multiprocessing.Pipe(duplex=False)
    from_worker, their_results = multiprocessing.Pipe(duplex=False)
    with to_worker, from_worker, their_tasks, their_results:
        send_frame(to_worker, encode(worker_process.BATCH, 0, (1,)))
        send_frame(to_worker, encode(worker_process.FUNCTION, 1, tasks.square))
        send_frame(to_worker, encode(worker_process.BATCH, 1, (2, 3)))
        to_worker.close()
        try:
            worker_process.worker_main(their_tasks, their_results, (), os.getpid())
        finally:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])
        frames = [receive_frame(from_worker) for _ in range(3)]
    assert [frame.kind for frame in frames] == [worker_process.READY, worker_process.FAILED, worker_process.RESULTS]
    assert isinstance(decode(frames[1])[1], WorkerError)
    assert decode(frames[2]) == ([4, 9], None)
