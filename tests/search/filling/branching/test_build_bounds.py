"""Any prices bound every filling; starts are remembered, and forgotten bases bound as before."""

import numpy as np
import pytest
from fillings import best_by_trying, branched, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching import build_bounds
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.tables.steps import FillingModel
from equipment_optimizer.search.filling.walking.staged_walk import entries_of


def test_no_filling_is_above_a_bound_by_any_prices():
    rng = np.random.default_rng(2)
    n_checked = 0
    for own in settings(90):
        bounds, cases = own.bounds, own.cases
        rows = np.arange(len(cases))
        best = [best_by_trying(own, build) for build in range(min(len(cases), 3))]
        n_prices = bounds.program.simplex.matrix.shape[0]
        for scale in (0, 1, 30, 1e6):
            prices = bounds.rounded(rng.normal(size=(1, n_prices)) * scale)
            high = bounds.program.most.astype(np.float64)
            bound = bounds.targets(
                bounds.bounds(prices, np.zeros_like(rows), cases, rows, low=np.zeros_like(high), high=high)
            )
            for build, most in enumerate(best):
                if most is not None and most > NO_BUILD:
                    assert bound[build] >= most
                    n_checked += 1
    assert n_checked > 100


def test_bounds_with_counts_are_those_of_builds_that_take_as_many():
    rng = np.random.default_rng(5)
    for own in settings(60):
        bounds, cases, program = own.bounds, own.cases, own.bounds.program
        branched(own)  # whose prices are among the bounds' from then on
        decoration = int(rng.choice(program.decoration))
        columns = np.flatnonzero(program.decoration == decoration)
        most = np.where(program.decoration == decoration, 0, program.most)
        counts = np.array([[0], [1], [2]])
        bound = bounds.with_counts(bounds.starts, cases, most, [columns], counts)
        low, rows = np.zeros(len(most)), np.arange(len(cases))
        for n, some in zip(counts[:, 0].tolist(), bound, strict=True):
            wanted = np.full(len(rows), np.inf)
            for number in bounds.starts:
                dearest = columns[bounds.prices.worth[number, columns].argmax()]
                taken = np.where(np.arange(len(most)) == dearest, n, low)
                high = np.where(np.arange(len(most)) == dearest, n, most.astype(np.float64))
                numbers = np.full(len(rows), number)
                own_bound = bounds.bounds(bounds.prices, numbers, cases, rows, low=taken, high=high)
                wanted = np.minimum(wanted, own_bound)
            assert some.tolist() == wanted.tolist()


def test_prices_of_a_box_bound_no_less_than_those_they_come_from():
    for own in settings(40):
        bounds, model = own.bounds, own.model
        branching = branched(own)
        entries = entries_of(model, own.totals.levels)
        for number in bounds.starts[-3:]:
            prices = FillingPrices(model, bounds.multipliers(number))
            bound = model.top_target(prices.bounds(entries, own.totals.slots))
            assert (bound >= np.where(branching.is_open, NO_BUILD, branching.best)).all()


def test_tidying_keeps_the_starts_and_their_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(build_bounds, "_MOST_BASES", 3)
    for own in settings(40):
        bounds, rows = own.bounds, np.arange(len(own.cases))
        branched(own)  # which learns some bases
        before = bounds.least(bounds.starts, own.cases, rows, bounds.program.most)
        bounds.tidy()
        assert bounds.program.simplex.n_bases <= len(bounds.starts) + 3
        assert bounds.least(bounds.starts, own.cases, rows, bounds.program.most).tolist() == before.tolist()


def test_the_last_starts_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(build_bounds, "_STARTS", 2)
    bounds = settings(20)[0].bounds
    bounds.note_starts([4, 7])
    bounds.note_starts([4, 9])
    assert bounds.starts == [4, 9]


def test_prices_too_fine_for_exact_sums_say_how_fine_they_may_be():
    for own in settings(20):
        bounds, precision = build_bounds.exact_bounds(FillingModel(own.problem, 2**48))
        assert bounds is None and 0 < precision < 2**48
        coarser, none_left = build_bounds.exact_bounds(FillingModel(own.problem, precision))
        assert coarser is not None and none_left == 0


def exact_bound(bounds, prices, case, high):
    """The bound of one build by the first of some prices, in whole numbers of any size."""
    program = bounds.program
    whole = [int(each) for each in prices.best[0, program.variants[int(case.kind[0])]]]
    whole += [int(p) * int(n) for p, n in zip(prices.amounts[0], case.amounts[0], strict=True)]
    whole += [int(w) * int(n) for w, n in zip(prices.worth[0], high, strict=True) if w > 0]
    whole += [int(p) * int(n) for p, n in zip(prices.stock[0], program.stock, strict=True)]
    return sum(whole)


def test_sums_that_are_looked_at_by_basis_are_exact_and_bound_every_filling():
    rng = np.random.default_rng(8)
    n_checked = n_bases = n_none = 0
    for own in settings(60):
        usual = build_bounds._EXACT // (build_bounds._USUAL_SUM * max(1, own.problem.score_bound))
        model = FillingModel(own.problem, usual)
        bounds, _ = build_bounds.exact_bounds(model)
        if bounds is None or not bounds._checks_each:
            continue
        levels, slots = own.totals.levels[:, :1], own.totals.slots[:, :1]
        case = bounds.program.cases(model.indices(levels)[list(model.involved)], model.modes(levels), slots)
        high, best = bounds.program.most.astype(np.float64), best_by_trying(own, 0)
        for scale in (0, 1, 30, 1e6, 1e9):
            prices = bounds.rounded(rng.normal(size=(1, bounds.program.simplex.matrix.shape[0])) * scale)
            n_bases += 1
            n_none += scale > 0 and not prices.amounts[:, : bounds.program.slot_row].any()
            bound = bounds.bounds(prices, np.zeros(1, np.int64), case, np.zeros(1, np.intp), low=0 * high, high=high)
            assert int(bound[0]) == exact_bound(bounds, prices, case, high)
            if best is not None and best > NO_BUILD:
                assert bounds.targets(bound)[0] >= best
                n_checked += 1
    assert n_checked > 20 and n_none > 5 and n_bases > n_none + 20


def test_steep_prices_are_not_tried_where_it_is_known_beforehand_that_sums_of_them_are_not_exact(
    monkeypatch: pytest.MonkeyPatch,
):
    tried: list[bool] = []

    class Noted(build_bounds.BuildLp):
        def __init__(self, model: FillingModel, *, is_steep: bool = False) -> None:
            tried.append(is_steep)
            super().__init__(model, is_steep=is_steep)

    n_known = n_open = 0
    for own in settings(30):
        for precision in (1, 2**16, 2**28, 2**36):
            model = FillingModel(own.model.problem, precision)
            if not build_bounds._are_too_steep(model):
                n_open += 1
                continue
            with pytest.raises(build_bounds.TooFineError):
                build_bounds.BuildBounds(build_bounds.BuildLp(model, is_steep=True))
            with monkeypatch.context() as patched:
                patched.setattr(build_bounds, "BuildLp", Noted)
                build_bounds.exact_bounds(model)
            assert tried == [False]
            tried.clear()
            n_known += 1
    assert n_known > 10 and n_open > 10
