"""Where nothing fits: what the answer takes, how small the conflict is, and how much of it is certain.

    python benchmarks/search/nothing_fits.py [--data FOLDER] [--tables NAME ...] [--seeds FIRST-LAST] [--quick]

The jobs are those of the family ``required`` (`filling_jobs.py`), made harder: ``one
more`` asks for a level more of every skill, as far as there is one, ``highest`` for the
highest level of every skill. Seconds are processor seconds from the loaded job to the
error. A level is known where the error says how far that requirement can be kept at
most, and not only between what it is.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

# Imported here, or its import would count.
from cases import DATA, data_folder
from filling_jobs import records_of, required_job, table_folders
from measuring import heading, seconds_text, table

import equipment_optimizer.questions.infeasible  # noqa: F401
from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize

TABLES = ("world_all", "world_mr_endgame", "rise_hr_ja")
KINDS = ("one more", "highest")


def harder(folder: Path, config: Path, kind: str) -> None:
    """Ask for more in a configuration."""
    most = {row["Name"]: int(row["Max Level"]) for row in records_of(folder / "skills.csv")}
    settings = json.loads(config.read_text(encoding="utf-8"))
    for skill, rule in settings["skills"].items():
        rule["min"] = min(most[skill], rule["min"] + 1) if kind == "one more" else most[skill]
    config.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def measure(folder: Path, kind: str, seeds: range, into: Path) -> list[object]:
    """One row of the table."""
    seconds, sizes, messages, n_found = [], [], [], 0
    for seed in seeds:
        job = required_job(folder, seed, into)
        harder(folder, Path(job.config), kind)
        loaded, config, _ = load_job(job.equipment, job.config)
        began = time.process_time()
        try:
            optimize(loaded, config, engine="bounded")
            n_found += 1
        except InfeasibleError as error:
            seconds.append(time.process_time() - began)
            messages.append(str(error))
            sizes.append(len(re.findall(r"^  .* at least ", str(error), re.MULTILINE)))
    if not seconds:
        return [folder.name, kind, 0, n_found, *["-"] * 6]
    whole = "\n".join(messages)
    n_needed = sum("did not suffice" not in message for message in messages)
    n_known = sum(sizes) - len(re.findall(r": between | no more than ", whole))
    return [
        folder.name, kind, len(seconds), n_found, seconds_text(statistics.median(seconds)), seconds_text(max(seconds)),
        f"{statistics.median(sizes):g}", f"{n_needed} of {len(sizes)}",
        sum("no fewer do" in message or "this is out of reach" in message for message in messages),
        f"{n_known} of {sum(sizes)}",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=data_folder, default=DATA)
    parser.add_argument("--tables", nargs="+", default=TABLES, metavar="NAME")
    parser.add_argument("--seeds", default="1-40", metavar="FIRST-LAST")
    parser.add_argument("--quick", action="store_true", help="a made table, in seconds")
    arguments = parser.parse_args()
    first, last = map(int, ("1-2" if arguments.quick else arguments.seeds).split("-"))
    with tempfile.TemporaryDirectory() as scratch:
        into = Path(scratch)
        folders = table_folders(arguments.data, arguments.tables, into, quick=arguments.quick)
        rows = [measure(folder, kind, range(first, last + 1), into) for folder in folders for kind in KINDS]
    print(heading([]))
    headers = ["table", "asked for", "nothing fits", "else", "CPU, median", "slowest", "requirements, median"]
    print(table([*headers, "each needed", "no fewer do", "level known"], rows))


if __name__ == "__main__":
    main()
