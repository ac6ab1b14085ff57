"""What two workers gain on the exhaustive engine, and whether "auto" takes the better.

    python benchmarks/search/two_workers.py [--quick]

Made equipment of three sizes and one that takes some seconds; the scoring stage alone, each
way in turn, the fastest of a few rounds. Every round begins with another way: whatever runs
after processes have ended is a little slower. The answers of all ways are compared.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
from engine_choice import made_problem

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from measuring import heading, seconds_text, table, timed

from equipment_optimizer.search.engines import SearchOptions, search

WAYS = {
    "one": SearchOptions(engine="exhaustive", workers=1),
    "two": SearchOptions(engine="exhaustive", workers=2, backend="processes"),
    "auto": SearchOptions(engine="exhaustive", workers="auto"),
}

#: Above this many combinations one round has to do.
_LONG = 10**9


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny jobs, in seconds")
    sizes = (4, 5) if parser.parse_args().quick else (5, 10, 22, 43)
    rows = []
    for n_pieces in sizes:
        problem = made_problem(n_pieces)
        total = problem.space.n_combinations
        seconds: dict[str, float] = {}
        answers = []
        for first in range(1 if total > _LONG else 12):
            for position in range(len(WAYS)):
                name = list(WAYS)[(first + position) % len(WAYS)]
                elapsed, outcome = timed(partial(search, problem, 100, WAYS[name]))
                seconds[name] = min(elapsed, seconds.get(name, elapsed))
                answers.append(outcome.scores)
        if not all(np.array_equal(answers[0], other) for other in answers):
            sys.exit("the answers differ: nothing is printed")
        best = min(seconds["one"], seconds["two"])
        ratios = [f"{seconds['one'] / seconds['two']:.2f}", f"{seconds['auto'] / best:.2f}"]
        rows.append([f"{total:,}", *(seconds_text(seconds[name]) for name in WAYS), *ratios])
    print(heading([]))
    print(table(["combinations", *WAYS, "one / two", "auto / better"], rows))


if __name__ == "__main__":
    main()
