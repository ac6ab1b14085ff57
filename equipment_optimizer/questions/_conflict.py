"""A smallest set of requirements that exclude each other; requirements are numbers here.

Source: A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, "Smallest MUS extraction
with minimal hitting set dualization", CP 2015 (MUS: a minimal unsatisfiable subset).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Conflict", "GaveUp", "KeptSets", "Verdict", "smallest_conflict"]

#: Sets tried for one that hits all others: some hundredths of a second.
_MOST_TRIED = 3_000

#: Where there are no more sets of so many members than this they are gone through in an array, 8 MB.
_MOST_LISTED = 2**20

#: So many of them are weighed for the heaviest, the likeliest to conflict; and bits that a number has there.
_MOST_WEIGHED = 4_096
_MOST_BITS = 62

#: Smaller sets asked for: two to five milliseconds each, mostly.
_MOST_CANDIDATES = 200

#: Where more are open than the first after so many candidates it is given up.
_MANY_OPEN, _MANY_CANDIDATES = 10_000, 24

#: Where sets are not listed it goes on after so many only where they have half as many members as the
#: conflict: where they have fewer it takes a thousand more.
_FIRST_CANDIDATES = 20

#: Sets as bits of integers of 32 or 64 bits.
SetArray = npt.NDArray[Any]

#: Which of some sets, as bits, a build is known to keep.
KeptSets = Callable[[SetArray], npt.NDArray[np.bool_]]


class GaveUp(Exception):
    """A question was not answered within what it may cost."""


@dataclass(frozen=True)
class Conflict:
    """Requirements that no build keeps together."""

    members: tuple[int, ...]  # ascending
    is_irreducible: bool = True  # without any one of them the others can be kept
    is_smallest: bool = True  # no set of fewer requirements conflicts


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
    builds: Sequence[KeptSets] = (),
) -> Conflict:
    """A smallest set of requirements, numbered from 0, that cannot be kept together; all of them cannot.

    First one requirement after the other is left out, as long as the others still
    conflict: those of least `weight`, asked for once it is known that all conflict, so
    that few heavy ones are left; `on_irreducible` is told when that is over. Then every
    set of one member less must be kept by some build, or it holds a smaller conflict. What
    the `builds` keep that answers were found with, a list that grows, is not asked for.
    """
    everything = frozenset(range(n_requirements))
    conflict, kept, is_irreducible = _irreducible(everything, ask, weight)
    if not is_irreducible:
        return Conflict(tuple(sorted(conflict)), is_irreducible=False, is_smallest=False)
    on_irreducible()
    if not conflict:  # nothing fits, whatever is required
        return Conflict((), is_smallest=True)
    search = _Smaller(n_requirements, ask, weight, builds)
    is_smallest = True
    try:
        search.run(conflict, kept)
    except GaveUp:
        is_smallest = False
    return Conflict(tuple(sorted(search.conflict)), is_smallest=is_smallest)


class _Smaller:
    """The search for a conflict of fewer members than the smallest known; sets are bits of integers here."""

    def __init__(
        self,
        n_requirements: int,
        ask: Ask,
        weight: Callable[[int], int],
        builds: Sequence[KeptSets],
    ) -> None:
        self.conflict = frozenset(range(n_requirements))
        self._n, self._ask, self._builds = n_requirements, ask, builds
        self._weight = weight
        self._kept: list[int] = []
        #: Sets of one member less than the conflict that no build is known to keep; None if too many to list.
        self._open: SetArray | None = None
        self._n_tried = 0

    def run(self, conflict: frozenset[int], kept: Sequence[frozenset[int]]) -> None:
        """From a conflict and sets that builds keep, until there is no smaller one; `GaveUp` if that is not known."""
        self._kept = list(map(_bits, kept))
        self._begin(conflict)
        for n_asked in itertools.count():
            asked = self._candidate()
            if asked is None:
                return
            is_hopeless = n_asked >= _MANY_CANDIDATES and self._n_open > _MANY_OPEN
            if self._open is None:
                is_hopeless = n_asked >= _FIRST_CANDIDATES and 2 * len(asked) < len(self.conflict)
            if is_hopeless or n_asked >= _MOST_CANDIDATES:
                raise GaveUp
            verdict = self._ask(asked)
            if verdict.is_kept:
                self._keep(verdict.requirements)
                continue
            smaller, more, is_sure = _irreducible(verdict.requirements, self._ask, self._weight)
            self._kept += map(_bits, more)
            if not is_sure:
                raise GaveUp
            self._begin(smaller)

    def _begin(self, conflict: frozenset[int]) -> None:
        """Look for less than this one."""
        self.conflict, size = conflict, len(conflict) - 1
        self._open, self._n_tried = None, 0
        if self._n < _MOST_BITS and math.comb(self._n, size) <= _MOST_LISTED:
            self._open = _sets_of(self._n, size)
            for bits in self._kept:
                self._open = self._open[(self._open & ~bits) != 0]

    def _keep(self, requirements: frozenset[int]) -> None:
        """Some build keeps these."""
        self._kept.append(_bits(requirements))
        if self._open is not None:
            self._open = self._open[(self._open & ~self._kept[-1]) != 0]

    @property
    def _n_open(self) -> int:
        """How many sets are listed."""
        return 0 if self._open is None else len(self._open)

    def _candidate(self) -> frozenset[int] | None:
        """A set of fewer members than the conflict that no known build keeps; None where there is none."""
        if self._open is None:
            everything = (1 << self._n) - 1
            return _smallest_hitting([_numbers(everything & ~bits) for bits in self._kept], len(self.conflict))
        for kept_of in self._builds[self._n_tried :]:
            self._open = self._open[~kept_of(self._open)]
        self._n_tried = len(self._builds)
        if not len(self._open):
            return None
        some = self._open[:: 1 + len(self._open) // _MOST_WEIGHED]
        total = np.sum([(some >> i & 1) * float(self._weight(i)) for i in range(self._n)], axis=0)
        return _numbers(int(some[int(np.argmax(total))]))


def _bits(numbers: Iterable[int]) -> int:
    """A set as bits of an integer."""
    return sum(1 << number for number in numbers)


def _numbers(bits: int) -> frozenset[int]:
    """The set whose bits these are."""
    return frozenset(i for i in range(bits.bit_length()) if bits >> i & 1)


def _sets_of(n: int, size: int) -> SetArray:
    """All sets of `size` of the numbers below `n`, as bits."""
    if 2 * size > n:
        return (1 << n) - 1 - _sets_of(n, n - size)
    kind: type[np.int32 | np.int64] = np.int32 if n < 31 else np.int64
    of_size: list[SetArray] = [np.zeros(1, dtype=kind), *(np.zeros(0, dtype=kind) for _ in range(size))]
    for i in range(n):
        with_it = [of_size[0][:0], *(sets | np.array(1 << i, dtype=kind) for sets in of_size[:-1])]
        of_size = [np.concatenate(pair) for pair in zip(of_size, with_it, strict=True)]
    return of_size[size]


def _irreducible(
    everything: frozenset[int], ask: Ask, weight: Callable[[int], int]
) -> tuple[frozenset[int], list[frozenset[int]], bool]:
    """A conflict that none of its members may be left out of, sets that can be kept, and if that is sure."""
    conflict, is_sure = everything, True
    kept: list[frozenset[int]] = []
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
            kept.append(verdict.requirements)
        else:
            conflict = verdict.requirements
    return conflict, kept, is_sure


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
