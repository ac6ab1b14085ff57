"""Builds that differ from one in a single decoration, and lists of builds put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..problem.problem import Problem
from ..problem.scoring import feature_values, total_columns
from ..records.combinations import EquipmentCombinationList
from ..records.fillings import Fillings
from ..records.results import BuildResults
from ..records.vocabulary import NO_BUILD

__all__ = ["joined", "one_decoration_exchanged"]


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
    levels = total_columns(problem, build.combinations.columns).levels
    levels = levels + sum(count * decorations.levels[d][:, None] for d, count in held.items())
    levels = levels - decorations.levels[old].T + decorations.levels[new].T
    pairs = [pairs[k] for k in np.flatnonzero(feature_values(problem, levels) > NO_BUILD)]
    before = dict(zip(fillings.decoration.tolist(), fillings.count.tolist(), strict=True))
    contents = []
    for one, other in pairs:
        after = {**before, decorations.index[other]: before.get(decorations.index[other], 0) + 1}
        after[decorations.index[one]] -= 1
        contents.append(sorted((number, count) for number, count in after.items() if count))
    entries = np.array([pair for own in contents for pair in own], dtype=np.int64).reshape(-1, 2)
    start = np.cumsum([0, *map(len, contents)])
    free = np.repeat(fillings.free_slots, len(pairs), axis=0)
    rows = np.zeros(len(pairs), dtype=np.intp)
    return replace(
        build,
        combinations=EquipmentCombinationList(build.table, [column[rows] for column in build.combinations.columns]),
        scaled_scores=build.scaled_scores[rows],
        fillings=Fillings(start, entries[:, 0], entries[:, 1], free),
    )


def joined(first: BuildResults, second: BuildResults) -> BuildResults:
    """The builds of both, with what the first says of scores and configuration."""
    columns = [
        np.concatenate([np.asarray(own), np.asarray(other)])
        for own, other in zip(first.combinations.columns, second.combinations.columns, strict=True)
    ]
    fillings = None
    if first.fillings is not None and second.fillings is not None:
        own, other = first.fillings, second.fillings
        fillings = Fillings(
            np.concatenate([own.start, other.start[1:] + own.start[-1]]),
            np.concatenate([own.decoration, other.decoration]),
            np.concatenate([own.count, other.count]),
            np.concatenate([own.free_slots, other.free_slots]),
        )
    return replace(
        first,
        combinations=EquipmentCombinationList(first.table, columns),
        scaled_scores=np.concatenate([first.scaled_scores, second.scaled_scores]),
        fillings=fillings,
    )
