"""What separates builds: differences that add up, and builds that miss a requirement."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from oracle import best_builds
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.answers import explain as explain_module
from equipment_optimizer.answers.explain import (
    best_of,
    explain,
    explain_across,
    scored_builds,
    with_skill,
    without_piece,
    without_requirements,
)
from equipment_optimizer.errors import InfeasibleError, UsageError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, Decoration, SkillCap, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.results import BuildResults, SearchReport
from equipment_optimizer.search.filling.filler import Filler


@pytest.mark.parametrize("seed", range(40))
def test_the_differences_add_up_to_that_of_the_scores(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=seed % 2 == 0)
        if len(best_builds(job.pieces, job.config, 3, job.resistance_names)) > 1:
            break
    results = optimize(job.table, job.config, limit=10)
    for first, second in ((0, len(results) - 1), (len(results) - 1, 0), (0, 0)):
        found = explain(results, first, second)
        assert sum(term.gain for term in found.terms) == results.score(first) - results.score(second)
        assert found.scores == (results.score(first), results.score(second))
    assert explain(results, 0, 0).lines()[1:] == ["they are the same"]


@pytest.mark.parametrize("seed", range(30))
def test_builds_scored_on_their_own_are_those_of_the_list(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True, decorations=seed % 2 == 0)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            break
    results = optimize(job.table, job.config, limit=5)
    if results.table is not job.table:
        return
    rows = list(zip(*[results.combinations.rows(k).tolist() for k in range(len(job.table.positions))], strict=True))
    own, keeps = scored_builds(job.table, job.config, rows)
    assert all(keeps)
    assert [own.score(k) for k in range(len(own))] == [results.score(k) for k in range(len(results))]


PIECES = [
    EquipmentPiece("Cap", "Head", 1, skills=(("Swift", 2),)),
    EquipmentPiece("Hat", "Head", 3, skills=(("Calm", 1),)),
]
CONFIG = Config(skills={"Swift": SkillRule(maximum=3, weight=2, penalty=0)}, defence_weight=1, unlisted_skill_weight=0)
TABLE = EquipmentTable.from_pieces(PIECES)


def test_in_words() -> None:
    found = explain(optimize(TABLE, CONFIG, limit=2), 0, 1)
    assert str(found).splitlines() == [
        "build 1 scores 5, build 2 scores 3: 2 more",
        "Head: Cap instead of Hat",
        "+4  Swift 2 instead of 0",
        "-2  Defence 1 instead of 3",
        "different, and worth as much: Calm 0 instead of 1",
    ]
    with pytest.raises(UsageError, match="there is no build 2"):
        explain(optimize(TABLE, CONFIG, limit=2), 0, 2)


def test_of_what_is_in_the_slots_only_what_differs_is_named() -> None:
    # The name is that of two decorations as a list of them is written.
    names = {"Calm; 2x Swift": "Calm", "Rage": "Rage"}
    jewels = tuple(Decoration(name=name, slot_level=1, skills=((skill, 1),)) for name, skill in names.items())
    rules = {"Calm": SkillRule(weight=Decimal(3), maximum=3), "Rage": SkillRule(weight=Decimal(1), maximum=1)}
    pieces = [EquipmentPiece(name, "Head", slots=(n, 0, 0, 0)) for name, n in (("Cap", 4), ("Hat", 2), ("Veil", 0))]
    none = {"slot_weights": (Decimal(0),) * 4, "slot_count_weight": Decimal(0)}
    results = optimize(EquipmentTable.from_pieces(pieces), Config(skills=rules, decorations=jewels, limit=3, **none))
    assert "in the slots: 1x Calm; 2x Swift, 1x Rage instead of nothing" in explain(results, 0, 1).lines()
    assert "in the slots: nothing instead of 2x Calm; 2x Swift" in explain(results, 2, 1).lines()
    assert not any("slots" in line for line in explain(results, 1, 1).lines())


def test_namesakes_are_not_the_same() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1), EquipmentPiece("Cap", "Head", 1)])
    lines = str(explain(optimize(table, CONFIG, limit=2), 0, 1)).splitlines()
    assert lines == ["build 1 scores 1, build 2 scores 1: as much", "Head: another Cap"]
    assert str(explain(optimize(table, CONFIG, limit=2), 1, 1)).endswith("they are the same")


def test_a_build_that_misses_a_minimum_is_explained_too() -> None:
    results, keeps = scored_builds(TABLE, with_skill(CONFIG, "Swift", 1), [(0,), (1,)])
    assert keeps == [True, False]
    assert [results.score(k) for k in range(2)] == [5, 3]


def test_a_piece_less_and_a_level_more_are_scored_as_before() -> None:
    best = optimize(TABLE, CONFIG)
    without = optimize(TABLE, without_piece(CONFIG, ["Cap"]))
    assert without.score(0) == 3
    # The skill is not listed: it is demanded, and worth what it was.
    calm = optimize(TABLE, with_skill(CONFIG, "Calm", 1))
    assert calm.score(0) == 3
    found = explain_across((best, 0), (calm, 0), ("mine", "calm"))
    assert sum(term.gain for term in found.terms) == Decimal(2)
    assert found.names == ("mine", "calm")


def test_a_level_that_is_asked_for_leaves_a_higher_minimum_in_force() -> None:
    table = EquipmentTable.from_pieces(
        [
            EquipmentPiece("Low", "Head", 9, skills=(("Calm", 1),)),
            EquipmentPiece("High", "Head", 1, skills=(("Calm", 2),)),
        ]
    )
    rule = SkillRule(weight=Decimal(0), minimum=2)
    config = Config(defence_weight=Decimal(1), skills={"Calm": rule})
    assert [build.pieces["Head"] for build in optimize(table, with_skill(config, "Calm", 1))] == ["High"]
    assert with_skill(config, "Calm", 3).skills["Calm"].minimum == 3


def test_two_builds_of_a_formula_differ_by_their_factors() -> None:
    terms = (
        Term(kind="skill", name="Fury", weight=Decimal("0.5")),
        Term(kind="skill", name="Luck", weight=Decimal(1)),
    )
    formula = Formula(
        factors=(Factor(name="raw", base=Decimal(8), terms=terms[:1]), Factor(name="luck", terms=terms[1:]))
    )
    pieces = [
        EquipmentPiece("Cap", "Head", skills=(("Fury", 4), ("Luck", 1))),
        EquipmentPiece("Hat", "Head", skills=(("Luck", 1),)),
    ]
    table = EquipmentTable.from_pieces(pieces)
    results = BuildResults(
        table=table,
        config=Config(formula=formula),
        combinations=EquipmentCombinationList.whole_space(table),
        scaled_scores=np.array([100, 80], dtype=object),
        score_digits=1,
        report=SearchReport(engine="bounded", n_combinations=2),
    )
    assert str(explain(results, 0, 1)).splitlines() == [
        "build 1 scores 10, build 2 scores 8: 2 more",
        "Head: Cap instead of Hat",
        "+25 %  raw 10 instead of 8",
        "Fury 4 instead of 0",
    ]
    assert "they are the same" in str(explain(results, 1, 1))
    # Two products of forty digits that differ in the last one.
    long = replace(results, scaled_scores=np.array([10**40 + 1, 10**40], dtype=object), score_digits=0)
    assert str(explain(long, 0, 1)).splitlines()[0] == f"build 1 scores {10**40 + 1}, build 2 scores {10**40}: 1 more"


def test_a_level_that_is_asked_for_leaves_a_maximum_of_the_skills_file_as_it_is() -> None:
    formula = Formula(factors=(Factor(name="f", base=Decimal(1)),))
    caps = {"Fury": SkillCap(maximum=3), "Rage": SkillCap(maximum=5, locked_maximum=2, raised_by="Secret")}
    config = Config(formula=formula, skill_caps=caps)
    for skill, maxima in (("Fury", (3, None, None)), ("Rage", (2, 5, "Secret")), ("Calm", (None, None, None))):
        assert with_skill(config, skill, 2).maximum_of(skill) == maxima


@pytest.mark.parametrize("seed", range(12))
def test_builds_of_a_formula_scored_on_their_own_are_those_of_the_list(seed: int) -> None:
    rng = random.Random(seed)
    job = with_formula(rng, with_limits(rng, random_job(rng, full=True, decorations=seed % 2 == 0, n_most=2)))
    pieces = [piece._replace(name=f"piece {p}") for p, piece in enumerate(job.pieces)]
    job = Job(pieces, replace(job.config, limit=9, pin_all={}), job.resistance_names, job.other_names)
    try:
        results = optimize(job.table, job.config)
    except InfeasibleError:
        return
    table = job.table
    starts = [int(table.part_start[b]) for b in table.positions]
    rows = [
        tuple(table.names.index(piece.name, start) for start, piece in zip(starts, one.equipment, strict=True))
        for one in results.combinations
    ]
    scored, keeps = scored_builds(table, job.config, rows)
    assert all(keeps)
    assert [scored.score(k) for k in range(len(rows))] == [results.score(k) for k in range(len(rows))]


def test_a_build_of_a_formula_that_misses_a_minimum_is_explained_too() -> None:
    formula = Formula(factors=(Factor(name="f", base=1, terms=(Term(kind="skill", name="Fury", weight=2),)),))
    config = Config(formula=formula, skills={"Fury": SkillRule(maximum=9, minimum=2)})
    table = EquipmentTable.from_pieces(
        [EquipmentPiece("Cap", "Head", skills=(("Fury", 1),)), EquipmentPiece("Hat", "Head")]
    )
    scored, keeps = scored_builds(table, config, [(0,), (1,)])
    assert ([scored.score(0), scored.score(1)], keeps) == ([3, 1], [False, False])


def test_of_several_builds_the_best_that_keeps_all_demands() -> None:
    caps = ((5, 0), (5, 2), (9, 1))
    pieces = [EquipmentPiece("Cap", "Head", defence, skills=(("Swift", level),)) for defence, level in caps]
    table = EquipmentTable.from_pieces(pieces)
    builds = [(row,) for row in range(table.n_pieces)]
    config = Config(skills={"Swift": SkillRule(weight=0, maximum=3)}, defence_weight=1)
    assert best_of(table, config, builds) == (2,)
    assert best_of(table, config, builds[:2]) == (0,)
    demanding = replace(config, skills={"Swift": SkillRule(weight=0, maximum=3, minimum=2)})
    assert best_of(table, demanding, builds) == (1,)
    assert best_of(table, replace(config, min_defence=99), builds) == (2,)
    assert best_of(table, replace(config, exclude=("Cap",)), builds) == (2,)


@pytest.mark.parametrize("seed", range(60))
def test_a_build_is_filled_as_it_is_among_all_pieces(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=seed % 3 > 0, decorations=True)
    problem = compile_problem(job.table, job.config)
    assert problem.decorations is not None
    start = job.table.part_start.tolist()
    builds = [tuple(rng.randrange(start[b], start[b + 1]) for b in job.table.positions) for _ in range(3)]
    results, keeps = scored_builds(job.table, job.config, builds)
    if not all(keeps):
        problem = compile_problem(job.table, without_requirements(job.config))
    filler = Filler(problem)
    columns = results.combinations.columns
    assert results.scaled_scores.tolist() == score_columns(problem, columns, filler.scores).tolist()
    expected, fillings = filler.written(columns, results.scaled_scores).fillings, results.fillings
    assert fillings is not None
    for name in ("start", "decoration", "count", "free_slots"):
        assert getattr(fillings, name).tolist() == getattr(expected, name).tolist()


def test_builds_that_keep_all_demands_are_compiled_and_filled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(name: str) -> None:
        inner = getattr(explain_module, name)
        monkeypatch.setattr(explain_module, name, lambda *given: calls.append(name) or inner(*given))

    job = random_job(random.Random(3), full=True, decorations=True)
    results = optimize(job.table, without_requirements(job.config), limit=1)
    rows = [int(results.combinations.rows(k)[0]) for k in range(len(job.table.positions))]
    counted("compile_problem")
    counted("Filler")
    assert scored_builds(job.table, results.config, [tuple(rows)])[1] == [True]
    assert calls == ["compile_problem", "Filler"]
