"""Words that are equal where all sums are."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from equipment_optimizer.search.by_value import packed_sums
from equipment_optimizer.search.by_value.packed_sums import PackedSums


@pytest.mark.parametrize("word_limit", [2**62, 20])
@pytest.mark.parametrize("seed", range(8))
def test_words_are_equal_where_all_sums_are(seed: int, word_limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_sums, "_WORD_LIMIT", word_limit)
    rng = random.Random(seed)
    columns = [np.array([[rng.randint(-2, 2) for _ in range(4)] for _ in range(3)]) for _ in range(3)]
    columns = [np.column_stack([of_part, of_part[:, :1]]) for of_part in columns]
    packed = PackedSums(columns, [1, 1, 1])
    builds = np.array(list(itertools.product(range(3), repeat=3)), dtype=np.int32).T
    words = [tuple(word) for word in packed.words([0, 1, 2], builds).T.tolist()]
    sums = [tuple(sum(columns[b][i] for b, i in enumerate(build)).tolist()) for build in builds.T]
    assert len(set(zip(words, sums, strict=True))) == len(set(words)) == len(set(sums))
    assert all(0 <= value < size for word in words for value, size in zip(word, packed.sizes, strict=True))
