"""Prices of pieces that several lists want, so that each list decides for itself.

Lists share pieces, and no piece may be worn twice. Let every piece have a price,
and every list choose its best build after prices: the sum of what they are left
with and of all prices is a bound on every joint choice (Fisher, "The Lagrangian
relaxation method for solving integer programming problems", Management Science 27,
1981). Low bounds are found by raising the price of what is wanted twice and
lowering that of what nobody wants. All numbers are integers, so that every machine
takes the same way.

Axes: n candidates of all lists, L positions of a build, P pieces; piece P stands for
an empty position, costs nothing, and everybody may wear it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["Ascent", "Candidates", "ascend"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Builds that each list may wear: scores (n,) without prices, pieces (n, L), the lists one after the other."""

    scores: IntArray
    pieces: IntArray
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, lists: Sequence[tuple[IntArray, IntArray]]) -> Candidates:
        """Candidates of scores and pieces, list by list; none is empty."""
        ends = np.cumsum([0, *(len(scores) for scores, _ in lists)]).tolist()
        scores, pieces = (np.concatenate(columns) for columns in zip(*lists, strict=True))
        return cls(scores, pieces, tuple(pairwise(ends)))

    def worth(self, prices: IntArray) -> IntArray:
        """What each candidate is worth after prices (P + 1,); shape (n,)."""
        worth: IntArray = self.scores - prices[self.pieces].sum(axis=1)
        return worth

    def best(self, worth: IntArray) -> list[int]:
        """The best candidate of each list, the first of equal ones."""
        return [start + int(worth[start:stop].argmax()) for start, stop in self.spans]


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """The lowest bound that was found."""

    bound: int
    prices: IntArray  # (P + 1,)
    wishes: IntArray  # (lists, P + 1): how often each list wanted a piece on the way, of `n_steps` times
    n_steps: int


def ascend(
    candidates: Candidates,
    prices: IntArray,
    *,
    level: int,
    patience: int,
    most_steps: int,
    dearest: int,
    on_choice: Callable[[list[int]], int],
    should_stop: Callable[[], bool],
) -> Ascent:
    """Find prices with a low bound, from `prices` (P + 1,) on, by subgradient steps towards a level below the best.

    The level is a third nearer after every `patience` steps that found no better bound; no price is higher than
    `dearest`. `on_choice` is told of choices in which no piece is worn twice, and returns the bound below which
    nothing is of interest any more.
    """
    best_bound, best_prices, n_idle, n_done, enough = None, prices, 0, 0, on_choice([])
    wishes = np.zeros((len(candidates.spans), len(prices)), dtype=np.int64)
    rows = np.arange(len(candidates.spans))[:, None]
    while n_done < most_steps and level:
        worth = candidates.worth(prices)
        chosen = candidates.best(worth)
        bound = int(worth[chosen].sum()) + int(prices.sum())
        wanted = candidates.pieces[chosen]
        excess = np.bincount(wanted.ravel(), minlength=len(prices)) - 1
        excess[-1] = 0
        if excess.max() <= 0:
            enough = on_choice(chosen)
        n_done += 1
        wishes[rows, wanted] += 1
        if best_bound is None or bound < best_bound:
            best_bound, best_prices, n_idle = bound, prices, 0
        else:
            n_idle += 1
            if n_idle == patience:
                level, n_idle = level * 2 // 3, 0
        excess[(prices == 0) & (excess < 0)] = 0
        square = int((excess * excess).sum())
        if best_bound < enough or not square or should_stop():
            break
        length = bound - best_bound + level
        moves = np.array([int(more) * length // square for more in excess], dtype=np.int64)
        prices = np.clip(prices + moves, 0, dearest)
    assert best_bound is not None  # a level of nothing is never asked for
    wishes[:, -1] = 0
    return Ascent(best_bound, best_prices, wishes, n_done)
