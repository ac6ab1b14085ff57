"""A smallest set of requirements that exclude each other; requirements are numbers here.

Source: A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, "Smallest MUS extraction
with minimal hitting set dualization", CP 2015 (MUS: a minimal unsatisfiable subset).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Conflict", "GaveUp", "Verdict", "smallest_conflict"]

#: Sets tried for one that hits all others: some hundredths of a second.
_MOST_TRIED = 3_000

#: Smaller sets asked for: two to five milliseconds each, mostly.
_MOST_CANDIDATES = 200

#: After so many it goes on only where they have half as many members as the conflict: where they
#: have fewer it takes a thousand more.
_FIRST_CANDIDATES = 20


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


class Verdict(NamedTuple):
    """Whether some build keeps all of a set, and which: one that holds all of it, or a conflict within it."""

    is_kept: bool
    requirements: frozenset[int]


#: Asked whether a set can be kept; may raise `GaveUp`.
Ask = Callable[[frozenset[int]], Verdict]


def smallest_conflict(
    n_requirements: int,
    ask: Ask,
    weight: Callable[[int], int] = lambda _: 0,
    *,
    on_irreducible: Callable[[], None] = lambda: None,
) -> Conflict:
    """A smallest set of requirements, numbered from 0, that cannot be kept together; all of them cannot.

    First one requirement after the other is left out, as long as the others still
    conflict: those of least `weight`, asked for once it is known that all conflict, so
    that few heavy ones are left. Then for a smaller one: the complement of any set that can be kept must be
    hit by every conflict, so the smallest set that hits all known complements either
    conflicts, or a build keeps it, whose complement is one more. Exponential at worst,
    some dozens of questions in practice. `on_irreducible` is told when that begins.
    """
    everything = frozenset(range(n_requirements))
    conflict, complements, is_irreducible = _irreducible(everything, ask, weight)
    if not is_irreducible:
        return Conflict(tuple(sorted(conflict)), is_irreducible=False, is_smallest=False)
    on_irreducible()
    try:
        for n_asked in itertools.count():
            candidate = _smallest_hitting(complements, len(conflict))
            if candidate is None:
                break
            is_hopeless = n_asked >= _FIRST_CANDIDATES and 2 * len(candidate) < len(conflict)
            if is_hopeless or n_asked == _MOST_CANDIDATES:
                raise GaveUp
            verdict = ask(candidate)
            if not verdict.is_kept:
                return Conflict(tuple(sorted(candidate)))
            complements.append(everything - verdict.requirements)
    except GaveUp:
        return Conflict(tuple(sorted(conflict)), is_smallest=False)
    return Conflict(tuple(sorted(conflict)))


def _irreducible(
    everything: frozenset[int], ask: Ask, weight: Callable[[int], int]
) -> tuple[frozenset[int], list[frozenset[int]], bool]:
    """A conflict that none of its members may be left out of, complements of what can be kept, and if that is sure."""
    conflict, is_sure = everything, True
    complements: list[frozenset[int]] = []
    with suppress(GaveUp):
        verdict = ask(everything)
        conflict = everything if verdict.is_kept else verdict.requirements
    for left_out in sorted(everything, key=lambda number: (weight(number), -number)):
        if left_out not in conflict:
            continue
        try:
            verdict = ask(conflict - {left_out})
        except GaveUp:
            is_sure = False
            continue
        if verdict.is_kept:
            complements.append(everything - verdict.requirements)
        else:
            conflict = verdict.requirements
    return conflict, complements, is_sure


def _smallest_hitting(sets: Sequence[frozenset[int]], below: int) -> frozenset[int] | None:
    """A smallest set of fewer than `below` numbers that has one in common with each of `sets`, the same every time."""
    left = sorted(
        {sum(1 << number for number in numbers) for numbers in sets}, key=lambda bits: (bits.bit_count(), bits)
    )
    minimal = [bits for i, bits in enumerate(left) if not any(other & bits == other for other in left[:i])]
    best, n_tried = None, 0
    stack = [(0, 0, minimal)]
    while stack:
        chosen, barred, missed = stack.pop()
        n_tried += 1
        if n_tried > _MOST_TRIED:
            raise GaveUp
        if not missed:
            best, below = chosen, chosen.bit_count()
            continue
        open_sets = sorted((bits & ~barred for bits in missed), key=lambda bits: (bits.bit_count(), bits))
        # Sets that share nothing need a number each.
        used, n_apart = 0, 0
        for bits in open_sets:
            if not bits & used:
                used |= bits
                n_apart += 1
        if not open_sets[0] or chosen.bit_count() + n_apart >= below:
            continue
        branches = []
        for number in range(open_sets[0].bit_length()):
            bit = 1 << number
            if open_sets[0] & bit:
                branches.append((chosen | bit, barred, [bits for bits in missed if not bits & bit]))
                barred |= bit
        branches.sort(key=lambda branch: -len(branch[2]))
        stack += branches
    return None if best is None else frozenset(i for i in range(best.bit_length()) if best >> i & 1)
