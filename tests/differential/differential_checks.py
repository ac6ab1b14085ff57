"""What is compared for one case of the differential tests: each check is one way for two answers to differ.

A check takes a `Run` (a case with its files loaded) and random numbers of its own,
and raises `Difference`. What needs the truth asks the oracle; the rest compares
ways to the same answer, byte for byte where bytes are promised.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import differential_answers
import differential_claims
import differential_commands
import differential_fronts
from differential_run import Run

Check = Callable[[Run, random.Random], None]

CHECKS: dict[str, Check] = {
    name.removeprefix("check_"): value
    for module in (differential_answers, differential_claims, differential_commands, differential_fronts)
    for name, value in vars(module).items()
    if name.startswith("check_")
}

#: Of how many cases one is put to a check, by mode; 1 is every case.
EVERY = {
    "quick": {
        "load": 2, "oracle": 1, "engines": 2, "infeasible": 1, "fillers": 8, "limits": 16, "blocks": 8,
        "multipliers": 8, "fillings": 16, "stopped": 6, "verify": 8, "corrupt": 8, "alone": 20, "extras": 10,
        "command": 60, "batch": 300, "memory": 60, "front": 8,
    },
    "small": {
        "load": 1, "oracle": 1, "engines": 1, "infeasible": 1, "fillers": 2, "limits": 3, "blocks": 3,
        "multipliers": 3, "fillings": 4, "stopped": 2, "verify": 3, "corrupt": 3, "alone": 6, "extras": 6,
        "command": 20, "batch": 60, "memory": 20, "workers": 800, "dask": 4_000,
        "front": 2,
    },
    "limits": {
        "load": 1, "oracle": 1, "engines": 1, "fillers": 4, "limits": 6, "blocks": 6, "multipliers": 3, "fillings": 8,
        "stopped": 3, "verify": 3, "corrupt": 3, "alone": 20, "extras": 10, "command": 20, "batch": 200, "memory": 60,
        "workers": 2_000, "front": 2,
    },
    "formula": {
        "load": 1, "oracle": 1, "engines": 2, "prefixes": 2, "infeasible": 2, "stopped": 3, "verify": 2, "corrupt": 3,
        "extras": 10, "command": 10, "batch": 100, "memory": 60, "sequence": 2, "sequence_stopped": 4, "variants": 3,
        "levels": 2, "pieces": 3, "wishes": 8, "front": 4,
    },
    "filling": {"load": 1, "fillers": 1, "fillings": 1, "limits": 16, "stopped": 4, "verify": 4, "alone": 4,
                "front": 4},
    "fronts": {"front": 1},
    "answers": {
        "sequence": 1, "sequence_stopped": 3, "variants": 2, "pieces": 2, "explain": 4, "stability": 4,
        "wishes": 4, "asked": 2,
    },
    "large": {
        "load": 1, "engines": 1, "limits": 2, "blocks": 3, "multipliers": 2, "stopped": 2, "verify": 4, "corrupt": 4,
        "command": 20, "memory": 10, "workers": 100, "front": 2,
    },
}  # fmt: skip
