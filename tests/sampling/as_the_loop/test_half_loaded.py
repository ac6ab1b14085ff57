"""What another thread is about to load is taken not to be there yet; it ended maps and workers."""

from __future__ import annotations

import importlib.machinery
import os
import subprocess
import sys
import types

import loop_tasks as tasks
import pytest

from equipment_optimizer.sampling import map_parallel
from equipment_optimizer.workers.pool import WorkerPool

HALF_LOADED = [
    "multiprocessing.process",
    "equipment_optimizer.workers.kept_pool",
    "equipment_optimizer.sampling.prediction.calibration",
    "decimal",
    "numpy",
    "numpy.random",
    "random",
]


def half_loaded(name):
    """A module as it is while its code has not run."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__spec__._initializing = True
    return module


@pytest.mark.parametrize("name", HALF_LOADED)
def test_a_map_does_without_what_is_about_to_be_loaded(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, half_loaded(name))
    assert map_parallel(tasks.number_of, range(40)) == list(range(40))


@pytest.mark.parametrize("name", [name for name in HALF_LOADED if "." not in name or "random" in name])
def test_workers_do_without_what_is_about_to_be_loaded(monkeypatch, name):
    for each in (name, "numpy.random") if name == "numpy" else (name,):
        monkeypatch.setitem(sys.modules, each, half_loaded(each))
    notices = []
    with WorkerPool(1, "fork") as pool:
        ((process_id,),) = pool.run(tasks.process_of, [[1]], on_notice=notices.append)
    assert notices == []
    assert process_id != os.getpid()


WHOLE_JOB = """
import sys, time
sys.path.insert(0, {folder!r})
from test_half_loaded import half_loaded
from equipment_optimizer.sampling import map_parallel

sys.modules[{name!r}] = half_loaded({name!r})

def func(item):
    end = time.process_time() + 4e-3
    while time.process_time() < end:
        pass
    return item

assert map_parallel(func, range(100), start_method="fork") == list(range(100))
"""


@pytest.mark.parametrize("name", ["multiprocessing.process", "equipment_optimizer.sampling.prediction.calibration"])
def test_a_shared_job_does_without_what_is_about_to_be_loaded(name):
    code = WHOLE_JOB.format(folder=os.path.dirname(__file__), name=name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
