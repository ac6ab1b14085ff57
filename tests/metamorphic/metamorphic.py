"""Pairs of jobs of 10^12 to 10^15 builds whose answers must fit each other: no brute force reaches so far.

    python tests/metamorphic/metamorphic.py [--pairs N] [--seed S] [--seconds N] [--relation NAME ...]

Pair number i of seed S is the pair of seed S + i. Each takes one random job and changes it in a way
whose effect on the answer is known: rows in another order, a piece twice, a piece that another one beats
in everything, all weights times a number, a part's pieces in two jobs, skills under other names, the best
build forbidden, a limit that is lower. Exit code 1 where an answer does not fit; a job that is not proved in
its time is counted.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":  # from any folder, installed or not
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

__all__ = ["RELATIONS", "Difference", "Job", "NotProved", "random_job"]

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
SKILLS = tuple(f"Skill {k}" for k in range(24))
BONUSES = ("Wolf", "Bear", "Crane")

#: Processor seconds of one search.
SECONDS = 20.0


class Difference(AssertionError):
    """Two answers that do not fit each other."""


class NotProved(Exception):
    """A search that was not proved in its time."""


class Job(NamedTuple):
    """Pieces in the order of their file, and what is valued."""

    pieces: list[EquipmentPiece]
    config: Config


class Row(NamedTuple):
    """A build of a list: its score, and its pieces' names by position."""

    score: Decimal
    names: tuple[str, ...]


def random_job(rng: random.Random) -> Job:
    """100 to 316 pieces a part; skills, decorations, set bonuses and weights as players have them."""
    n_pieces = round(10 ** rng.uniform(2, 2.5))
    popularity = [1 / (1 + k) for k in range(len(SKILLS))]

    def skills(most: int) -> tuple[tuple[str, int], ...]:
        names = dict.fromkeys(rng.choices(SKILLS, popularity, k=rng.randint(1, most)))
        return tuple((name, rng.choice((1, 1, 1, 2, 2, 3))) for name in names)

    pieces = [
        EquipmentPiece(
            name=f"{part} {k}",
            body_part=part,
            defence=0 if part == "Charm" else rng.randint(20, 120),
            slots=(0, 0, 0, 0) if part == "Charm" else tuple(rng.choice((0, 0, 0, 1)) for _ in range(4)),  # type: ignore[arg-type]
            skills=skills(3),
            set_bonuses=(rng.choice(BONUSES),) if rng.random() < 0.2 and part != "Charm" else (),
        )
        for part in PARTS
        for k in range(n_pieces)
    ]
    listed = rng.sample(SKILLS[:16], rng.randint(6, 14))
    rules = {
        name: SkillRule(
            weight=Decimal(rng.randint(10, 400)) / 100,
            maximum=rng.randint(2, 7),
            penalty=Decimal(rng.choice((0, 0, 1))) / 4,
            minimum=1 if rng.random() < 0.1 else None,
        )
        for name in listed
    }
    decorations = [
        Decoration(name=f"{name} jewel", slot_level=rng.randint(1, 3), skills=((name, 1),)) for name in SKILLS[:16]
    ] + [
        Decoration(name=f"{a}/{b} jewel", slot_level=4, skills=((a, 1), (b, 1)))
        for a, b in (rng.sample(SKILLS[:16], 2) for _ in range(12))
    ]
    steps = [
        SetBonusStep(bonus=bonus, pieces_required=rng.choice((2, 3)), skill=rng.choice(listed), level=2)
        for bonus in BONUSES
    ]
    is_filled = rng.random() < 0.6
    config = Config(
        skills=rules,
        slot_weights=(Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal("0.4")),
        slot_count_weight=Decimal(0),
        defence_weight=Decimal(rng.choice((0, 1, 2))) / 100,
        unlisted_skill_weight=Decimal(rng.choice((0, 0, 5))) / 100,
        limit=rng.choice((1, 10, 100)),
        over_max=rng.choice(("cap", "penalty")),
        decorations=tuple(decorations) if is_filled else None,
        set_bonuses=tuple(steps) if rng.random() < 0.5 else None,
    )  # fmt: skip
    return Job(pieces, config)


def answer(job: Job) -> list[Row]:
    """The best builds, proved; none where nothing fits."""
    deadline = time.process_time() + SECONDS
    try:
        results = optimize(
            EquipmentTable.from_pieces(job.pieces),
            job.config,
            engine="bounded",
            should_stop=lambda: time.process_time() > deadline,
        )
    except InfeasibleError:
        return []
    if not results.report.proved:
        raise NotProved
    return [Row(build.score, tuple(build.pieces.values())) for build in results]


def expect(found: object, wanted: object, what: str) -> None:
    """Raise where something is not as it should be."""
    if found != wanted:
        raise Difference(f"{what}: expected {str(wanted)[:400]}, found {str(found)[:400]}")


def scores(rows: Sequence[Row]) -> list[Decimal]:
    """Scores alone."""
    return [row.score for row in rows]


def settled(rows: Sequence[Row], last: Decimal | None = None) -> set[Row]:
    """Rows above the last score: which of those that have it are listed hangs on the order of the file."""
    last = last if last is not None else min(scores(rows), default=Decimal(0))
    return {row for row in rows if row.score > last}


def rows_permuted(job: Job, rng: random.Random) -> None:
    """Rows in another order: the same scores, and above the last one the same builds."""
    other = answer(Job(rng.sample(job.pieces, len(job.pieces)), job.config))
    rows = answer(job)
    expect(scores(other), scores(rows), "scores of other rows' order")
    expect(settled(other), settled(rows), "builds of other rows' order")


def piece_doubled(job: Job, rng: random.Random) -> None:
    """A piece of the best build twice: each build with it twice, otherwise the same."""
    rows = answer(job)
    name = rng.choice(rows[0].names) if rows else job.pieces[0].name
    piece = next(piece for piece in job.pieces if piece.name == name)
    config = replace(job.config, limit=2 * job.config.limit)
    doubled = answer(Job([*job.pieces, piece._replace(name="Twin")], config))
    plain = dict.fromkeys(Row(row.score, tuple(name if n == "Twin" else n for n in row.names)) for row in doubled)
    expect(scores(list(plain))[: len(rows)], scores(rows), "scores beside a twin")
    last = rows[-1].score if rows else None
    expect(settled(list(plain), last), settled(rows, last), "builds beside a twin")
    times = Counter(row.score for row in doubled)
    for score, n in Counter(row.score for row in settled(rows, last)).items():
        with_it = sum(1 for row in rows if row.score == score and name in row.names)
        expect(times[score], n + with_it, f"how many score {score} beside a twin")


def beaten_piece_added(job: Job, rng: random.Random) -> None:
    """A piece that another one beats in everything that is weighed: the best score stays, and all builds without it."""
    piece = rng.choice([piece for piece in job.pieces if piece.body_part != "Charm"])
    worse = piece._replace(name="Worse", defence=piece.defence - 1, slots=(0, 0, 0, 0))
    config = replace(job.config, limit=2 * job.config.limit)
    rows, more = answer(job), answer(Job([*job.pieces, worse], config))
    expect(scores(more)[:1], scores(rows)[:1], "the best score beside a piece that is beaten")
    without = [row for row in more if "Worse" not in row.names][: len(rows)]
    expect(without, rows[: len(without)], "builds beside a piece that is beaten")


def weights_scaled(job: Job, rng: random.Random) -> None:
    """All weights times a number: the same builds in the same order, all scores times it."""
    factor = Decimal(rng.choice((2, 3, 7, 10))) / rng.choice((1, 10))
    config = job.config
    skills = {
        name: replace(rule, weight=rule.weight * factor, penalty=rule.penalty * factor)
        for name, rule in config.skills.items()
    }
    scaled = replace(
        config,
        skills=skills,
        slot_weights=tuple(weight * factor for weight in config.slot_weights),  # type: ignore[arg-type]
        defence_weight=config.defence_weight * factor,
        unlisted_skill_weight=config.unlisted_skill_weight * factor,
    )
    expected = [Row(row.score * factor, row.names) for row in answer(job)]
    expect(answer(Job(job.pieces, scaled)), expected, f"all weights times {factor}")


def part_split(job: Job, rng: random.Random) -> None:
    """The pieces of a part in two jobs: what both list, put together, is the answer."""
    part = rng.choice(PARTS)
    names = {piece.name for piece in job.pieces if piece.body_part == part and rng.random() < 0.5}
    halves = [
        [piece for piece in job.pieces if piece.body_part != part or (piece.name in names) == is_in]
        for is_in in (True, False)
    ]
    both = [row for half in halves if any(p.body_part == part for p in half) for row in answer(Job(half, job.config))]
    rows = answer(job)
    expect(sorted(scores(both), reverse=True)[: job.config.limit], scores(rows), "scores of two halves")
    last = rows[-1].score if rows else None
    expect(settled(both, last), settled(rows, last), "builds of two halves")


def skills_renamed(job: Job, rng: random.Random) -> None:
    """Skills under other names: the same builds in the same order."""
    names = dict(zip(SKILLS, rng.sample([f"Talent {k}" for k in range(len(SKILLS))], len(SKILLS)), strict=True))

    def renamed(levels: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        return tuple((names[skill], level) for skill, level in levels)

    config = job.config
    other = replace(
        config,
        skills={names[name]: rule for name, rule in config.skills.items()},
        decorations=None
        if config.decorations is None
        else tuple(replace(each, skills=renamed(each.skills)) for each in config.decorations),
        set_bonuses=None
        if config.set_bonuses is None
        else tuple(replace(step, skill=names[step.skill]) for step in config.set_bonuses),
    )
    pieces = [piece._replace(skills=renamed(piece.skills)) for piece in job.pieces]
    expect(answer(Job(pieces, other)), answer(job), "skills under other names")


def best_forbidden(job: Job, rng: random.Random) -> None:
    """A piece of the best build left out: of the old rows those without it, then others."""
    rows = answer(job)
    if not rows:
        return
    name = rng.choice(rows[0].names)
    fewer = answer(Job(job.pieces, replace(job.config, exclude=(name,))))
    kept = [row for row in rows if name not in row.names]
    expect(fewer[: len(kept)], kept, f"builds without {name}")


def limit_lower(job: Job, rng: random.Random) -> None:
    """Fewer builds asked for: the same ones, as far as they go."""
    limit = rng.randint(1, job.config.limit)
    expect(answer(Job(job.pieces, replace(job.config, limit=limit))), answer(job)[:limit], f"the first {limit}")


RELATIONS: dict[str, Callable[[Job, random.Random], None]] = {
    relation.__name__.replace("_", " "): relation
    for relation in (
        rows_permuted,
        piece_doubled,
        beaten_piece_added,
        weights_scaled,
        part_split,
        skills_renamed,
        best_forbidden,
        limit_lower,
    )
}


def main() -> int:
    """Go through pairs; exit code 1 where an answer does not fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--seconds", type=float, metavar="N", help="no pair is begun later")
    parser.add_argument("--relation", nargs="*", choices=RELATIONS, default=list(RELATIONS), metavar="NAME")
    arguments = parser.parse_args()
    begun, tally = time.monotonic(), Counter[tuple[str, str]]()
    sizes: list[int] = []
    for seed in range(arguments.seed, arguments.seed + arguments.pairs):
        if arguments.seconds is not None and time.monotonic() - begun > arguments.seconds:
            break
        rng = random.Random(seed)
        name = arguments.relation[seed % len(arguments.relation)]
        job = random_job(rng)
        sizes.append((len(job.pieces) // len(PARTS)) ** len(PARTS))
        try:
            RELATIONS[name](job, rng)
            tally[name, "fit"] += 1
        except NotProved:
            tally[name, "not proved"] += 1
            print(f"{name}: the pair of seed {seed} is not proved in {SECONDS:.0f} s a search", flush=True)
        except Difference as difference:
            tally[name, "wrong"] += 1
            print(f"{name}, --seed {seed} --pairs 1 --relation '{name}': {difference}", flush=True)
    outcomes = ("fit", "not proved", "wrong")
    print(f"{'relation':20}" + "".join(f"{outcome:>12}" for outcome in outcomes))
    for name in arguments.relation:
        print(f"{name:20}" + "".join(f"{tally[name, outcome]:12,}" for outcome in outcomes))
    seconds = time.process_time()
    n_pairs, least, most = sum(tally.values()), min(sizes), max(sizes)
    print(f"{n_pairs:,} pairs of {least:.1e} to {most:.1e} builds, {seconds:.0f} s of processor time")
    return 1 if any(outcome == "wrong" for _, outcome in tally) else 0


if __name__ == "__main__":
    sys.exit(main())
