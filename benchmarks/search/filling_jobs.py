"""Jobs whose slots are filled: families of random configurations for real tables, and a made table.

Three families: ``random``, any skills under round weights; ``popular``, what everybody
wants, weighed to the second decimal; ``required``, a list of levels that a build must
have, with an inventory of talismans. Besides some where set bonuses decide.

A folder of a table holds ``armour_ext.csv``, ``decorations.csv``, ``set_bonuses.csv``
and ``skills.csv``. Configurations are written as files, so that the whole command
can be run on them too; the same seed makes the same file everywhere.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from equipment_optimizer.importers.talismans import talismans_file
from equipment_optimizer.loading.jobs import load_job

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


def records_of(path: Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def skills_of(record: dict[str, str]) -> list[tuple[str, int]]:
    """Skills and levels of a piece or a decoration."""
    names = [key for key in record if key.startswith("Skill ") and key.endswith(" Name") and record[key]]
    return [(record[key], int(record[key.replace("Name", "Level")])) for key in names]


def document(folder: Path, rules: dict[str, dict[str, float]], slots: dict[str, float], limit: int) -> dict[str, Any]:
    """A configuration with these rules for skills and these weights of free slots."""
    return {
        "decorations": slots,
        "skills": rules,
        "defence": 0.01,
        "limit": limit,
        "unlisted_skill_weight": 0,
        "over_max": "cap",
        "files": {what: str((folder / f"{what}.csv").resolve()) for what in ("decorations", "set_bonuses", "skills")},
    }


def draw(folder: Path, seed: int) -> dict[str, Any]:
    """A random configuration: 12 to 22 of the skills that some piece gives, a fifth of them with a minimum.

    Tables with fewer such skills list all they have.
    """
    rng = random.Random(seed)
    given = {skill for record in records_of(folder / EQUIPMENT) for skill, _ in skills_of(record)}
    skills = [row["Name"] for row in records_of(folder / "skills.csv") if row["Name"] in given]
    rules: dict[str, dict[str, float]] = {}
    wanted = rng.randint(12, 22)
    for skill in rng.sample(skills, min(wanted, len(skills))):
        rules[skill] = {"weight": rng.choice(WEIGHTS)}
        if rng.random() < 0.2:
            rules[skill]["min"] = rng.randint(1, 2)
    return document(folder, rules, {"deco_1": 0.1, "deco_2": 0.2, "deco_3": 0.3, "deco_4": 0.5, "num_decos": 0.1}, 100)


#: What free slots weigh where no kind of slot is worth more than another.
EQUAL_SLOTS = {"deco_1": 0.1, "deco_2": 0.1, "deco_3": 0.1, "deco_4": 0.1, "num_decos": 0.05}


def draw_popular(folder: Path, seed: int) -> dict[str, Any]:
    """A configuration as players write them: 10 to 18 skills, drawn by how many pieces and jewels give them.

    Weights have two decimals, and free slots are worth the same.
    """
    rng = random.Random(f"popular {seed}")
    given = Counter(
        skill
        for name in (EQUIPMENT, "decorations.csv")
        for record in records_of(folder / name)
        for skill, _ in skills_of(record)
    )
    known = [row["Name"] for row in records_of(folder / "skills.csv") if row["Name"] in given]
    rules: dict[str, dict[str, float]] = {}
    for _ in range(min(rng.randint(10, 18), len(known))):
        (skill,) = rng.choices(known, [given[name] for name in known])
        known.remove(skill)
        rules[skill] = {"weight": rng.randint(100, 700) / 100}
    return document(folder, rules, EQUAL_SLOTS, 100)


def write(folder: Path, name: str, settings: dict[str, Any], target: Path) -> Job:
    """Write a configuration into the folder `target`."""
    path = target / f"{name.replace(' ', '_')}.json"
    path.write_text(json.dumps(settings, indent=1, ensure_ascii=False), encoding="utf-8")
    return Job(name, str((folder / EQUIPMENT).resolve()), str(path.resolve()), len(settings["skills"]))


def random_job(folder: Path, seed: int, target: Path) -> Job:
    """The configuration of a seed for a table, written."""
    return write(folder, f"{folder.name} {seed}", draw(folder, seed), target)


def popular_job(folder: Path, seed: int, target: Path) -> Job:
    """What everybody wants, written."""
    return write(folder, f"{folder.name} popular {seed}", draw_popular(folder, seed), target)


#: Talismans of an inventory, and random builds of which the one with most levels is asked for.
N_TALISMANS = 500
N_TRIES = 200


def required_job(folder: Path, seed: int, target: Path) -> Job:
    """16 to 22 skills at the levels that some random build has, from armour and an inventory of talismans, written.

    Every level is worth the same, so the best builds tie.
    """
    rng = random.Random(f"required {seed}")
    name = f"{folder.name} required {seed}"
    stem = target / name.replace(" ", "_")
    skills = [(row["Name"], int(row["Max Level"])) for row in records_of(folder / "skills.csv")]
    armour = [record for record in records_of(folder / EQUIPMENT) if record["Body Part"] != "Charm"]
    by_decoration = records_of(folder / "decorations.csv")
    given = {skill for record in (*armour, *by_decoration) for skill, _ in skills_of(record)}
    talismans = _talismans([(skill, most) for skill, most in skills if skill in given], rng, stem)
    pieces = [*armour, *talismans]
    levels = _levels_of_a_build(pieces, by_decoration, dict(skills), rng)
    wanted = min(rng.randint(16, 22), len(levels))
    rules = {skill: {"weight": 1.0, "min": levels[skill]} for skill in rng.sample(sorted(levels), wanted)}
    columns = list(dict.fromkeys(key for record in pieces for key in record))
    equipment = stem.with_suffix(".csv")
    with equipment.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(pieces)
    settings = {**document(folder, rules, dict.fromkeys(EQUAL_SLOTS, 0.0), 20), "defence": 0}
    return write(folder, name, settings, target)._replace(equipment=str(equipment.resolve()))


def _talismans(skills: list[tuple[str, int]], rng: random.Random, stem: Path) -> list[dict[str, str]]:
    """An inventory, by way of the file that players exchange, as records of an equipment file."""
    lines = []
    for _ in range(N_TALISMANS):
        cells: list[object] = []
        for skill, most in rng.sample(skills, 2):
            cells += [skill, rng.randint(1, min(most, 3))]
        if rng.random() < 0.3:
            cells[2:] = ["", 0]
        slots = sorted(rng.choices(range(4), [5, 3, 2, 1], k=3), reverse=True)
        lines.append(",".join(map(str, [*cells, *slots])))
    path = stem.with_suffix(".txt")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    records = list(csv.DictReader(talismans_file(path)[0].splitlines()))
    for number, record in enumerate(records, 1):
        record["Name"] += f" #{number}"
        for level in range(1, 5):
            record[f"Slots Lvl {level}"] = record.pop(f"Num Lvl {level} Deco Slots")
    return records


def _levels_of_a_build(
    pieces: list[dict[str, str]], decorations: list[dict[str, str]], most: dict[str, int], rng: random.Random
) -> dict[str, int]:
    """Levels, no higher than the maxima, of the build with most of them of some random ones, every slot filled."""
    by_part: dict[str, list[dict[str, str]]] = {}
    for record in pieces:
        by_part.setdefault(record["Body Part"], []).append(record)
    fitting = {level: [d for d in decorations if int(d["Slot Level"]) <= level] for level in range(1, 5)}
    best: dict[str, int] = {}
    for _ in range(N_TRIES):
        chosen = [rng.choice(own) for own in by_part.values()]
        levels: Counter[str] = Counter()
        for record in chosen:
            levels.update(dict(skills_of(record)))
            for level in range(1, 5):
                for _ in range(int(record[f"Slots Lvl {level}"] or 0)):
                    levels.update(dict(skills_of(rng.choice(fitting[level]))))
        own = {skill: min(n, most[skill]) for skill, n in levels.items() if most.get(skill)}
        best = max(best, own, key=lambda each: sum(each.values()))
    return best


#: What makes the job of a seed, by family, and how many seeds are timed.
FAMILIES: dict[str, tuple[Callable[[Path, int, Path], Job], int]] = {
    "random": (random_job, 20),
    "popular": (popular_job, 40),
    "required": (required_job, 40),
}


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
    has_bonuses = bool(records_of(folder / "set_bonuses.csv"))
    jobs = []
    for name, (seed, rules) in _BONUS_RULES.items() if has_bonuses else ():
        settings = draw(folder, seed)
        settings["skills"].update(rules)
        jobs.append(write(folder, f"{folder.name} {name}", settings, target))
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
    slots = [f"Slots Lvl {level}" for level in range(1, 5)]
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


def table_folders(data: Path, names: Sequence[str], into: Path, *, quick: bool = False) -> list[Path]:
    """The folders of the tables that are there; where none is, or a run is to be quick, that of a made one."""
    folders = [] if quick else [data / name for name in names if (data / name / EQUIPMENT).is_file()]
    if not folders:
        folders = [into / "made"]
        folders[0].mkdir()
        made_table(folders[0])
    return folders


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
