"""What is loaded quickly is what `signal` has."""

from __future__ import annotations

import builtins
import functools
import importlib
import signal
import subprocess
import sys

import pytest

from equipment_optimizer.system import quick_signal


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIG_IGN", "SIG_DFL", "SIGKILL", "SIG_BLOCK", "SIG_SETMASK"])
def test_numbers_are_the_same(name: str) -> None:
    assert getattr(quick_signal.plain, name, None) == getattr(signal, name, None)


def test_signals_are_ignored_by_it() -> None:
    code = (
        "from equipment_optimizer.system.quick_signal import plain\n"
        "plain.signal(plain.SIGINT, plain.SIG_IGN); plain.raise_signal(plain.SIGINT)\n"
        "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_an_interpreter_without_the_part_in_c_has_that_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "_signal":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert importlib.reload(quick_signal).plain is signal
    monkeypatch.undo()
    importlib.reload(quick_signal)


class Alarm:
    """Handlers of other kinds than functions."""

    def method(self, number, frame):
        raise LookupError(number)

    def __call__(self, number, frame):
        raise LookupError(number)


def alarm(number, frame):
    raise LookupError(number)


@pytest.mark.parametrize(
    "handler", [alarm, functools.partial(alarm), Alarm().method, Alarm(), signal.default_int_handler]
)
def test_what_a_handler_raised_is_told_from_other_errors(handler):
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises((LookupError, KeyboardInterrupt)) as caught:
            signal.raise_signal(signal.SIGUSR1)
        # One in C leaves nothing to be known by, and is that of a Ctrl-C.
        assert quick_signal.raised_by_handler(caught.value) is (caught.type is LookupError)
        assert not quick_signal.raised_by_handler(LookupError())
        with pytest.raises(caught.type) as again:
            quick_signal.pass_on(caught.value)
        assert again.value is caught.value
        quick_signal.pass_on(LookupError())
        # Whoever pickles what lies elsewhere may wait for it in vain.
        assert not quick_signal.raised_by_handler(TimeoutError("no answer"))
    finally:
        signal.signal(signal.SIGUSR1, before)
