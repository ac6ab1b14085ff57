"""Six worlds of the examples: each job makes its list, again from its manifest, and verify finds it right."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "example_data"

WORLDS = {
    "knight": "equipment.csv",
    "lineup": "players.csv",
    "parts": "parts.csv",
    "timetable": "groups.csv",
    "hunter": "equipment.csv",
    "damage": "relics.csv",
}


def rows_of(world: str) -> list[dict[str, str]]:
    with open(EXAMPLES / world / "builds.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("world", WORLDS)
def test_a_world_makes_its_list_and_verify_finds_it_right(world: str, tmp_path: Path) -> None:
    equipment, config = str(EXAMPLES / world / WORLDS[world]), str(EXAMPLES / world / "config.json")
    out = tmp_path / "builds.csv"
    manifest = str(tmp_path / "manifest.json")
    assert main(["optimize", equipment, str(out), config, "--manifest", manifest, "--quiet"]) == 0
    assert out.read_bytes() == (EXAMPLES / world / "builds.csv").read_bytes()
    assert main(["verify", str(out), equipment, config, "--builds", "300", "--quiet"]) == 0
    again = tmp_path / "again.json"
    again.write_text(json.dumps(json.loads(Path(manifest).read_text(encoding="utf-8"))["config"]), encoding="utf-8")
    assert main(["optimize", equipment, str(tmp_path / "again.csv"), str(again), "--quiet"]) == 0
    assert (tmp_path / "again.csv").read_bytes() == out.read_bytes()


@pytest.mark.parametrize("world", ["parts", "timetable"])
def test_trying_every_build_gives_the_same_list(world: str, tmp_path: Path) -> None:
    equipment, config = str(EXAMPLES / world / WORLDS[world]), str(EXAMPLES / world / "config.json")
    out = tmp_path / "builds.csv"
    assert main(["optimize", equipment, str(out), config, "--engine", "exhaustive", "--workers", "1", "--quiet"]) == 0
    assert out.read_bytes() == (EXAMPLES / world / "builds.csv").read_bytes()


def test_the_tables_are_what_the_script_beside_them_writes(tmp_path: Path) -> None:
    script = (EXAMPLES / "make_worlds.py").read_text(encoding="utf-8")
    (tmp_path / "make_worlds.py").write_text(script, encoding="utf-8")
    subprocess.run([sys.executable, str(tmp_path / "make_worlds.py")], check=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv"))
    assert len(made) == 12
    for path in made:
        assert (tmp_path / path).read_bytes() == (EXAMPLES / path).read_bytes()


def test_the_knight_keeps_the_weight_and_the_poise() -> None:
    rows = rows_of("knight")
    assert all(float(row["Weight"]) <= 26 and int(row["Poise"]) >= 51 for row in rows)
    assert len({tuple(row.values())[:7] for row in rows}) == 20


def test_a_player_is_in_a_line_up_once() -> None:
    places = ["Keeper", "Runner 1", "Runner 2", "Catcher 1", "Catcher 2", "Catcher 3", "Thrower", "Flex"]
    line_ups = [frozenset(row[place] for place in places) for row in rows_of("lineup")]
    assert {len(line_up) for line_up in line_ups} == {8}
    assert len(set(line_ups)) == 150
    assert all(int(row["Salary"]) <= 50_000 and int(row["most of a team"]) <= 4 for row in rows_of("lineup"))


def test_the_hours_of_a_week_are_all_different() -> None:
    with open(EXAMPLES / "timetable" / "groups.csv", encoding="utf-8", newline="") as file:
        hours_of = {row["Name"]: row["Hours"].split("; ") for row in csv.DictReader(file)}
    for row in rows_of("timetable"):
        hours = [hour for name in list(row.values())[:6] if name for hour in hours_of[name]]
        assert len(set(hours)) == len(hours)


def test_the_weapon_is_the_last_piece_and_its_attack_is_weighed() -> None:
    best = rows_of("hunter")[0]
    assert list(best).index("Weapon") == 6
    assert int(best["Attack"]) > 200


def test_the_factors_of_damage_multiply_to_its_score() -> None:
    rows = rows_of("damage")
    assert all(
        Decimal(row["attack"]) * Decimal(row["critical"]) * Decimal(row["resistance"]) == Decimal(row["Score"])
        for row in rows
    )
    assert [Decimal(row["Score"]) for row in rows] == sorted((Decimal(row["Score"]) for row in rows), reverse=True)
