"""One worker process as its parent sees it: two pipes, and what it has not answered yet.

In: frames to send. Out: frames that it answers. Neither side of it ever waits for
the process, which may hang, be stopped or die at any byte. Knows nothing of
functions, of the order of batches or of equipment.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys
import time
import warnings
from _weakref import ref
from collections import deque

from ..errors import MemoryBudgetError, WorkerError, is_memory_shortage
from ..system.machine import INTERPRETER
from ..system.quick_signal import pass_on
from ..system.quick_signal import plain as signal
from .carried_error import class_and_text
from .channel import Frame, FrameReader, FrameWriter
from .process import EXIT_NO_GUARD, READY, WORKER_NAME, Origin, interpreter_main, worker_main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

__all__ = ["Worker", "death_while_starting", "interrupt", "wait_for"]

_POSIX = os.name == "posix"

#: Batches sent to a worker and not answered: one that runs and one that waits in
#: the pipe, so that the worker never waits for this process between two batches.
#: Where writing blocks, a busy worker gets nothing: it may itself be writing.
_DEPTH = 2 if _POSIX else 1

#: Wanted capacity of a worker's pipes, bytes (Linux; the most an ordinary user
#: may ask for). A larger pipe means fewer switches between the two processes.
_PIPE_BYTES = 1 << 20

#: Whether the server that forks has ended is looked at so many times, so many seconds apart: its pipes close before.
_LOOKS_AT_SERVER, _LOOK_SECONDS = 100, 0.01

#: Seconds that an idle worker gets to leave by itself before it is killed.
_LEAVE_SECONDS = 2.0

#: Seconds that functions get to end when they are interrupted, before their workers are killed; `subprocess.run` takes
#: a quarter of one.
_INTERRUPT_SECONDS = 0.5

#: Ends of pipes that a process has open for its workers, of whatever pool, by its id: a fork copies them all. A worker
#: that kept those of others open would hide from them that this process closed its own. Nobody holds them here: where a
#: Ctrl-C came before anybody had the worker, they are closed with it.
_open_ends: dict[int, list[ref[Any]]] = {}


class Worker:
    """One process, its two pipes, and the batches it has not answered yet.

    WorkerError where the system starts no process, MemoryBudgetError where that is for want of memory.
    """

    def __init__(self, context: Any, number: int) -> None:
        self.process: Any = None
        self._parent_id = os.getpid()
        with _start_errors(context.get_start_method()):
            self._start(context, number)
        self.ready = False
        self.ready_at = 0.0
        self.function_number = -1
        self.unanswered: deque[Frame] = deque()
        self.since = 0.0
        self.is_late = False

    def _start(self, context: Any, number: int) -> None:
        """Open the pipes and start the process."""
        their_tasks, self.tasks = context.Pipe(duplex=False)
        self.results, their_results = context.Pipe(duplex=False)
        known = [known() for known in _open_ends.get(os.getpid(), ())]
        ours = [end for end in known if end is not None and _is_open(end)]
        inherited = (*ours, self.tasks, self.results) if context.get_start_method() == "fork" else ()
        _open_ends.clear()
        _open_ends[os.getpid()] = [ref(end) for end in (*ours, their_tasks, self.tasks, self.results, their_results)]
        # The server that forks has the environment of when it began.
        environment = dict(os.environ) if context.get_start_method() == "forkserver" else None
        filters = [*warnings.filters] if context.get_start_method() == "fork" else None
        held = _held_signals() - set(signal.pthread_sigmask(signal.SIG_BLOCK, ())) if _POSIX else ()
        origin = Origin(os.getpid(), environment, filters, held_signals=tuple(map(int, held)))
        arguments = (their_tasks, their_results, inherited, origin, number)
        target = interpreter_main if context.get_start_method() == INTERPRETER else worker_main
        self.process = context.Process(target=target, args=arguments, daemon=True, name=f"{WORKER_NAME}{number}")
        try:
            for end in (self.tasks, self.results):
                _enlarge(end)
            with _no_method_fixed(context.get_start_method()):
                _start(self.process, context.get_start_method())
        except BaseException:
            self.tasks.close()
            self.results.close()
            self._end_started()
            raise
        finally:
            their_tasks.close()
            their_results.close()
        if _POSIX:
            # Our ends only: the other ends of the pipes block as they did.
            os.set_blocking(self.tasks.fileno(), False)
            os.set_blocking(self.results.fileno(), False)
        self._writer = FrameWriter(self.tasks)
        self._reader = FrameReader(self.results)

    def _end_started(self) -> None:
        """Let nothing of a process be left that a Ctrl-C came upon as it was started."""
        process, self.process = self.process, None
        if getattr(process, "pid", None):
            process.kill()
            process.join()

    @property
    def is_ours(self) -> bool:
        """Whether this process has started it, and is no fork of that."""
        return os.getpid() == self._parent_id

    def __del__(self) -> None:
        # Nobody ended it: a Ctrl-C came before anybody had it. A fork's copy is none of its business.
        if self.process is not None and self.is_ours:
            with contextlib.suppress(Exception):
                self._end_started()

    def accepts(self) -> bool:
        """Whether it may be given another batch."""
        return len(self.unanswered) < _DEPTH and not self.is_late

    def send(self, frame: Frame, function: Frame) -> None:
        """Send a batch, after its function where this worker does not have it; the clock starts where it was idle."""
        if not self.unanswered:
            self.since = time.monotonic()
        # Noted first: a worker that dies meanwhile owes this batch too.
        self.unanswered.append(frame)
        if self.function_number != function.number:
            self._writer.put(function)
            self.function_number = function.number
        self._writer.put(frame)
        self._writer.flush()

    @property
    def is_sending(self) -> bool:
        """Whether something is left that the pipe had no room for."""
        return not self._writer.is_empty

    def flush(self) -> None:
        """Send more of what the pipe had no room for; a worker that is gone shows when it is read."""
        with contextlib.suppress(OSError):
            self._writer.flush()

    def receive(self) -> Frame | None:
        """The answer to the first of `unanswered`, if it is there as a whole; EOFError or OSError where it is gone."""
        if not _POSIX and not self.results.poll(0):
            raise EOFError
        frame = self._reader.read()
        if frame is not None and frame.kind == READY:
            self.ready = True
            self.ready_at = time.perf_counter()
            self.since = time.monotonic()
            return None
        return frame

    def end(self, *, kill: bool) -> int | None:
        """Close the pipes and wait for the process; its exit code, None from the second call on.

        A fork's copy of this closes its copies of the pipes, and leaves the process to whom it belongs.
        """
        if self.process is None:
            return None
        self.tasks.close()
        if not self.is_ours:
            self.results.close()
            self.process = None
            return None
        if kill:
            self.process.kill()
        else:
            self.process.join(_LEAVE_SECONDS)
            if self.process.is_alive():
                self.process.kill()
        self.process.join()
        exit_code: int = self.process.exitcode
        self.results.close()
        self.process = None
        return exit_code


def interrupt(workers: Sequence[Worker]) -> None:
    """Have the functions that run, whose pipes of tasks are closed, end as by a Ctrl-C; wait a little for that.

    They remove or end then what they would in a loop: temporary files, programs that they have started.
    """
    at_work = [worker for worker in workers if worker.unanswered and worker.ready and not worker.is_late]
    busy = [worker.process for worker in at_work if worker.is_ours]
    busy = [process for process in busy if process.pid]  # no signal is for one interpreter alone
    if not _POSIX or not busy:
        return
    for process in busy:
        # One of a fork server is no child of ours: it may be gone before that is known here.
        with contextlib.suppress(ProcessLookupError):
            if process.is_alive():
                os.kill(process.pid, signal.SIGINT)
    deadline = time.monotonic() + _INTERRUPT_SECONDS
    while any(process.is_alive() for process in busy) and time.monotonic() < deadline:
        time.sleep(2e-4)


def _is_open(end: Any) -> bool:
    try:
        return bool(end.fileno() >= 0)
    except OSError:
        return False


def wait_for(workers: Sequence[Worker], seconds: float) -> list[Worker]:
    """Those with an answer, part of one, or the end of their pipe; after `seconds` without any, those that are gone.

    Meanwhile their pipes are given what they take.
    """
    if not _POSIX:
        from multiprocessing import connection

        ready = set(connection.wait([worker.results for worker in workers], seconds))
        answering = [worker for worker in workers if worker.results in ready]
    else:
        answering = _poll(workers, seconds)
    # A process that the worker itself started may keep its pipe open.
    return answering or [worker for worker in workers if not worker.process.is_alive()]


def _poll(workers: Sequence[Worker], seconds: float) -> list[Worker]:
    """One wait of `wait_for`."""
    poll = select.poll()
    readers, writers = {}, {}
    for worker in workers:
        readers[worker.results.fileno()] = worker
        poll.register(worker.results.fileno(), select.POLLIN)
        if worker.is_sending:
            writers[worker.tasks.fileno()] = worker
            poll.register(worker.tasks.fileno(), select.POLLOUT)
    events = [place for place, _ in poll.poll(1000 * seconds)]
    for place in events:
        if place in writers:
            writers[place].flush()
    return [readers[place] for place in events if place in readers]


def _enlarge(end: Connection) -> None:
    """Ask for a larger pipe."""
    if sys.platform != "linux":
        return
    import fcntl

    # Refused where the user's share of pipe memory is used up: then it stays as it is.
    with contextlib.suppress(OSError):
        fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def death_while_starting() -> tuple[str, str]:
    """What is told of workers that die before they are ready, and its mend."""
    mend = "start the program from a file whose main part is under if __name__ == '__main__':, or use one worker"
    return "worker processes died while they were starting", mend


def _server_left() -> bool:
    """Whether the server that forks has just ended, since the main file that it ran asks for workers."""
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    process_id = getattr(server, "_forkserver_pid", None)
    if process_id is None:
        return False
    for _ in range(_LOOKS_AT_SERVER):
        # It is left for the next start to be waited for.
        try:
            ended = os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except OSError:
            return False
        if ended is not None:
            return ended.si_status == EXIT_NO_GUARD
        time.sleep(_LOOK_SECONDS)
    return False


@contextlib.contextmanager
def _start_errors(method: str) -> Iterator[None]:
    """Say in our own words that the system starts no process."""
    try:
        yield
    except Exception as error:
        pass_on(error)
        if method == "forkserver" and _server_left():
            raise WorkerError(*death_while_starting()) from error
        # Of the system, or of `multiprocessing` or whoever has changed it: in a session without a main module, say.
        what, mend = "no worker process can be started", "use one worker"
        if not isinstance(error, OSError):
            kind = MemoryBudgetError if is_memory_shortage(error) else WorkerError
            raise kind(f"{what}: {class_and_text(error)}", mend) from error
        if error.errno == errno.ENOMEM:
            raise MemoryBudgetError(f"{what}: {error.strerror}", f"{mend}, or allow more memory") from error
        raise WorkerError(f"{what}: {error.strerror or error}", mend) from error


def _held_signals() -> set[int]:
    """Those that wait while a process is started: Ctrl-C, and what handlers of the program may end the job by."""
    handled = {number for number in range(1, signal.NSIG) if callable(signal.getsignal(number))}
    return {signal.SIGINT, *handled}


def _start(process: Any, method: str) -> None:
    """Start a process so that a Ctrl-C meanwhile reaches only this one, and a signal comes before that or after."""
    blocks_signals = hasattr(signal, "pthread_sigmask")
    if blocks_signals and method not in ("fork", INTERPRETER):
        # The servers that are started with the first process would keep the block for all their children.
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()
        if method == "forkserver":
            forkserver.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _held_signals()) if blocks_signals else None
    try:
        with warnings.catch_warnings():
            # CPython >= 3.12 warns when a process with several threads forks. The
            # start method is the caller's, and idle threads of a BLAS count too.
            warnings.simplefilter("ignore", DeprecationWarning)
            with _no_missing_main() if method != "fork" else contextlib.nullcontext():
                process.start()
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _no_missing_main() -> Iterator[None]:
    """Hide the main file of a session that has none ("<stdin>"): a new process would fail to import it."""
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if main is None or path is None or getattr(main, "__spec__", None) is not None or os.path.exists(path):
        yield
        return
    del main.__file__
    try:
        yield
    finally:
        main.__file__ = path


@contextlib.contextmanager
def _no_method_fixed(method: str) -> Iterator[None]:
    """Leave it open which start method is this program's default: to start a process with another one settles it."""
    if method == "fork":
        yield
        return
    import multiprocessing

    was_open = multiprocessing.get_start_method(allow_none=True) is None
    try:
        yield
    finally:
        if was_open:
            multiprocessing.set_start_method(None, force=True)
