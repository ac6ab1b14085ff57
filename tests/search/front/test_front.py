"""Fronts against brute force over every build and every filling; and what is said of one that was stopped."""

from __future__ import annotations

import dataclasses
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from oracle_front import Outcome, Wanted, front
from random_problems import SKILLS, Job, random_job

from equipment_optimizer.errors import InfeasibleError, InputError, UsageError
from equipment_optimizer.output.outcomes import objective_values
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search.bounded import region_boxes


def rows_of(results: BuildResults) -> list[Outcome]:
    columns = [[Fraction(x, 10**digits) for x in own.tolist()] for _, own, digits in objective_values(results)]
    scores = [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]
    indices = [one.indices for one in results.combinations]
    return [Outcome(*row) for row in zip(zip(*columns, strict=True), scores, indices, strict=True)]


def job_with_front(seed: int) -> tuple[Job, Config, list[Wanted]]:
    rng = random.Random(seed)
    job = random_job(rng, full=seed % 2 > 0, decorations=seed % 3 == 0, n_most=3)
    known = [("score", "Score", "Score"), ("defence", "Defence", "Defence")]
    known += [("resistance", name, f"{name} Res") for name in job.resistance_names]
    known += [("skill", name, name) for name in job.config.skills]
    chosen = rng.sample(known, min(len(known), rng.choice([2, 2, 3, 4])))
    signs = [rng.choice([1, 1, -1]) for _ in chosen]
    texts = tuple("-" * (sign < 0) + text for (_, _, text), sign in zip(chosen, signs, strict=True))
    wanted = [(kind, name, sign) for (kind, name, _), sign in zip(chosen, signs, strict=True)]
    return job, dataclasses.replace(job.config, front=texts), wanted


@pytest.mark.parametrize("seed", range(24))
def test_a_front_is_that_of_brute_force(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job, config, wanted = job_with_front(seed)
    truth = front(job.pieces, config, wanted, job.resistance_names)
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 5.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 2.0)
    for engine in ("exhaustive", "bounded"):
        try:
            results = optimize(job.table, config, engine=engine)
        except InfeasibleError:
            assert not truth
            continue
        assert rows_of(results) == truth
        assert results.report.proved
        assert sum(results.report.counts.values()) == results.report.n_combinations


def test_two_skills_that_decorations_give_are_stepped_through_together() -> None:
    pieces = [
        EquipmentPiece("A", "Head", 0, slots=(4, 0, 0, 0), skills=(("Calm", 1), ("Fury", 1))),
        EquipmentPiece("B", "Head", 0, slots=(4, 0, 0, 0), skills=(("Calm", 3),)),
    ]
    jewels = tuple(Decoration(name=name[0], slot_level=1, skills=((name, 2),)) for name in ("Fury", "Calm"))
    config = Config(
        skills={name: SkillRule(weight=0, penalty=0, maximum=9) for name in ("Fury", "Calm")},
        slot_weights=(Decimal("0.1"), 0, 0, 0),
        slot_count_weight=0,
        decorations=jewels,
        front=("Fury", "Score", "Calm"),
    )
    wanted = [("skill", "Fury", 1), ("score", "Score", 1), ("skill", "Calm", 1)]
    truth = front(pieces, config, wanted)
    for engine in ("exhaustive", "bounded"):
        assert rows_of(optimize(EquipmentTable.from_pieces(pieces), config, engine=engine)) == truth


def wide_job(n_pieces: int = 14) -> tuple[EquipmentTable, Config]:
    """Pieces that trade the score against defence and a skill."""
    rng = random.Random(3)
    pieces = [
        EquipmentPiece(f"{part} {k}", part, rng.randrange(40), skills=((rng.choice(SKILLS[:2]), rng.randint(1, 3)),))
        for part in ("Head", "Body", "Arms", "Legs")
        for k in range(n_pieces)
    ]
    rules = {name: SkillRule(weight=Decimal(5), penalty=Decimal(0), maximum=6) for name in SKILLS[:2]}
    config = Config(
        skills=rules, defence_weight=Decimal(0), front=("Score", "Defence", f"-{SKILLS[0]}"), unlisted_skill_weight=0
    )
    return EquipmentTable.from_pieces(pieces), config


@pytest.mark.parametrize("n_polls", [0, 1, 2, 3, 5, 8, 13, 30])
@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_a_stopped_front_says_what_may_be_missing_and_claims_no_more_than_is_so(
    n_polls: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 20.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 5.0)
    table, config = wide_job()
    whole = rows_of(optimize(table, config, engine="exhaustive"))
    polls = iter(range(n_polls))
    results = optimize(table, config, engine=engine, should_stop=lambda: next(polls, None) is None)
    if results.report.proved:
        assert rows_of(results) == whole
        return
    assert not results.report.gap.is_finite()
    assert results.proved_rows is not None
    rows = zip(rows_of(results), results.proved_rows.tolist(), strict=True)
    assert {row for row, is_proved in rows if is_proved} <= set(whole)


def test_what_is_not_settled_is_told_by_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 20.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 5.0)
    table, config = wide_job()
    polls = iter(range(12))
    results = optimize(table, config, engine="bounded", should_stop=lambda: next(polls, None) is None)
    assert results.report.unsettled.startswith("outcomes with Defence ")
    assert "Score up to " in results.report.unsettled


def test_a_stop_before_anything_is_found_leaves_everything_open() -> None:
    table, config = wide_job(3)
    jewels = (Decoration(name="Jewel", slot_level=1, skills=((SKILLS[0], 1),)),)
    config = dataclasses.replace(config, decorations=jewels)
    pieces = [piece._replace(slots=(2, 0, 0, 0)) for piece in table]
    results = optimize(EquipmentTable.from_pieces(pieces), config, engine="bounded", should_stop=lambda: True)
    assert (len(results), results.report.unsettled) == (0, "outcomes of every kind")


def test_the_order_of_objectives_sorts_and_the_limit_does_not_cut() -> None:
    table, config = wide_job(5)
    config = dataclasses.replace(config, front=("-Defence", "Score"), limit=1)
    values = [own.tolist() for _, own, _ in objective_values(optimize(table, config))]
    assert values[0] == sorted(values[0])
    assert len(values[0]) > 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"front": ("Score",)}, "a front has two to 4 objectives, not 1"),
        ({"different_pieces": 2}, "a front does not work with variants, different or share"),
    ],
)
def test_what_a_front_cannot_be_is_refused(change: dict, message: str) -> None:
    table, config = wide_job(2)
    with pytest.raises(UsageError, match=message):
        optimize(table, dataclasses.replace(config, **change))


def test_a_scorer_has_no_front_and_an_unknown_objective_is_told() -> None:
    table, config = wide_job(2)
    with pytest.raises(UsageError, match="a front does not work with a scorer"):
        optimize(table, config, scorer=lambda block: block.total_defence)
    with pytest.raises(InputError, match="Luck is no objective"):
        optimize(table, dataclasses.replace(config, front=("Score", "Luck")))


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
@pytest.mark.parametrize(
    ("front", "expected"),
    [(("Defence", "-Fury"), [(-1, "-1")]), (("Score", "-Fury"), [(0, "2"), (-1, "-1")])],
)
def test_a_decoration_that_only_lowers_a_skill_is_used_where_less_is_better(
    front: tuple[str, ...], expected: list[tuple[int, str]], engine: str
) -> None:
    """Whoever wants the best score never takes it, so the score's problem does not know it."""
    table = EquipmentTable.from_pieces([EquipmentPiece("A", "Head", 7, slots=(1, 0, 0, 0))])
    decorations = (
        Decoration(name="Dull", slot_level=1, skills=(("Fury", -1),)),
        Decoration(name="Bright", slot_level=1, skills=(("Other", 2),)),
    )
    config = Config(skills={"Fury": SkillRule()}, defence_weight=0, decorations=decorations, front=front)
    results = optimize(table, config, engine=engine)
    levels = results.skill_levels(0, len(results))["Fury"].tolist()
    assert [(level, f"{results.score(k):f}") for k, level in enumerate(levels)] == expected
    assert results.report.proved
