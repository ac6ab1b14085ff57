"""What a long list becomes: rows and scores that stay packed, any part of them an array when it is looked at.

Array axes: N rows, L positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ...records.space import PackedColumns
from .runs import Run

__all__ = ["PackedRows", "PackedScores"]

IntArray = npt.NDArray[np.int64]
IndexColumn = npt.NDArray[np.unsignedinteger[Any]]


class _PackedList:
    """N rows in runs that follow each other."""

    __slots__ = ("_ends", "_runs")

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._ends = np.cumsum([len(run.rows) for run in runs])

    def _pieces(self, rows: range) -> Iterator[tuple[Run, int, int]]:
        """The runs that hold some rows, one at least, that follow each other, and where in each."""
        first, last = np.searchsorted(self._ends, [rows.start, rows.stop - 1], side="right").tolist()
        for run, end in zip(self._runs[first : last + 1], self._ends[first : last + 1].tolist(), strict=True):
            start = end - len(run.rows)
            yield run, max(rows.start - start, 0), min(rows.stop, end) - start

    @property
    def n_rows(self) -> int:
        """N."""
        return int(self._ends[-1])


class PackedScores(_PackedList):
    """Scores that stay packed, an array as soon as they are looked at: by place, by slice, or all."""

    __slots__ = ()

    def __len__(self) -> int:
        return self.n_rows

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    @property
    def dtype(self) -> np.dtype[np.int64]:
        """Of the array."""
        return np.dtype(np.int64)

    @overload
    def __getitem__(self, key: int) -> np.int64: ...

    @overload
    def __getitem__(self, key: slice | IntArray) -> IntArray: ...

    def __getitem__(self, key: int | slice | IntArray) -> np.int64 | IntArray:
        rows = range(self.n_rows)
        if isinstance(key, np.ndarray):
            return self[:][key]
        if not isinstance(key, slice):
            return self[rows[key] : rows[key] + 1][0]  # type: ignore[no-any-return]
        chosen = rows[key]
        if chosen.step != 1:
            return self[:][key]
        if not chosen:
            return np.zeros(0, dtype=np.int64)
        return np.concatenate([run.scores_of(start, stop) for run, start, stop in self._pieces(chosen)])

    def tolist(self) -> list[int]:
        """All of them as whole numbers."""
        return self[:].tolist()  # type: ignore[no-any-return]


class PackedRows(_PackedList, PackedColumns):
    """L columns of piece indices that stay packed: each is made when it is looked at, or all `of_rows` some."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._runs[0].columns_of(0, 0))

    @overload
    def __getitem__(self, key: int) -> IndexColumn: ...

    @overload
    def __getitem__(self, key: slice) -> list[IndexColumn]: ...

    def __getitem__(self, key: int | slice) -> IndexColumn | list[IndexColumn]:
        return self.of_rows(slice(None))[key]

    def __iter__(self) -> Iterator[IndexColumn]:
        return iter(self.of_rows(slice(None)))

    @property
    def nbytes(self) -> int:
        """Bytes of rows and scores."""
        return sum(run.nbytes for run in self._runs)

    @property
    def scores(self) -> PackedScores:
        """What each row scores."""
        return PackedScores(self._runs)

    def of_rows(self, rows: slice) -> list[IndexColumn]:
        """The columns of some rows."""
        chosen = range(self.n_rows)[rows]
        if not chosen:
            return self._runs[0].columns_of(0, 0)
        if chosen.step != 1:
            return [column[rows] for column in self.of_rows(slice(None))]
        parts = [run.columns_of(start, stop) for run, start, stop in self._pieces(chosen)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]
