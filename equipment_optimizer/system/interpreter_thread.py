"""A thread with an interpreter of its own, which looks like a worker process to whoever starts it (Python 3.14 on).

In: a function and its arguments, which pickle. Out: a thread that runs it beside this interpreter, each under a lock of
its own. No thread can be ended from outside: to kill one is to wait for its call. Knows nothing of batches or pools.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import sys
import threading
import weakref

from .machine import INTERPRETER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from typing import Any

__all__ = ["Interpreters", "has_interpreters"]

#: What every such interpreter runs first; the name is bound to what `_Interpreter.start` has pickled. The main file is
#: imported as in a spawned process, whose name tells what it is.
_CODE = f"""
import pickle
paths, main, name, call = pickle.loads(payload)
import sys
sys.path[:] = paths
from {__package__} import machine
machine.mark_worker(shares_process=True)
from multiprocessing import process, spawn
process.current_process().name = name
process.current_process()._inheriting = True
try:
    spawn.prepare(main)
finally:
    del process.current_process()._inheriting
target, args = pickle.loads(call)
del call, payload
target(*args)
"""

#: Bytes that are thrown away at a time.
_DRAINED_BYTES = 1 << 20

#: Seconds that interpreters get to end at the end of the program.
_LEAVE_SECONDS = 2.0

#: Makes the end of a pipe that is another interpreter's.
_dup = os.dup

#: Ends of pipes that are open, and threads that run, for the end of the program.
_ends: weakref.WeakSet[Connection] = weakref.WeakSet()
_running: weakref.WeakSet[_Interpreter] = weakref.WeakSet()


def has_interpreters() -> bool:
    """Whether there are several interpreters in a process here, each with its own lock, and pipes for them."""
    if os.name != "posix":
        return False
    try:
        import concurrent.interpreters  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
    except ImportError:
        return False
    return True


def _is_end(argument: object) -> bool:
    """Whether that is the end of a pipe."""
    return any(argument is end for end in _ends)


class _Lent:
    """The end of a pipe in another interpreter: whoever started that closes it once it has ended."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        """Not here."""


class _Interpreter:
    """A thread in an interpreter of its own; `exitcode` is None while it runs."""

    def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool, name: str) -> None:
        self._call, self._name = (target, args), name
        self._thread: threading.Thread | None = None
        #: Ends of pipes that it has, and those of what is sent to it for who throws that away.
        self._lent: list[int] = []
        self._inputs: list[int] = []
        #: It has no process of its own.
        self.pid = None
        self.exitcode: int | None = None

    def start(self) -> None:
        from concurrent import interpreters
        from multiprocessing import spawn

        known = spawn.get_preparation_data(self._name)
        # The rest is of a process: this one has it already, and its working directory may be another by then.
        wanted = ("sys_argv", "init_main_from_name", "init_main_from_path")
        main = {name: known[name] for name in wanted if name in known}
        interpreter = interpreters.create()
        try:
            self._inputs = [_dup(each.fileno()) for each in self._call[1] if _is_end(each) and each.readable]
            call = self._call[0], tuple(map(self._as_lent, self._call[1]))
            interpreter.prepare_main(payload=pickle.dumps((sys.path, main, self._name, pickle.dumps(call))))
            self._thread = threading.Thread(target=self._run, args=(interpreter,), name=self._name, daemon=True)
            self._thread.start()
        except BaseException:
            interpreter.close()
            self._close(self._lent)
            self._close(self._inputs)
            raise
        _running.add(self)

    def _as_lent(self, argument: Any) -> Any:
        if not _is_end(argument):
            return argument
        self._lent.append(_dup(argument.fileno()))
        return _Lent(self._lent[-1])

    @staticmethod
    def _close(descriptors: list[int]) -> None:
        while descriptors:
            os.close(descriptors.pop())

    def _run(self, interpreter: Any) -> None:
        from concurrent import interpreters

        code = 1
        try:
            interpreter.exec(_CODE)
            code = 0
        except interpreters.ExecutionFailed as failure:
            if failure.excinfo.type.__name__ == "SystemExit" and failure.excinfo.msg.isdigit():
                code = int(failure.excinfo.msg)
            else:
                print(failure, file=sys.stderr)
        finally:
            with contextlib.suppress(interpreters.InterpreterError):
                interpreter.close()
            self.exitcode = code
            self._close(self._lent)

    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def kill(self) -> None:
        """Throw away what it has not read; nothing ends it before what it runs ends."""
        poll = select.poll()
        for descriptor in self._inputs:
            poll.register(descriptor, select.POLLIN)
        while any(os.read(descriptor, _DRAINED_BYTES) for descriptor, _ in poll.poll(0)):
            pass

    def join(self, timeout: float | None = None) -> None:
        if self._thread is not None:
            self._thread.join(timeout)
        if not self.is_alive():
            self._close(self._inputs)


class Interpreters:
    """What a crew needs of a context of ``multiprocessing``."""

    Process = _Interpreter

    @staticmethod
    def Pipe(duplex: bool = False) -> tuple[Connection, Connection]:  # noqa: N802
        """The end to read, whose writing end is closed before its reader is killed, and the end to write."""
        from multiprocessing import connection

        ends = connection.Pipe(duplex)
        _ends.update(ends)
        return ends

    @staticmethod
    def get_start_method() -> str:
        """How this is called."""
        return INTERPRETER


@atexit.register
def _end_all() -> None:
    """Let no thread run in another interpreter while this one ends: it would end the program as by a fault."""
    for end in list(_ends):
        with contextlib.suppress(OSError):
            end.close()
    for each in list(_running):
        each.join(_LEAVE_SECONDS)
