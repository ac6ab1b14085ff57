"""What comes back for a batch of items: results that fit it, or the error that ended them.

In: the content of an answer, or the items where they are computed here. Out: a
list of results and an error or None. Knows nothing of processes or of equipment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import WorkerError
from .process import FAILED

__all__ = ["NonsenseError", "checked", "compute_here", "undecodable"]


class NonsenseError(Exception):
    """An answer that does not fit what was asked."""


def checked(content: Any, kind: int, n_items: int) -> tuple[list[Any], BaseException | None]:
    """The content of an answer: as many results as items, or fewer and the error that ended them."""
    if not (isinstance(content, tuple) and len(content) == 2 and isinstance(content[0], list)):
        raise NonsenseError
    results, error = content
    if kind == FAILED:
        fits = isinstance(error, BaseException) and len(results) < n_items
    else:
        fits = error is None and len(results) == n_items
    if not fits:
        raise NonsenseError
    return results, error


def compute_here(func: Callable[[Any], Any], items: Sequence[Any]) -> tuple[list[Any], BaseException | None]:
    """Results of a batch that cannot travel, and what ended it early."""
    results: list[Any] = []
    try:
        for item in items:
            results.append(func(item))
    except Exception as error:
        return results, error
    return results, None


def undecodable(error: Exception) -> WorkerError:
    """The error for results that do not survive the journey."""
    return WorkerError(
        f"a worker's results cannot be unpickled: {type(error).__name__}: {error}",
        "return values that survive pickle.loads(pickle.dumps(value)), or use one worker",
    )
