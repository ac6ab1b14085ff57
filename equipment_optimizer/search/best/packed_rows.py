"""A long list of builds in as few bytes as the pieces take that occur in it: 3 to 5 a build for 10^6 of 10^15.

Runs of some ten thousand rows, best first. A run names the pieces that occur in it, by
position; a row is its places among them, in whole bytes, and each score stands once.

Array axes: N rows, L positions, W words, B bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ...records.equipment import smallest_unsigned
from ...records.space import PackedColumns, RankCode

__all__ = ["PackedRows", "PackedScores", "Runs", "best_first"]

IntArray = npt.NDArray[np.int64]
ByteRows = npt.NDArray[np.uint8]
IndexColumn = npt.NDArray[np.unsignedinteger[Any]]

#: Where many rows have one score, of so many one by rank says where the others may be divided.
_SAMPLED = 64


def best_first(scores: IntArray, words: IntArray) -> npt.NDArray[np.intp]:
    """Indices that put rows in order: by score, descending, and by their words, shape (W, N)."""
    return np.lexsort((*words[::-1], -scores))


class _Packing:
    """How combinations are packed of which only `used` pieces occur, ascending, by position."""

    __slots__ = ("_code", "_n_bytes", "n_bytes", "used")

    def __init__(self, used: Sequence[npt.NDArray[np.integer]], sizes: Sequence[int]) -> None:
        self.used = tuple(pieces.astype(smallest_unsigned(size)) for pieces, size in zip(used, sizes, strict=True))
        self._code = RankCode([len(pieces) for pieces in used])
        self._n_bytes = [-(-n_bits // 8) for n_bits in self._code.word_bits]
        self.n_bytes = sum(self._n_bytes)

    @classmethod
    def of(cls, columns: Sequence[npt.NDArray[np.integer]], sizes: Sequence[int]) -> _Packing:
        """For these combinations, one at least."""
        used = []
        for column in columns:
            pieces = np.sort(column)
            used.append(pieces[np.flatnonzero(np.diff(pieces, prepend=-1))])
        return cls(used, sizes)

    def packed(self, columns: Sequence[npt.NDArray[np.integer]]) -> ByteRows:
        """Rows, shape (N, B), of L columns."""
        places = [np.searchsorted(pieces, column) for pieces, column in zip(self.used, columns, strict=True)]
        words = self._code.encode(places).astype("<i8", copy=False)
        return np.concatenate(
            [word.view(np.uint8).reshape(-1, 8)[:, :n] for word, n in zip(words, self._n_bytes, strict=True)], axis=1
        )

    def columns(self, rows: ByteRows) -> list[IndexColumn]:
        """L columns of rows; inverse of `packed`."""
        words = np.zeros((len(self._n_bytes), len(rows)), dtype="<i8")
        start = 0
        for word, n in zip(words, self._n_bytes, strict=True):
            word.view(np.uint8).reshape(-1, 8)[:, :n] = rows[:, start : start + n]
            start += n
        return [pieces[place] for pieces, place in zip(self.used, self._code.decode(words), strict=True)]


class _Run:
    """Candidates in order, packed: each score once, with where its rows end."""

    __slots__ = ("_best", "_code", "_drops", "_ends", "packing", "rows")

    def __init__(self, scores: IntArray, words: IntArray, code: RankCode) -> None:
        starts = np.flatnonzero(np.diff(scores, prepend=scores[0] + 1))
        self._best = scores[:1].copy()
        drops = self._best - scores[starts]
        self._drops = drops.astype(smallest_unsigned(int(drops[-1]) + 1))
        self._ends = np.append(starts[1:], len(scores)).astype(smallest_unsigned(len(scores) + 1))
        columns = code.decode(words)
        self._code = code
        self.packing = _Packing.of(columns, code.sizes)
        self.rows = self.packing.packed(columns)

    @property
    def scores(self) -> IntArray:
        """Each score, highest first."""
        return self._best - self._drops.astype(np.int64)

    @property
    def ends(self) -> IntArray:
        """The row behind the last of each score."""
        return self._ends.astype(np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of rows and scores."""
        return self.rows.nbytes + self._drops.nbytes + self._ends.nbytes

    def n_above(self, score: int) -> int:
        """How many rows score more."""
        n_scores = int(np.searchsorted(-self.scores, -score))
        return int(self.ends[n_scores - 1]) if n_scores else 0

    def scores_of(self, start: int, stop: int) -> IntArray:
        """Scores of some rows."""
        first, last = np.searchsorted(self._ends, [start, stop - 1], side="right")
        ends = np.clip(self.ends[first : last + 1], start, stop)
        return np.repeat(self.scores[first : last + 1], np.diff(ends, prepend=start))

    def columns_of(self, start: int, stop: int) -> list[IndexColumn]:
        """Piece indices of some rows."""
        return self.packing.columns(self.rows[start:stop])

    def part(self, start: int, stop: int) -> tuple[IntArray, IntArray]:
        """Scores and words of some rows."""
        return self.scores_of(start, stop), self._code.encode(self.columns_of(start, stop))

    def shorten(self, n_rows: int) -> None:
        """Keep the first rows."""
        if n_rows < len(self.rows):
            n_scores = int(np.searchsorted(self._ends, n_rows)) + 1
            self._drops, self._ends = self._drops[:n_scores].copy(), self._ends[:n_scores].copy()
            self._ends[-1] = n_rows
            self.rows = self.rows[:n_rows].copy()


class Runs:
    """Runs of builds in whatever order they were found, with rank words by `code`."""

    __slots__ = ("_code", "_runs")

    def __init__(self, code: RankCode) -> None:
        self._code = code
        self._runs: list[_Run] = []

    @property
    def n_rows(self) -> int:
        """N of all."""
        return sum(len(run.rows) for run in self._runs)

    def add(self, scores: IntArray, words: IntArray) -> None:
        """Add rows, one at least, that are in order."""
        self._runs.append(_Run(scores, words, self._code))

    def n_of(self, score: int) -> int:
        """How many rows have a score."""
        return sum(run.n_above(score - 1) - run.n_above(score) for run in self._runs)

    def _by_score(self) -> tuple[IntArray, IntArray]:
        """Each score, highest first, and how many rows have it or a higher one."""
        scores = np.concatenate([run.scores for run in self._runs])
        n_rows = np.concatenate([np.diff(run.ends, prepend=0) for run in self._runs])
        order = np.argsort(-scores)
        starts = np.flatnonzero(np.diff(scores[order], prepend=scores[order[0]] + 1))
        return scores[order[starts]], np.cumsum(np.add.reduceat(n_rows[order], starts))

    def keep_best(self, limit: int, n_rows: int) -> tuple[int, tuple[int, ...]]:
        """Keep `limit` of as many or more, looking at about `n_rows` at a time; score and words of the last."""
        scores, ends = self._by_score()
        place = int(np.searchsorted(ends, limit))
        last_score = int(scores[place])
        n_ties = limit - (int(ends[place - 1]) if place else 0)
        for places in self._divided(last_score, last_score, n_rows):
            n_part = sum(stop - start for start, stop in places)
            if n_ties <= n_part:
                break
            n_ties -= n_part
        tied = [run.part(*of_run)[1] for run, of_run in zip(self._runs, places, strict=True)]
        words = np.concatenate(tied, axis=1)
        last: tuple[int, ...] = tuple(words[:, np.lexsort(words[::-1])[n_ties - 1]].tolist())
        for run, (start, _), of_run in zip(self._runs, places, tied, strict=True):
            run.shorten(start + _n_up_to(of_run, last))
        self._runs = [run for run in self._runs if len(run.rows)]
        return last_score, last

    def _divided(self, high: int, low: int, n_rows: int) -> list[tuple[tuple[int, int], ...]]:
        """Where in each run rows of some scores are; of one score in parts by rank, of about `n_rows` together."""
        ranges = tuple((run.n_above(high), run.n_above(low - 1)) for run in self._runs)
        if high > low or sum(stop - start for start, stop in ranges) <= n_rows:
            return [ranges]
        some = np.concatenate(
            [run.part(*of_run)[1][:, ::_SAMPLED] for run, of_run in zip(self._runs, ranges, strict=True)], axis=1
        )
        step = max(1, n_rows // _SAMPLED)
        bounds = some[:, np.lexsort(some[::-1])][:, step::step].T.tolist()
        places = []
        for run, (start, stop) in zip(self._runs, ranges, strict=True):
            words = run.part(start, stop)[1]
            places.append(pairwise([start, *(start + _n_up_to(words, bound) for bound in bounds), stop]))
        return [part for part in zip(*places, strict=True) if any(start < stop for start, stop in part)]

    def in_order(self, n_rows: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Scores and words, best first, about `n_rows` at a time."""
        scores, ends = self._by_score()
        start = 0
        while start < len(scores):
            before = int(ends[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + n_rows, side="right")))
            high, low = int(scores[start]), int(scores[stop - 1])
            for places in self._divided(high, low, n_rows):
                parts = [run.part(*of_run) for run, of_run in zip(self._runs, places, strict=True)]
                part_scores, words = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
                order = best_first(part_scores, words)
                yield part_scores[order], words[:, order]
            start = stop

    def ordered(self, n_rows: int) -> list[_Run]:
        """The same rows in runs that follow each other, of about `n_rows`."""
        return [_Run(scores, words, self._code) for scores, words in self.in_order(n_rows)]


def _n_up_to(words: IntArray, last: Sequence[int]) -> int:
    """How many words, shape (W, N), in order, are no later than `last`."""
    start, stop = 0, len(words[0])
    for word, value in zip(words, last, strict=True):
        equal = word[start:stop]
        stop = start + int(np.searchsorted(equal, value, side="right"))
        start += int(np.searchsorted(equal, value))
    return stop


class _PackedList:
    """N rows in runs that follow each other."""

    __slots__ = ("_ends", "_runs")

    def __init__(self, runs: Sequence[_Run]) -> None:
        self._runs = runs
        self._ends = np.cumsum([len(run.rows) for run in runs])

    def _pieces(self, rows: range) -> Iterator[tuple[_Run, int, int]]:
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
        return len(self._runs[0].packing.used)

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
            return [pieces[:0] for pieces in self._runs[0].packing.used]
        if chosen.step != 1:
            return [column[rows] for column in self.of_rows(slice(None))]
        parts = [run.columns_of(start, stop) for run, start, stop in self._pieces(chosen)]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]
