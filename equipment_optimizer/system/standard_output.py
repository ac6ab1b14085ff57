"""Standard output for results only: what a library prints there goes to standard error, or nowhere."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["prints_dropped", "prints_to_standard_error"]

_OUTPUT, _ERROR = 1, 2

#: Seconds between switches of threads while the descriptor leads elsewhere: longer than a block, so that none has a
#: turn. Where a block lets go of the interpreter it waits as long for a busy thread, so it is no longer than this.
_SWITCH_SECONDS = 0.02

#: One at a time: a second one would take the first one's detour for standard output.
_lock = threading.RLock()

_are_dropped = False

if hasattr(os, "register_at_fork"):
    # A child neither begins on the detour nor waits for a thread that it does not have.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


@contextmanager
def prints_dropped() -> Iterator[None]:
    """Let what such blocks print appear nowhere: who asked for quiet wants no banner of a library."""
    global _are_dropped  # noqa: PLW0603
    before, _are_dropped = _are_dropped, True
    try:
        yield
    finally:
        _are_dropped = before


@contextmanager
def prints_to_standard_error() -> Iterator[None]:
    """Let what is printed while the block runs, from C as well, appear on standard error.

    For short blocks: other threads hardly get a turn meanwhile, since what they print would be misled too.
    """
    with _lock:
        try:
            kept = os.dup(_OUTPUT)
        except OSError:
            # Closed: nothing can appear there.
            yield
            return
        # Where standard error is closed its number may be that of any file.
        is_nowhere = _are_dropped or sys.__stderr__ is None
        other = os.open(os.devnull, os.O_WRONLY) if is_nowhere else os.dup(_ERROR)
        lead, interval = _leader(), sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        if threading.active_count() > 1:
            # Whoever waits for a turn by the old interval has it now.
            time.sleep(0)
        try:
            lead(other, _OUTPUT)
            yield
        finally:
            lead(kept, _OUTPUT)
            sys.setswitchinterval(interval)
            os.close(kept)
            os.close(other)


def _leader() -> Callable[[int, int], object]:
    """``dup2``, where it can be had without letting go of the interpreter."""
    try:
        lead: Callable[[int, int], object] = ctypes.PyDLL(None).dup2
    except (AttributeError, OSError, TypeError):  # pragma: no cover (Windows)
        return os.dup2
    return lead
