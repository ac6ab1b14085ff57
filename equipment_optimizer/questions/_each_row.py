"""Which rows stand in any combination that keeps all limits: one search for all of them, asked again and again.

A combination that answers for one row mostly answers for others: with another row in one place it may keep the limits,
too, which is quickly seen. What is left is asked for together, so that one answer rules out all of it.

Array axes: n rows or classes of one part, L parts, N combinations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.scoring import BlockTotals, score_totals, total_columns
from ._branch_search import BranchSearch
from ._filled_within_limits import LimitFiller

__all__ = ["EachRow"]

BoolArray = npt.NDArray[np.bool_]


class EachRow:
    """Questions about the rows of the parts of a search whose limits are worth; each part takes one piece.

    It `fills` slots so that they keep all of `n_limits`, if there are any.
    """

    def __init__(self, search: BranchSearch, fills: LimitFiller | None, n_limits: int) -> None:
        self._search, self._fills = search, fills
        #: All limits, as a set of them.
        self._sets = np.array([(1 << n_limits) - 1], dtype=np.int64 if n_limits < 63 else object)
        self._owners = [
            np.repeat(np.arange(len(part)), part.sizes)[np.argsort(part.members)] for part in search.classes
        ]

    def kept(self, asked: Sequence[BoolArray], usable: Sequence[BoolArray]) -> list[BoolArray] | None:
        """Of the rows `asked` for, by part, shapes (n,), those that keep the limits beside `usable` ones.

        None where that was not found out.
        """
        self._usable, self._open, self._kept = [], [], []
        for owner, part, of_asked, of_usable in zip(self._owners, self._search.classes, asked, usable, strict=True):
            self._open.append(np.bincount(owner[of_asked], minlength=len(part)) > 0)
            self._usable.append(np.bincount(owner[of_usable], minlength=len(part)) > 0)
            self._kept.append(np.zeros(len(part), dtype=np.bool_))
        if not self._settle_all():
            return None
        return [
            kept[owner] & of_asked for kept, owner, of_asked in zip(self._kept, self._owners, asked, strict=True)
        ]

    def _settle_all(self) -> bool:
        """Find out about all open classes; false where that was not found out."""
        usable = tuple(map(np.flatnonzero, self._usable))
        for b, is_open in enumerate(self._open):
            # Nothing stands beside them.
            is_open &= all(len(rows) > 0 for other, rows in enumerate(usable) if other != b)
        n_together = sum(int((a & b).any()) for a, b in zip(self._open, self._usable, strict=True))
        if n_together > 1 and all(len(rows) > 0 for rows in usable):
            # Mostly there is nothing at all.
            is_kept = self._search.keeps(usable)
            if is_kept is None:
                return False
            if is_kept:
                self._learn()
            else:
                for is_open, of_part in zip(self._open, self._usable, strict=True):
                    is_open &= ~of_part
        for b, is_open in enumerate(self._open):
            while is_open.any():
                is_kept = self._search.keeps((*usable[:b], np.flatnonzero(is_open), *usable[b + 1 :]))
                if is_kept is None or (is_kept and not self._learn()):
                    return False
                if not is_kept:
                    is_open[:] = False
        return True

    def _learn(self) -> bool:
        """Take in what the last combination says of its own rows, and of others in their places; false for nothing."""
        if self._search.best_rows is None:
            return False
        build = [int(owner[row]) for owner, row in zip(self._owners, self._search.best_rows, strict=True)]
        n_unusable = sum(not of_part[i] for of_part, i in zip(self._usable, build, strict=True))
        is_new = False
        for b, i in enumerate(build):
            if n_unusable - (not self._usable[b][i]) > 0:
                continue
            is_new |= bool(self._open[b][i])
            self._take(b, np.array([i]))
            others = np.flatnonzero(self._open[b])
            if others.size:
                picks = [np.full(len(others), other) for other in build]
                picks[b] = others
                columns = [part.first[chosen] for part, chosen in zip(self._search.classes, picks, strict=True)]
                self._take(b, others[self._keep_easily(total_columns(self._search.problem, columns))])
        return is_new

    def _keep_easily(self, totals: BlockTotals) -> BoolArray:
        """Which of some combinations are easily seen to keep all limits."""
        if self._fills is None:
            return np.asarray(score_totals(self._search.problem, totals) >= self._search.least_score)
        return np.asarray(self._fills.keeps(totals.levels, totals.slots, self._sets)[:, 0])

    def _take(self, b: int, classes: npt.NDArray[np.intp]) -> None:
        """Some classes of a part are found."""
        self._kept[b][classes] = self._open[b][classes] | self._kept[b][classes]
        self._open[b][classes] = False
