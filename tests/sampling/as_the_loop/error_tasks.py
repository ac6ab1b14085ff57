"""Functions whose errors are told as a loop tells them; workers of the tests import it."""

from __future__ import annotations

import dataclasses
import os
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
