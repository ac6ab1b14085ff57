"""Random equipment of any size: for memory and speed where no real table is wanted.

    python benchmarks/random_equipment.py 22x22x22x22x21x21 CONFIG.json OUT.csv

writes so many pieces for head, body, arms, waist, legs and charm. The same sizes
always give the same file. Skills are those that the config lists, and one that it
does not.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Sequence

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")

HEADER = [
    *("Name", "Body Part", "Base Defence", "Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level"),
    *("Num Lvl 1 Deco Slots", "Num Lvl 2 Deco Slots"),
]


def write_equipment(path: str, sizes: Sequence[int], skills: Sequence[str], seed: int = 7) -> None:
    """Write random pieces.

    Parameters
    ----------
    path : str
    sizes : sequence of 6 int
        Pieces of each body part.
    skills : sequence of str
        At least two names.
    seed : int
    """
    rng = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for part, size in zip(PARTS, sizes, strict=True):
            for i in range(size):
                first, second = rng.sample(skills, 2)
                own = [first, rng.randint(1, 3), second, rng.randint(1, 2)]
                slots = [rng.randint(0, 2), rng.randint(0, 1)]
                writer.writerow([f"{part} {i}", part, rng.randint(20, 90), *own, *slots])


def skills_of(config: str) -> list[str]:
    """Skills that a config file lists, and one more."""
    with open(config, encoding="utf-8") as file:
        return [*json.load(file)["skills"], "Luck"]


if __name__ == "__main__":
    write_equipment(sys.argv[3], [int(size) for size in sys.argv[1].split("x")], skills_of(sys.argv[2]))
