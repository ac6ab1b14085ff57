"""An estimate of leaves errs on one side only."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from listings import listed, setting

from equipment_optimizer.search.bounded import _leaf_estimate
from equipment_optimizer.search.bounded._leaf_estimate import LeafEstimate, WalkGrowth, Walks, floor_of_about


@pytest.mark.parametrize("seed", range(60))
def test_the_estimate_is_never_below_what_is_listed(seed: int) -> None:
    _, classes, listing, relaxed = setting(seed)
    most = sum(part.count * int(loss.max()) for part, loss in zip(classes, relaxed.loss, strict=True))
    estimate = LeafEstimate(relaxed, classes, most)
    uses = list(listed(listing, 2**60).values())
    counts = [estimate.count_at(slack) for slack in (0, most // 2, most)]
    assert counts == sorted(counts)
    for slack, count in zip((0, most // 2, most), counts, strict=True):
        assert sum(use <= slack for use in uses) <= count + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_a_slack_holds_what_it_is_asked_for(seed: int) -> None:
    _, classes, _, relaxed = setting(seed)
    most = sum(part.count * int(loss.max()) for part, loss in zip(classes, relaxed.loss, strict=True))
    estimate = LeafEstimate(relaxed, classes, most)
    for n_leaves in (1.0, estimate.n_leaves / 2, estimate.n_leaves):
        slack = estimate.slack_of(n_leaves)
        assert estimate.count_at(slack - 1) >= n_leaves


@pytest.mark.parametrize("seed", range(20))
def test_down_to_a_floor_there_are_about_as_many_as_are_asked_for(seed: int) -> None:
    problem, classes, _, relaxed = setting(seed)
    floor = floor_of_about(relaxed, classes, 4.0, problem.score_bound)
    estimate = LeafEstimate(relaxed, classes, max(1, relaxed.bound_scaled - relaxed.precision * floor))
    assert estimate.n_leaves >= 4.0 or floor == -problem.score_bound


def test_growth_is_expected_as_it_came_true() -> None:
    _, classes, _, relaxed = setting(3)
    walks = WalkGrowth(classes)
    top = relaxed.bound_scaled // relaxed.precision
    most = sum(part.count * int(loss.max()) for part, loss in zip(classes, relaxed.loss, strict=True))
    before, floor = top, top - most // relaxed.precision
    every = walks.expected([(relaxed, 10_000)], before, floor)
    assert every > 10_000
    walks.learn(10_000, is_alike=False)
    assert walks.expected([(relaxed, 10_000)], before, floor) == every
    walks.learn(10_000, is_alike=True)
    assert 10_000 < walks.expected([(relaxed, 10_000)], before, floor) < every
    assert walks.expected([(relaxed, 10_000)], before, top + 1) == 10_000


def test_samples_that_err_as_they_did_before_stop_no_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the floor would be lowered by ever smaller steps."""
    monkeypatch.setattr(_leaf_estimate, "_LONG_WALK", 0)
    walked = SimpleNamespace(n_tried=200_000)
    walks = Walks.__new__(Walks)
    for factor, wanted in ((1.0, 0), (20.0, 0), (0.0, 90)):
        # Twice as much is said of all floors as of the last one, a tenth of it, or where of that one nothing was said.
        said = {100: (1e6 * factor, 1e6 * factor)}
        monkeypatch.setattr(walks, "_sampled", lambda _, floor, said=said: said.get(floor, (2e6, 1.5e6)), raising=False)
        floor = walks.within_reach([walked], 0, 100, highest=90, most_leaves=100)  # type: ignore[list-item]
        assert floor == wanted
