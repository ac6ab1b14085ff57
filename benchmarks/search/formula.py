"""The search by a formula: seconds of the search and whether its answer is proved.

    python benchmarks/search/formula.py [--data FOLDER] [--cap SECONDS] [--quick]

First the answers on cuts of the artifacts table are held against scoring everything; nothing is printed
where they differ. Then the best 10, 100 and 1,000 of the whole table, and the best 100 of the largest table of
armour with decorations, set bonuses and weapons under three families of formulas that are drawn from seeds: raw
damage times what critical hits add; as players write them, times sharpness or an element, too, beside some
minima; and whole ones, in which most skills that add to raw damage or to the chance of a critical hit stand, so that
several of them fill it up. What is not proved within the cap says so, with its gap.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

import numpy as np
from cases import DATA, data_folder
from measuring import heading, table

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.questions.few_builds import any_build, few_builds, first_builds
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome
from equipment_optimizer.search.product.run import search_product

#: What a level of a skill adds to raw damage, and to the chance of a critical hit.
RAW = {
    "Attack Boost": [0, 3, 6, 9, 12, 15, 18, 21],
    "Peak Performance": [0, 5, 10, 20],
    "Agitator": [0, 4, 8, 12, 16, 20, 24, 28],
    "Heroics": [0, 2, 4, 8, 12, 20, 25, 30],
}
CHANCE = {
    "Critical Eye": [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4],
    "Weakness Exploit": [0, 0.1, 0.15, 0.3],
    "Maximum Might": [0, 0.1, 0.2, 0.3, 0.3, 0.4],
    "Latent Power": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6],
}
SEEDS = range(20)

#: The same for formulas as players write them, where a skill may add to both and minima are asked for.
PLAYERS_RAW = {
    "Agitator": [0, 4, 8, 12, 16, 20, 24, 28],
    "Peak Performance": [0, 5, 10, 20],
    "Heroics": [0, 2, 4, 8, 12, 20, 25, 30],
    "Resentment": [0, 5, 10, 15, 20, 25],
    "Fortify": [0, 10],
    "Adrenaline": [0, 10],
}
PLAYERS_CHANCE = {
    "Weakness Exploit": [0, 0.1, 0.15, 0.3],
    "Maximum Might": [0, 0.1, 0.2, 0.3, 0.35, 0.4],
    "Latent Power": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6],
    "Agitator": [0, 0.05, 0.05, 0.07, 0.07, 0.1, 0.15, 0.2],
    "Attack Boost": [0, 0, 0, 0, 0.05, 0.05, 0.05, 0.05],
}
PLAYERS_THIRD = [
    {"name": "sharpness", "base": 1.32},
    {"name": "sharpness", "of": {"Handicraft": [1.05, 1.05, 1.2, 1.2, 1.32, 1.32]}},
    {"name": "sharpness", "base": 1.05, "of": {"Handicraft": [0, 0, 0.05, 0.15, 0.15, 0.27]}},
    {"name": "element", "base": 1, "of": {"Fire Attack": [0, 0.02, 0.04, 0.06, 0.08, 0.12, 0.15]}},
    {"name": "element", "base": 30, "of": {"Thunder Attack": [0, 3, 6, 10, 13, 16, 20]}, "max": 45},
    {"name": "non-elemental", "base": 1, "of": {"Non-elemental Boost": [0, 0.05]}},
]
PLAYERS_MINIMA = (
    "Health Boost",
    "Divine Blessing",
    "Stun Resistance",
    "Earplugs",
    "Evade Window",
    "Focus",
    "Handicraft",
    "Guard",
)
PLAYERS_SEEDS = range(40, 60)
WHOLE_SEEDS = range(20)


def searched(formula: FormulaProblem, limit: int, cap: float, engine: str = "bounded") -> tuple[SearchOutcome, float]:
    """An outcome and the processor seconds that its search took; it is stopped after `cap`."""
    begun = time.process_time()
    options = SearchOptions(
        engine=engine,
        should_stop=lambda: time.process_time() - begun > cap,
        few_builds=few_builds,
        first_builds=first_builds,
        any_build=any_build,
    )
    outcome = search_product(formula, limit, options)
    return outcome, time.process_time() - begun


def row(what: str, outcome: SearchOutcome, seconds: float) -> list[str]:
    report = outcome.report
    state = "proved" if report.proved else f"gap {report.gap}"
    return [what, f"{report.n_combinations:.3g}", f"{seconds:.2f}", state, f"{report.counts['enumerated']:,}"]


def cut(equipment: EquipmentTable, size: int) -> EquipmentTable:
    """The first pieces of each part."""
    keep = [False] * equipment.n_pieces
    for start in equipment.part_start[:-1].tolist():
        keep[start : start + size] = [True] * size

    return equipment.select(np.array(keep))


def drawn(seed: int, folder: Path) -> dict[str, Any]:
    """The configuration of a seed."""
    rng = random.Random(seed)
    raw = {name: RAW[name] for name in rng.sample(sorted(RAW), rng.choice([1, 2, 3]))}
    chance = {name: CHANCE[name] for name in rng.sample(sorted(CHANCE), rng.choice([1, 2, 3]))}
    critical = [
        {"base": 0.05, "of": {"Affinity": 0.01, **chance}, "max": 1, "min": -1},
        {"base": 0.25, "of": {"Critical Boost": [0, 0.05, 0.1, 0.15]}},
    ]
    factors = [{"name": "raw", "of": {"Attack": 0.25, **raw}}, {"name": "critical", "base": 1, "times": critical}]
    skills: dict[str, Any] = {name: {} for name in (*raw, *chance, "Critical Boost")}
    if rng.random() < 0.5:
        skills["Health Boost"] = {"min": 3}
    return on_armour(folder, skills, factors)


def of_players(seed: int, folder: Path) -> dict[str, Any]:
    """The configuration of a seed, as players write them."""
    rng = random.Random(f"player {seed}")
    attack = rng.choice([1, 0.25, 0.2083])
    scale = 5 if attack == 1 else 1
    raw: dict[str, Any] = {"Attack": attack, "Attack Boost": [scale * x for x in RAW["Attack Boost"]]}
    raw |= {name: [scale * x for x in worths] for name, worths in PLAYERS_RAW.items() if rng.random() < 0.3}
    chance: dict[str, Any] = {"Affinity": 0.01, "Critical Eye": CHANCE["Critical Eye"]}
    chance |= {name: worths for name, worths in PLAYERS_CHANCE.items() if rng.random() < 0.4}
    critical: list[dict[str, Any]] = [
        {"of": chance, "max": 1, "min": -1},
        {"base": 0.25, "of": {"Critical Boost": [0, 0.05, 0.1, 0.15]}},
    ]
    third: dict[str, Any] = rng.choice(PLAYERS_THIRD)
    factors = [{"name": "raw", "of": raw}, third, {"name": "critical", "base": 1, "times": critical}]
    if rng.random() < 0.3:
        factors = [factors[0], factors[2], factors[1]]
    names = {*raw, *chance, *third.get("of", {}), "Critical Boost"} - {"Attack", "Affinity"}
    skills: dict[str, Any] = {name: {} for name in sorted(names)}
    if rng.random() < 0.5:
        for name in rng.sample(PLAYERS_MINIMA, rng.choice([1, 1, 2, 3])):
            skills.setdefault(name, {})["min"] = rng.choice([1, 2, 3])
    return on_armour(folder, skills, factors)


def whole(seed: int, folder: Path) -> dict[str, Any]:
    """The configuration of a seed in which most skills of a damage calculator stand."""
    rng = random.Random(f"whole {seed}")
    raw: dict[str, Any] = {"Attack": 1, "Attack Boost": RAW["Attack Boost"]}
    raw |= {name: PLAYERS_RAW[name] for name in rng.sample(sorted(PLAYERS_RAW), rng.choice([2, 3, 4]))}
    chance: dict[str, Any] = {"Affinity": 0.01, "Critical Eye": CHANCE["Critical Eye"]}
    chance |= {name: PLAYERS_CHANCE[name] for name in rng.sample(sorted(PLAYERS_CHANCE), rng.choice([3, 4, 5]))}
    critical = [
        {"of": chance, "max": 1, "min": -1},
        {"base": 0.25, "of": {"Critical Boost": [0, 0.05, 0.1, 0.15]}},
    ]
    factors = [
        {"name": "raw", "of": raw},
        PLAYERS_THIRD[rng.choice([0, 1])],
        {"name": "critical", "base": 1, "times": critical},
    ]
    names = {name for factor in factors for name in factor.get("of", {})} | {*chance, "Critical Boost"}
    skills: dict[str, Any] = {name: {} for name in sorted(names - {"Attack", "Affinity"})}
    for name in rng.sample(PLAYERS_MINIMA, rng.choice([0, 0, 1, 2])):
        skills.setdefault(name, {})["min"] = rng.choice([1, 2, 3])
    return on_armour(folder, skills, factors)


def on_armour(folder: Path, skills: dict[str, Any], factors: list[dict[str, Any]]) -> dict[str, Any]:
    """A configuration for the largest table of armour."""
    files = {key: str(folder / f"{key}.csv") for key in ("decorations", "set_bonuses", "skills")}
    files["weapons"] = str(folder / "weapons_ext.csv")
    parts = dict.fromkeys(("Head", "Body", "Arms", "Waist", "Legs", "Charm"), 1)
    return {"body_parts": parts, "files": files, "skills": skills, "formula": {"name": "raw", "factors": factors}}


def compiled(equipment: EquipmentTable, config: Config) -> FormulaProblem:
    return compile_formula(select_pieces(equipment, config), config)


def check(equipment: EquipmentTable, config: Config, sizes: tuple[int, ...]) -> None:
    """Leave where parts of all builds, bounded, and all builds, scored, give another answer."""
    for size in sizes:
        formula = compiled(cut(equipment, size), config)
        one, _ = searched(formula, 100, float("inf"))
        other, _ = searched(formula, 100, float("inf"), "exhaustive")
        same = one.scores.tolist() == other.scores.tolist()
        if not same or any((a != b).any() for a, b in zip(one.columns, other.columns, strict=True)):
            sys.exit(f"{size} pieces of each part: the bounded search gives another answer: nothing is printed")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of real tables")
    parser.add_argument("--cap", type=float, default=60.0, help="processor seconds of one search")
    parser.add_argument("--quick", action="store_true", help="small cuts only, a second for each search")
    arguments = parser.parse_args()
    arguments.cap = min(arguments.cap, 1.0) if arguments.quick else arguments.cap
    folder: Path | None = arguments.data
    if folder is None or not (folder / "artifacts").is_dir():
        sys.exit("no real tables: name their folder with --data")
    heads = ["job", "combinations", "search, processor s", "state", "builds listed"]
    equipment, config, _ = load_job(folder / "artifacts" / "equipment.csv", folder / "artifacts" / "config.json")
    check(equipment, config, (3, 6) if arguments.quick else (3, 6, 12))
    print(heading(["artifacts", "world_all"]))
    print("\nArtifacts: six sets, three factors, one of them with a pair\n")
    formula = compiled(cut(equipment, 20) if arguments.quick else equipment, config)
    rows = [row(f"best {n:,}", *searched(formula, n, arguments.cap)) for n in (10, 100, 1_000)]
    print(table(heads, rows))
    print("\nArmour, decorations, sets and weapons: the best 100 under drawn formulas\n")
    of_armour(heads, drawn, list(SEEDS), arguments)
    print("\nThe same under formulas as players write them\n")
    of_armour(heads, of_players, list(PLAYERS_SEEDS), arguments)
    print("\nThe same under whole formulas\n")
    of_armour(heads, whole, list(WHOLE_SEEDS), arguments)


def of_armour(
    heads: list[str], made: Callable[[int, Path], dict[str, Any]], seeds: list[int], arguments: argparse.Namespace
) -> None:
    """Print the table of a family of formulas."""
    folder, rows = arguments.data / "world_all", []
    for seed in seeds[: 1 if arguments.quick else None]:
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "config.json"
            path.write_text(json.dumps(made(seed, folder)), encoding="utf-8")
            equipment, config, _ = load_job(folder / "armour_ext.csv", path)
        config = replace(config, limit=100)
        try:
            rows.append(row(f"seed {seed}", *searched(compiled(equipment, config), 100, arguments.cap)))
        except InfeasibleError:
            rows.append([f"seed {seed}", "", "", "nothing fits", ""])
        print(*rows[-1], sep="\t", file=sys.stderr)
    print(table(heads, rows))


if __name__ == "__main__":
    main()
