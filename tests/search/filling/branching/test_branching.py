"""What branching settles is the best of all fillings, whatever the floor, and from wherever it begins."""

import numpy as np
import pytest
from fillings import best_by_trying, score_of, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching import branching as module
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.fixed_levels import FixedLevels


def run(own, floor, **how):
    branching = Branching(own.bounds, own.completion, own.cases, floor=floor, **how)
    branching.run(lambda best: floor, lambda: False)
    return branching


def test_settled_builds_have_their_best_filling():
    n_settled = n_open = 0
    for own in settings(150):
        n_builds = len(own.cases)
        found = run(own, np.full(n_builds, NO_BUILD))
        for build in range(min(n_builds, 3)):
            best = best_by_trying(own, build)
            if best is None:
                continue
            if found.is_open[build]:
                n_open += 1
                assert found.best[build] <= best
                continue
            n_settled += 1
            assert found.best[build] == best
            if best > NO_BUILD:
                assert score_of(own, build, found.counts[build]) == best
    # A few values are too far from concave.
    assert n_settled > 150
    assert n_open > 5


def test_whole_levels_spare_nodes_and_change_no_score(monkeypatch):
    n_nodes = {True: 0, False: 0}
    relaxed = Branching._relaxed

    def counted(self, nodes, *, is_root):
        n_nodes[self._levels is not None] += len(nodes) * (not is_root)
        return relaxed(self, nodes, is_root=is_root)

    monkeypatch.setattr(Branching, "_relaxed", counted)
    for own in settings(250):
        for shift in (None, -2, 0, 1):
            floor = np.full(len(own.cases), NO_BUILD)
            if shift is not None:
                floor = np.where(run(own, floor).best > NO_BUILD, run(own, floor).best + shift, 0)
            plain, bounded = run(own, floor), run(own, floor, levels=FixedLevels(own.bounds))
            both = ~plain.is_open & ~bounded.is_open
            assert (np.maximum(plain.best, floor - 1)[both] == np.maximum(bounded.best, floor - 1)[both]).all()
            assert (bounded.is_open <= plain.is_open).all()
            for build in np.flatnonzero(both & (bounded.best > NO_BUILD)).tolist():
                assert score_of(own, build, bounded.counts[build]) == bounded.best[build]
    assert 0 < n_nodes[True] < n_nodes[False]


def test_with_a_floor_what_reaches_it_is_exact():
    for own in settings(60):
        n_builds = len(own.cases)
        plain = run(own, np.full(n_builds, NO_BUILD))
        for shift in (-1, 0, 1):
            floor = np.where(plain.best > NO_BUILD, plain.best + shift, 0)
            found = run(own, floor)
            reached = (plain.best >= floor) & ~plain.is_open & ~found.is_open
            assert (found.best[reached] == plain.best[reached]).all()
            assert (found.best[~plain.is_open & ~reached] < floor[~plain.is_open & ~reached]).all()


def test_where_the_floor_is_enough_any_filling_that_reaches_it_will_do():
    n_less = 0
    for own in settings(60):
        n_builds = len(own.cases)
        plain = run(own, np.full(n_builds, NO_BUILD))
        for shift in (-10, 0, 1):
            floor = np.where(plain.best > NO_BUILD, plain.best + shift, 0)
            found = Branching(own.bounds, own.completion, own.cases, floor=floor, is_enough=True)
            found.run(lambda best, floor=floor: floor, lambda: False)
            sure = ~plain.is_open & ~found.is_open
            reached = sure & (plain.best >= floor) & (plain.best > NO_BUILD)
            assert (found.best[reached] >= floor[reached]).all()
            assert (found.best[sure & (plain.best < floor)] < floor[sure & (plain.best < floor)]).all()
            for build in np.flatnonzero(reached).tolist():
                assert score_of(own, build, found.counts[build]) == found.best[build] <= plain.best[build]
                n_less += int(found.best[build] < plain.best[build])
    assert n_less


def test_from_any_basis_and_with_refuters_the_answer_is_the_same():
    rng = np.random.default_rng(5)
    for own in settings(60):
        n_builds = len(own.cases)
        plain = run(own, np.full(n_builds, NO_BUILD))
        floor = np.where(plain.best > NO_BUILD, plain.best, 0)
        refuters: list[int] = []
        for raised in (0, own.model.grain):
            again = Branching(own.bounds, own.completion, own.cases, floor=floor + raised)
            again.run_from(rng.integers(0, own.bounds.program.simplex.n_bases, n_builds), refuters, lambda: False)
            sure = ~plain.is_open & ~again.is_open & (plain.best > NO_BUILD)
            assert ((again.best >= floor + raised)[sure] == (raised == 0)).all()


def test_closed_decorations_are_not_taken():
    for own in settings(60):
        n_builds, most = len(own.cases), own.bounds.program.most.copy()
        most[::2] = 0
        branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(n_builds, NO_BUILD), most=most)
        branching.run(lambda best: np.full_like(best, NO_BUILD), lambda: False)
        assert not branching.counts[:, ::2].any()


@pytest.mark.parametrize(("name", "value"), [("_MOST_NODES", 0), ("_MOST_PIVOTS", 1)])
def test_what_takes_too_long_stays_open_and_nothing_is_wrong(name, value, monkeypatch):
    wanted = [run(own, np.full(len(own.cases), NO_BUILD)) for own in settings(40)]
    monkeypatch.setattr(module, name, value)
    for own, plain in zip(settings(40), wanted, strict=True):
        found = run(own, np.full(len(own.cases), NO_BUILD))
        sure = ~found.is_open & ~plain.is_open
        assert (found.best[sure] == plain.best[sure]).all()


def test_a_stopped_run_leaves_builds_open():
    own = settings(20)[0]
    branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(len(own.cases), NO_BUILD))
    branching.run(lambda best: np.full_like(best, NO_BUILD), lambda: True)
    assert branching.is_open.all()
