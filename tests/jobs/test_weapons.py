"""Slots that take decorations for weapons, of parts and of pieces: for the search, verify and the oracle."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import oracle
import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

QUIET = {"defence": 0, "decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 0)}


@pytest.mark.parametrize(
    ("part", "declared", "best"),
    [
        ("Weapon", 1, ("Long Spear", "2x Point Jewel; 1x Plate Jewel", "13")),
        ("weapon", 1, ("Long Spear", "2x Point Jewel; 1x Plate Jewel", "13")),
        ("WEAPON", {"count": 1}, ("Long Spear", "2x Point Jewel; 1x Plate Jewel", "13")),
        ("Lance", {"decorations": "weapon"}, ("Long Spear", "2x Point Jewel; 1x Plate Jewel", "13")),
        ("Lance", 1, ("Short Spear", "1x Plate Jewel", "8")),
        ("Main Weapon", 1, ("Short Spear", "1x Plate Jewel", "8")),
    ],
)
def test_a_part_takes_weapon_decorations_by_name_in_any_case_or_where_it_is_declared(
    part: str, declared: object, best: tuple[str, str, str], tmp_path: Path
) -> None:
    equipment, config, jewels, out = (str(tmp_path / name) for name in ("e.csv", "c.json", "d.csv", "out.csv"))
    Path(equipment).write_text(
        "Name,Body Part,Skill 1 Name,Skill 1 Level,Num Lvl 2 Deco Slots\n"
        f"Long Spear,{part.title()},,,2\nShort Spear,{part},Reach,7,0\nHat,Head,,,1\n"
    )
    Path(jewels).write_text(
        "Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On\n"
        "Point Jewel,2,Reach,6,weapon\nPlate Jewel,1,Reach,1,armor\n"
    )
    rule = {"weight": 1, "max": 99, "penalty": 0}
    plain = {"body_parts": {part: declared, "Head": 1}, "files": {"decorations": "d.csv"}, "skills": {"Reach": rule}}
    Path(config).write_text(json.dumps({**QUIET, **plain, "limit": 9}))
    assert main(["optimize", equipment, out, config, "--quiet"]) == 0
    with open(out, encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row[part], row["Decorations"], row["Score"]) == best
    assert main(["verify", out, equipment, config]) == 0


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
@pytest.mark.parametrize("weapon_slots", [(0, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (1, 0, 1, 0)])
def test_a_piece_may_have_weapon_slots_of_its_own(engine: str, weapon_slots: tuple[int, int, int, int]) -> None:
    decorations = (
        Decoration(name="Edge", slot_level=1, skills=(("Attack", 2),), allowed_on="weapon"),
        Decoration(name="Plate", slot_level=2, skills=(("Attack", 3),), allowed_on="armor"),
    )
    config = Config(skills={"Attack": SkillRule(maximum=9)}, decorations=decorations, limit=10)
    pieces = [
        EquipmentPiece("plain", "Charm", slots=(1, 0, 1, 0)),
        EquipmentPiece("special", "Charm", slots=(1, 0, 1, 0), weapon_slots=weapon_slots),
    ]
    table = EquipmentTable.from_pieces(pieces)
    table._check()
    assert list(table) == pieces
    results = optimize(table, config, engine=engine)
    expected = oracle.best_builds(pieces, config)
    assert [results.score(row) for row in range(len(results))] == [build.score for build in expected]
