"""The start method in use, found without fixing it for the caller."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.workers.start_methods import default_start_method

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
from equipment_optimizer.workers.start_methods import default_start_method
{before}
print(default_start_method(), "equipment_optimizer.workers.pool" in sys.modules)
{after}
"""


def run(before: str = "", after: str = "") -> list[str]:
    code = SCRIPT.format(before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_it_is_one_that_the_platform_has():
    assert default_start_method() in multiprocessing.get_all_start_methods()


def test_asking_loads_nothing_that_starts_workers_and_fixes_nothing():
    method, is_loaded = run(after="import multiprocessing\nmultiprocessing.set_start_method('spawn')")
    assert method == multiprocessing.get_all_start_methods()[0]
    assert is_loaded == "False"


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_callers_choice_is_the_answer(method):
    assert run(f"import multiprocessing\nmultiprocessing.set_start_method({method!r})")[0] == method
