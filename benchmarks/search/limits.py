"""Budgets, counts, flex places and lists of weapons: what they cost, beside the same jobs without.

    python benchmarks/search/limits.py [--data FOLDER] [--programme N] [--quick]

The lineup is made from a seed: 284 players of seven positions with salary, team and
points; nine places, one of them for anybody but a pitcher, no more than four of a team.
``--programme N`` asks an integer programme for the best N of it, one by one, and
compares the scores. The others are real tables. Seconds are processor seconds, each row
one run: of the search and what goes before it, from the loaded job to the results; of
the command where that is said.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, data_folder
from measuring import ROOT, heading, seconds_text, table

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.results import BuildResults

#: What scores nothing in any of the jobs.
QUIET = {
    "decorations": {f"deco_{level}": 0 for level in (1, 2, 3, 4)} | {"num_decos": 0},
    "skills": {}, "defence": 0, "unlisted_skill_weight": 0,
}  # fmt: skip

#: Players by position, and places in a lineup.
PLAYERS = {"P": 60, "C": 28, "1B": 30, "2B": 30, "3B": 30, "SS": 30, "OF": 76}
PLACES = {"P": 2, "C": 1, "1B": 1, "2B": 1, "3B": 1, "SS": 1, "OF": 2}
FLEX = ["C", "1B", "2B", "3B", "SS", "OF"]
SALARY, TEAM = 50_000, 4


def write_lineup(folder: Path, n_wanted: int, share: float = 1.0) -> tuple[Path, Path]:
    """Players and wishes."""
    rng = random.Random(7)
    players, wishes = folder / "players.csv", folder / "lineup.json"
    with players.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["Name", "Body Part", "Team", "Salary", "Points"])
        for position, count in PLAYERS.items():
            for number in range(max(3, int(count * share))):
                talent = rng.random() ** 2
                salary = round((2_000 + (9_000 if position == "P" else 4_000) * talent) / 100) * 100
                points = max(0.0, salary / 1_000 * 2.2 + rng.gauss(0, 1.6))
                rows.writerow([f"{position} {number}", position, f"T{rng.randrange(16):02}", salary, f"{points:.2f}"])
    settings = {
        **QUIET, "limit": n_wanted, "body_parts": {**PLACES, "Flex": {"count": 1, "from": FLEX}},
        "totals": {"Points": {"weight": 1}, "Salary": {"max": SALARY}},
        "counts": {"team": {"each": "Team", "max": TEAM}},
    }  # fmt: skip
    wishes.write_text(json.dumps(settings), encoding="utf-8")
    return players, wishes


def lineup_programme(players: Path, n_wanted: int) -> tuple[float, list[Decimal]]:
    """Processor seconds and scores of the best lineups by an integer programme, one after the other."""
    import highspy

    with players.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    started = time.process_time()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    taken = [solver.addBinary() for _ in rows]
    for position, count in PLACES.items():
        own = sum(one for one, row in zip(taken, rows, strict=True) if row["Body Part"] == position)
        solver.addConstr(own >= count)
        solver.addConstr(own <= count + (position in FLEX))
    solver.addConstr(sum(taken) == sum(PLACES.values()) + 1)
    solver.addConstr(sum(int(row["Salary"]) * one for one, row in zip(taken, rows, strict=True)) <= SALARY)
    for team in {row["Team"] for row in rows}:
        solver.addConstr(sum(one for one, row in zip(taken, rows, strict=True) if row["Team"] == team) <= TEAM)
    scores = []
    for _ in range(n_wanted):
        solver.maximize(sum(float(row["Points"]) * one for one, row in zip(taken, rows, strict=True)))
        chosen = [i for i, value in enumerate(solver.getSolution().col_value) if value > 0.5]
        scores.append(sum((Decimal(rows[i]["Points"]) for i in chosen), Decimal(0)))
        solver.addConstr(sum(taken[i] for i in chosen) <= len(chosen) - 1)
    return time.process_time() - started, scores


def run(equipment: Path, settings: Path | dict[str, Any], folder: Path) -> tuple[float, BuildResults]:
    """Processor seconds from a loaded job to its results."""
    path = settings
    if isinstance(settings, dict):
        path = folder / "settings.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
    loaded, config, _ = load_job(str(equipment), str(path))
    started = time.process_time()
    results = optimize(loaded, config)
    return time.process_time() - started, results


def whole_command(arguments: Sequence[str]) -> float:
    """Processor seconds of a whole command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "main.py", *arguments], cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(name: str, seconds: float, results: BuildResults, before: float | None = None) -> list[object]:
    """One line of the table; `before` is what the same job takes without."""
    ratio = "-" if before is None else f"{seconds / before:.2f}"
    return [name, f"{results.report.n_combinations:.3g}", len(results), seconds_text(seconds), ratio]


def world_rows(folder: Path, scratch: Path) -> list[list[object]]:
    """A job with decorations and set bonuses: without limits, with one of each kind, and with weapons to choose."""
    equipment = folder / "armour_ext.csv"
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    files = {key: str((folder / f"{key}.csv").resolve()) for key in ("decorations", "set_bonuses", "skills")}
    settings["files"] = files
    skills = settings["skills"]
    fewer = {name: {**skills[name], "at_most": 1} for name in ("Health Boost", "Divine Blessing")}
    limits: dict[str, dict[str, Any]] = {
        "a maximum, a count": {
            "totals": {"Rarity": {"max": 60}},
            "counts": {"old": {"where": {"Rank": {"in": ["LR", "HR"]}}, "max": 1}},
        },
        "a maximum, two of a set at most": {
            "max_defence": 900, "counts": {"set": {"each": "Set Name", "max": 2}},
        },
        "two skills at most": {"skills": {**skills, **fewer}},
        "one gender": {"counts": {"gender": {"same": "Gender"}}},
    }  # fmt: skip
    run(equipment, {**settings, "limit": 1}, scratch)  # what is loaded once counts nowhere
    before, results = run(equipment, settings, scratch)
    rows = [row(f"{folder.name}, no limit", before, results)]
    for name, more in limits.items():
        seconds, results = run(equipment, {**settings, **more}, scratch)
        rows.append(row(f"{folder.name}, {name}", seconds, results, before))
    before, results = run(equipment, {**settings, "weapon": {"slots": [4]}}, scratch)
    rows.append(row(f"{folder.name}, a fixed weapon", before, results))
    weapons = {**files, "weapons": str((folder / "weapons_ext.csv").resolve())}
    seconds, results = run(equipment, {**settings, "files": weapons}, scratch)
    rows.append(row(f"{folder.name}, a list of weapons", seconds, results, before))
    return rows


def knight_rows(folder: Path, scratch: Path) -> list[list[object]]:
    """Weight and poise: the search, and the whole command."""
    equipment, settings = folder / "armour_ext.csv", scratch / "knight.json"
    wishes = {
        **QUIET, "limit": 100,
        "totals": {"Weight": {"max": 25.0}, "Poise": {"min": 51}, "Physical": {"weight": 1}, "Magic": {"weight": 0.5}},
    }  # fmt: skip
    settings.write_text(json.dumps(wishes), encoding="utf-8")
    seconds, results = run(equipment, settings, scratch)
    command = whole_command([str(equipment.resolve()), str(scratch / "out.csv"), str(settings), "--quiet"])
    return [
        row(f"{folder.name}, weight and poise", seconds, results),
        row(f"{folder.name}, the command", command, results),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=data_folder, default=DATA)
    parser.add_argument("--programme", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="a small lineup, in seconds")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made)
        players, wishes = write_lineup(scratch, 20 if arguments.quick else 150, 0.3 if arguments.quick else 1.0)
        seconds, results = run(players, wishes, scratch)
        rows = [row("lineup: salary, teams, flex", seconds, results)]
        if arguments.programme or arguments.quick:
            n_wanted = min(arguments.programme or 2, len(results))
            took, scores = lineup_programme(players, n_wanted)
            assert scores == [results.score(k) for k in range(n_wanted)], "the programme finds other scores"
            rows.append([f"the same, best {n_wanted} by an integer programme", "", n_wanted, seconds_text(took), "-"])
        if not arguments.quick:
            if (arguments.data / "eldenring").is_dir():
                rows += knight_rows(arguments.data / "eldenring", scratch)
            if (arguments.data / "world_all").is_dir():
                rows += world_rows(arguments.data / "world_all", scratch)
    print(heading([]))
    print(table(["job", "combinations", "kept", "CPU", "of the job without"], rows))


if __name__ == "__main__":
    main()
