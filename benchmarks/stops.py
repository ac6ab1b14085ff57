"""How long every command goes on after a SIGTERM: processor time from the signal to the end, at many moments of a run.

    python benchmarks/stops.py [--shots 12] [--only NAME ...]

Runs each command once to its end on a large table, then again and again with a signal after another share of
that time. Printed are the exit codes and the middle and longest of the times; processor time of the process and
the workers that it waited for (Linux), since the wall clock measures who else is there.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT, heading
from random_equipment import skills_of, write_equipment

FULL = ROOT / "example_data" / "full"

#: Seconds of processor time that a tick of /proc stands for.
_TICK = 1 / os.sysconf("SC_CLK_TCK")

#: Name and arguments of each run, in a folder with the files of `write_jobs`.
RUNS = {
    "optimize, 20,000 filled": "optimize wide.csv out.csv wide.json --limit 20000",
    "optimize, page": "optimize wide.csv out.csv wide.json --limit 20000 --report r.html --manifest m.json",
    "optimize, 20,000 plain": "optimize many.csv out.csv plain.json --limit 20000 --report r.html",
    "optimize, exhaustive": "optimize some.csv out.csv easy.json --limit 20000 --engine exhaustive --workers 1",
    "optimize, two workers": "optimize some.csv out.csv easy.json --limit 20000 --engine exhaustive --workers 2",
    "optimize, different": "optimize wide.csv out.csv different.json --limit 400",
    "optimize, nothing fits": "optimize wide.csv out.csv impossible.json",
    "batch": "batch lists --workers 1 --report-dir pages",
    "batch, two workers": "batch lists --workers 2",
    "batch, disjoint": "batch lists --disjoint --workers 2",
    "extras": "extras wide.csv wide.json --output extras.csv",
    "pieces": "pieces wide.csv wide.json -o pieces.csv",
    "pieces, pairs": "pieces wide.csv wide.json --wishes wishes.csv --pairs -o pieces.csv",
    "explain": "explain builds.csv wide.csv wide.json 1 400",
    "explain, skill": "explain builds.csv wide.csv wide.json --skill SKILL=2",
    "stability": "stability wide.csv wide.json -o stability.csv",
    "verify": "verify builds.csv wide.csv wide.json --limit 20000",
    "heap": "heap wide.csv wide.json",
    "sample": "sample math:sqrt --data range:3000000",
    "init": "init many.csv -o out.json",
}


def write_jobs(folder: Path) -> None:
    """The files that the runs name: the full example's decorations and weights on random pieces."""
    for path in FULL.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    config = json.loads((FULL / "config.json").read_text())
    skills = skills_of(str(FULL / "config.json"))
    for name, n_pieces in (("wide", 60), ("many", 300), ("some", 6), ("wishes", 12)):
        write_equipment(str(folder / f"{name}.csv"), [n_pieces] * 6, skills, seed=n_pieces)
    plain = {key: value for key, value in config.items() if key not in ("files", "weapon")}
    first = next(iter(config["skills"]))
    rules = config["skills"]
    easy = {name: {key: value for key, value in rule.items() if key != "min"} for name, rule in rules.items()}
    impossible = {name: {**rule, "min": 9} for name, rule in rules.items()}
    for name, value in {
        "wide": config,
        "plain": plain,
        "different": {**config, "different": {"pieces": 2}},
        "impossible": {**config, "skills": impossible},
        "easy": {**config, "skills": easy, "min_defence": 0, "resistances": {}},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    lists = folder / "lists"
    lists.mkdir()
    for path in FULL.glob("*.csv"):
        shutil.copy(path, lists)
    write_equipment(str(lists / "equipment.csv"), [20] * 6, skills)
    for number in range(8):
        weights = {
            name: {**rule, "weight": 1 + (number + k) % 5} if "weight" in rule else rule
            for k, (name, rule) in enumerate(config["skills"].items())
        }
        (lists / f"list{number}.json").write_text(json.dumps({**config, "skills": weights, "limit": 300}))
    (folder / "skill").write_text(first)


def ticks(process_id: int) -> float:
    """Seconds of processor time of a process, its threads, and the children it waited for."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) * _TICK


def family(process_id: int) -> list[int]:
    """A process and those that it started and that live."""
    found = [process_id]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == process_id:
                found.append(int(name))
    return found


def run(words: list[str], folder: Path, after: float | None) -> tuple[int, float, float]:
    """Exit code, processor seconds in all, and from the signal that comes after so many of them to the end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "equipment_optimizer", *words],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    used = 0.0
    if after is not None:
        while used < after and process.poll() is None:
            used = sum(map(ticks, family(process.pid)))
            time.sleep(0.005)
        if process.poll() is not None:
            return process.returncode, used, 0.0
        process.send_signal(signal.SIGTERM)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    total = usage.ru_utime + usage.ru_stime
    return process.returncode, total, max(0.0, total - used)


def main() -> None:
    """Run the runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=12)
    parser.add_argument("--only", action="append", help="this run; may be given several times")
    args = parser.parse_args()
    print(heading([]))
    print(f"{'run':30} {'whole':>7} {'middle':>7} {'longest':>7}  exit codes")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_jobs(folder)
        chosen = {name: line for name, line in RUNS.items() if not args.only or name in args.only}
        if any("builds.csv" in line for line in chosen.values()):
            run(["optimize", "wide.csv", "builds.csv", "wide.json", "--limit", "20000", "--quiet"], folder, None)
        for name, line in chosen.items():
            words = [word.replace("SKILL", (folder / "skill").read_text()) for word in line.split(" ")]
            clean(folder)
            code, whole, _ = run(words, folder, None)
            codes, seconds = collections.Counter({code: 1}), []
            for shot in range(args.shots):
                clean(folder)
                code, _, left = run(words, folder, whole * (shot + 0.5) / args.shots)
                codes[code] += 1
                seconds.append(left)
            told = ", ".join(f"{code}: {n}" for code, n in sorted(codes.items()))
            middle, longest = statistics.median(seconds), max(seconds)
            print(f"{name:30} {whole:7.2f} {middle:7.2f} {longest:7.2f}  {told}", flush=True)


def clean(folder: Path) -> None:
    """Remove what the last run made."""
    for path in [*folder.glob("out*"), *folder.glob("r.html"), *folder.glob("lists/*.csv"), *folder.glob("lists/.*")]:
        if path.is_file() and path.name not in {file.name for file in FULL.glob("*.csv")}:
            path.unlink()


if __name__ == "__main__":
    main()
