"""Proofs of the best builds with their slots filled: how large they are, and how long the checker takes.

    python benchmarks/search/proofs.py [--data FOLDER] [--tables NAME ...] [--family NAME] [--seeds FIRST-LAST]
                                       [--limit N] [--quick]

The whole command makes list and proof of each configuration (`filling_jobs.py`), once without and once with
``--proof``, and the checker, a process of its own like the command, proves it; all seconds are processor seconds of
whole processes. Leaves where a proof is not proved.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, checksum, data_folder
from filling import TABLES, run, seeds_of
from filling_jobs import FAMILIES, Job, table_folders
from measuring import ROOT, heading, table

from equipment_optimizer.loading.jobs import load_job

CHECKER = ROOT / "equipment_optimizer" / "proof" / "check_proof.py"

HEADERS = ["job", "listed", "command, s", "with proof, s", "vectors", "boxes", "bytes", "checker, s", "answer"]


def measured(job: Job, limit: int, folder: Path) -> list[object]:
    """One job as a row of `HEADERS`; leaves where its proof is not proved."""
    builds, proof = folder / "builds.csv", folder / "builds.proof"
    command = [ROOT / "main.py", job.equipment, builds, job.config, "--limit", limit, "--quiet", "--overwrite"]
    plain = run(command)[2]
    proved = run([*command, "--proof", proof])[2]
    answer, _, seconds = run([CHECKER, builds, job.equipment, job.config, proof])
    words = [line.split(" ")[0] for line in proof.read_text(encoding="utf-8").splitlines()]
    return [
        job.name, job.n_skills, f"{plain:.2f}", f"{proved:.2f}", words.count("prices"), words.count("leaf"),
        f"{proof.stat().st_size:,}", f"{seconds:.2f}", answer.strip(),
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of real tables")
    parser.add_argument("--tables", nargs="+", default=TABLES[:1], metavar="NAME")
    parser.add_argument("--family", choices=FAMILIES, default="random")
    parser.add_argument("--seeds", metavar="FIRST-LAST", help="by default 1-20")
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--quick", action="store_true", help="only a tiny job: does it run at all?")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = table_folders(options.data, options.tables, Path(scratch), quick=options.quick)
        make, _ = FAMILIES[options.family]
        seeds = seeds_of("1-1" if options.quick else options.seeds, 20)
        jobs = [make(folder, seed, Path(scratch)) for folder in folders for seed in seeds]
        print(heading([f"{jobs[0].name} {checksum(load_job(jobs[0].equipment, jobs[0].config)[0])}"]))
        rows = [measured(job, options.limit, Path(scratch)) for job in jobs]
        print(f"\nProofs, {options.family}, N = {options.limit:,}\n\n{table(HEADERS, rows)}")


if __name__ == "__main__":
    main()
