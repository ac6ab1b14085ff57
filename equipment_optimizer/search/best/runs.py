"""A long list of builds in as few bytes as the pieces take that occur in it: 3 to 5 a build for 10^6 of 10^15.

Runs of some ten thousand rows, best first. A run names the pieces that occur in it, by
position; a row is its places among them, in whole bytes, and each score stands once.
As such a list is held, handed from one process to another, and kept in a checkpoint.

Array axes: N rows, L positions, W words, B bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ...records.equipment import smallest_unsigned
from ...records.space import RankCode

__all__ = ["Run", "Runs", "best_first"]

IntArray = npt.NDArray[np.int64]
ByteRows = npt.NDArray[np.uint8]
IndexColumn = npt.NDArray[np.unsignedinteger[Any]]

#: Numbers that say what follows of a run as bytes, beside how many pieces of each position occur.
_HEAD_NUMBERS = 5

#: Bytes that a whole number of an array may take.
_WIDTHS = (1, 2, 4, 8)

#: Bytes up to which a row is its words: naming the pieces that occur would save one at the most, and takes longer.
_SMALL_BYTES = 4

#: Pieces among which those that occur are marked in a list; of more they are sorted.
_LISTED_PIECES = 1 << 16

#: Times as many runs as their rows would fill, beyond which rows are put together anew: each names its pieces again.
_MOST_RUNS = 4

#: Where many rows have one score, of so many one by rank says where the others may be divided.
_SAMPLED = 64


def best_first(scores: IntArray, words: IntArray) -> npt.NDArray[np.intp]:
    """Indices that put rows in order: by score, descending, and by their words, shape (W, N)."""
    return np.lexsort((*words[::-1], -scores))


class _Packing:
    """How combinations are packed: as their words, or as those of the `used` pieces, ascending, by position."""

    __slots__ = ("_code", "_of_used", "_word_bytes", "n_bytes", "used")

    def __init__(self, code: RankCode, used: Sequence[npt.NDArray[np.integer]] = ()) -> None:
        self._code = code
        self.used = tuple(
            pieces.astype(smallest_unsigned(size)) for pieces, size in zip(used, code.sizes, strict=bool(used))
        )
        self._of_used = RankCode([len(pieces) for pieces in used]) if used else code
        self._word_bytes = [-(-n_bits // 8) for n_bits in self._of_used.word_bits]
        self.n_bytes = sum(self._word_bytes)

    @classmethod
    def of(cls, words: IntArray, code: RankCode) -> tuple[_Packing, ByteRows]:
        """For these combinations, one at least, and those as rows, shape (N, B)."""
        whole = cls(code)
        if whole.n_bytes <= _SMALL_BYTES:
            return whole, whole._bytes_of(words)
        used, places = [], []
        for column in code.decode(words):
            first = int(column.min())
            if int(column.max()) - first < _LISTED_PIECES:
                occurs = np.bincount(column - first) > 0
                used.append(np.flatnonzero(occurs) + first)
                places.append((np.cumsum(occurs) - 1)[column - first])
            else:
                pieces = np.sort(column)
                used.append(pieces[np.flatnonzero(np.diff(pieces, prepend=-1))])
                places.append(np.searchsorted(used[-1], column))
        packing = cls(code, used)
        return packing, packing._bytes_of(packing._of_used.encode(places))

    @property
    def n_positions(self) -> int:
        """L."""
        return len(self._code.sizes)

    def _bytes_of(self, words: IntArray) -> ByteRows:
        """The bytes of words that occur."""
        little = words.astype("<i8", order="C", copy=False)
        parts = [word.view(np.uint8).reshape(-1, 8)[:, :n] for word, n in zip(little, self._word_bytes, strict=True)]
        return np.concatenate(parts, axis=1)

    def _words_of(self, rows: ByteRows) -> IntArray:
        """Inverse of `_bytes_of`."""
        words = np.zeros((len(self._word_bytes), len(rows)), dtype="<i8")
        start = 0
        for word, n in zip(words, self._word_bytes, strict=True):
            word.view(np.uint8).reshape(-1, 8)[:, :n] = rows[:, start : start + n]
            start += n
        return words.astype(np.int64, copy=False)

    def words(self, rows: ByteRows) -> IntArray:
        """The words of rows, shape (W, N)."""
        return self._code.encode(self.columns(rows)) if self.used else self._words_of(rows)

    def columns(self, rows: ByteRows) -> list[IndexColumn]:
        """L columns of rows."""
        places = self._of_used.decode(self._words_of(rows))
        if self.used:
            return [pieces[place] for pieces, place in zip(self.used, places, strict=True)]
        return [place.astype(smallest_unsigned(size)) for place, size in zip(places, self._code.sizes, strict=True)]


class Run:
    """Candidates in order, packed: each score once, with where its rows end."""

    __slots__ = ("_best", "_drops", "_ends", "_packing", "rows")

    def __init__(self, packing: _Packing, best: int, *, drops: IndexColumn, ends: IndexColumn, rows: ByteRows) -> None:
        self._packing, self.rows = packing, rows
        self._best, self._drops, self._ends = best, drops, ends

    @classmethod
    def of(cls, scores: IntArray, words: IntArray, code: RankCode) -> Run:
        """Candidates, one at least, that are in order."""
        starts = np.flatnonzero(np.diff(scores, prepend=scores[0] + 1))
        drops = scores[0] - scores[starts]
        packing, rows = _Packing.of(words, code)
        return cls(
            packing,
            int(scores[0]),
            drops=drops.astype(smallest_unsigned(int(drops[-1]) + 1)),
            ends=np.append(starts[1:], len(scores)).astype(smallest_unsigned(len(scores) + 1)),
            rows=rows,
        )

    @classmethod
    def of_bytes(cls, data: ByteRows, code: RankCode) -> tuple[Run, ByteRows]:
        """The run that bytes begin with, whose arrays are views, and the rest; a ValueError where it makes no sense."""
        bytes_left = data

        def taken(n_items: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
            nonlocal bytes_left
            part, bytes_left = bytes_left[: n_items * dtype.itemsize], bytes_left[n_items * dtype.itemsize :]
            if n_items < 0 or len(part) < n_items * dtype.itemsize:
                raise ValueError("bytes are missing")
            return part.view(dtype)

        n_rows, n_scores, best, drop_bytes, end_bytes, *n_used = taken(
            _HEAD_NUMBERS + len(code.sizes), np.dtype("<i8")
        ).tolist()
        if min(n_rows, n_scores) < 1 or drop_bytes not in _WIDTHS or end_bytes not in _WIDTHS:
            raise ValueError("no rows, or no width of whole numbers")
        if any(n_used) and not all(n_used):
            raise ValueError("no pieces of a position")
        dtypes = [np.dtype(smallest_unsigned(size)).newbyteorder("<") for size in code.sizes]
        used = [taken(n, dtype) for n, dtype in zip(n_used, dtypes, strict=True)] if any(n_used) else []
        drops, ends = (taken(n_scores, np.dtype(f"<u{n_bytes}")) for n_bytes in (drop_bytes, end_bytes))
        packing = _Packing(code, used)
        rows = taken(n_rows * packing.n_bytes, np.dtype(np.uint8)).reshape(n_rows, packing.n_bytes)
        are_in_order = all((array[1:] > array[:-1]).all() for array in (*used, drops, ends))
        if not are_in_order or drops[0] or not ends[0] or ends[-1] != n_rows or (n_rows > 1 and not packing.n_bytes):
            raise ValueError("a run that is not in order")
        if any(pieces[-1] >= size for pieces, size in zip(used, code.sizes, strict=bool(used))):
            raise ValueError("a piece that does not exist")
        return cls(packing, best, drops=drops, ends=ends, rows=rows), bytes_left

    def buffers(self) -> Iterator[ByteRows]:
        """The bytes that `of_bytes` reads, little-endian, one part after the other."""
        used = self._packing.used
        sizes = self._drops.itemsize, self._ends.itemsize
        n_used = map(len, used) if used else [0] * self._packing.n_positions
        numbers = [len(self.rows), len(self._drops), self._best, *sizes, *n_used]
        for array in (np.array(numbers, dtype=np.int64), *used, self._drops, self._ends, self.rows):
            yield np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8)

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
        least_drop = self._best - score
        if least_drop <= 0 or least_drop > int(self._drops[-1]):
            return len(self.rows) if least_drop > 0 else 0
        n_scores = int(self._drops.searchsorted(self._drops.dtype.type(least_drop)))
        return int(self._ends[n_scores - 1])

    def scores_of(self, start: int, stop: int) -> IntArray:
        """Scores of some rows."""
        at = self._ends.searchsorted(np.array([start, stop - 1], self._ends.dtype), side="right")
        some = slice(at[0], at[1] + 1)
        n_rows = self._ends[some].astype(np.int64)
        n_rows[-1] = stop
        n_rows[1:] -= n_rows[:-1].copy()
        n_rows[0] -= start
        return (self._best - self._drops[some].astype(np.int64)).repeat(n_rows)

    def columns_of(self, start: int, stop: int) -> list[IndexColumn]:
        """Piece indices of some rows."""
        return self._packing.columns(self.rows[start:stop])

    def part(self, start: int, stop: int) -> tuple[IntArray, IntArray]:
        """Scores and words of some rows."""
        return self.scores_of(start, stop), self._packing.words(self.rows[start:stop])

    def shorten(self, n_rows: int) -> None:
        """Keep the first rows."""
        if n_rows < len(self.rows):
            n_scores = int(self._ends.searchsorted(self._ends.dtype.type(n_rows))) + 1
            self._drops, self._ends = self._drops[:n_scores].copy(), self._ends[:n_scores].copy()
            self._ends[-1] = n_rows
            self.rows = self.rows[:n_rows].copy()


class Runs:
    """Runs of builds in whatever order they were found, with rank words by `code`: `n_rows` together."""

    __slots__ = ("_code", "_runs", "n_rows")

    def __init__(self, code: RankCode, runs: Sequence[Run] = ()) -> None:
        self._code = code
        self._hold(runs)

    def _hold(self, runs: Iterable[Run]) -> None:
        """These runs from now on, but for those without rows."""
        self._runs = [run for run in runs if len(run.rows)]
        self.n_rows = sum(len(run.rows) for run in self._runs)

    @classmethod
    def of_bytes(cls, data: ByteRows, code: RankCode) -> Runs:
        """The runs that bytes hold, as views; a ValueError where they make no sense."""
        runs = []
        while len(data):
            run, data = Run.of_bytes(data, code)
            runs.append(run)
        return cls(code, runs)

    def buffers(self) -> Iterator[ByteRows]:
        """The bytes that `of_bytes` reads, one part after the other."""
        for run in self._runs:
            yield from run.buffers()

    def __iter__(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Scores and words of each run."""
        return (run.part(0, len(run.rows)) for run in self._runs)

    def and_rows(self, scores: IntArray, words: IntArray) -> Runs:
        """The same runs and one of these rows, if there are any, which are in order."""
        return Runs(self._code, [*self._runs, *([Run.of(scores, words, self._code)] if len(scores) else [])])

    def join(self, others: Runs, least_score: int) -> None:
        """Add the runs of another list, which are changed: rows of a lower score are left out."""
        for run in others._runs:
            run.shorten(run.n_above(least_score - 1))
        self._hold([*self._runs, *others._runs])

    def add(self, scores: IntArray, words: IntArray) -> None:
        """Add rows, one at least, that are in order."""
        self._runs.append(Run.of(scores, words, self._code))
        self.n_rows += len(scores)

    def n_of(self, score: int) -> int:
        """How many rows have a score."""
        return sum(run.n_above(score - 1) - run.n_above(score) for run in self._runs)

    def _by_score(self) -> tuple[IntArray, IntArray]:
        """Each score, highest first, and how many rows have it or a higher one."""
        scores = np.concatenate([run.scores for run in self._runs])
        n_rows = np.concatenate([np.diff(run.ends, prepend=0) for run in self._runs])
        order = np.argsort(-scores, kind="stable")  # which is quick where runs are in order
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
        tied = [
            run.part(start, stop)[1] if start < stop else None
            for run, (start, stop) in zip(self._runs, places, strict=True)
        ]
        words = np.concatenate([of_run for of_run in tied if of_run is not None], axis=1)
        last: tuple[int, ...] = tuple(words[:, np.lexsort(words[::-1])[n_ties - 1]].tolist())
        for run, (start, _), of_run in zip(self._runs, places, tied, strict=True):
            run.shorten(start + (0 if of_run is None else _n_up_to(of_run, last)))
        self._hold(self._runs)
        if len(self._runs) > _MOST_RUNS * -(-limit // n_rows):
            self._runs = self.ordered(n_rows)
        return last_score, last

    def _divided(self, high: int, low: int, n_rows: int) -> list[tuple[tuple[int, int], ...]]:
        """Where in each run rows of some scores are; of one score in parts by rank, of about `n_rows` together."""
        ranges = tuple((run.n_above(high), run.n_above(low - 1)) for run in self._runs)
        if high > low or sum(stop - start for start, stop in ranges) <= n_rows:
            return [ranges]
        some = np.concatenate(
            [
                run.part(*of_run)[1][:, ::_SAMPLED]
                for run, of_run in zip(self._runs, ranges, strict=True)
                if of_run[0] < of_run[1]
            ],
            axis=1,
        )
        stride = max(1, n_rows // _SAMPLED)
        bounds = some[:, np.lexsort(some[::-1])][:, stride::stride].T.tolist()
        places = []
        for run, (start, stop) in zip(self._runs, ranges, strict=True):
            words = run.part(start, stop)[1] if start < stop else some[:, :0]
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
                parts = [
                    run.part(start_of, stop_of)
                    for run, (start_of, stop_of) in zip(self._runs, places, strict=True)
                    if start_of < stop_of
                ]
                part_scores, words = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
                order = best_first(part_scores, words)
                yield part_scores[order], words[:, order]
            start = stop

    def ordered(self, n_rows: int) -> list[Run]:
        """The same rows in runs that follow each other, of about `n_rows`."""
        return [Run.of(scores, words, self._code) for scores, words in self.in_order(n_rows)]


def _n_up_to(words: IntArray, last: Sequence[int]) -> int:
    """How many words, shape (W, N), in order, are no later than `last`."""
    start, stop = 0, len(words[0])
    for word, value in zip(words, last, strict=True):
        equal = word[start:stop]
        stop = start + int(np.searchsorted(equal, value, side="right"))
        start += int(np.searchsorted(equal, value))
    return stop
