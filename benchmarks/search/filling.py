"""The best builds with their slots filled: proved how fast, in how much memory, and equal to a MILP's.

    python benchmarks/search/filling.py [--data FOLDER] [--tables NAME ...] [--seeds FIRST-LAST] [--limits N ...]
                                 [--parts PART ...] [--milp N] [--hundred N] [--cap SECONDS] [--repeats N]
                                 [--keep FOLDER] [--quick]

Parts: ``answers`` compares the best ten scores with those of a mixed-integer program
(`filling_milp.py`), on random configurations and on some where set bonuses decide,
and leaves if they differ; ``ratio`` sets both side by side for N = 1 to 1,000 of
popular configurations, as far as the MILP comes within the cap; ``random``,
``popular`` and ``required`` time the families of random configurations of each
table (`filling_jobs.py`); ``bonuses`` those where set bonuses decide. Every search
and every whole command is a process of its own, on one core. Processor seconds
stand beside elapsed ones, which other work on the machine lengthens.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, checksum, data_folder
from filling_jobs import FAMILIES, Job, bonus_jobs, dearest_piece, table_folders
from measuring import ROOT, bytes_text, heading, seconds_text, table

from equipment_optimizer.loading.jobs import load_job

TABLES = ("world_all", "world_mr_endgame", "rise_hr_ja")

PARTS = ("answers", "ratio", *FAMILIES, "bonuses")

#: Builds asked for of a family that is not timed at all the limits.
OWN_LIMITS = {"required": [20]}

#: Builds asked for beside the MILP, which finds one after the other: one run of it tells the time for each number.
MILP_LIMITS = (1, 10, 100, 1_000)

#: How many scores are compared with the other method's.
N_COMPARED = 10

HEADERS = ["job", "listed", "search", "CPU", "command", "CPU", "peak", "over example", "enumerated", "nodes", "answer"]


def run(command: Sequence[object]) -> tuple[str, float, float]:
    """Standard output of a Python script of ours, elapsed seconds and processor seconds; leaves if it fails."""
    # The package of this checkout, installed or not.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before, started = os.times(), time.perf_counter()
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, env=environment, check=False)
    seconds, after = time.perf_counter() - started, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr.decode()}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout.decode(), seconds, cpu


def ask(script: str, job: Job, limit: int, cap_seconds: float) -> dict[str, Any]:
    """What a script says of a job."""
    answer: dict[str, Any] = json.loads(run([BENCHMARKS / script, job.equipment, job.config, limit, cap_seconds])[0])
    return answer


def whole_command(files: Sequence[object], limit: int, folder: Path, engine: str) -> tuple[float, float, int]:
    """Elapsed seconds, processor seconds and peak memory of the main job on an equipment file and a configuration."""
    manifest = folder / "manifest.json"
    equipment, config = files
    options = ["--engine", engine, "--limit", limit, "--manifest", manifest, "--quiet"]
    _, seconds, cpu = run([ROOT / "main.py", equipment, folder / "out.csv", config, *options])
    return seconds, cpu, json.loads(manifest.read_text(encoding="utf-8"))["peak_rss_bytes"]


class Timing:
    """What the searches of jobs took.

    Parameters
    ----------
    folder : Path
        For outputs.
    repeats : int
        Of each search the fastest run counts.
    cap_seconds : float
        For each search.
    """

    def __init__(self, folder: Path, repeats: int, cap_seconds: float) -> None:
        self.folder, self.repeats, self.cap_seconds = folder, repeats, cap_seconds
        example = ROOT / "example_data"
        files = example / "equipment.csv", example / "config.json"
        whole_command(files, 1, folder, "bounded")  # once, unmeasured: modules are compiled
        self.example_peak = whole_command(files, 100, folder, "auto")[2]

    def measure(self, job: Job, limit: int) -> dict[str, Any]:
        """Search and whole command of one job."""
        runs = [ask("search/filling_search.py", job, limit, self.cap_seconds) for _ in range(self.repeats)]
        best = min(runs, key=lambda own: own["seconds"])
        best["cpu"] = min(own["cpu"] for own in runs)
        if best["proved"] and best["scores"]:
            files = job.equipment, job.config
            best["whole"], best["whole_cpu"], peak = whole_command(files, limit, self.folder, "bounded")
            best["peak"] = max(best["peak"], peak)
        return {**best, "job": job}

    def row(self, figures: dict[str, Any]) -> list[object]:
        """One job as a row of `HEADERS`."""
        job, whole = figures["job"], ["-", "-"]
        if "whole" in figures:
            whole = [seconds_text(figures["whole"]), seconds_text(figures["whole_cpu"])]
        answer = "proved" if figures["proved"] else f"gap {figures['gap']}"
        return [
            job.name, job.n_skills, seconds_text(figures["seconds"]), seconds_text(figures["cpu"]), *whole,
            bytes_text(figures["peak"]), bytes_text(figures["peak"] - self.example_peak),
            f"{figures['enumerated']:,}", figures["nodes"],
            answer if figures["scores"] else f"no build, {answer}",
        ]  # fmt: skip

    def summary(self, name: str, limit: int, all_figures: list[dict[str, Any]]) -> list[list[object]]:
        """Median and highest of what the searches of many jobs took, those left out that have no build."""
        found = [own for own in all_figures if own["scores"]]
        if not found:
            return [[name, f"{limit:,}", "median", *["-"] * 6, "no build"]]
        n_without = len(all_figures) - len(found)
        said = f"{sum(own['proved'] for own in found)} of {len(found)} proved"
        said += f", {n_without} without a build" if n_without else ""
        slowest = max(found, key=lambda own: own["seconds"])["job"].name
        rows: list[list[object]] = []
        for label, pick, what in (("median", statistics.median, said), ("highest", max, f"slowest: {slowest}")):
            columns = [[own[key] for own in found if key in own] for key in ("seconds", "cpu", "whole", "whole_cpu")]
            texts = [seconds_text(pick(column)) if column else "-" for column in columns]
            peak = pick([own["peak"] for own in found])
            over = bytes_text(peak - self.example_peak)
            rows.append([name, f"{limit:,}", label, *texts, bytes_text(peak), over, what])
        return rows


def compared(job: Job, timing: Timing, limit: int, cap_seconds: float) -> list[object]:
    """Our best scores against the MILP's, as far as that comes in the time; leaves if they differ."""
    ours = min((ask("search/filling_search.py", job, limit, timing.cap_seconds) for _ in range(timing.repeats)),
               key=lambda own: own["seconds"])  # fmt: skip
    milp = ask("peers/filling_milp.py", job, limit, cap_seconds)
    n_found, n_ours = len(milp["scores"]), len(ours["scores"])
    all_there = n_found == limit or milp["status"] == "no further build"
    if milp["scores"] != ours["scores"][:n_found] or (all_there and n_ours != n_found) or not ours["proved"]:
        sys.exit(f"{job.name}: the MILP gives another answer\nMILP {milp['scores']}\nours {ours['scores']}")
    mark = "" if all_there else "> "
    theirs = sum(milp["seconds"]) if all_there else cap_seconds
    answer = f"same {n_found} scores" if n_found else "no build, both say"
    answer += "" if all_there else f", then {milp['status']}"
    return [
        job.name, job.n_skills, seconds_text(ours["seconds"]), seconds_text(ours["cpu"]),
        mark + seconds_text(theirs), mark + seconds_text(milp["cpu"]),
        f"{mark}{theirs / ours['seconds']:,.0f}", f"{mark}{milp['cpu'] / ours['cpu']:,.0f}",
        bytes_text(milp["peak"]), answer,
    ]  # fmt: skip


def compare(title: str, jobs: Sequence[Job], timing: Timing, limit: int, cap_seconds: float) -> None:
    """A table of comparisons."""
    headers = ["job", "listed", "search", "CPU", "MILP", "CPU", "ratio", "of CPU", "MILP peak", "answer"]
    rows = [compared(job, timing, limit, cap_seconds) for job in jobs]
    print(f"\n{title}\n\n{table(headers, rows)}", flush=True)


def compare_numbers(job: Job, timing: Timing, cap_seconds: float) -> list[list[object]]:
    """A row for each number of builds: ours, and the MILP up to that number; leaves if a score differs."""
    milp = ask("peers/filling_milp.py", job, max(MILP_LIMITS), cap_seconds)
    rows: list[list[object]] = []
    for limit in MILP_LIMITS:
        ours = ask("search/filling_search.py", job, limit, timing.cap_seconds)
        n_same = min(limit, len(milp["scores"]))
        # Scores of a MILP that was stopped are sorted: the last ones may yet be beaten by none that is listed.
        if milp["scores"][:n_same] != ours["scores"][:n_same] or not ours["proved"]:
            sys.exit(f"{job.name}: the MILP gives another answer\nMILP {milp['scores']}\nours {ours['scores']}")
        mark = "" if n_same == limit else "> "
        theirs = sum(milp["seconds"][:limit]) if n_same == limit else cap_seconds
        answer = f"same {n_same} scores" + (", then time was over" if mark else "")
        ratio = f"{mark}{theirs / ours['seconds']:,.1f}"
        rows.append([job.name, f"{limit:,}", seconds_text(ours["seconds"]), mark + seconds_text(theirs), ratio, answer])
    return rows


def time_family(title: str, jobs: Sequence[Job], limits: Sequence[int], timing: Timing) -> list[list[object]]:
    """The rows of every limit of one table; the jobs one by one are printed for the limit 100 and the last one."""
    rows: list[list[object]] = []
    for limit in limits:
        figures = [timing.measure(job, limit) for job in jobs]
        if limit in (100, limits[-1]):
            own = table(HEADERS, map(timing.row, figures))
            combinations = f"{figures[0]['n_combinations']:.2e} combinations"
            print(f"\n{title} ({combinations}), N = {limit:,}\n\n{own}", flush=True)
        rows += timing.summary(title, limit, figures)
    return rows


def time_bonuses(jobs: Sequence[Job], limits: Sequence[int], timing: Timing) -> None:
    """One table for each limit."""
    worth = [[job.name, *dearest_piece(job)] for job in jobs]
    headers = ["job", "no piece is worth more than", "highest weight of a skill of a set bonus"]
    print(f"\nWhere set bonuses decide\n\n{table(headers, worth)}", flush=True)
    for limit in limits:
        own = table(HEADERS, [timing.row(timing.measure(job, limit)) for job in jobs])
        print(f"\nWhere set bonuses decide, N = {limit:,}\n\n{own}", flush=True)


def arguments() -> argparse.Namespace:
    """The options, those of a quick run filled in."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=data_folder, default=DATA, help="folder of real tables")
    parser.add_argument("--tables", nargs="+", default=TABLES, metavar="NAME")
    parser.add_argument("--seeds", metavar="FIRST-LAST", help="of each family; by default all")
    parser.add_argument("--limits", nargs="+", type=int, default=[1, 100, 1_000, 10_000], metavar="N")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--milp", type=int, default=6, metavar="N", help="configurations of each table compared")
    parser.add_argument("--hundred", type=int, default=3, metavar="N", help="configurations compared at N = 1 to 1,000")
    parser.add_argument("--cap", type=float, default=300.0, metavar="SECONDS", help="for each search and MILP")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="of each search; the fastest counts")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the configurations that are made")
    parser.add_argument("--quick", action="store_true", help="only a tiny job: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.limits, options.milp, options.hundred = "1-1", [1, 20], 1, 0
    return options


def seeds_of(wanted: str | None, n_seeds: int) -> range:
    """The seeds asked for, or the first `n_seeds`."""
    first, last = (1, n_seeds) if wanted is None else map(int, wanted.split("-"))
    return range(first, last + 1)


def main() -> None:
    """Compare and print."""
    options = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch)
        if options.keep is not None:
            target = options.keep
            target.mkdir(parents=True, exist_ok=True)
        folders = table_folders(options.data, options.tables, Path(scratch), quick=options.quick)
        jobs = {
            (family, folder): [make(folder, seed, target) for seed in seeds_of(options.seeds, n_seeds)]
            for family, (make, n_seeds) in FAMILIES.items()
            for folder in folders
        }
        bonuses = [job for folder in folders for job in bonus_jobs(folder, target)]
        bonuses = bonuses[:1] if options.quick else bonuses
        firsts = [(folder.name, jobs["random", folder][0]) for folder in folders]
        print(heading(f"{name} {checksum(load_job(job.equipment, job.config)[0])}" for name, job in firsts))
        timing = Timing(Path(scratch), options.repeats, options.cap)
        print(f"main job on the example: peak {bytes_text(timing.example_peak)}", flush=True)
        if "answers" in options.parts:
            chosen = [job for own in jobs.values() for job in own[: options.milp]] + (bonuses if options.milp else [])
            compare("The best ten scores against the MILP's", chosen, timing, N_COMPARED, options.cap)
        if "ratio" in options.parts and options.hundred:
            headers = ["job", "N", "search", "MILP", "ratio", "answer"]
            rows = [
                row
                for job in jobs["popular", folders[0]][: options.hundred]
                for row in compare_numbers(job, timing, options.cap)
            ]
            print(
                f"\nThe best builds against a MILP that finds one after the other\n\n{table(headers, rows)}", flush=True
            )
        if "bonuses" in options.parts and bonuses:
            time_bonuses(bonuses, options.limits, timing)
        rows = []
        for (family, folder), own in jobs.items():
            if family in options.parts:
                limits = options.limits if options.quick else OWN_LIMITS.get(family, options.limits)
                rows += time_family(f"{family}, {folder.name}", own, limits, timing)
        if rows:
            headers = ["family", "N", "", "search", "CPU", "command", "CPU", "peak", "over example", "configurations"]
            print(f"\nThe families in short\n\n{table(headers, rows)}")


if __name__ == "__main__":
    main()
