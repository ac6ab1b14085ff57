"""Where the levels of best fillings are said to be fixed, every best filling has them: by trying all."""

import itertools

import numpy as np
import pytest
from fillings import Setting, branched, score_of, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching import _level_moves, fixed_levels
from equipment_optimizer.search.filling.branching.fixed_levels import FixedLevels


def levels_of_best(own: Setting, build: int, best: int, n_most: int) -> set[tuple[int, ...]] | None:
    """What levels best fillings give; None for too many to try."""
    program, n_slots = own.bounds.program, int(own.totals.slots[:, build].sum())
    most = [min(int(n), n_slots) for n in program.most]
    if np.prod([n + 1.0 for n in most]) > n_most:
        return None
    every = (np.array(counts, dtype=np.int64) for counts in itertools.product(*(range(n + 1) for n in most)))
    return {tuple((counts @ program.levels).tolist()) for counts in every if score_of(own, build, counts) == best}


def test_what_is_said_to_be_fixed_is() -> None:
    n_fixed = n_several = 0
    for own in settings(120):
        branching = branched(own)
        rows = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))[:4]
        if not rows.size:
            continue
        fixed = FixedLevels(own.bounds)
        are_fixed = fixed.are_fixed(own.cases.take(rows), branching.owner[rows], branching.best[rows])
        # By any other prices they are fixed no less truly.
        others = np.full(len(rows), own.bounds.starts[0])
        also = fixed.are_fixed(own.cases.take(rows), others, branching.best[rows])
        for build, is_fixed in zip(rows.tolist(), (are_fixed | also).tolist(), strict=True):
            levels = levels_of_best(own, build, int(branching.best[build]), n_most=1_500)
            if levels is not None:
                assert len(levels) == 1 or not is_fixed
                n_fixed += is_fixed
                n_several += len(levels) > 1
    assert n_fixed > 50
    assert n_several > 10


def test_whatever_basis_is_asked() -> None:
    """Rows for whole counts, raised maxima, limited decorations, low slots worth more: by every basis that was met."""
    n_fixed = n_several = 0
    for own in settings(160):
        branching = branched(own)
        fixed, bases = FixedLevels(own.bounds), np.arange(own.bounds.program.simplex.n_bases)
        for build in np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))[:3].tolist():
            best = int(branching.best[build])
            levels = levels_of_best(own, build, best, n_most=600)
            if levels is not None:
                cases = own.cases.take(np.full(len(bases), build))
                are_fixed = fixed.are_fixed(cases, bases, np.full(len(bases), best))
                assert len(levels) == 1 or not are_fixed.any()
                n_fixed += int(are_fixed.sum())
                n_several += len(levels) > 1
    # A third more than where no column that changes levels moves at all.
    assert n_fixed > 400
    assert n_several > 10


@pytest.mark.parametrize("limit", ["_MOST_STATES", "_MOST_STEPS"])
def test_where_too_much_is_possible_nothing_is_said(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    n_fixed = {}
    for most in (0, getattr(fixed_levels, limit)):
        monkeypatch.setattr(fixed_levels, limit, most)
        n_fixed[most] = 0
        for own in settings(40):
            branching = branched(own)
            rows = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))
            fixed = FixedLevels(own.bounds).are_fixed(own.cases.take(rows), branching.owner[rows], branching.best[rows])
            n_fixed[most] += int(fixed.sum())
    few, usual = n_fixed.values()
    assert few < usual


def test_bases_whose_inverse_is_not_made_whole_fix_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_level_moves, "_MOST_DETERMINANT", 0)
    own = settings(30)[0]
    cases, basis = own.cases.take(np.arange(1)), np.zeros(1, dtype=np.int64)
    fixed = FixedLevels(own.bounds)
    assert not fixed.are_fixed(cases, basis, np.array([2**40])).any()
    monkeypatch.undo()
    assert not fixed.are_fixed(cases, basis, np.array([-(2**30)])).any()
    fixed.forget()
    assert fixed.are_fixed(cases, basis, np.array([2**40])).all()


def test_whole_levels_bound_every_filling_and_some_are_given() -> None:
    n_lower = n_fillings = 0
    for own in settings(160):
        branching = branched(own)
        fixed, bases = FixedLevels(own.bounds), np.arange(own.bounds.program.simplex.n_bases)
        for build in np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))[:3].tolist():
            best = int(branching.best[build])
            cases = own.cases.take(np.full(len(bases), build))
            low = np.zeros(own.bounds.program.n_decorated)
            high = own.bounds.program.most
            bound_scaled = own.bounds.bounds(own.bounds.prices, bases, cases, np.arange(len(bases)), low=low, high=high)
            for least in (best, best - 3, best + 2):
                most = fixed.most(cases, bases, np.full(len(bases), least))
                assert (np.maximum(most.scores, least - 1) >= best).all()
                assert (most.scores <= own.bounds.targets(bound_scaled)).all()
                n_lower += int((most.scores < own.bounds.targets(bound_scaled)).sum())
                for counts in most.counts:
                    assert (counts >= 0).all()
                    assert score_of(own, build, counts) <= best
                    n_fillings += score_of(own, build, counts) == best
    assert n_lower > 500
    assert n_fillings > 500
