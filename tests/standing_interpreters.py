"""Stands for the interpreters of a process where this Python has none: processes that have nothing of this one.

What they are given, and its order, is the same; only that they compute at the same time is no merit of theirs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import types

_RUN = "import sys; payload = sys.stdin.buffer.read(); exec(sys.argv[1])"


class ExecutionFailed(Exception):
    """What was run raised: `excinfo` tells what."""

    def __init__(self, words: str) -> None:
        kind, _, text = words.strip().splitlines()[-1].partition(": ")
        super().__init__(words)
        self.excinfo = types.SimpleNamespace(type=types.SimpleNamespace(__name__=kind), msg=text)


class InterpreterError(Exception):
    """It is not there."""


class Interpreter:
    """Runs code once, with the ends of pipes that were doubled for it."""

    def __init__(self, doubled: list[int]) -> None:
        self._doubled = doubled
        self.is_closed = False

    def prepare_main(self, payload: bytes) -> None:
        self._payload = payload
        self._own, self._doubled[:] = [*self._doubled], []

    def exec(self, code: str) -> None:
        command = [sys.executable, "-c", _RUN, code]
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=self._own,
            env={**os.environ, "PYTHONPATH": folder},
        )
        _, errors = process.communicate(self._payload)
        if process.returncode == 1:
            raise ExecutionFailed(errors.decode())
        if process.returncode:
            raise ExecutionFailed(f"SystemExit: {process.returncode}")

    def close(self) -> None:
        if self.is_closed:
            raise InterpreterError
        self.is_closed = True


@contextlib.contextmanager
def stand_in(monkeypatch):
    """Make them what ``concurrent.interpreters`` is; yields all that were made."""
    doubled: list[int] = []
    made: list[Interpreter] = []
    real = os.dup

    def dup(descriptor: int) -> int:
        doubled.append(real(descriptor))
        return doubled[-1]

    def create() -> Interpreter:
        made.append(Interpreter(doubled))
        return made[-1]

    module = types.ModuleType("concurrent.interpreters")
    module.create, module.ExecutionFailed, module.InterpreterError = create, ExecutionFailed, InterpreterError
    monkeypatch.setitem(sys.modules, "concurrent.interpreters", module)
    monkeypatch.setattr(sys.modules["concurrent"], "interpreters", module, raising=False)
    monkeypatch.setattr("equipment_optimizer.system.interpreter_thread._dup", dup)
    yield made
