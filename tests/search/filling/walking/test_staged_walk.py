"""Lowering the target in stages finds what walking everything finds, and no more than is asked for."""

import numpy as np
import pytest
from fillings import n_best_found, settings

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.pipeline import optimize
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
        n_found += n_best_found(own, filled(own, np.full(len(own.cases), NO_BUILD)).best)
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


@pytest.mark.parametrize("weight", ["1e6", "5e10", "1e11"])
def test_no_limit_is_missed_however_large_scores_are(weight, tmp_path):
    # Scores near the end of 64 bits, for whole numbers of millionths: a missed limit is not merely worth little.
    (tmp_path / "e.csv").write_text(
        "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 2 Deco Slots,Num Lvl 3 Deco Slots\n"
        "Ring,Charm,1000000,Haste,3,0,1\nPlain,Waist,0,,,0,0\nCap,Head,0,,,1,0\nKeen,Waist,0,Sight,1,0,0\n"
    )
    (tmp_path / "d.csv").write_text("Name,Slot Level,Skill 1 Name,Skill 1 Level\nRush,1,Haste,2\nEye,1,Sight,1\n")
    rules = f'{{"Haste": {{"min": 10, "max": 12, "weight": {weight}}}, "Sight": {{"min": 1, "max": 5}}}}'
    sides = '"limit": 5, "weapon": {"slots": [4, 3]}, "files": {"decorations": "d.csv"}'
    (tmp_path / "c.json").write_text(f'{{"skills": {rules}, "unlisted_skill_weight": 1e-6, {sides}}}')
    results = optimize(*load_job(str(tmp_path / "e.csv"), str(tmp_path / "c.json"))[:2])
    assert [build.skills for build in results] == [{"Haste": 11, "Sight": 1}]
