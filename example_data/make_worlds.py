"""Writes the invented tables of six worlds: knight, lineup, parts, timetable, hunter and damage.

    python example_data/make_worlds.py

The numbers come from one seed for each world; every run writes the same bytes. The
configurations beside the tables are written by hand.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent

SYLLABLES = ("al", "bar", "cor", "dun", "el", "far", "gal", "hol", "is", "jor", "kel", "lor", "mar", "nor", "or", "pel")


def name(rng: random.Random, n_syllables: int = 2) -> str:
    """An invented name."""
    return "".join(rng.choice(SYLLABLES) for _ in range(n_syllables)).capitalize()


def names(rng: random.Random, count: int, n_syllables: int = 2) -> list[str]:
    """Different invented names."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[name(rng, n_syllables)] = None
    return list(found)


def write(path: str, header: str, rows: Iterable[Iterable[object]]) -> None:
    """Write one table; `header` names its columns, parted by commas."""
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def knight() -> None:
    """Armour of which the heavier protects better, talismans, shields."""
    rng = random.Random("knight")
    shares = {"Helm": 0.2, "Chest": 0.5, "Gauntlets": 0.12, "Greaves": 0.28}
    rows: list[list[object]] = []
    for set_name in names(rng, 24):
        heaviness = rng.uniform(0.15, 1)
        for part, share in shares.items():
            weight = round(28 * heaviness * share * rng.uniform(0.9, 1.1), 1)
            guard = round(40 * share * heaviness**0.5 * rng.uniform(0.92, 1.08), 1)
            poise = round(90 * heaviness * share * rng.uniform(0.8, 1.2))
            rows.append([f"{set_name} {part}", part, weight, poise, guard])
    for stone in ("Bull", "Turtle", "Heron", "Ox", "Wolf", "Owl", "Ram", "Stag"):
        poise, guard = rng.choice([(0, 4.5), (6, 1.5), (9, 0), (3, 2.5)])
        rows.append([f"{stone} Talisman", "Talisman", rng.choice([0.3, 0.6, 0.9]), poise, guard])
    for shield in names(rng, 6):
        weight = rng.choice([1.5, 2.5, 4.0, 6.5])
        rows.append([f"{shield} Shield", "Off-hand", weight, rng.choice([0, "", 2]), round(weight * 0.9 + 0.5, 1)])
    write("knight/equipment.csv", "Name,Body Part,Weight,Poise,Guard", rows)


def lineup() -> None:
    """284 players of an invented sport, with what they cost and are expected to score."""
    rng = random.Random("lineup")
    teams = names(rng, 16)
    positions = {"Keeper": 36, "Runner": 80, "Catcher": 112, "Thrower": 56}
    players = iter(names(rng, sum(positions.values()), 3))
    rows: list[list[object]] = []
    for position, count in positions.items():
        for number in range(count):
            points = round(max(0.4, rng.gauss(11, 5)), 2)
            salary = round(min(9900, max(3000, 2600 + 330 * points * rng.uniform(0.75, 1.25))), -2)
            rows.append(
                [f"{next(players)} {position[0]}{number + 1}", position, rng.choice(teams), int(salary), points]
            )
    write("lineup/players.csv", "Name,Body Part,Team,Salary,Points", rows)


def parts() -> None:
    """Parts of a computer; a supply gives the watts that the others take."""
    rng = random.Random("parts")
    rows: list[list[object]] = []
    for number in range(14):
        socket, memory = rng.choice([("S5", "M5"), ("S5", "M5"), ("S4", "M4"), ("Q1", "M5"), ("Q1", "M4")])
        rows.append([f"Board {number + 1}", "Board", rng.randint(80, 260), 40, 0, socket, memory])
    for number in range(18):
        speed = rng.randint(30, 100)
        price = round(3.1 * speed * rng.uniform(0.8, 1.3))
        watts = round(45 + 0.9 * speed)
        rows.append([f"Processor {number + 1}", "Processor", price, watts, speed, rng.choice(["S5", "S4", "Q1"]), ""])
    for number in range(10):
        size = rng.choice([16, 32, 64])
        kind = rng.choice(["M4", "M5"])
        rows.append(
            [f"Memory {size} GB No. {number + 1}", "Memory", size * 3 + rng.randint(0, 20), 8, size // 4, "", kind]
        )
    for number in range(16):
        speed = rng.randint(40, 160)
        price = round(5 * speed * rng.uniform(0.8, 1.25))
        rows.append([f"Graphics {number + 1}", "Graphics", price, round(60 + 1.6 * speed), 2 * speed, "", ""])
    for number in range(9):
        watts = rng.choice([450, 550, 650, 750, 850])
        rows.append(
            [f"Supply {watts} W No. {number + 1}", "Supply", round(watts / 7) + rng.randint(0, 30), -watts, 0, "", ""]
        )
    write("parts/parts.csv", "Name,Body Part,Price,Watts,Speed,Socket,Memory Type", rows)


def timetable() -> None:
    """Groups of courses, each at hours of its own."""
    rng = random.Random("timetable")
    courses = {
        "Mathematics": (3, 4),
        "Physics": (2, 3),
        "Language": (2, 3),
        "History": (2, 2),
        "Drawing": (1, 2),
        "Choir": (1, 1),
    }
    slots = [f"{day} {hour}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for hour in (8, 10, 14, 16)]
    rows: list[list[object]] = []
    for course, (n_hours, worth) in courses.items():
        for group in "ABCDEFG":
            hours = sorted(rng.sample(slots, n_hours), key=slots.index)
            early = sum(hour.endswith(" 8") for hour in hours)
            rows.append([f"{course} {group}", course, "; ".join(hours), worth, rng.randint(20, 50) / 10, early])
    write("timetable/groups.csv", "Name,Body Part,Hours,Credits,Rating,Early Hours", rows)


SKILLS = ("Might", "Keen Eye", "Focus", "Guard", "Vigour", "Stealth", "Leap", "Resolve")


def hunter() -> None:
    """Armour, talismans, decorations, set bonuses and a list of weapons."""
    rng = random.Random("hunter")

    def skills(count: int, highest: int) -> list[object]:
        cells: list[object] = []
        for skill in rng.sample(SKILLS, count):
            cells += [skill, rng.randint(1, highest)]
        return cells + [""] * (4 - len(cells))

    def slots(*weights: int) -> str:
        levels = sorted(rng.choices((0, 1, 2, 3, 4), weights, k=2), reverse=True)
        return "-".join(str(level) for level in levels if level) or "0"

    rows: list[list[object]] = []
    beasts = names(rng, 12)
    for beast in beasts:
        bonus = f"{beast} Oath" if beast in beasts[:4] else ""
        for part in ("Head", "Body", "Arms", "Waist", "Legs"):
            given = skills(rng.choice([1, 2, 2]), 2)
            rows.append([f"{beast} {part}", part, rng.randint(40, 70), *given, slots(3, 3, 3, 2, 1), "", bonus])
    for number in range(20):
        given = skills(rng.choice([1, 2]), 3)
        rows.append(
            [f"Talisman {number + 1}", "Charm", 0, *given, slots(4, 4, 2, 1, 0), rng.choice(["", "", "1", "2"]), ""]
        )
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,"
    header += "Slots,Weapon Slots,Set Bonus"
    write("hunter/equipment.csv", header, rows)
    weapons = []
    for number, weapon in enumerate(names(rng, 240, 3)):
        attack = 180 + rng.randint(0, 12) * 5
        given = skills(rng.choice([0, 0, 1]), 1)[:2]
        edge = rng.choice(["green", "blue", "blue", "white"])
        weapons.append(
            [f"{weapon} {number + 1}", attack, rng.choice([-10, 0, 0, 5, 15]), edge, *given, slots(3, 3, 2, 1, 1)]
        )
    write("hunter/weapons.csv", "Name,Attack,Affinity,Edge,Skill 1 Name,Skill 1 Level,Slots", weapons)
    jewels = [[f"{skill} Jewel", 1 + k % 3, skill, 1, "", "", "any"] for k, skill in enumerate(SKILLS)]
    jewels += [[f"{skill} Edge", 2, skill, 2, "", "", "weapon"] for skill in SKILLS[:3]]
    jewels += [["Hunter Jewel", 4, "Might", 1, "Vigour", 1, "armor"]]
    header = "Name,Slot Level,Skill 1 Name,Skill 1 Level,Skill 2 Name,Skill 2 Level,Allowed On"
    write("hunter/decorations.csv", header, jewels)
    steps = [
        [f"{beast} Oath", needed, rng.choice(SKILLS[:5]), level]
        for beast in beasts[:4]
        for needed, level in ((2, 1), (4, 3))
    ]
    write("hunter/set_bonuses.csv", "Bonus Name,Pieces Required,Skill,Level", steps)


def damage() -> None:
    """Relics that multiply: attack, chances and what a critical hit does, with skills, slots, sets and weapons."""
    rng = random.Random("damage")
    skills = ("Fury", "Precision", "Ruin", "Calm")
    rows: list[list[object]] = []
    houses = names(rng, 6)
    for part in ("Crest", "Band", "Clasp", "Ring", "Pendant"):
        for number in range(40):
            house = rng.choice(houses)
            attack = rng.choice([0, 0, rng.randint(4, 40)])
            share, rate, hurt = (round(rng.choice([0, rng.uniform(0.3, 1)]) * most, 1) for most in (16.0, 12.0, 24.0))
            skill, level = rng.choice([*[("", "")] * 4, *((own, rng.choice([1, 1, 2])) for own in skills)])
            slots = rng.choice(["0", "0", "0", "1", "2", "3"])
            rows.append([f"{house} {part} {number + 1}", part, attack, share, rate, hurt, skill, level, slots, house])
    header = "Name,Body Part,Attack,Attack %,Critical Rate,Critical Damage,Skill,Level,Slots,Set Bonus"
    write("damage/relics.csv", header, rows)
    weapons = []
    for weapon in names(rng, 24, 3):
        attack = rng.randint(30, 60) * 10
        rate = round(rng.choice([0, 0, rng.uniform(5, 30)]), 1)
        weapons.append([f"{weapon} Blade", attack, round(rng.choice([0, rng.uniform(5, 25)]), 1), rate, 0])
    write("damage/weapons.csv", "Name,Attack,Attack %,Critical Rate,Critical Damage", weapons)
    jewels = [[f"{skill} Gem", 1 + k, skill, 1] for k, skill in enumerate(skills[:3])]
    write("damage/decorations.csv", "Name,Slot Level,Skill 1 Name,Skill 1 Level", jewels)
    steps = []
    for house in houses:
        for needed, level in ((2, 1), (4, 2)):
            steps.append([house, needed, rng.choice(skills[:3]), level])
    write("damage/set_bonuses.csv", "Bonus Name,Pieces Required,Skill,Level", steps)


if __name__ == "__main__":
    for make in (knight, lineup, parts, timetable, hunter, damage):
        make()
