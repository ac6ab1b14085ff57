"""Following the advice gives what a serial run gives."""

from __future__ import annotations

import contextvars
import decimal
import functools
import itertools
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import parallel_tasks as tasks
import pytest
from costs import Takes, stand_in_clock
from process_checks import children

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _quick_plan, iter_parallel, map_parallel, optimize, starmap_parallel
from equipment_optimizer.sampling import _serial_first as serial_first
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system import machine
from equipment_optimizer.system.machine import default_start_method as calibration_method
from equipment_optimizer.workers import kept_pool

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "parallel"

pytestmark = pytest.mark.usefixtures("fresh_calibration")


@pytest.fixture
def clock(monkeypatch):
    """What is run before anything is decided takes what it spends, whatever this machine does meanwhile."""
    return stand_in_clock(monkeypatch, first_look, serial_first)


def test_samples_are_reused_and_every_item_runs_once(tmp_path):
    for executor_args, data in (({"max_workers": 1}, range(30)), ({}, iter(range(30)))):
        calls = []

        def double(item, calls=calls):
            calls.append(item)
            return item * 2

        assert map_parallel(double, data, **executor_args) == [item * 2 for item in range(30)]
        assert sorted(calls) == list(range(30))


def test_a_parallel_map_gives_what_a_serial_one_gives(two_free_cores):
    progress = []
    expected = [tasks.spin_1ms(item) for item in range(300)]
    assert map_parallel(tasks.spin_1ms, range(300), on_progress=progress.append) == expected
    assert progress == list(range(1, 301))
    assert map_parallel(tasks.spin_1ms, (item for item in range(300))) == expected
    assert children() == set()


def test_a_threaded_map_gives_what_a_serial_one_gives():
    assert map_parallel(tasks.sleep_and_square, range(40)) == [item * item for item in range(40)]


def test_a_long_job_with_a_local_function_runs_serially():
    def local(item):
        return tasks.spin(30_000) + item

    result = map_parallel(local, range(30))
    assert result == [tasks.spin(30_000) + item for item in range(30)]


def test_the_exception_of_the_function_reaches_the_user():
    with pytest.raises(LookupError, match="no five"):
        map_parallel(tasks.fail_at_five, range(10))


@pytest.mark.parametrize("options", [{}, {"threads": True}])
def test_an_exception_in_a_worker_or_a_thread_reaches_the_user(two_free_cores, options):
    with pytest.raises(LookupError, match="too far"):
        map_parallel(fails_late, range(400), **options)
    assert children() == set()


def fails_late(item):
    tasks.spin(30_000)
    if item == 399:
        raise LookupError("too far")
    return item


def late_lock(item):
    tasks.spin(30_000)
    return threading.Lock() if item == 399 else item


def test_a_killed_worker_changes_nothing(tmp_path, two_free_cores):
    func = functools.partial(spins_and_dies_once, str(tmp_path))
    assert map_parallel(func, range(400)) == list(range(400))
    assert (tmp_path / "died").exists()


def spins_and_dies_once(folder, item):
    tasks.spin(30_000)
    if item == 300:
        tasks.die_once(folder, 7)
    return item


@pytest.mark.parametrize("data", [[], (), range(0), iter([]), {}])
def test_no_items_give_no_results_and_no_advice(data):
    assert map_parallel(abs, data) == []


def test_verbose_prints_one_line_and_its_notes(capsys, clock):
    optimize(tasks.square, range(10), verbose=True)
    map_parallel(tasks.square, range(10), verbose=True)
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 2
    assert all(line.startswith("serial: 10 items ") for line in lines)


@pytest.mark.parametrize(
    ("inside", "why"), [(True, "this is itself a worker process"), (False, "there is only one core")]
)
def test_why_nobody_could_help_is_told(monkeypatch, capsys, clock, inside, why):
    monkeypatch.setattr(machine, "inside_worker", lambda: inside)
    monkeypatch.setattr(machine, "available_cores", lambda: 1)
    assert map_parallel(clock.spend, [1e-3] * 700, verbose=True) == [1e-3] * 700
    assert capsys.readouterr().err == f"serial: 700 items took 700.0 ms; {why}\n"


def test_inside_a_worker_everything_is_serial():
    with multiprocessing.Pool(1) as pool:
        assert pool.map(tasks.nested_sampler, [0]) == [0]
        pool.close()
        pool.join()


SCRIPT = """
import multiprocessing, sys
sys.path.insert(0, {here!r})
from costs import Clock
from equipment_optimizer.sampling import _serial_first
from equipment_optimizer import sampling; from equipment_optimizer.sampling.prediction import calibration

if __name__ == "__main__":
    if {method!r}:
        multiprocessing.set_start_method({method!r})
    calibration.available_cores = lambda: 2
    _serial_first.time = clock = Clock()
    assert sampling.map_parallel(clock.spend, [0.01] * 500) == [0.01] * 500
    print(*calibration._measured, multiprocessing.get_start_method(allow_none=True))
"""


@pytest.mark.parametrize("method", ["", "fork", "forkserver", "spawn"])
def test_every_start_method_works_and_is_never_changed(method, tmp_path):
    if method not in ("", *multiprocessing.get_all_start_methods()):
        pytest.skip("no such start method here")
    script = tmp_path / "program.py"
    script.write_text(SCRIPT.format(here=str(Path(__file__).parent), method=method))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stderr == ""
    expected = method or multiprocessing.get_all_start_methods()[0]
    assert done.stdout.split()[0] == expected


# --- as in a serial run


def early_end(item):
    tasks.spin(30_000)
    return next(value for value in item if value > 0)


class Fussy(Exception):
    def __init__(self, what, where):
        super().__init__(f"{what} in {where}")
        self.where = where


def fussy(item):
    tasks.spin(30_000)
    if item >= 300:
        raise Fussy("fault", item)
    return item


class BadLoad:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return (int, (f"no number {self.value}",))


def late_bad_load(item):
    tasks.spin(30_000)
    return BadLoad(item) if item == 350 else item


def draws(item):
    tasks.spin(30_000)
    return float(np.random.random()), random.random()


def seventh(item):
    time.sleep(0.002)
    return str(decimal.Decimal(1) / 7), VARIABLE.get("unset")


def add(first, second=0, *, third=0):
    return first + second + third


VARIABLE = contextvars.ContextVar("variable")
BUFFER = {}


def is_not_safe(item):
    BUFFER["item"] = item
    time.sleep(0.001)
    return BUFFER["item"]


def test_a_stopiteration_is_an_error_wherever_it_is_raised(two_free_cores):
    data = [[1]] * 400
    data[350] = [-1]
    for options in ({}, {"max_workers": 1}, {"threads": True}):
        with pytest.raises(StopIteration):
            map_parallel(early_end, data, **options)
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(iter_parallel(early_end, data))


def test_an_exception_keeps_its_class_and_the_first_in_order_counts(two_free_cores):
    with pytest.raises(Fussy) as caught:
        map_parallel(fussy, range(400))
    assert (str(caught.value), caught.value.where) == ("fault in 300", 300)


def test_a_late_result_that_cannot_travel_is_computed_here(two_free_cores):
    results = map_parallel(late_bad_load, range(400))
    assert results[350].value == 350
    assert results[:350] + results[351:] == [*range(350), *range(351, 400)]
    assert len(map_parallel(late_lock, range(400))) == 400


def test_random_numbers_do_not_repeat(two_free_cores):
    for column in zip(*map_parallel(draws, range(300)), strict=True):
        assert len(set(column)) == 300


@pytest.mark.parametrize("options", [{}, {"threads": True}])
def test_the_context_is_the_callers(two_free_cores, options):
    token = VARIABLE.set("mine")
    try:
        with decimal.localcontext() as context:
            context.prec = 40
            expected = (str(decimal.Decimal(1) / 7), "mine")
            assert set(map_parallel(seventh, range(60), **options)) == {expected}
    finally:
        VARIABLE.reset(token)


def test_threads_are_used_only_where_they_are_allowed(two_free_cores, clock, capsys):
    func = Takes(clock, is_not_safe, waits=True)
    assert map_parallel(func, range(60), max_workers=2, verbose=True) == list(range(60))
    assert "give threads=True if the function may run in several at once" in capsys.readouterr().err


def test_arguments_may_be_several_and_have_names():
    assert map_parallel(add, [1, 2], keywords={"third": 10}) == [11, 12]
    assert starmap_parallel(add, [(1, 2), (3,)], keywords={"third": 10}) == [13, 13]
    assert list(iter_parallel(add, [1, 2], keywords={"second": 1})) == [2, 3]


def test_one_by_one_reads_only_as_far_as_it_has_to(two_free_cores):
    read = []

    def numbers():
        for number in itertools.count():
            read.append(number)
            yield number

    results = iter_parallel(tasks.spin_1ms, numbers())
    assert next(results) == tasks.spin_1ms(0)
    assert len(read) == 1
    assert list(itertools.islice(results, 500)) == [tasks.spin_1ms(number) for number in range(1, 501)]
    results.close()
    assert children() == set()


def test_results_that_do_not_fit_are_told_before_they_are_made(two_free_cores, clock, monkeypatch):
    monkeypatch.setattr(calibration, "available_bytes", lambda: 10_000)
    with pytest.warns(ResourceWarning, match=r"the results will take about .* of the 9\.8 KiB available"):
        assert len(map_parallel(Takes(clock, long_text), range(200))) == 200


def long_text(item):
    return "x" * 1000


def test_a_lock_that_was_held_at_the_fork_holds_up_nobody(two_free_cores, monkeypatch):
    if calibration_method() != "fork":
        pytest.skip("workers start anew")
    monkeypatch.setattr(_quick_plan, "PATIENCE_SECONDS", 0.3)
    stop = threading.Event()

    def holder():
        while not stop.is_set():
            with LOCK:
                time.sleep(0.02)
            time.sleep(0.0005)

    thread = threading.Thread(target=holder)
    thread.start()
    try:
        assert map_parallel(takes_the_lock, range(100)) == list(range(100))
    finally:
        stop.set()
        thread.join()


LOCK = threading.Lock()


def takes_the_lock(item):
    with LOCK:
        pass
    tasks.spin(30_000)
    return item


UNGUARDED = """
import multiprocessing, sys
multiprocessing.set_start_method({method!r}, force=True)
sys.path.insert(0, {here!r})
import parallel_tasks as tasks
from equipment_optimizer.sampling import map_parallel; from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system import machine
calibration.available_cores = machine.available_cores = lambda: 2
print(len(map_parallel(tasks.spin_1ms, range(600))))
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@pytest.mark.parametrize("is_file", [True, False])
def test_no_traceback_without_a_guard_or_a_main_file(method, is_file, tmp_path):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("no such start method here")
    text = UNGUARDED.format(here=str(HERE), method=method)
    script = tmp_path / "unguarded.py"
    script.write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, str(script) if is_file else "-"],
        input=None if is_file else text,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert (done.stdout, done.stderr) == ("600\n", "")


def test_workers_that_cannot_be_started_mean_serial(two_free_cores, clock, monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(kept_pool, "borrow", refuse)
    monkeypatch.setattr(calibration, "calibrate", refuse)
    assert map_parallel(Takes(clock, tasks.square), range(300), verbose=True) == [n * n for n in range(300)]
    assert "note: worker processes cannot be started here: no more processes" in capsys.readouterr().err
