"""Random problems whose slots are filled, with everything that fillings of them share, and their truth by trying."""

from __future__ import annotations

import itertools
import random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from random_problems import Job, random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, feature_values, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.build_bounds import BuildBounds
from equipment_optimizer.search.filling.branching.build_lp import BuildLp, Cases
from equipment_optimizer.search.filling.branching.completion import Completion
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.tables.steps import FillingModel

IntArray = npt.NDArray[np.int64]

#: Fillings of a build that are tried, at most.
_MOST_TRIED = 4_000


class Setting(NamedTuple):
    """Some builds of a problem with decorations."""

    problem: Problem
    model: FillingModel
    totals: BlockTotals
    bounds: BuildBounds
    completion: Completion
    cases: Cases


def setting(seed: int, n_builds: int = 12) -> Setting | None:
    """The first builds of a random problem; None where nothing can be filled."""
    return setting_of(random_job(random.Random(seed), full=bool(seed % 3), decorations=True), n_builds)


def setting_of(job: Job, n_builds: int = 12) -> Setting | None:
    """The first builds of a job; None where nothing can be filled."""
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations or problem.decorations is None:
        return None
    model = FillingModel(problem)
    if model.is_plain.all():
        return None
    totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, n_builds)))
    bounds = BuildBounds(BuildLp(model))
    cases = bounds.program.cases(
        model.indices(totals.levels)[list(model.involved)], model.modes(totals.levels), totals.slots
    )
    return Setting(problem, model, totals, bounds, Completion(bounds.program), cases)


def settings(n_seeds: int) -> list[Setting]:
    """The settings of the first seeds."""
    found = [own for own in map(setting, range(n_seeds)) if own is not None]
    assert len(found) > n_seeds // 3
    return found


def branched(own: Setting) -> Branching:
    """Each build's best filling, sought by its own prices to the end, with nothing to beat."""
    nothing = np.full(len(own.cases), NO_BUILD)
    branching = Branching(own.bounds, own.completion, own.cases, floor=nothing)
    branching.run(lambda best: nothing, lambda: False)
    return branching


def n_best_found(own: Setting, best: IntArray) -> int:
    """How many of the first two builds can be filled; what was found for them is their best."""
    wanted = {build: best_by_trying(own, build) for build in range(min(len(own.cases), 2))}
    known = {build: most for build, most in wanted.items() if most is not None}
    assert {build: int(best[build]) for build in known} == known
    return sum(most > NO_BUILD for most in known.values())


def best_by_trying(own: Setting, build: int) -> int | None:
    """The most that any filling makes of what fillings change, `NO_BUILD` where none will do; None for too many."""
    program, slots = own.bounds.program, own.totals.slots[:, build]
    most = [min(int(n), int(slots.sum())) for n in program.most]
    if np.prod([n + 1.0 for n in most]) > _MOST_TRIED:
        return None
    worth = [
        score_of(own, build, np.array(counts, dtype=np.int64))
        for counts in itertools.product(*(range(n + 1) for n in most))
    ]
    return max(worth)


def score_of(own: Setting, build: int, counts: IntArray) -> int:
    """What counts of decorations make of a build, by definition, without what no filling changes."""
    program, problem = own.bounds.program, own.problem
    compiled = problem.decorations
    assert compiled is not None
    total = np.bincount(program.decoration, counts, len(compiled.index)).astype(np.int64)
    if ((compiled.stock >= 0) & (total > compiled.stock)).any():
        return NO_BUILD
    levels = own.totals.levels[:, build] + total @ compiled.levels
    value = int(feature_values(problem, levels[:, None], own.model.involved)[0])
    free = most_free(own, own.totals.slots[:, build], counts)
    if value == NO_BUILD or free is None:
        return NO_BUILD
    return value + int(total @ compiled.linear) + free


def most_free(own: Setting, slots: IntArray, counts: IntArray) -> int | None:
    """The most that slots left free are worth, by trying which slots are taken; None where there are too few."""
    program, model = own.bounds.program, own.model
    fits = own.problem.decorations.fits  # type: ignore[union-attr]
    states = {tuple(slots.tolist())}
    for column, count in enumerate(counts.tolist()):
        place = int(program.place[column])
        chain = [k for k in np.flatnonzero(fits[program.decoration[column]]).tolist() if k >= place]
        chain = [k for k in chain if all(own.problem.slot_levels[j] > 1 for j in range(place + 1, k + 1))]
        for _ in range(count):
            states = {(*s[:k], s[k] - 1, *s[k + 1 :]) for s in states for k in chain if s[k]}
    return max((int(np.array(s) @ model.free_values) for s in states), default=None)


def fillings_of(
    filler: Filler, levels: IntArray, slots: IntArray, best: IntArray | None = None
) -> list[tuple[dict[int, int], tuple[int, ...]]]:
    """What is written for each build: counts by decoration, and slots left free by kind; `best` where it is known."""
    if best is None:
        nothing = np.zeros(levels.shape[1], dtype=np.int64)
        totals = BlockTotals(nothing, levels, np.zeros((0, len(nothing)), dtype=np.int64), slots)
        best = filler.scores(totals) - filler.unfilled_scores(totals)
    words = np.array(filler._words(levels, slots), dtype=np.int64)
    contents = filler._contents(levels, slots, best, words=words)
    ends = np.cumsum(contents.n_kinds).tolist()
    pairs = list(zip(contents.decoration.tolist(), contents.count.tolist(), strict=True))
    return [
        (dict(pairs[start:end]), tuple(free))
        for start, end, free in zip([0, *ends], ends, contents.free.tolist(), strict=False)
    ]
