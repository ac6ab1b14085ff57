"""What pieces are worth, against all builds of small jobs."""

from __future__ import annotations

import dataclasses
import itertools
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from oracle import best_builds
from random_problems import Job, random_job

from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, CountRule, Decoration, PartRule, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def small_job(seed: int) -> Job:
    """A job that some build satisfies."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=seed % 2 == 0, n_most=3)
        if len(job.pieces) <= 12 and best_builds(job.pieces, job.config, 1, job.resistance_names):
            limit = rng.choice([1, 3, 10])
            return dataclasses.replace(job, config=dataclasses.replace(job.config, limit=limit))


def best(job: Job, pieces: list[EquipmentPiece], held: tuple[EquipmentPiece, ...] = ()) -> Fraction | None:
    """The best score of builds of these pieces that hold some, by looking at all."""
    builds = best_builds(pieces, job.config, None, job.resistance_names)
    return next((b.score for b in builds if all(any(p is h for p in b.pieces) for h in held)), None)


def distinct(job: Job) -> list[EquipmentPiece]:
    """The table's pieces as objects of their own, in its order."""
    return list(job.table)


@pytest.mark.parametrize("seed", range(60))
def test_every_value_is_that_of_all_builds(seed: int) -> None:
    job = small_job(seed)
    pieces = distinct(job)
    builds = best_builds(pieces, job.config, None, job.resistance_names)
    top = builds[0].score
    values = piece_values(job.table, job.config)
    assert [value.name for value in values] == [piece.name for piece in pieces]
    for piece, value in zip(pieces, values, strict=True):
        expected = best(job, pieces, (piece,))
        assert value.is_proved
        assert (value.best is None) == (expected is None)
        if expected is not None:
            assert Fraction(value.best) == expected
            assert Fraction(value.loss) == top - expected
        n_listed = sum(any(p is piece for p in build.pieces) for build in builds[: job.config.limit])
        assert value.n_listed == n_listed
        assert value.is_never_useful == (n_listed == 0)
        left = [other for other in pieces if other is not piece]
        is_whole = all(
            sum(p.body_part == part for p in left) >= sum(p.body_part == part for p in builds[0].pieces)
            for part in job.config.body_parts
        )
        without = best(job, left) if is_whole else None
        assert (value.loss_when_sold is None) == (without is None)
        if without is not None:
            assert Fraction(value.loss_when_sold) == top - without


@pytest.mark.parametrize("seed", range(40))
def test_wishes_and_pairs_bring_what_all_builds_say(seed: int) -> None:
    job = small_job(seed)
    rng = random.Random(seed + 1000)
    pieces = [piece._replace(name=f"Piece {number}") for number, piece in enumerate(job.table)]
    n_wishes = min(3, len(pieces) - 1)
    wishes = rng.sample(pieces, n_wishes)
    owned = [piece for piece in pieces if not any(piece is wish for wish in wishes)]
    for part, rule in job.config.body_parts.items():
        n_pieces, n_owned = (sum(p.body_part == part for p in some) for some in (pieces, owned))
        if n_owned < min(rule.count, n_pieces):
            return
    table, more = (
        EquipmentTable.from_pieces(own, body_parts=job.config.body_parts, resistance_names=job.resistance_names)
        for own in (owned, wishes)
    )
    top = best(job, owned)
    if top is None:
        return
    listed = best_builds(owned, job.config, job.config.limit, job.resistance_names)
    values = piece_values(table, job.config, wishes=more, pairs=True)
    of_wishes = [value for value in values if value.kind == "wish"]
    by_name = {wish.name: wish for wish in wishes}
    wishes = [by_name[value.name] for value in of_wishes]
    for wish, value in zip(wishes, of_wishes, strict=True):
        alone = best(job, [p for p in pieces if p is wish or any(p is o for o in owned)], (wish,))
        assert (value.best is None) == (alone is None)
        if alone is not None:
            assert Fraction(value.best) == alone
            assert Fraction(value.gain) == max(alone - top, 0)
        is_worse = len(listed) == job.config.limit and alone is not None and alone < listed[-1].score
        assert value.is_never_useful == (alone is None or is_worse)
    pairs = [value for value in values if value.kind == "pair"]
    assert len(pairs) == n_wishes * (n_wishes - 1) // 2
    for value in pairs:
        both = [by_name[name] for name in value.name.split(" + ")]
        together = best(job, [p for p in pieces if any(p is o for o in [*owned, *both])])
        assert Fraction(value.best) == together
        assert value.is_proved


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_one_more_of_a_decoration_brings_what_all_builds_say(seed: int) -> None:
    job = small_job(seed)
    values = [v for v in piece_values(job.table, job.config, decorations=True) if v.kind == "decoration"]
    limited = [n for n, one in enumerate(job.config.decorations or ()) if one.available is not None]
    assert len(values) == len(limited)
    for number, value in zip(limited, values, strict=True):
        jewels = list(job.config.decorations)
        jewels[number] = dataclasses.replace(jewels[number], available=jewels[number].available + 1)
        richer = dataclasses.replace(job, config=dataclasses.replace(job.config, decorations=tuple(jewels)))
        assert Fraction(value.best) == best(richer, distinct(job))


def test_decorations_that_only_gain_together_bring_nothing_alone() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0))])
    rules = {"Swift": SkillRule(maximum=None, values=(0, 0, 5)), "Calm": SkillRule(weight=2, maximum=2)}
    jewels = tuple(
        Decoration(name=f"{skill} {n}", slot_level=1, skills=((skill, 1),), available=0)
        for skill in ("Swift", "Calm")
        for n in range(2)
    )
    config = Config(skills=rules, slot_weights=(0, 0, 0, 0), slot_count_weight=0, decorations=jewels)
    values = [v for v in piece_values(table, config, decorations=True) if v.kind == "decoration"]
    assert [(v.gain, v.is_proved) for v in values] == [(0, True), (0, True), (2, True), (2, True)]
    n_asked = iter(range(10_000))
    stopped = piece_values(table, config, decorations=True, should_stop=lambda: next(n_asked) > 20)
    assert all(v.at_most is None or v.best is None or v.at_most >= v.best for v in stopped)


def test_talismans_of_each_skill_and_level_are_tried() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1, skills=(("Swift", 1),))])
    config = Config(skills={"Swift": SkillRule(maximum=3, weight=2)}, defence_weight=1)
    found = [v for v in piece_values(table, config, decorations=True) if v.kind == "talisman"]
    assert [(v.name, v.best, v.gain) for v in found] == [("Swift 1", 5, 2), ("Swift 2", 7, 4), ("Swift 3", 5, 2)]


def test_what_is_not_allowed_has_no_value() -> None:
    pieces = [EquipmentPiece("Cap", "Head", 1), EquipmentPiece("Hood", "Head", 3)]
    table = EquipmentTable.from_pieces(pieces)
    cap, hood = piece_values(table, Config(exclude=("Hood",)))
    assert (cap.best, hood.best, hood.is_allowed) == (1, None, False)


def test_a_wish_that_no_build_may_hold_is_never_useful_however_short_the_list() -> None:
    table, more = (
        EquipmentTable.from_pieces([EquipmentPiece(name, "Head", n)]) for name, n in (("Cap", 6), ("Rag", 0))
    )
    wish = piece_values(table, Config(min_defence=5, limit=5), wishes=more)[-1]
    assert (wish.kind, wish.best, wish.is_never_useful) == ("wish", None, True)


def test_without_any_build_the_error_says_why() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)])
    with pytest.raises(InfeasibleError, match="defence"):
        piece_values(table, Config(min_defence=5))


def test_after_a_stop_what_is_certain_is_told() -> None:
    job = small_job(3)
    for value in piece_values(job.table, job.config, should_stop=lambda: True):
        assert value.at_most is None or value.best is None or value.best <= value.at_most


@pytest.mark.parametrize(
    "limits",
    [
        {"counts": {"socket": CountRule(same="Socket")}},
        {"pin_all": {"Ring": (("Ring 2",),)}},
        {"counts": {"socket": CountRule(same="Socket")}, "pin_all": {"Head": (("Head 3",),), "Ring": (("Ring 0",),)}},
    ],
)
def test_one_value_for_all_and_pieces_that_must_be_there(limits: dict[str, Any]) -> None:
    rng = random.Random(7)
    parts = {"Head": 1, "Body": 1, "Ring": 2}
    pieces = [
        EquipmentPiece(f"{part} {k}", part, rng.randint(1, 9), skills=(("Fury", rng.randint(0, 3)),), other=(socket,))
        for part in parts
        for k, socket in enumerate(("A", "B", "", "A", "B"))
    ]
    table = EquipmentTable.from_pieces(pieces, body_parts=parts, other_names=("Socket",))
    skills = {"Fury": SkillRule(maximum=5, weight=4)}
    config = Config(
        skills=skills,
        body_parts={part: PartRule(count=count) for part, count in parts.items()},
        defence_weight=1,
        limit=1000,
        **limits,
    )
    listed = optimize(table, config).to_dicts()
    assert 5 < len(listed) < 250
    for value in piece_values(table, config):
        scores = [row["Score"] for row in listed if value.name in row.values()]
        assert value.best == (max(scores) if scores else None), value
        assert value.loss == (None if not scores else listed[0]["Score"] - max(scores))


def test_what_a_stop_leaves_unscored_stays_possible() -> None:
    folder = Path(__file__).resolve().parents[2] / "example_data" / "full"
    table, config, _ = load_job(folder / "equipment.csv", folder / "config.json")
    truth = [value.best for value in piece_values(table, config)]
    for n_most in (456, 472, 488):
        n_asked = itertools.count()
        stopped = piece_values(table, config, should_stop=lambda asked=n_asked, most=n_most: next(asked) >= most)
        for value, best in zip(stopped, truth, strict=True):
            assert value.at_most is None or best is None or value.at_most >= best
