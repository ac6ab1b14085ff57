"""The filling found from prices of its build is the one that walking all finds first."""

import itertools

import numpy as np
import pytest
from fillings import Setting, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching import first_fillings
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.first_fillings import FirstFillings
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.staged_walk import WalkedFillings


@pytest.mark.parametrize("first_wave", [64, 1])
def test_both_ways_find_the_same_options_at_every_step(first_wave: int, monkeypatch: pytest.MonkeyPatch):
    # With one build at first, others are changed and refuted as it was.
    monkeypatch.setattr(first_fillings, "_FIRST_WAVE", first_wave)
    n_known = n_unknown = 0
    for own in settings(150):
        branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(len(own.cases), NO_BUILD))
        branching.run(lambda best: np.full_like(best, NO_BUILD), lambda: False)
        rows = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))
        if not rows.size:
            continue
        levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
        best = branching.best[rows]
        first = FirstFillings(own.model, own.bounds, own.completion, levels, slots)
        first.follow(best, branching.counts[rows], branching.owner[rows], lambda: False)
        pool = [FillingPrices(own.model, own.bounds.multipliers(n)) for n in sorted(set(branching.owner.tolist()))]
        paths = WalkedFillings(own.model, levels, slots, floor=best, pool=pool).paths(best, lambda: False)
        for g in range(len(rows)):
            if first.is_known[g]:
                assert tuple(first.path[:, g].tolist()) == paths[g]
        n_known += int(first.is_known.sum())
        n_unknown += int((~first.is_known).sum())
    assert n_known > 100
    assert n_known > 5 * n_unknown


def test_what_one_build_does_without_others_do_without(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(first_fillings, "_FIRST_WAVE", 1)
    n_tried = n_moved = 0
    moved = first_fillings.FirstFillings._moved

    def counted(first, rows, wanted, cases):
        nonlocal n_tried, n_moved
        after = moved(first, rows, wanted, cases)
        n_tried += bool(first._moves)
        n_moved += int((after != wanted).any(axis=1).sum())
        assert (after.sum(axis=1) <= wanted.sum(axis=1)).all()
        return after

    monkeypatch.setattr(first_fillings.FirstFillings, "_moved", counted)
    for own in settings(150):
        known = {g: (most, last) for g in range(len(own.cases)) for most, last in _last_of_the_best(own, g)}
        if known:
            rows = np.array(list(known))
            best, counts = (np.array(column, dtype=np.int64) for column in zip(*known.values(), strict=True))
            levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
            first = FirstFillings(own.model, own.bounds, own.completion, levels, slots)
            first.follow(best, counts, np.zeros_like(rows), lambda: False)
    assert n_tried > 5
    assert n_moved > 5


def test_lessons_of_some_builds_change_nothing_for_others():
    n_lessons = 0
    for own in settings(60):
        branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(len(own.cases), NO_BUILD))
        branching.run(lambda best: np.full_like(best, NO_BUILD), lambda: False)
        rows = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))
        lessons = first_fillings.Lessons({}, {})
        paths = []
        for _ in range(2):
            levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
            first = FirstFillings(own.model, own.bounds, own.completion, levels, slots, lessons=lessons)
            first.follow(branching.best[rows], branching.counts[rows], branching.owner[rows], lambda: False)
            paths.append(first.path[:, first.is_known].tolist())
        assert paths[0] == paths[1]
        n_lessons += sum(map(len, lessons.refuters.values()))
    assert n_lessons > 0


def _last_of_the_best(own: Setting, build: int) -> list[tuple[int, tuple[int, ...]]]:
    """The best score, and the last in order of the counts that reach it; nothing where there are many to try."""
    slots = int(own.totals.slots[:, build].sum())
    most = [min(int(n), slots) for n in own.bounds.program.most]
    if np.prod([n + 1.0 for n in most]) > 1_000:
        return []
    tried = list(itertools.product(*(range(n + 1) for n in most)))
    scores = own.completion.scores(own.cases.take(np.full(len(tried), build)), np.array(tried, dtype=np.int64))
    best = int(scores.max())
    return [(best, max(counts for counts, score in zip(tried, scores, strict=True) if score == best))]
