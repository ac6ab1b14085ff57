"""What a build is and what it is worth, held against the oracle and the selection."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest
from random_problems import random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.config import Config, FilterRule, PartRule, SkillRule, Weapon
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._limits import decimal_text


@pytest.mark.parametrize("seed", range(30))
def test_definition_scores_as_the_oracle_does(seed: int) -> None:
    job = random_job(random.Random(seed), full=True, n_most=3)
    definition = Definition(job.table, job.config)
    start = job.table.part_start
    for indices, pieces in oracle.combinations(job.pieces, job.config):
        rows = tuple(int(start[part]) + i for part, i in zip(job.table.positions, indices, strict=True))
        score = definition.feasible_score(rows)
        want = oracle.score(pieces, job.config, job.resistance_names)
        assert (None if score is None else Fraction(score, definition.denominator)) == want


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("7", "7"),
        ("-7", "-7"),
        ("1/4", "0.25"),
        ("-1/4", "-0.25"),
        ("-5/4", "-1.25"),
        ("41/2", "20.5"),
        ("100", "100"),
    ],
)
def test_decimals_have_no_trailing_zeros(value: str, text: str) -> None:
    assert decimal_text(Fraction(value)) == text


@pytest.mark.parametrize("seed", range(20))
def test_allowed_rows_are_those_of_the_selection(seed: int) -> None:
    rng = random.Random(seed)
    cells = ["", "1", "1.0", "2", "x", "10", "-3", "1e1", "nan", "1_0"]
    pieces = [
        EquipmentPiece(rng.choice("abcd"), part, other=(rng.choice(cells),), line=line)
        for line, part in enumerate(["Head"] * 12 + ["Body"] * 3)
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Rarity",))
    texts = tuple(rng.sample(cells[1:], 2))
    rule = FilterRule(
        column="Rarity",
        minimum=rng.choice([None, Decimal(1)]),
        maximum=rng.choice([None, Decimal(10)]),
        one_of=rng.choice([None, None, texts]),
        none_of=rng.choice([None, texts]),
        blank=rng.random() < 0.5,
    )
    config = Config(filters=(rule,), pin=rng.choice([{}, {"Head": ("a", "b")}]), exclude=rng.choice([(), ("a",)]))
    own = [row for rows in allowed_rows(table, config) for row in rows]
    try:
        selected = [piece.line for piece in select_pieces(table, config)]
    except InfeasibleError:
        assert any(not rows for rows in allowed_rows(table, config))
    else:
        assert [int(table.line[row]) for row in own] == selected


def test_a_filter_of_some_parts_lets_the_others_pass() -> None:
    pieces = [EquipmentPiece(name, part, other=(cell,)) for name, part, cell in
              [("a", "Head", "1"), ("b", "Head", "9"), ("c", "Body", "1"), ("d", "Body", "")]]  # fmt: skip
    table = EquipmentTable.from_pieces(pieces, other_names=("Rarity",))
    rule = FilterRule(column="Rarity", minimum=Decimal(5), parts=("Head",))
    assert allowed_rows(table, Config(filters=(rule,))) == [[1], [2, 3]]
    assert allowed_rows(table, Config(filters=(replace(rule, parts=None),))) == [[1], []]
    assert allowed_rows(table, Config(filters=(replace(rule, parts=("Body",), blank=True),))) == [[0, 1], [3]]


def test_slots_are_those_of_pieces_parts_and_the_weapon() -> None:
    pieces = [
        EquipmentPiece("Charm", "Charm", slots=(2, 0, 0, 0), weapon_slots=(1, 0, 0, 0)),
        EquipmentPiece("Bow", "Bow", slots=(0, 1, 0, 0)),
        EquipmentPiece("Cap", "Head", slots=(0, 0, 1, 0)),
    ]
    parts = (("Charm", 1), ("Bow", 1), ("Head", 1))
    config = Config(
        body_parts={**dict(parts), "Bow": PartRule(takes_weapon_decorations=True)}, weapon=Weapon(slots=(0, 0, 0, 1))
    )
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    slots = Definition(table, config).slots_of((0, 1, 2))
    assert slots == [(True, 1), (False, 1), (True, 2), (False, 3), (True, 4)]


@pytest.mark.parametrize("name", ["weapon", "WEAPON", "Weapon"])
def test_a_part_named_weapon_takes_weapon_decorations_in_any_case(name: str) -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Axe", name, slots=(1, 0, 0, 0))], body_parts=((name, 1),))
    assert Definition(table, Config(body_parts=((name, 1),))).slots_of((0,)) == [(True, 1)]


def test_a_skill_without_a_maximum_is_worth_its_weight_at_every_level() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", skills=(("Fury", 50),))])
    definition = Definition(table, Config(skills={"Fury": SkillRule(weight=Decimal("1.5"), maximum=None)}))
    assert definition.score_text(definition.skill_worth("Fury", 50, {"Fury": 50})) == "75"
