"""One of each outcome (``variants``), and rows that differ in a skill, where few skills are all that has a weight.

    python benchmarks/outcomes/ties.py [--data FOLDER] [--skills N ...] [--limit N] [--cap SECONDS] [--quick]

Of a real table with its slots filled, the first N of twelve skills that everybody wants have a weight, up to their
maximum, and nothing else has: billions of builds have all of them. Each command is run whole, in a process of its own,
beside the plain list of as many builds; what it writes is held against definition by `verify` first, and nothing is
printed where that finds a difference. Seconds are processor seconds, each one run; the peak is what the command tells.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
sys.path[:0] = [str(ROOT), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from measuring import heading, table

#: Skills with weights and maxima, those that come first are wanted most.
SKILLS = {
    "Attack Boost": (3, 7), "Critical Eye": (2, 7), "Weakness Exploit": (3, 3), "Critical Boost": (3, 3),
    "Agitator": (2.5, 5), "Health Boost": (2, 3), "Divine Blessing": (1.5, 3), "Handicraft": (1.5, 5),
    "Peak Performance": (1.5, 3), "Maximum Might": (1, 3), "Speed Eating": (1, 3), "Stun Resistance": (0.5, 3),
}  # fmt: skip

#: What each command is asked for besides.
RULES: dict[str, dict[str, Any]] = {
    "plain list": {},
    "variants": {"variants": "one"},
    "different skills": {"different": {"skills": True}},
}

HEADERS = ["skills", "list", "processor time", "peak", "rows", "builds in them", "state"]

#: The command's exit code where it was stopped early.
STOPPED_EARLY = 5


def config_of(n_skills: int, limit: int, files: dict[str, str], rules: dict[str, Any]) -> dict[str, Any]:
    """A configuration as somebody writes it who wants some skills and nothing else."""
    wanted = list(SKILLS.items())[:n_skills]
    return {
        "skills": {skill: {"weight": weight, "max": maximum} for skill, (weight, maximum) in wanted},
        "over_max": "cap",
        "unlisted_skill_weight": 0,
        "defence": 0,
        "decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},
        "limit": limit,
        "files": files,
        **rules,
    }


def measured(equipment: Path, config: dict[str, Any], folder: Path, cap: float) -> list[str]:
    """A command as the end of a row of `HEADERS`."""
    written, out = folder / "config.json", folder / "out.csv"
    written.write_text(json.dumps(config), encoding="utf-8")
    words = [sys.executable, "-m", "equipment_optimizer"]
    job = [*words, "optimize", str(equipment), str(out), str(written), "--overwrite", "--time-limit", f"{cap:g}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(job, cwd=ROOT, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, STOPPED_EARLY):
        sys.exit(done.stderr)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = done.stderr.rpartition("peak ")[2].strip()
    verify = [*words, "verify", str(out), str(equipment), str(written), "--quiet"]
    judged = subprocess.run(verify, cwd=ROOT, check=False, capture_output=True, text=True)
    if judged.returncode:
        sys.exit(f"{judged.stdout}{judged.stderr}verify finds a difference: nothing is printed")
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    n_builds = [row.get("Variants") for row in rows]
    known = "" if None in n_builds else "not counted" if "" in n_builds else f"{sum(map(int, n_builds)):,}"  # type: ignore[arg-type]
    state = "stopped" if "Proved" in (rows[0] if rows else {}) else "proved"
    return [f"{seconds:.2f} s", peak, f"{len(rows)}", known, state]


def quick_table(folder: Path) -> tuple[Path, dict[str, str]]:
    """A small table of our own, and its side files."""
    full = ROOT / "example_data" / "full"
    return full / "equipment.csv", {name: str(full / f"{name}.csv") for name in ("decorations", "skills")}


def real_table(data: Path) -> tuple[Path, dict[str, str]]:
    """The real one."""
    folder = (data / "world_all").resolve()
    names = ("decorations", "set_bonuses", "skills")
    return folder / "armour_ext.csv", {name: str(folder / f"{name}.csv") for name in names}


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of the real tables")
    parser.add_argument("--skills", nargs="+", type=int, default=[1, 2, 3, 4, 5, 6, 8, 12], metavar="N")
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--cap", type=float, default=120.0, metavar="SECONDS", help="for each command")
    parser.add_argument("--quick", action="store_true", help="a small table: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.skills, options.limit = [2], 5
    is_real = options.data is not None and not options.quick
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        equipment, files = real_table(options.data) if is_real else quick_table(folder)
        print(heading([equipment.name if is_real else "example_data/full"]))
        rows = []
        for n_skills in options.skills:
            for name, rules in RULES.items():
                config = config_of(n_skills, options.limit, files, rules)
                rows.append([str(n_skills), name, *measured(equipment, config, folder, options.cap)])
                print("\t".join(rows[-1]), file=sys.stderr, flush=True)
        print(f"\nThe best {options.limit:,} rows\n\n{table(HEADERS, rows)}")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
