"""Jobs whose slots are filled: random configurations for real tables, some where set bonuses decide, and a made table.

A folder of a table holds ``armour_ext.csv``, ``decorations.csv``, ``set_bonuses.csv``
and ``skills.csv``. Configurations are written as files, so that the whole command
can be run on them too; the same seed makes the same file everywhere.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from equipment_optimizer.loading import load_job

#: Name of the equipment file in a table's folder.
EQUIPMENT = "armour_ext.csv"

#: Weights that a listed skill may have.
WEIGHTS = (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6)


class Job(NamedTuple):
    """A table with a configuration: what it is called, its files, and how many skills it lists."""

    name: str
    equipment: str
    config: str
    n_skills: int


def draw(folder: Path, seed: int) -> dict[str, Any]:
    """A random configuration: 12 to 22 of the skills that some piece gives, a fifth of them with a minimum.

    Tables with fewer such skills list all they have.
    """
    rng = random.Random(seed)
    with (folder / EQUIPMENT).open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.DictReader(file))
    given = {row[key] for row in records for key in row if key.startswith("Skill ") and key.endswith(" Name")}
    with (folder / "skills.csv").open(encoding="utf-8-sig", newline="") as file:
        skills = [row["Name"] for row in csv.DictReader(file) if row["Name"] in given]
    rules: dict[str, dict[str, float]] = {}
    wanted = rng.randint(12, 22)
    for skill in rng.sample(skills, min(wanted, len(skills))):
        rules[skill] = {"weight": rng.choice(WEIGHTS)}
        if rng.random() < 0.2:
            rules[skill]["min"] = rng.randint(1, 2)
    return {
        "decorations": {"deco_1": 0.1, "deco_2": 0.2, "deco_3": 0.3, "deco_4": 0.5, "num_decos": 0.1},
        "skills": rules,
        "defence": 0.01,
        "limit": 100,
        "unlisted_skill_weight": 0,
        "over_max": "cap",
        "files": {what: str((folder / f"{what}.csv").resolve()) for what in ("decorations", "set_bonuses", "skills")},
    }


def write(folder: Path, name: str, document: dict[str, Any], target: Path) -> Job:
    """Write a configuration into the folder `target`."""
    path = target / f"{name.replace(' ', '_')}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return Job(name, str((folder / EQUIPMENT).resolve()), str(path.resolve()), len(document["skills"]))


def random_job(folder: Path, seed: int, target: Path) -> Job:
    """The configuration of a seed for a table, written."""
    return write(folder, f"{folder.name} {seed}", draw(folder, seed), target)


#: Where set bonuses decide: seed of the other skills, and what is listed besides.
_BONUS_RULES: dict[str, tuple[int, dict[str, dict[str, float]]]] = {
    # Two bonuses give it, with three pieces and with two.
    "bonus above pieces": (101, {"Critical Element": {"weight": 40}}),
    # Four pieces each, of five that count: only one of them can be had.
    "competing bonuses": (102, {"True Critical Element": {"weight": 42}, "Transcendance": {"weight": 41.5}}),
    # Worth nothing themselves: they raise the maximum from 5 to 7, and from 3 to 5.
    "raised maxima": (103, {"Agitator": {"weight": 9}, "Maximum Might": {"weight": 8}}),
    # All of it, and a bonus that has to be there.
    "all together": (
        104,
        {
            "Agitator": {"weight": 7},
            "Heroics": {"weight": 5},
            "True Dragonvein Awakening": {"weight": 60},
            "Critical Element": {"weight": 30},
            "Master's Touch": {"weight": 20},
            "Guts": {"weight": 1, "min": 1},
        },
    ),
}


def bonus_jobs(folder: Path, target: Path) -> list[Job]:
    """Configurations in which set bonuses decide; none where the table has no set bonuses."""
    with (folder / "set_bonuses.csv").open(encoding="utf-8-sig", newline="") as file:
        has_bonuses = any(True for _ in csv.DictReader(file))
    jobs = []
    for name, (seed, rules) in _BONUS_RULES.items() if has_bonuses else ():
        document = draw(folder, seed)
        document["skills"].update(rules)
        jobs.append(write(folder, f"{folder.name} {name}", document, target))
    return jobs


def made_table(folder: Path, seed: int = 0) -> None:
    """Write a small table with everything that the real ones have; skills and set bonuses keep their names."""
    rng = random.Random(seed)
    skills = ["Agitator", "Maximum Might", "Heroics", *(f"Skill {letter}" for letter in "ABCDEFGHIJKLM")]
    bonuses = [
        ("Bonus A", 2, "Critical Element"), ("Bonus B", 3, "Critical Element"), ("Bonus B", 2, "Agitator Secret"),
        ("Bonus C", 3, "True Critical Element"), ("Bonus A", 3, "Transcendance"), ("Bonus C", 2, "Guts"),
        ("Bonus A", 4, "Maximum Might Secret"), ("Bonus D", 2, "Master's Touch"), ("Bonus D", 3, "Heroics Secret"),
    ]  # fmt: skip
    slots = [f"Num Lvl {level} Deco Slots" for level in range(1, 5)]
    header = ["Name", "Body Part", "Base Defence", *slots, "Set Bonus 1"]
    header += [f"Skill {k} {what}" for k in (1, 2) for what in ("Name", "Level")]
    pieces: list[list[object]] = [header]
    for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm"):
        for number in range(8):
            free = [int(rng.random() < 0.3) for _ in range(4)]
            own = [cell for skill in rng.sample(skills, 2) for cell in (skill, rng.randint(1, 2))]
            bonus = rng.choice(["", "Bonus A", "Bonus B", "Bonus C", "Bonus D"]) if part != "Charm" else ""
            pieces.append([f"{part} {number}", part, rng.randint(0, 150), *free, bonus, *own])
    jewels: list[list[object]] = [["Name", "Slot Level", *header[-4:]]]
    for number, skill in enumerate(skills):
        jewels.append([f"Jewel {number}", rng.randint(1, 3), skill, 1, "", ""])
        jewels.append([f"Pair {number}", 4, skill, 1, rng.choice([s for s in skills if s != skill]), 1])
    caps: list[list[object]] = [["Name", "Max Level", "Cap Without Unlock", "Cap Raised By"]]
    caps += [[s, 5, 3, f"{s} Secret" if number < 3 else ""] for number, s in enumerate(skills)]
    caps += [[skill, 1, 1, ""] for skill in sorted({skill for _, _, skill in bonuses})]
    steps: list[list[object]] = [["Bonus Name", "Pieces Required", "Skill", "Level"]]
    steps += [[*bonus, 1] for bonus in bonuses]
    files = {EQUIPMENT: pieces, "decorations.csv": jewels, "set_bonuses.csv": steps, "skills.csv": caps}
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def dearest_piece(job: Job) -> tuple[float, float]:
    """What no piece with its slots filled is worth more than, and the highest weight of a skill that set bonuses give.

    Slot by slot the best decoration is counted, maxima are not: too much rather than too little.
    """
    table, config, _ = load_job(job.equipment, job.config)

    def worth(skills: Iterable[tuple[str, int]]) -> Decimal:
        return sum((config.skills[s].weight * level for s, level in skills if s in config.skills), Decimal(0))

    fill = [
        max([worth(d.skills) for d in config.decorations or () if d.slot_level <= level] or [Decimal(0)])
        for level in range(1, 5)
    ]
    dearest = max(
        worth(piece.skills)
        + config.defence_weight * piece.defence
        + sum((n * own for n, own in zip(piece.slots, fill, strict=True)), Decimal(0))
        for piece in table
    )
    by_bonus = {step.skill for step in config.set_bonuses or ()}
    return float(dearest), float(max(rule.weight for name, rule in config.skills.items() if name in by_bonus))
