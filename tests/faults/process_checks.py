"""Which processes live: for tests that leave none behind."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path


def _stat(process_id: int | str) -> list[str]:
    """State, parent, group, session, ... of a process."""
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()


def children() -> set[int]:
    """Worker processes of this process that live: they run what it runs, unlike a browser."""
    found, program = set(), os.readlink("/proc/self/exe")
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                fields = _stat(name)
                if int(fields[1]) != os.getpid() or os.readlink(f"/proc/{name}/exe") != program:
                    continue
                command = Path(f"/proc/{name}/cmdline").read_text()
                # Servers of the standard library, one per program, stay as long as it.
                if "multiprocessing.forkserver" in command or "multiprocessing.resource_tracker" in command:
                    continue
                if int(fields[1]) == os.getpid() and fields[0] != "Z":
                    found.add(int(name))
    return found


def lives(process_id: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return _stat(process_id)[0] != "Z"
    except OSError:
        return False


def in_session(session_id: int) -> set[int]:
    """Processes of a session that have not ended."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                fields = _stat(name)
                if int(fields[3]) == session_id and fields[0] != "Z":
                    found.add(int(name))
    return found


def wait_until(condition, seconds: float = 300.0) -> bool:
    """Whether `condition` comes true in time: by default far more than a slow and busy machine needs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
