"""One ordered map: the same results whoever computes them, and no process left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import parallel_tasks as tasks
import pytest
from process_checks import children, lives, wait_until

from equipment_optimizer.errors import UsageError, WorkerError
from equipment_optimizer.parallel.ordered_map import ParallelPlan, ordered_map

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BACKENDS = ("serial", "processes", "dask")


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


def test_a_function_that_exits_does_so_in_the_caller():
    with pytest.raises(SystemExit) as caught:
        list(ordered_map(tasks.leave, [1], workers=2))
    assert str(caught.value) == "7"


def test_results_that_do_not_travel_are_computed_here_and_that_is_told():
    notices = []
    own = ordered_map(tasks.return_lock, [1, 2], workers=2, on_notice=notices.append)
    assert [type(result) for result in own] == [type(threading.Lock())] * 2
    (notice,) = notices
    assert notice.startswith("some items are computed in this process: a result cannot be pickled (TypeError: cannot")
    assert [type(result) for result in ordered_map(tasks.return_unloadable, [1], workers=2)] == [tasks.Unloadable]


def test_on_dask_results_that_do_not_pickle_are_an_error_and_not_a_hang():
    with pytest.raises(WorkerError, match="a result cannot be pickled: TypeError: cannot pickle"):
        list(ordered_map(tasks.return_lock, [1, 2], workers=2, backend="dask"))


def test_tasks_that_do_not_unpickle_are_computed_here():
    odd = tasks.Unloadable()
    assert list(ordered_map(tasks.echo, [odd, 2], workers=2)) == [odd, 2]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_exception_keeps_its_class_its_text_and_its_attributes(backend):
    with pytest.raises(tasks.OddError, match="this and that") as caught:
        list(ordered_map(tasks.raise_odd, [1], workers=2, backend=backend))
    assert caught.value.first == "this"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_that_raises_stopiteration_does_not_shorten_the_results(backend):
    got = []
    with pytest.raises(RuntimeError, match="the function raised StopIteration"):
        for result in ordered_map(tasks.first_even, [[2], [3, 4], [5], [6]], workers=2, backend=backend):
            got.append(result)
    assert got == [2, 4]


def test_tasks_that_do_not_pickle_are_computed_here():
    own = [lambda: 1, lambda: 2, lambda: 3]
    assert list(ordered_map(tasks.echo, own, workers=2)) == own


def test_tasks_that_do_not_pickle_may_fail_here():
    def fails():
        return None

    with pytest.raises(TypeError):
        list(ordered_map(tasks.square, [fails], workers=2))


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


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_map_inside_a_worker_is_serial(backend):
    expected = [("serial", [0, 1, 4]), ("serial", [0, 1, 4, 9])]
    if backend == "serial":
        expected = [("processes", results) for _, results in expected]
    assert list(ordered_map(tasks.nested_map, [3, 4], workers=2, backend=backend)) == expected


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
        _, errors = program.communicate(timeout=300)
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
multiprocessing.set_start_method({method!r})
sys.path.insert(0, {here!r})
import parallel_tasks as tasks
from equipment_optimizer.parallel.ordered_map import ordered_map
print(sum(ordered_map(tasks.square, range(10), workers=2)))
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_a_script_without_a_main_guard_fails_clearly(tmp_path, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("no such start method here")
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED.format(here=str(HERE), method=method))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode != 0
    assert "worker processes died while they were starting" in done.stderr
    assert "if __name__ == '__main__'" in done.stderr
    assert done.stdout == ""
