"""Which engine is done first, by the number of combinations and of builds wanted.

    python benchmarks/search/engine_choice.py [--quick]

Both engines search made equipment, six parts of equal size and ten listed skills,
on one core; their answers are compared. The last column is what "auto" takes.
"""

from __future__ import annotations

import argparse
import random
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from measuring import heading, seconds_text, table, timed

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import DEFAULT_BODY_PARTS
from equipment_optimizer.search.engines import SearchOptions, search, sooner_engine

SKILLS = [f"Skill {i}" for i in range(10)]


def made_problem(n_pieces: int) -> Problem:
    """A job with so many pieces of every part."""
    dice = random.Random(3)
    pieces = []
    for part, _ in DEFAULT_BODY_PARTS:
        for k in range(n_pieces):
            skills = tuple((name, dice.randint(1, 3)) for name in dice.sample(SKILLS, 2))
            slots = (dice.randint(0, 3), 0, 0, 0)
            pieces.append(EquipmentPiece(f"{part} {k}", part, defence=dice.randint(10, 60), slots=slots, skills=skills))
    rules = {name: SkillRule(maximum=5, weight=Decimal(6 + i) / 4) for i, name in enumerate(SKILLS)}
    return compile_problem(EquipmentTable.from_pieces(pieces), Config(skills=rules, defence_weight=Decimal("0.02")))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny jobs, in seconds")
    sizes, limits = ((4, 6), (1, 100)) if parser.parse_args().quick else ((17, 22, 31, 36), (100, 10**4, 10**5, 10**6))
    rows = []
    for n_pieces in sizes:
        problem = made_problem(n_pieces)
        total = problem.space.n_combinations
        for limit in limits:
            seconds, scores = {}, {}
            for engine in ("bounded", "exhaustive"):
                options = SearchOptions(engine=engine, workers=1)
                seconds[engine], outcome = timed(partial(search, problem, limit, options))
                scores[engine] = outcome.scores
            if not np.array_equal(scores["bounded"], scores["exhaustive"]):
                sys.exit("the answers differ: nothing is printed")
            rows.append(
                [
                    f"{total:.1e}",
                    f"{limit:,}",
                    *(seconds_text(seconds[engine]) for engine in ("bounded", "exhaustive")),
                    sooner_engine(total, limit, separable=True),
                ]
            )
    print(heading([]))
    print(table(["combinations", "builds wanted", "bounded", "exhaustive", "auto takes"], rows))


if __name__ == "__main__":
    main()
