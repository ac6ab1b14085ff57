"""Workers that die, hang or are stopped: the right results, or a clear error; never a hang."""

from __future__ import annotations

import os
import signal
import sys
import threading

import fault_tasks as tasks
import parallel_tasks
import pytest
from parallel_tasks import die_always

from equipment_optimizer.errors import MemoryBudgetError, WorkerError
from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.system.stopping import StopFlag
from equipment_optimizer.workers import _batch_retries as worker_run
from equipment_optimizer.workers import _worker as worker_handle
from equipment_optimizer.workers.pool import WorkerPool

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="stops processes and limits their memory")
pytestmark = pytest.mark.usefixtures("no_process_is_left_behind")


@pytest.fixture
def soon_late(monkeypatch):
    """A batch is late after a fraction of a second."""
    monkeypatch.setattr(worker_run, "_LATE_SECONDS", 0.2)
    monkeypatch.setattr(worker_run, "_LATE_FACTOR", 2.0)


@on_linux
@pytest.mark.parametrize("fault", [tasks.stop_once, tasks.loop_once, tasks.stop_in_the_middle_of_an_answer])
def test_what_a_stopped_or_hanging_worker_has_is_done_by_another(tmp_path, soon_late, fault):
    notices = []
    payload = str(tmp_path)
    with ordered_map(fault, range(30), payload=payload, workers=2, chunksize=1, on_notice=notices.append) as results:
        assert list(results) == tasks.SQUARES
    assert len(notices) >= 1
    assert "it is run a second time by a worker that is free" in notices[0]


def test_a_worker_that_was_only_slow_may_still_be_the_first(tmp_path, soon_late):
    with ordered_map(tasks.slow_once, range(30), payload=str(tmp_path), workers=2, chunksize=1) as results:
        assert list(results) == tasks.SQUARES


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
def test_workers_that_all_hang_are_done_without(monkeypatch):
    # However long this process takes, it is never sure that they will not come back.
    monkeypatch.setattr(worker_run, "_SURE_FACTOR", 1e9)
    with WorkerPool(2) as pool:
        pool.wait_ready()
        for process in pool.process_ids():
            os.kill(process, signal.SIGSTOP)
        lists = pool.run(parallel_tasks.square, ([n] for n in range(30)), window=sys.maxsize, patience=0.1)
        assert [value for values in lists for value in values] == tasks.SQUARES


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


def test_a_worker_that_cannot_even_say_that_memory_ran_out_is_understood():
    with pytest.raises(MemoryBudgetError) as caught:
        list(ordered_map(tasks.no_memory_to_say_so, range(3), workers=2, chunksize=1))
    assert str(caught.value) == (
        "a worker process ran out of memory 3 times while running batch 0\n"
        "  mend: use fewer workers, ask for fewer results, or allow more memory"
    )


def test_the_last_attempt_at_a_batch_is_made_alone(monkeypatch):
    with WorkerPool(3) as pool:
        pool.wait_ready()
        busy = []
        send = worker_handle.Worker.send

        def watched(worker, frame, function):
            if frame.number == 7:
                busy.append(sum(len(other.unanswered) for other in pool.crew.workers))
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


def test_a_stop_is_heeded_between_tasks_that_run_here():
    flag = StopFlag()
    with ordered_map(tasks.nap, range(30), workers=1, should_stop=flag.is_set) as results:
        assert [next(results) for _ in range(3)] == tasks.SQUARES[:3]
        flag.set("enough")
        assert list(results) == []


def test_a_killed_worker_is_replaced_and_its_tasks_are_redone(tmp_path):
    with ordered_map(parallel_tasks.die_once, range(30), payload=str(tmp_path), workers=2, chunksize=3) as results:
        assert list(results) == [item * item for item in range(30)]
    assert (tmp_path / "died").exists()
