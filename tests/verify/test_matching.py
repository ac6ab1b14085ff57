"""Decorations and free slots find their places, wherever there is a way."""

from __future__ import annotations

import itertools
import random

import pytest
from decorated_job import DECORATED

from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._matching import may_hold, place_decorations


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
