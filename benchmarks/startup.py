"""What jobs cost from start to end, beside importing NumPy and beside another checkout.

    python benchmarks/startup.py [--rounds 30] [--against FOLDER] [--data FOLDER]

Each round runs ``python -c "import numpy"`` as it is and with one thread of linear
algebra, the example's job, jobs of the family ``popular`` with slots filled on 10^15
combinations (`search/filling_jobs.py`; a made table where the data are not there), and
the same of the other checkout, one after the other, and takes the processor time (user
and system) of each; what is printed are medians, and the medians of the ratios within
a round. Processor time, because the wall clock measures who else is there. NumPy
starts a thread for every core, the commands start none: so there are two ratios.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

# Helpers lie beside this file and in folders beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parent
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from cases import DATA, data_folder
from filling_jobs import EQUIPMENT, made_table, popular_job
from measuring import ROOT, heading, processor_seconds, table

NUMPY = [sys.executable, "-c", "import numpy"]
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

#: Jobs of the family that are run, by seed, and builds wanted.
SEEDS, LIMITS = (1, 2, 3), (1, 100)


def jobs(data: Path, into: Path) -> dict[str, list[str]]:
    """What stands behind ``main.py``, by name: the example, and jobs with slots filled."""
    example = ["example_data/equipment.csv", os.devnull, "example_data/config.json", "--quiet"]
    folder = data / "world_all"
    if not (folder / EQUIPMENT).is_file():
        folder = into / "made"
        folder.mkdir()
        made_table(folder)
    found = {"example": example}
    for seed in SEEDS:
        job = popular_job(folder, seed, into)
        for limit in LIMITS:
            words = [job.equipment, os.devnull, job.config, "--quiet", "--limit", str(limit)]
            found[f"{folder.name} popular {seed}, N = {limit}"] = words
    return found


def measure(
    commands: Mapping[str, tuple[Sequence[str], Path, Mapping[str, str]]], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each command in each round; a round before them, not counted, fills caches.

    Sources are compiled before, whatever the environment says of that: a user's are.
    """
    for folder in {folder for _, folder, _ in commands.values()}:
        compileall.compile_dir(folder / "equipment_optimizer", quiet=1)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, folder, variables) in commands.items():
            used, code = processor_seconds(command, folder, variables)
            if code:
                raise subprocess.CalledProcessError(code, command)
            if number:
                seconds[name].append(used)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--against", metavar="FOLDER", type=Path, help="another checkout")
    parser.add_argument("--data", type=data_folder, default=DATA)
    args = parser.parse_args()
    threads, one = "import numpy", "import numpy, one thread"
    commands: dict[str, tuple[Sequence[str], Path, Mapping[str, str]]] = {
        threads: (NUMPY, ROOT, {}),
        one: (NUMPY, ROOT, ONE_THREAD),
    }
    with tempfile.TemporaryDirectory() as scratch:
        for name, words in jobs(args.data, Path(scratch)).items():
            commands[name] = ([sys.executable, str(ROOT / "main.py"), *words], ROOT, {})
            if args.against is not None:
                other = args.against.resolve()
                commands[f"{name}, {other.name}"] = ([sys.executable, str(other / "main.py"), *words], other, {})
        print(heading([]))
        seconds = measure(commands, args.rounds)
    rows = []
    for name, values in seconds.items():
        ratios = [
            statistics.median(own / numpy for own, numpy in zip(values, seconds[which], strict=True))
            for which in (threads, one)
        ]
        rows.append([name, f"{1e3 * statistics.median(values):.0f} ms", *(f"{ratio:.2f}" for ratio in ratios)])
    print(table(["", "CPU, median", f"of {threads}", "of that with one thread"], rows))


if __name__ == "__main__":
    main()
