"""Rows that differ: against the sequence by looking at every build."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from checks import fractions_of, indices_of
from oracle import best_builds, sequence, slots_of, totals
from random_problems import Job, random_job

from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search import differing_rows as sequences
from equipment_optimizer.search.bounded import in_order

RULES = (
    {"different_pieces": 1},
    {"different_pieces": 2},
    {"different_pieces": 3},
    {"different_skills": True},
    {"share": Decimal("0.4")},
    {"share": Decimal("0.1"), "share_except": ("the first",)},
    {"share": Decimal("0.5"), "different_pieces": 2},
    {"share": Decimal("0.7"), "different_skills": True},
)


def job_of(seed: int, *, decorations: bool) -> Job:
    """A job that some build satisfies, every piece an object of its own."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=decorations, n_most=4)
        pieces = [piece._replace() for piece in job.pieces]
        job = dataclasses.replace(job, pieces=pieces)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            return job


@pytest.mark.parametrize("engine", ["auto", "bounded"])
@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("seed", range(8))
def test_every_row_is_the_next_one_that_is_different_enough(
    seed: int, rules: dict, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequences, "_FIRST", 1)
    job = job_of(seed, decorations=seed % 2 == 0 and "different_skills" not in rules)
    limit = 1 + seed
    if "share_except" in rules:
        rules = {**rules, "share_except": (job.pieces[0].name,)}
    config = dataclasses.replace(job.config, limit=limit, **rules)
    expected = sequence(job.pieces, config, limit, job.resistance_names)
    results = optimize(job.table, config, engine=engine)
    assert indices_of(results) == [build.indices for build in expected]
    assert fractions_of(results) == [build.score for build in expected]
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations


@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_filled_rows_differ_in_a_listed_skill(seed: int) -> None:
    job = job_of(seed, decorations=True)
    results = optimize(job.table, dataclasses.replace(job.config, limit=20, different_skills=True))
    levels = results.skill_levels(0, len(results))
    outcomes = [tuple(int(levels[s][k]) if s in levels else 0 for s in job.config.skills) for k in range(len(results))]
    assert len(set(outcomes)) == len(outcomes)
    every = optimize(job.table, dataclasses.replace(job.config, limit=100_000))
    levels = every.skill_levels(0, len(every))
    seen = [tuple(int(levels[s][k]) if s in levels else 0 for s in job.config.skills) for k in range(len(every))]
    assert outcomes == list(dict.fromkeys(seen))[:20]


def test_pieces_that_are_alike_in_outcome_cost_nothing() -> None:
    pieces = [EquipmentPiece(f"{part} {n}", part, n) for part in ("Head", "Body", "Arms", "Legs") for n in range(200)]
    table = EquipmentTable.from_pieces(pieces)
    results = optimize(table, Config(limit=5, different_skills=True, skills={}))
    assert len(results) == 1
    assert results.report.proved
    assert results.score(0) == 4 * 199


def test_after_a_stop_rows_are_marked() -> None:
    job = job_of(4, decorations=False)
    config = dataclasses.replace(job.config, limit=5, different_pieces=2)
    results = optimize(job.table, config, engine="bounded", should_stop=lambda: True)
    assert results.report.proved or results.proved_rows is not None


@pytest.mark.parametrize("rules", [{"different_pieces": 2}, {"variants": "one"}], ids=str)
def test_rows_of_a_list_are_polled_in_chunks(rules: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every chunk asks whether to stop; whenever it shall, the rows so far are the first of all."""
    monkeypatch.setattr(sequences, "_FIRST", 1)
    monkeypatch.setattr(sequences, "_AT_ONCE", 2)
    pieces = [EquipmentPiece(f"{part} {k}", part, k) for part in ("Head", "Body", "Arms") for k in range(6)]
    table, config = EquipmentTable.from_pieces(pieces), Config(limit=40, defence_weight=1, **rules)
    polls = 0

    def stops_at(n_most: int) -> bool:
        nonlocal polls
        polls += 1
        return polls > n_most

    every = optimize(table, config, engine="exhaustive", should_stop=lambda: stops_at(10**9))
    n_polls = polls
    assert every.report.proved
    assert n_polls >= 216 // 2 // 4
    cut = []
    for n_most in range(1, n_polls):
        polls = 0
        results = optimize(table, config, engine="exhaustive", should_stop=partial(stops_at, n_most))
        if not results.report.proved and results.proved_rows is not None and results.proved_rows.all():
            assert indices_of(results) == indices_of(every)[: len(results)]
            cut.append(results)
        assert polls <= n_polls
    assert any(len(results) < len(every) for results in cut)


def test_ties_of_a_stopped_list_are_in_rank_order() -> None:
    """Those that were known and not yet looked at, too."""
    rng = random.Random(3)
    skills = {f"Skill {k}": SkillRule(weight=1, maximum=9) for k in range(6)}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, skills=[(s, rng.choice([1, 2])) for s in worn])
        for part in ("Head", "Body", "Arms", "Waist", "Legs")
        for k, worn in enumerate(rng.sample(list(skills), 2) for _ in range(40))
    ]
    table, config = EquipmentTable.from_pieces(pieces), Config(limit=60, variants="one", skills=skills)
    n_open = 0
    for n_most in range(1, 160, 3):
        polls = itertools.count()
        results = optimize(table, config, engine="bounded", should_stop=lambda: next(polls) >= n_most)  # noqa: B023
        rows = [(-results.score(k), indices) for k, indices in enumerate(indices_of(results))]
        assert rows == sorted(rows)
        n_open += 0 if results.proved_rows is None else int((~results.proved_rows).sum() > 1)
    assert n_open


def test_a_stopped_list_counts_no_variants() -> None:
    """Of an outcome that is listed there may be builds that were not found."""
    rng = random.Random(0)
    skills = {f"Skill {k}": SkillRule(weight=1 + k, maximum=4) for k in range(4)}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, rng.randrange(3), skills=[(s, rng.choice([1, 2])) for s in worn])
        for part in ("Head", "Body", "Arms", "Waist", "Legs")
        for k, worn in enumerate(rng.sample(list(skills), 2) for _ in range(8))
    ]
    table, config = EquipmentTable.from_pieces(pieces), Config(limit=30, variants="one", skills=skills)
    notices: list[str] = []
    results = optimize(table, config, engine="exhaustive", should_stop=lambda: True, on_notice=notices.append)
    assert len(results)
    assert results.variants == (None,) * len(results)
    assert "how many builds rows stand for is not known: some are not found" in notices


def drawn_job(seed: int) -> Job:
    """A job of few pieces with places that may stay empty, and a part that draws from others."""
    rng = random.Random(seed)
    parts = {
        "Front": PartRule(optional=rng.random() < 0.5, count=rng.choice([1, 1, 2])),
        "Back": PartRule(optional=rng.random() < 0.5),
        "Any": PartRule(optional=rng.random() < 0.6, drawn_from=("Front", "Back")[: rng.choice([0, 1, 2, 2])]),
    }
    pieces = [
        EquipmentPiece(f"{part} {k}", part, rng.randrange(4), skills=[("Swift", rng.choice([1, 2]))] * rng.randrange(2))
        for part, rule in parts.items()
        for k in range(rng.choice([2, 3]))
    ]
    skills = {"Swift": SkillRule(weight=rng.choice([1, 2]), maximum=3)}
    config = Config(body_parts=parts, skills=skills, defence_weight=1)
    return Job(pieces, config)


@pytest.mark.parametrize("engine", ["auto", "bounded"])
@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("seed", range(12))
def test_places_that_stay_empty_and_parts_that_draw_from_others(
    seed: int, rules: dict, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty place differs from every piece and is none that a share counts; a piece is the same in any place."""
    monkeypatch.setattr(sequences, "_FIRST", 1)
    job, limit = drawn_job(seed), 2 + 3 * (seed % 4)
    if "share_except" in rules:
        rules = {**rules, "share_except": (job.pieces[0].name,)}
    config = dataclasses.replace(job.config, limit=limit, **rules)
    expected = sequence(job.pieces, config, limit)
    results = optimize(job.table, config, engine=engine)
    assert indices_of(results) == [build.indices for build in expected]
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations


def test_no_two_builds_differ_in_more_pieces_than_they_have() -> None:
    parts = ("Head", "Body", "Legs")
    table = EquipmentTable.from_pieces(
        [EquipmentPiece(f"{part} {k}", part, k % 7) for part in parts for k in range(200)]
    )
    told: list[str] = []
    results = optimize(table, Config(defence_weight=1, different_pieces=4, limit=9), on_notice=told.append)
    assert len(results) == 1
    assert results.report.proved
    assert sum(results.report.counts.values()) == 200**3
    assert "different asks for 4 pieces, a build has 3: no row follows the first" in told


@pytest.mark.parametrize(("skills", "is_told"), [({}, True), ({"Fury": SkillRule(weight=1, maximum=5)}, False)])
def test_no_two_builds_differ_in_listed_skills_where_none_is_listed(skills, is_told: bool) -> None:
    pieces = [EquipmentPiece(f"Cap {k}", "Head", k, skills=(("Fury", k),)) for k in range(1, 4)]
    told: list[str] = []
    config = Config(defence_weight=1, skills=skills, different_skills=True, limit=9)
    results = optimize(EquipmentTable.from_pieces(pieces), config, on_notice=told.append)
    assert len(results) == (1 if is_told else 3)
    sentence = "different asks for another total of a listed skill, and none is listed: no row follows the first"
    assert (sentence in told) is is_told


def test_what_it_does_not_know_is_refused() -> None:
    plain = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)])
    with pytest.raises(UsageError, match="a scorer of one's own"):
        optimize(plain, Config(share=0.4), scorer=lambda block: block.total_defence)
    with pytest.raises(InputError, match="no piece is called 'Cup'"):
        optimize(plain, Config(share=0.4, share_except=("Cup",)))


def outcome(build, job: Job):
    """Score and every total that is weighed or limited, by definition; without decorations."""
    config = job.config
    levels, _ = totals(build.pieces, config)
    free = [level for _, level in slots_of(build.pieces, config)]
    names = [name for name in job.resistance_names if name in config.resistances]
    has_defence = config.defence_weight or config.min_defence is not None
    return (
        build.score,
        tuple(levels[skill] for skill in config.skills),
        sum(n for skill, n in levels.items() if skill not in config.skills) if config.unlisted_skill_weight else 0,
        tuple(free.count(level) for level, weight in enumerate(config.slot_weights, 1) if weight),
        len(free) if config.slot_count_weight else 0,
        sum(piece.defence for piece in build.pieces) if has_defence else 0,
        tuple(sum(p.resistances[job.resistance_names.index(name)] for p in build.pieces) for name in names),
    )


@pytest.mark.parametrize("engine", ["auto", "bounded"])
@pytest.mark.parametrize("seed", range(40))
def test_variants_are_listed_once_and_counted(seed: int, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "_FIRST", 1)
    job = job_of(seed, decorations=False)
    config = dataclasses.replace(job.config, limit=1 + seed % 7, variants="one")
    first, times = {}, Counter()
    for build in best_builds(job.pieces, job.config, None, job.resistance_names):
        key = outcome(build, job)
        first.setdefault(key, build)
        times[key] += 1
    results = optimize(job.table, config, engine=engine)
    expected = list(first.items())[: config.limit]
    assert indices_of(results) == [build.indices for _, build in expected]
    assert list(results.variants) == [times[key] for key, _ in expected]
    assert results.to_dicts()[0]["Variants"] == times[expected[0][0]]


def test_fifteen_digits_of_ties_cost_no_more_than_one() -> None:
    pieces = [EquipmentPiece(f"{part} {n}", part, n % 2) for part in "ABCDEF" for n in range(320)]
    parts = dict.fromkeys("ABCDEF", 1)
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    results = optimize(table, Config(limit=3, variants="one", body_parts=parts))
    assert [results.score(k) for k in range(3)] == [6, 5, 4]
    assert list(results.variants) == [160**6, 6 * 160**6, 15 * 160**6]
    assert results.combinations[0].indices == (1,) * 6


@pytest.mark.parametrize("gives_up", [False, True])
def test_where_too_many_share_the_last_score_the_count_is_left_out(
    monkeypatch: pytest.MonkeyPatch, gives_up: bool
) -> None:
    def give_up(*_: object) -> None:
        raise in_order.TooManyCandidates

    monkeypatch.setattr(sequences, "_FIRST", 1)
    monkeypatch.setattr(sequences, "_MOST_COUNTED_OF_MANY" if gives_up else "_MOST_COUNTED", 2)
    if gives_up:
        monkeypatch.setattr(sequences, "_FEW", 1)
        monkeypatch.setattr(in_order.InOrder, "next", give_up)
        monkeypatch.setattr(sequences, "rows_of_ties", lambda *_, **__: None)
    pieces = [EquipmentPiece(f"{part} {n}", part, n) for part in "ABCDEF" for n in range(4)]
    parts = dict.fromkeys("ABCDEF", 1)
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    notices: list[str] = []
    results = optimize(table, Config(limit=3, variants="one", body_parts=parts), notices=notices)
    assert results.variants[:2] == (1, 6)
    assert results.variants[2] is None
    assert any("is not known" in notice for notice in notices)
