"""The checkpoint of one search: scores and rank words as plain 64-bit integers in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ...system.checkpoint_file import CheckpointFile
from ...units import format_count
from .checkpoint import Saved

__all__ = ["SearchCheckpoint"]

IntArray = npt.NDArray[np.int64]

#: As it is written: little-endian on every machine.
_WRITTEN = np.dtype("<i8")


class SearchCheckpoint:
    """Keeps how far a search has come in a `CheckpointFile`; a `checkpoint.Checkpoint`.

    Parameters
    ----------
    file : CheckpointFile
    on_notice : callable
        Told in a sentence where the search begins.

    Attributes
    ----------
    is_kept : bool
        Whether the file holds anything of this search.

    Notes
    -----
    The file takes 8 bytes for a score and each word of a rank: 16 for each build
    kept where the space has up to 2^62 index tuples.
    """

    def __init__(self, file: CheckpointFile, on_notice: Callable[[str], object]) -> None:
        self._file = file
        self._on_notice = on_notice
        self._digest = ""
        self.is_kept = file.found is not None

    def begin(self, digest: str) -> Saved | None:
        """What was kept of the search of this very problem; None at its beginning.

        Raises
        ------
        UsageError
            If the same files became another problem.
        """
        self._digest = digest
        found, path = self._file.found, self._file.path
        if found is None:
            return None
        try:
            if found.state["problem"] != digest:
                raise UsageError(
                    f"the checkpoint {path} is of another job: the files became another problem then",
                    f"delete {path} to begin anew",
                )
            saved = _saved(found.state, self._file.read_blocks(found))
        except (KeyError, TypeError, ValueError) as error:
            raise self._file.damaged() from error
        self._on_notice(f"going on from {path}: {format_count(saved.n_done)} combinations are done")
        return saved

    def is_due(self) -> bool:
        """Whether it is time to hand over something."""
        return self._file.is_due()

    def save(self, saved: Saved) -> None:
        """Write `saved` in place of what was there."""
        arrays = [saved.scores, *saved.words]
        state = {"problem": self._digest, "n_done": saved.n_done}
        self._file.write(state, [_as_bytes(array) for array in arrays])
        self.is_kept = True

    def remove(self) -> None:
        """The search is done, and what came of it is written."""
        self._file.remove()


def _as_bytes(array: IntArray) -> memoryview:
    """The bytes of a contiguous array; no copy on a little-endian machine."""
    return array.astype(_WRITTEN, copy=False).view(np.uint8).data


def _saved(state: dict[str, Any], blocks: list[bytes]) -> Saved:
    """What `SearchCheckpoint.save` wrote; the arrays are views of the file's bytes, read-only."""
    n_done = state["n_done"]
    if not isinstance(n_done, int):
        raise ValueError("no count")
    scores, *words = (np.frombuffer(block, _WRITTEN).astype(np.int64, copy=False) for block in blocks)
    if any(len(word) != len(scores) for word in words):
        raise ValueError("not a word for every score")
    return Saved(n_done, scores, np.stack(words))
