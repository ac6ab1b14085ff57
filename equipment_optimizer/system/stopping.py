"""When to stop early: a signal, a deadline, or somebody's own reason.

Long loops poll `StopFlag.is_set` between blocks, so that what was found so far
can still be written. Nothing here knows what is being stopped.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from ..errors import StoppedError

__all__ = ["StopFlag", "interruptible", "stop_in_session", "stop_on_signals", "within"]

#: Signals that ask a run to finish with what it has, with the words to say so.
_SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


#: Seconds after which an interrupt that Python dropped comes again: whatever dropped it is over by then.
_AGAIN_SECONDS = 0.01

#: Signals that were answered with KeyboardInterrupt since `interruptible` began.
_raised: list[int] = []


class StopFlag:
    """A flag that is set once, by hand, by a signal or by a deadline; `reason` says why, None while it is not.

    `time_limit` is seconds from now on the monotonic clock, so that setting the system's clock changes
    nothing; `also` is another reason to stop, polled by `is_set`.
    """

    __slots__ = ("_also", "_deadline", "reason")

    def __init__(self, time_limit: float | None = None, also: Callable[[], bool] | None = None) -> None:
        self._deadline = None if time_limit is None else time.monotonic() + time_limit
        self._also = also
        self.reason: str | None = None

    def set(self, reason: str) -> None:
        """Ask for a stop; the first reason stays."""
        if self.reason is None:
            self.reason = reason

    def is_set(self) -> bool:
        """Whether to stop now; well under a microsecond, so polling it once a block costs nothing."""
        if self.reason is None:
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self.reason = "the time limit"
            elif self._also is not None and self._also():
                self.reason = "a request"
        return self.reason is not None


@contextmanager
def stop_on_signals(flag: StopFlag) -> Iterator[StopFlag]:
    """Let Ctrl-C and SIGTERM set `flag`, which is yielded, while the block runs.

    The second signal raises KeyboardInterrupt at once. Earlier handlers come back at the end. Outside the
    main thread, where Python allows no handlers, the block runs without them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    n_signals = 0

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal n_signals
        n_signals += 1
        if n_signals > 1:
            _raise_interrupt(number, frame)
        flag.set(_SIGNALS[signal.Signals(number)])

    before: dict[signal.Signals, Any] = {}
    try:
        for number in _SIGNALS:
            # A signal that the parent ignores (nohup, a background job) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, on_signal)
        yield flag
    finally:
        for number, handler in before.items():
            # None: the handler was not installed from Python and cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def stop_in_session(flag: StopFlag) -> Iterator[StopFlag]:
    """In an interactive session let the first Ctrl-C set `flag` while the block runs, so that what was found is kept.

    A script is interrupted as ever, since it would go on with what comes next; and whoever answers for Ctrl-C
    already, such as our own commands, goes on doing so.
    """
    is_session = hasattr(sys, "ps1") or bool(sys.flags.interactive)
    if (
        not is_session
        or threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield flag
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        flag.set(_SIGNALS[signal.SIGINT])

    signal.signal(signal.SIGINT, on_signal)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt, so that whatever is half-done is tidied up.

    Where somebody else answers for a signal, or it is ignored, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _raise_interrupt)
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_again_if_interrupt, hook)
    _raised.clear()
    try:
        yield
    except Exception:
        if _raised:
            # Some extensions turn it into an error of their own, such as a failed import.
            raise KeyboardInterrupt from None
        raise
    finally:
        sys.unraisablehook = hook
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


class _OutOfTime(KeyboardInterrupt):
    """The time limit of a block, raised as Ctrl-C is, so that whatever answers that answers this."""


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """End a block that polls no flag after a time with a `StoppedError`, whatever it waits for.

    Outside the main thread, and where the system has no timers, it ends by itself and is refused then.
    """
    if seconds is None:
        yield
        return
    deadline = time.monotonic() + seconds
    can_interrupt = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, _raise_out_of_time) if can_interrupt else None
    try:
        try:
            if can_interrupt:
                signal.setitimer(signal.ITIMER_REAL, seconds)
            yield
        finally:
            if can_interrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
        if time.monotonic() < deadline:
            return
    except _OutOfTime:
        pass
    raise StoppedError("stopped early by the time limit; nothing was written", "allow more time")


def _raise_out_of_time(number: int, frame: FrameType | None) -> NoReturn:
    """Answer the timer."""
    raise _OutOfTime


def _raise_interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Answer a signal with KeyboardInterrupt."""
    _raised.append(number)
    raise KeyboardInterrupt


def _again_if_interrupt(hook: Callable[[Any], object], unraisable: Any) -> None:
    """Where Python drops a KeyboardInterrupt (in a destructor, a callback), let it come again instead of telling."""
    if unraisable.exc_type is not KeyboardInterrupt:
        hook(unraisable)
        return
    while True:
        try:
            later = threading.Timer(_AGAIN_SECONDS, _interrupt)
            later.daemon = True
            later.start()
            return
        except KeyboardInterrupt:
            # It came before this was over, on a machine that has much to do: here it would be dropped again.
            continue


def _interrupt() -> None:
    """A Ctrl-C for the main thread, also where it sleeps in the system; none where nobody would answer it."""
    if not callable(signal.getsignal(signal.SIGINT)):
        return
    main, kill = threading.main_thread().ident, getattr(signal, "pthread_kill", None)
    if kill is None or main is None:
        _thread.interrupt_main()
    else:
        kill(main, signal.SIGINT)
