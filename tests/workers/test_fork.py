"""Forks of one's own, where nobody has loaded ``multiprocessing``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.workers import _fork as fork

ROOT = Path(__file__).resolve().parents[2]
on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")

SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import fault_tasks
from equipment_optimizer.sampling import iter_parallel, map_parallel
from equipment_optimizer.workers.pool import WorkerPool

with WorkerPool(2, "fork") as pool:
    pool.wait_ready()
    assert len(set(pool.process_ids())) == 2
    print("before", end=" ")
    lists = pool.run(fault_tasks.nap, ([n] for n in range(40)))
    assert [value for batch in lists for value in batch] == [n * n for n in range(40)]
    assert set(pool.run(fault_tasks.is_inside, [[1]]).__next__()) == {{True}}
    victim = pool.process_ids()[0]
    import os, signal
    os.kill(victim, signal.SIGKILL)
    lists = pool.run(fault_tasks.nap, ([n] for n in range(40)))
    assert [value for batch in lists for value in batch] == [n * n for n in range(40)]
    lists = pool.run(fault_tasks.has_children, ([n] for n in range(2)))
    assert [value for batch in lists for value in batch] == [[0, 1], [0, 1]]
assert "multiprocessing.context" not in sys.modules
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no children")
"""


@on_posix
def test_a_pool_works_without_the_standard_one(tmp_path):
    code = SCRIPT.format(here=str(ROOT / "tests" / "parallel"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=300, env=environment
    )
    assert (done.stdout, done.stderr) == ("before no children\n", "")


@on_posix
def test_a_child_that_fails_says_so_and_is_waited_for(capfd):
    process = fork.Fork.Process(target=fail, args=(), daemon=True, name="child")
    process.start()
    process.join()
    assert process.exitcode == 1
    assert not process.is_alive()
    process.kill()
    assert "LookupError: on purpose" in capfd.readouterr().err


def fail():
    raise LookupError("on purpose")


@on_posix
def test_a_child_that_sleeps_is_killed():
    import time

    process = fork.Fork.Process(target=time.sleep, args=(60,), daemon=True, name="child")
    process.start()
    process.join(0.01)
    assert process.is_alive()
    process.kill()
    process.join()
    assert process.exitcode == -9


def test_the_standard_context_is_used_where_it_is_loaded():
    import multiprocessing

    assert fork.context_of("spawn") is multiprocessing.get_context("spawn")
