"""Builds that might belong in a list and are not there.

No proof, save where a job is so small that every build is tried: seeded random
builds, each listed build with one piece exchanged, and climbs from random
builds to the best that exchanging one piece at a time leads to. Scores come from
`definition`. With decorations every filling is gone through where every build is tried and
that is not too much; elsewhere slots are filled greedily, and then a score is only what the
build is worth at least.
"""

from __future__ import annotations

import itertools
import math
import random
from array import array
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..records.config import Config
from ._builds import Builds, ListedBuilds
from ._definition import Definition, Rows
from ._matching import Filled, Fillings, may_hold
from ._rows import Listed

__all__ = [
    "Challenge",
    "Missing",
    "StoppedEarly",
    "builds_to_try",
    "fillings_to_try",
    "greedy_filling",
    "greedy_score",
    "other_fillings",
]

#: Climbs that are made, whatever the number of builds to try: each tries some
#: hundred to some thousand builds.
_MOST_CLIMBS = 50

#: Filling the slots of a build takes so many times as long as scoring it.
_FILLING_COST = 50

#: Fillings that are gone through for each build that would be tried without slots to fill: some seconds in all.
_FILLINGS_OF_EACH = 2


def builds_to_try(n_builds: int, config: Config) -> int:
    """How many builds are tried of each kind where `n_builds` would be without slots to fill."""
    return n_builds if config.decorations is None else n_builds // _FILLING_COST


def fillings_to_try(n_builds: int) -> int:
    """How many fillings are gone through for all builds together."""
    return n_builds * _FILLINGS_OF_EACH


@dataclass(frozen=True, slots=True)
class Missing:
    """A build that should be listed: its rows, and its scaled score (with decorations, at least that)."""

    rows: Rows
    score: int


class StoppedEarly(Exception):
    """It was time to stop."""


class Challenge:
    """Tries builds against a list.

    `builds` says which there are, `listed` those that are listed, `last` score and rows of the last one, where the
    list is as long as it may be (None: every build belongs in it). `missing` are builds that should be listed, each
    once, in the order of discovery. `n_fillings` are gone through at most.
    """

    def __init__(
        self,
        definition: Definition,
        builds: Builds,
        listed: Container[Rows],
        last: tuple[int, Rows] | None,
        *,
        seed: int,
        should_stop: Callable[[], bool] | None = None,
        n_fillings: int = 0,
    ) -> None:
        self._definition = definition
        self._fillings = Fillings(definition, n_fillings)
        self._fills_all = False
        #: Builds whose slots were filled greedily where every build was tried.
        self.n_open = 0
        self._builds = builds
        self._listed = listed
        self._last = last
        self._random = random.Random(seed)
        self._should_stop = should_stop
        self._seen: set[Rows] = set()
        #: Whether a build that is good enough is also unlike the rows before it.
        self.belongs: Callable[[Rows, int], bool] = lambda rows, score: True
        self.missing: list[Missing] = []
        self.n_combinations = math.prod(
            math.comb(len(rows) + builds.n_more_empty(part), count)
            for part, (rows, count) in enumerate(zip(builds.allowed, builds.counts, strict=True))
        )

    def score(self, rows: Rows) -> int | None:
        """Scaled score of a build, a lower bound of it with decorations; None where a limit is missed."""
        if self._definition.config.decorations is None:
            return self._definition.feasible_score(rows)
        best = self.best_fillings(rows) if self._fills_all else None
        if best is None:
            return greedy_score(self._definition, rows)
        return best[0].score if best else None

    def best_fillings(self, rows: Rows) -> list[Filled] | None:
        """Fillings of the highest score, one of each outcome; none where none keeps the limits, None where unknown."""
        return self._fillings.best(rows)

    def fillings(self, rows: Rows) -> list[Filled] | None:
        """Fillings that keep the limits, likewise."""
        return self._fillings.every(rows)

    def try_build(self, rows: Rows) -> int | None:
        """Score a build, and note it where it should be listed; raises `StoppedEarly` when it is time to stop."""
        if self._should_stop is not None and self._should_stop():
            raise StoppedEarly
        score = self.score(rows)
        if score is None or rows in self._seen:
            return score
        if self._last is not None:
            nth_score, nth_rows = self._last
            if score < nth_score or (score == nth_score and rows > nth_rows):
                return score
        if rows in self._listed or not self.belongs(rows, score):
            return score
        self._seen.add(rows)
        self.missing.append(Missing(rows, score))
        return score

    def every_build(self) -> tuple[int, int]:
        """Try all of them; returns how many there are, and how many keep the limits."""
        n_every = n_feasible = 0
        self._fills_all = self._definition.config.decorations is not None
        for rows in self._builds.every():
            n_every += 1
            n_feasible += self.try_build(rows) is not None
            self.n_open += self._fills_all and self.best_fillings(rows) is None
        return n_every, n_feasible

    def how_filled(self, n_every: int) -> str:
        """How slots were filled where every build was tried, for a sentence."""
        if not self._fills_all:
            return ""
        if not self.n_open:
            return ", with every filling of their slots"
        if self.n_open == n_every:
            return ", with slots filled greedily: what only another filling shows was not looked at"
        n_filled = n_every - self.n_open
        told = f", {n_filled:,} of them with every filling of their slots, {self.n_open:,} with slots filled greedily"
        return f"{told}: what only another filling of these shows was not looked at"

    def spot_check(self, listed: ListedBuilds | Sequence[Rows], n_builds: int, seed: int) -> str:
        """Try some builds of each kind; what was tried, in a sentence."""
        n_random = self.random_builds(n_builds)
        n_rows, n_exchanged = self.exchanges(listed, n_builds)
        n_climbs = self.climbs(n_builds)
        return (
            f"{n_random:,} random builds, {n_exchanged:,} with one piece of {n_rows:,} listed builds exchanged, and"
            f" {n_climbs} climbs (seed {seed}), {len(self.missing):,} missing: a spot check, not a proof"
        )

    def random_builds(self, n_builds: int) -> int:
        """Try builds drawn evenly; returns how many."""
        n_tried = 0
        for _ in range(n_builds):
            rows = self._builds.random(self._random)
            if rows is not None:
                self.try_build(rows)
                n_tried += 1
        return n_tried

    def exchanges(self, builds: ListedBuilds | Sequence[Rows], n_builds: int) -> tuple[int, int]:
        """Exchange every single piece of some builds; returns how many builds, and how many results.

        The last and the first are taken, others at random, until `n_builds`
        results are tried.
        """
        n_listed = len(builds)
        inner = array("q", range(1, n_listed - 1))
        self._random.shuffle(inner)
        n_done = n_tried = 0
        for k in itertools.chain([n_listed - 1] * (n_listed > 1), [0] * (n_listed > 0), inner):
            if n_tried >= n_builds:
                break
            for neighbour in itertools.islice(self._builds.neighbours(builds[k]), n_builds - n_tried):
                self.try_build(neighbour)
                n_tried += 1
            n_done += 1
        return n_done, n_tried

    def climbs(self, n_builds: int) -> int:
        """Climb from random builds to where no single exchange helps.

        Returns how many climbs; the last one ends on its way where `n_builds` are tried.
        """
        n_left, n_climbs = n_builds, 0
        while n_left > 0 and n_climbs < _MOST_CLIMBS:
            n_climbs += 1
            start = self._builds.random(self._random)
            if start is None:
                break
            here, score = start, self.try_build(start)
            while True:
                tried = [
                    (self.try_build(rows), rows) for rows in itertools.islice(self._builds.neighbours(here), n_left)
                ]
                n_left -= len(tried)
                ranked = [(worth, rows) for worth, rows in tried if worth is not None]
                best = max(ranked, key=lambda pair: pair[0], default=None)
                if best is None or (score is not None and best[0] <= score):
                    break
                score, here = best
        return n_climbs


def greedy_score(definition: Definition, rows: Rows) -> int | None:
    """Scaled score of a build with its slots filled greedily.

    A lower bound of what its best filling is worth; None where this filling
    misses a limit.
    """
    filling, free = greedy_filling(definition, rows)
    totals = definition.totals(rows, filling)
    if any(True for _ in definition.missed_limits(totals)):
        return None
    return definition.scaled_score(totals, free)


def greedy_filling(definition: Definition, rows: Rows) -> tuple[dict[int, int], list[int]]:
    """How many of each decoration, and free slots by level: slots filled one by one, best gain first within each."""
    totals = definition.totals(rows)
    levels = dict(totals.levels)
    stock = [math.inf if d.available is None else d.available for d in definition.decorations]
    filling: dict[int, int] = {}
    free = [0, 0, 0, 0]
    for slot in sorted(definition.slots_of(rows), key=lambda slot: slot[1]):
        best_gain, best_number = 0, -1
        product = definition.product(levels, totals)
        for number in definition.useful_decorations:
            if not stock[number] or not may_hold(definition, slot, number):
                continue
            if _is_too_much(definition, number, levels):
                continue
            gain = -definition.slot_worth(slot[1])
            if definition.config.formula is None:
                for skill, level in definition.decorations[number].skills:
                    have = levels.get(skill, 0)
                    gain += definition.skill_worth(skill, have + level, levels)
                    gain -= definition.skill_worth(skill, have, levels)
            else:
                gain += definition.product(_with(definition, number, levels), totals) - product
            if gain > best_gain:
                best_gain, best_number = gain, number
        if best_number < 0:
            free[slot[1] - 1] += 1
            continue
        stock[best_number] -= 1
        filling[best_number] = filling.get(best_number, 0) + 1
        levels = _with(definition, best_number, levels)
    return filling, free


def _with(definition: Definition, number: int, levels: Mapping[str, int]) -> dict[str, int]:
    """Levels with those of one more decoration."""
    more = dict(levels)
    for skill, level in definition.decorations[number].skills:
        more[skill] = more.get(skill, 0) + level
    return more


def _is_too_much(definition: Definition, number: int, levels: Mapping[str, int]) -> bool:
    """Whether a decoration takes a skill beyond its limit."""
    for skill, level in definition.decorations[number].skills:
        rule = definition.config.skills.get(skill)
        if rule is not None and rule.at_most is not None and levels.get(skill, 0) + level > rule.at_most:
            return True
    return False


def other_fillings(definition: Definition, row: Listed) -> Iterator[tuple[dict[int, int], list[int]]]:
    """Fillings of a row that differ in one slot, with the free slots by level."""
    for s, held in enumerate(row.placed):
        for number in range(-1, len(definition.decorations)):
            if number == held or (number >= 0 and not may_hold(definition, row.slots[s], number)):
                continue
            filling = dict(row.filling)
            free = list(row.free_slots or ())
            level = row.slots[s][1]
            if held >= 0:
                filling[held] -= 1
                free[level - 1] += 1
            if number >= 0:
                available = definition.decorations[number].available
                if available is not None and filling.get(number, 0) >= available:
                    continue
                filling[number] = filling.get(number, 0) + 1
                free[level - 1] -= 1
            yield {d: count for d, count in filling.items() if count}, free
