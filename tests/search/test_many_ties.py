"""Rows of outcomes where builds tie without end: against those of lists, one build after the other."""

from __future__ import annotations

import dataclasses
import itertools
import random

import pytest
from checks import indices_of
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search import _many_ties, differing_rows
from equipment_optimizer.search.bounded import in_order

RULES = ({"variants": "one"}, {"different_skills": True})


@pytest.fixture
def in_rank_order(monkeypatch: pytest.MonkeyPatch) -> list:
    """What was found score by score, where no other way is gone."""

    def give_up(*_: object, **__: object) -> None:
        raise in_order.TooManyCandidates

    found = []
    rows_of_ties = _many_ties.rows_of_ties

    def noted(*given, **named):
        found.append(rows_of_ties(*given, **named))
        return found[-1]

    monkeypatch.setattr(in_order.InOrder, "next", give_up)
    monkeypatch.setattr(_many_ties._Ties, "all_outcomes", lambda self: None)
    monkeypatch.setattr(differing_rows, "_FEW", 0)
    monkeypatch.setattr(differing_rows, "rows_of_ties", noted)
    return found


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_rows_are_those_of_lists(rules: dict, in_rank_order: list, monkeypatch: pytest.MonkeyPatch) -> None:
    n_found = n_filled = 0
    for seed in range(60):
        job = random_job(random.Random(seed), full=bool(seed % 3), decorations=bool(seed % 4), n_most=4)
        if not best_builds(job.pieces, job.config, 1, job.resistance_names):
            continue
        config = dataclasses.replace(job.config, limit=1 + seed % 5, **rules)
        in_rank_order.clear()
        results = optimize(job.table, config, engine="bounded")
        if not in_rank_order or in_rank_order[0] is None:
            continue
        n_found, n_filled = n_found + 1, n_filled + (seed % 4 > 0)
        assert results.report.proved
        assert sum(results.report.counts.values()) == results.report.n_combinations
        with monkeypatch.context() as without:
            without.setattr(differing_rows, "rows_of_ties", lambda *_, **__: None)
            expected = optimize(job.table, config, engine="bounded")
        assert indices_of(results) == indices_of(expected), seed
        rows, of_lists = results.to_dicts(), expected.to_dicts()
        for row in rows:
            assert not row.pop("Variants", None)
        for row in of_lists:
            row.pop("Variants", None)
        assert rows == of_lists
    assert n_found > 20
    assert n_filled > 10


def tied_job(n_pieces: int, limit: int, *, is_filled: bool = False, **rules: object) -> tuple[EquipmentTable, Config]:
    """Builds of a few scores far apart, each of which many have."""
    pieces = [
        EquipmentPiece(
            f"{part} {k}",
            part,
            skills=[("Fury", k % 3)] * (k % 3 > 0) + [("Calm", 1)] * (k % 5 == 0),
            slots=(k % 2 * is_filled, 0, 0, 0),
        )
        for part in ("Head", "Body", "Arms", "Legs")
        for k in range(n_pieces)
    ]
    skills = {"Fury": SkillRule(weight=20, maximum=3), "Calm": SkillRule(weight=1, maximum=1)}
    jewels = [Decoration(name="Fury Jewel", slot_level=1, skills={"Fury": 1}, available=2)]
    config = Config(
        skills=skills,
        over_max="cap",
        unlisted_skill_weight=0,
        limit=limit,
        decorations=jewels if is_filled else None,
        **rules,
    )
    return EquipmentTable.from_pieces(pieces), config


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("limit", [1, 4, 40])
def test_lower_scores_follow(rules: dict, limit: int, in_rank_order: list, monkeypatch: pytest.MonkeyPatch) -> None:
    table, config = tied_job(6, limit, **rules)
    results = optimize(table, config, engine="bounded")
    assert in_rank_order[0] is not None
    monkeypatch.setattr(differing_rows, "rows_of_ties", lambda *_, **__: None)
    assert indices_of(results) == indices_of(optimize(table, config, engine="bounded"))
    assert len(set(map(results.score, range(len(results))))) > (limit > 4)


def test_where_no_score_is_near_it_is_left_to_lists(in_rank_order: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_many_ties, "_MOST_DROP", 5)
    table, config = tied_job(6, 40, variants="one")
    results = optimize(table, config, engine="bounded")
    assert in_rank_order == [None]
    assert results.report.proved


def test_that_nothing_is_counted_is_told(in_rank_order: list) -> None:
    table, config = tied_job(6, 3, variants="one")
    told: list[str] = []
    results = optimize(table, config, engine="bounded", on_notice=told.append)
    assert results.variants == (None,) * 3
    assert "how many builds rows stand for is not known: too many share their scores" in told


@pytest.mark.parametrize("is_filled", [False, True])
def test_after_a_stop_rows_are_the_first_of_all(is_filled: bool, in_rank_order: list) -> None:
    table, config = tied_job(9, 8, is_filled=is_filled, variants="one")
    whole = indices_of(optimize(table, config, engine="bounded"))
    sizes = set()
    for n_most in range(0, 400, 3):
        polls = itertools.count()
        results = optimize(table, config, engine="bounded", should_stop=lambda: next(polls) >= n_most)  # noqa: B023
        if results.report.proved:
            assert indices_of(results) == whole
            break
        assert results.proved_rows is not None
        n_sure = int(results.proved_rows.sum())
        assert indices_of(results)[:n_sure] == whole[:n_sure]
        sizes.add(n_sure)
    assert len(sizes) > 1
