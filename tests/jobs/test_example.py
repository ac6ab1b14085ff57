"""The examples, byte for byte, and judged by a brute force that shares no code with the package.

To make the expected files anew after a change of the examples, run the commands
that `REMAKE` lists from the root of the checkout; these tests judge the result.
"""

import csv
import heapq
import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "example_data"

#: Arguments of ``python main.py``, from the root of the checkout.
REMAKE = {
    "plain": ("equipment.csv", "combinations.csv", "config.json"),
    "extended": (
        "extended/equipment_extended.csv",
        "extended/combinations_extended.csv",
        "extended/config_extended.json",
    ),
}

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")


def read_pieces(path):
    """Pieces by body part: name, skills, slots, defence, resistances, and the raw row."""
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";" if text.startswith("Name;") else ","))
    pieces = {part: [] for part in PARTS}
    for row in rows:
        skills = {}
        for k in (1, 2, 3):
            if row.get(f"Skill {k} Name"):
                skills[row[f"Skill {k} Name"]] = int(row[f"Skill {k} Level"])
        pieces[row["Body Part"]].append(
            {
                "name": row.get("Name") or row["Equipment Piece Name"],
                "skills": skills,
                "slots": [
                    int(row.get(f"Slots Lvl {s}") or row.get(f"Num Lvl {s} Deco Slots") or 0) for s in (1, 2, 3, 4)
                ],
                "defence": int(row.get("Defence") or row.get("Base Defence") or 0),
                "resistances": {name: int(value) for name, value in row.items() if name.endswith(" Res")},
                "row": row,
            }
        )
    return pieces


def skill_score(rule, level, over_max):
    if "values" in rule:
        return Decimal(str(rule["values"][min(max(level, 0), len(rule["values"]) - 1)]))
    weight = Decimal(str(rule["weight"]))
    if level <= rule["max"]:
        return level * weight
    return rule["max"] * weight if over_max == "cap" else level * Decimal(str(rule["penalty"]))


def totals_of(build):
    skills, resistances = {}, {}
    for piece in build:
        for name, level in piece["skills"].items():
            skills[name] = skills.get(name, 0) + level
        for name, points in piece["resistances"].items():
            resistances[name] = resistances.get(name, 0) + points
    slots = [sum(piece["slots"][s] for piece in build) for s in range(4)]
    return skills, slots, sum(piece["defence"] for piece in build), resistances


def judge(config):
    """The score of a build, or None where it misses a minimum; ten-thousandths, as an integer."""
    unlisted = config.get("unlisted_skill_weight", 1)
    weights = [config["decorations"][f"deco_{s}"] + config["decorations"]["num_decos"] for s in (1, 2, 3, 4)]
    scale = lambda number: int(Decimal(str(number)) * 10_000)
    slot_weights, defence_weight, unlisted = [scale(w) for w in weights], scale(config["defence"]), scale(unlisted)
    tables = {
        name: {level: scale(skill_score(rule, level, config.get("over_max"))) for level in range(30)}
        for name, rule in config["skills"].items()
    }
    skill_minima = {name: rule["min"] for name, rule in config["skills"].items() if "min" in rule}
    resistance_rules = {f"{name.capitalize()} Res": rule for name, rule in config.get("resistances", {}).items()}

    def score(skills, slots, defence, resistances):
        if defence < config.get("min_defence", 0):
            return None
        if any(skills.get(name, 0) < least for name, least in skill_minima.items()):
            return None
        total = defence * defence_weight + sum(map(int.__mul__, slots, slot_weights))
        for name, rule in resistance_rules.items():
            if "min" in rule and resistances[name] < rule["min"]:
                return None
            total += resistances[name] * scale(rule.get("weight", 0))
        for name, table in tables.items():
            total += table[skills.get(name, 0)]
        return total + unlisted * sum(level for name, level in skills.items() if name not in tables)

    return score


def brute_force(equipment, config):
    """The expected output file, as text."""
    pieces = read_pieces(equipment)
    for column, rule in config.get("filter", {}).items():
        for part in PARTS:
            pieces[part] = [piece for piece in pieces[part] if int(piece["row"][column]) >= rule["min"]]
    score = judge(config)
    scored = (
        (-points, rank, build)
        for rank, build in enumerate(itertools.product(*pieces.values()))
        if (points := score(*totals_of(build))) is not None
    )
    best = heapq.nsmallest(config["limit"], scored, key=lambda entry: entry[:2])
    names = sorted({name for _, _, build in best for piece in build for name in piece["skills"]})
    resistances = list(best[0][2][0]["resistances"])
    lines = [
        ",".join(
            [*PARTS, *names, *(f"Lvl {s} Decoration Slot" for s in (1, 2, 3, 4)), "Defence", *resistances, "Score"]
        )
    ]
    for points, _, build in best:
        skills, slots, defence, points_of = totals_of(build)
        quoted = ['"{}"'.format(n.replace('"', '""')) if '"' in n else n for n in (piece["name"] for piece in build)]
        text = f"{Decimal(-points) / 10_000:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        cells = [*(skills.get(name, 0) for name in names), *slots, defence, *(points_of[name] for name in resistances)]
        lines.append(",".join([*quoted, *map(str, cells), text]))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module", params=REMAKE)
def example(request):
    return tuple(EXAMPLES / name for name in REMAKE[request.param])


@pytest.mark.parametrize("options", [(), ("--engine", "exhaustive"), ("--engine", "exhaustive", "--workers", "2")])
def test_the_output_is_the_expected_file(example, tmp_path, options):
    equipment, expected, config = example
    assert main(["optimize", str(equipment), str(tmp_path / "out.csv"), str(config), "--quiet", *options]) == 0
    assert (tmp_path / "out.csv").read_bytes() == expected.read_bytes()


def test_brute_force_gives_the_expected_file(example):
    equipment, expected, config = example
    text = brute_force(equipment, json.loads(config.read_text(encoding="utf-8")))
    assert text == expected.read_bytes().decode()


def test_the_example_has_as_many_combinations_as_it_says():
    assert [len(pieces) for pieces in read_pieces(EXAMPLES / "equipment.csv").values()] == [13, 11, 9, 10, 6, 3]


def test_the_example_has_ties():
    rows = list(csv.DictReader((EXAMPLES / "combinations.csv").read_text(encoding="utf-8").splitlines()))
    assert len({row["Score"] for row in rows}) < len(rows) == 100
