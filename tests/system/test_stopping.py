"""A run stops when asked: by hand, by a signal, by a deadline; and only then."""

import os
import signal
import subprocess
import sys
import threading
import types

import pytest

from equipment_optimizer.errors import StoppedError
from equipment_optimizer.system import stopping
from equipment_optimizer.system.stopping import StopFlag, stop_in_session, stop_on_signals, within


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(stopping, "time", clock)
    return clock


def test_a_flag_is_set_once_and_keeps_its_first_reason():
    flag = StopFlag()
    assert not flag.is_set()
    assert flag.reason is None
    flag.set("enough")
    flag.set("more than enough")
    assert flag.is_set()
    assert flag.reason == "enough"


def test_a_deadline_sets_the_flag_when_it_is_reached(clock):
    flag = StopFlag(time_limit=2.5)
    clock.now += 2.4
    assert not flag.is_set()
    clock.now += 0.1
    assert flag.is_set()
    assert flag.reason == "the time limit"
    clock.now -= 100
    assert flag.is_set()


def test_another_reason_is_polled():
    answers = iter([False, True])
    flag = StopFlag(also=lambda: next(answers))
    assert not flag.is_set()
    assert flag.is_set()
    assert flag.is_set()
    assert flag.reason == "a request"


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_sets_the_flag_and_the_old_handlers_return(number, reason):
    before = signal.getsignal(number)
    with stop_on_signals(StopFlag()) as flag:
        os.kill(os.getpid(), number)
        assert flag.is_set()
        assert flag.reason == reason
    assert signal.getsignal(number) is before


def test_the_second_signal_aborts_at_once():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stop_on_signals(StopFlag()):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_first_signal_after_a_deadline_does_not_abort(clock):
    with stop_on_signals(StopFlag(time_limit=0)) as flag:
        assert flag.is_set()
        os.kill(os.getpid(), signal.SIGINT)
    assert flag.reason == "the time limit"


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_on_signals(StopFlag()) as flag:
            os.kill(os.getpid(), signal.SIGINT)
        assert not flag.is_set()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_there_are_no_handlers():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def body():
        with stop_on_signals(StopFlag()) as flag:
            seen.append(signal.getsignal(signal.SIGINT))
            seen.append(flag.is_set())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [before, False]


def test_importing_it_installs_nothing():
    code = (
        "import signal; before = signal.getsignal(signal.SIGTERM)\n"
        "import equipment_optimizer.system.stopping\n"
        "assert signal.getsignal(signal.SIGTERM) is before"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=300).returncode == 0


DROPPED = """
import os, signal, sys, time
from equipment_optimizer import cli
from equipment_optimizer.commands import verify as verify_command

class Dropping:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.001)

def run(*_):
    Dropping()
    time.sleep(600)

verify_command.run = run
sys.exit(cli.main(["verify", "a", "b", "c"]))
"""


def test_an_interrupt_that_python_drops_comes_again():
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: aborted; outputs that were not finished are as they were before\n"


def test_an_interrupt_that_comes_before_that_is_arranged_comes_again_too(monkeypatch):
    begun = []

    class Timer:
        """One that is so late that its interrupt comes while it is started."""

        def __init__(self, seconds, function):
            self.function = function

        def start(self):
            begun.append(self.function)
            if len(begun) < 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(stopping.threading, "Timer", Timer)
    stopping._again_if_interrupt(print, types.SimpleNamespace(exc_type=KeyboardInterrupt))
    assert begun == [stopping._interrupt] * 3


def test_other_errors_that_python_drops_are_still_told():
    told = []
    unraisable = types.SimpleNamespace(exc_type=ValueError)
    stopping._again_if_interrupt(told.append, unraisable)
    assert told == [unraisable]


CONVERTED = """
import os, signal, sys
from equipment_optimizer import cli
from equipment_optimizer.commands import verify as verify_command

def run(*_):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt:
        raise ImportError("could not import a module that is there")

verify_command.run = run
sys.exit(cli.main(["verify", "a", "b", "c"]))
"""


def test_an_interrupt_that_an_extension_turns_into_an_error_is_an_interrupt():
    done = subprocess.run([sys.executable, "-c", CONVERTED], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: aborted; outputs that were not finished are as they were before\n"


def test_a_block_that_polls_nothing_is_ended_by_its_time_limit():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(StoppedError, match="stopped early by the time limit"), within(0.05):
        threading.Event().wait(600)
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_block_that_is_done_in_time_is_left_alone():
    with within(600):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    with within(None):
        pass


def test_outside_the_main_thread_a_block_is_refused_at_its_end(clock):
    told = []

    def work():
        try:
            with within(5):
                clock.now += 6
        except StoppedError as error:
            told.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(told) == 1


def test_other_errors_of_a_block_are_their_own(clock):
    with pytest.raises(ValueError, match="mine"), within(5):
        raise ValueError("mine")


def test_in_a_session_the_first_interrupt_sets_the_flag_and_the_second_is_an_interrupt(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    flag = StopFlag()
    try:
        with stop_in_session(flag):
            signal.raise_signal(signal.SIGINT)
            assert flag.reason == "Ctrl-C"
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_script_is_interrupted_as_ever(monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    flag = StopFlag()
    try:
        with stop_in_session(flag), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert flag.reason is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_whoever_answers_for_interrupts_in_a_session_goes_on_doing_so(monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    outer, inner = StopFlag(), StopFlag()
    with stop_on_signals(outer), stop_in_session(inner):
        signal.raise_signal(signal.SIGINT)
    assert (outer.reason, inner.reason) == ("Ctrl-C", None)
