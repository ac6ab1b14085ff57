"""The sampler as a whole: what it recommends, and that following it gives what a serial run gives."""

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

from equipment_optimizer import sampling
from equipment_optimizer.errors import UsageError, WorkerError
from equipment_optimizer.sampling import _calibration as calibration
from equipment_optimizer.sampling import advice as advice_module
from equipment_optimizer.sampling import check_data_picklability_with_measurements, map_parallel, optimize
from equipment_optimizer.sampling.advice import Limits, advise
from equipment_optimizer.workers.order import batches, interleave, peek, run_threads

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


def limits(**changes) -> Limits:
    values = {"sample_size": 5, "max_workers": None, "budget_bytes": None, "threads": True, **changes}
    return Limits(**values)


def test_a_tiny_job_stays_serial_and_starts_no_process(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("calibrated for a job that cannot pay")

    monkeypatch.setattr(advice_module, "calibrate", refuse)
    result = optimize(tasks.square, range(1000))
    assert (result.executor, result.n_jobs, result.chunksize) == ("serial", 1, 1)
    assert result.estimated_speedup == 1.0
    assert result.reason.startswith("1,000 items at 0.0 ms take ")
    assert list(result.data) == list(range(1000))


def test_a_long_job_wants_processes(two_free_cores):
    result = optimize(tasks.spin_1ms, range(2000))
    assert (result.executor, result.n_jobs) == ("process", 2)
    assert 1 <= result.chunksize <= 1000
    assert set(result.predicted_seconds) == {"serial", "thread", "process"}
    assert result.predicted_seconds["process"] < result.predicted_seconds["serial"]
    assert 1.1 < result.estimated_speedup < 2.2
    assert str(result).startswith(f"2 processes, {result.chunksize} item")
    assert multiprocessing.active_children() == []


def test_waiting_wants_threads_and_more_than_there_are_cores():
    result = optimize(time.sleep, [0.01] * 60)
    assert result.executor == "thread"
    assert result.n_jobs > 8
    assert "they mostly wait" in result.reason
    assert "the function must be safe to call from several threads" in result.warnings
    assert optimize(time.sleep, [0.01] * 60, max_workers=3).n_jobs == 3


def test_threads_can_be_ruled_out():
    result = optimize(time.sleep, [0.01] * 60, threads=False)
    assert result.executor != "thread"
    assert "thread" not in result.predicted_seconds


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


def test_the_pool_that_was_measured_does_the_work(two_free_cores):
    with advise(tasks.spin_1ms, range(500), limits(only_remaining=True)) as advice:
        assert advice.recommendation.executor == "process"
        pool = advice.take_pool(2)
        assert pool is not None
        with pool:
            assert pool.n_workers == 2
            assert advice.take_pool(2) is None
            remaining = list(advice.remaining())
            assert len(remaining) == 500 - len(advice.recommendation.sample_results)
    assert multiprocessing.active_children() == []


def test_a_pool_that_nobody_took_is_closed(two_free_cores):
    with advise(tasks.spin_1ms, range(500), limits(only_remaining=True)) as advice:
        assert multiprocessing.active_children() != []
    assert multiprocessing.active_children() == []
    advice.close()


def test_constants_of_the_machine_are_measured_once(monkeypatch, two_free_cores):
    optimize(tasks.spin_1ms, range(500))
    monkeypatch.setattr(advice_module, "calibrate", None)
    assert optimize(tasks.spin_1ms, range(500)).executor == "process"


def test_constants_are_kept_by_start_method(two_free_cores):
    costs, pool = calibration.calibrate(1, bandwidth=True)
    pool.close()
    assert costs.in_seconds_per_byte > 0
    assert costs.out_seconds_per_byte > 0
    method = calibration.start_method()
    assert calibration.known_costs(method, bandwidth=True) is not None
    assert calibration.known_costs("another", bandwidth=False) is None
    # Measuring again without the bandwidth keeps the one known.
    again, pool = calibration.calibrate(1, bandwidth=False)
    pool.close()
    assert again.in_seconds_per_byte == costs.in_seconds_per_byte


def test_items_that_do_not_pickle_stay_serial_with_a_reason():
    result = optimize(id, [threading.Lock() for _ in range(100)])
    assert result.executor == "serial"
    assert result.warnings[0].startswith("the items cannot be pickled: TypeError: cannot pickle")


def test_a_long_job_whose_results_do_not_pickle_says_so():
    def slow_lock(item):
        tasks.spin(100_000)
        return threading.Lock()

    result = optimize(slow_lock, range(1000))
    assert result.executor == "serial"
    assert "cannot be pickled" in result.reason
    assert "process" not in result.predicted_seconds


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


def test_a_late_result_that_does_not_pickle_is_an_error(two_free_cores):
    with pytest.raises(WorkerError, match="a result cannot be pickled"):
        map_parallel(late_lock, range(400))


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


def test_advice_without_items_is_refused():
    with pytest.raises(UsageError, match="there are no items to sample"):
        optimize(abs, [])


def test_a_number_of_workers_below_one_is_refused():
    with pytest.raises(UsageError, match="not a number of workers: 0"):
        optimize(abs, [1], max_workers=0)


def test_an_endless_generator_is_read_a_little_ahead_only():
    read = []

    def numbers():
        number = 0
        while True:
            read.append(number)
            yield number
            number += 1

    result = optimize(tasks.spin_1ms, numbers())
    assert len(read) <= 1001
    assert any(warning.startswith("the number of items is unknown") for warning in result.warnings)
    iterator = iter(result.data)
    assert [next(iterator) for _ in range(2000)] == list(range(2000))


def test_a_short_generator_is_found_to_be_short():
    result = optimize(tasks.square, (item for item in range(40)))
    assert result.sampling.n_items == 40
    assert list(result.data) == list(range(40))
    assert not any("unknown" in warning for warning in result.warnings)


def test_verbose_prints_one_line_and_its_notes(capsys):
    optimize(tasks.square, range(10), verbose=True)
    map_parallel(tasks.square, range(10), verbose=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(("serial: 1", "serial: 5")) for line in lines)


def test_inside_a_worker_everything_is_serial():
    with multiprocessing.Pool(1) as pool:
        assert pool.map(tasks.nested_sampler, [0]) == [0]
        pool.close()
        pool.join()


def test_a_main_that_cannot_be_imported_keeps_spawned_workers_out(monkeypatch):
    monkeypatch.setattr(advice_module, "start_method", lambda: "spawn")
    monkeypatch.setattr(advice_module, "main_is_importable", lambda: False)
    monkeypatch.setattr(tasks.spin_1ms, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "spin_1ms", tasks.spin_1ms, raising=False)
    result = optimize(functools.partial(tasks.spin_1ms), range(500))
    assert result.executor == "serial"
    assert result.reason.endswith("and new processes cannot import the function from __main__")


@pytest.mark.parametrize(
    ("spec", "file", "expected"),
    [(object(), None, True), (None, "/some/script.py", True), (None, "<stdin>", False), (None, None, False)],
)
def test_what_makes_a_main_importable(monkeypatch, spec, file, expected):
    main = type(sys)("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert calibration.main_is_importable() is expected


def test_workers_that_cannot_be_started_mean_serial(monkeypatch, two_free_cores):
    def fails(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(advice_module, "calibrate", fails)
    result = optimize(tasks.spin_1ms, range(500))
    assert result.executor == "serial"
    assert result.reason.endswith("worker processes cannot be started here: no more processes")


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


def test_importing_the_sampler_loads_nothing_heavy():
    code = (
        "import sys, equipment_optimizer.sampling, equipment_optimizer.parallel.ordered_map; "
        "print([m for m in ('numpy', 'multiprocessing', 'concurrent.futures.process', 'rich', 'distributed') "
        "if m in sys.modules])"
    )
    # What measures coverage in this process would load things of its own in that one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n"


def test_public_names_are_those_promised():
    assert check_data_picklability_with_measurements([1])[0]
    assert set(sampling.__all__) <= set(dir(sampling))


def test_load_of_others_is_believed_only_after_a_while(monkeypatch):
    monkeypatch.setattr(advice_module, "available_cores", lambda: 4)
    monkeypatch.setattr(advice_module, "busy_seconds", lambda: 103.0)
    began, own = time.perf_counter(), time.process_time()
    assert advice_module._free_cores(100.0, began, own) is None
    assert advice_module._free_cores(100.0, began - 2.0, own) == pytest.approx(2.5, abs=0.2)
    assert advice_module._free_cores(None, began - 2.0, own) is None


# --- results in order


def test_batches_and_known_results_keep_the_order():
    assert list(batches(iter(range(7)), 3)) == [(0, 1, 2), (3, 4, 5), (6,)]
    assert list(interleave(iter("bd"), {0: "a", 2: "c", 4: "e"})) == list("abcde")
    assert list(interleave(iter(()), {0: "a"})) == ["a"]


def test_peek_takes_nothing_away():
    any_items, items = peek(iter([1, 2]))
    assert any_items
    assert list(items) == [1, 2]
    any_items, items = peek(iter([]))
    assert not any_items
    assert list(items) == []


def test_threads_give_chunks_in_order_and_read_lazily():
    read = []

    def chunks():
        for number in range(500):
            read.append(number)
            yield (number, number)

    results = run_threads(tasks.square, chunks(), 2)
    assert next(results) == [0, 0]
    assert len(read) <= 65
    assert list(results) == [[n * n] * 2 for n in range(1, 500)]
