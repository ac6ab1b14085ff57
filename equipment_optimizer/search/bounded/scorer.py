"""Scores of enumerated combinations, offered to the list as far as it needs them.

Array axes: L positions, N combinations, E coupled totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..filling.filler import Filler
from ..relaxation.expansion import Offers
from ..relaxation.piece_classes import PartClasses
from ._boxes import Boxes, OpenBox
from ._enumerate import Chunk
from ._extra_prices import ExtraPrices

__all__ = ["Scorer", "gathered"]

IntArray = npt.NDArray[np.int64]


class Scorer:
    """Fills slots, scores, and offers; `is_stopped` is polled between groups of fillings."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        limit: int,
        *,
        filler: Filler | None,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.problem = problem
        self.code = RankCode(problem.space.position_sizes)
        self.position_classes = [classes[part] for part in problem.positions]
        self.offers = Offers(limit, self.code, self.position_classes)
        self.top = self.offers.top
        self.extra_prices = None if filler is None else ExtraPrices(problem, classes, filler)
        self._filler = filler
        self._is_stopped = is_stopped

    @property
    def least_score(self) -> int:
        """No build with a lower score matters."""
        return max(self.top.nth_score, -self.problem.score_bound)

    def offer(self, box: OpenBox, boxes: Boxes, picks: npt.NDArray[np.int32], totals: IntArray) -> None:
        """Score combinations of a box, classes by position (L, N) with totals (E, N), and offer them."""
        for enumeration, slack in box.already:
            fresh = np.flatnonzero(enumeration.measure(picks, totals) > slack)
            picks, totals = picks[:, fresh], totals[:, fresh]
        if not picks.shape[1]:
            return
        pieces = self._first_pieces(picks)
        is_first = self.problem.space.are_first(pieces)
        if is_first is not None:
            picks, pieces = picks[:, is_first], [column[is_first] for column in pieces]
        finished = total_columns(self.problem, pieces)
        inside = np.flatnonzero(boxes.holds(box.box, finished))
        self._take(picks[:, inside], finished.take(inside))

    def _take(self, picks: npt.NDArray[np.int32], totals: BlockTotals) -> None:
        """Score combinations of classes with finished totals, and offer them."""
        if self._filler is None:
            self.offers.add(picks, score_totals(self.problem, totals))
        else:
            self._fill(picks, totals, self._filler)

    def offer_all(self, picks: npt.NDArray[np.intp]) -> None:
        """Score combinations, classes by position (L, N), and offer them."""
        self._take(picks.astype(np.int32), total_columns(self.problem, self._first_pieces(picks)))

    def _first_pieces(self, picks: npt.NDArray[np.integer[Any]]) -> list[IntArray]:
        """By position, shape (N,), the first piece of each class of combinations, (L, N)."""
        return [classes.first[pick] for classes, pick in zip(self.position_classes, picks, strict=True)]

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """Fill the slots of combinations of classes as far as the list needs it, and offer them."""
        scores = filler.scores(totals, self.top.nth_score, n_wanted=self.top.limit, should_stop=self._is_stopped)
        is_build = scores > NO_BUILD
        self.offers.add(picks[:, is_build], scores[is_build])
        self.offers.count(picks[:, ~is_build])
        if self.extra_prices is not None:
            self.extra_prices.note(totals.take(np.flatnonzero(~is_build)))


def gathered(chunks: Iterable[Chunk], n_rows: int) -> Iterator[Chunk]:
    """Chunks of the same steps put together, without what they use by further prices: from `n_rows` to twice as many.

    Larger ones are left as they are, and what is before them, or last, may be smaller.
    """
    some, n_some = list[Chunk](), 0
    for chunk in chunks:
        is_large = chunk.loss.size >= n_rows
        if not is_large:
            some.append(replace(chunk, used=()))
            n_some += chunk.loss.size
        if some and (is_large or n_some >= n_rows):
            yield Chunk.joined(some)
            some, n_some = [], 0
        if is_large:
            yield chunk
    if some:
        yield Chunk.joined(some)
