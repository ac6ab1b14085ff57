"""Regions of the objectives against looking at every build."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.search.bounded import region_boxes
from equipment_optimizer.search.bounded.region_boxes import Other, RegionBoxes
from equipment_optimizer.search.front._every_build import look_at_everything
from equipment_optimizer.search.relaxation.points import Points


def outcomes(points: Points) -> list[tuple[int, ...]]:
    return sorted(zip(points.first.tolist(), *points.others.tolist(), *points.words.tolist(), strict=True))


@pytest.mark.parametrize(("split_leaves", "most_looks"), [(1.0, 2e7), (1e7, 2e7), (1.0, 5), (1e7, 5)])
@pytest.mark.parametrize("seed", range(8))
def test_regions_hold_what_every_build_holds(
    seed: int, split_leaves: float, most_looks: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", split_leaves)
    monkeypatch.setattr(region_boxes, "_MOST_LOOKED_AT", most_looks)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 3.0)
    job = random_job(random.Random(seed), full=True, decorations=seed % 2 > 0, n_most=3)
    kept = {("defence", "Defence"), ("resistance", "Fire")}
    problem = compile_problem(job.table, job.config, kept=kept)
    kinds = [feature.kind for feature in problem.features]
    others = (Other(kinds.index("defence"), 1), Other(kinds.index("resistance"), -1))
    n_words = 1
    every, found = Points(2, n_words), Points(2, n_words)
    look_at_everything(problem, others, every, should_stop=lambda: False)
    boxes = RegionBoxes(problem, others, found)
    boxes.run()
    assert outcomes(found) == outcomes(every)
    assert list(boxes.open_regions()) == []


@pytest.mark.parametrize("seed", [18, 22, 26])
def test_a_box_that_takes_many_looks_is_divided_however_few_its_leaves_are(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 30.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 3.0)
    job = random_job(random.Random(seed), n_most=4)
    problem = compile_problem(job.table, job.config, kept={("defence", "Defence")})
    others = (Other([feature.kind for feature in problem.features].index("defence"), 1),)
    n_boxes, found = [], []
    for most_looks in (2e7, 5):
        monkeypatch.setattr(region_boxes, "_MOST_LOOKED_AT", most_looks)
        points = Points(1, 1)
        boxes = RegionBoxes(problem, others, points)
        boxes.run()
        n_boxes.append(boxes.n_bounded)
        found.append(outcomes(points))
    assert n_boxes[1] > n_boxes[0]
    assert found[0] == found[1]


@pytest.mark.parametrize("most", [0, 1, 2_000])
def test_exchanging_pieces_finds_sooner_what_is_found_anyway(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_boxes, "_MOST_EXCHANGED", most)
    monkeypatch.setattr(region_boxes, "_EXCHANGED_AT_ONCE", 2)
    job = random_job(random.Random(4), n_most=4)
    problem = compile_problem(job.table, job.config, kept={("defence", "Defence")})
    others = (Other([feature.kind for feature in problem.features].index("defence"), 1),)
    every, found = Points(1, 1), Points(1, 1)
    look_at_everything(problem, others, every, should_stop=lambda: False)
    RegionBoxes(problem, others, found).run()
    assert outcomes(found) == outcomes(every)


def test_what_was_not_reached_is_in_the_open_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_boxes, "_SPLIT_LEAVES", 2.0)
    monkeypatch.setattr(region_boxes, "_FIRST_LEAVES", 1.0)
    job = random_job(random.Random(2), n_most=4)
    problem = compile_problem(job.table, job.config, kept={("defence", "Defence")})
    others = (Other([feature.kind for feature in problem.features].index("defence"), 1),)
    every = Points(1, 1)
    look_at_everything(problem, others, every, should_stop=lambda: False)
    for n_polls in range(8):
        found, polls = Points(1, 1), iter(range(n_polls))
        boxes = RegionBoxes(problem, others, found, should_stop=lambda polls=polls: next(polls, None) is None)
        boxes.run()
        regions = list(boxes.open_regions())
        missed = set(outcomes(every)) - set(outcomes(found))
        for first, other, _ in missed:
            assert any(first <= most and worst[0] <= other <= best[0] for most, best, worst in regions) or not np.any(
                [n_polls]
            )
