"""A smallest set of requirements that exclude each other; requirements are numbers here.

Source: A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, "Smallest MUS extraction
with minimal hitting set dualization", CP 2015 (MUS: a minimal unsatisfiable subset).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["Conflict", "GaveUp", "smallest_conflict"]

#: Sets tried for one that hits all others: a tenth of a second.
_MOST_TRIED = 100_000


class GaveUp(Exception):
    """A question was not answered within what it may cost."""


@dataclass(frozen=True)
class Conflict:
    """Requirements that no build keeps together.

    Attributes
    ----------
    members : tuple of int
        Ascending.
    is_irreducible : bool
        Without any one of them the others can be kept.
    is_smallest : bool
        No set of fewer requirements conflicts.
    """

    members: tuple[int, ...]
    is_irreducible: bool = True
    is_smallest: bool = True


def smallest_conflict(n_requirements: int, refute: Callable[[frozenset[int]], frozenset[int] | None]) -> Conflict:
    """A smallest set of requirements, numbered from 0, that cannot be kept together; all of them cannot.

    `refute` gives a conflict within a set, or None where some build keeps the whole set;
    it may raise `GaveUp`.

    First one requirement after the other is left out, as long as the others still
    conflict. Then for a smaller one: the complement of any set that can be kept must be
    hit by every conflict, so the smallest set that hits all known complements either
    conflicts, or it is grown into a further set that can be kept. Exponential at worst,
    some dozens of questions in practice.
    """
    everything = frozenset(range(n_requirements))
    conflict, complements, is_irreducible = _irreducible(everything, refute)
    if not is_irreducible:
        return Conflict(tuple(sorted(conflict)), is_irreducible=False, is_smallest=False)
    try:
        while (candidate := _smallest_hitting(complements, len(conflict))) is not None:
            if refute(candidate) is not None:
                return Conflict(tuple(sorted(candidate)))
            kept = candidate
            for added in sorted(everything - candidate):
                if refute(kept | {added}) is None:
                    kept |= {added}
            complements.append(everything - kept)
    except GaveUp:
        return Conflict(tuple(sorted(conflict)), is_smallest=False)
    return Conflict(tuple(sorted(conflict)))


def _irreducible(
    everything: frozenset[int], refute: Callable[[frozenset[int]], frozenset[int] | None]
) -> tuple[frozenset[int], list[frozenset[int]], bool]:
    """A conflict that none of its members may be left out of, complements of what can be kept, and if that is sure."""
    conflict, is_sure = everything, True
    complements: list[frozenset[int]] = []
    with suppress(GaveUp):
        conflict = refute(everything) or everything
    for left_out in sorted(everything, reverse=True):
        if left_out not in conflict:
            continue
        try:
            smaller = refute(conflict - {left_out})
        except GaveUp:
            is_sure = False
            continue
        if smaller is None:
            complements.append(everything - (conflict - {left_out}))
        else:
            conflict = smaller
    return conflict, complements, is_sure


def _smallest_hitting(sets: Sequence[frozenset[int]], below: int) -> frozenset[int] | None:
    """The first smallest set of fewer than `below` numbers that has one in common with each of `sets`."""
    forced = frozenset().union(*(numbers for numbers in sets if len(numbers) == 1))
    left = [numbers for numbers in sets if forced.isdisjoint(numbers)]
    numbers = sorted(frozenset().union(*left))
    n_tried = 0
    for size in range(below - len(forced)):
        for chosen in itertools.combinations(numbers, size):
            n_tried += 1
            if n_tried > _MOST_TRIED:
                raise GaveUp
            if all(not others.isdisjoint(chosen) for others in left):
                return forced.union(chosen)
    return None
