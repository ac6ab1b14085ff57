"""One of each outcome (``variants``) beside counts of the values of a column: what that costs over the plain list.

    python benchmarks/search/counted_variants.py [--families NAME ...] [--seeds FIRST-LAST] [--pieces N ...] [--limit N]
                                                 [--cap SECONDS] [--quick]

Four families of jobs, drawn from seeds and written as users write them: line-ups under a salary cap with at most
four players of a team, nine parts with two listed skills, or four, and at most three pieces of a team, and six parts
with two skills of which every piece has one, and at most two pieces of a team. Pieces are spread over thirty teams;
which of them it is tells no builds apart, how many pieces come from the same one does.
First the outcomes of tiny jobs, and how many builds stand for each, are held against trying every build by
definition; nothing is printed where they differ. Seconds are processor seconds of the search, each one run; what is
not proved within the cap says so. How many builds the rows stand for is not known of all rows where more builds share
the last score than are looked at.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import checksum
from measuring import heading, table

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.records.results import BuildResults

HEADERS = ["job", "pieces", "builds", "plain list", "variants", "ratio", "builds in them", "state"]

#: What every job calls its count.
COUNT = "most of a team"

N_TEAMS = 30


class MadeJob(NamedTuple):
    """A job as its files say it: records of the equipment file, and the configuration."""

    name: str
    records: list[dict[str, Any]]
    config: dict[str, Any]

    def loaded(self, folder: Path, limit: int) -> tuple[EquipmentTable, Config]:
        """Table and configuration, by way of the files."""
        equipment, config = folder / "equipment.csv", folder / "config.json"
        with equipment.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.records[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.records)
        config.write_text(json.dumps(self.config), encoding="utf-8")
        return load_job(equipment, config, limit=limit)[:2]


def lineup(seed: int, n_pieces: int, n_teams: int = N_TEAMS) -> MadeJob:
    """Players of four parts, salaries in hundreds and whole points: dear players score more, by and large."""
    rng = random.Random(f"lineup {seed}")
    counts = {"Keeper": 1, "Runner": 2, "Catcher": 2, "Thrower": 1}
    records = []
    for number in range(n_pieces):
        part, salary = list(counts)[number % len(counts)], rng.randint(30, 90)
        points = max(0, round(rng.gauss(salary / 4, 3)))
        team = f"Team {rng.randrange(n_teams)}"
        records.append({
            "Name": f"{part} {number}", "Body Part": part, "Team": team, "Salary": 100 * salary, "Points": points,
        })  # fmt: skip
    config = {
        "body_parts": counts,
        "totals": {"Salary": {"max": 36_000}, "Points": {"weight": 1}},
        "counts": {COUNT: {"each": "Team", "max": 4}},
        "variants": "one",
    }
    return MadeJob(f"line-up {seed}", records, config)


def skilled(skills: Sequence[str], seed: int, n_pieces: int, n_teams: int = N_TEAMS) -> MadeJob:
    """Pieces of nine parts with one or two of some listed skills."""
    rng = random.Random(f"skilled {seed}")
    parts = ["Head", "Body", "Arms", "Waist", "Legs", "Ring", "Neck", "Belt", "Cape"]
    records = []
    for number in range(n_pieces):
        part, own = parts[number % len(parts)], rng.sample(skills, rng.choice([1, 1, 2]))
        levels = {skill: rng.randint(1, 3) if skill in own else 0 for skill in skills}
        records.append({
            "Name": f"{part} {number}", "Body Part": part, "Team": f"Team {rng.randrange(n_teams)}", **levels,
        })  # fmt: skip
    config = {
        "body_parts": dict.fromkeys(parts, 1),
        "skills": {skill: {"weight": rng.randint(100, 500) / 100, "max": rng.randint(5, 9)} for skill in skills},
        "over_max": "cap",
        "counts": {COUNT: {"each": "Team", "max": 3}},
        "variants": "one",
    }
    return MadeJob(f"{len(skills)} skills {seed}", records, config)


def six_parts(seed: int, n_pieces: int, n_teams: int = N_TEAMS) -> MadeJob:
    """Pieces of six parts with one of two skills, hardly two of a team together."""
    rng = random.Random(f"six parts {seed}")
    parts, skills = ["Head", "Body", "Arms", "Waist", "Legs", "Ring"], ["Attack", "Guard"]
    records = []
    for number in range(n_pieces):
        part, own = parts[number % len(parts)], rng.choice(skills)
        levels = {skill: rng.randint(1, 3) if skill == own else 0 for skill in skills}
        records.append({
            "Name": f"{part} {number}", "Body Part": part, "Team": f"Team {rng.randrange(n_teams)}", **levels,
        })  # fmt: skip
    config = {
        "body_parts": dict.fromkeys(parts, 1),
        "skills": {skill: {"weight": rng.randint(1, 3), "max": 5} for skill in skills},
        "over_max": "cap",
        "counts": {COUNT: {"each": "Team", "max": 2}},
        "variants": "one",
    }
    return MadeJob(f"six parts {seed}", records, config)


#: What makes the job of a seed, of so many pieces.
FAMILIES: dict[str, Callable[..., MadeJob]] = {
    "line-up": lineup,
    "two-skills": partial(skilled, ["Attack", "Guard"]),
    "four-skills": partial(skilled, ["Attack", "Guard", "Haste", "Luck"]),
    "six-parts": six_parts,
}


def every_build(job: MadeJob) -> Iterator[list[dict[str, Any]]]:
    """All choices of as many pieces of each part as are asked for."""
    of_parts = [
        itertools.combinations([record for record in job.records if record["Body Part"] == part], count)
        for part, count in job.config["body_parts"].items()
    ]
    for choice in itertools.product(*of_parts):
        yield list(itertools.chain(*choice))


def outcomes_by_trying(job: MadeJob) -> Counter[tuple[Fraction, ...]]:
    """By its score, all that the configuration names, and the highest number of a team: how many builds there are."""
    rules = {**job.config.get("skills", {}), **job.config.get("totals", {})}
    is_capped = "skills" in job.config
    found: Counter[tuple[Fraction, ...]] = Counter()
    for build in every_build(job):
        totals = {name: sum(record[name] for record in build) for name in rules}
        most = max(Counter(record["Team"] for record in build).values())
        limits = {} if is_capped else {name: rule["max"] for name, rule in rules.items() if "max" in rule}
        if most > job.config["counts"][COUNT]["max"] or any(totals[name] > limits[name] for name in limits):
            continue
        score = sum(
            Fraction(str(rule.get("weight", 0))) * (min(totals[name], rule["max"]) if is_capped else totals[name])
            for name, rule in rules.items()
        )
        found[(Fraction(score), *map(Fraction, totals.values()), Fraction(most))] += 1
    return found


def outcomes_listed(job: MadeJob, results: BuildResults) -> Counter[tuple[Fraction, ...]]:
    """The same of the rows of a list."""
    rules = {**job.config.get("skills", {}), **job.config.get("totals", {})}
    by_name = {record["Name"]: record for record in job.records}
    found: Counter[tuple[Fraction, ...]] = Counter()
    for row, n_builds in zip(results, results.variants or (), strict=True):
        build = [by_name[name] for name in row.pieces.values()]
        totals = [Fraction(sum(record[name] for record in build)) for name in rules]
        most = max(Counter(record["Team"] for record in build).values())
        found[(Fraction(row.score), *totals, Fraction(most))] += n_builds
    return found


def check(seeds: range, folder: Path) -> None:
    """Leave where a list of tiny jobs has not the outcomes that trying every build has."""
    for made, seed in itertools.product(FAMILIES.values(), seeds):
        for n_teams in (4, 9):
            job = made(seed, 20, n_teams)
            equipment, config = job.loaded(folder, limit=10**6)
            if outcomes_listed(job, optimize(equipment, config, engine="bounded")) != outcomes_by_trying(job):
                sys.exit(f"{job.name}: the list has not the outcomes that trying every build has: nothing is printed")


def searched(equipment: EquipmentTable, config: Config, cap: float) -> tuple[float, BuildResults]:
    """Processor seconds of a search, stopped after `cap` of them, and what it found."""
    begun = time.process_time()
    results = optimize(equipment, config, should_stop=lambda: time.process_time() - begun > cap)
    return time.process_time() - begun, results


def measured(job: MadeJob, folder: Path, limit: int, cap: float) -> list[str]:
    """A job as a row of `HEADERS`."""
    equipment, config = job.loaded(folder, limit)
    plain, _ = searched(equipment, replace(config, variants=None), cap)
    seconds, results = searched(equipment, config, cap)
    report, n_builds = results.report, results.variants
    known = "not known" if n_builds is None or None in n_builds else f"{sum(n_builds):,}"  # type: ignore[arg-type]
    return [
        job.name, f"{len(job.records)}", f"{report.n_combinations:.2g}", f"{plain:.2f} s", f"{seconds:.2f} s",
        f"{seconds / plain:.1f}", known, "proved" if report.proved else "not proved",
    ]  # fmt: skip


def main() -> None:
    """Check, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", default="1-5", metavar="FIRST-LAST")
    parser.add_argument("--pieces", nargs="+", type=int, default=[72, 150], metavar="N")
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--cap", type=float, default=60.0, metavar="SECONDS", help="for each search")
    parser.add_argument("--quick", action="store_true", help="small jobs: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.pieces = "1-1", [30]
    first, last = map(int, options.seeds.split("-"))
    seeds = range(first, last + 1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        check(seeds, folder)
        families = [FAMILIES[name] for name in options.families]
        jobs = [made(seed, n_pieces) for n_pieces in options.pieces for made in families for seed in seeds]
        print(heading(f"{made(1, 72).name} {checksum(made(1, 72).loaded(folder, 1)[0])}" for made in families))
        rows = []
        for job in jobs:
            rows.append(measured(job, folder, options.limit, options.cap))
            print("\t".join(rows[-1]), file=sys.stderr, flush=True)
        print(f"\nThe best {options.limit:,} outcomes, thirty teams\n\n{table(HEADERS, rows)}")


if __name__ == "__main__":
    main()
