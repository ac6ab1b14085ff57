"""Decorations and free slots find their places, wherever there is a way."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter

import pytest
from decorated_job import DECORATED
from random_problems import random_job

from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._matching import Fillings, may_hold, place_decorations


def test_decorations_find_their_places_though_the_first_choice_was_taken() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    slots = [(True, 2), (False, 2), (True, 1)]
    assert place_decorations(definition, slots, {0: 1, 1: 1, 2: 1}, (0, 0, 0, 0)) is not None
    assert place_decorations(definition, slots, {1: 2, 2: 1}, (0, 0, 0, 0)) is None
    assert place_decorations(definition, slots, {1: 1, 2: 1}, (1, 0, 0, 0)) == [2, 1, -1]
    assert place_decorations(definition, slots, {1: 1, 2: 1}, (0, 1, 0, 0)) == [-1, 1, 2]
    assert place_decorations(definition, slots, {1: 1, 2: 1}, (1, 0, -1, 0)) is None


@pytest.mark.parametrize("seed", range(60))
def test_there_is_a_place_exactly_where_trying_all_finds_one(seed: int) -> None:
    dice = random.Random(seed)
    definition = Definition(DECORATED.table, DECORATED.config)
    slots = [(dice.random() < 0.5, dice.randint(1, 3)) for _ in range(dice.randint(1, 4))]
    filling = {number: dice.randint(0, 2) for number in range(3)}
    free = [dice.randint(0, 1) for _ in range(4)]
    tokens = [number for number, count in filling.items() for _ in range(count)]
    tokens += [-level for level, count in enumerate(free, 1) for _ in range(count)]
    is_possible = len(tokens) == len(slots) and any(
        all(slot[1] == -token if token < 0 else may_hold(definition, slot, token) for token, slot in pairs)
        for pairs in (list(zip(order, slots, strict=True)) for order in itertools.permutations(tokens))
    )
    placed = place_decorations(definition, slots, filling, free)
    assert (placed is not None) == is_possible
    if placed is not None:
        assert all(number < 0 or may_hold(definition, slot, number) for number, slot in zip(placed, slots, strict=True))
        assert {number: placed.count(number) for number in filling} == filling


def test_weapon_slots_take_weapon_decorations_only() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    assert [may_hold(definition, (True, 2), number) for number in range(3)] == [True, False, True]
    assert [may_hold(definition, (False, 2), number) for number in range(3)] == [True, True, False]
    assert not may_hold(definition, (False, 1), 1)


def by_hand(definition: Definition, rows: tuple[int, ...]):
    """(levels that count, free slots, score) of every filling that keeps the limits: each slot free or with any."""
    slots = definition.slots_of(rows)
    stock = [99 if jewel.available is None else jewel.available for jewel in definition.decorations]
    for held in itertools.product(range(-1, len(definition.decorations)), repeat=len(slots)):
        filling = Counter(number for number in held if number >= 0)
        if not all(n < 0 or may_hold(definition, slot, n) for slot, n in zip(slots, held, strict=True)):
            continue
        if any(n > stock[k] for k, n in filling.items()):
            continue
        totals = definition.totals(rows, filling)
        if any(True for _ in definition.missed_limits(totals)):
            continue
        of_level = [slot[1] for slot, number in zip(slots, held, strict=True) if number < 0]
        free = tuple(of_level.count(level) for level in range(1, 5))
        levels = frozenset((skill, n) for skill, n in totals.levels.items() if skill in definition.scored_skills and n)
        yield levels, free, definition.scaled_score(totals, free)


@pytest.mark.parametrize("seed", range(25))
def test_every_filling_is_gone_through_and_the_best_are_known(seed: int) -> None:
    rng = random.Random(seed)
    few: list[tuple[int, ...]] = []
    while not few:
        job = random_job(rng, full=bool(seed % 2), decorations=True, n_most=3)
        config = dataclasses.replace(job.config, unlisted_skill_weight=rng.choice([0, 1]))
        definition = Definition(job.table, config)
        every = Builds(job.table, allowed_rows(job.table, config)).every()
        few = [rows for rows in every if len(definition.slots_of(rows)) < 5][:40]
    fillings = Fillings(definition, 10**9)
    for rows in few:
        wanted = set(by_hand(definition, rows))
        found = set()
        for filled in fillings.every(rows) or ():
            levels = definition.totals(rows, filled.filling).levels
            counted = ((skill, n) for skill, n in levels.items() if skill in definition.scored_skills and n)
            found.add((frozenset(counted), filled.free, filled.score))
        assert found == wanted
        most = max((score for *_, score in wanted), default=None)
        assert {filled.score for filled in fillings.best(rows) or ()} == {most} - {None}


def test_fillings_are_not_known_when_there_are_too_many() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    every = Fillings(definition, 10**9).every((0,)) or []
    # None, Edge and Edge in two slots of different levels, and Wall in the higher one.
    assert len(every) == 6
    fillings = Fillings(definition, 1)
    assert fillings.every((1,)) is not None
    assert fillings.every((0,)) is None
    assert fillings.best((0,)) is None
