"""A large, honest job of any size, made up from a seed; and its run, stage by stage.

    python tests/jobs/large_job.py --pieces 100000 --skills 1000 --limit 1000000

prints seconds and peak memory after each stage (Linux). Scores are coarse on
purpose: weights are small whole numbers, so that thousands of builds tie.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")


def write_job(folder: Path, *, n_pieces: int, n_skills: int, n_listed: int, limit: int) -> tuple[Path, Path]:
    """Equipment of `n_pieces` pieces with three of `n_skills` skills each, and a config that lists some."""
    rng = random.Random(8)
    header = "Name,Body Part,Base Defence,Num Lvl 1 Deco Slots,Num Lvl 2 Deco Slots,Fire Res,Set Bonus,Rarity"
    skills = [f"Skill {number:04d}" for number in range(n_skills)]
    lines = [header + "".join(f",Skill {k} Name,Skill {k} Level" for k in (1, 2, 3))]
    for number in range(n_pieces):
        own = "".join(f",{name},{rng.randint(1, 2)}" for name in rng.sample(skills, 3))
        slots = f"{rng.choice((0, 0, 1))},{rng.choice((0, 1))}"
        lines.append(
            f"Piece {number},{PARTS[number % len(PARTS)]},{10 * rng.randint(1, 3)},{slots},{rng.randint(-3, 3)},"
            f"Set {rng.randint(1, 200)},{rng.randint(1, 12)}{own}"
        )
    equipment, config = folder / "equipment.csv", folder / "config.json"
    equipment.write_text("\n".join(lines) + "\n")
    listed = {name: {"max": 3 + s % 3, "weight": 1 + s % 3, "penalty": 1} for s, name in enumerate(skills[:n_listed])}
    values = {
        "decorations": {"deco_1": 1, "deco_2": 2, "deco_3": 0, "deco_4": 0, "num_decos": 0},
        "skills": listed,
        "unlisted_skill_weight": 0,
        "defence": 0,
        "filter": {"Rarity": {"min": 2}},
        "limit": limit,
    }
    config.write_text(json.dumps(values))
    return equipment, config


def peak_mib() -> float:
    """Peak resident memory of this process so far."""
    from equipment_optimizer.system.machine import peak_rss_bytes

    return (peak_rss_bytes() or 0) / 2**20


def main() -> None:
    """Run a large job and say what each stage took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=100_000)
    parser.add_argument("--skills", type=int, default=1_000)
    parser.add_argument("--listed", type=int, default=30, help="skills that the config lists")
    parser.add_argument("--limit", type=int, default=1_000_000)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--only-compile", action="store_true")
    args = parser.parse_args()

    from equipment_optimizer.loading.jobs import load_job
    from equipment_optimizer.output.csv_file import write_csv
    from equipment_optimizer.pipeline import optimize
    from equipment_optimizer.problem.compile import compile_problem
    from equipment_optimizer.problem.selection import select_pieces

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        equipment, config_path = write_job(
            folder, n_pieces=args.pieces, n_skills=args.skills, n_listed=args.listed, limit=args.limit
        )
        started = time.perf_counter()

        def done(what: str) -> None:
            print(f"{what:32} {time.perf_counter() - started:9.2f} s {peak_mib():9.0f} MiB", flush=True)

        done("start")
        table, config, _ = load_job(equipment, config_path)
        done(f"loaded {equipment.stat().st_size / 2**20:.1f} MiB")
        problem = compile_problem(select_pieces(table, config), config)
        done(f"compiled, {problem.n_features} coupled totals")
        del problem
        if args.only_compile:
            return
        results = optimize(table, config, engine=args.engine)
        n_distinct = len(set(results.scaled_scores.tolist()))
        done(f"{len(results):,} builds, {n_distinct:,} scores")
        write_csv(results, str(folder / "out.csv"))
        done(f"written {(folder / 'out.csv').stat().st_size / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
