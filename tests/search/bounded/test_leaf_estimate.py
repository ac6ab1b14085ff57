"""An estimate of leaves errs on one side only."""

from __future__ import annotations

import pytest
from listings import listed, setting

from equipment_optimizer.search.bounded._leaf_estimate import LeafEstimate


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
