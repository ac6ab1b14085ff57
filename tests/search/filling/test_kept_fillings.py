"""Fillings that were found are found again; those of builds that no longer matter go first."""

import numpy as np
import pytest

from equipment_optimizer.search.filling import _kept_fillings
from equipment_optimizer.search.filling._kept_fillings import Witnesses


def noted(witnesses, groups, scores, least_score):
    groups, scores = np.array(groups, dtype=np.int64), np.array(scores, dtype=np.int64)
    words = np.stack([groups, groups + 2**40])
    counts = np.stack([groups % 5, groups % 3], axis=1)
    witnesses.note(words, counts, groups * 10, bases=groups + 100, scores=scores, least_score=least_score)
    return words, counts


def test_what_was_noted_is_found_by_its_key_and_value():
    witnesses = Witnesses(2, 9)
    words, counts = noted(witnesses, [1, 2, 3, 4], [9, 8, 7, 6], 0)
    is_known, found, bases = witnesses.find(words[:, ::-1], np.array([40, 30, 0, 10]))
    assert is_known.tolist() == [True, True, False, True]
    assert found[is_known].tolist() == counts[::-1][is_known].tolist()
    assert not found[~is_known].any()
    assert bases[is_known].tolist() == [104, 103, 101]
    assert (bases[~is_known] < 0).all()


def test_bases_are_forgotten_without_their_groups():
    witnesses = Witnesses(2, 9)
    before, counts = noted(witnesses, [1, 2], [9, 8], 0)
    witnesses.forget_bases()
    after, _ = noted(witnesses, [3], [7], 0)
    is_known, found, bases = witnesses.find(np.concatenate([before, after], axis=1), np.array([10, 20, 30]))
    assert is_known.all()
    assert found[:2].tolist() == counts.tolist()
    assert (bases[:2] < 0).all()
    assert bases[2] == 103


def test_nothing_noted_nothing_found():
    is_known, counts, _ = Witnesses(3, 9).find(np.zeros((2, 4), dtype=np.int64), np.zeros(4, dtype=np.int64))
    assert not is_known.any()
    assert counts.shape == (4, 3)


def test_groups_below_what_matters_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_kept_fillings, "_SPARE", 2)
    monkeypatch.setattr(_kept_fillings, "_MOST_KEPT", 3)
    witnesses = Witnesses(2, 300)
    words, _ = noted(witnesses, range(10), range(10), 0)
    is_known, _, _ = witnesses.find(words, words[0] * 10)
    assert is_known.tolist() == [False] * 7 + [True] * 3
    noted(witnesses, range(20, 30), range(10), 9)
    is_known, _, _ = witnesses.find(words, words[0] * 10)
    assert is_known.sum() <= 3
    assert is_known[9]


def test_what_is_noted_after_a_search_is_found_beside_what_was_there():
    """The last of what is noted under one key counts."""
    witnesses = Witnesses(2, 300)
    before, _ = noted(witnesses, [1, 2], [9, 8], 0)
    assert witnesses.find(before, before[0] * 10)[0].all()
    after, counts = noted(witnesses, [3, 4], [7, 6], 0)
    witnesses.note(
        before[:, :1], np.array([[7, 7]]), np.array([11]), bases=np.array([5]), scores=np.array([9]), least_score=0
    )
    is_known, found, bases = witnesses.find(np.concatenate([after, before], axis=1), np.array([30, 40, 11, 20]))
    assert is_known.all()
    assert found[:3].tolist() == [*counts.tolist(), [7, 7]]
    assert bases.tolist() == [103, 104, 5, 102]
