"""What makes builds variants; the lists are held against every build in tests/search/test_differing_rows.py."""

import dataclasses

import numpy as np
import pytest

from equipment_optimizer.output.outcomes import counted_values, objective_values, piece_columns, weighed_totals
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, CountRule, Decoration, FilterRule, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

TABLE = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 2, (1, 0, 0, 0)), EquipmentPiece("Hat", "Head", 3)])


def test_only_what_is_weighed_or_limited_counts():
    results = optimize(TABLE, Config(limit=2))
    free = results.free_slots(0, 2)
    columns = weighed_totals(results, free[:, 0])
    # Unlisted skills, slots of each level, slots in all, defence: the cap comes first.
    assert [column.tolist() for column in columns] == [[1, 0], [1, 0], *([[0, 0]] * 3), [1, 0], [2, 3]]
    nothing = Config(slot_weights=(0, 0, 0, 0), slot_count_weight=0, defence_weight=0, unlisted_skill_weight=0)
    assert weighed_totals(optimize(TABLE, nothing), free[:1, 0]) == []
    # Nor do pieces differ by more than that, save for slots that decorations may fill.
    *slots, unlisted, defence = piece_columns(TABLE, Config(skills={}))
    assert (unlisted.tolist(), defence.tolist()) == ([0, 0], [2, 3])
    assert [column.tolist() for column in slots] == [[1, 0], *([[0, 0]] * (len(slots) - 1))]
    assert piece_columns(TABLE, nothing) == []
    jewel = Decoration(name="Jewel", slot_level=1, skills=(("Fury", 1),))
    assert len(piece_columns(TABLE, dataclasses.replace(nothing, decorations=(jewel,)))) == len(slots)


def test_a_set_bonus_tells_pieces_apart_by_a_skill_that_is_named_or_weighed():
    step = SetBonusStep(bonus="Pack", pieces_required=2, skill="Howl", level=1)
    nothing = Config(slot_weights=(0, 0, 0, 0), slot_count_weight=0, defence_weight=0, unlisted_skill_weight=0)
    nothing = dataclasses.replace(nothing, set_bonuses=(step,))
    assert piece_columns(TABLE, nothing) == []
    assert len(piece_columns(TABLE, dataclasses.replace(nothing, skills={"Howl": SkillRule()}))) == 1
    assert len(piece_columns(TABLE, dataclasses.replace(nothing, unlisted_skill_weight=1))) == 2


def with_teams(*teams: str) -> EquipmentTable:
    pieces = [EquipmentPiece(f"{part} {team}", part, 1, other=(team,)) for part in ("Head", "Body") for team in teams]
    return EquipmentTable.from_pieces(pieces, other_names=("Team",))


def test_of_counted_values_it_is_told_apart_how_many_pieces_carry_each() -> None:
    table = with_teams("A", "B; A", "")
    nothing = Config(slot_weights=(0, 0, 0, 0), slot_count_weight=0, defence_weight=0, unlisted_skill_weight=0)
    nothing = dataclasses.replace(nothing, skills={})
    rule = CountRule(each="Team", separator=";", maximum=1)
    counts = {"teams": rule, "none": dataclasses.replace(rule, where=(FilterRule(column="Team", one_of=("C",)),))}
    (carried, most), (nobody, _) = counted_values(table, dataclasses.replace(nothing, counts=counts))
    assert (carried.T.tolist(), most) == ([[0] * 6, [1, 1, 0] * 2, [0, 1, 0] * 2], 1)
    assert nobody.T.tolist() == [[0] * 6]
    assert piece_columns(table, dataclasses.replace(nothing, counts=counts)) == []
    # Where all have to carry the same value, how many carry each.
    columns = piece_columns(table, dataclasses.replace(nothing, counts={"team": CountRule(same="Team")}))
    assert [column.tolist() for column in columns] == [[0] * 6, [1, 0, 0] * 2, [0, 1, 0] * 2]
    # No build has one of these twice: it matters only whether it has any.
    named = [EquipmentPiece(f"{part} {k}", part, 1, other=(f"{part} {k}",)) for part in ("Head", "Body") for k in "12"]
    blank = EquipmentPiece("Hood", "Head", 1, other=("",))
    distinct = EquipmentTable.from_pieces([*named, blank], other_names=("Team",))
    carried, _ = counted_values(distinct, dataclasses.replace(nothing, counts={"teams": rule}))[0]
    assert carried.T.tolist() == [[1, 1, 0, 1, 1]]
    columns = piece_columns(table, dataclasses.replace(nothing, counts={"all": CountRule(maximum=1)}))
    assert [column.tolist() for column in columns] == [[True] * 6]


@pytest.mark.parametrize("n_teams", [2, 3, 5])
def test_builds_alike_in_all_sums_are_alike_in_what_is_counted(n_teams: int) -> None:
    table = with_teams(*"ABCDE"[:n_teams])
    config = Config(limit=99, counts={"few": CountRule(each="Team", maximum=2)})
    results = optimize(table, config, engine="exhaustive")
    carried = counted_values(table, config)[0][0].T
    columns = [
        results.combinations.total(column.astype(np.int64)) for column in (*piece_columns(table, config), *carried)
    ]
    counted = weighed_totals(results, np.zeros(len(results), dtype=np.int64))
    outcome_of = {}
    for sums, outcome in zip(zip(*columns, strict=True), zip(*counted, strict=True), strict=True):
        assert outcome_of.setdefault(sums, outcome) == outcome


def test_values_of_builds() -> None:
    pieces = [EquipmentPiece("Cap", "Head", 5, skills=(("Fury", 2),)), EquipmentPiece("Hood", "Head", 9)]
    config = Config(skills={"Fury": SkillRule(weight=3, maximum=5)}, front=("Score", "Defence", "-Fury", "Fire Res"))
    values = objective_values(optimize(EquipmentTable.from_pieces(pieces), config))
    assert [(own.title, own.sign, column.tolist()) for own, column, _ in values] == [
        ("Score", 1, [11, 9]),
        ("Defence", 1, [5, 9]),
        ("Fury", -1, [2, 0]),
        ("Fire Res", 1, [0, 0]),
    ]
