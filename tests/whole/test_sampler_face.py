"""The public face of the sampler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer import sampling
from equipment_optimizer.sampling import check_data_picklability_with_measurements

ROOT = Path(__file__).resolve().parents[2]


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


SHORT = """
import sys
before = set(sys.modules)
from equipment_optimizer.sampling import map_parallel
assert map_parallel(abs, [-1, 2]) == [1, 2]
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("equipment_optimizer")))
"""

#: Advice about a job that is over sooner than anything else could be.
ADVICE = """
import sys
before = set(sys.modules)
from equipment_optimizer.sampling import optimize
assert optimize(abs, [-1, 2]).executor == "serial"
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("equipment_optimizer")))
"""

#: What a job loads that is shared among workers, whether or not it would be on this machine.
LONG = """
import sys
before = set(sys.modules)
from equipment_optimizer.sampling import map_parallel
from equipment_optimizer.sampling import _handover, _plan_ahead
from equipment_optimizer.workers import pool, shared_run
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("equipment_optimizer")))
"""


@pytest.mark.parametrize(
    ("job", "too_slow"),
    [
        (SHORT, ("typing", "re", "enum", "collections", "contextlib", "functools", "importlib")),
        (ADVICE, ("typing", "re", "enum", "collections", "contextlib", "functools", "importlib", "math", "operator")),
        (LONG, ("typing", "re", "pickle", "signal", "struct", "threading")),
    ],
    ids=["short", "advice", "long"],
)
def test_what_takes_longer_to_load_than_a_short_job_is_not_loaded(job: str, too_slow: tuple[str, ...]) -> None:
    # Alone with its interpreter: what a site, or measuring coverage, loads beforehand would hide it.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{job}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert not set(too_slow) & set(done.stdout.split())


SERIAL_JOB = """
import sys
from equipment_optimizer.sampling import _serial_first, parallel_map
from equipment_optimizer.system import machine
machine.available_cores = lambda: 2
class Clock:
    now = 0.0
    perf_counter = process_time = staticmethod(lambda: Clock.now)
_serial_first.time = Clock
def spend(seconds):
    Clock.now += seconds
    return lambda: seconds  # which does not travel
job = _serial_first.SerialFirst(spend, [1e-3] * 500, slowness=3.0)
job.is_told = {is_told}
assert len([value for values in parallel_map._begun(job) for value in values]) == 500
assert job.plan is None if not job.is_told else job.plan.executor == "serial"
print(*sorted(name for name in sys.modules if name.startswith("equipment_optimizer.")))
"""


@pytest.mark.parametrize("is_told", [False, True])
def test_a_decision_to_go_on_here_loads_nothing_that_starts_workers(is_told: bool) -> None:
    code = SERIAL_JOB.replace("{is_told}", str(is_told))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("equipment_optimizer.") for name in done.stdout.split()}
    of_sampling = {"_handover", "_quick_plan", "_serial_first", "parallel_map", "tuning", "prediction"}
    of_sampling |= {"prediction.pickle_cost"}
    # What does not travel fails to be pickled, which might be the doing of a signal.
    of_system, of_workers = {"machine", "quick_named_tuples", "quick_pickle", "quick_signal"}, {"channel"}
    if is_told:
        of_sampling |= {"_plan_ahead", "prediction.calibration", "prediction.cost_model"}
        of_workers |= {"obstacles"}
    folders = {"sampling": of_sampling, "system": of_system, "workers": of_workers}
    assert loaded == {*folders} | {f"{folder}.{name}" for folder, names in folders.items() for name in names}


SHORT_JOB = """
import multiprocessing, sys
from equipment_optimizer.sampling import _serial_first, map_parallel
# Nobody is kept from a core in the midst of a call.
class Clock:
    perf_counter = process_time = staticmethod(float)
_serial_first.time = Clock
options = {"max_workers": 2, "budget_bytes": 1 << 30, "start_method": "spawn"}
assert map_parallel(abs, range(-200, 0), **options) == list(range(200, 0, -1))
print(*sorted(name for name in sys.modules if name.startswith("equipment_optimizer.")))
"""


def test_a_short_job_loads_nothing_that_starts_workers() -> None:
    done = subprocess.run([sys.executable, "-c", SHORT_JOB], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("equipment_optimizer.") for name in done.stdout.split()}
    assert loaded == {"sampling", "sampling._serial_first", "sampling.parallel_map"}
