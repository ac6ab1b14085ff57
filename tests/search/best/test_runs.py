"""Runs of builds: put together with others, written as bytes and read, and never more of them than their rows need."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.best import best_list, runs
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.best.runs import Run, Runs

#: Words as they are, one, two, and three, of which a run of some dozen rows takes two.
SIZES = ((7, 300, 5), (2**18, 900, 1200), (2**30, 3, 2**31, 9), (300,) * 20)


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_SAMPLED", 3)
    monkeypatch.setattr(best_list, "SLACK", 4)
    monkeypatch.setattr(best_list, "RUN_ROWS", 12)


def random_rows(sizes: tuple[int, ...], n_rows: int, n_scores: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and words of rows that differ."""
    rng = np.random.default_rng(seed)
    columns = np.unique(np.array([rng.integers(0, size, n_rows) for size in sizes]), axis=1)
    columns = columns[:, rng.permutation(columns.shape[1])]
    return rng.integers(-n_scores, n_scores, columns.shape[1]), RankCode(sizes).encode(list(columns))


def filled(code: RankCode, limit: int, scores: np.ndarray, words: np.ndarray) -> TopK:
    top = TopK(limit, code.n_words, code=code)
    for start in range(0, len(scores), 7):
        top.add(scores[start : start + 7], words[:, start : start + 7])
    return top


def bytes_of(kept: Runs) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.uint8), *kept.buffers()])


@settings(max_examples=40)
@given(
    sizes=st.sampled_from(SIZES),
    limit=st.sampled_from([1, 5, 13, 40, 200]),
    n_rows=st.integers(1, 300),
    n_scores=st.sampled_from([1, 3, 1000, 2**40]),
    n_lists=st.integers(1, 4),
    seed=st.integers(0, 10**6),
)
def test_lists_handed_on_as_bytes_or_as_they_are_make_one_list(sizes, limit, n_rows, n_scores, n_lists, seed):
    code = RankCode(sizes)
    scores, words = random_rows(sizes, n_rows, n_scores, seed)
    whole = filled(code, limit, scores, words)
    merged = [TopK(limit, code.n_words, code=code) for _ in range(3)]
    for i in range(n_lists):
        part = filled(code, limit, scores[i::n_lists], words[:, i::n_lists])
        assert len(part) == sum(len(of_run) for of_run, _ in part.kept())
        data = bytes_of(part.kept())
        assert bytes_of(Runs.of_bytes(data, code)).tolist() == data.tolist()
        merged[0].merge(Runs.of_bytes(data, code))
        merged[1].merge(pickle.loads(pickle.dumps(part.kept())))
        # What is kept leaves the list as it was, and may be asked for at any time.
        merged[2].merge(part.kept())
        merged[2].kept()
    expected = [array.tolist() for array in whole.sorted()]
    for top in merged:
        top._check()
        assert [array.tolist() for array in top.sorted()] == expected
        assert (top.is_full, len(top)) == (whole.is_full, len(whole))


def test_rows_that_come_in_ascending_order_leave_few_runs():
    code, limit = RankCode((2**20,)), 120
    top = TopK(limit, code.n_words, code=code)
    for start in range(0, 20_000, 4):
        top.add(np.arange(start, start + 4) // 3, np.arange(start, start + 4)[None])
        assert len(list(top.kept())) <= 4 * 10 + 4
    scores, words = top.sorted()
    assert len(scores) == limit
    order = sorted(range(20_000), key=lambda k: (-(k // 3), k))[:limit]
    assert words[0].tolist() == order


def changed(data: np.ndarray, at: int, value: int) -> np.ndarray:
    """Bytes of which one is another."""
    other = data.copy()
    other[at] = value
    return other


def test_bytes_that_make_no_sense_are_refused(monkeypatch):
    monkeypatch.setattr(runs, "_SMALL_BYTES", 0)
    code = RankCode((200, 90))
    # Pieces 1, 5 and 7, and 0 and 80; scores 9, 9, 4.
    run = Run.of(np.array([9, 9, 4]), code.encode([np.array([1, 7, 5]), np.array([80, 80, 0])]), code)
    data = np.concatenate(list(run.buffers()))
    head = 8 * 7
    assert data[head:].tolist() == [1, 5, 7, 0, 80, 0, 5, 2, 3, 1, 5, 2]
    assert len(list(Runs.of_bytes(np.concatenate([data, data]), code))) == 2
    one = np.concatenate(list(Run.of(np.array([9]), np.array([[7]]), code).buffers()))
    assert len(one) == head + 4
    wrong = {
        "one combination several times": changed(changed(one, 0, 2), head + 3, 2),
        "shorter": data[:-1],
        "in its head": data[:30],
        "pieces not in order": changed(data, head + 1, 1),
        "no such piece": changed(data, head + 2, 200),
        "a drop before the first": changed(data, head + 5, 1),
        "scores not in order": changed(data, head + 6, 0),
        "a score without rows": changed(data, head + 7, 0),
        "rows that have no score": changed(data, head + 8, 4),
        "an end before the last": changed(data, head + 8, 2),
        "a width": changed(data, 8 * 3, 3),
        "no rows": changed(data, 0, 0),
        "no pieces": changed(data, 8 * 5, 0),
        "fewer than no pieces": changed(data, 8 * 5 + 7, 255),
    }
    for what, damaged in wrong.items():
        with pytest.raises(ValueError, match=r"bytes are missing|no rows|no pieces|not in order|does not exist"):
            raise AssertionError(what, Runs.of_bytes(damaged, code))
