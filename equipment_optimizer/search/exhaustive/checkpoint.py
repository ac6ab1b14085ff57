"""How far a search has come, handed over now and then, so that it can be continued.

Whatever a search is divided into, "every combination of a lower rank has been looked
at" and the best builds so far are all that there is to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...errors import UsageError
from ...records.space import RankCode
from ...units import format_count
from ..best.runs import Runs

if TYPE_CHECKING:
    from ...system.checkpoint_file import CheckpointFile, Content

__all__ = ["Saved", "SearchCheckpoint", "digest_of"]


class Saved(NamedTuple):
    """How far a search has come: every combination of a rank below `n_done`, which may exceed 2^63, has been looked at.

    `kept` are the best builds so far. Builds of a rank from `n_done` on may be among them: they do no harm, and
    are found again.
    """

    n_done: int
    kept: Runs


class SearchCheckpoint:
    """Keeps how far a search has come in a file, in as few bytes as the list of the best is held in (`best.runs`).

    `on_notice` is told in a sentence where the search begins; `is_kept` says whether the file holds
    anything of this search.
    """

    def __init__(self, file: CheckpointFile, on_notice: Callable[[str], object]) -> None:
        self._file = file
        self._on_notice = on_notice
        self._digest = ""
        self.is_kept = file.earlier is not None

    def begin(self, identity: tuple[object, ...], code: RankCode) -> Saved | None:
        """What was kept of the search of this very problem, told by `digest_of`; None at its beginning.

        Raises a `UsageError` if the same files became another problem, or what was kept makes no sense.
        """
        self._digest = digest_of(*identity)
        content, path = self._file.earlier, self._file.path
        if content is None:
            return None
        # Not held any longer than the search needs it.
        self._file.earlier = None
        if content.state.get("problem", self._digest) != self._digest:
            raise UsageError(
                f"the checkpoint {path} is of another job: the files became another problem then",
                f"delete {path} to begin anew",
            )
        saved = _saved(content, code)
        if saved is None:
            raise self._file.damaged()
        self._on_notice(f"going on from {path}: {format_count(saved.n_done)} combinations are done")
        return saved

    def is_due(self) -> bool:
        """Whether it is time to hand over something; under a microsecond."""
        return self._file.is_due()

    def save(self, n_done: int, kept: Runs) -> None:
        """Write what a `Saved` holds in place of what was there."""
        self._file.write({"problem": self._digest, "n_done": n_done}, {"builds": list(kept.buffers())})
        self.is_kept = True

    def remove(self) -> None:
        """The search is done, and what came of it is written."""
        self._file.remove()


def _saved(content: Content, code: RankCode) -> Saved | None:
    """What `SearchCheckpoint.save` wrote; None where it makes no sense."""
    n_done = content.state.get("n_done")
    if not isinstance(n_done, int) or n_done < 0 or "problem" not in content.state or [*content.data] != ["builds"]:
        return None
    try:
        return Saved(n_done, Runs.of_bytes(content.data["builds"], code))
    except ValueError:
        return None


def digest_of(*records: object) -> str:
    """SHA-256 over everything that records hold, to tell whether two are the same.

    Takes dataclasses, slotted objects (their public slots), arrays of integers or
    booleans, tuples, strings, numbers and None, nested as they like. The same on every
    machine and in every process (tests/search/exhaustive/test_checkpoint.py).
    """
    # Only for whoever wants a checkpoint: 2 ms.
    from ...system.file_hashes import hash_chunks

    return hash_chunks(_chunks(records))


def _chunks(value: Any) -> Iterator[bytes]:
    """Bytes that no other value has."""
    if value is None or isinstance(value, bool | int | str):
        text = repr(value).encode("utf-8", "backslashreplace")
        yield b"%d:%s" % (len(text), text)
    elif isinstance(value, np.ndarray):
        yield from _chunks((str(value.dtype), value.shape))
        yield np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()
    elif isinstance(value, tuple):
        yield b"(%d:" % len(value)
        for member in value:
            yield from _chunks(member)
    else:
        names = (field.name for field in fields(value)) if is_dataclass(value) else type(value).__slots__
        yield from _chunks(tuple(getattr(value, name) for name in names if not name.startswith("_")))
