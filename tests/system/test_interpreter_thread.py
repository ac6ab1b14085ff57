"""Threads with an interpreter of their own do what worker processes do."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from costs import job, machine
from standing_interpreters import stand_in

from equipment_optimizer.errors import WorkerError
from equipment_optimizer.sampling import _handover, map_parallel, optimize
from equipment_optimizer.sampling._plan_ahead import Plan
from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.sampling.prediction.cost_model import Choice, Choices
from equipment_optimizer.system import interpreter_thread
from equipment_optimizer.system.interpreter_thread import Interpreters, has_interpreters
from equipment_optimizer.system.machine import INTERPRETER
from equipment_optimizer.workers.pool import WorkerPool

ROOT = Path(__file__).resolve().parents[2]
IS_REAL = has_interpreters()


@pytest.fixture
def interpreters(monkeypatch):
    """Those of this Python, or what stands for them."""
    if IS_REAL:
        yield None
    else:
        with stand_in(monkeypatch) as made:
            yield made
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("map-worker-")]


def square(item):
    return item * item


def fails(item):
    if item == 3:
        raise LookupError("no 3")
    return item


def ends(item):
    sys.exit("ended")


def marks(path):
    """Says that it has begun, and waits where it shall."""
    Path(path).touch()
    while path.endswith("waits") and not Path(path + " no more").exists():
        time.sleep(1e-3)
    return path


def results(pool, func, batches, **options):
    return [value for values in pool.run(func, batches, **options) for value in values]


def test_a_pool_of_interpreters_gives_what_is_asked_in_order(interpreters):
    with WorkerPool(2, INTERPRETER) as pool:
        pool.wait_ready()
        assert results(pool, square, [[1, 2], [3], [4, 5]]) == [1, 4, 9, 16, 25]
        with pytest.raises(LookupError, match="no 3") as caught:
            results(pool, fails, [[1, 2], [3, 4]])
        assert "in a worker process" in caught.value.__notes__[0]
        assert pool.process_ids() == []
    if interpreters is not None:
        assert [each.is_closed for each in interpreters] == [True, True]


def test_what_ends_a_program_is_an_error_like_any_other(interpreters):
    with WorkerPool(1, INTERPRETER) as pool, pytest.raises(SystemExit, match="ended"):
        results(pool, ends, [[1]])


def test_what_cannot_travel_is_computed_here(interpreters):
    notices = []
    with WorkerPool(1, INTERPRETER) as pool:
        assert results(pool, lambda item: item + 1, [[1], [2]], on_notice=notices.append) == [2, 3]
    assert notices[0].startswith("all is computed in this process")


def test_who_is_killed_ends_with_what_it_runs(interpreters, monkeypatch, tmp_path):
    names = [str(tmp_path / name) for name in ("first", "waits", "last")]
    kill = Interpreters.Process.kill

    def kill_and_go_on(process):
        kill(process)
        Path(names[1] + " no more").touch()

    monkeypatch.setattr(Interpreters.Process, "kill", kill_and_go_on)
    with WorkerPool(1, INTERPRETER) as pool:
        run = pool.run(marks, [[name] for name in names])
        assert next(run) == names[:1]
        run.close()
    # What waited in the pipe was not begun any more.
    assert not os.path.exists(names[2])


def test_a_map_and_its_advice_by_interpreters(interpreters, monkeypatch):
    monkeypatch.setenv("EQUIPMENT_OPTIMIZER_CACHE", "off")
    assert map_parallel(square, range(50), start_method=INTERPRETER) == [number**2 for number in range(50)]
    assert optimize(square, range(50), start_method=INTERPRETER).executor == "serial"


def test_the_rest_of_a_job_and_what_is_recommended_are_run_by_them(interpreters):
    best = Choice(INTERPRETER, 2, 7, 0.1, "compute")
    plan = Plan(Choices(best, best, None, best, 2, 2), job(n_items=40), machine(workers=INTERPRETER))
    rest = SerialFirst(square, range(40), method=INTERPRETER)
    lists = _handover.hand_over(rest, plan, window=None, tell=None)
    assert list(itertools.chain.from_iterable(lists)) == [number**2 for number in range(40)]
    advice = optimize(square, range(30), start_method=INTERPRETER)
    advice.executor, advice.n_jobs, advice.chunksize = INTERPRETER, 2, 4
    assert str(advice).startswith("2 interpreters, 4 items a chunk: ")
    assert advice.run() == [number**2 for number in range(30)]
    if interpreters is not None:
        assert len(interpreters) == 4


UNGUARDED = """
from equipment_optimizer.workers.pool import WorkerPool
with WorkerPool(1, "interpreter") as pool:
    print(list(pool.run(abs, [[-1]])))
"""

LEFT_OPEN = """
from equipment_optimizer.workers.pool import WorkerPool
if __name__ == "__main__":
    pool = WorkerPool(2, "interpreter")
    pool.wait_ready()
    run = pool.run(abs, [[-1], [-2]])
    print(next(run))
"""


@pytest.mark.skipif(not IS_REAL, reason="this Python has no interpreters but one")
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [(UNGUARDED, 1, 'if __name__ == "__main__"'), (LEFT_OPEN, 0, "[1]")],
    ids=["main", "open"],
)
def test_programs_that_forget_something_end_in_words(tmp_path, text, code, words):
    path = tmp_path / "program.py"
    path.write_text(text)
    process = subprocess.run(
        [sys.executable, path], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120
    )
    assert process.returncode == code
    assert words in (process.stdout + process.stderr).replace("'", '"')


def test_what_raises_at_its_start_is_told_and_no_worker(interpreters, monkeypatch, capfd):
    monkeypatch.setattr(interpreter_thread, "_CODE", "raise LookupError('at the start')")
    with WorkerPool(1, INTERPRETER) as pool, pytest.raises(WorkerError, match="while they were starting"):
        pool.wait_ready()
    assert "at the start" in capfd.readouterr().err


def test_an_exit_code_is_passed_on(interpreters, monkeypatch):
    monkeypatch.setattr(interpreter_thread, "_CODE", "raise SystemExit(75)")
    worker = Interpreters.Process(target=square, args=(), daemon=True, name="map-worker-x")
    assert not worker.is_alive()
    worker.start()
    worker.join()
    assert worker.exitcode == 75


def test_at_the_end_of_the_program_pipes_are_closed_and_threads_waited_for(interpreters):
    reader, writer = Interpreters.Pipe()
    interpreter_thread._end_all()
    assert reader.closed
    assert writer.closed


def test_without_pipes_of_this_kind_there_are_none(interpreters, monkeypatch):
    assert has_interpreters()
    monkeypatch.setattr(interpreter_thread.os, "name", "nt")
    assert not has_interpreters()
