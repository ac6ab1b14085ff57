"""Workers that die, raise, hang, are stopped or answer nonsense: the right results, or a clear error; never a hang."""

from __future__ import annotations

import os
import signal
import sys
import threading

import fault_tasks as tasks
import pytest
from parallel_tasks import die_always
from process_checks import children, lives, wait_until

from equipment_optimizer.errors import MemoryBudgetError, WorkerError
from equipment_optimizer.parallel import _dask as dask_backend
from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.system.stopping import StopFlag
from equipment_optimizer.workers import _run as worker_run
from equipment_optimizer.workers import _worker as worker_handle
from equipment_optimizer.workers import pool as worker_pool
from equipment_optimizer.workers.channel import (
    FrameReader,
    FrameWriter,
    GarbledError,
    encode,
    receive_frame,
    send_frame,
)
from equipment_optimizer.workers.pool import WorkerPool

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="stops processes and limits their memory")
SQUARES = [item * item for item in range(30)]


@pytest.fixture(autouse=True)
def no_process_is_left_behind():
    before = children()
    yield
    assert children() <= before


@pytest.fixture
def soon_late(monkeypatch):
    """A batch is late after a fraction of a second."""
    monkeypatch.setattr(worker_run, "_LATE_SECONDS", 0.2)
    monkeypatch.setattr(worker_run, "_LATE_FACTOR", 2.0)


@pytest.mark.parametrize("what", list(tasks.GARBAGE))
def test_a_worker_that_answers_nonsense_is_replaced_and_asked_again(tmp_path, what):
    payload = (str(tmp_path), what)
    with ordered_map(tasks.answer_garbage_once, range(30), payload=payload, workers=2, chunksize=1) as results:
        assert list(results) == SQUARES
    assert (tmp_path / "garbage").exists()


def test_nothing_but_nonsense_ends_the_run_with_an_error():
    got = []
    with pytest.raises(WorkerError, match="a worker process died 3 times while running batch 0"):
        for result in ordered_map(tasks.answer_garbage_always, range(30), workers=2, chunksize=1):
            got.append(result)
    assert got == []


@on_linux
@pytest.mark.parametrize("fault", [tasks.stop_once, tasks.loop_once, tasks.stop_in_the_middle_of_an_answer])
def test_what_a_stopped_or_hanging_worker_has_is_done_by_another(tmp_path, soon_late, fault):
    notices = []
    payload = str(tmp_path)
    with ordered_map(fault, range(30), payload=payload, workers=2, chunksize=1, on_notice=notices.append) as results:
        assert list(results) == SQUARES
    assert len(notices) >= 1
    assert "it is run a second time by a worker that is free" in notices[0]


def test_a_worker_that_was_only_slow_may_still_be_the_first(tmp_path, soon_late):
    with ordered_map(tasks.slow_once, range(30), payload=str(tmp_path), workers=2, chunksize=1) as results:
        assert list(results) == SQUARES


@on_linux
@pytest.mark.parametrize("function", [tasks.loop_forever, tasks.stop_all])
@pytest.mark.parametrize("reason", ["a signal", "a deadline"])
def test_a_run_whose_workers_all_hang_ends_when_it_is_asked_to(function, reason):
    flag = StopFlag(0.5 if reason == "a deadline" else None)
    if reason == "a signal":
        threading.Timer(0.4, lambda: flag.set("Ctrl-C")).start()
    with ordered_map(function, range(30), workers=2, chunksize=1, should_stop=flag.is_set) as results:
        assert list(results) == []
    assert flag.is_set()


@on_linux
def test_a_stopped_worker_that_does_not_read_holds_up_nobody(tmp_path, soon_late):
    # Far more than a pipe holds, to a worker that is stopped before it reads any of it.
    large = bytes(3 << 20)
    with WorkerPool(2) as pool:
        pool.wait_ready()
        os.kill(pool.process_ids()[0], signal.SIGSTOP)
        lengths = [value for batch in pool.run(len, ([large[n:]] for n in range(6))) for value in batch]
        assert lengths == [len(large) - n for n in range(6)]


@on_linux
def test_a_worker_that_is_stopped_while_it_starts_is_not_waited_for_forever(monkeypatch):
    monkeypatch.setattr(worker_pool, "_START_SECONDS", 0.3)
    monkeypatch.setattr(worker_handle, "_LEAVE_SECONDS", 0.1)
    monkeypatch.setattr(worker_handle, "worker_main", lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
    with WorkerPool(1, "fork") as pool, pytest.raises(WorkerError, match="a worker process did not start in 0 s"):
        pool.wait_ready()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_workers_killed_from_outside_at_any_moment_cost_no_result(tmp_path, number):
    expected = list(range(20))
    with ordered_map(tasks.pid_and_flag, range(20), payload=str(tmp_path), workers=2, chunksize=1) as results:
        got = [next(results)]
        killed = set()
        while len(got) < 20:
            found = {int(path.name[4:]) for path in tmp_path.glob("pid-*")} - killed
            if len(killed) < 4 and found:
                killed.add(victim := max(found))
                os.kill(victim, number)
            got.append(next(results))
        assert got == expected
    assert killed


@on_linux
@pytest.mark.parametrize("function", [tasks.run_out_of_memory, tasks.return_too_much])
def test_memory_that_runs_out_in_a_worker_runs_out_in_the_caller(function):
    got = []
    with pytest.raises(MemoryError):
        for result in ordered_map(function, range(30), workers=2, chunksize=1):
            got.append(result)
    assert got == SQUARES[:3]


def test_a_worker_that_cannot_even_say_that_memory_ran_out_is_understood():
    with pytest.raises(MemoryBudgetError) as caught:
        list(ordered_map(tasks.no_memory_to_say_so, range(3), workers=2, chunksize=1))
    assert str(caught.value) == (
        "a worker process ran out of memory 3 times while running batch 0\n"
        "  mend: use fewer workers, ask for fewer results, or allow more memory"
    )


def refuse_to_start(monkeypatch, number):
    def refuse(process):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(worker_handle, "_start", refuse)


@pytest.mark.parametrize(("number", "kind"), [(11, WorkerError), (12, MemoryBudgetError)])
def test_processes_that_cannot_be_started_are_a_clear_error(monkeypatch, number, kind):
    refuse_to_start(monkeypatch, number)
    with pytest.raises(kind) as caught:
        list(ordered_map(tasks.nap, range(3), workers=2))
    assert str(caught.value).startswith(f"no worker process can be started: {os.strerror(number)}\n  mend: use one ")


def test_with_no_process_to_replace_it_the_others_do_the_work_of_a_dead_worker(monkeypatch):
    with WorkerPool(2) as pool:
        pool.wait_ready()
        refuse_to_start(monkeypatch, 11)
        victim = pool.process_ids()[0]
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: not lives(victim))
        assert [value for batch in pool.run(tasks.nap, ([n] for n in range(30))) for value in batch] == SQUARES
        assert pool.n_workers == 1


def test_the_last_attempt_at_a_batch_is_made_alone(monkeypatch):
    with WorkerPool(3) as pool:
        pool.wait_ready()
        busy = []
        send = worker_handle.Worker.send

        def watched(worker, frame, function):
            if frame.number == 7:
                busy.append(sum(len(other.unanswered) for other in pool.workers))
            send(worker, frame, function)

        monkeypatch.setattr(worker_handle.Worker, "send", watched)
        with pytest.raises(WorkerError, match="died 3 times while running batch 7"):
            list(pool.run(die_always, ([n] for n in range(30))))
    assert len(busy) >= 3
    assert busy[-1] == 0


def test_results_that_wait_are_bounded_in_bytes(monkeypatch):
    monkeypatch.setattr(worker_run, "_WAITING_BYTES", 4 << 20)
    read = []

    def numbers():
        for number in range(60):
            read.append(number)
            yield number

    with ordered_map(tasks.large_while_first_is_slow, numbers(), workers=2, chunksize=1) as results:
        assert next(results)[:1] == b"\0"
        # Four megabytes of results, and what was under way when they were reached.
        assert len(read) <= 10
        assert [result[0] for result in results] == [number % 251 for number in range(1, 60)]


def test_a_closed_pool_says_so():
    pool = WorkerPool(1)
    pool.close()
    with pytest.raises(WorkerError, match="the pool of workers has been closed"):
        list(pool.run(tasks.nap, [[1]]))


def test_a_stop_is_heeded_between_tasks_that_run_here():
    flag = StopFlag()
    with ordered_map(tasks.nap, range(30), workers=1, should_stop=flag.is_set) as results:
        assert [next(results) for _ in range(3)] == SQUARES[:3]
        flag.set("enough")
        assert list(results) == []


def test_a_dask_run_whose_worker_hangs_ends_when_it_is_asked_to():
    pytest.importorskip("distributed")
    flag = StopFlag()
    with ordered_map(tasks.loop_forever, range(4), workers=1, backend="dask", should_stop=flag.is_set) as results:
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


def test_frames_are_read_and_written_a_few_bytes_at_a_time():
    import multiprocessing

    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        os.set_blocking(receiver.fileno(), False)
        os.set_blocking(sender.fileno(), False)
        reader, writer = FrameReader(receiver), FrameWriter(sender)
        content = [bytes([number]) * 100_000 for number in range(20)]
        for number, data in enumerate(content):
            writer.put(encode(1, number, bytearray(data)))
        got = []
        assert reader.read() is None
        while len(got) < len(content):
            writer.flush()
            if (frame := reader.read()) is not None:
                got.append(frame.number)
        assert writer.is_empty
        assert got == list(range(20))


def test_every_changed_byte_of_a_frame_is_noticed():
    import multiprocessing

    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb", buffering=0) as file:
        send_frame(file, encode(4, 9, ([1, 2, 3], None)))
    with os.fdopen(ours, "rb") as file:
        data = file.read()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x10
        receiver, sender = multiprocessing.Pipe(duplex=False)
        with receiver:
            with sender:
                os.write(sender.fileno(), changed)
            with pytest.raises(GarbledError):
                receive_frame(receiver)


def test_a_pool_keeps_its_workers_where_nothing_is_wrong():
    with WorkerPool(2) as pool:
        before = pool.process_ids()
        for _ in range(3):
            assert [value for batch in pool.run(tasks.nap, ([n] for n in range(30))) for value in batch] == SQUARES
        assert pool.process_ids() == before
