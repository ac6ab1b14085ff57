"""Partial builds that are alike, as one."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from equipment_optimizer.records import space
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.by_value import _partial_builds
from equipment_optimizer.search.by_value._partial_builds import NO_PICK, PartialBuilds, merged


@pytest.mark.parametrize("word_limit", [2**62, 10])
@pytest.mark.parametrize("seed", range(6))
def test_the_first_stands_for_all_that_are_alike(seed: int, word_limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_partial_builds, "_WORD_LIMIT", word_limit)
    monkeypatch.setattr(space, "_WORD_LIMIT", word_limit)
    rng = random.Random(seed)
    picks = np.array([[a, b, c] for a in (0, 1, NO_PICK) for b in (0, 1, NO_PICK) for c in (0, 1, 2)], dtype=np.int32)
    rng.shuffle(rows := list(range(len(picks))))
    picks = picks[rows].T
    n = len(rows)
    draw = [np.array([rng.randrange(2) for _ in range(n)]) for _ in range(4)]
    filling = (picks[0] != NO_PICK) + 2 * (picks[1] != NO_PICK)
    times = np.array([rng.randint(1, 9) for _ in range(n)])
    builds = PartialBuilds(filling, draw[0][None], draw[1], draw[1][None], draw[2][None], draw[3][None], picks, times)
    firsts, sums = {}, Counter()
    for k in range(n):
        key = tuple(int(column[k]) for column in (filling, draw[0], draw[2], draw[3]))
        build = tuple(picks[:, k].tolist())
        firsts[key], sums[key] = min(firsts.get(key, build), build), sums[key] + int(times[k])
    small = merged(builds, [2], 4, RankCode([2, 2, 3]))
    found = dict(zip(map(tuple, small.picks.T.tolist()), small.times.tolist(), strict=True))
    assert found == {firsts[key]: sums[key] for key in firsts}
    assert len(merged(small, [2], 4, RankCode([2, 2, 3]))) == len(small) == len(PartialBuilds.joined([small]))


def test_several_are_joined_and_some_taken() -> None:
    zero = np.zeros((1, 2), dtype=np.int64)
    builds = PartialBuilds(zero[0], zero, zero[0], zero, zero, zero, zero.astype(np.int32), np.array([3, 4]))
    assert PartialBuilds.joined([builds, builds]).take(np.array([3, 0])).times.tolist() == [4, 3]
