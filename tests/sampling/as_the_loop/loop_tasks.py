"""Items, results and errors that end whoever pickles, loads or prints them; workers of the tests import it."""

from __future__ import annotations

import sys


class EndsOnDump:
    """Whoever pickles it ends."""

    number = 7

    def __reduce__(self):
        raise SystemExit("while it is pickled")


class EndsOnLoad:
    """Whoever unpickles it ends."""

    number = 7

    def __reduce__(self):
        return sys.exit, ("while it is loaded",)


class SaysNoClass:
    """As a proxy of what is not there does."""

    number = 7

    @property
    def __class__(self):
        raise RuntimeError("nobody is here")

    def __call__(self, item):
        return item * item


class FunctionThatEndsOnDump(EndsOnDump):
    """And may be called."""

    def __call__(self, item):
        return item * item


class ErrorThatEndsOnDump(Exception):
    """An error, whoever pickles it ends."""

    def __reduce__(self):
        raise SystemExit("while it is pickled")

    def __reduce_ex__(self, _):
        raise SystemExit("while it is pickled")


class ErrorThatEndsOnLoad(Exception):
    """An error, whoever unpickles it ends."""

    def __reduce__(self):
        return sys.exit, ("while it is loaded",)


class ErrorThatEndsInText(Exception):
    """An error, whoever prints it ends."""

    def __str__(self):
        raise SystemExit("while it is printed")


#: As libraries make them of what a service tells: no module has it.
ErrorOfNoModule = type("ErrorOfNoModule", (LookupError,), {"__module__": "service.errors"})


class ErrorOfPickling(RuntimeError):
    """Has no text."""

    def __str__(self):
        raise LookupError("no text")


class NoTextOnDump:
    """Does not pickle, and why cannot be told."""

    number = 7

    def __reduce__(self):
        raise ErrorOfPickling


class NoTextOnLoad:
    """Pickles and does not unpickle, and why cannot be told."""

    number = 7

    def __reduce__(self):
        return raise_error_of_pickling, ()


def raise_error_of_pickling():
    raise ErrorOfPickling


class PicklesOnce:
    """A function that pickles `n_times`, as one does that is made of what was read from a file."""

    def __init__(self, n_times):
        self.n_left = n_times

    def __call__(self, item):
        return item * item

    def __reduce__(self):
        self.n_left -= 1
        if self.n_left < 0:
            raise TypeError("all was read")
        return type(self), (1,)


def number_of(item):
    """What such an object holds."""
    return item if type(item) is int else item.number


def made_by(kind, item):
    """Such an object for item 20."""
    return kind() if item == 20 else item


def raised_by(kind, item):
    """Such an error for item 20."""
    if item == 20:
        raise kind("on purpose")
    return item


def raised_by_name(name, item):
    """The same, where the class itself cannot travel."""
    return raised_by(globals()[name], item)


def with_odd_cause(item):
    """An error with a cause that cannot travel."""
    if item == 20:
        raise ValueError("on purpose") from ErrorOfNoModule("cause")
    return item


def with_odd_attribute(item):
    """An error with an attribute that cannot travel."""
    if item == 20:
        error = ValueError("on purpose")
        error.where = (number for number in range(3))
        raise error
    return item


def with_odd_part(item):
    """A group of errors of which one cannot travel."""
    if item == 20:
        raise ExceptionGroup("on purpose", [ErrorOfNoModule("part"), KeyError(1)])
    return item


def held_by(error):
    """Types of what an error holds."""
    held = {name: type(value) for name, value in vars(error).items() if name != "__notes__"}
    return held, type(error.__cause__), [type(each) for each in getattr(error, "exceptions", ())]


def noted(folder, item):
    """Leaves a file for each call, and fails for item 20."""
    import os
    import tempfile

    os.close(tempfile.mkstemp(prefix=f"{item}-", dir=folder)[0])
    return raised_by(ErrorOfNoModule, item)


def fails_at_18_and_ends_at_20(item):
    """What is first in order counts."""
    if item == 18:
        raise ValueError("item 18")
    if item == 20:
        raise SystemExit("item 20")
    return item


def process_of(item):
    """Which process runs it."""
    import os

    return os.getpid()


UNKNOWN = object()


def is_unknown(item):
    return item is UNKNOWN


def unknown_at_20(item):
    return UNKNOWN if item == 20 else item


def is_unknown_of(unknown, item):
    return unknown is UNKNOWN, item
