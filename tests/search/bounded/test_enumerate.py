"""The walk lists exactly what lies within the slack, and its measures never understate."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _enumerate as listing_module
from equipment_optimizer.search.bounded._enumerate import Listing, estimate_leaves
from equipment_optimizer.search.relaxation.bounds import NOTHING, Multipliers, Relaxed, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces

PRECISION = 64


def setting(seed: int) -> tuple[Problem, tuple[PartClasses, ...], Listing, Relaxed]:
    """A random job under random multipliers."""
    rng = random.Random(seed)
    job = random_job(rng, full=bool(seed % 2))
    problem = compile_problem(job.table, job.config)
    classes, box = merge_pieces(problem), root_box(problem)
    price = tuple(rng.randint(-300, 300) for _ in box.low)
    relaxed = relax(problem, classes, box, Multipliers(price), PRECISION)
    if relaxed.bound <= NOTHING:  # a minimum that no build can meet: nobody lists such a box
        return setting(seed + 1_000)
    return problem, classes, Listing(problem, classes, box, relaxed), relaxed


def listed(listing: Listing, slack: int) -> dict[tuple[int, ...], int]:
    """Class of each position of everything listed, with loss and shortfall."""
    found: dict[tuple[int, ...], int] = {}
    for chunk in listing.leaves(lambda: slack, lambda _: None, lambda: 0):
        picks = chunk.picks[listing.step_of_position]
        measure = chunk.loss + chunk.shortfall
        assert (listing.measure(picks, chunk.totals) == measure).all()
        for pick, own in zip(zip(*picks.tolist(), strict=True), measure.tolist(), strict=True):
            assert pick not in found
            found[pick] = own
    return found


@pytest.mark.parametrize("seed", range(60))
def test_everything_within_the_slack_is_listed_once_and_nothing_else(seed: int) -> None:
    _, _, listing, _ = setting(seed)
    every = listed(listing, 2**60)
    measures = sorted(every.values())
    for slack in (0, measures[0], measures[len(measures) // 2], measures[-1]):
        assert listed(listing, slack) == {pick: own for pick, own in every.items() if own <= slack}


@pytest.mark.parametrize("seed", range(60))
def test_no_combination_scores_more_than_the_bound_less_its_measure(seed: int) -> None:
    problem, classes, listing, relaxed = setting(seed)
    every = listed(listing, 2**60)
    positions = [classes[part] for part in problem.positions]
    columns = [own.first[np.array(pick)] for own, pick in zip(positions, zip(*every, strict=True), strict=True)]
    scores = score_columns(problem, columns)
    for score, measure in zip(scores.tolist(), every.values(), strict=True):
        assert score == NO_BUILD or score * PRECISION <= relaxed.bound - measure


@pytest.mark.parametrize("seed", range(40))
def test_chunks_of_any_size_list_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, listing, relaxed = setting(seed)
    slack = sum(int(loss.max()) for loss in relaxed.loss) // 2
    whole = listed(listing, slack)
    monkeypatch.setattr(listing_module, "CHUNK_ROWS", 3)
    assert listed(listing, slack) == whole


@pytest.mark.parametrize("seed", range(40))
def test_totals_without_a_table_are_judged_when_complete_or_not_at_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, tight, relaxed = setting(seed)
    monkeypatch.setattr(listing_module, "_MAX_TABLE", 1)
    problem, classes, loose, _ = setting(seed)
    slack = sum(int(loss.max()) for loss in relaxed.loss) // 2
    assert set(listed(tight, slack)) <= set(listed(loose, slack))
    assert problem.n_features >= 0
    assert len(classes) == len(problem.parts)


@pytest.mark.parametrize("seed", range(40))
def test_rows_that_are_not_kept_have_no_continuations(seed: int) -> None:
    _, _, listing, _ = setting(seed)
    every = listed(listing, 2**60)
    wanted = {pick for pick in every if pick[int(np.argmin(listing.step_of_position))] == 0}
    found = set()
    for chunk in listing.leaves(lambda: 2**60, lambda chunk: chunk.picks[0] == 0, lambda: 0):
        found.update(zip(*chunk.picks[listing.step_of_position].tolist(), strict=True))
    assert found == wanted


@pytest.mark.parametrize("seed", range(60))
def test_the_estimate_is_never_below_what_is_listed(seed: int) -> None:
    _, classes, listing, relaxed = setting(seed)
    slack = sum(part.count * int(loss.max()) for part, loss in zip(classes, relaxed.loss, strict=True))
    estimate = estimate_leaves(relaxed, classes, slack)
    assert estimate == sorted(estimate)
    width = max(1, -(-slack // len(estimate)))
    every = list(listed(listing, 2**60).values())
    for bin_number in (0, len(estimate) // 2, len(estimate) - 1):
        assert sum(measure < (bin_number + 1) * width for measure in every) <= estimate[bin_number] + 1e-6


@given(values=st.lists(st.integers(-9, 9), min_size=1, max_size=30), data=st.data())
def test_a_sliding_maximum_is_that_of_each_window(values: list[int], data: st.DataObject) -> None:
    window = data.draw(st.integers(1, len(values)))
    want = [max(values[i : i + window]) for i in range(len(values) - window + 1)]
    assert listing_module._sliding_max(np.array(values), window).tolist() == want
