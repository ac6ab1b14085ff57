"""Following the advice gives what a serial run gives."""

from __future__ import annotations

import functools
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling import _calibration as calibration
from equipment_optimizer.sampling import advice as advice_module
from equipment_optimizer.sampling import map_parallel, optimize

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "parallel"


@pytest.fixture(autouse=True)
def fresh_calibration():
    calibration.forget_calibration()
    yield
    calibration.forget_calibration()


@pytest.fixture
def two_free_cores(monkeypatch):
    """A machine of two idle cores, whatever this one is and does."""
    monkeypatch.setattr(calibration, "available_cores", lambda: 2)
    monkeypatch.setattr(advice_module, "_free_cores", lambda *_: None)


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
    assert multiprocessing.active_children() == []


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


def test_an_exception_in_a_worker_reaches_the_user(two_free_cores):
    with pytest.raises(LookupError, match="too far"):
        map_parallel(fails_late, range(400))
    assert multiprocessing.active_children() == []


def fails_late(item):
    tasks.spin(30_000)
    if item == 399:
        raise LookupError("too far")
    return item


def test_an_exception_in_a_thread_reaches_the_user():
    with pytest.raises(LookupError, match="too far"):
        map_parallel(sleeps_and_fails, range(40))


def sleeps_and_fails(item):
    time.sleep(0.005)
    if item == 39:
        raise LookupError("too far")


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


def test_verbose_prints_one_line_and_its_notes(capsys):
    optimize(tasks.square, range(10), verbose=True)
    map_parallel(tasks.square, range(10), verbose=True)
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 2
    assert all(line.startswith("serial: 10 items ") for line in lines)


def test_inside_a_worker_everything_is_serial():
    with multiprocessing.Pool(1) as pool:
        assert pool.map(tasks.nested_sampler, [0]) == [0]
        pool.close()
        pool.join()


SCRIPT = """
import multiprocessing, sys
sys.path.insert(0, {here!r})
import parallel_tasks as tasks
from equipment_optimizer.sampling import _calibration as calibration
from equipment_optimizer import sampling

if __name__ == "__main__":
    if {method!r}:
        multiprocessing.set_start_method({method!r})
    calibration.available_cores = lambda: 2
    assert sampling.map_parallel(tasks.spin_1ms, range(1000)) == [tasks.spin_1ms(n) for n in range(1000)]
    print(*calibration._measured, multiprocessing.get_start_method(allow_none=True))
"""


@pytest.mark.parametrize("method", ["", "fork", "forkserver", "spawn"])
def test_every_start_method_works_and_is_never_changed(method, tmp_path):
    if method not in ("", *multiprocessing.get_all_start_methods()):
        pytest.skip("no such start method here")
    script = tmp_path / "program.py"
    script.write_text(SCRIPT.format(here=str(HERE), method=method))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stderr == ""
    expected = method or multiprocessing.get_all_start_methods()[0]
    assert done.stdout.split()[0] == expected
