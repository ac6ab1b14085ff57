"""Combinations that keep limits in the order of their rows, found without listing the others.

In: a search by branching (`_branch_search`), and what says which combinations keep the
limits once their slots are filled. Out: rows of each part, one combination after the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ._branch_search import BranchSearch

__all__ = ["NotFoundOut", "in_order"]

BoolArray = npt.NDArray[np.bool_]

#: So many combinations are filled together where they are listed in order (20 to 1,000 builds
#: of required levels without weights: a third of the time of asking for each piece in turn).
_FILLED = 256


class NotFoundOut(Exception):
    """A search was stopped."""


#: Which combinations of classes keep all limits, one column a part.
_Kept = Callable[[Sequence[npt.NDArray[np.intp]]], BoolArray]


def in_order(
    search: BranchSearch,
    kept: _Kept,
    begun: tuple[int, ...],
    *,
    before: tuple[int, ...] | None = None,
    known_classes: tuple[int, ...] = (),
) -> Iterator[tuple[int, ...]]:
    """Combinations of rows that score enough and begin with some, the last part's rows fastest.

    Few of them are filled together, not asked for one by one. They end where they do not rank `before` some first
    rows of the parts. `known_classes` are of one that begins so and scores enough, if any is known.
    """
    owners = [np.repeat(np.arange(len(part)), part.sizes)[np.argsort(part.members)] for part in search.classes]
    fixed = tuple(owner[[row]] for owner, row in zip(owners, begun, strict=False))
    b = len(begun)
    if b == len(owners):
        yield begun
        return
    left = search.left((*fixed, *(np.arange(len(part)) for part in search.classes[b:])))
    if left is None:
        return
    picks = search.few(left, _FILLED)
    if picks is not None:
        chosen = np.array(picks, dtype=np.intp)
        rows_there = _rows_of(owners, chosen[:, kept(picks)] if chosen.size else chosen, begun)
        yield from itertools.takewhile(lambda rows: before is None or rows < before, rows_there)
        return
    #: Of each class of this part that was asked for, the classes of a combination with it; None where there is none.
    known: dict[int, tuple[int, ...] | None] = {known_classes[b]: known_classes} if known_classes else {}
    for row, i in enumerate(owners[b].tolist()):
        # All that begins with a row more than those first ones ranks behind them.
        if before is not None and (*begun, row) >= before:
            return
        if i not in known:
            rows = (*fixed, np.array([i]), *(np.arange(len(part)) for part in search.classes[b + 1 :]))
            is_kept = bool(i in left[b]) and search.keeps(rows)
            if is_kept is None:
                raise NotFoundOut
            chosen_rows = (search.best_rows or ()) if is_kept else ()
            classes = tuple(int(owner[chosen]) for owner, chosen in zip(owners, chosen_rows, strict=False))
            known[i] = classes if is_kept else None
        of_class = known[i]
        if of_class is not None:
            yield from in_order(search, kept, (*begun, row), before=before, known_classes=of_class)


def _rows_of(
    owners: Sequence[npt.NDArray[np.intp]], classes: npt.NDArray[np.intp], begun: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Rows of combinations of classes, shape (parts, N), that begin with some, in order."""
    b = len(begun)
    if b == len(owners):
        yield begun
        return
    for row in np.flatnonzero(np.isin(owners[b], classes[b])).tolist():
        yield from _rows_of(owners, classes[:, classes[b] == owners[b][row]], (*begun, row))
