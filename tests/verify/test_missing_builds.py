"""Builds that are tried against a list: neighbours, climbs, and fillings that are never worth too much."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import oracle
import pytest
from decorated_job import DECORATED
from random_problems import Job, random_job

from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._matching import may_hold
from equipment_optimizer.verify._missing_builds import Challenge, greedy_score, other_fillings
from equipment_optimizer.verify._rows import Listed
from equipment_optimizer.verify.verifier import verify_builds


@pytest.mark.parametrize("seed", range(40))
def test_a_greedy_filling_is_never_worth_more_than_the_best(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
    definition = Definition(job.table, job.config)
    start = job.table.part_start
    for indices, pieces in oracle.combinations(job.pieces, job.config):
        rows = tuple(int(start[part]) + i for part, i in zip(job.table.positions, indices, strict=True))
        if sum(sum(piece.slots) for piece in pieces) > 3:
            continue
        greedy = greedy_score(definition, rows)
        best = oracle.score(pieces, job.config, job.resistance_names)
        assert greedy is None or (best is not None and Fraction(greedy, definition.denominator) <= best)


@pytest.mark.parametrize(("at_most", "worth"), [(1, 3), (2, 6), (3, 9), (None, 12)])
def test_a_greedy_filling_takes_what_gains_up_to_a_limit(at_most: int | None, worth: int) -> None:
    rules = {"Guard": SkillRule(weight=Decimal(3), maximum=9, at_most=at_most)}
    jewel = Decoration(name="Gem", slot_level=1, skills=(("Guard", 1),))
    config = Config(skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=(jewel,))
    job = Job([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0), skills=(("Guard", 1),))], config)
    definition = Definition(job.table, job.config)
    assert greedy_score(definition, (0,)) == worth * definition.denominator


@pytest.mark.parametrize("seed", range(12))
def test_what_is_found_missing_is_right_and_everything_is_found_by_trying_all(seed: int) -> None:
    job = random_job(random.Random(seed), full=True, n_most=3)
    definition = Definition(job.table, job.config)
    builds = Builds(job.table, allowed_rows(job.table, job.config))
    challenge = Challenge(definition, builds, {}, None, seed=seed)
    n_every, n_feasible = challenge.every_build()
    assert n_every == challenge.n_combinations
    assert n_feasible == len(challenge.missing) == len({missing.rows for missing in challenge.missing})
    assert all(definition.feasible_score(missing.rows) == missing.score for missing in challenge.missing)
    listed = {missing.rows: missing.score for missing in challenge.missing[1:]}
    spot = Challenge(definition, builds, listed, None, seed=seed)
    spot.random_builds(2_000)
    spot.exchanges(list(listed), 2_000)
    spot.climbs(2_000)
    for most in (0, 1, 5, 12):
        n_rows, n_tried = spot.exchanges(list(listed), most)
        assert n_tried <= most
        assert n_rows <= len(listed)
    assert {missing.rows for missing in spot.missing} <= {challenge.missing[0].rows if challenge.missing else ()}


def test_builds_behind_the_last_one_are_not_missing() -> None:
    job = random_job(random.Random(3), n_most=3)
    definition = Definition(job.table, job.config)
    builds = Builds(job.table, allowed_rows(job.table, job.config))
    everything = Challenge(definition, builds, {}, None, seed=1)
    everything.every_build()
    ranked = sorted(everything.missing, key=lambda missing: (-missing.score, missing.rows))
    for place, last in enumerate(ranked[:60]):
        challenge = Challenge(definition, builds, {}, (last.score, last.rows), seed=1)
        challenge.every_build()
        assert {missing.rows for missing in challenge.missing} == {own.rows for own in ranked[: place + 1]}


@pytest.mark.parametrize(("maximum", "free"), [(1, 0), (1, 2), (9, 2), (9, 4)])
def test_a_slot_is_filled_where_that_gains_more_than_it_is_worth_free(maximum: int, free: int) -> None:
    rules = {"Guard": SkillRule(weight=Decimal(3), maximum=maximum)}
    jewel = Decoration(name="Gem", slot_level=1, skills=(("Guard", 1),))
    config = Config(
        skills=rules, slot_weights=(Decimal(free),) * 4, slot_count_weight=Decimal(0), decorations=(jewel,),
        over_max="cap", unlisted_skill_weight=Decimal(0),
    )  # fmt: skip
    job = Job([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0))], config)
    definition = Definition(job.table, job.config)
    wanted = max(n * 3 + (3 - n) * free for n in range(min(maximum, 3) + 1))
    assert greedy_score(definition, (0,)) == wanted * definition.denominator


@pytest.mark.parametrize("placed", [[0, -1, 1], [-1, -1, -1], [0, 0, -1], [0, 1, 2]])
def test_other_fillings_differ_in_one_slot_and_none_is_left_out(placed: list[int]) -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    slots = [(True, 1), (False, 1), (False, 2)] if 2 not in placed else [(False, 1), (False, 2), (True, 1)]

    def told(placed: list[int]) -> tuple[dict[int, int], list[int]]:
        levels = [slot[1] for slot, number in zip(slots, placed, strict=True) if number < 0]
        return dict(Counter(number for number in placed if number >= 0)), [levels.count(n) for n in range(1, 5)]

    wanted = []
    for s, slot in enumerate(slots):
        for number in range(-1, 3):
            other = [*placed[:s], number, *placed[s + 1 :]]
            if other != placed and other.count(0) <= 2 and (number < 0 or may_hold(definition, slot, number)):
                wanted.append(told(other))
    filling, free = told(placed)
    row = Listed.__new__(Listed)
    row.slots, row.placed, row.filling, row.free_slots = slots, placed, filling, tuple(free)
    assert list(other_fillings(definition, row)) == wanted


def test_what_is_tried_is_counted_and_told_once() -> None:
    job = random_job(random.Random(3), n_most=3)
    builds = Builds(job.table, allowed_rows(job.table, job.config))
    challenge = Challenge(Definition(job.table, job.config), builds, {}, None, seed=1)
    assert challenge.random_builds(20) == 20
    assert challenge.climbs(1) == 1
    challenge.every_build()
    challenge.every_build()
    assert len(challenge.missing) == len({missing.rows for missing in challenge.missing})


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_list_as_long_as_its_limit_lacks_nothing(limit: int, tmp_path: Path) -> None:
    pieces = [EquipmentPiece(name, "Head", defence=n) for n, name in enumerate(("Cap", "Hat", "Hood", "Helm"))]
    job = Job(pieces, Config(limit=limit))
    write_csv(optimize(job.table, job.config), str(tmp_path / "out.csv"))
    verdict = verify_builds(str(tmp_path / "out.csv"), job.table, job.config)
    assert not verdict.differences
    assert "all 4 builds tried, 0 missing" in verdict.checks
