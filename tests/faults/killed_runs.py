"""Runs with a checkpoint at every opportunity, that are killed at some moment."""

import os
import subprocess
import sys
import time
from pathlib import Path

from process_checks import lives, wait_until

from equipment_optimizer.system import checkpoint_file

ROOT = Path(__file__).resolve().parents[2]

#: The command with a checkpoint at every opportunity, in place of one a second.
EAGER = """
import sys
from equipment_optimizer.system import checkpoint_file
from equipment_optimizer.search.exhaustive import run as dividing
from equipment_optimizer.cli import main
checkpoint_file._INTERVAL_SECONDS = checkpoint_file._COST_RATIO = 0
dividing.PLAIN_TASK_COMBINATIONS = 20_000
sys.exit(main(sys.argv[1:]))
"""


def eager(monkeypatch):
    monkeypatch.setattr(checkpoint_file, "_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint_file, "_COST_RATIO", 0)


def start(*arguments):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", EAGER, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def version_of(path):
    """What tells one writing of a file from the next."""
    try:
        return path.stat().st_ino, path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def children_of(process):
    """Processes that a process has started and that live."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[1]) == process.pid:
                found.append(int(name))
    return found


def kill_after_progress(process, checkpoint, seconds):
    """Kill a process this long after it has written a checkpoint; whether it was still running."""
    before = version_of(checkpoint)
    assert wait_until(lambda: process.poll() is not None or version_of(checkpoint) != before)
    time.sleep(seconds)
    workers = children_of(process)
    process.kill()
    process.communicate()
    assert wait_until(lambda: not any(map(lives, workers)))
    return process.returncode < 0
