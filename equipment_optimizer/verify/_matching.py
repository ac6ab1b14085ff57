"""Which decoration may be in which slot, and every way to fill the slots of a build.

In: the slots of a build and what is said to fill them. Out: a decoration for each
slot, or that there is no way. Plain: a perfect matching by augmenting paths. Of a
build alone: all fillings that keep the limits, those left out that nothing tells from another one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ._definition import Definition, Rows, Slot

__all__ = ["Filled", "Fillings", "alike_decorations", "may_hold", "place_decorations"]

#: Fillings of one build that are gone through before it is given up: a tenth of a second or two.
_MOST_OF_A_BUILD = 5_000

#: Sets of slots whose fillings are kept: builds share them.
_SLOTS_KEPT = 256

#: Stands for all skills together that nothing tells apart.
_OTHERS = ""


def may_hold(definition: Definition, slot: Slot, number: int) -> bool:
    """Whether a slot takes a decoration."""
    on_weapon, level = slot
    decoration = definition.decorations[number]
    place = {"any": True, "weapon": on_weapon, "armor": not on_weapon}[decoration.allowed_on]
    return place and decoration.slot_level <= level


def place_decorations(
    definition: Definition, slots: Sequence[Slot], filling: Mapping[int, int], free_slots: Sequence[int]
) -> list[int] | None:
    """A decoration for each slot, -1 where it stays free, or None where they do not fit.

    `filling` counts decorations by number, `free_slots` by level the slots of exactly that
    level that stay free. H. W. Kuhn, "The Hungarian method for the assignment problem" (1955).
    """
    # A token -l stands for a slot of level l that stays free.
    tokens = [number for number, count in filling.items() for _ in range(min(count, len(slots) + 1))]
    tokens += [-level for level, count in enumerate(free_slots, 1) for _ in range(min(max(count, 0), len(slots) + 1))]
    if len(tokens) != len(slots) or min(free_slots) < 0:
        return None
    # Decoration 0 and free level 0 would collide: levels start at 1.
    held: list[int | None] = [None] * len(slots)

    def goes_in(token: int, slot: Slot) -> bool:
        return slot[1] == -token if token < 0 else may_hold(definition, slot, token)

    def place(i: int, tried: set[int]) -> bool:
        for s, slot in enumerate(slots):
            if s in tried or not goes_in(tokens[i], slot):
                continue
            tried.add(s)
            owner = held[s]
            if owner is None or place(owner, tried):
                held[s] = i
                return True
        return False

    if not all(place(i, set()) for i in range(len(tokens))):
        return None
    return [-1 if owner is None or tokens[owner] < 0 else tokens[owner] for owner in held]


class Filled(NamedTuple):
    """What fills a build: how many of each decoration, free slots by level, and the scaled score."""

    filling: Mapping[int, int]
    free: tuple[int, ...]
    score: int


class Jewels(NamedTuple):
    """Decorations that are alike: the first of them, what each gives, and how many there are."""

    number: int
    gives: Mapping[str, int]
    available: float


def alike_decorations(definition: Definition, called: Callable[[str], str | None]) -> list[Jewels]:
    """Decorations, those together that need and give the same, by what each skill is `called`; None: it counts not."""
    numbers: dict[tuple[object, ...], int] = {}
    stock: Counter[tuple[object, ...]] = Counter()
    gives_of = []
    for number, decoration in enumerate(definition.decorations):
        gives: Counter[str] = Counter()
        for skill, level in decoration.skills:
            if (name := called(skill)) is not None:
                gives[name] += level
        gives_of.append(gives)
        kind = (decoration.slot_level, decoration.allowed_on, tuple(sorted(gives.items())))
        numbers.setdefault(kind, number)
        stock[kind] += math.inf if decoration.available is None else decoration.available  # type: ignore[assignment]
    return [Jewels(number, gives_of[number], stock[kind]) for kind, number in numbers.items()]


class Fillings:
    """Every filling of builds of one job, as long as not more than `n_most` have been gone through in all."""

    def __init__(self, definition: Definition, n_most: int) -> None:
        self._definition = definition
        self._n_left = n_most
        self._jewels = alike_decorations(definition, self._called)
        # Where every decoration may be anywhere, slots of a level are alike.
        self._is_special = any(decoration.allowed_on != "any" for decoration in definition.decorations)
        self._states = lru_cache(_SLOTS_KEPT)(self._states_of)
        self._best: dict[Rows, list[Filled] | None] = {}
        #: Of the build that was asked for last: most are asked for twice.
        self._last: tuple[Rows, list[Filled] | None] | None = None

    def _called(self, skill: str) -> str | None:
        """What a skill counts as, as far as a score or a limit can tell."""
        if skill in self._definition.scored_skills:
            return skill
        return _OTHERS if self._definition.config.unlisted_skill_weight else None

    def best(self, rows: Rows) -> list[Filled] | None:
        """Fillings of the highest score, one of each outcome; none where none keeps the limits, None where unknown."""
        if rows not in self._best:
            every = self.every(rows)
            most = max((filled.score for filled in every or ()), default=0)
            self._best[rows] = None if every is None else [filled for filled in every if filled.score == most]
        return self._best[rows]

    def every(self, rows: Rows) -> list[Filled] | None:
        """Fillings that keep the limits, one of each outcome; None where they are too many to go through."""
        if self._last is None or self._last[0] != rows:
            self._last = rows, self._every(rows) if self._n_left > 0 else None
        return self._last[1]

    def _every(self, rows: Rows) -> list[Filled] | None:
        definition = self._definition
        kinds = Counter((self._is_special and on_weapon, level) for on_weapon, level in definition.slots_of(rows))
        states = self._states(tuple(sorted(kinds.items())))
        if states is None or len(states) > self._n_left:
            return None
        self._n_left -= len(states)
        bare, every = definition.totals(rows), []
        for free, given, filling in states:
            levels = dict(bare.levels)
            for skill, level in given:
                levels[skill] = levels.get(skill, 0) + level
            totals = replace(bare, levels=levels)
            if not any(True for _ in definition.missed_limits(totals)):
                every.append(Filled(filling, free, definition.scaled_score(totals, free)))
        return every

    def _states_of(
        self, kinds: tuple[tuple[Slot, int], ...]
    ) -> list[tuple[tuple[int, ...], tuple[tuple[str, int], ...], dict[int, int]]] | None:
        """Free slots by level, levels given, and decorations of every way to fill slots of some kinds."""
        slots = [slot for slot, _ in kinds]
        skills = list(dict.fromkeys(skill for jewels in self._jewels for skill in jewels.gives))
        reached: dict[tuple[tuple[int, ...], tuple[int, ...]], dict[int, int]] = {
            (tuple(count for _, count in kinds), (0,) * len(skills)): {}
        }
        for jewels in self._jewels:
            fits = [k for k, slot in enumerate(slots) if may_hold(self._definition, slot, jewels.number)]
            gives = [jewels.gives.get(skill, 0) for skill in skills]
            frontier, n_put = reached, 0
            while frontier and n_put < jewels.available:
                n_put += 1
                further: dict[tuple[tuple[int, ...], tuple[int, ...]], dict[int, int]] = {}
                for (left, levels), filling in frontier.items():
                    more = tuple(have + level for have, level in zip(levels, gives, strict=True))
                    for k in fits:
                        state = ((*left[:k], left[k] - 1, *left[k + 1 :]), more)
                        if left[k] and state not in further:
                            further[state] = {**filling, jewels.number: n_put}
                frontier = further
                reached = {**further, **reached}
                if len(reached) > _MOST_OF_A_BUILD:
                    return None
        return list(self._distinct(slots, skills, reached))

    @staticmethod
    def _distinct(
        slots: Sequence[Slot],
        skills: Sequence[str],
        reached: Mapping[tuple[tuple[int, ...], tuple[int, ...]], dict[int, int]],
    ) -> Iterator[tuple[tuple[int, ...], tuple[tuple[str, int], ...], dict[int, int]]]:
        """Of ways that leave as many slots of each level and give the same levels one."""
        seen = set()
        for (left, levels), filling in reached.items():
            free = [0, 0, 0, 0]
            for (_, level), n_left in zip(slots, left, strict=True):
                free[level - 1] += n_left
            outcome = (tuple(free), tuple((skill, level) for skill, level in zip(skills, levels, strict=True) if level))
            if outcome not in seen:
                seen.add(outcome)
                yield *outcome, filling
