"""Combinations that are alike, merged: against counting every combination."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.search.bounded import _enumerate as enumerate_module
from equipment_optimizer.search.bounded import _merged_states as merged_states
from equipment_optimizer.search.bounded._candidates import Listing, Lookahead, TakenRows
from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.bounded._merged_states import States
from equipment_optimizer.search.by_value import packed_sums
from equipment_optimizer.search.relaxation.bounds import Multipliers, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def listed(seed: int, *, counts: bool):
    """Every combination of classes of a job that goes on to the end, and what they have to have alike."""
    job = random_job(random.Random(seed), full=False, n_most=4)
    problem = compile_problem(job.table, job.config)
    classes = merge_pieces(problem)
    shown = [np.zeros((len(part.linear), 1), dtype=np.int64) for part in problem.parts]
    box = root_box(problem)
    relaxed = relax(problem, classes, box, Multipliers((0,) * len(box.low)), 16)
    enumeration = Enumeration(problem, classes, box, relaxed)
    lookahead = Lookahead(TakenRows(problem, classes, None), relaxed.loss, enumeration.steps)
    allowance = Listing(
        lookahead, relaxed.bound_scaled, relaxed.bound_scaled - 2**40, most=2**40, is_stopped=lambda: False
    )
    return problem, classes, States(problem, classes, shown, counts=counts), enumeration, allowance


def key_of(problem, classes, build, *, counts: bool):
    """Totals and slots of a combination of classes, and what is linear."""
    own = [(classes[b], i) for b, i in zip(problem.positions, build, strict=True)]
    linear = sum(int(part.linear[i]) for part, i in own)
    sums = np.sum([np.concatenate([part.totals[i], part.slots[i]]) for part, i in own], axis=0)
    return (tuple(sums.tolist()), linear if counts else None), linear


@pytest.mark.parametrize("word_limit", [2**62, 40])
@pytest.mark.parametrize(("counts", "most_begun"), [(True, 0), (False, 0), (False, 20), (False, 2**14)])
@pytest.mark.parametrize("seed", range(6))
def test_one_of_each_is_left_the_best_and_first(
    seed: int, counts: bool, most_begun: int, word_limit: int, monkeypatch
) -> None:
    monkeypatch.setattr(packed_sums, "_WORD_LIMIT", word_limit)
    monkeypatch.setattr(merged_states, "_MOST_BEGUN", most_begun)
    monkeypatch.setattr(enumerate_module, "_MERGED_TOGETHER", 2)
    problem, classes, merged, enumeration, allowance = listed(seed, counts=counts)
    best: dict[object, tuple[int, tuple[int, ...]]] = {}
    times: Counter[object] = Counter()
    builds = product(*(range(len(classes[b])) for b in problem.positions))
    for build in builds:
        places = list(zip(problem.positions, build, strict=True))
        if any(b == c and i >= j for (b, i), (c, j) in pairwise(places)):
            continue
        key, linear = key_of(problem, classes, build, counts=counts)
        times[key] += int(np.prod([classes[b].sizes[i] for b, i in places]))
        best[key] = min(best.get(key, (1, ())), (-linear, build)) if key in best else (-linear, build)
    chunks = list(merged.leaves(enumeration, allowance, 10**6))
    found = {}
    for chunk in chunks:
        picks = chunk.picks[enumeration.step_of_position].T.tolist()
        for k, build in enumerate(map(tuple, picks)):
            key, linear = key_of(problem, classes, build, counts=counts)
            assert key not in found
            found[key] = (-linear, build)
            assert not counts or int(chunk.times[k]) == times[key]
    assert set(found.values()) <= set(best.values())
    # What no box holds was left out.
    assert found if len(problem.features) == 0 else len(found) <= len(best)


def test_alike_beginnings_go_on_as_one(monkeypatch) -> None:
    n_tried = []
    for most_begun in (0, merged_states._MOST_BEGUN):
        monkeypatch.setattr(merged_states, "_MOST_BEGUN", most_begun)
        of_all = [listed(seed, counts=False) for seed in range(6)]
        for _, _, merged, enumeration, allowance in of_all:
            assert list(merged.leaves(enumeration, allowance, 10**6))
        n_tried.append([enumeration.n_tried for *_, enumeration, _ in of_all])
    assert all(few <= many for many, few in zip(*n_tried, strict=True))
    assert sum(n_tried[1]) < sum(n_tried[0])


def test_too_many_states_are_given_up(monkeypatch) -> None:
    for counts in (True, False):
        _, _, merged, enumeration, allowance = listed(1, counts=counts)
        monkeypatch.setattr(enumerate_module, "_MERGED_TOGETHER", 1)
        list(merged.leaves(enumeration, allowance, 0))
        assert allowance.is_over
