"""An exception is the same behind the pipe, or says why it is not."""

from __future__ import annotations

import collections
import pickle
import signal
import threading
import traceback

import numpy as np
import pytest

from equipment_optimizer.errors import WorkerError
from equipment_optimizer.workers.carried_error import CarriedError, _rebuild, carry, class_and_text, with_carried


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


class OwnShortage(MemoryError):
    pass


def numpy_shortage():
    try:
        np.empty(1 << 50)
    except MemoryError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(12, "Cannot allocate memory", "/a/file"),
        numpy_shortage(),
        OwnShortage("of mine"),
        MemoryError("a plain one"),
        RuntimeError("cannot allocate memory for a purpose of its own"),
        raised(ValueError("too large"), cause=MemoryError("first")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_looks_like_a_shortage_of_memory_stays_what_it_is(error):
    arrived = journey(raised(error, error.__cause__))
    assert (type(arrived), str(arrived), vars(arrived).keys()) == (type(error), str(error), {"__notes__", *vars(error)})
    assert getattr(arrived, "filename", None) == getattr(error, "filename", None)
    assert type(arrived.__cause__) is type(error.__cause__)


def test_where_there_is_no_room_for_a_traceback_it_is_a_plain_memory_error(monkeypatch):
    def no_room(error):
        raise MemoryError

    monkeypatch.setattr(traceback, "format_exception", no_room)
    arrived = journey(raised(ValueError("x")))
    assert (type(arrived), str(arrived)) == (MemoryError, "in a worker process")


def test_where_an_error_cannot_be_formatted_its_words_travel(monkeypatch):
    def fault(error):
        raise ZeroDivisionError

    monkeypatch.setattr(traceback, "format_exception", fault)
    arrived = journey(raised(MemoryError("x")))
    assert (type(arrived), str(arrived)) == (WorkerError, "MemoryError: x")


def test_a_shortage_of_a_class_that_nobody_can_import_is_a_memory_error():
    class Local(MemoryError):
        pass

    arrived = journey(raised(Local("here")))
    assert (type(arrived), str(arrived)) == (MemoryError, "Local: here")


class OwnGroup(ExceptionGroup):
    def __new__(cls, message, exceptions, place):
        group = super().__new__(cls, message, exceptions)
        group.place = place
        return group


def members(error):
    inner = [members(each) for each in getattr(error, "exceptions", ())]
    return type(error), str(error), getattr(error, "place", None), type(error.__cause__), inner


@pytest.mark.parametrize(
    "make",
    [
        lambda: ExceptionGroup("pair", (ValueError(1), Wanted("a", place=2))),
        lambda: ExceptionGroup("pair", [ValueError(1), Wanted("a", place=2)]),
        lambda: ExceptionGroup("deque", collections.deque([Wanted("a", place=2)])),
        lambda: ExceptionGroup("outer", (KeyError("k"), ExceptionGroup("inner", [Wanted("b", place=3)]))),
        lambda: BaseExceptionGroup("base", (KeyboardInterrupt(), Wanted("c", place=4))),
        lambda: ExceptionGroup("causes", [raised(ValueError(1), cause=Wanted("d", place=5))]),
        lambda: OwnGroup("own", (ValueError(1), Wanted("e", place=6)), 7),
    ],
)
def test_groups_arrive_with_all_they_hold(make):
    group = make()
    arrived = journey(raised(group))
    assert members(arrived) == members(group)
    assert type(arrived.args[1]) is type(group.args[1]) or isinstance(group.args[1], collections.deque)


def test_of_a_group_only_what_nobody_can_import_is_replaced():
    class Local(Exception):
        pass

    arrived = journey(raised(ExceptionGroup("some", (ValueError(1), Local("here")))))
    assert [type(each) for each in arrived.exceptions] == [ValueError, WorkerError]
    assert str(arrived.exceptions[1]).startswith("Local: here")


def test_errors_that_have_each_other_as_context_arrive():
    group = ExceptionGroup("all", [Wanted(str(n), place=n) for n in range(20)])
    for each in group.exceptions:
        each.__context__ = group
    assert members(journey(raised(group))) == members(group)


class Slotted(Exception):
    __slots__ = ("empty", "place")


class SlottedLookup(Wanted, KeyError):
    __slots__ = ("level",)


def test_slots_and_attributes_of_builtin_classes_arrive():
    slotted = Slotted("s")
    slotted.place = 3
    arrived = journey(raised(slotted))
    assert (arrived.place, hasattr(arrived, "empty")) == (3, False)
    lookup = SlottedLookup("x", place=1)
    lookup.level = threading.Lock()
    assert journey(raised(lookup)).level.endswith(": does not pickle>")
    missing = journey(raised(AttributeError("text", name="nam", obj=(1, 2))))
    assert (str(missing), missing.name, missing.obj) == ("text", "nam", (1, 2))
    for obj in (threading.Lock(), b"x" * (2 << 20)):
        missing = journey(raised(AttributeError("text", name="nam", obj=obj)))
        assert (missing.name, missing.obj) == ("nam", None)
    assert journey(raised(NameError("text", name="nam"))).name == "nam"
    unloaded = journey(raised(OwnImport("text", place=2)))
    assert (unloaded.msg, unloaded.name, unloaded.path, unloaded.place) == ("text at 2", "nam", "/a/path", 2)


class OwnImport(ImportError):
    def __init__(self, what, *, place):
        super().__init__(f"{what} at {place}", name="nam", path="/a/path")
        self.place = place


def test_values_without_exceptions_are_left_alone():
    for values in ([], [1, "a"], (1, 2.0), [(1, "a"), (None, True)], [(1, [2]), [ValueError], {"a": ValueError("b")}]):
        assert with_carried(values) is values or list(map(id, with_carried(values))) == list(map(id, values))


def test_exceptions_among_values_arrive_as_they_are_or_not_at_all():
    wanted, plain = raised(Wanted("piece", place=3), KeyError("k")), ValueError("plain")
    values = [1, wanted, (2, wanted, "a"), plain, (True, plain)]
    one, first, second, same_plain, pair = pickle.loads(pickle.dumps(with_carried(values)))
    assert (one, second[0], second[2], pair[0]) == (1, 2, "a", True)
    assert first is second[1]
    assert same_plain is pair[1]
    assert (type(first), str(first), first.place, repr(first.__cause__)) == (Wanted, "piece at 3", 3, "KeyError('k')")
    assert (type(same_plain), same_plain.args) == (ValueError, ("plain",))
    for error in (Holds(threading.Lock()), raised(ValueError("then"), Holds(threading.Lock()))):
        with pytest.raises(TypeError, match="lock"):
            pickle.dumps(with_carried([0, (1, error)]))


def test_an_alarm_while_an_exception_is_looked_at_is_no_property_of_it():
    class AlarmError(Exception):
        pass

    def handler(*_):
        raise AlarmError

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        for error in (Rings(), raised(ValueError("then"), Rings()), Rings.inside()):
            with pytest.raises(AlarmError):
                with_carried([error])
    finally:
        signal.signal(signal.SIGUSR1, before)


class Rings(Exception):
    """A signal comes while it is pickled."""

    def __reduce__(self):
        signal.raise_signal(signal.SIGUSR1)
        return Rings, ()

    @staticmethod
    def inside():
        error = Wanted("piece", place=1)
        error.inner = [Rings()]
        return error


class Retried(Exception):
    """Leaves behind what does not pickle, and says so."""

    def __init__(self, pool, reason):
        super().__init__(f"no answer: {reason}")
        self.pool, self.reason = pool, reason

    def __reduce__(self):
        return Retried, (None, self.reason)


def test_a_class_that_says_how_it_pickles_is_taken_at_its_word():
    error = Retried(threading.Lock(), ConnectionRefusedError(111, "refused"))
    for arrived in (journey(error), pickle.loads(pickle.dumps(with_carried([error])))[0]):
        assert (type(arrived), str(arrived), arrived.pool) == (Retried, "no answer: [Errno 111] refused", None)
        assert arrived.reason.args == (111, "refused")
    outer = ValueError(error)
    for arrived in (journey(outer), pickle.loads(pickle.dumps(with_carried([outer])))[0]):
        assert (type(arrived.args[0]), arrived.args[0].pool) == (Retried, None)


class Counted(Exception):
    def __init__(self, text):
        super().__init__(f"[{text}]")


class Guarded(Exception):
    def __setattr__(self, name, value):
        if name == "first":
            raise AttributeError(name)
        super().__setattr__(name, value)


def chain(n_causes):
    error = KeyError(n_causes)
    error.__cause__ = chain(n_causes - 1) if n_causes else None
    return error


def n_causes_of(error):
    return 0 if error.__cause__ is None else 1 + n_causes_of(error.__cause__)


def carried_whole(value):
    return pickle.loads(pickle.dumps(list(with_carried([value]))))[0]


def test_what_a_plain_pickle_changes_or_leaves_out_comes_along():
    assert str(journey(Counted("once"))) == str(carried_whole(Counted("once"))) == "[once]"
    assert carried_whole(AttributeError("nothing", name="missing")).name == "missing"
    # What its plain pickle gives whole is left as it is.
    plain = ValueError("plain")
    assert with_carried([plain])[0] is plain


def test_a_place_that_cannot_be_set_keeps_none_of_the_others_back():
    fields = {"first": pickle.dumps(2), "second": pickle.dumps(3)}
    assert _rebuild(Guarded, ((), {}), fields, (None, None, False)).second == 3


def test_no_more_causes_travel_than_eight_and_values_have_all_or_stay():
    assert n_causes_of(journey(chain(8))) == n_causes_of(journey(chain(9))) == 8
    assert n_causes_of(carried_whole(chain(8))) == 8
    with pytest.raises(RecursionError, match="too many causes"):
        with_carried([chain(9)])
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    for error in (first, ValueError("outer", first)):
        with pytest.raises(RecursionError, match="holds itself"):
            with_carried([error])
    assert isinstance(journey(ValueError("outer", first)).args[1].__cause__, KeyError)


def test_tuples_of_eight_are_looked_through_and_longer_ones_are_not():
    error = Wanted("it", place=3)
    assert carried_whole((*range(7), error))[7].place == 3
    longer = (*range(8), error)
    assert with_carried([longer])[0] is longer


class Interrupts(Exception):
    def __str__(self):
        raise KeyboardInterrupt

    def __reduce__(self):
        return _interrupted, ()


def _interrupted():
    raise KeyboardInterrupt


def test_a_ctrl_c_meanwhile_is_one():
    payload = pickle.dumps(Interrupts())
    with pytest.raises(KeyboardInterrupt):
        class_and_text(Interrupts())
    with pytest.raises(KeyboardInterrupt):
        CarriedError(payload, "words", "trace").restored()
    with pytest.raises(KeyboardInterrupt):
        _rebuild(ValueError, pickle.dumps(ValueError()), {"args": payload}, (None, None, False))
