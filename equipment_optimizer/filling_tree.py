"""The best filling of one build's slots by branch and bound.

Each node limits how often every choice may be made. Its LP relaxation gives
prices, which bound the node in exact integers, and counts, which are rounded to
a filling; a fractional count is branched on. The solver only ever guides: a node
is dropped because integers say so.

Array axes: n choices, F features, K slot kinds.
"""

from __future__ import annotations

import heapq
import itertools

import numpy as np
import numpy.typing as npt

from .bounds import Multipliers, price_limit, rounded_price
from .filling_lp import Choices, FillingAdvice, FillingLp
from .filling_model import FillingModel
from .scoring import feature_values
from .topk import NO_BUILD

__all__ = ["FillingTree"]

IntArray = npt.NDArray[np.int64]

#: Nodes after which the tree gives up and leaves the build to the plain walk.
#: A handful is usual.
_MAX_NODES = 400

#: Largest price of a slot, of stock or of a count limit, scaled.
_PRICE_LIMIT = 2**44


class FillingTree:
    """Branch and bound over fillings of one problem's builds.

    Parameters
    ----------
    model : FillingModel
        Supplies the problem, the precision and the features' shares.
    """

    def __init__(self, model: FillingModel) -> None:
        problem, decorations = model.problem, model.decorations
        self._model = model
        self._choices = Choices(problem, decorations)
        own = self._choices.decoration
        self._levels = decorations.levels[own]
        self._linear = decorations.linear[own]
        self._stock = decorations.stock[own]
        self._weights = problem.slot_weights
        self._chain_start = [k for k, level in enumerate(problem.slot_levels) if level == 1]
        self._lp = FillingLp(problem, decorations, self._choices)
        self._multipliers: Multipliers | None = None
        #: Prices that bounded the last build as a whole; None before.
        self.root_multipliers: Multipliers | None = None
        #: Counts by choice, and slots left free by kind, of the last best filling.
        self.counts: IntArray = np.zeros(len(self._choices), dtype=np.int64)
        self.free: list[int] = []
        self._whole_counts, self._free = self.counts, self.free

    def forget(self) -> None:
        """Drop what the solver remembers, so that the next filling depends on its build alone."""
        self._lp.forget()

    def filling(self) -> tuple[dict[int, int], tuple[int, ...]]:
        """The last best filling: counts by decoration, and slots left free by kind."""
        counts: dict[int, int] = {}
        for c in np.flatnonzero(self.counts).tolist():
            d = int(self._choices.decoration[c])
            counts[d] = counts.get(d, 0) + int(self.counts[c])
        return dict(sorted(counts.items())), tuple(self.free)

    @staticmethod
    def is_supported(model: FillingModel) -> bool:
        """Whether higher slots are never worth less when free: lowest slots are then used first."""
        problem = model.problem
        weights, levels = problem.slot_weights.tolist(), problem.slot_levels
        return all(levels[k] == 1 or weights[k] >= weights[k - 1] for k in range(len(weights)))

    @property
    def n_solves(self) -> int:
        """LP relaxations solved."""
        return self._lp.n_solves

    def best(self, levels: IntArray, slots: IntArray, modes: IntArray, floor: int) -> int | None:
        """The best score of one build's filling.

        Parameters
        ----------
        levels : ndarray of int64, shape (F,)
        slots : ndarray of int64, shape (K,)
        modes : ndarray of int64, shape (F,)
        floor : int
            Anything below does not matter.

        Returns
        -------
        int or None
            The exact best; `NO_BUILD` where it is below `floor`; None where the
            tree gave up.
        """
        n_choices = len(self._choices)
        grain, precision = self._model.grain, self._model.precision
        incumbent = floor - 1
        serial = itertools.count()
        unlimited = np.full(n_choices, -1, dtype=np.int64)
        heap = [(0, next(serial), np.zeros(n_choices, dtype=np.int64), unlimited)]
        n_nodes = 0
        while heap:
            key, _, least, most = heapq.heappop(heap)
            if n_nodes and -key <= incumbent:
                break
            n_nodes += 1
            if n_nodes > _MAX_NODES:
                return None
            if not self._placeable(least, slots):
                continue
            advice = self._lp.solve(levels, slots, modes, least, most)
            if advice is None:
                return None
            bound = self._bound(advice, (levels, slots, modes), least, most)
            if n_nodes == 1:
                self.root_multipliers = self._multipliers
            bound = bound // precision // grain * grain
            if bound <= incumbent:
                continue
            score = self._rounded(advice.counts, (levels, slots), least)
            if score > incumbent:
                incumbent, self.counts, self.free = score, self._whole_counts, self._free
            if bound <= incumbent:
                continue
            c, split = self._branch(advice.counts, least, most)
            if c < 0:
                return None
            lower, upper = most.copy(), least.copy()
            lower[c], upper[c] = split, split + 1
            heapq.heappush(heap, (-bound, next(serial), least, lower))
            heapq.heappush(heap, (-bound, next(serial), upper, most))
        return incumbent if incumbent >= floor else NO_BUILD

    def _branch(self, counts: npt.NDArray[np.float64], least: IntArray, most: IntArray) -> tuple[int, int]:
        """A choice and the largest count of its lower half; -1 where every count is settled."""
        fraction = np.abs(counts - np.round(counts))
        c = int(np.argmax(fraction))
        if fraction[c] > 1e-6:
            return c, int(np.floor(counts[c]))
        whole = np.round(counts).astype(np.int64)
        for c in np.flatnonzero(whole > least).tolist():
            return c, int(whole[c]) - 1
        for c in np.flatnonzero((most < 0) | (most > whole)).tolist():
            if most[c] >= 0 or self._levels[c].any():
                return c, int(whole[c])
        return -1, 0

    def _bound(
        self, advice: FillingAdvice, build: tuple[IntArray, IntArray, IntArray], least: IntArray, most: IntArray
    ) -> int:
        """Upper bound of a node, scaled by the precision, in exact integers for any advice."""
        model, choices = self._model, self._choices
        levels, slots, modes = build
        precision = model.precision
        limits = [price_limit(model.problem, e) for e in range(len(levels))]
        price = np.array(
            [rounded_price(p * precision, n) for p, n in zip(advice.price.tolist(), limits, strict=True)] or [0]
        )
        price = price[: len(levels)].astype(np.int64)
        slot_price = np.array(
            [rounded_price(p * precision, _PRICE_LIMIT) for p in advice.slot_price.tolist()], dtype=np.int64
        )
        worth = precision * self._linear + self._levels @ price
        constant = 0
        stock_price = [0] * len(model.decorations.index)
        for d, p in zip(model.limited.tolist(), advice.stock_price.tolist(), strict=True):
            paid = max(0, rounded_price(p * precision, _PRICE_LIMIT))
            constant += paid * int(model.decorations.stock[d])
            worth[choices.decoration == d] -= paid
            stock_price[d] = paid
        self._multipliers = Multipliers(tuple(price.tolist()), tuple(stock_price) if any(stock_price) else ())
        over = worth - slot_price[choices.kind]
        paid_most = np.where(most >= 0, np.maximum(over, 0), 0)
        paid_least = np.where(least > 0, np.maximum(-over, 0), 0)
        constant += int((paid_most * np.maximum(most, 0)).sum()) - int((paid_least * least).sum())
        worth = worth - paid_most + paid_least
        bound = constant
        for k, n_slots in enumerate(slots.tolist()):
            if n_slots:
                fitting = worth[choices.fits[:, k]]
                best = max(precision * int(self._weights[k]), int(fitting.max(initial=-(2**62))))
                bound += n_slots * best
        reached = levels + np.where(model.may_fall, 0, least @ self._levels)
        model.cap_in_place(reached)
        for e in range(len(levels)):
            at = reached[e : e + 1]
            # The price of what is placed is in its worth; the share starts from there.
            bound += model.node_share(e, int(modes[e]), at, int(price[e])) + int(price[e]) * int(levels[e])
        return bound

    def _placeable(self, least: IntArray, slots: IntArray) -> bool:
        """Whether the counts that must be made fit the slots."""
        return self._placed(least, slots) is not None

    def _placed(self, counts: IntArray, slots: IntArray) -> list[int] | None:
        """Slots left free when choices go into the lowest slots they fit; None where they do not fit."""
        free: list[int] = slots.tolist()
        order = np.argsort(-self._choices.kind, kind="stable")
        for c in order[counts[order] > 0].tolist():
            left = int(counts[c])
            for k in np.flatnonzero(self._choices.fits[c]).tolist():
                used = min(left, free[k])
                free[k] -= used
                left -= used
            if left:
                return None
        return free

    def _rounded(self, counts: npt.NDArray[np.float64], build: tuple[IntArray, IntArray], least: IntArray) -> int:
        """Exact score of a filling near the relaxation's: rounded down, then completed greedily."""
        levels, slots = build
        whole = np.maximum(np.floor(counts + 1e-6).astype(np.int64), least)
        free = self._placed(whole, slots)
        if free is None:
            return NO_BUILD
        if self._exceeds_stock(whole):
            return NO_BUILD
        level = (levels + whole @ self._levels).astype(np.int64)
        score = int(whole @ self._linear)
        for k in range(len(free) - 1, -1, -1):
            while free[k]:
                fitting = np.flatnonzero(self._choices.fits[:, k] & ~self._exhausted(whole))
                now = self._value(level[:, None])[0]
                gain: IntArray = self._linear[fitting] - int(self._weights[k])
                if fitting.size:
                    gain = gain + self._value(level[:, None] + self._levels[fitting].T) - now
                if not fitting.size or gain.max() <= 0:
                    break
                c = int(fitting[np.argmax(gain)])
                whole[c] += 1
                free[k] -= 1
                level = level + self._levels[c]
                score += int(self._linear[c])
        value = int(self._value(level[:, None])[0])
        if value <= NO_BUILD // 2:
            return NO_BUILD
        self._whole_counts, self._free = whole, free
        return value + score + sum(int(w) * n for w, n in zip(self._weights, free, strict=True))

    def _value(self, levels: IntArray) -> IntArray:
        """Score of the features; far below everything where a minimum is missed."""
        return feature_values(self._model.problem, levels)

    def _exhausted(self, counts: IntArray) -> npt.NDArray[np.bool_]:
        """Choices whose decoration has run out."""
        if not self._model.limited.size:
            return np.zeros(len(counts), dtype=bool)
        used = np.bincount(self._choices.decoration, weights=counts)[self._choices.decoration]
        return (self._stock >= 0) & (used >= self._stock)

    def _exceeds_stock(self, counts: IntArray) -> bool:
        """Whether more decorations are used than there are."""
        if not self._model.limited.size:
            return False
        used = np.bincount(self._choices.decoration, weights=counts)[self._choices.decoration]
        return bool(((self._stock >= 0) & (used > self._stock)).any())
