"""The best list keeps the best by score and then rank, whatever the order of arrival."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.best import best_list as topk
from equipment_optimizer.search.best.best_list import TopK


def best(scores: list[int], limit: int) -> list[tuple[int, int]]:
    """(score, rank) of the best, ranks being places in the list."""
    builds = [(score, rank) for rank, score in enumerate(scores) if score > NO_BUILD]
    return sorted(builds, key=lambda build: (-build[0], build[1]))[:limit]


def kept(top: TopK) -> list[tuple[int, int]]:
    top._check()
    scores, words = top.sorted()
    return list(zip(scores.tolist(), words[0].tolist(), strict=True))


def offer(top: TopK, scores: list[int], ranks: list[int]) -> None:
    top.add(np.array(scores, dtype=np.int64), np.array([ranks], dtype=np.int64))
    top._check()


some_scores = st.lists(st.sampled_from([NO_BUILD, -5, 0, 0, 1, 1, 2, 2**60]), max_size=200)


@given(scores=some_scores, limit=st.integers(1, 40), length=st.integers(1, 50), seed=st.randoms(use_true_random=False))
def test_blocks_in_any_order_give_the_same_list(scores, limit, length, seed) -> None:
    top = TopK(limit)
    ranks = list(range(len(scores)))
    blocks = [ranks[i : i + length] for i in range(0, len(ranks), length)]
    seed.shuffle(blocks)
    for block in blocks:
        offer(top, [scores[rank] for rank in block], block)
    assert kept(top) == best(scores, limit)
    assert len(top) == len(best(scores, limit))


@given(scores=some_scores, limit=st.integers(1, 20), n_lists=st.integers(1, 4))
def test_merging_lists_equals_one_list(scores, limit, n_lists) -> None:
    merged, code = TopK(limit), RankCode([200])
    for i in range(n_lists):
        part = TopK(limit, code=code)
        ranks = list(range(i, len(scores), n_lists))
        offer(part, [scores[rank] for rank in ranks], ranks)
        merged.merge(part.kept())
    assert kept(merged) == best(scores, limit)


def test_many_more_candidates_than_the_limit_are_cut_back_and_few_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topk, "SLACK", 8)
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 30, 5_000)
    top = TopK(100)
    for start in range(0, 5_000, 37):
        stop = min(start + 37, 5_000)
        top.add(scores[start:stop], np.arange(start, stop)[None])
        top._check()
        assert top._scores.nbytes <= 8 * (1.5 * 100 + 8192)
    assert kept(top) == best(scores.tolist(), 100)


def test_a_limit_beyond_all_candidates_keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topk, "SLACK", 4)
    top = TopK(10**9)
    for rank in range(50):
        offer(top, [rank % 3], [rank])
    assert not top.is_full
    assert kept(top) == best([rank % 3 for rank in range(50)], 50)


@pytest.mark.parametrize("limit", range(1, 30))
def test_there_is_room_for_what_is_offered_at_once_whatever_the_limit(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topk, "SLACK", 8)
    top = TopK(limit)
    offer(top, list(range(70)), list(range(70)))
    assert kept(top) == best(list(range(70)), limit)


def test_the_last_build_held_is_known_once_the_list_is_full() -> None:
    top = TopK(2)
    offer(top, [5], [9])
    assert (top.is_full, top.nth_score, top.nth_words) == (False, NO_BUILD, None)
    offer(top, [5, 7, 5], [3, 8, 4])
    top.settle()
    assert (top.is_full, top.nth_score, top.nth_words) == (True, 5, (3,))


def test_ties_across_words_keep_the_lowest_rank() -> None:
    code = RankCode((10**6,) * 6)
    columns = [np.array([1, 1, 0]), *[np.array([0, 0, 0])] * 4, np.array([5, 4, 999_999])]
    top = TopK(2, code.n_words)
    top.add(np.zeros(3, dtype=np.int64), code.encode(columns))
    _, words = top.sorted()
    assert next(column.tolist() for column in code.decode(words)) == [0, 1]
    assert [column.tolist() for column in code.decode(words)][5] == [999_999, 4]


@pytest.mark.parametrize("limit", [1, 100, 5_000, 20_000])
def test_no_more_rows_are_held_than_is_said(limit: int) -> None:
    top = TopK(limit)
    for start in range(0, 100_000, 1_000):
        scores = np.arange(start, start + 1_000)
        top.add(scores, scores[None])
        assert len(top._scores) <= 1.5 * limit + 8_192
        assert top._words.shape == (1, len(top._scores))
    assert kept(top)[-1] == (100_000 - limit, 100_000 - limit)
