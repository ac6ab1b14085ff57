"""Checks of fronts: by brute force over builds and fillings, and both engines held against each other."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from functools import partial
from unittest import mock

import oracle_front
from differential_records import is_allowed
from differential_run import Run, bytes_of, expect, small, some_way

from equipment_optimizer.errors import InfeasibleError, InputError
from equipment_optimizer.output.outcomes import objective_values
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.limited_columns import objectives_named
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search.bounded import region_boxes
from equipment_optimizer.search.front import front as fronts
from equipment_optimizer.search.relaxation import points
from equipment_optimizer.verify.verifier import verify_builds


def random_front(run: Run, rng: random.Random) -> tuple[Config, list[oracle_front.Wanted]]:
    """A configuration with two to four objectives, and what they are."""
    config = run.config
    known: list[tuple[str, str, str]] = [("score", "Score", "Score")]
    if "Defence" not in config.totals:
        known.append(("defence", "Defence", "Defence"))
    known += [("resistance", name, f"{name} Res") for name in run.table.resistance_names]
    counts = [name for name, rule in config.counts.items() if rule.column is None]
    for kind, names in (("total", config.totals), ("count", counts), ("skill", config.skills)):
        for name in names:
            is_alone = [own.kind for own in objectives_named(name, config)] == [kind]
            known.append((kind, name, name if is_alone else f"{name} ({kind})"))
    chosen = rng.sample(known, min(len(known), rng.choice([2, 2, 2, 3, 3, 4])))
    signs = [rng.choice([1, 1, 1, -1]) for _ in chosen]
    front = tuple(f"{'-' * (sign < 0)}{text}" for (_, _, text), sign in zip(chosen, signs, strict=True))
    wanted = [(kind, name, sign) for (kind, name, _), sign in zip(chosen, signs, strict=True)]
    return replace(config, front=front), wanted


def front_rows(results: BuildResults) -> list[oracle_front.Outcome]:
    """The rows of a front."""
    columns = [[Fraction(x, 10**digits) for x in own.tolist()] for _, own, digits in objective_values(results)]
    scores = [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]
    indices = [one.indices for one in results.combinations]
    return [oracle_front.Outcome(*row) for row in zip(zip(*columns, strict=True), scores, indices, strict=True)]


def check_front(run: Run, rng: random.Random) -> None:
    """A front is that of brute force, whichever engine finds it, however it is cut up."""
    config, wanted = random_front(run, rng)
    if len(wanted) < 2:
        return

    def outcome(engine: str) -> BuildResults | str:
        try:
            return optimize(run.table, config, engine=engine)
        except (InfeasibleError, InputError) as error:
            return f"{type(error).__name__}: {error}"

    first = outcome("exhaustive" if run.is_judged else "bounded")
    if not isinstance(first, str):
        expect(first.report.proved, True, f"front of {config.front}: proved")
        if run.is_judged:
            records = run.records
            truth = oracle_front.front(
                records.pieces,
                records.config,
                wanted,
                records.resistance_names,
                other_names=records.other_names,
                allowed=partial(is_allowed, records),
            )
            expect(front_rows(first), truth, f"front of {config.front}")
        run.figures["rows of fronts"] += len(first)
        path = run.folder / "front.csv"
        path.write_bytes(bytes_of(first))
        verdict = verify_builds(path, run.table, config, n_builds=500, seed=rng.randrange(1_000))
        expect(verdict.differences, (), f"what verify says of the front of {config.front}")
    if run.is_judged:
        expect(bytes_of(outcome("bounded")), bytes_of(first), f"front of {config.front} by the bounded engine")
    sizes = {
        "_SPLIT_LEAVES": rng.choice([1.0, 20.0]),
        "_FIRST_LEAVES": rng.choice([1.0, 5.0]),
        "_FILLED_AT_ONCE": 2,
        "_MAX_BOXES": 60,
    }
    # Of filled slots few before the rest is searched above floors.
    few = {"_MOST_FILLED": rng.choice([-1, 5, 100_000]), "_MOST_LOOKED_AT": rng.choice([20, 1_000_000])}
    n_filled = mock.patch.multiple(fronts, **few)
    cells = mock.patch.object(points, "_MOST_CELLS", 2)
    with small(*some_way(rng)), mock.patch.multiple(region_boxes, **sizes), n_filled, cells:
        expect(bytes_of(outcome("bounded")), bytes_of(first), f"front of {config.front}, cut up")
