"""An exception is the same behind the pipe, or says why it is not."""

from __future__ import annotations

import pickle
import threading

import pytest

from equipment_optimizer.errors import WorkerError
from equipment_optimizer.workers.carried_error import carry


class Wanted(Exception):
    """Its arguments are not those of its parent."""

    def __init__(self, what, *, place):
        super().__init__(f"{what} at {place}")
        self.place = place


class Holds(Exception):
    def __init__(self, lock):
        super().__init__("held", lock)
        self.lock = lock


class Mute(Exception):
    def __str__(self):
        return self.nothing


class Refusal(OSError):
    def __init__(self, path):
        super().__init__(13, "Permission denied", path)


class Inherits(Wanted, LookupError):
    pass


def journey(error):
    """What arrives where pickles arrive."""
    return pickle.loads(pickle.dumps(carry(error))).restored()


def raised(error, cause=None):
    try:
        raise error from cause
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        ValueError("plain"),
        KeyError("k"),
        Wanted("piece", place=3),
        Inherits("piece", place=4),
        Refusal("/etc/shadow"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"),
        StopIteration(5),
        SystemExit(7),
        ExceptionGroup("many", [ValueError("one"), Wanted("two", place=1)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_class_text_and_attributes_stay(error):
    arrived = journey(raised(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert getattr(arrived, "place", None) == getattr(error, "place", None)
    assert any(note.startswith("in a worker process:\n") for note in arrived.__notes__)


def test_a_cause_comes_along():
    arrived = journey(raised(Wanted("piece", place=3), cause=KeyError("first")))
    assert isinstance(arrived.__cause__, KeyError)
    assert arrived.__suppress_context__


def test_what_does_not_pickle_is_told_in_words():
    arrived = journey(raised(Holds(threading.Lock())))
    assert type(arrived) is Holds
    assert arrived.args[0] == "held"
    assert arrived.lock.startswith("<lock: ")
    assert arrived.lock.endswith(": does not pickle>")


def test_an_error_that_cannot_say_itself_still_travels():
    assert type(journey(raised(Mute("x")))) is Mute


def test_a_class_that_nobody_can_import_is_named():
    class Local(Exception):
        pass

    arrived = journey(raised(Local("here")))
    assert isinstance(arrived, WorkerError)
    assert str(arrived).startswith("Local: here")
    assert "it cannot be pickled: " in arrived.__notes__[0]


def test_an_error_that_only_fails_to_load_here_says_so():
    carried = carry(ValueError("x"))._replace(payload=b"nonsense")
    assert isinstance(carried.restored(), WorkerError)
    assert "it cannot be rebuilt here" in carried.restored().__notes__[0]


def test_memory_that_ran_out_is_one_class():
    assert type(journey(raised(OSError(12, "Cannot allocate memory")))) is MemoryError
