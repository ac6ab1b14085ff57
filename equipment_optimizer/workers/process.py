"""What runs inside a worker process: read a batch, apply the function, answer.

In: frames on one pipe. Out: frames on another. Knows nothing of the pool that sends
them. It leaves when its parent is gone.
"""

from __future__ import annotations

import _thread
import contextlib
import gc
import os
import sys
import time
import warnings
from _contextvars import copy_context

from ..errors import WorkerError
from ..system.machine import leave_worker
from ..system.quick_named_tuples import LightRecord
from ..system.quick_signal import plain as signal
from .carried_error import CarriedError, carry, with_carried
from .channel import Frame, decode, encode, receive_frame, send_frame, with_gaps
from .function_context import context_of_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection
    from typing import Any

__all__ = [
    "BATCH",
    "EXIT_NO_GUARD",
    "EXIT_NO_MEMORY",
    "EXIT_NO_THREAD",
    "FAILED",
    "FUNCTION",
    "READY",
    "RESULTS",
    "RETURNED",
    "WORKER_NAME",
    "Origin",
    "apply_batch",
    "interpreter_main",
    "leave_unguarded_main",
    "worker_main",
]

# Kinds of frames: to the worker (a function with its surroundings, items), and from it: results,
# results with the error that ended them, and why a batch has to be computed where it came from.
FUNCTION, BATCH = 1, 2
READY, RESULTS, FAILED, RETURNED = 3, 4, 5, 6

#: Exit code of a worker that has not even the memory to say so.
EXIT_NO_MEMORY = 74

#: What a process is called that `multiprocessing` did not start as one of its processes.
_SERVER_NAME = "MainProcess"

#: Exit code of a worker, or of who starts workers, whose main file, imported once more, asks for workers itself.
EXIT_NO_GUARD = 75

#: Exit code of a worker that may not have one thread more.
EXIT_NO_THREAD = 76

#: What the names of worker processes begin with.
WORKER_NAME = "map-worker-"

#: Seconds without a batch after which a worker leaves.
IDLE_SECONDS = 300.0

#: Since when this worker has had nothing to do, where it has nothing.
_idle_since: list[float] = []

#: Has something once the function was interrupted because nobody waits for it, or there is none to interrupt any more.
_interrupted: list[None] = []

#: Seconds between two looks at whether the parent still lives.
_PARENT_SECONDS = 1.0


class Origin(LightRecord):
    """The process that a worker is for, and what a worker may begin with another one of: environment, warning filters.

    None where it has the same. `held_signals`: those that waited while it was started.
    """

    parent_id: int
    environment: dict[str, str] | None
    warning_filters: list[Any] | None = None
    held_signals: tuple[int, ...] = ()


def worker_main(
    tasks: Connection,
    results: Connection,
    inherited: Iterable[Connection],
    origin: Origin,
    worker_number: int,
) -> None:
    """Answer batches until the pipe of tasks ends."""
    # What was there at the fork is looked through by no collection: to look at it copies its memory.
    gc.freeze()
    _set_signals(tasks, origin.held_signals)
    if origin.environment is not None and origin.environment != dict(os.environ):
        os.environ.clear()
        os.environ.update(origin.environment)
        if hasattr(time, "tzset"):
            time.tzset()
    if origin.warning_filters is not None:
        # One of another process was put first while this one was forked.
        warnings.resetwarnings()
        warnings.filters = origin.warning_filters
    for end in inherited:
        end.close()
    _allow_children()
    try:
        # A bare thread ends with the process, whatever it does.
        _thread.start_new_thread(_leave_with_parent, (origin.parent_id,))
    except RuntimeError:
        # There is no room for it or its stack, and without it this process might outlive its parent.
        os._exit(EXIT_NO_THREAD)
    try:
        with contextlib.suppress(EOFError, BrokenPipeError):
            _answer_all(tasks, results, worker_number)
        # From here on there is nothing to interrupt.
        _interrupted.append(None)
    except KeyboardInterrupt:
        if not _interrupted:
            raise
    except MemoryError:
        os._exit(EXIT_NO_MEMORY)
    _end_executors()


def interpreter_main(tasks: Any, results: Any, _: object, __: object, worker_number: int) -> None:
    """The same in a thread with an interpreter of its own: its process, signals and environment are its starter's."""
    try:
        _answer_all(tasks, results, worker_number)
    except (EOFError, BrokenPipeError):
        return
    except MemoryError:
        leave_worker(EXIT_NO_MEMORY)


def _answer_all(tasks: Connection, results: Connection, worker_number: int) -> None:
    """Answer batches until this worker is interrupted; EOFError where the pipe of tasks ends."""
    func: Callable[[Any], Any] = _no_function
    context = at_birth = copy_context()
    process_id = os.getpid()
    _idle_since[:] = [time.monotonic()]
    send_frame(results, encode(READY, 0, None))
    while True:
        frame = receive_frame(tasks)
        _idle_since.clear()
        if frame.kind == FUNCTION:
            context = at_birth.copy()
            func = context.run(_load_function, frame, worker_number)
            context = context.run(context_of_function)
            continue
        answer = context.run(_answer, func, frame)
        if os.getpid() != process_id:
            # A fork that the function made and did not end: the answer is the worker's to give.
            os._exit(1)
        if _interrupted:
            return
        send_frame(results, answer)
        _idle_since[:] = [time.monotonic()]


def apply_batch(func: Callable[[Any], Any], items: Iterable[Any]) -> tuple[list[Any], CarriedError | None]:
    """The results of a batch, or those before the first error and the error, ready to travel."""
    values: list[Any] = []
    error: CarriedError | None = None
    try:
        for item in items:
            values.append(func(item))
    except BaseException as raised:
        error = carry(raised)
    # What the function printed appears even if this process is killed later.
    for stream in (sys.stdout, sys.stderr):
        # Nobody listens any more: that is no reason to lose the results.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    return values, error


def _answer(func: Callable[[Any], Any], frame: Frame) -> Frame:
    """The frame that answers a batch."""
    try:
        items = decode(frame)
    except MemoryError:
        return encode(RETURNED, frame.number, "an item cannot be unpickled (MemoryError)")
    except BaseException as failure:
        # Where it was made it need not be unpickled, not even what asks for the end of its process.
        return encode(RETURNED, frame.number, f"an item cannot be unpickled ({carry(failure).words})")
    if type(func) is _Unloaded:
        return encode(RETURNED, frame.number, func.why)
    values, error = apply_batch(func, items)
    try:
        return encode(RESULTS if error is None else FAILED, frame.number, (with_gaps(with_carried(values)), error))
    except MemoryError:
        # The result is there, unlike that of a call for which there is not the memory.
        del values
        return encode(RETURNED, frame.number, "a result cannot be pickled (MemoryError)")
    except BaseException as failure:
        return encode(RETURNED, frame.number, f"a result cannot be pickled ({carry(failure).words})")


def _load_function(frame: Frame, worker_number: int) -> Callable[[Any], Any]:
    """The function of a frame in its surroundings, or what says why there is none."""
    try:
        func: Callable[[Any], Any]
        func, surroundings = decode(frame)
        surroundings.enter(func, worker_number)
    except BaseException as error:
        return _Unloaded(f"a worker cannot load the function ({carry(error).words})")
    return func


class _Unloaded:
    """In place of a function that cannot be had here: its batches go back to where it is."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __call__(self, _: Any) -> Any:
        raise WorkerError(self.why, "define the function in a module that workers can import, or use one worker")


def leave_unguarded_main() -> None:
    """End a worker whose main file begins the same job again; whoever started it says what to do about that.

    So ends the server that forks workers where it runs the main file once for all of them, as in Python 3.14.
    """
    process: Any = sys.modules.get("multiprocessing.process")
    if not hasattr(process, "current_process"):
        return
    current = process.current_process()
    if getattr(current, "_inheriting", False) and current.name.startswith((WORKER_NAME, _SERVER_NAME)):
        leave_worker(EXIT_NO_GUARD)


def _no_function(_: Any) -> Any:
    raise WorkerError("a batch came before its function")


def _allow_children() -> None:
    """Let the function start processes of its own, as it may where it came from: no daemon may."""
    module: Any = sys.modules.get("multiprocessing.process")
    if hasattr(module, "current_process") and module.current_process().daemon:
        module.current_process().daemon = False


def _set_signals(tasks: Connection, held: Iterable[int]) -> None:
    """Ctrl-C is the parent's to answer; a terminate signal ends the worker, whatever the parent does with it.

    A parent that has closed the pipe waits for nothing more: the function is interrupted then, so that it removes or
    ends what it would in a loop. Ctrl-C is not ignored, as it would be by all programs that the function starts.
    """
    process_id = os.getpid()
    _interrupted.clear()

    def interrupt(*_: object) -> None:
        if os.getpid() == process_id and not _interrupted and _is_closed(tasks):
            _interrupted.append(None)
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt if os.name == "posix" else signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A fork's signals are nothing to the event loop of its parent.
    signal.set_wakeup_fd(-1)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, *held})


def _is_closed(tasks: Connection) -> bool:
    """Whether the other end of a pipe is gone, whatever is left in it."""
    import select

    poll = select.poll()
    poll.register(tasks.fileno(), 0)
    return bool(poll.poll(0))


def _end_executors() -> None:
    """Let executors that the function made end their processes, as at the end of a program; this one has no such."""
    if "concurrent.futures.process" in sys.modules:
        import threading

        threading._shutdown()  # type: ignore[attr-defined]


def _leave_with_parent(parent_id: int) -> None:
    """End this process when its parent has ended, even in the middle of a batch.

    A signal at the parent's death (prctl) would be quicker, but it also comes when
    only the *thread* that started the worker ends, and means the server process
    under the forkserver method.
    """
    is_child = os.name == "posix" and os.getppid() == parent_id
    module: Any = sys.modules.get("multiprocessing.process")
    # The function may be about to load it.
    parent = module.parent_process() if hasattr(module, "parent_process") else None
    if parent is None and not is_child:
        return
    while not _is_over(parent):
        if is_child and os.getppid() != parent_id:
            break
        if any(time.monotonic() - since > IDLE_SECONDS for since in _idle_since):
            break
    os._exit(1)


def _is_over(parent: Any) -> bool:
    """Wait a little for the end of the parent, where it can be waited for."""
    if parent is None:
        time.sleep(_PARENT_SECONDS)
        return False
    from multiprocessing import connection

    return bool(connection.wait([parent.sentinel], _PARENT_SECONDS))
