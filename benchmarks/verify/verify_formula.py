"""`verify` of lists that were made by a formula with slots to fill: seconds of its spot checks.

    python benchmarks/verify/verify_formula.py [--seeds FIRST-LAST] [--pieces N ...] [--builds N] [--limit N] [--quick]

Jobs are drawn from seeds and written as users write them: armour of six parts with an attack, skills and slots,
decorations for these skills, and damage as a product of attack and critical hits. First lists of tiny jobs are held
against trying every filling of every build by definition, and `verify` has to find no difference in them, and one
where a build is left out; nothing is printed otherwise. Beside each job stands the same one with weights in place of
the formula. Seconds are processor seconds, each one run, with the numbers of builds that the command tries.
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
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import checksum
from measuring import heading, table

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable
from equipment_optimizer.verify.verifier import DEFAULT_BUILDS, Verdict, verify_builds

HEADERS = ["job", "pieces of a part", "list", "verify", "by weights: list", "verify", "verify, ratio"]

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")

#: The highest level of each skill.
SKILLS = {"Fury": 7, "Precision": 6, "Ruin": 5, "Calm": 3}

Record = dict[str, Any]


class MadeJob(NamedTuple):
    """A job as its files say it: records of both files, and the configuration without their paths."""

    pieces: list[Record]
    decorations: list[Record]
    config: dict[str, Any]

    def loaded(self, folder: Path, limit: int) -> tuple[EquipmentTable, Config]:
        """Table and configuration, by way of the files."""
        for name, records in (("equipment.csv", self.pieces), ("decorations.csv", self.decorations)):
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(records)
        config = {**self.config, "files": {"decorations": "decorations.csv"}}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return load_job(folder / "equipment.csv", folder / "config.json", limit=limit)[:2]


def made(seed: int, n_pieces: int, most_slots: int = 3) -> MadeJob:
    """The job of a seed: so many pieces of each part, and decorations of one level of a skill, or of two."""
    rng = random.Random(f"damage {seed}")
    pieces = []
    for part, number in itertools.product(PARTS, range(n_pieces)):
        slots = Counter(rng.choice([1, 1, 2]) for _ in range(rng.randint(0, most_slots)))
        pieces.append({
            "Name": f"{part} {number}", "Body Part": part, "Attack": rng.randint(0, 30),
            "Slots Lvl 1": slots[1], "Slots Lvl 2": slots[2],
            "Skill 1 Name": rng.choice(list(SKILLS)), "Skill 1 Level": rng.randint(1, 2),
        })  # fmt: skip
    decorations = [
        {"Name": f"{skill} Jewel {level}", "Slot Level": level, "Skill 1 Name": skill, "Skill 1 Level": level}
        for skill, level in [("Fury", 2), ("Precision", 1), ("Ruin", 2), ("Fury", 1)]
    ]

    def rising(skill: str, most: int) -> list[float]:
        return [step / 100 for step in sorted([0, *(rng.randint(1, most) for _ in range(SKILLS[skill]))])]

    chance = {"base": 0.05, "of": {"Precision": rising("Precision", 70)}, "min": 0, "max": 1}
    attack = [{"base": 320, "of": {"Attack": 1}}, {"base": 1, "of": {"Fury": rising("Fury", 30)}}]
    critical = [chance, {"base": 0.25, "of": {"Ruin": rising("Ruin", 50)}}]
    factors = [{"name": "attack", "times": attack}, {"name": "critical", "base": 1, "times": critical}]
    rules: dict[str, dict[str, float]] = {skill: {"max": most} for skill, most in SKILLS.items()}
    if rng.random() < 0.5:
        rules["Calm"]["min"] = 1
    config = {
        "body_parts": dict.fromkeys(PARTS, 1),
        "skills": rules,
        "formula": {"name": "damage", "factors": factors},
        "over_max": "cap",
    }
    return MadeJob(pieces, decorations, config)


def by_weights(job: MadeJob) -> MadeJob:
    """The same job with a weight for each skill and for attack in place of the formula."""
    config = {key: value for key, value in job.config.items() if key != "formula"}
    config["skills"] = {skill: {"weight": 4.5, **rule} for skill, rule in config["skills"].items()}
    return job._replace(config={**config, "totals": {"Attack": {"weight": 1}}})


def fillings(slots: Sequence[int], decorations: Sequence[Record]) -> Iterator[Counter[str]]:
    """What decorations give, for every way to fill slots of these levels."""
    fitting = [[None, *(d for d in decorations if d["Slot Level"] <= level)] for level in slots]
    for chosen in itertools.product(*fitting):
        levels: Counter[str] = Counter()
        for decoration in filter(None, chosen):
            levels[decoration["Skill 1 Name"]] += decoration["Skill 1 Level"]
        yield levels


def summed(node: Mapping[str, Any], totals: Mapping[str, int]) -> Fraction:
    """A sum of a formula: what its totals add to the base, within its ends."""
    value = Fraction(str(node.get("base", 0)))
    for name, worth in node.get("of", {}).items():
        total = totals[name]
        is_list = isinstance(worth, list)
        value += Fraction(str(worth[min(total, len(worth) - 1)])) if is_list else Fraction(str(worth)) * total
    value = min(value, Fraction(node["max"])) if "max" in node else value
    return max(value, Fraction(node["min"])) if "min" in node else value


def product_of(formula: Mapping[str, Any], totals: Mapping[str, int]) -> Fraction:
    """What a formula makes of totals."""
    score = Fraction(1)
    for factor in formula["factors"]:
        one, other = (summed(node, totals) for node in factor["times"])
        score *= Fraction(str(factor.get("base", 0))) + one * other
    return score


def scores_by_trying(job: MadeJob) -> list[Fraction]:
    """The best score of each build that keeps the minima, by every filling of its slots, highest first."""
    found = []
    rules, formula = job.config["skills"], job.config["formula"]
    for build in itertools.product(*([p for p in job.pieces if p["Body Part"] == part] for part in PARTS)):
        slots = [level for piece in build for level in (1, 2) for _ in range(piece[f"Slots Lvl {level}"])]
        own: Counter[str] = Counter()
        for piece in build:
            own[piece["Skill 1 Name"]] += piece["Skill 1 Level"]
        attack = sum(piece["Attack"] for piece in build)
        every = {tuple((own + levels)[skill] for skill in SKILLS) for levels in fillings(slots, job.decorations)}
        scores = [
            product_of(formula, {"Attack": attack, **{s: min(n, SKILLS[s]) for s, n in totals.items()}})
            for totals in (dict(zip(SKILLS, levels, strict=True)) for levels in every)
            if all(totals[skill] >= rule.get("min", 0) for skill, rule in rules.items())
        ]
        found += [max(scores)] if scores else []
    return sorted(found, reverse=True)


def check(seeds: range, folder: Path) -> None:
    """Leave where a list of a tiny job is not what trying everything gives, or `verify` judges it falsely."""
    path = folder / "builds.csv"
    for seed in seeds:
        job = made(seed, 2, most_slots=1)
        equipment, config = job.loaded(folder, limit=20)
        results = optimize(equipment, config)
        write_csv(results, str(path))
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        is_right = [Fraction(row.score) for row in results] == scores_by_trying(job)[:20]
        is_right = is_right and not verify_builds(path, equipment, config).differences
        path.write_text("".join([lines[0], *lines[2:]]), encoding="utf-8")
        if not is_right or not verify_builds(path, equipment, config).differences:
            sys.exit(f"seed {seed}: a list or its verdict is not what trying everything gives: nothing is printed")


def measured(job: MadeJob, folder: Path, limit: int, n_builds: int) -> tuple[float, float, Verdict]:
    """Processor seconds of a list and of its verdict, and the verdict; leaves where that finds a difference."""
    equipment, config = job.loaded(folder, limit)
    path = folder / "builds.csv"
    begun = time.process_time()
    write_csv(optimize(equipment, config), str(path))
    listed = time.process_time()
    verdict = verify_builds(path, equipment, config, n_builds=n_builds)
    ended = time.process_time()
    if verdict.differences:
        sys.exit(f"verify finds a difference: {verdict.differences[0]}")
    return listed - begun, ended - listed, verdict


def main() -> None:
    """Check, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", default="1-5", metavar="FIRST-LAST")
    parser.add_argument("--pieces", nargs="+", type=int, default=[20, 100], metavar="N", help="of each part")
    parser.add_argument("--builds", type=int, default=DEFAULT_BUILDS, metavar="N", help="as the command's option")
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--quick", action="store_true", help="one small job: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.pieces, options.builds, options.limit = "1-1", [5], 1_000, 10
    first, last = map(int, options.seeds.split("-"))
    seeds = range(first, last + 1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        check(seeds, folder)
        print(heading([f"seed {first}, 20 pieces {checksum(made(first, 20).loaded(folder, 1)[0])}"]))
        rows = []
        for n_pieces, seed in itertools.product(options.pieces, seeds):
            job = made(seed, n_pieces)
            listed, judged, verdict = measured(job, folder, options.limit, options.builds)
            plain_listed, plain_judged, _ = measured(by_weights(job), folder, options.limit, options.builds)
            seconds = [f"{each:.2f} s" for each in (listed, judged, plain_listed, plain_judged)]
            rows.append([f"seed {seed}", str(n_pieces), *seconds, f"{judged / plain_judged:.1f}"])
            print("\t".join(rows[-1]), file=sys.stderr, flush=True)
        print(f"\nLists of {options.limit:,}, of the last of them: {verdict.checks[-1]}\n\n{table(HEADERS, rows)}")


if __name__ == "__main__":
    main()
