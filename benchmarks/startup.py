"""What the main job costs from start to end, beside importing NumPy and beside another checkout.

    python benchmarks/startup.py [--rounds 30] [--against FOLDER]

Each round runs the example's job here, ``python -c "import numpy"``, and the same job
of the other checkout, one after the other, and takes the processor time (user and
system) of each; what is printed are medians, and the median of the ratios within a
round. Processor time, because the wall clock measures who else is there.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from measuring import ROOT, heading

JOB = ["example_data/equipment.csv", os.devnull, "example_data/config.json", "--quiet"]
NUMPY = [sys.executable, "-c", "import numpy"]


def job_in(folder: Path) -> list[str]:
    """The command of the main job of a checkout."""
    return [sys.executable, str(folder / "main.py"), *JOB]


def processor_seconds(command: Sequence[str], folder: Path) -> float:
    """User and system time of a command that runs in a checkout and imports from it."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
    process = subprocess.Popen(command, cwd=folder, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def measure(commands: Mapping[str, tuple[Sequence[str], Path]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command in each round; a round before them, not counted, fills caches.

    Sources are compiled before, whatever the environment says of that: a user's are.
    """
    for folder in {folder for _, folder in commands.values()}:
        compileall.compile_dir(folder / "equipment_optimizer", quiet=1)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, folder) in commands.items():
            used = processor_seconds(command, folder)
            if number:
                seconds[name].append(used)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--against", metavar="FOLDER", type=Path, help="another checkout")
    args = parser.parse_args()
    commands = {"the main job": (job_in(ROOT), ROOT), "import numpy": (NUMPY, ROOT)}
    if args.against is not None:
        other = args.against.resolve()
        commands[f"the main job in {args.against.name}"] = (job_in(other), other)
    print(heading([]))
    seconds = measure(commands, args.rounds)
    own = seconds["the main job"]
    for name, values in seconds.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(own, values, strict=True))
        print(f"{name}: {1e3 * statistics.median(values):.1f} ms; the main job takes {ratio:.3f} of it")


if __name__ == "__main__":
    main()
