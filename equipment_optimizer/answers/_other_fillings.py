"""Builds that differ from one in a single decoration, or lack it, and lists of builds put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import feature_values, total_columns
from ..records.combinations import EquipmentCombinationList
from ..records.fillings import Fillings
from ..records.results import BuildResults
from ..records.vocabulary import N_SLOT_LEVELS, NO_BUILD

__all__ = ["joined", "one_decoration_exchanged", "one_decoration_taken_out"]


def one_decoration_exchanged(problem: Problem, build: BuildResults) -> BuildResults:
    """A build, one row, with one of its decorations exchanged for another that fits where it is; no scores."""
    decorations, fillings = problem.decorations, build.fillings
    if decorations is None or fillings is None:
        return build[:0]
    place = {number: d for d, number in enumerate(decorations.index)}
    held = {
        place[n]: k for n, k in zip(fillings.decoration.tolist(), fillings.count.tolist(), strict=True) if n in place
    }
    pairs = [
        (old, new)
        for old in held
        for new in np.flatnonzero((decorations.fits >= decorations.fits[old]).all(axis=1)).tolist()
        if new != old and (decorations.stock[new] < 0 or held.get(new, 0) < decorations.stock[new])
    ]
    old, new = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    levels = _levels(problem, build) - decorations.levels[old].T + decorations.levels[new].T
    pairs = [pairs[k] for k in np.flatnonzero(feature_values(problem, levels) > NO_BUILD)]
    before = dict(zip(fillings.decoration.tolist(), fillings.count.tolist(), strict=True))
    contents = []
    for left, taken in pairs:
        after = {**before, decorations.index[taken]: before.get(decorations.index[taken], 0) + 1}
        after[decorations.index[left]] -= 1
        contents.append(after)
    return _filled(build, contents, np.repeat(fillings.free_slots, len(pairs), axis=0))


def one_decoration_taken_out(problem: Problem, build: BuildResults) -> BuildResults:
    """A build, one row, without one of its decorations, each slot free that may be then; no scores.

    Nothing where weapons and armour take different decorations.
    """
    decorations, fillings = problem.decorations, build.fillings
    if decorations is None or fillings is None or len(problem.slot_levels) > N_SLOT_LEVELS:
        return build[:0]
    there = np.zeros(N_SLOT_LEVELS, dtype=np.int64)
    there[np.array(problem.slot_levels) - 1] = total_columns(problem, build.combinations.columns).slots[:, 0]
    lighter = _levels(problem, build) - decorations.levels.T
    keeps = dict(zip(decorations.index, (feature_values(problem, lighter) > NO_BUILD).tolist(), strict=True))
    needs = [decoration.slot_level - 1 for decoration in build.config.decorations or ()]
    before = dict(zip(fillings.decoration.tolist(), fillings.count.tolist(), strict=True))
    contents, free = [], []
    for number, count in before.items():
        if not keeps.get(number, True):
            continue
        after = {**before, number: count - 1}
        used = np.zeros(N_SLOT_LEVELS, dtype=np.int64)
        np.add.at(used, [needs[other] for other in after], list(after.values()))
        for freed in np.eye(N_SLOT_LEVELS, dtype=np.int64):
            left = there - fillings.free_slots[0] - freed
            # What needs a level finds a slot of it, or of a higher one.
            if (left >= 0).all() and (np.cumsum((left - used)[::-1]) >= 0).all():
                contents.append(after)
                free.append(fillings.free_slots[0] + freed)
    return _filled(build, contents, np.array(free, dtype=np.int64).reshape(-1, N_SLOT_LEVELS))


def _levels(problem: Problem, build: BuildResults) -> npt.NDArray[np.int64]:
    """Levels of a build, one row, with what is in its slots, shape (F, 1)."""
    decorations, fillings = problem.decorations, build.fillings
    assert decorations is not None and fillings is not None
    held = dict(zip(fillings.decoration.tolist(), fillings.count.tolist(), strict=True))
    counts = np.array([held.get(number, 0) for number in decorations.index], dtype=np.int64)
    return total_columns(problem, build.combinations.columns).levels + (counts @ decorations.levels)[:, None]


def _filled(build: BuildResults, contents: Sequence[dict[int, int]], free: npt.NDArray[np.int64]) -> BuildResults:
    """A build, one row, with other contents of its slots, by the numbers of decorations, and slots left free."""
    ordered = [sorted((number, count) for number, count in content.items() if count) for content in contents]
    entries = np.array([pair for content in ordered for pair in content], dtype=np.int64).reshape(-1, 2)
    start = np.cumsum([0, *map(len, ordered)])
    rows = np.zeros(len(contents), dtype=np.intp)
    return replace(
        build,
        combinations=EquipmentCombinationList(build.table, [column[rows] for column in build.combinations.columns]),
        scaled_scores=build.scaled_scores[rows],
        fillings=Fillings(start, entries[:, 0], entries[:, 1], free),
    )


def joined(first: BuildResults, second: BuildResults) -> BuildResults:
    """The builds of both, with what the first says of scores and configuration."""
    columns = [
        np.concatenate([np.asarray(column), np.asarray(added)])
        for column, added in zip(first.combinations.columns, second.combinations.columns, strict=True)
    ]
    fillings = None
    if first.fillings is not None and second.fillings is not None:
        above, below = first.fillings, second.fillings
        fillings = Fillings(
            np.concatenate([above.start, below.start[1:] + above.start[-1]]),
            np.concatenate([above.decoration, below.decoration]),
            np.concatenate([above.count, below.count]),
            np.concatenate([above.free_slots, below.free_slots]),
        )
    return replace(
        first,
        combinations=EquipmentCombinationList(first.table, columns),
        scaled_scores=np.concatenate([first.scaled_scores, second.scaled_scores]),
        fillings=fillings,
    )
