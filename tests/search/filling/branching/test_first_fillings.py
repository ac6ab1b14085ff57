"""The filling found from prices of its build is the one that walking all finds first."""

import itertools
import random

import numpy as np
import pytest
from fillings import Setting, branched, setting_of, settings
from random_problems import SKILLS, Job

from equipment_optimizer.records.config import Config, Decoration, SkillRule, Weapon
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching import first_fillings
from equipment_optimizer.search.filling.branching.first_fillings import FirstFillings
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.staged_walk import WalkedFillings


@pytest.mark.parametrize("first_wave", [64, 1])
def test_both_ways_find_the_same_options_at_every_step(first_wave: int, monkeypatch: pytest.MonkeyPatch):
    # With one build at first, others are changed and refuted as it was.
    monkeypatch.setattr(first_fillings, "_FIRST_WAVE", first_wave)
    n_known = n_unknown = n_merged = 0
    merge = FirstFillings._merge

    def counted(first):
        nonlocal n_merged
        merged = merge(first)
        n_merged += len(merged[0])
        return merged

    monkeypatch.setattr(FirstFillings, "_merge", counted)
    monkeypatch.setattr(first_fillings, "_FEW", 0)
    for own in settings(150):
        branching = branched(own)
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
    # Of some the same is left after a few steps: they go on as one.
    assert n_merged > 20


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
    for own in settings(300):
        known = {g: some for g in range(len(own.cases)) if (some := _best_fillings(own, g))}
        if known:
            rows = np.array(list(known))
            best = np.array([most for most, _ in known.values()], dtype=np.int64)
            counts = np.array([fillings[-1] for _, fillings in known.values()], dtype=np.int64)
            levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
            first = FirstFillings(own.model, own.bounds, own.completion, levels, slots)
            first.follow(best, counts, np.zeros_like(rows), lambda: False)
    assert n_tried > 5
    assert n_moved > 5


def test_lessons_of_some_builds_change_nothing_for_others():
    n_lessons = 0
    for own in settings(60):
        branching = branched(own)
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
        # Builds that ask nothing at a step leave its lessons as they are.
        known = [refuters.copy() for refuters in lessons.refuters.values()]
        nothing = np.flatnonzero(~branching.counts[rows].any(axis=1))
        some, counts = rows[nothing], branching.counts[rows[nothing]]
        first = FirstFillings(
            own.model,
            own.bounds,
            own.completion,
            own.totals.levels[:, some],
            own.totals.slots[:, some],
            lessons=lessons,
        )
        first.follow(branching.best[some], counts, branching.owner[some], lambda: False)
        assert [*lessons.refuters.values()] == known
    assert n_lessons > 0


@pytest.mark.parametrize("first_wave", [64, 1])
def test_any_of_the_best_fillings_will_do_as_a_witness(first_wave: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(first_fillings, "_FIRST_WAVE", first_wave)
    # In whichever of armour's and the weapon's slots its decorations lie.
    n_known = n_tried = n_several = 0
    for own in filter(None, (setting_of(_job_with_a_weapon(random.Random(seed))) for seed in range(60))):
        known = {g: some for g in range(len(own.cases)) if (some := _best_fillings(own, g))}
        rows = np.array([g for g, (_, fillings) in known.items() for _ in fillings], dtype=np.intp)
        if not rows.size:
            continue
        best = np.array([known[g][0] for g in rows.tolist()], dtype=np.int64)
        counts = np.array([row for _, fillings in known.values() for row in fillings], dtype=np.int64)
        levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
        first = FirstFillings(own.model, own.bounds, own.completion, levels, slots)
        first.follow(best, counts, np.zeros_like(rows), lambda: False)
        pool = [FillingPrices(own.model, own.bounds.multipliers(0))]
        paths = WalkedFillings(own.model, levels, slots, floor=best, pool=pool).paths(best, lambda: False)
        for place in np.flatnonzero(first.is_known).tolist():
            assert tuple(first.path[:, place].tolist()) == paths[place]
        n_known, n_tried = n_known + int(first.is_known.sum()), n_tried + len(rows)
        n_several += len(rows) - len(known)
    assert n_several > 100
    assert n_known > 0.9 * n_tried


def _job_with_a_weapon(rng: random.Random) -> Job:
    """A job whose decorations fit armour's slots and those of a weapon, and give mostly several skills."""
    decorations = tuple(
        Decoration(
            name=f"Jewel {i}",
            slot_level=rng.choice([1, 1, 2]),
            skills=tuple((name, rng.choice([1, 1, 2])) for name in rng.sample(SKILLS[:3], rng.choice([1, 2, 2]))),
            available=rng.choice([None, None, 1, 2]),
            # Were there none of these, a weapon's slots would be like armour's.
            allowed_on="any" if i else "weapon",
        )
        for i in range(3)
    )
    rules = {name: SkillRule(weight=rng.choice([1, 1, 2]), maximum=rng.choice([2, 3, 5])) for name in SKILLS[:3]}
    weapon = Weapon(slots=(rng.choice([1, 2]), rng.choice([0, 1]), 0, 0))
    config = Config(skills=rules, decorations=decorations, weapon=weapon, slot_weights=(0, 0, 0, 0))
    heads = [EquipmentPiece("Head", "Head", slots=(n_low, n_high, 0, 0)) for n_low in (1, 2) for n_high in (0, 1)]
    return Job(heads, config)


def _best_fillings(own: Setting, build: int) -> tuple[int, list[tuple[int, ...]]] | None:
    """The best score, and all counts that reach it, in order; None where none keeps the limits, or many are to try."""
    slots = int(own.totals.slots[:, build].sum())
    most = [min(int(n), slots) for n in own.bounds.program.most]
    if np.prod([n + 1.0 for n in most]) > 20_000:
        return None
    tried = list(itertools.product(*(range(n + 1) for n in most)))
    scores = own.completion.scores(own.cases.take(np.full(len(tried), build)), np.array(tried, dtype=np.int64))
    best = int(scores.max())
    if best == NO_BUILD:
        return None
    return best, [counts for counts, score in zip(tried, scores, strict=True) if score == best]
