"""A small job in a folder of its own, for the tests of commands."""

import os
import re
import subprocess
import sys
from pathlib import Path

from equipment_optimizer.cli import main
from equipment_optimizer.system.heap import HeapRow, Partition, StageHeap

ROOT = Path(__file__).resolve().parents[2]
EQUIPMENT = str(ROOT / "example_data" / "equipment.csv")
CONFIG = str(ROOT / "example_data" / "config.json")
EXPECTED = ROOT / "example_data" / "combinations.csv"
SUMMARY = re.compile(r"[0-9.,e]+ combinations, [0-9,]+ kept, [0-9]+\.[0-9]{2} s, peak [0-9.]+ MiB")

PIECES = "Name,Body Part,Base Defence\nCap,Head,1\nHat,Head,2\nMail,Body,3\n"
PLAIN = {
    "decorations": {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 1},
    "skills": {},
    "defence": 1,
    "limit": 5,
}
PLAIN_NOTICE = "no piece of"

#: Builds of an earlier search that was stopped.
OLD = "Head,Proved,Score\nold,no,1\n"


def command(*arguments, python=()):
    return [sys.executable, *python, str(ROOT / "main.py"), *map(str, arguments)]


def run(*arguments, **options):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, **options)


def optimize(*options, output="out.csv", session=None):
    return main(["optimize", "equipment.csv", output, "config.json", *options], session)


def big_equipment(path, n_pieces=100):
    """A list with far more combinations than can be looked at."""
    parts = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
    rows = [f"{part} {k},{part},{(k * 37 + b) % 101}" for b, part in enumerate(parts) for k in range(n_pieces)]
    path.write_text("Name,Body Part,Base Defence\n" + "\n".join(rows) + "\n")


def start_waiting(files, *options):
    """Start a job that waits for its equipment on a named pipe; handlers are installed by then."""
    os.mkfifo(files / "pipe.csv")
    process = subprocess.Popen(
        command("pipe.csv", "out.csv", "config.json", "--engine", "exhaustive", "--workers", "1", *options),
        cwd=files,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, open(files / "pipe.csv", "w")  # opens once the job reads


class MeterOfOneObject:
    """In place of a heap meter, whose looks take time in proportion to what a whole test run holds."""

    def __init__(self, *, trace=False):
        self.peak = 50 if trace else None

    def close(self):
        """Nothing is traced."""

    def stage(self, name):
        return StageHeap(name, 1, 100, None, self.peak)

    def partitions(self, n_rows):
        return (Partition("kind", "everything", 1, 100, (HeapRow("str", 1, 100),), 1),)
