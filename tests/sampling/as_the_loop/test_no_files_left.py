"""Where no more files can be opened a job is run here, as the loop would: nothing that is not loaded can be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource")
ROOT = Path(__file__).resolve().parents[3]

JOB = """
import os, resource, time
from equipment_optimizer.sampling import iter_parallel, map_parallel
held = []

def hold():
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass

def spend(item):
    {before}
    began = time.thread_time()
    while time.thread_time() - began < {seconds}:
        pass
    return -item

def wait(item):
    {before}
    time.sleep(5 * {seconds})
    return -item

resource.setrlimit(resource.RLIMIT_NOFILE, (32, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
map_parallel  # its module
hold()
for _ in range({room}):
    os.close(held.pop())
results = {call}
for descriptor in held:
    os.close(descriptor)
assert list(results) == [-item for item in range({n_items})]
print("done")
"""


def run(call: str, *, n_items: int = 200, seconds: float = 1e-3, room: int = 0, before: str = "pass") -> str:
    """What the job prints and tells, where so many files can still be opened."""
    code = JOB.format(call=call, n_items=n_items, seconds=seconds, room=room, before=before)
    code = code.replace("N_ITEMS", str(n_items))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    return done.stderr


WHY = "serial: {} items; no more files can be opened, which processes and threads would need\n"


@pytest.mark.parametrize(
    "call",
    [
        "map_parallel(spend, range(N_ITEMS), verbose=True)",
        "map_parallel(spend, iter(range(N_ITEMS)), verbose=True)",
        "map_parallel(spend, range(N_ITEMS), threads=True, verbose=True)",
        "map_parallel(wait, range(N_ITEMS), threads=True, verbose=True)",
        "map_parallel(wait, range(N_ITEMS), threads=True, verbose=True, start_method='spawn')",
        "map_parallel(spend, range(N_ITEMS), start_method='forkserver', verbose=True)",
        "list(iter_parallel(spend, range(N_ITEMS), verbose=True))",
    ],
)
def test_a_job_is_run_here_and_says_why(call):
    assert run(call) == WHY.format(200)


def test_a_short_job_is_what_it_was():
    assert run("map_parallel(spend, range(N_ITEMS))", n_items=20, seconds=1e-6) == ""


@pytest.mark.parametrize("room", [1, 2, 3, 4])
def test_with_a_few_left_workers_may_fail_to_start(room):
    assert " items " in run("map_parallel(spend, range(N_ITEMS), verbose=True, start_method='fork')", room=room)


def test_calls_that_open_what_there_is_end_their_own_help():
    assert run("map_parallel(spend, range(N_ITEMS), verbose=True)", room=8, before="hold()") == WHY.format(200)
    threads = "map_parallel(wait, range(N_ITEMS), threads=True, verbose=True)"
    assert run(threads, room=8, before="hold()") == WHY.format(200)
