"""Temporary files beside a target: their names, their locks, and what killed processes left of them.

In: a folder and a target's name. Out: a file that no other process writes, or
takes for left over while it is written. Knows nothing of what is written.
"""

from __future__ import annotations

import os
import re
import zlib
from contextlib import suppress

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where open files cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

__all__ = ["CAN_LOCK", "being_written", "open_temporary", "remove_stale", "remove_stale_in", "stem"]

#: Whether files can be locked, and open ones be renamed.
CAN_LOCK = fcntl is not None

#: File systems allow names of 255 bytes; the rest is room for the process id and suffix.
_LONGEST_STEM_BYTES = 200

#: Processes with the same number, each in a container of its own, that write one target at once.
_MOST_NAMESAKES = 100

#: Temporary files that this very process is writing. Process ids are used again
#: (in a container often at once), so our own id does not prove that a file is ours.
being_written: set[str] = set()


def open_temporary(folder: str, name: str, mode: int) -> tuple[str, int]:
    """A new file beside the target, open for writing and locked; its path and descriptor."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    for attempt in range(_MOST_NAMESAKES):
        suffix = f"-{attempt}" if attempt else ""
        path = os.path.join(folder, f".{stem(name)}.{os.getpid()}{suffix}.tmp")
        is_theirs = os.path.lexists(path)
        try:
            descriptor = os.open(path, flags, mode)
            _lock(descriptor)
            return path, descriptor
        except FileExistsError:
            # Ours would be a bug; a namesake elsewhere may write the same target.
            if path in being_written or attempt == _MOST_NAMESAKES - 1:
                raise
        except BaseException:
            # A second Ctrl-C may come when the file has just been made.
            if not is_theirs:
                with suppress(OSError):
                    os.unlink(path)
            raise
    raise AssertionError("the last attempt raises")  # pragma: no cover


def _lock(descriptor: int) -> bool:
    """Lock an open file as long as it is open; false where another process has locked it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: process ids have to do.
        return True
    return True


def stem(name: str) -> str:
    """`name`, or a shorter name that stands for it where a suffix would make it too long."""
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_STEM_BYTES:
        return name
    start = encoded[: _LONGEST_STEM_BYTES - 10].decode("utf-8", "ignore")
    return f"{start}~{zlib.crc32(encoded):08x}"


def remove_stale(path: str) -> None:
    """Remove what killed processes left beside the target `path`; `atomic_writer` does so by itself."""
    # A folder that cannot be read holds nothing that could be removed.
    with suppress(OSError):
        remove_stale_in(*os.path.split(os.path.realpath(path)))


def remove_stale_in(folder: str, name: str) -> None:
    """Remove what killed processes left of this target."""
    pattern = re.compile(rf"\.{re.escape(stem(name))}\.([0-9]{{1,19}})(-[0-9]{{1,2}})?\.tmp")
    for entry in os.listdir(folder):
        match = pattern.fullmatch(entry)
        path = os.path.join(folder, entry)
        if match is None or path in being_written or _is_other_live_process(int(match[1])):
            continue
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0))
            try:
                is_stale = _lock(descriptor)
            finally:
                os.close(descriptor)
            if is_stale:
                os.unlink(path)


def _is_other_live_process(pid: int) -> bool:
    """Whether a process other than this one has this id now."""
    if pid == os.getpid() or pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It exists and belongs to somebody else.
        return True
    return True
