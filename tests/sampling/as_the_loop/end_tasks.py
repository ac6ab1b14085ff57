"""Functions that have something to end themselves; workers of the tests import it."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

_executors: list[concurrent.futures.Executor] = []


def has_ended(process_id: int) -> bool:
    """Whether a process is gone, or waits for nothing but to be looked at."""
    try:
        with open(f"/proc/{process_id}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(happens) -> None:
    """Until that is true; tests have a limit of their own."""
    while not happens():
        time.sleep(1e-3)


def run_a_program(folder):
    """In a temporary folder, for ever."""
    with tempfile.TemporaryDirectory(dir=folder):
        command = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(1000)"
        subprocess.run([sys.executable, "-c", command, os.path.join(folder, "program")], check=False)


def compute_on(folder):
    """In a temporary folder, for ever."""
    with tempfile.TemporaryDirectory(dir=folder):
        while True:
            time.sleep(1e-4)


def fail_beside(folder, item):
    """Fails, once two others do something that they would do for ever."""
    if item == 1:
        run_a_program(folder)
    if item == 2:
        compute_on(folder)

    def all_began():
        names = os.listdir(folder)
        return len(names) == 3 and os.path.getsize(os.path.join(folder, "program"))

    wait_until(all_began)
    raise ValueError("beside")


def ctrl_c_of_programs(_):
    """Whether programs that are started here heed a Ctrl-C."""
    command = "import signal; print(signal.getsignal(signal.SIGINT) == signal.default_int_handler)"
    return subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.strip()


def interrupted_from_outside(item):
    """A Ctrl-C is its parent's to answer."""
    import signal

    os.kill(os.getpid(), signal.SIGINT)
    return item


def process_of_executor(_):
    """One that ends with the program."""
    if not _executors:
        _executors.append(concurrent.futures.ProcessPoolExecutor(1))
    return _executors[0].submit(os.getpid).result()


def hour(_):
    return time.localtime(0).tm_hour
