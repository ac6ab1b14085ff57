"""One worker process as its parent sees it: two pipes, and what it has not answered yet.

In: frames to send. Out: frames received by the pool. Knows nothing of functions,
of the order of batches or of equipment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .channel import Frame, send_frame
from .worker_process import worker_main

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Worker"]

#: Batches sent to a worker and not answered: one that runs and one that waits in
#: the pipe, so that the worker never waits for this process between two batches.
_DEPTH = 2

#: Wanted capacity of a worker's pipes, bytes (Linux; the most an ordinary user
#: may ask for). A larger pipe means fewer switches between the two processes.
_PIPE_BYTES = 1 << 20

#: Seconds that an idle worker gets to leave by itself before it is killed.
_LEAVE_SECONDS = 2.0


class Worker:
    """One process, its two pipes, and the batches it has not answered yet."""

    def __init__(self, context: Any, siblings: Iterable[Worker]) -> None:
        their_tasks, self.tasks = context.Pipe(duplex=False)
        self.results, their_results = context.Pipe(duplex=False)
        self.capacity_bytes = _enlarge(self.tasks)
        _enlarge(self.results)
        inherited: tuple[Connection, ...] = ()
        if context.get_start_method() == "fork":
            # A fork copies our ends of every pipe. A sibling that kept them open
            # would hide the end of this process from the other workers.
            own = (self.tasks, self.results)
            inherited = own + tuple(end for other in siblings for end in (other.tasks, other.results))
        self.process = context.Process(
            target=worker_main, args=(their_tasks, their_results, inherited, os.getpid()), daemon=True
        )
        try:
            _start(self.process)
        finally:
            their_tasks.close()
            their_results.close()
        self.ready = False
        self.function_number = -1
        self.unanswered: deque[Frame] = deque()
        self.since = 0.0

    def accepts(self, frame: Frame) -> bool:
        """Whether sending `frame` cannot block for good.

        An idle worker reads whatever comes. A busy one may itself be writing a
        result that nobody reads while we write: then everything sent must fit
        into the pipe.
        """
        if not self.unanswered:
            return True
        if len(self.unanswered) >= _DEPTH:
            return False
        # Pages are not shared between writes: round up generously.
        room = self.capacity_bytes - sum(other.n_bytes + 8192 for other in self.unanswered)
        return frame.n_bytes + 8192 <= room

    def send(self, frame: Frame, function: Frame) -> None:
        """Send a batch, after its function where this worker does not have it; the clock starts where it was idle."""
        if not self.unanswered:
            self.since = time.monotonic()
        # Noted first: a worker that dies meanwhile owes this batch too.
        self.unanswered.append(frame)
        if self.function_number != function.number:
            send_frame(self.tasks, function)
            self.function_number = function.number
        send_frame(self.tasks, frame)

    def end(self, *, kill: bool) -> None:
        """Close the pipes and wait for the process; idempotent."""
        if self.process is None:
            return
        self.tasks.close()
        if kill:
            self.process.kill()
        else:
            self.process.join(_LEAVE_SECONDS)
            if self.process.is_alive():
                self.process.kill()
        self.process.join()
        self.results.close()
        self.process.close()
        self.process = None


def _enlarge(end: Connection) -> int:
    """Ask for a larger pipe; return its capacity in bytes, 0 where it is not known."""
    if sys.platform != "linux":
        return 0
    import fcntl

    # Refused where the user's share of pipe memory is used up: then it stays as it is.
    with contextlib.suppress(OSError):
        fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return fcntl.fcntl(end.fileno(), fcntl.F_GETPIPE_SZ)


def _start(process: Any) -> None:
    """Start a process so that a Ctrl-C meanwhile reaches only this one."""
    blocks_signals = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks_signals else None
    try:
        with warnings.catch_warnings():
            # CPython >= 3.12 warns when a process with several threads forks. The
            # start method is the caller's, and idle threads of a BLAS count too.
            warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
            process.start()
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
