"""One build of each list's candidates, no piece worn twice, with the highest sum of scores.

Branch and bound: a case is what each list may still wear; it is bounded by prices
(`_piece_prices`), loses the candidates that the bound rules out, and is divided by
who wears one disputed piece. Lists whose candidates are alike in everything are
interchangeable, so only the first of them is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ._piece_prices import Ascent, Candidates, ascend

__all__ = ["JointBranching"]

IntArray = npt.NDArray[np.int64]

#: Steps towards a bound at the root and below it, and how many of them may be idle.
_ROOT_STEPS, _STEPS, _PATIENCE = 400, 200, 15

#: Cases below one another: less than Python's recursion bears.
_DEEPEST = 300


class JointBranching:
    """The search over one set of candidates: scores (n,) and pieces (n, L) of each list.

    `on_choice` is told the rows that a joint choice takes of each list, and returns the least sum of
    scores that is still of interest; no price is above `dearest`.
    """

    def __init__(
        self,
        lists: Sequence[tuple[IntArray, IntArray]],
        *,
        most_cases: int,
        dearest: int,
        should_stop: Callable[[], bool],
        on_choice: Callable[[list[int]], int],
    ) -> None:
        self._lists = lists
        self._most_cases = most_cases
        self._dearest = dearest
        self._should_stop = should_stop
        self._on_choice = on_choice
        self._kin = [next(k for k in range(m + 1) if _alike(lists[k], left)) for m, left in enumerate(lists)]
        self.n_cases = 0

    def run(self, prices: IntArray) -> bool:
        """Search, from prices (P + 1,) on; whether nothing was left out."""
        return self._settle([np.arange(len(scores)) for scores, _ in self._lists], prices, _ROOT_STEPS, 0)

    def _settle(self, rows: list[IntArray], prices: IntArray, most_steps: int, depth: int) -> bool:
        """Find the best choice of a case; false where the search was given up."""
        self.n_cases += 1
        if self.n_cases > self._most_cases or depth > _DEEPEST or self._should_stop():
            return False
        pairs = zip(self._lists, rows, strict=True)
        candidates = Candidates.of([(scores[left], pieces[left]) for (scores, pieces), left in pairs])

        def on_choice(chosen: list[int]) -> int:
            spans = candidates.spans
            return self._on_choice(
                [int(left[k - start]) for left, k, (start, _) in zip(rows, chosen, spans, strict=True)]
                if chosen
                else []
            )

        worth = candidates.worth(prices)
        bound = int(worth[candidates.best(worth)].sum()) + int(prices.sum())
        level = min(bound - on_choice([]), self._dearest)
        if level < 0:
            return True
        ascent = ascend(
            candidates,
            prices,
            level=level + 1,
            patience=_PATIENCE,
            most_steps=most_steps,
            dearest=self._dearest,
            on_choice=on_choice,
            should_stop=self._should_stop,
        )
        slack = ascent.bound - on_choice([])
        if slack < 0:
            return True
        worth = candidates.worth(ascent.prices)
        kept = []
        for left, (start, stop) in zip(rows, candidates.spans, strict=True):
            loss = worth[start:stop].max() - worth[start:stop]
            kept.append(left[loss <= slack])
        return self._divide(kept, ascent, depth)

    def _divide(self, rows: list[IntArray], ascent: Ascent, depth: int) -> bool:
        """Settle the cases "this list wears the piece", list by list, and "nobody does"."""
        piece = self._disputed(rows, ascent)
        if piece is None:
            # One candidate each, and they do not go together, or it would have been told.
            return True
        wears = [(self._lists[k][1][left] == piece).any(axis=1) for k, left in enumerate(rows)]
        without = [left[~has] for left, has in zip(rows, wears, strict=True)]
        tried: list[int] = []
        for k in sorted(range(len(rows)), key=lambda k: (-int(ascent.wishes[k, piece]), k)):
            if not wears[k].any() or any(self._same(rows, k, other) for other in tried):
                continue
            tried.append(k)
            case = [*without[:k], rows[k][wears[k]], *without[k + 1 :]]
            if all(map(len, case)) and not self._settle(case, ascent.prices, _STEPS, depth + 1):
                return False
        return not all(map(len, without)) or self._settle(without, ascent.prices, _STEPS, depth + 1)

    def _same(self, rows: list[IntArray], k: int, other: int) -> bool:
        """Whether two lists are interchangeable in a case."""
        return self._kin[k] == self._kin[other] and np.array_equal(rows[k], rows[other])

    def _disputed(self, rows: list[IntArray], ascent: Ascent) -> int | None:
        """The piece of which it is least clear who wears it; None where every list has one candidate."""
        doubt = np.minimum(ascent.wishes, ascent.n_steps - ascent.wishes).sum(axis=0)
        if doubt.any():
            return int(doubt.argmax())
        longest = max(range(len(rows)), key=lambda k: len(rows[k]))
        if len(rows[longest]) == 1:
            return None
        pieces = self._lists[longest][1][rows[longest]]
        times = np.bincount(pieces.ravel(), minlength=len(doubt))
        times[-1] = 0
        return int(np.minimum(times, len(pieces) - times).argmax())


def _alike(first: tuple[IntArray, IntArray], other: tuple[IntArray, IntArray]) -> bool:
    """Whether two lists have the same candidates, and every difference of scores is the same."""
    if not np.array_equal(first[1], other[1]):
        return False
    differences = first[0] - other[0]
    return bool((differences == differences[0]).all())
