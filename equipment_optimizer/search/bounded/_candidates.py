"""Candidates of a sequence: what is listed and not taken, and which rows it would be too like.

Array axes: L positions, N candidates, R rows that are taken, W words of bits or of a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.vocabulary import NO_BUILD
from ..relaxation.bounds import Relaxed
from ..relaxation.piece_classes import PartClasses
from ._enumerate import Chunk

__all__ = ["MOST_WALKED", "Candidates", "Listing", "Lookahead", "TakenRows"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Picks = npt.NDArray[np.int32]

_WORD_BITS = 64

#: Beginnings that a walk looks at, at the most: one that would look at more lists less far.
MOST_WALKED = 2_000_000


class Candidates:
    """Combinations of classes with what they score at most, or exactly; each key once.

    Of N combinations: `picks`, int32, shape (L, N); the others have shape (N,).
    """

    def __init__(self, n_positions: int) -> None:
        #: How many combinations of pieces each stands for.
        self.times = np.zeros(0, dtype=np.int64)
        self.picks = np.zeros((n_positions, 0), dtype=np.int32)
        #: `NO_BUILD` where nothing is left of one whose key counts on.
        self.most = np.zeros(0, dtype=np.int64)
        self.is_exact = np.zeros(0, dtype=np.bool_)
        #: Whether `most` fits their own slots.
        self.is_close = np.zeros(0, dtype=np.bool_)
        self._keys: IntArray | None = None

    def __len__(self) -> int:
        return len(self.most)

    def add(self, picks: Picks, most: IntArray, keys: IntArray, times: IntArray, *, is_exact: bool) -> Rows:
        """Take in what has a new key, of equal keys the first; its rows among those given."""
        known = keys[:, :0] if self._keys is None else self._keys
        joined = np.concatenate([known, keys], axis=1)
        order = np.lexsort(joined[::-1])
        is_first = np.zeros(len(order), dtype=np.bool_)
        is_first[:1] = True
        for word in joined:
            is_first[1:] |= np.diff(word[order]) != 0
        fresh = np.sort(order[is_first])
        fresh = fresh[fresh >= len(self)] - len(self)
        self.picks = np.concatenate([self.picks, picks[:, fresh]], axis=1)
        self.most = np.concatenate([self.most, most[fresh]])
        self.times = np.concatenate([self.times, times[fresh]])
        self.is_exact = np.concatenate([self.is_exact, np.full(len(fresh), is_exact)])
        self.is_close = np.concatenate([self.is_close, np.full(len(fresh), is_exact)])
        self._keys = np.concatenate([known, keys[:, fresh]], axis=1)
        return fresh

    @property
    def best(self) -> int:
        """The best score that is known; `NO_BUILD` where none is."""
        return int(self.most[self.is_exact].max(initial=NO_BUILD))

    def open_above(self, least: int, n_most: int) -> Rows:
        """What may score `least` and is not known exactly, the `n_most` most promising of it."""
        rows = np.flatnonzero(~self.is_exact & (self.most >= least))
        if len(rows) > n_most:
            rows = rows[np.argpartition(-self.most[rows], n_most)[:n_most]]
        return rows

    def likely(self, n_most: int) -> tuple[list[int], Picks]:
        """Scores, the best first, and picks, shape (L, N), of what is known exactly."""
        rows = np.flatnonzero(self.is_exact & (self.most > NO_BUILD))
        rows = rows[np.argsort(-self.most[rows], kind="stable")][:n_most]
        return self.most[rows].tolist(), self.picks[:, rows]

    def in_line(self, least: int, taken: TakenRows) -> list[tuple[int, int, tuple[int, ...]]]:
        """What nothing open scores as much as, from `least` on, the last one first: score, place here, first build."""
        least = max(least, int(self.most[~self.is_exact].max(initial=NO_BUILD)) + 1)
        rows = np.flatnonzero(self.is_exact & (self.most >= least))
        firsts = zip(self.most[rows].tolist(), rows.tolist(), taken.first_builds(self.picks[:, rows]), strict=True)
        known = [(score, row, build) for score, row, build in firsts if build is not None]
        known.sort(key=itemgetter(2), reverse=True)
        known.sort(key=itemgetter(0))
        return known

    def forget(self, rows: Rows) -> None:
        """Nothing is left of these; their keys count on."""
        self.most[rows], self.is_exact[rows] = NO_BUILD, True

    def keep(self, is_kept: BoolArray) -> None:
        """Leave others out."""
        if self._keys is not None and not is_kept.all():
            self.picks, self._keys = self.picks[:, is_kept], self._keys[:, is_kept]
            self.most, self.times = self.most[is_kept], self.times[is_kept]
            self.is_exact, self.is_close = self.is_exact[is_kept], self.is_close[is_kept]


class TakenRows:
    """Rows that a build has to differ from, in `n_different` pieces where those tell, and pieces that are used up."""

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], n_different: int | None) -> None:
        self._positions = problem.positions
        self._classes = classes
        self.most_common = None if n_different is None else len(problem.positions) - n_different
        self._is_usable = [np.ones(len(part.linear), dtype=np.bool_) for part in problem.parts]
        self._class_of = [_class_of_piece(part) for part in classes]
        #: By part, shape (n,): members of each class that are not used up.
        self.n_usable = [part.sizes.copy() for part in classes]
        #: By part, shape (n,): the first of them; any where none is left.
        self.first = [part.first.copy() for part in classes]
        self._builds: list[tuple[int, ...]] = []
        #: By part, shape (n, R): whether all that is left of a class is a row's piece.
        self.is_held = [np.zeros((len(part), 0), dtype=np.bool_) for part in classes]

    @property
    def n_rows(self) -> int:
        """R."""
        return len(self._builds)

    @property
    def n_told(self) -> int:
        """Rows that a build has to differ from in more than one piece."""
        is_more = self.most_common is not None and self.most_common < len(self._positions) - 1
        return self.n_rows if is_more else 0

    def charged(self, relaxed: Relaxed, prices: IntArray) -> Relaxed:
        """A relaxation in which what a build has of each row, up to `most_common`, is taken at a price, shape (R',).

        No build that differs enough is worth less for it; the bound may be lower.
        """
        if not prices.any():
            return relaxed
        bound_scaled = relaxed.bound_scaled + int(prices.sum()) * (self.most_common or 0)
        losses = []
        for part, loss, held in zip(self._classes, relaxed.loss, self.is_held, strict=True):
            charged = loss + held[:, : len(prices)].astype(np.int64) @ prices
            losses.append(charged - charged.min())
            bound_scaled -= part.count * int(charged.min())
        return replace(relaxed, bound_scaled=bound_scaled, loss=tuple(losses))

    def take(self, build: tuple[int, ...]) -> None:
        """Add a row, piece indices by position."""
        self._builds.append(build)
        self.is_held = [np.pad(held, ((0, 0), (0, 1))) for held in self.is_held]
        for b, piece in zip(self._positions, build, strict=True):
            self._mark(b, int(self._class_of[b][piece]))

    def use_up(self, b: int, piece: int) -> None:
        """A piece may stand in no further row."""
        i = int(self._class_of[b][piece])
        self._is_usable[b][piece] = False
        left = self._usable_of(b, i)
        self.n_usable[b][i] = len(left)
        if left:
            self.first[b][i] = left[0]
        self._mark(b, i)

    def _usable_of(self, b: int, i: int) -> list[int]:
        """Members of a class that are not used up, ascending."""
        part = self._classes[b]
        members = part.members[part.member_start[i] : part.member_start[i + 1]]
        return members[self._is_usable[b][members]].tolist()  # type: ignore[no-any-return]

    def _mark(self, b: int, i: int) -> None:
        """Note which rows have what a class has to offer, where that is one piece."""
        left = self._usable_of(b, i)
        self.is_held[b][i] = self._holding(b, left[0]) if len(left) == 1 else False

    def _holding(self, b: int, piece: int) -> BoolArray:
        """Which rows have a piece, shape (R,)."""
        rows = np.array(self._builds, dtype=np.int64).reshape(len(self._builds), len(self._positions))
        return (rows[:, np.array(self._positions) == b] == piece).any(axis=1)  # type: ignore[no-any-return]

    def may_follow_last(self, picks: Picks) -> BoolArray:
        """Which of N combinations, classes by position (L, N), are left and do not share too much with the last row."""
        left = [self.n_usable[b][pick] > 0 for b, pick in zip(self._positions, picks, strict=True)]
        may_follow: BoolArray = np.all(left, axis=0)
        if self.most_common is not None and self._builds:
            held = [self.is_held[b][pick, -1] for b, pick in zip(self._positions, picks, strict=True)]
            may_follow &= np.sum(held, axis=0) <= self.most_common
        return may_follow

    def first_build(self, picks: Sequence[int]) -> tuple[int, ...] | None:
        """The first build by rank of a class for each position; None where none is left."""
        members = [self._usable_of(b, pick) for b, pick in zip(self._positions, picks, strict=True)]
        if self.most_common is None or not self._builds:
            return tuple(usable[0] for usable in members) if all(members) else None
        return self._completed(members, 0, np.zeros(len(self._builds), dtype=np.int64))

    def first_builds(self, picks: Picks) -> list[tuple[int, ...] | None]:
        """The same for N combinations, classes by position (L, N)."""
        if self.most_common is not None or not all(usable.all() for usable in self._is_usable):
            return [self.first_build(pick) for pick in picks.T.tolist()]
        pieces = [self.first[b][pick].tolist() for b, pick in zip(self._positions, picks, strict=True)]
        return list(zip(*pieces, strict=True))

    def _completed(self, members: Sequence[Sequence[int]], place: int, n_common: IntArray) -> tuple[int, ...] | None:
        """The first way to go on from a position, with so many pieces of each row so far."""
        assert self.most_common is not None
        if place == len(members):
            return ()
        for piece in members[place]:
            common = n_common + self._holding(self._positions[place], piece)
            if (common <= self.most_common).all():
                later_pieces = self._completed(members, place + 1, common)
                if later_pieces is not None:
                    return (piece, *later_pieces)
        return None


class Lookahead:
    """What beginnings of combinations still have to lose, so as to differ enough from every row.

    Where a beginning shares all but `a` of the pieces that it may share with a row, of the steps left all
    but `a` take another class than the row's. Rows are bits, at each step those first that ask for most.
    `losses` are of the classes of each part, shape (n,); `steps` has the part of each step.
    """

    def __init__(self, taken: TakenRows, losses: Sequence[IntArray], steps: Sequence[int]) -> None:
        self._most = -1 if taken.most_common is None else taken.most_common
        self._steps = steps
        self._held: list[list[npt.NDArray[np.uint64]]] = []
        #: By step, shape (allowances a, R): the least that is lost by the steps that are left.
        self._least: list[IntArray] = []
        # Of rows whose pieces are used up too much is not shared any more.
        n_shared = np.sum([taken.is_held[b].any(axis=0) for b in steps], axis=0)
        all_held = [held[:, n_shared > self._most] for held in taken.is_held]
        self.is_empty = self._most < 0 or not all_held[0].shape[1]
        if self.is_empty:
            return
        other, gain = [], []
        for loss, held in zip(losses, all_held, strict=True):
            far = np.int64(2**61 // (len(steps) + 1))
            capped = np.minimum(loss, far)[:, None]
            other.append(np.where(held, far, capped).min(axis=0))
            gain.append(np.maximum(other[-1] - np.where(held, capped, far).min(axis=0), 0))
        n_rows = all_held[0].shape[1]
        for step in range(len(steps) + 1):
            left = list(steps[step:])
            most = np.sum([other[b] for b in left], axis=0) if left else np.zeros(n_rows, dtype=np.int64)
            saved = -np.sort(-np.array([gain[b] for b in left]).reshape(len(left), n_rows), axis=0)
            least = most - np.concatenate([np.zeros((1, n_rows), dtype=np.int64), np.cumsum(saved, axis=0)])
            order = np.argsort(-least[0], kind="stable")
            self._least.append(np.pad(least[:, order], ((0, 0), (0, -n_rows % _WORD_BITS))))
            self._held.append([_packed(held[:, order]) for held in all_held])

    def needed(self, picks: Picks) -> tuple[BoolArray, IntArray]:
        """Which of N beginnings, classes by step, are too near a row already, and what the others still lose."""
        step, most = len(picks), self._most
        held, least = self._held[step], self._least[step]
        n_words = held[0].shape[1]
        # How often each row is met: counters of a few bits, bit by bit side by side.
        n_met = [np.zeros((picks.shape[1], n_words), dtype=np.uint64) for _ in range(max(step, most).bit_length())]
        for b, pick in zip(self._steps, picks, strict=False):
            carry = held[b][pick]
            for place, bits in enumerate(n_met):
                n_met[place], carry = bits ^ carry, bits & carry
        is_near = np.zeros(picks.shape[1], dtype=np.bool_)
        for count in range(most + 1, step + 1):
            is_near |= _equal(n_met, count).any(axis=1)
        needed = np.zeros(picks.shape[1], dtype=np.int64)
        for allowed in range(min(len(least) - 1, most + 1)):
            if most - allowed > step:
                continue
            met = _equal(n_met, most - allowed)
            rows = np.arange(picks.shape[1])
            for word in range(n_words):
                met_rows = np.flatnonzero(met[rows, word])
                bits = met[rows[met_rows], word]
                first = np.log2((bits & (~bits + np.uint64(1))).astype(np.float64)).astype(np.int64)
                chosen = rows[met_rows]
                needed[chosen] = np.maximum(needed[chosen], least[allowed, _WORD_BITS * word + first])
                rows = np.delete(rows, met_rows) if word + 1 < n_words else rows
        return is_near, needed


class Listing:
    """What an enumeration may use down to a score, scaled; see `_enumerate.Allowance`.

    `is_over` once `n_listed` beginnings are more than `most`: then it is given up.
    """

    def __init__(
        self, lookahead: Lookahead, bound_scaled: int, least_scaled: int, *, most: int, is_stopped: Callable[[], bool]
    ) -> None:
        self.n_listed = 0
        self.is_over = False
        self._lookahead = lookahead
        self._slack = bound_scaled - least_scaled
        self._least_scaled = least_scaled
        self._most = most
        self.is_stopped = is_stopped

    def slack(self) -> int:
        """Less than nothing once the search shall stop, or the walk is too long."""
        self.is_over = self.is_over or self.n_listed > self._most or self.is_stopped()
        return -1 if self.is_over else self._slack

    def keep(self, chunk: Chunk) -> BoolArray | None:
        """What is not too near a row, also by what it still has to lose to differ."""
        self.n_listed += chunk.loss.size
        if self._lookahead.is_empty:
            return None
        is_near, needed = self._lookahead.needed(chunk.picks)
        return ~is_near & (chunk.loss + chunk.shortfall + needed <= self._slack)

    def least_scaled(self) -> int:
        """The same for every set of prices."""
        return self._least_scaled


def _packed(held: BoolArray) -> npt.NDArray[np.uint64]:
    """Rows as bits, shape (n, W)."""
    packed = np.packbits(held, axis=1, bitorder="little")
    words = np.zeros((len(held), -(-held.shape[1] // _WORD_BITS) * _WORD_BITS // 8), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    return words.view("<u8").astype(np.uint64)


def _equal(bits: Sequence[npt.NDArray[np.uint64]], count: int) -> npt.NDArray[np.uint64]:
    """Where counters, bit by bit, are at a count."""
    equal = ~np.zeros_like(bits[0])
    for place, bit in enumerate(bits):
        equal &= bit if count >> place & 1 else ~bit
    return equal


def _class_of_piece(part: PartClasses) -> IntArray:
    """The class of each piece of a part, shape (pieces,)."""
    owner = np.empty(len(part.members), dtype=np.int64)
    owner[part.members] = np.repeat(np.arange(len(part)), part.sizes)
    return owner
