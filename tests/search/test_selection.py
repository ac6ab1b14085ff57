"""What a configuration's rows that differ mean for a table."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from checks import fractions_of, indices_of
from oracle import best_builds, sequence
from random_formulas import with_formula
from random_problems import Job, random_job

from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, CountRule, FilterRule, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search import differing_rows as sequences
from equipment_optimizer.search.bounded._merged_states import States
from equipment_optimizer.verify.verifier import verify_builds


def test_a_level_that_only_a_set_bonus_gives_makes_rows_differ() -> None:
    pieces = [
        EquipmentPiece(f"{part} {k}", part, 2 - k, set_bonuses=["Pack"] * k)
        for part in ("Head", "Body")
        for k in range(2)
    ]
    config = Config(
        limit=9,
        different_skills=True,
        defence_weight=1,
        skills={"Howl": SkillRule(weight=0)},
        set_bonuses=(SetBonusStep(bonus="Pack", pieces_required=2, skill="Howl", level=1),),
    )
    results = optimize(EquipmentTable.from_pieces(pieces), config)
    assert indices_of(results) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_builds_with_other_counts_are_no_variants(engine: str) -> None:
    """Whichever pieces carry a counted value: two with and two without here."""
    teams = {"Legs": ("", "B"), "Charm": ("A", "A")}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, 2, other=(team,))
        for part, of_part in teams.items()
        for k, team in enumerate(of_part)
    ]
    counts = {
        "few": CountRule(where=FilterRule(column="Team", one_of=("A", "B"))),
        "teams": CountRule(each="Team", maximum=1),
    }
    config = Config(limit=9, variants="one", defence_weight=1, skills={}, counts=counts)
    results = optimize(EquipmentTable.from_pieces(pieces, other_names=("Team",)), config, engine=engine)
    assert (indices_of(results), results.variants) == ([(0, 0), (1, 0)], (2, 2))


@pytest.mark.parametrize("engine", ["auto", "bounded", "exhaustive"])
@pytest.mark.parametrize("seed", range(6))
def test_outcomes_that_other_pieces_add_up_to_are_one(seed: int, engine: str) -> None:
    """Builds of different pieces tie in sums; a part takes two of them."""
    rng = random.Random(seed)
    parts = {"Ring": 2, "Head": 1, "Body": 1}
    values = {part: [rng.randrange(6) for _ in range(5)] for part in parts}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, own) for part, defences in values.items() for k, own in enumerate(defences)
    ]
    config = Config(limit=6, variants="one", defence_weight=1, body_parts=parts)
    first: dict[int, tuple[int, ...]] = {}
    times: Counter[int] = Counter()
    for rings in itertools.combinations(range(5), 2):
        for head, body in itertools.product(range(5), repeat=2):
            total = sum(values["Ring"][k] for k in rings) + values["Head"][head] + values["Body"][body]
            first.setdefault(total, (*rings, head, body))
            times[total] += 1
    wanted = sorted(first, reverse=True)[:6]
    results = optimize(EquipmentTable.from_pieces(pieces, body_parts=parts), config, engine=engine)
    assert indices_of(results) == [first[total] for total in wanted]
    assert list(results.variants) == [times[total] for total in wanted]


@pytest.mark.parametrize(
    ("rules", "rows", "variants"),
    [
        # Of four builds two come to 2: the outcomes are 4, 2 and 0.
        ({"different_pieces": 1, "limit": 4}, [(1, 1), (0, 1), (0, 0)], [1, 2, 1]),
        ({"different_pieces": 2, "limit": 4}, [(1, 1), (0, 0)], [1, 1]),
        ({"different_pieces": 2, "limit": 2}, [(1, 1), (0, 0)], [1, None]),
        ({"share": Decimal("0.5"), "limit": 2}, [(1, 1), (0, 0)], [1, None]),
    ],
)
def test_variants_beside_other_rules(rules: dict, rows: list[tuple[int, ...]], variants: list[int | None]) -> None:
    pieces = [EquipmentPiece(f"{part} {k}", part, 2 * k) for part in ("Head", "Body") for k in range(2)]
    config = Config(variants="one", defence_weight=1, **rules)
    notices: list[str] = []
    results = optimize(EquipmentTable.from_pieces(pieces), config, notices=notices)
    assert indices_of(results) == rows
    assert list(results.variants or ()) == variants
    assert any("outcomes are counted" in notice for notice in notices) is (None in variants)


def test_variants_beside_other_rules_are_not_counted_after_a_stop() -> None:
    parts = ("Head", "Body", "Arms", "Waist", "Legs")
    pieces = [EquipmentPiece(f"{part} {k}", part, k) for part in parts for k in range(9)]
    config = Config(variants="one", different_pieces=2, defence_weight=1, limit=30)
    polls = iter(range(10**9))
    results = optimize(EquipmentTable.from_pieces(pieces), config, should_stop=lambda: next(polls) > 3)
    assert not results.report.proved
    assert list(results.variants or ()) == [None] * len(results)


@pytest.mark.parametrize("n_pieces", [400, 6_000])
def test_more_ties_than_could_be_listed_are_counted(n_pieces: int) -> None:
    """All of them by arithmetic: with k points less than the most there are C(k + 5, 5) builds of six pieces."""
    parts = dict.fromkeys("ABCDEF", 1)
    pieces = [EquipmentPiece(f"{part} {n}", part, n % 400) for part in parts for n in range(n_pieces)]
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    results = optimize(table, Config(limit=60, variants="one", defence_weight=1, body_parts=parts))
    ways, copies = [1] + [0] * 59, (n_pieces // 400) ** 6
    for _ in parts:
        ways = list(itertools.accumulate(ways))
    assert [int(results.score(k)) for k in range(60)] == [6 * 399 - k for k in range(60)]
    assert list(results.variants) == [n * copies for n in ways]
    assert results.report.proved


@pytest.mark.parametrize("most", [1, 2, 3, None])
def test_which_values_are_counted_tells_no_builds_apart(most: int | None) -> None:
    """By arithmetic: six of thirty teams, some more than once, each by five copies of a piece."""
    parts, teams = dict.fromkeys("ABCDEF", 1), range(30)
    pieces = [
        EquipmentPiece(f"{part} {team} {k}", part, 7, other=(f"team {team}",))
        for part in parts
        for team in teams
        for k in range(5)
    ]
    # Ways to divide places among teams: of each way to have so many equal ones so many choices of teams.
    ways: Counter[int] = Counter()
    for labels in itertools.product(range(6), repeat=6):
        if all(label <= max(labels[:k], default=-1) + 1 for k, label in enumerate(labels)):
            ways[max(Counter(labels).values())] += math.perm(30, max(labels) + 1)
    counts = {"teams": CountRule(each="Team", maximum=most)}
    table = EquipmentTable.from_pieces(pieces, other_names=("Team",), body_parts=parts)
    config = Config(limit=9, variants="one", skills={}, counts=counts, body_parts=parts)
    results = optimize(table, config)
    wanted = range(most or 6, 0, -1)  # the first of rank has all of one team, as far as it may
    assert list(results.variants or ()) == [5**6 * ways[highest] for highest in wanted]
    assert [row["teams"] for row in results.to_dicts()] == list(wanted)


@pytest.mark.parametrize("seed", range(8))
def test_builds_are_counted_value_by_value_as_they_are_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    parts = {"Ring": 2, "Head": 1, "Body": 1}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, rng.randrange(3), other=(rng.choice("ABCDE"), rng.choice(["", "x", "y"])))
        for part in parts
        for k in range(6)
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Team", "Hour"), body_parts=parts)
    counts = {"teams": CountRule(each="Team", maximum=rng.choice([1, 2])), "hours": CountRule(each="Hour", maximum=2)}
    config = Config(limit=9, variants="one", skills={}, counts=counts, body_parts=parts)
    expected = optimize(table, config, engine="exhaustive")
    together, leaves = [], States.leaves

    def none_part_by_part(states: States, *given: Any) -> Any:
        together.append(states)
        return leaves(states, *given[:2], 0)

    monkeypatch.setattr(States, "leaves", none_part_by_part)
    results = optimize(table, config, engine="bounded")
    assert any(states.is_by_value for states in together)
    assert (indices_of(results), results.variants) == (indices_of(expected), expected.variants)


def test_what_is_neither_weighed_nor_limited_makes_no_outcome() -> None:
    """Pieces of other slots, other set bonuses and other skills that count for nothing: all builds are one row."""
    rng = random.Random(3)
    parts = dict.fromkeys("ABCDEF", 1)
    pieces = [
        EquipmentPiece(
            f"{part} {k}",
            part,
            rng.randrange(99),
            tuple(rng.choices(range(3), k=4)),
            skills=((f"Skill {rng.randrange(40)}", rng.randint(1, 9)),),
            set_bonuses=(f"Pack {k % 9}",),
        )
        for part in parts
        for k in range(200)
    ]
    steps = tuple(SetBonusStep(bonus=f"Pack {k}", pieces_required=2, skill=f"Skill {k}", level=1) for k in range(9))
    config = Config(limit=5, variants="one", body_parts=parts, skills={}, set_bonuses=steps)
    config = dataclasses.replace(config, slot_weights=(0, 0, 0, 0), slot_count_weight=0, defence_weight=0)
    config = dataclasses.replace(config, unlisted_skill_weight=0)
    polls = itertools.count()
    results = optimize(
        EquipmentTable.from_pieces(pieces, body_parts=parts), config, should_stop=lambda: next(polls) > 500
    )
    assert results.report.proved
    assert results.variants == (200**6,)
    assert indices_of(results) == [(0,) * 6]


FORMULA_RULES = (
    {"different_pieces": 2},
    {"different_skills": True},
    {"share": Decimal("0.4")},
    {"share": Decimal("0.5"), "different_pieces": 1},
)


def formula_job(seed: int, *, decorations: bool) -> Job:
    """A job with a formula that some build satisfies."""
    rng = random.Random(seed)
    while True:
        job = with_formula(rng, random_job(rng, full=False, decorations=decorations, n_most=3))
        pieces = [piece._replace() for piece in job.pieces]
        job = dataclasses.replace(job, pieces=pieces)
        if best_builds(pieces, job.config, 1, job.resistance_names, other_names=job.other_names):
            return job


@pytest.mark.parametrize("rules", FORMULA_RULES, ids=str)
@pytest.mark.parametrize("seed", range(8))
def test_rows_by_a_formula_differ(seed: int, rules: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "_FIRST", 1)
    job = formula_job(seed, decorations=seed % 2 == 0 and "different_skills" not in rules)
    config = dataclasses.replace(job.config, limit=2 + seed, **rules)
    expected = sequence(job.pieces, config, config.limit, job.resistance_names, other_names=job.other_names)
    results = optimize(job.table, config)
    assert indices_of(results) == [build.indices for build in expected]
    assert fractions_of(results) == [build.score for build in expected]
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations
    assert (results.fillings is None) == (config.decorations is None)


@pytest.mark.parametrize("seed", range(12))
def test_outcomes_by_a_formula_are_listed_once(seed: int, tmp_path: Path) -> None:
    """As `verify` has it, which knows outcomes by definition."""
    job = formula_job(seed, decorations=seed % 3 == 0)
    config = dataclasses.replace(job.config, limit=5, variants="one")
    results = optimize(job.table, config)
    every = optimize(job.table, dataclasses.replace(job.config, limit=10_000))
    assert sum(results.variants) <= len(every)
    write_csv(results, tmp_path / "builds.csv")
    assert verify_builds(tmp_path / "builds.csv", job.table, config, n_builds=500).differences == ()
