"""The lists of one equipment file: who wears what, decided together where they collide.

In: the lists, compiled. Out: the pieces that each wears in a joint optimum, or why
there is none. Lists whose best builds do not collide are decided apart; others join
them when what is then chosen collides with theirs (independence detection: Standley,
"Finding optimal solutions to cooperative pathfinding problems", AAAI 2010, with
pieces in place of places). What is optimal for every group is optimal for all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ._joint_choice import Builds, Choice, GaveUp, JointChoice
from .wardrobe import NOTHING_WORN, Wardrobe, common_factors

__all__ = ["Share", "share_out"]

#: Searches for one joint optimum: milliseconds each on a small list, so that giving
#: up comes after seconds, and by the same count everywhere.
_MOST_SEARCHES = 2_000

#: Builds that a list names at a time: a search for many takes hardly longer than
#: one for the best, save where slots are filled.
_OFFERS, _FILLED_OFFERS = 300, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How the lists of one file share it."""

    names: tuple[str, ...]
    worn: Mapping[str, tuple[int, ...]]  # rows that each list wears in the joint optimum; empty where none is proved
    total: Decimal = Decimal(0)  # sum of the scores
    why_not: str = ""  # why no joint optimum is proved


def share_out(wardrobes: Sequence[Wardrobe], should_stop: Callable[[], bool]) -> Share:
    """Decide who wears what of one file."""
    names = tuple(wardrobe.name for wardrobe in wardrobes)
    try:
        worn, total = _Sharing(wardrobes, should_stop).decide()
    except GaveUp as reason:
        return Share(names=names, worn={}, why_not=str(reason))
    return Share(names=names, worn=worn, total=total)


class _Sharing:
    """The lists of one file on the way to a joint optimum; pieces are numbered from 0 in file order."""

    def __init__(self, wardrobes: Sequence[Wardrobe], should_stop: Callable[[], bool]) -> None:
        self._wardrobes = wardrobes
        self._should_stop = should_stop
        self._rows = sorted({row for wardrobe in wardrobes for row in wardrobe.ids.tolist()} - {NOTHING_WORN})
        self._dearest = 0

    def decide(self) -> tuple[dict[str, tuple[int, ...]], Decimal]:
        """Rows that each list wears, and the sum of the scores; `GaveUp` if no joint optimum is proved."""
        wardrobes = self._fitted()
        chosen: dict[int, Choice] = {}
        for number in range(len(wardrobes)):
            chosen.update(self._choice([number]))
        groups = [[number] for number in range(len(wardrobes))]
        while True:
            merged = _merged(groups, chosen)
            if len(merged) == len(groups):
                break
            for group in merged:
                if group not in groups:
                    chosen.update(self._choice(group))
            groups = merged
        self._settle(chosen)
        worn = {wardrobes[k].name: tuple(sorted(self._rows[p] for p in choice.pieces)) for k, choice in chosen.items()}
        total = sum((Decimal(wardrobes[k].score_text(choice.score)) for k, choice in chosen.items()), Decimal(0))
        return worn, total

    def _fitted(self) -> list[Wardrobe]:
        """The lists, with their pieces numbered and their scores in one unit; without those that have no build."""
        wardrobes = list(self._wardrobes)
        common = common_factors(wardrobes)
        if common is None:
            raise GaveUp("the scores of the lists are too large to be added up")
        factors, self._dearest = common
        numbers = {row: number for number, row in enumerate(self._rows)}
        for wardrobe, factor in zip(wardrobes, factors, strict=True):
            wardrobe.number_pieces(numbers, factor)
        self._wardrobes = [wardrobe for wardrobe in wardrobes if len(self._best(wardrobe).scores)]
        self._count_pieces()
        return list(self._wardrobes)

    def _count_pieces(self) -> None:
        """Give up where the lists need more pieces of a part than there are."""
        needed: dict[str, int] = {}
        there: dict[str, frozenset[int]] = {}
        for wardrobe in self._wardrobes:
            for part, (count, rows) in wardrobe.parts.items():
                needed[part] = needed.get(part, 0) + count
                there[part] = there.get(part, frozenset()) | rows
        if any(needed[part] > len(there[part]) for part in needed):
            raise GaveUp("there is not a build for every list")

    def _best(self, wardrobe: Wardrobe, taken: Iterable[int] = ()) -> Builds:
        """The best build of a list without some pieces."""
        is_taken = np.zeros(len(self._rows), dtype=np.bool_)
        is_taken[list(taken)] = True
        return wardrobe.best(np.zeros(len(self._rows), dtype=np.int64), 1, is_taken)

    def _first(self, builds: Builds) -> Choice:
        """The best build, without its empty places."""
        first = builds.first
        return Choice(first.score, tuple(piece for piece in first.pieces if piece < len(self._rows)))

    def _choice(self, group: Sequence[int]) -> dict[int, Choice]:
        """Score and pieces of each list of a group in the joint optimum of the group."""
        wardrobes = [self._wardrobes[number] for number in group]
        if len(group) == 1:
            return {group[0]: self._first(self._best(wardrobes[0]))}
        choice = JointChoice(
            wardrobes,
            len(self._rows),
            unit=math.gcd(*(wardrobe.unit for wardrobe in wardrobes)),
            dearest=self._dearest,
            n_offers=_FILLED_OFFERS if any(wardrobe.is_filled for wardrobe in wardrobes) else _OFFERS,
            most_searches=_MOST_SEARCHES,
            should_stop=self._should_stop,
        )
        choice.run()
        if choice.why_not or choice.chosen is None:
            raise GaveUp(choice.why_not)
        return dict(zip(group, choice.chosen, strict=True))

    def _settle(self, chosen: dict[int, Choice]) -> None:
        """Let every list wear the first of the best builds that the others leave it; the sum stays.

        Each step takes a list to a build of equal score and lower rank, so there is an end.
        """
        is_settled = False
        while not is_settled:
            is_settled = True
            for number, before in list(chosen.items()):
                others = {piece for other, choice in chosen.items() if other != number for piece in choice.pieces}
                chosen[number] = self._first(self._best(self._wardrobes[number], others))
                is_settled = is_settled and set(chosen[number].pieces) == set(before.pieces)


def _merged(groups: Sequence[list[int]], chosen: Mapping[int, Choice]) -> list[list[int]]:
    """The groups, those joined in which two lists have chosen one piece."""
    merged: list[tuple[list[int], set[int]]] = []
    for group in groups:
        members, pieces = list(group), {piece for number in group for piece in chosen[number].pieces}
        apart = []
        for other, taken in merged:
            if pieces.isdisjoint(taken):
                apart.append((other, taken))
            else:
                members, pieces = other + members, pieces | taken
        merged = [*apart, (members, pieces)]
    return sorted(sorted(members) for members, _ in merged)
