"""What a function leaves where its worker is ended, and programs that it starts, are as in a loop."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time

import end_tasks as tasks
import pytest

from equipment_optimizer.workers.pool import WorkerPool

METHODS = ("fork", "forkserver", "spawn")


@pytest.mark.parametrize("method", METHODS)
def test_functions_that_nobody_waits_for_any_more_clean_up_after_themselves(tmp_path, method):
    with WorkerPool(3, method) as pool:
        pool.wait_ready()
        with pytest.raises(ValueError, match="beside"):
            list(pool.run(functools.partial(tasks.fail_beside, str(tmp_path)), [[0], [1], [2]]))
    assert os.listdir(tmp_path) == ["program"]
    assert tasks.has_ended(int((tmp_path / "program").read_text()))


@pytest.mark.parametrize("method", METHODS)
def test_programs_that_a_function_starts_heed_a_ctrl_c(method):
    with WorkerPool(1, method) as pool:
        assert list(pool.run(tasks.ctrl_c_of_programs, [[1]])) == [["True"]]
        assert list(pool.run(tasks.interrupted_from_outside, [[1, 2]])) == [[1, 2]]


@pytest.mark.parametrize("method", METHODS)
def test_executors_that_a_function_made_end_with_their_worker(method):
    with WorkerPool(1, method) as pool:
        ((process_id,),) = pool.run(tasks.process_of_executor, [[1]])
    tasks.wait_until(lambda: tasks.has_ended(process_id))


BY_PLAIN_FORK = """
import sys
import end_tasks
from equipment_optimizer.workers.pool import WorkerPool

assert "multiprocessing.util" not in sys.modules
with WorkerPool(1, "fork") as pool:
    ((process_id,),) = pool.run(end_tasks.process_of_executor, [[1]])
end_tasks.wait_until(lambda: end_tasks.has_ended(process_id))
"""


def test_executors_end_where_this_process_has_loaded_nothing_of_processes():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", BY_PLAIN_FORK], capture_output=True, text=True, timeout=120, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("method", METHODS)
def test_the_time_zone_is_the_one_that_is_set_here(monkeypatch, method):
    with WorkerPool(1, method) as pool:
        pool.wait_ready()  # the server of forks is there, with the zone of now
    try:
        monkeypatch.setenv("TZ", "JST-9")
        time.tzset()
        assert tasks.hour(0) == 9
        with WorkerPool(1, method) as pool:
            assert list(pool.run(tasks.hour, [[0]])) == [[9]]
    finally:
        monkeypatch.undo()
        time.tzset()
