"""What answers cost beside the list: rows that differ, what pieces are worth, ranges of weights, fronts.

    python benchmarks/search/answers.py [--data FOLDER] [--jobs popular:3,own:0] [--answers NAME,NAME] [--quick]

A real table with its slots filled, 100 rows, under configurations drawn from seeds: any skills
under round weights (``random``), and what everybody wants (``popular``); under a formula, with a
table of weapons (``drawn``, as ``players`` write them, ``whole`` calculators: those of
``formula.py``); or under the one beside it (``own``), slots left free. Seconds are processor
seconds from the loaded job to the answer, each one run. Ranges are also given for twelve weights.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, data_folder
from filling_jobs import EQUIPMENT, FAMILIES, Job, made_table
from formula import drawn, of_players, whole
from measuring import heading, table

from equipment_optimizer.answers.piece_values import piece_values
from equipment_optimizer.answers.stability import stability
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentTable

#: Jobs by family and seed, fixed before anything was measured, and the hardest that are known for ranges.
JOBS = "random:1,random:2,random:3,popular:1,popular:2,popular:3,popular:10,popular:12"

#: Weights for which the time of ranges is given.
N_WEIGHTS = 12

Answer = Callable[[EquipmentTable, Config], object]


def tied(config: Config) -> Config:
    """Nothing is weighed or limited: all builds are one outcome."""
    nothing = Config(body_parts=config.body_parts, set_bonuses=config.set_bonuses, skills={}, limit=config.limit)
    nothing = replace(nothing, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0))
    return replace(nothing, defence_weight=Decimal(0), unlisted_skill_weight=Decimal(0))


def front_of(n_objectives: int) -> Answer:
    """The front of the first objectives, stopped after some time."""

    def answer(equipment: EquipmentTable, config: Config) -> object:
        end = time.process_time() + FRONT_SECONDS
        config = replace(config, front=FRONT[:n_objectives])
        return optimize(equipment, config, should_stop=lambda: time.process_time() > end)

    return answer


def pieces(equipment: EquipmentTable, config: Config) -> object:
    """What every piece is worth, stopped after some time."""
    end = time.process_time() + PIECES_SECONDS
    return piece_values(equipment, config, should_stop=lambda: time.process_time() > end)


ANSWERS: dict[str, Answer] = {
    "plain list": optimize,
    "different 2": lambda equipment, config: optimize(equipment, replace(config, different_pieces=2)),
    "different 3": lambda equipment, config: optimize(equipment, replace(config, different_pieces=3)),
    "different skills": lambda equipment, config: optimize(equipment, replace(config, different_skills=True)),
    "share 0.4": lambda equipment, config: optimize(equipment, replace(config, share=Decimal("0.4"))),
    "share 0.1": lambda equipment, config: optimize(equipment, replace(config, share=Decimal("0.1"))),
    "variants": lambda equipment, config: optimize(equipment, replace(config, variants="one")),
    "best of ties": lambda equipment, config: optimize(equipment, replace(tied(config), limit=1)),
    "all ties": lambda equipment, config: optimize(equipment, replace(tied(config), variants="one")),
    "pieces": pieces,
    "stability": stability,
    "front of two": front_of(2),
    "front of three": front_of(3),
    "front of four": front_of(4),
}

#: Objectives, and how long a front may take, processor seconds.
FRONT = ("Score", "Defence", "Fire Res", "Water Res")
FRONT_SECONDS = 60.0

#: How long pieces may be asked for, processor seconds.
PIECES_SECONDS = 120.0

#: Configurations with a formula, by family: what makes one from a seed.
FORMULAS = {"drawn": drawn, "players": of_players, "whole": whole}

#: Answers that are not asked for by name: a front of a list with its slots filled may take long.
USUAL = [name for name in ANSWERS if "front" not in name]


def own_job(folder: Path) -> Job:
    """A table with the configuration that lies beside it."""
    path = folder / "config.json"
    n_skills = len(json.loads(path.read_text(encoding="utf-8"))["skills"])
    return Job(f"{folder.name} own", str(folder / EQUIPMENT), str(path), n_skills)


def formula_job(family: str, seed: int, folder: Path, target: Path) -> Job:
    """A table under a formula of a seed."""
    config = FORMULAS[family](seed, folder)
    path = target / f"{family}_{seed}.json"
    path.write_text(json.dumps(config | {"limit": 100}), encoding="utf-8")
    return Job(f"{folder.name} {family} {seed}", str(folder / EQUIPMENT), str(path), len(config["skills"]))


def job_of(family: str, seed: int, folder: Path, target: Path) -> Job:
    """A job by its family and seed; `target` is for its configuration."""
    if family == "own":
        return own_job(folder)
    return (
        formula_job(family, seed, folder, target) if family in FORMULAS else FAMILIES[family][0](folder, seed, target)
    )


def main() -> None:
    """Run the answers and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of the real tables")
    parser.add_argument("--table", default="world_all")
    parser.add_argument("--jobs", default=JOBS)
    parser.add_argument("--answers", help="by name; all but fronts by default")
    parser.add_argument("--quick", action="store_true", help="a made table and one small job")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        target, folder, jobs = Path(name), args.data / args.table, args.jobs
        if args.quick:
            folder, jobs = target / "made", "popular:1"
            folder.mkdir()
            made_table(folder)
        answers = args.answers.split(",") if args.answers else list(ANSWERS) if args.quick else USUAL
        print(heading([str(folder / EQUIPMENT)]))
        rows = []
        for job in jobs.split(","):
            family, seed = job.split(":")
            files = job_of(family, int(seed), folder, target)
            equipment, config, _ = load_job(files.equipment, files.config, limit=10 if args.quick else None)
            for answer in answers:
                started = time.process_time()
                found = ANSWERS[answer](equipment, config)
                seconds = time.process_time() - started
                note = ""
                if answer == "different skills":
                    note = f"{found.report.counts['enumerated']:,} builds looked at"
                if "front" in answer:
                    note = f"{len(found):,} outcomes" + ("" if found.report.proved else ", not proved")
                if answer == "pieces":
                    n_open = sum(not piece.is_proved for piece in found)
                    note = f"{len(found):,} pieces" + (f"; {n_open:,} not proved" if n_open else "")
                if answer == "all ties":
                    note = f"{len(found)} row of {found.variants[0]:,} builds"
                if answer == "stability":
                    n_open = sum(not weight_range.is_proved for weight_range in found)
                    note = f"{len(found)} weights; {seconds / len(found) * N_WEIGHTS:.2f} s for {N_WEIGHTS}"
                    note += f"; {n_open} not proved" if n_open else ""
                rows.append([files.name, f"{files.n_skills}", answer, f"{seconds:.2f} s", note])
                print("\t".join(rows[-1]), file=sys.stderr, flush=True)
        print(table(["job", "skills", "answer", "processor time", ""], rows))


if __name__ == "__main__":
    main()
