"""Every best filling of a build's slots under any values of the weights, by going through the decorations in turn.

What of a partial filling matters for the rest of it: which slots are left, and the levels of those skills that
decorations to come can still change, or that raise the maximum of such a skill. Of partial fillings that agree in that
only the best go on, all of them where they tie. Exact for any weights and any rules of skills.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from ..judging import Definition, Rows, Totals, may_hold
from ._weights import Amounts, Weights

__all__ = ["BestFillings", "Filled", "TooManyFillings"]

#: Partial fillings that go on beside each other before it is given up: some seconds a build.
_MOST_STATES = 100_000

#: Fillings that tie of which all are kept.
_MOST_TIES = 64

#: Stands for all skills together that are not listed and raise none.
_OTHERS = ""

#: What decorations need and give: slot level, on what, and levels of skills.
_Kind = tuple[int, str, tuple[tuple[str, int], ...]]

#: Slots left of each kind, and levels of skills, 0 of those that are settled.
_State = tuple[tuple[int, ...], tuple[int, ...]]


class _Reached(NamedTuple):
    """The best partial fillings of a state: what they score, levels of their settled skills, whether all are there."""

    score: int
    settled: frozenset[tuple[int, ...]]
    is_whole: bool


_States = dict[_State, _Reached]


class TooManyFillings(Exception):
    """More partial fillings than are looked at."""


@dataclass(frozen=True)
class Filled:
    """A build with its slots filled: levels, and what it has of each weight.

    Levels of some unlisted skills stand together; those beyond which nothing changes are all the same.
    """

    rows: Rows
    levels: Mapping[str, int]
    amounts: Amounts


@dataclass(frozen=True)
class _Jewels:
    """Decorations that are alike: one of them, what it adds, and how many there are."""

    number: int
    gives: tuple[tuple[int, int], ...]  # places of skills in a state, levels
    available: float


class BestFillings:
    """Fills builds of one job; `poll` raises when it is time to stop.

    `tops` are levels of skills from which on more of them change nothing; `is_whole` is false where more fillings of a
    build tie than are kept.
    """

    def __init__(self, definition: Definition, weights: Weights, poll: Callable[[], None]) -> None:
        self._definition, self._weights, self._poll = definition, weights, poll
        config = definition.config
        raisers = {rule.raised_by for rule in config.skills.values() if rule.raised_by is not None}
        self._tracked = {*config.skills, *raisers}
        self._skills: list[str] = []
        self._jewels: list[_Jewels] = []
        if config.decorations is not None:
            self._order_jewels()
        self.tops = {skill: top for skill in config.skills if (top := self._top(skill)) is not None}
        self._settle_turns()
        self.is_whole = True

    def _settle_turns(self) -> None:
        """When what of a partial filling matters no more."""
        config = self._definition.config
        last = dict.fromkeys(self._skills, -1)
        for turn, jewels in enumerate(self._jewels):
            last.update((self._skills[place], turn) for place, _ in jewels.gives)
        raised_by = {skill: rule.raised_by for skill, rule in config.skills.items() if rule.raised_by in last}
        settled = {
            skill: max(last.get(skill, -1), last.get(raised_by.get(skill) or "", -1) if skill in raised_by else -1)
            for skill in [*self._skills, *(skill for skill in raised_by if skill not in last)]
        }
        #: After each turn the skills that are settled then, and those whose levels matter no more.
        self._settled: list[list[str]] = [[] for _ in self._jewels]
        self._over: list[list[int]] = [[] for _ in self._jewels]
        for skill, turn in settled.items():
            self._settled[turn].append(skill)
        for place, skill in enumerate(self._skills):
            needed = [settled[skill], *(settled[other] for other, raiser in raised_by.items() if raiser == skill)]
            self._over[max(needed)].append(place)

    def _top(self, skill: str) -> int | None:
        """The level of a listed skill from which on more of it changes nothing; None where there is none."""
        config = self._definition.config
        rule = config.skills[skill]
        least = [level for jewels in self._jewels for place, level in jewels.gives if self._skills[place] == skill]
        if rule.at_most is not None or min(least, default=0) < 0:
            return None
        if rule.values is not None:
            maxima: list[int | None] = [len(rule.values) - 1]
        elif config.over_max == "cap":
            maxima = [rule.maximum] if rule.raised_by is None else [rule.locked_maximum, rule.raised_maximum]
        else:
            return None
        known = [maximum for maximum in maxima if maximum is not None]
        # It may raise another one's maximum, by its first level.
        return max(*known, rule.minimum or 0, 1) if len(known) == len(maxima) else None

    def _order_jewels(self) -> None:
        """Decorations skill by skill, so that few skills are open at any time; alike ones together."""
        stock: dict[_Kind, list[float]] = {}
        numbers: dict[_Kind, int] = {}
        for number, decoration in enumerate(self._definition.decorations):
            gives: Counter[str] = Counter()
            for skill, level in decoration.skills:
                gives[skill if skill in self._tracked else _OTHERS] += level
            kind = (decoration.slot_level, decoration.allowed_on, tuple(sorted(gives.items())))
            numbers.setdefault(kind, number)
            stock.setdefault(kind, []).append(math.inf if decoration.available is None else decoration.available)
        times = Counter(skill for _, _, gives in stock for skill, _ in gives)
        left = dict.fromkeys(stock)
        for skill in sorted(times, key=lambda name: (times[name], name)):
            for alike in [alike for alike in left if skill in dict(alike[2])]:
                del left[alike]
                self._add_jewels(numbers[alike], alike[2], sum(stock[alike]))
        for alike in left:
            self._add_jewels(numbers[alike], (), sum(stock[alike]))

    def _add_jewels(self, number: int, gives: Sequence[tuple[str, int]], available: float) -> None:
        self._skills += [skill for skill, _ in gives if skill not in self._skills]
        places = tuple((self._skills.index(skill), level) for skill, level in gives)
        self._jewels.append(_Jewels(number, places, available))

    def best(self, rows: Rows, values: Sequence[Fraction]) -> list[Filled]:
        """The build with every best filling under these values of the weights; none where none keeps the limits."""
        totals = self._definition.totals(rows)
        if self._misses_others(totals):
            return []
        if not self._jewels:
            levels = self._tracked_levels(totals)
            is_kept = all(self._keeps(skill, levels.get(skill, 0)) for skill in self._definition.config.skills)
            return [Filled(rows, levels, self._weights.amounts(totals))] if is_kept else []
        return _Filling(self, totals, rows, values).run()

    def bound(self, rows: Rows) -> Fraction:
        """What no filling of a build is worth more than: every skill at its best level, every slot free or filled."""
        totals = self._definition.totals(rows)
        levels, n_slots = self._tracked_levels(totals), len(self._definition.slots_of(rows))
        values = self._weights.values
        slots = values[self._weights.of_slots : self._weights.of_slots + 5]
        alone = self._weights.amounts(replace(totals, levels={}), (0, 0, 0, 0))
        bound = sum((value * amount for value, amount in zip(values, alone, strict=True) if amount), Fraction(0))
        bound -= sum(self._best_worth(skill, 0, 0, is_of_none=True) for skill in self._definition.config.skills)
        bound += sum(max(slots[k] + slots[4], Fraction(0)) * count for k, count in enumerate(totals.slots))
        for skill in dict.fromkeys([*self._definition.config.skills, *levels, *self._skills]):
            bound += self._best_worth(skill, levels.get(skill, 0), n_slots)
        return bound

    @cache  # noqa: B019
    def _best_worth(self, skill: str, level: int, n_slots: int, *, is_of_none: bool = False) -> Fraction:
        """The most that a skill is worth with so many decorations more, whatever raises it; as in no build at all."""
        rule = self._definition.config.skills.get(skill)
        raiser = "" if rule is None or rule.raised_by is None else rule.raised_by
        gives = [more for jewels in self._jewels for place, more in jewels.gives if self._skills[place] == skill]
        least, most = min([0, *gives]) * n_slots, max([0, *gives]) * n_slots
        worths = []
        for reached in range(level + least, level + most + 1):
            for is_raised in (0,) if is_of_none or not raiser else (0, 1):
                weight, amount = self._weights.of_skill(skill, reached, {raiser: is_raised})
                worths.append(self._weights.values[weight] * amount)
        return max(worths)

    def levels_of(self, decorations: Mapping[int, int]) -> Counter[str]:
        """Levels that decorations give, those of unlisted skills together."""
        levels: Counter[str] = Counter()
        for number, count in decorations.items():
            for skill, level in self._definition.decorations[number].skills:
                levels[skill if skill in self._tracked else _OTHERS] += level * count
        return levels

    def _misses_others(self, totals: Totals) -> bool:
        """Whether a build misses a limit that has nothing to do with skills."""
        within = {
            skill: rule.minimum if rule.minimum is not None else min(rule.at_most or 0, 0)
            for skill, rule in self._definition.config.skills.items()
        }
        return any(True for _ in self._definition.missed_limits(replace(totals, levels=within)))

    def _tracked_levels(self, totals: Totals) -> dict[str, int]:
        levels: Counter[str] = Counter()
        for skill, level in totals.levels.items():
            levels[skill if skill in self._tracked else _OTHERS] += level
        return Counter({skill: min(level, self.tops.get(skill, level)) for skill, level in levels.items()})

    def _keeps(self, skill: str, level: int) -> bool:
        """Whether a level is within the limits of a skill."""
        rule = self._definition.config.skills.get(skill)
        if rule is None:
            return True
        return (rule.minimum is None or level >= rule.minimum) and (rule.at_most is None or level <= rule.at_most)


class _Filling:
    """The filling of one build."""

    def __init__(self, by: BestFillings, totals: Totals, rows: Rows, values: Sequence[Fraction]) -> None:
        self._by, self._totals, self._rows = by, totals, rows
        self._scale = math.lcm(*(value.denominator for value in values))
        self._values = [int(value * self._scale) for value in values]
        self._levels = by._tracked_levels(totals)
        # Where every decoration may be anywhere, slots of a level are alike.
        is_special = any(decoration.allowed_on != "any" for decoration in by._definition.decorations)
        kinds = Counter((is_special and on_weapon, level) for on_weapon, level in by._definition.slots_of(rows))
        self._kinds = sorted(kinds)
        self._n_slots = tuple(kinds[kind] for kind in self._kinds)
        self._worth: dict[tuple[str, int, bool], int | None] = {}

    def run(self) -> list[Filled]:
        by = self._by
        fixed = [skill for skill in by._definition.config.skills if skill not in by._skills]
        if not all(by._keeps(skill, self._levels.get(skill, 0)) for skill in fixed):
            return []
        begun = (self._n_slots, tuple(self._levels.get(skill, 0) for skill in by._skills))
        states: _States = {begun: _Reached(0, frozenset([()]), True)}
        for turn, jewels in enumerate(by._jewels):
            states = self._settle(self._with(states, jewels), turn)
        return self._finished(states)

    def _add(self, states: _States, state: _State, reached: _Reached) -> None:
        known = states.get(state)
        if known is None or reached.score > known.score:
            states[state] = reached
        elif reached.score == known.score:
            is_whole = known.is_whole and reached.is_whole
            settled = known.settled
            if not reached.settled <= settled:
                together = settled | reached.settled
                settled, is_whole = (settled, False) if len(together) > _MOST_TIES else (together, is_whole)
            states[state] = _Reached(known.score, settled, is_whole)

    def _with(self, states: _States, jewels: _Jewels) -> _States:
        """Partial fillings with any number of these decorations more."""
        fits = [k for k, slot in enumerate(self._kinds) if may_hold(self._by._definition, slot, jewels.number)]
        tops = [self._by.tops.get(skill) for skill in self._by._skills]
        reached, frontier, n_more = dict(states), states, 0
        while frontier and n_more < jewels.available:
            self._by._poll()
            n_more += 1
            further: _States = {}
            for (left, levels), before in frontier.items():
                more = list(levels)
                for place, level in jewels.gives:
                    top = tops[place]
                    more[place] = more[place] + level if top is None else min(more[place] + level, top)
                for k in fits:
                    if left[k]:
                        self._add(further, ((*left[:k], left[k] - 1, *left[k + 1 :]), tuple(more)), before)
            for state, filled in further.items():
                self._add(reached, state, filled)
            frontier = further
            if len(reached) > _MOST_STATES:
                raise TooManyFillings
        return reached

    def _settle(self, states: _States, turn: int) -> _States:
        """What no later decoration changes is scored, and must keep its limits."""
        by, place = self._by, {skill: k for k, skill in enumerate(self._by._skills)}
        if not by._settled[turn] and not by._over[turn]:
            return states
        done: _States = {}
        for (left, levels), (score, settled, is_whole) in states.items():
            now = {skill: levels[k] for skill, k in place.items()}
            worths = [self._worth_of(skill, now) for skill in by._settled[turn]]
            if None in worths:
                continue
            new = tuple(now[skill] for skill in by._settled[turn] if skill in place)
            over = tuple(0 if k in by._over[turn] else level for k, level in enumerate(levels))
            more = sum(worth for worth in worths if worth is not None)
            self._add(done, (left, over), _Reached(score + more, frozenset((*old, *new) for old in settled), is_whole))
        return done

    def _worth_of(self, skill: str, levels: Mapping[str, int]) -> int | None:
        """What a level of a skill is worth; None where it misses a limit."""
        rule = self._by._definition.config.skills.get(skill)
        level = levels.get(skill, self._levels.get(skill, 0))
        raiser = None if rule is None else rule.raised_by
        is_raised = raiser is not None and levels.get(raiser, self._levels.get(raiser, 0)) >= 1
        key = (skill, level, is_raised)
        if key not in self._worth:
            weight, amount = self._by._weights.of_skill(skill, level, {raiser or "": int(is_raised)})
            self._worth[key] = self._values[weight] * amount if self._by._keeps(skill, level) else None
        return self._worth[key]

    def _finished(self, states: _States) -> list[Filled]:
        """The best of all, what is left free counted in."""
        by = self._by
        order = [skill for turn in by._settled for skill in turn if skill in by._skills]
        fixed = {skill: level for skill, level in self._levels.items() if skill not in by._skills}
        best: int | None = None
        # What is told of a filling is told in levels, so those of equal worth are kept apart by them.
        filled: dict[tuple[Amounts, tuple[int, ...]], Filled] = {}
        is_whole = True
        for (left, _), (score, settled, has_all) in states.items():
            free = [0, 0, 0, 0]
            for (_, level), n_left in zip(self._kinds, left, strict=True):
                free[level - 1] += n_left
            score += self._free_worth(free)
            if best is not None and score < best:
                continue
            if best is None or score > best:
                best, filled, is_whole = score, {}, True
            is_whole &= has_all
            for levels_settled in settled:
                levels = {**fixed, **dict(zip(order, levels_settled, strict=True))}
                amounts = by._weights.amounts(replace(self._totals, levels=levels), free)
                filled.setdefault((amounts, levels_settled), Filled(self._rows, levels, amounts))
        by.is_whole &= is_whole
        return list(filled.values())

    def _free_worth(self, free: Sequence[int]) -> int:
        """What free slots are worth."""
        weights = self._by._weights
        of_levels = self._values[weights.of_slots : weights.of_slots + 5]
        return sum(value * n_free for value, n_free in zip(of_levels, [*free, sum(free)], strict=True))
