"""Tables hold what features are worth at every level; what fillings change and what they do not is the score."""

from __future__ import annotations

import numpy as np
import pytest
from filled import problem_with_slots

from equipment_optimizer.problem.scoring import feature_values
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.tables.values import FillingValues


@pytest.mark.parametrize("seed", range(40))
def test_a_table_holds_the_function_of_its_feature(seed: int) -> None:
    problem, _ = problem_with_slots(seed)
    tables = FillingValues(problem, 8)
    for e in tables.involved:
        feature = problem.features[e]
        x = np.arange(feature.low, feature.high + 1)
        entry = tables.indices(np.repeat(x[None, :], problem.n_features, axis=0))[e]
        for mode in (0, 1, 2) if feature.raised_value is not None else (0,):
            found = tables.values[tables.rows[e, mode] + entry]
            wanted = 8 * np.max([function(x) for function in tables.functions(e, mode)], axis=0)
            is_missed = np.zeros(len(x), bool) if feature.minimum is None else x < feature.minimum
            assert found[~is_missed].tolist() == wanted[~is_missed].tolist()
            assert (found[is_missed] == tables.never).all()


@pytest.mark.parametrize("seed", range(40))
def test_what_no_filling_changes_and_what_it_may_are_the_whole_score(seed: int) -> None:
    problem, totals = problem_with_slots(seed)
    tables = FillingValues(problem, 8)
    fixed, modes = tables.fixed_values(totals.levels), tables.modes(totals.levels)
    whole = feature_values(problem, totals.levels)
    involved = np.zeros(len(whole), dtype=np.int64)
    index, n_builds = tables.indices(totals.levels), totals.levels.shape[1]
    for e in tables.involved:
        involved += tables.values[tables.row_starts(e, modes, n_builds) + index[e]] // 8
    is_sure = (
        (fixed > NO_BUILD) & (whole > NO_BUILD) & ~np.any([mode == 2 for mode in modes.values()] or [[False]], axis=0)
    )
    assert (fixed + involved)[is_sure].tolist() == whole[is_sure].tolist()


@pytest.mark.parametrize("seed", range(20))
def test_scores_of_fillings_are_multiples_of_the_grain(seed: int) -> None:
    problem, _ = problem_with_slots(seed)
    tables = FillingValues(problem, 8)
    assert all(int(value) % tables.grain == 0 for value in problem.slot_weights)
    bound = np.array([-17, -1, 0, 5, 8 * 1_000 * tables.grain + 7])
    target = tables.top_target(bound)
    assert (target % tables.grain == 0).all()
    assert (8 * target <= bound).all()
    assert (8 * (target + tables.grain) > bound).all()
