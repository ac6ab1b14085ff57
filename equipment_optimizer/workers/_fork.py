"""Processes and pipes of one's own by fork, for programs that have not started any through ``multiprocessing``.

In: a function and its arguments. Out: a process that runs it, with the part of the interface of
``multiprocessing.Process`` that a crew needs. Loading what the standard one starts processes with takes 5 to
8 ms, as long as a job of 50 ms gains; where that is loaded it is used, because it looks after forks of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

from ..system import machine
from ..system.quick_signal import plain as signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Fork", "context_of"]


class _End:
    """One end of a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            self.close()


class _Process:
    """A forked child; `exitcode` is negative for a signal and None while it runs."""

    def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool, name: str) -> None:
        self._call = target, args
        self.pid = 0
        self.exitcode: int | None = None

    def start(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._be_child()

    def _be_child(self) -> None:
        """Run the call and nothing of what the parent would do at its end."""
        code, was_loaded = 1, "multiprocessing.util" in sys.modules
        try:
            machine.mark_worker()
            with contextlib.suppress(OSError):
                sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
            target, args = self._call
            target(*args)
            if not was_loaded and (util := sys.modules.get("multiprocessing.util")) is not None:
                # Processes that the function started end as at the end of a program.
                util._exit_function()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(code)

    def is_alive(self) -> bool:
        return self._reaped(os.WNOHANG) is None

    def kill(self) -> None:
        if self.is_alive():
            os.kill(self.pid, signal.SIGKILL)

    def join(self, timeout: float | None = None) -> None:
        if timeout is None:
            self._reaped(0)
            return
        deadline = time.monotonic() + timeout
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(2e-4)

    def _reaped(self, options: int) -> int | None:
        if self.exitcode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                # Somebody else in this program waits for every child.
                pid, status = self.pid, 1 << 8
            if pid:
                self.exitcode = os.waitstatus_to_exitcode(status)
        return self.exitcode


class Fork:
    """What a crew needs of a context of ``multiprocessing``."""

    Process = _Process

    @staticmethod
    def Pipe(duplex: bool = False) -> tuple[_End, _End]:  # noqa: N802
        """The end to read and the end to write."""
        reader, writer = os.pipe()
        return _End(reader), _End(writer)

    @staticmethod
    def get_start_method() -> str:
        return "fork"


def context_of(method: str) -> Any:
    """The context of a start method."""
    if method == "fork" and "multiprocessing.util" not in sys.modules:
        return Fork()
    if method == machine.INTERPRETER:
        from ..system.interpreter_thread import Interpreters

        return Interpreters()
    import multiprocessing

    return multiprocessing.get_context(method)
