"""Long lists hold what short ones do, in fewer bytes, and give any rows of it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.best import best_list, runs
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.best.packed_rows import PackedRows

#: One word, two, and three, of which a run of some dozen rows takes two.
SIZES = ((7, 300, 5), (2**30, 3, 2**31, 9), (300,) * 20)


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch):
    monkeypatch.setattr(runs, "_SAMPLED", 3)
    monkeypatch.setattr(runs, "_SMALL_BYTES", 0)
    monkeypatch.setattr(best_list, "SLACK", 4)
    monkeypatch.setattr(best_list, "RUN_ROWS", 12)


def random_rows(sizes, n_rows, n_scores, seed):
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, size, n_rows) for size in sizes]
    distinct = np.unique(np.array(columns), axis=1)
    distinct = distinct[:, rng.permutation(distinct.shape[1])]
    return rng.integers(0, n_scores, distinct.shape[1]), list(distinct)


def filled(code, limit, scores, columns, *, is_long):
    top = TopK(limit, code.n_words, code=code if is_long else None)
    for start in range(0, len(scores), 7):
        top.add(scores[start : start + 7], code.encode([column[start : start + 7] for column in columns]))
        top.settle()
        top._check()
    return top


@settings(max_examples=40)
@given(
    sizes=st.sampled_from(SIZES),
    limit=st.integers(13, 60),
    n_rows=st.integers(1, 300),
    n_scores=st.sampled_from([1, 3, 1000]),
    seed=st.integers(0, 10**6),
)
def test_a_long_list_is_the_same_list(sizes, limit, n_rows, n_scores, seed):
    code = RankCode(sizes)
    scores, columns = random_rows(sizes, n_rows, n_scores, seed)
    plain, long = (filled(code, limit, scores, columns, is_long=is_long) for is_long in (False, True))
    assert (len(long), long.is_full) == (len(plain), plain.is_full)
    (first, first_words), (second, second_words) = plain.sorted(), long.sorted()
    assert (first.tolist(), first_words.tolist()) == (second.tolist(), second_words.tolist())
    rows = long.packed()
    assert rows is not None and plain.packed() is None
    assert np.asarray(rows.scores).tolist() == rows.scores.tolist() == first.tolist()
    assert [column.tolist() for column in rows] == [column.tolist() for column in code.decode(first_words)]
    if plain.is_full:
        assert (long.nth_score, long.nth_words, long.n_last) == (plain.nth_score, plain.nth_words, plain.n_last)


def some_rows() -> tuple[PackedRows, list[list[int]], list[int]]:
    code = RankCode((4, 300))
    scores, columns = random_rows((4, 300), 400, 30, 1)
    top = filled(code, 200, scores, columns, is_long=True)
    rows = top.packed()
    assert rows is not None
    sorted_scores, words = top.sorted()
    return rows, [column.tolist() for column in code.decode(words)], sorted_scores.tolist()


@pytest.mark.parametrize(
    "part", [slice(None), slice(0, 1), slice(11, 13), slice(190, 500), slice(5, 5), slice(150, 3, -7), slice(-3, None)]
)
def test_any_rows_of_it_are_those_of_the_whole(part):
    rows, columns, scores = some_rows()
    assert [column.tolist() for column in rows.of_rows(part)] == [column[part] for column in columns]
    assert rows.scores[part].tolist() == scores[part]
    assert [column.dtype for column in rows.of_rows(part)] == [np.uint8, np.uint16]


def test_scores_are_had_one_by_one_and_by_places():
    rows, _, scores = some_rows()
    assert (rows.scores[0], rows.scores[-1], len(rows.scores)) == (scores[0], scores[-1], 200)
    assert rows.scores[np.array([3, 1])].tolist() == [scores[3], scores[1]]
    assert rows.scores.dtype == np.int64
    with pytest.raises(IndexError):
        rows.scores[200]


@pytest.mark.parametrize("drop", [0, 254, 255, 256, 257])
@pytest.mark.parametrize("n_rows", [254, 255, 256, 257])
def test_the_narrowest_numbers_hold_the_last_row_and_the_lowest_score(monkeypatch, n_rows, drop):
    monkeypatch.setattr(best_list, "RUN_ROWS", 400)
    monkeypatch.setattr(best_list, "SLACK", 400)
    code, scores = RankCode((300,)), np.full(n_rows, 7)
    scores[-1] -= drop
    top = TopK(401, code.n_words, code=code)
    top.add(scores, code.encode([np.arange(n_rows)]))
    rows = top.packed()
    assert rows is not None and rows.scores.tolist() == scores.tolist()
    assert rows[0].tolist() == list(range(n_rows))
    n_scores = 1 + (drop > 0)
    assert rows.nbytes == n_rows * (1 + (n_rows > 256)) + n_scores * (1 + (drop > 255) + 1 + (n_rows > 255))


def test_combinations_look_the_same_whether_they_are_packed_or_not():
    rows, columns, _ = some_rows()
    pieces = [
        EquipmentPiece(f"{part} {i}", part, i) for part, size in (("Head", 4), ("Body", 300)) for i in range(size)
    ]
    table = EquipmentTable.from_pieces(pieces)
    packed = EquipmentCombinationList(table, rows)
    plain = EquipmentCombinationList(table, [np.array(column) for column in columns])
    assert len(packed) == len(plain) == 200
    assert list(packed) == list(plain)
    assert packed[-1] == plain[-1]
    assert packed[20:40].total_defence.tolist() == plain[20:40].total_defence.tolist()
    assert packed.total_defence.tolist() == plain.total_defence.tolist()
    assert packed.rows(1).tolist() == plain.rows(1).tolist()
    assert packed.nbytes == rows.nbytes


def test_a_hundred_thousand_of_very_many_take_few_bytes_each(monkeypatch):
    monkeypatch.undo()
    sizes, n_rows = (335, 317, 316, 311, 316, 317), 100_000
    code, rng = RankCode(sizes), np.random.default_rng(5)
    top = TopK(n_rows, code.n_words, code=code)
    columns, scores = np.empty((6, 8_192), dtype=np.int64), np.empty(8_192, dtype=np.int64)
    tracemalloc.start()
    try:
        for _ in range(40):
            # Of 10^15, as good ones are: some dozen pieces of each part, some hundred scores.
            columns[:] = rng.integers(0, 60, columns.shape) * 5
            scores[:] = columns.sum(axis=0)
            top.add(scores, code.encode(list(columns)))
        held, peak = tracemalloc.get_traced_memory()
        rows = top.packed()
    finally:
        tracemalloc.stop()
    assert rows is not None and rows.n_rows == n_rows
    assert rows.nbytes <= 6 * n_rows
    assert held < 1_500_000 and peak < 6_000_000


def test_as_many_that_all_score_the_same_are_put_in_order_a_part_at_a_time(monkeypatch):
    monkeypatch.undo()
    sizes, n_rows = (2**31, 2**31, 2**31, 60, 60), 100_000
    code, every = RankCode(sizes), np.random.default_rng(5).permutation(150_000)
    top = TopK(n_rows, code.n_words, code=code)
    assert code.n_words == 2
    tracemalloc.start()
    try:
        for ranks in np.split(every, 30):
            # All of one first word.
            top.add(np.ones(len(ranks), dtype=np.int64), np.array([np.full(len(ranks), 7), ranks]))
        rows = top.packed()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows is not None and rows.n_rows == n_rows
    assert peak < 6_000_000
    assert code.encode(list(rows))[1].tolist() == list(range(n_rows))
