"""A main file without a guard, which new processes run once more: its job is done once, and what would help is said.

A server that runs it for all workers, as that of Python 3.14 does, is here one that is told to load a module.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
METHODS = [method for method in ("forkserver", "spawn") if method in multiprocessing.get_all_start_methods()]

MEND = "start the program from a file whose main part is under if __name__ == '__main__':"

ADVISED = """
import multiprocessing
multiprocessing.set_start_method({method!r}, force=True)
from equipment_optimizer.sampling import optimize
from equipment_optimizer.sampling.prediction import calibration
from equipment_optimizer.system import machine
calibration.available_cores = machine.available_cores = lambda: 2

def spin(item):
    for _ in range(20_000):
        pass
    return item

print(optimize(spin, range(8_000)))
"""

#: What a server does that runs the main file of the program once, for all of its workers.
PRELOADED = """
from multiprocessing import process
from equipment_optimizer.sampling import map_parallel, optimize
from equipment_optimizer.parallel.ordered_map import ordered_map

def ask():
    {asked}
    print("and goes on")

process.current_process()._inheriting = True
ask()
del process.current_process()._inheriting
"""

MAPPED = """
import multiprocessing
from equipment_optimizer.errors import WorkerError
from equipment_optimizer.workers.pool import WorkerPool

if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver", force=True)
    multiprocessing.set_forkserver_preload(["preloaded"])
    try:
        with WorkerPool(1) as pool:
            print(list(pool.run(abs, [[-3]])))
    except WorkerError as error:
        print(error.message, error.mend, sep="; ")
"""


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, with a cache of its own."""
    (folder / "program.py").write_text(text)
    path = os.pathsep.join([str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "EQUIPMENT_OPTIMIZER_CACHE": str(folder / "cache")}
    program = [sys.executable, str(folder / "program.py")]
    return subprocess.run(program, capture_output=True, text=True, timeout=300, env=environment, check=False)


@pytest.mark.parametrize("method", METHODS)
def test_advice_is_given_once_and_says_what_would_help(tmp_path, method) -> None:
    done = run(tmp_path, ADVISED.format(method=method))
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
    assert done.stdout.startswith("serial: 8,000 items")
    assert MEND in done.stdout


@pytest.mark.skipif("forkserver" not in METHODS, reason="no server forks here")
@pytest.mark.parametrize("asked", ["map_parallel(abs, [1])", "optimize(abs, [1])", "ordered_map(abs, [1], workers=2)"])
def test_a_server_that_comes_upon_a_job_ends_and_that_is_told(tmp_path, asked) -> None:
    (tmp_path / "preloaded.py").write_text(PRELOADED.format(asked=asked))
    done = run(tmp_path, MAPPED)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"worker processes died while they were starting; {MEND}, or use one worker\n"


@pytest.mark.skipif("forkserver" not in METHODS, reason="no server forks here")
def test_a_server_that_comes_upon_none_serves(tmp_path) -> None:
    (tmp_path / "preloaded.py").write_text(PRELOADED.format(asked="pass"))
    done = run(tmp_path, MAPPED)
    assert (done.returncode, done.stderr) == (0, "")
    assert "[[3]]" in done.stdout
