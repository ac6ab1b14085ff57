"""What a worker does with a batch, with a function, with its parent's end."""

from __future__ import annotations

import os
import signal
import sys

import fault_tasks
import numpy as np
import parallel_tasks as tasks
import pytest

from equipment_optimizer.errors import WorkerError
from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.workers import process as worker_process
from equipment_optimizer.workers.channel import decode, encode, receive_frame, send_frame
from equipment_optimizer.workers.function_context import surroundings_here
from equipment_optimizer.workers.pool import WorkerPool

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="stops processes and limits their memory")
pytestmark = pytest.mark.usefixtures("no_process_is_left_behind")


@on_linux
def test_memory_that_runs_out_in_a_worker_runs_out_in_the_caller():
    got = []
    with pytest.raises(MemoryError):
        for result in ordered_map(fault_tasks.run_out_of_memory, range(30), workers=2, chunksize=1):
            got.append(result)
    assert got == fault_tasks.SQUARES[:3]


@on_linux
def test_a_result_for_whose_pickle_a_worker_has_not_the_memory_is_computed_here():
    got, notices = [], []
    for result in ordered_map(fault_tasks.return_too_much, range(30), workers=2, chunksize=1, on_notice=notices.append):
        got.append(result)
    assert got == fault_tasks.SQUARES
    assert "some items are computed in this process: a result cannot be pickled (MemoryError)" in notices


@on_linux
def test_a_fork_that_the_function_made_and_did_not_end_gives_no_answer(tmp_path):
    with ordered_map(
        fault_tasks.fork_and_come_back, range(30), payload=str(tmp_path), workers=2, chunksize=1
    ) as results:
        assert list(results) == fault_tasks.SQUARES
    assert (tmp_path / "forked").exists()


def signal_itself(item):
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.raise_signal(signal.SIGUSR1)
    return item


@on_linux
def test_a_signal_in_a_forked_worker_wakes_nobody_up_here():
    end, wakeup = os.pipe()
    os.set_blocking(end, False)
    os.set_blocking(wakeup, False)
    before = signal.set_wakeup_fd(wakeup)
    try:
        with WorkerPool(1, "fork") as pool:
            assert list(pool.run(signal_itself, [[1]])) == [[1]]
        with pytest.raises(BlockingIOError):
            os.read(end, 1)
    finally:
        signal.set_wakeup_fd(before)
        os.close(end)
        os.close(wakeup)


def test_a_worker_whose_parent_is_gone_leaves(monkeypatch):
    import multiprocessing.connection

    class Left(BaseException):
        pass

    def leave(code):
        raise Left(code)

    class Parent:
        sentinel = None

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(multiprocessing.process, "parent_process", Parent)
    monkeypatch.setattr(multiprocessing.connection, "wait", lambda *_: [])
    parents = iter([5, 5, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    with pytest.raises(Left):
        worker_process._leave_with_parent(5)
    monkeypatch.setattr(multiprocessing.process, "parent_process", lambda: None)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert worker_process._leave_with_parent(5) is None


def test_errors_and_unpicklable_results_travel_as_frames():
    frame = encode(worker_process.BATCH, 4, (5,))
    answer = worker_process._answer(tasks.fail_at_five, frame)
    values, error = decode(answer)
    assert (answer.kind, answer.number, values) == (worker_process.FAILED, 4, [])
    assert isinstance(error.restored(), LookupError)
    answer = worker_process._answer(tasks.return_lock, frame)
    assert (answer.kind, decode(answer)) == (
        worker_process.RETURNED,
        "a result cannot be pickled (TypeError: cannot pickle '_thread.lock' object)",
    )
    answer = worker_process._answer(tasks.echo, encode(worker_process.BATCH, 4, (tasks.Unloadable(),)))
    assert answer.kind == worker_process.RETURNED
    assert decode(answer).startswith("an item cannot be unpickled (ValueError: invalid literal")


class EndsWhereItIsLoaded:
    """Pickles, but who loads it ends."""

    def __reduce__(self):
        return sys.exit, (3,)


@pytest.mark.parametrize(("value", "why"), [(tasks.Unloadable(), "ValueError"), (EndsWhereItIsLoaded(), "SystemExit")])
def test_what_cannot_be_loaded_goes_back(value, why):
    func = worker_process._load_function(encode(worker_process.FUNCTION, 1, value), 0)
    answer = worker_process._answer(func, encode(worker_process.BATCH, 4, (5,)))
    assert (answer.kind, answer.number) == (worker_process.RETURNED, 4)
    assert decode(answer).startswith(f"a worker cannot load the function ({why}: ")
    with pytest.raises(WorkerError, match="a worker cannot load the function"):
        func(1)
    answer = worker_process._answer(tasks.echo, encode(worker_process.BATCH, 4, (value,)))
    assert (answer.kind, answer.number) == (worker_process.RETURNED, 4)
    assert decode(answer).startswith(f"an item cannot be unpickled ({why}: ")


def test_a_function_whose_surroundings_cannot_be_entered_goes_back():
    surroundings = surroundings_here(tasks.echo)._replace(numpy_errors={**np.geterr(), "divide": "nonsense"})
    frame = encode(worker_process.FUNCTION, 1, (tasks.echo, surroundings))
    answer = worker_process._answer(worker_process._load_function(frame, 0), encode(worker_process.BATCH, 4, (5,)))
    assert answer.kind == worker_process.RETURNED


def test_the_worker_loop_answers_until_its_pipe_ends():
    import multiprocessing

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    their_tasks, to_worker = multiprocessing.Pipe(duplex=False)
    from_worker, their_results = multiprocessing.Pipe(duplex=False)
    with to_worker, from_worker, their_tasks, their_results:
        send_frame(to_worker, encode(worker_process.BATCH, 0, (1,)))
        send_frame(to_worker, encode(worker_process.FUNCTION, 1, (tasks.square, surroundings_here(tasks.square))))
        send_frame(to_worker, encode(worker_process.BATCH, 1, (2, 3)))
        to_worker.close()
        try:
            worker_process.worker_main(their_tasks, their_results, (), worker_process.Origin(os.getpid(), None), 0)
        finally:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])
        frames = [receive_frame(from_worker) for _ in range(3)]
    assert [frame.kind for frame in frames] == [worker_process.READY, worker_process.FAILED, worker_process.RESULTS]
    assert isinstance(decode(frames[1])[1].restored(), WorkerError)
    assert decode(frames[2]) == ([4, 9], None)
