"""What a long search hands over now and then, so that it can be continued.

The search calls a `Checkpoint` with a `Saved`; where that is kept, and whether
anybody keeps it, is not known here.

Array axes: K builds held, W words of a rank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Checkpoint", "Saved", "digest_of"]

IntArray = npt.NDArray[np.int64]


class Saved(NamedTuple):
    """How far a search has come, whatever it was divided into.

    Attributes
    ----------
    n_done : int
        Every combination of a lower rank has been looked at; may exceed 2^63.
    scores : ndarray of int64, shape (K,)
        The best builds so far, in any order. Builds of a rank from `n_done` on
        may be among them: they do no harm, and are found again.
    words : ndarray of int64, shape (W, K)
        Their rank words (`best_list.RankCode`).
    """

    n_done: int
    scores: IntArray
    words: IntArray


class Checkpoint(Protocol):
    """Keeps what a search hands over."""

    def begin(self, digest: str) -> Saved | None:
        """What was kept of the search of this very problem; None at its beginning."""

    def is_due(self) -> bool:
        """Whether it is time to hand over something; under a microsecond."""

    def save(self, saved: Saved) -> None:
        """Keep `saved` in place of what was kept before; copies what it needs."""


def digest_of(*records: object) -> str:
    """SHA-256 over everything that records hold, to tell whether two are the same.

    Parameters
    ----------
    *records : object
        Dataclasses, slotted objects (their public slots), arrays of integers or
        booleans, tuples, strings, numbers and None, nested as they like.

    Returns
    -------
    str
        Hexadecimal; the same on every machine and in every process.
    """
    # Only for whoever wants a checkpoint: 2 ms.
    import hashlib

    digest = hashlib.sha256()
    _feed(digest.update, records)
    return digest.hexdigest()


def _feed(update: Callable[[bytes], object], value: Any) -> None:
    """Pass on bytes that no other value has."""
    if value is None or isinstance(value, bool | int | str):
        text = repr(value).encode("utf-8", "backslashreplace")
        update(b"%d:%s" % (len(text), text))
    elif isinstance(value, np.ndarray):
        _feed(update, (str(value.dtype), value.shape))
        update(np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes())
    elif isinstance(value, tuple):
        update(b"(%d:" % len(value))
        for own in value:
            _feed(update, own)
    else:
        names = (field.name for field in fields(value)) if is_dataclass(value) else type(value).__slots__
        _feed(update, tuple(getattr(value, name) for name in names if not name.startswith("_")))
