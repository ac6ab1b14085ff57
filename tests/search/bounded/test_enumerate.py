"""The walk lists exactly what lies within the slack, and its measures never understate."""

from __future__ import annotations

import numpy as np
import pytest
from listings import PRECISION, OnlyFirst, listed, setting

from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _enumerate as enumerating
from equipment_optimizer.search.bounded import _shortfalls as shortfalls


@pytest.mark.parametrize("entries", [2**15, 8, 2])
@pytest.mark.parametrize("seed", range(60))
def test_everything_within_the_slack_is_listed_once_and_nothing_else(
    seed: int, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
    _, _, listing, _ = setting(seed)
    every = listed(listing, 2**60)
    measures = sorted(every.values())
    for slack in (0, measures[0], measures[len(measures) // 2], measures[-1]):
        assert listed(listing, slack) == {pick: own for pick, own in every.items() if own <= slack}


@pytest.mark.parametrize("entries", [2**15, 8, 2])
@pytest.mark.parametrize("seed", range(60))
def test_no_combination_scores_more_than_the_bound_less_its_measure(
    seed: int, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
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
    monkeypatch.setattr(enumerating, "CHUNK_ROWS", 3)
    assert listed(listing, slack) == whole


@pytest.mark.parametrize("seed", range(40))
def test_totals_without_a_table_are_judged_when_complete_or_not_at_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, tight, relaxed = setting(seed)
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", 1)
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
    for chunk in listing.leaves(OnlyFirst(2**60)):
        found.update(zip(*chunk.picks[listing.step_of_position].tolist(), strict=True))
    assert found == wanted
