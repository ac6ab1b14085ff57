"""Functions whose errors are told as a loop tells them; workers of the tests import it."""

from __future__ import annotations

import dataclasses
import os
import threading
import warnings


@dataclasses.dataclass(frozen=True)
class FrozenError(Exception):
    """Refuses attributes."""

    code: int


class SealedError(ValueError):
    """Refuses attributes in another way."""

    def __setattr__(self, name, value):
        raise TypeError(f"no {name}")


def plain():
    raise ValueError("plain")


def frozen():
    raise FrozenError(3)


def frozen_with_cause():
    try:
        raise KeyError("first")
    except KeyError as error:
        raise SealedError("then") from error


def notes_that_are_none():
    error = ValueError("noted")
    error.__notes__ = None
    raise error


def notes_that_are_text():
    error = ValueError("noted")
    error.__notes__ = "text"
    raise error


def notes():
    error = ValueError("noted")
    error.add_note("mine")
    raise error


def stop():
    raise StopIteration("value")


def stop_with_cause():
    raise StopIteration("value") from KeyError("cause")


def stop_beside():
    try:
        raise KeyError("beside")
    except KeyError:
        raise StopIteration("value")  # noqa: B904


def after_a_handled_one():
    try:
        raise KeyError("handled")
    except KeyError:
        pass
    raise OSError(2, "no such thing", "name")


ALL = [
    plain,
    frozen,
    frozen_with_cause,
    notes_that_are_none,
    notes_that_are_text,
    notes,
    stop,
    stop_with_cause,
    stop_beside,
    after_a_handled_one,
]


class ComposedError(Exception):
    """Its pickle composes the text once more."""

    def __init__(self, what, place="there"):
        super().__init__(f"{what} at {place}")


class LockedError(Exception):
    """Does not travel."""

    def __init__(self, *texts):
        super().__init__(*texts)
        self.lock = threading.Lock()


class PlacedError(ComposedError):
    __slots__ = ("empty", "place")


def composed():
    raise ComposedError("bad", 5)


def composed_with_cause():
    try:
        composed()
    except ComposedError as error:
        raise KeyError("then") from error


def composed_beside():
    try:
        composed()
    except ComposedError:
        raise ComposedError("then", 6) from None


def with_keyword_alone():
    raise KeywordError(code=3)


class KeywordError(Exception):
    def __init__(self, *, code):
        super().__init__(f"code {code}")
        self.code = code


def locked():
    raise LockedError("locked")


def with_locked_cause():
    raise ValueError("then") from LockedError("locked")


def placed():
    error = PlacedError("bad", 7)
    error.place = 7
    raise error


def with_locked_place():
    error = PlacedError("bad", 8)
    error.place = threading.Lock()
    raise error


def with_many_causes():
    error = None
    for number in range(20):
        before, error = error, ValueError(number)
        error.__cause__ = before
    raise error


def about_each_other():
    one, other = ComposedError("one"), ComposedError("other")
    one.__context__, other.__context__ = other, one
    raise one


def holds_another():
    error = ValueError("outer")
    error.inner = ComposedError("inner")
    raise error


def several():
    raise ExceptionGroup("several", [ComposedError("one"), KeywordError(code=1)])


def lacks():
    (3).nothing  # noqa: B018


HELD = [
    *ALL,
    composed,
    composed_with_cause,
    composed_beside,
    with_keyword_alone,
    locked,
    with_locked_cause,
    placed,
    with_locked_place,
    with_many_causes,
    about_each_other,
    holds_another,
    several,
    lacks,
]


def caught(kind, _=None):
    """The error in place of a result."""
    try:
        kind()
    except Exception as error:
        return error


def caught_beside_number(kind, item):
    return item, caught(kind)


def caught_twice(kind, _):
    error = caught(kind)
    return error, error


def all_of(error, depth=0):
    """What an exception consists of, but for its traceback."""
    if not isinstance(error, BaseException):
        return repr(error) if type(error).__name__ != "lock" else "a lock"
    if depth > 25:
        return "and so on"
    names = [*vars(error), *(name for name in ("place", "name", "obj", "filename", "value") if hasattr(error, name))]
    parts = [getattr(error, name) for name in names]
    parts += [error.__suppress_context__, *getattr(error, "exceptions", ())]
    text = "" if isinstance(error, FrozenError) else str(error)
    origin = [all_of(error.__cause__, depth + 1), all_of(error.__context__, depth + 12)]
    return type(error), text, names, [all_of(part, depth + 5) for part in parts], origin


def all_of_second(item):
    return all_of(item[1])


def raise_at_20(kind, item):
    if item == 20:
        kind()
    return item


def die_at_5_and_fail_at_6(folder, item):
    """Its worker is replaced before the error."""
    path = os.path.join(folder, "died")
    if item == 5 and not os.path.exists(path):
        with open(path, "w", encoding="ascii"):
            os._exit(3)
    if item == 6:
        raise ValueError("plain")
    return item


def warned(item):
    try:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    except DeprecationWarning:
        return "raised"
    return "quiet"
