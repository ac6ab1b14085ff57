"""Rows of outcomes found state by state: against those of lists, one build after the other."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import pytest
from checks import indices_of
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search import differing_rows
from equipment_optimizer.search.bounded import in_order
from equipment_optimizer.search.by_state import _states, outcomes


@pytest.fixture
def by_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[list]:
    """What was found state by state, where looking at builds in order is given up at once."""

    def give_up(*_: object, **__: object) -> None:
        raise in_order.TooManyCandidates

    found = []
    outcomes_by_state = outcomes.outcomes_by_state

    def noted(*given, **named):
        found.append(outcomes_by_state(*given, **named))
        return found[-1]

    monkeypatch.setattr(in_order.InOrder, "next", give_up)
    monkeypatch.setattr(differing_rows, "_FEW", 0)
    monkeypatch.setattr(outcomes, "outcomes_by_state", noted)
    return found


#: Slots that nothing fills.
UNFILLED = {"slot_weights": (1, 0, 0, 2), "slot_count_weight": 1, "decorations": None}


def rows_of(results: BuildResults) -> list:
    """Everything that is written of each row."""
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations
    return [indices_of(results), results.to_dicts()]


@pytest.mark.parametrize("rules", [{"variants": "one"}, {"different_skills": True}], ids=str)
def test_rows_are_those_of_lists(rules: dict, by_state: list, monkeypatch: pytest.MonkeyPatch) -> None:
    n_found = 0
    for seed in range(120):
        job = random_job(random.Random(seed), full=bool(seed % 3), decorations=bool(seed % 4), n_most=4)
        if not best_builds(job.pieces, job.config, 1, job.resistance_names):
            continue
        config = dataclasses.replace(job.config, limit=1 + seed % 9, **rules)
        by_state.clear()
        rows = rows_of(optimize(job.table, config, engine="bounded"))
        every = by_state[0] if by_state else None
        n_found += every is not None
        with monkeypatch.context() as without:
            without.setattr(differing_rows, "rows_of_ties", lambda *_, **__: None)
            lists = rows_of(optimize(job.table, config, engine="bounded"))
        assert rows[0] == lists[0], seed
        assert every is None or rows == lists, seed
    assert n_found > 60


def tied_job(n_pieces: int = 12, **rules: object) -> tuple[EquipmentTable, Config]:
    """A job of which many builds have slots enough for all that counts."""
    parts = ("Head", "Body", "Arms", "Legs")
    pieces = [
        EquipmentPiece(f"{part} {k}", part, k, skills=[("Fury", k % 3)] * (k % 3 > 0), slots=(k % 2, 1, 0, k % 4 // 2))
        for part in parts
        for k in range(n_pieces)
    ]
    jewels = [
        Decoration(name="Fury Jewel", slot_level=1, skills={"Fury": 1}),
        Decoration(name="Calm Jewel", slot_level=2, skills={"Calm": 1}),
        Decoration(name="Both Jewel", slot_level=4, skills={"Fury": 1, "Calm": 1}),
    ]
    skills = {"Fury": SkillRule(weight=2, maximum=3), "Calm": SkillRule(weight=1, maximum=2)}
    config = Config(skills=skills, over_max="cap", unlisted_skill_weight=0, decorations=jewels, limit=50, **rules)
    return EquipmentTable.from_pieces(pieces), config


@pytest.mark.parametrize("rules", [{"variants": "one"}, {"different_skills": True}], ids=str)
@pytest.mark.parametrize("weights", [{}, {"slot_weights": (0, 0, 0, 1)}, {"slot_count_weight": 1}, UNFILLED], ids=str)
def test_free_slots_are_told_apart_where_they_count(
    rules: dict, weights: dict, by_state: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, config = tied_job(5, **rules)
    config = dataclasses.replace(config, **weights)
    rows = rows_of(optimize(table, config, engine="bounded"))
    assert by_state[0] is not None
    monkeypatch.setattr(differing_rows, "rows_of_ties", lambda *_, **__: None)
    assert rows == rows_of(optimize(table, config, engine="bounded"))


def test_outcomes_are_merged_while_there_are_many(by_state: list, monkeypatch: pytest.MonkeyPatch) -> None:
    table, config = tied_job(variants="one")
    rows = rows_of(optimize(table, config, engine="bounded"))
    monkeypatch.setattr(outcomes, "_MANY", 1)
    monkeypatch.setattr(_states, "_AT_ONCE", 50)
    assert rows == rows_of(optimize(table, config, engine="bounded"))
    assert None not in by_state


def test_a_stop_leaves_what_is_certain(by_state: list) -> None:
    table, config = tied_job(variants="one")
    whole = optimize(table, config, engine="bounded")
    n_stopped = n_listed = 0
    for n_most in range(12):
        polls = iter(range(n_most))
        results = optimize(table, config, engine="bounded", should_stop=lambda: next(polls, None) is None)  # noqa: B023
        n_stopped += not results.report.proved
        n_listed += not results.report.proved and len(results) > 0
        if results.report.proved:
            assert indices_of(results) == indices_of(whole)
        elif results.proved_rows is not None:
            n_sure = int(results.proved_rows.cumprod().sum())
            assert indices_of(results)[:n_sure] == indices_of(whole)[:n_sure]
    assert n_stopped > n_listed > 0


def test_slots_that_do_not_go_into_one_word_are_left_to_lists(by_state: list, monkeypatch: pytest.MonkeyPatch) -> None:
    table, config = tied_job(5, variants="one")
    rows = rows_of(optimize(table, config, engine="bounded"))
    monkeypatch.setattr("equipment_optimizer.search.filling.tables.packing._WORD_BITS", 8)
    assert rows[0] == rows_of(optimize(table, config, engine="bounded"))[0]
    assert by_state[-1] is None


@pytest.mark.parametrize("name", ["_LIMIT", "_MOST_PAIRS"])
def test_what_is_too_large_is_left_to_lists(name: str, by_state: list, monkeypatch: pytest.MonkeyPatch) -> None:
    table, config = tied_job(5, variants="one")
    rows = rows_of(optimize(table, config, engine="bounded"))
    monkeypatch.setattr(outcomes if name == "_LIMIT" else _states, name, 10)
    assert rows[0] == rows_of(optimize(table, config, engine="bounded"))[0]
    assert by_state[-1] is None
