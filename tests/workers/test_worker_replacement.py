"""Workers that cannot start, or are gone when they are needed."""

from __future__ import annotations

import os
import signal
import sys

import fault_tasks as tasks
import parallel_tasks
import pytest
from process_checks import lives, wait_until

from equipment_optimizer.errors import MemoryBudgetError, WorkerError
from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.workers import _worker as worker_handle
from equipment_optimizer.workers import _worker_replacement as crew
from equipment_optimizer.workers.pool import WorkerPool
from equipment_optimizer.workers.process import EXIT_NO_MEMORY, EXIT_NO_THREAD

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="stops processes and limits their memory")
pytestmark = pytest.mark.usefixtures("no_process_is_left_behind")


@on_linux
def test_a_worker_that_is_stopped_while_it_starts_is_not_waited_for_forever(monkeypatch):
    monkeypatch.setattr(crew, "_START_SECONDS", 0.3)
    monkeypatch.setattr(worker_handle, "_LEAVE_SECONDS", 0.1)
    monkeypatch.setattr(worker_handle, "worker_main", lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
    with WorkerPool(1, "fork") as pool, pytest.raises(WorkerError, match="a worker process did not start in 0 s"):
        pool.wait_ready()


def refuse_to_start(monkeypatch, number):
    def refuse(process, method):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(worker_handle, "_start", refuse)


@pytest.mark.parametrize(("number", "kind"), [(11, WorkerError), (12, MemoryBudgetError)])
def test_processes_that_cannot_be_started_are_a_clear_error(monkeypatch, number, kind):
    refuse_to_start(monkeypatch, number)
    with pytest.raises(kind) as caught:
        list(ordered_map(tasks.nap, range(3), workers=2))
    assert str(caught.value).startswith(f"no worker process can be started: {os.strerror(number)}\n  mend: use one ")


@pytest.mark.parametrize(("number", "kind"), [(11, crew.StartError), (12, crew.StartMemoryError)])
def test_a_pool_that_waits_for_work_says_then_that_none_can_be_started(monkeypatch, number, kind):
    refuse_to_start(monkeypatch, number)
    read = []
    with WorkerPool(2, waits=True) as pool, pytest.raises(kind, match="no worker process can be started"):
        list(pool.run(tasks.nap, (read.append(n) or [n] for n in range(9))))
    assert read == []


def test_workers_start_each_when_the_ones_before_have_work():
    pool = WorkerPool(2, waits=True)
    assert (pool.n_workers, pool.process_ids(), pool.start_seconds) == (2, [], None)
    values = pool.run(tasks.nap, ([n] for n in range(30)))
    assert next(values) == tasks.SQUARES[:1]
    assert len(pool.process_ids()) == 2
    assert [value for batch in values for value in batch] == tasks.SQUARES[1:]
    assert pool.start_seconds > 0
    pool.close()
    with WorkerPool(2, waits=True) as pool:
        assert list(pool.run(tasks.nap, [[1]])) == [[1]]
        assert (pool.n_workers, len(pool.process_ids())) == (2, 1)
        pool.wait_ready()
        assert len(pool.process_ids()) == 2
        pool.shrink(1)
        assert (pool.n_workers, len(pool.process_ids())) == (1, 1)
    assert pool.n_workers == 0


@pytest.mark.parametrize("n_batches", [0, 1, 2, 3, 9])
def test_no_worker_starts_without_a_batch_but_the_first(n_batches):
    with WorkerPool(4, waits=True) as pool:
        assert list(pool.run(tasks.nap, ([n] for n in range(n_batches)))) == [[n * n] for n in range(n_batches)]
        assert len(pool.process_ids()) == min(max(1, n_batches), 4)
        assert list(pool.run(tasks.nap, ([n] for n in range(30)))) == [[square] for square in tasks.SQUARES]
        assert len(pool.process_ids()) == 4


def test_with_no_process_for_the_second_worker_the_first_does_the_work(monkeypatch):
    start, told = worker_handle._start, []

    def starts_once(process, method):
        monkeypatch.setattr(worker_handle, "_start", refuse)
        start(process, method)

    def refuse(process, method):
        raise OSError(11, "no more of them")

    monkeypatch.setattr(worker_handle, "_start", starts_once)
    with WorkerPool(3, waits=True) as pool:
        values = pool.run(tasks.nap, ([n] for n in range(30)), on_notice=told.append)
        assert [value for batch in values for value in batch] == tasks.SQUARES
        assert pool.n_workers == 1
    assert told == ["1 worker instead of more: no worker process can be started: no more of them"]


def test_with_no_process_to_replace_it_the_others_do_the_work_of_a_dead_worker(monkeypatch):
    with WorkerPool(2) as pool:
        pool.wait_ready()
        refuse_to_start(monkeypatch, 11)
        victim = pool.process_ids()[0]
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: not lives(victim))
        assert [value for batch in pool.run(tasks.nap, ([n] for n in range(30))) for value in batch] == tasks.SQUARES
        assert pool.n_workers == 1


def test_an_idle_worker_killed_between_runs_is_replaced():
    with WorkerPool(2) as pool:
        pool.wait_ready()
        victim = pool.process_ids()[0]
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: not lives(victim))
        assert list(pool.run(parallel_tasks.square, [[n] for n in range(20)])) == [[n * n] for n in range(20)]
        assert victim not in pool.process_ids()


def ends_at_start(monkeypatch, exit_code, *, from_number):
    """Workers end before they are ready, but for the first ones that are started."""
    numbers, serve = [], worker_handle.worker_main

    def main(tasks, results, inherited, origin, number):
        if number >= numbers[0] + from_number:
            os._exit(exit_code)
        serve(tasks, results, inherited, origin, number)

    start = worker_handle.Worker._start

    def started(worker, context, number):
        numbers.append(number)
        start(worker, context, number)

    monkeypatch.setattr(worker_handle, "worker_main", main)
    monkeypatch.setattr(worker_handle.Worker, "_start", started)


@pytest.mark.parametrize("exit_code", [EXIT_NO_THREAD, EXIT_NO_MEMORY])
def test_what_workers_that_end_at_their_start_were_given_is_done_by_the_others(monkeypatch, exit_code):
    ends_at_start(monkeypatch, exit_code, from_number=1)
    with WorkerPool(3, "fork", waits=True) as pool:
        values = pool.run(tasks.nap, ([n] for n in range(30)))
        assert [value for batch in values for value in batch] == tasks.SQUARES
        assert pool.n_workers == 1


def test_workers_that_may_have_no_thread_say_so(monkeypatch):
    ends_at_start(monkeypatch, EXIT_NO_THREAD, from_number=0)
    with WorkerPool(1, "fork") as pool, pytest.raises(crew.StartError) as caught:
        pool.wait_ready()
    assert str(caught.value) == (
        "worker processes died while they were starting: there was no room for a thread in them\n"
        "  mend: allow more processes, of which a thread counts as one (ulimit -u), or use one worker"
    )


@pytest.mark.parametrize("number", [11, 12])
def test_where_no_worker_is_left_between_two_batches_the_rest_is_computed_here(monkeypatch, number):
    told = []
    with WorkerPool(1, "fork") as pool:
        values = pool.run(parallel_tasks.process_id, ([n] for n in range(9)), window=1, on_notice=told.append)
        (victim,) = next(values)
        refuse_to_start(monkeypatch, number)
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: not pool.is_alive())
        assert list(values) == [[os.getpid()]] * 8
        assert pool.n_workers == 0
    assert told == [f"the rest is computed in this process: no worker process can be started: {os.strerror(number)}"]


def test_of_several_that_are_late_at_once_one_sentence_tells():
    one, three = (crew.words_of_late(process_ids, 2.0, 0.1) for process_ids in ([7], [7, 8, 12]))
    assert one.startswith("worker process 7 has been busy with one message for 2 s, the slowest other took 0.1 s:")
    assert three.startswith("worker process 7 and 2 more have each been busy with one message for 2 s,")
