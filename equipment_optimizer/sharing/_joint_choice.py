"""Several lists, one wardrobe: the joint choice with the highest sum of scores, proved.

In: for each list a function that names its best builds at given prices of pieces.
Out: one build each, no piece in two of them. Prices are found first (column
generation: the best builds at some prices join a pool, prices are found that bound
the pool, and so on; Desaulniers, Desrosiers and Solomon, "Column generation", 2005).
Then what can still be part of a better choice is listed as a whole, a little more
each time, and searched by branch and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ._joint_branching import JointBranching
from ._piece_prices import Candidates, ascend

__all__ = ["STOPPED", "Builds", "Choice", "Chooser", "GaveUp", "JointChoice"]

#: Why, where somebody or a time limit ended it.
STOPPED = "a search was stopped"

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Times that prices are looked for, steps each time, and how many of them may be
#: idle: eight lists of twelve pieces a part need four to six times.
_ROUNDS, _STEPS, _PATIENCE = 12, 2_000, 20

#: Builds of one list, and cases, that are looked at before giving up: some seconds.
_MOST_BUILDS = 30_000
_MOST_CASES = 6_000

#: Less than any sum of scores.
_NOTHING = -(2**61)


@dataclass(frozen=True, slots=True, eq=False)
class Builds:
    """The best builds of a list at some prices, best first."""

    scores: IntArray  # (k,), scaled, without the prices
    pieces: IntArray  # (k, L)
    is_complete: bool  # there are no others

    @property
    def first(self) -> Choice:
        """The best of them."""
        return Choice(int(self.scores[0]), tuple(self.pieces[0].tolist()))


@dataclass(frozen=True, slots=True)
class Choice:
    """A build that a list wears: its scaled score, and its pieces."""

    score: int
    pieces: tuple[int, ...]


class Chooser(Protocol):
    """A list: what it would wear at prices (P,) of all pieces, of those that are not taken (P,)."""

    def best(self, prices: IntArray, limit: int, taken: BoolArray | None = None) -> Builds:
        """The best builds."""


class GaveUp(Exception):
    """Why no joint optimum was proved."""


class JointChoice:
    """The joint choice of lists from P pieces: the highest sum of scores so far, and each list's build in it.

    Every sum of scores is a multiple of `unit`; no price is higher than `dearest`, which is as good as forbidding the
    piece; a list is asked for `n_offers` builds at a time. `why_not` says why the choice is not proved to be the best.
    """

    def __init__(
        self,
        choosers: Sequence[Chooser],
        n_pieces: int,
        *,
        unit: int,
        dearest: int,
        n_offers: int,
        most_searches: int,
        should_stop: Callable[[], bool],
    ) -> None:
        self._choosers = choosers
        self._n_pieces = n_pieces
        self._unit = unit
        self._dearest = dearest
        self._n_offers = n_offers
        self._most_searches = most_searches
        self._should_stop = should_stop
        self._pool: list[tuple[IntArray, IntArray]] = []
        self._width = 0
        self.n_searches = 0
        self.total = _NOTHING
        self.chosen: list[Choice] | None = None
        self.why_not = ""

    def run(self) -> None:
        """Find the choice."""
        try:
            self._run()
        except GaveUp as reason:
            self.why_not = str(reason)

    def _run(self) -> None:
        prices = np.zeros(self._n_pieces + 1, dtype=np.int64)
        offers = self._offers(prices)
        if any(not len(builds.scores) for builds in offers):
            raise GaveUp("there is not a build for every list")
        for order in (range(len(offers)), reversed(range(len(offers)))):
            self._in_turn(order)
        best_bound, best_prices, best_offers = self._bound(offers, prices), prices, offers
        level = best_bound - self.total if self.chosen is not None else self._dearest
        for _ in range(_ROUNDS):
            if best_bound < self._least_wanted():
                return
            pool = Candidates.of(self._pool)
            ascent = ascend(
                pool,
                best_prices,
                level=max(level, 1),
                patience=_PATIENCE,
                most_steps=_STEPS,
                dearest=self._dearest,
                on_choice=lambda chosen, pool=pool: self._take(pool, chosen),  # type: ignore[misc]
                should_stop=self._should_stop,
            )
            if ascent.bound >= best_bound - self._unit // 8:
                break
            level = max(16 * self._unit, best_bound - ascent.bound)
            offers = self._offers(ascent.prices)
            bound = self._bound(offers, ascent.prices)
            if bound < best_bound:
                best_bound, best_prices, best_offers = bound, ascent.prices, offers
        self._close(best_bound, best_prices, best_offers)

    # --- what lists would wear ---------------------------------------------

    def _ask(self, number: int, prices: IntArray, limit: int, taken: BoolArray | None = None) -> Builds:
        """The best builds of one list, as wide as the widest list's; they join the pool."""
        self.n_searches += 1
        if self._should_stop():
            raise GaveUp(STOPPED)
        if self.n_searches > self._most_searches:
            raise GaveUp(f"no joint optimum was proved within {self._most_searches:,} searches")
        return self._choosers[number].best(prices[:-1], limit, taken)

    def _offers(self, prices: IntArray) -> list[Builds]:
        """The best builds of every list."""
        offers = [self._ask(number, prices, self._n_offers) for number in range(len(self._choosers))]
        if not self._pool:
            self._width = max(builds.pieces.shape[1] for builds in offers)
        offers = [self._widened(builds) for builds in offers]
        if not self._pool:
            self._pool = [(builds.scores, builds.pieces) for builds in offers]
        for number, builds in enumerate(offers):
            self._add(number, builds)
        return offers

    def _widened(self, builds: Builds) -> Builds:
        """Builds with empty positions behind their own."""
        more = self._width - builds.pieces.shape[1]
        pieces = np.pad(builds.pieces, ((0, 0), (0, more)), constant_values=self._n_pieces)
        return Builds(builds.scores, pieces, builds.is_complete)

    def _add(self, number: int, builds: Builds) -> None:
        """Add builds to a list's pool, each once."""
        scores, pieces = self._pool[number]
        rows = np.column_stack([np.append(scores, builds.scores), np.concatenate([pieces, builds.pieces])])
        rows = np.unique(rows, axis=0)
        self._pool[number] = (rows[:, 0].copy(), rows[:, 1:].copy())

    def _bound(self, offers: Sequence[Builds], prices: IntArray) -> int:
        """No joint choice is worth more."""
        return sum(int(_worth(builds, prices)[0]) for builds in offers) + int(prices.sum())

    # --- the best choice so far --------------------------------------------

    def _least_wanted(self) -> int:
        """The least sum of scores that is better than the best so far."""
        return self.total + self._unit

    def _keep_better(self, builds: Iterable[Choice]) -> None:
        """A choice in which no piece is worn twice."""
        chosen = list(builds)
        total = sum(choice.score for choice in chosen)
        if total > self.total:
            self.total, self.chosen = total, chosen

    def _take(self, pool: Candidates, chosen: Sequence[int]) -> int:
        """A choice among candidates, if there is one; returns the least sum that is better."""
        if chosen:
            self._keep_better(self._choice(pool.scores[k], pool.pieces[k]) for k in chosen)
        return self._least_wanted()

    def _choice(self, score: np.int64, pieces: IntArray) -> Choice:
        """A build without empty positions."""
        return Choice(int(score), tuple(piece for piece in pieces.tolist() if piece < self._n_pieces))

    def _in_turn(self, order: Iterable[int]) -> None:
        """A choice to begin with: each list takes its best of what is left."""
        taken = np.zeros(self._n_pieces + 1, dtype=np.bool_)
        prices = np.zeros(self._n_pieces + 1, dtype=np.int64)
        chosen = {}
        for number in order:
            builds = self._widened(self._ask(number, prices, self._n_offers, taken[:-1]))
            if not len(builds.scores):
                return
            self._add(number, builds)
            taken[builds.pieces[0]] = True
            chosen[number] = self._choice(builds.scores[0], builds.pieces[0])
        self._keep_better(chosen[number] for number in sorted(chosen))

    # --- closing the gap ----------------------------------------------------

    def _close(self, bound: int, prices: IntArray, offers: list[Builds]) -> None:
        """Look for a choice of the highest sum that the bound leaves, then of lower ones."""
        depth, more = bound % self._unit, self._unit
        while bound >= self._least_wanted():
            offers = [self._deepened(number, builds, prices, depth) for number, builds in enumerate(offers)]
            losses = [_loss(builds, prices) for builds in offers]
            is_all = all(builds.is_complete and loss[-1] <= depth for builds, loss in zip(offers, losses, strict=True))
            lists = []
            for builds, loss in zip(offers, losses, strict=True):
                n_near = int(np.searchsorted(loss, depth, side="right"))
                lists.append((builds.scores[:n_near], builds.pieces[:n_near]))
            self._branch(lists, prices, _NOTHING if is_all else bound - depth)
            if is_all and self.chosen is None:
                raise GaveUp("there is not a build for every list")
            if is_all or self.total >= bound - depth:
                return
            depth, more = depth + more, 2 * more

    def _deepened(self, number: int, builds: Builds, prices: IntArray, depth: int) -> Builds:
        """All builds that lose no more than `depth` at these prices, and some more."""
        limit = len(builds.scores)
        while not builds.is_complete and _loss(builds, prices)[-1] <= depth:
            limit *= 4
            if limit > _MOST_BUILDS:
                raise GaveUp("no joint optimum was proved: too many builds come into question")
            builds = self._widened(self._ask(number, prices, limit))
        return builds

    def _branch(self, lists: list[tuple[IntArray, IntArray]], prices: IntArray, floor: int) -> None:
        """The best choice of these candidates that is worth `floor` at least."""

        def on_choice(rows: list[int]) -> int:
            if rows:
                pairs = zip(lists, rows, strict=True)
                self._keep_better(self._choice(scores[row], pieces[row]) for (scores, pieces), row in pairs)
            return max(floor, self._least_wanted())

        branching = JointBranching(
            lists,
            most_cases=_MOST_CASES,
            dearest=self._dearest,
            should_stop=self._should_stop,
            on_choice=on_choice,
        )
        if not branching.run(prices):
            raise GaveUp(STOPPED if self._should_stop() else "no joint optimum was proved: too many come near it")


def _worth(builds: Builds, prices: IntArray) -> IntArray:
    """What builds are worth after prices (P + 1,); descending."""
    worth: IntArray = builds.scores - prices[builds.pieces].sum(axis=1)
    return worth


def _loss(builds: Builds, prices: IntArray) -> IntArray:
    """What builds lack against the first, after prices; ascending."""
    worth = _worth(builds, prices)
    loss: IntArray = worth[0] - worth
    return loss
