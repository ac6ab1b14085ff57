"""The list of the best products, exact at any size, and what ranks before what.

Products are Python's integers. A build may be offered several times, each time with a filling at least as good
as is needed there: its best counts.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.scoring import total_columns
from ...records.space import RankCode
from ..relaxation.piece_classes import PartClasses, expand_members
from .nodes.curves import floor_log

__all__ = ["Contents", "Products", "best_sums"]

IntArray = npt.NDArray[np.int64]
Scores = npt.NDArray[np.object_]

#: What is in the slots of a build: pairs of a decoration, by its place among the compiled ones, and how many; and
#: the slots of each level left free.
Contents = tuple[tuple[tuple[int, int], ...], tuple[int, ...]]

#: Builds that are expanded from classes at a time.
_EXPANDED = 4_096

#: The share of the limit that is held beyond it before the list is cut.
_SURPLUS = 0.25

#: Below every surrogate.
_NEVER = -(2**62)


class Products:
    """The best `limit` builds offered so far, by product and then rank; products are multiples of `grain`."""

    def __init__(self, limit: int, code: RankCode, classes: Sequence[PartClasses], *, grain: int = 1) -> None:
        self.limit = limit
        #: Whether builds matter that score no more than the last.
        self.wants_ties = True
        self._grain = grain
        #: Score and rank words of the last, once `limit` are held.
        self.last: tuple[int, tuple[int, ...]] | None = None
        self._code = code
        self._classes = classes
        self._held: dict[tuple[int, ...], tuple[int, Contents | None]] = {}
        self._least_log: tuple[int, int] | None = None

    @property
    def is_full(self) -> bool:
        """Whether no build that scores nothing, or less than nothing, matters any more."""
        return self.last is not None and self.last[0] > 0

    @property
    def least_log(self) -> int:
        """No build whose product has a lower logarithm, in units, matters."""
        if self.last is None or self.last[0] <= 0:
            return _NEVER
        if self._least_log is None or self._least_log[0] != self.last[0]:
            score = self.last[0]
            self._least_log = (score, floor_log(score) if self.wants_ties else self.next_log(score) + 1)
        return self._least_log[1]

    @property
    def tie_log(self) -> int:
        """A build whose product has no higher logarithm, in units, has no higher product than the last one held."""
        return _NEVER if self.least_log == _NEVER or self.last is None else self.next_log(self.last[0])

    def next_log(self, score: int) -> int:
        """A build whose product has no higher logarithm, in units, has no higher product than `score`."""
        return floor_log(score + self._grain)

    def offer(self, picks: npt.NDArray[np.int32], scores: Scores, contents: Sequence[Contents] | None = None) -> None:
        """Take in combinations of classes by position, shape (L, N), with what is in their slots."""
        rows = np.arange(len(scores)) if self.last is None else np.flatnonzero(scores >= self.last[0])
        if not rows.size:
            return
        first = [part.first[pick[rows]] for part, pick in zip(self._classes, picks, strict=True)]
        words = list(map(tuple, self._code.encode(first).T.tolist()))
        values = scores[rows].tolist()
        order = sorted(range(len(values)), key=lambda i: (-values[i], words[i]))
        start = 0
        while start < len(order):
            chosen: list[int] = []
            n_builds = 0
            while start < len(order) and n_builds < _EXPANDED:
                i = order[start]
                start += 1
                if self._is_wanted(values[i], words[i]):
                    chosen.append(int(rows[i]))
                    sizes = (int(part.sizes[pick[rows[i]]]) for part, pick in zip(self._classes, picks, strict=True))
                    n_builds += min(self.limit, math.prod(sizes))
            if chosen:
                self._expand(picks[:, chosen], scores[chosen].tolist(), contents and [contents[i] for i in chosen])

    def _expand(self, picks: npt.NDArray[np.int32], scores: Sequence[int], contents: Sequence[Contents] | None) -> None:
        """Hold the builds behind combinations of classes, as far as they are wanted."""
        owner, columns = expand_members(self._classes, list(picks), self.limit)
        owners = owner.tolist()
        owner_contents = [contents[i] for i in owners] if contents else None
        self.hold(self._code.encode(columns), [scores[i] for i in owners], owner_contents)

    def hold(self, words: IntArray, scores: Sequence[int], contents: Sequence[Contents] | None = None) -> None:
        """Take in builds by their rank words, shape (W, N), as far as they are wanted."""
        for i, build_words in enumerate(map(tuple, words.T.tolist())):
            before = self._held.get(build_words)
            if self._is_wanted(scores[i], build_words) and (before is None or before[0] < scores[i]):
                self._held[build_words] = (scores[i], contents[i] if contents else None)
        most = self.limit if self.last is None else self.limit * (1 + _SURPLUS)
        if len(self._held) >= most and (self.last is None or len(self._held) > self.limit):
            self.keep_best()

    def _is_wanted(self, score: int, words: tuple[int, ...]) -> bool:
        if self.last is None:
            return True
        return score > self.last[0] or (score == self.last[0] and words <= self.last[1])

    def keep_best(self) -> None:
        """Keep the best; note the last."""
        held = sorted(self._held.items(), key=lambda each: (-each[1][0], each[0]))[: self.limit]
        self._held = dict(held)
        if len(held) == self.limit:
            self.last = (held[-1][1][0], held[-1][0])

    def leading(self, n_builds: int) -> list[tuple[int, ...]]:
        """Rank words of the best builds, best first."""
        return heapq.nsmallest(n_builds, self._held, key=lambda words: (-self._held[words][0], words))

    def best(self) -> tuple[int, tuple[int, ...], Contents | None] | None:
        """The best build: score, rank words, contents."""
        if not self._held:
            return None
        (words,) = self.leading(1)
        score, contents = self._held[words]
        return score, words, contents

    def sorted(self) -> tuple[list[int], IntArray, list[Contents | None]]:
        """Scores, words of shape (W, K), and contents, best first; of all that was offered."""
        self.keep_best()
        words = np.array(list(self._held), dtype=np.int64).reshape(len(self._held), self._code.n_words)
        return [score for score, _ in self._held.values()], words.T, [content for _, content in self._held.values()]


def best_sums(formula: FormulaProblem, products: Products, code: RankCode) -> tuple[tuple[float, ...], ...] | None:
    """The sums of the best build so far, by factor; None where none is positive."""
    best = products.best()
    if best is None or best[0] <= 0:
        return None
    _, words, contents = best
    levels = total_columns(formula.problem, code.decode(np.array(words, dtype=np.int64)[:, None])).levels
    if contents is not None and formula.problem.decorations is not None:
        for d, count in contents[0]:
            levels = levels + count * formula.problem.decorations.levels[d][:, None]
    return tuple(tuple(float(formula.values(compiled, levels)[0]) for compiled in sums) for sums in formula.sums)
