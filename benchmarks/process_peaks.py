"""Peak memory of a command, measured from outside, its child processes included.

    python benchmarks/process_peaks.py COMMAND [ARGUMENT ...]

prints one line of JSON on standard error: the exit code; the highest resident
memory of the command's own process (what ``wait4`` reports); the highest sum of
resident memory over the command and everything it started, and of proportional
memory (shared pages counted once), both sampled every few milliseconds.

The kernel hands a process's high-water mark on to the program that it starts, so a
test process of 200 MB cannot measure a job of 30: `measure` starts this file as a
small process of its own in between. Linux only, the standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

#: Seconds between two looks at the processes. A block of a search lives about a
#: millisecond, but what it is made of is taken once and kept, so it is seen.
_LOOK_SECONDS = 0.005

#: A look at proportional memory walks all pages (about 1 ms), so it comes less often.
_LOOKS_PER_PROPORTIONAL = 10


def measure(command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a command and return what it took.

    Parameters
    ----------
    command : sequence of str
    cwd, env : optional
        As for `subprocess.run`.

    Returns
    -------
    dict
        ``exit_code``, ``own_peak_bytes``, ``tree_peak_bytes``,
        ``tree_proportional_bytes``, and the texts ``stdout`` and ``stderr``.
    """
    read_end, write_end = os.pipe()
    launcher = [sys.executable, "-I", "-S", os.path.abspath(__file__), "--report", str(write_end), *command]
    process = subprocess.Popen(
        launcher, cwd=cwd, env=env, pass_fds=[write_end], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(write_end)
    stdout, stderr = process.communicate()
    with os.fdopen(read_end) as report:
        figures: dict[str, Any] = json.load(report)
    return {**figures, "stdout": stdout, "stderr": stderr}


def _watch(command: Sequence[str]) -> dict[str, int]:
    """Run a command and look at it until it ends."""
    process = subprocess.Popen(command)
    tree_peak = proportional_peak = looks = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        family = _family(process.pid)
        tree_peak = max(tree_peak, sum(map(_resident_bytes, family)))
        if looks % _LOOKS_PER_PROPORTIONAL == 0:
            proportional_peak = max(proportional_peak, sum(map(_proportional_bytes, family)))
        looks += 1
        time.sleep(_LOOK_SECONDS)
    own_peak = usage.ru_maxrss * 1024
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "own_peak_bytes": own_peak,
        "tree_peak_bytes": max(own_peak, tree_peak),
        "tree_proportional_bytes": proportional_peak,
    }


def _family(process_id: int) -> list[int]:
    """A process and all that descend from it."""
    family = [process_id]
    for member in family:
        try:
            threads = os.listdir(f"/proc/{member}/task")
        except OSError:
            continue
        for thread in threads:
            family.extend(int(child) for child in _read(f"/proc/{member}/task/{thread}/children").split())
    return family


def _resident_bytes(process_id: int) -> int:
    """Resident memory, shared pages in full; 0 for a process that is gone."""
    text = _read(f"/proc/{process_id}/statm")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") if text else 0


def _proportional_bytes(process_id: int) -> int:
    """Resident memory, pages shared by n processes counted as a n-th; 0 for a process that is gone."""
    for line in _read(f"/proc/{process_id}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return 1024 * int(line.split()[1])
    return 0


def _read(path: str) -> str:
    """Text of a file; empty where it has vanished."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def main(arguments: Sequence[str]) -> int:
    """Measure the command that the arguments are; its exit code is ours."""
    descriptor = 2
    if arguments[:1] == ["--report"]:
        descriptor, arguments = int(arguments[1]), arguments[2:]
        os.set_inheritable(descriptor, False)
    figures = _watch(arguments)
    os.write(descriptor, f"{json.dumps(figures)}\n".encode())
    return figures["exit_code"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
