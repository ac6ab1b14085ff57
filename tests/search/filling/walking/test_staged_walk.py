"""Lowering the target in stages finds what walking everything finds, and no more than is asked for."""

import numpy as np
import pytest
from fillings import best_by_trying, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking import staged_walk
from equipment_optimizer.search.filling.walking.staged_walk import WalkedFillings
from equipment_optimizer.search.relaxation.bounds import Multipliers


def filled(own, floor, *, stop=False):
    pool = [FillingPrices(own.model, Multipliers((p,) * own.problem.n_features)) for p in (0, 700)]
    walked = WalkedFillings(own.model, own.totals.levels, own.totals.slots, floor=floor, pool=pool)
    walked.run(lambda: stop)
    return walked


@pytest.mark.parametrize("together", [1, 1_024])
def test_the_best_is_found_whatever_is_walked_together(together, monkeypatch):
    monkeypatch.setattr(staged_walk, "_WALKED", together)
    n_found = 0
    for own in settings(60):
        best = filled(own, np.full(len(own.cases), NO_BUILD)).best
        for build in range(min(len(own.cases), 2)):
            wanted = best_by_trying(own, build)
            if wanted is not None:
                assert best[build] == wanted
                n_found += wanted > NO_BUILD
    assert n_found > 20


def test_builds_below_their_floor_are_not_found_and_the_others_are():
    for own in settings(60):
        best = filled(own, np.full(len(own.cases), NO_BUILD)).best
        for shift in (0, 1):
            floor = np.where(best > NO_BUILD, best + shift, 0)
            again = filled(own, floor).best
            wanted = np.where((best > NO_BUILD) & (best >= floor), best, NO_BUILD)
            assert again.tolist() == wanted.tolist()


def test_a_stopped_search_found_nothing():
    for own in settings(20):
        assert (filled(own, np.full(len(own.cases), NO_BUILD), stop=True).best == NO_BUILD).all()


def test_paths_lead_to_the_best():
    for own in settings(40):
        walked = filled(own, np.full(len(own.cases), NO_BUILD))
        rows = np.flatnonzero(walked.best > NO_BUILD)
        for g, path in walked.paths(np.where(walked.best > NO_BUILD, walked.best, 2**40), lambda: False).items():
            assert g in rows
            used = sum((s.options.use[o] for s, o in zip(own.model.steps, path, strict=True)), 0)
            assert (used <= own.totals.slots[:, g]).all()


def test_all_fillings_near_the_best_are_listed_with_their_levels():
    n_found = 0
    for own in settings(40):
        best = filled(own, np.full(len(own.cases), NO_BUILD)).best
        pool = [FillingPrices(own.model, Multipliers((0,) * own.problem.n_features))]
        walked = WalkedFillings(
            own.model, own.totals.levels, own.totals.slots, floor=np.full(len(best), NO_BUILD), pool=pool
        )
        found = {}

        def note(build, entries, path, found=found):
            for row, number in enumerate(build.tolist()):
                found.setdefault(number, set()).add(tuple(entries[:, row].tolist()))

        walked.listed(np.maximum(best - 5, NO_BUILD // 2), note, lambda: False)
        is_there = np.flatnonzero(best > NO_BUILD)
        assert set(is_there.tolist()) <= set(found)
        n_found += sum(len(own_entries) for own_entries in found.values())
        involved = list(own.model.involved)
        for number, entries in found.items():
            for entry in entries:
                assert all(0 <= x <= own.model.last(e) for x, e in zip(entry, involved, strict=True))
            assert number in is_there
    assert n_found > 100
