"""What keeps a limit, and what its levels are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from equipment_optimizer.problem.problem import Feature
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.questions._hard_limits import Limit, limits_of

FEATURE = Feature("A", "skill", "$.A", ValueFunction.linear(0), None, -1, None, 0, 9)


@pytest.mark.parametrize("is_maximum", [False, True])
def test_a_kept_limit_is_worth_most_and_every_level_short_of_it_less(is_maximum: bool) -> None:
    limit = Limit(0, 3, is_maximum)
    worth = [limit.function(5).at(x) for x in range(-2, 9)]
    assert worth == [5 * limit.kept_levels(x) for x in range(-2, 9)]
    kept = [limit.keeps(x) for x in range(-2, 9)]
    assert kept == [w == max(worth) for w in worth]
    assert sorted(worth, reverse=is_maximum) == worth


def test_limits_come_in_the_order_of_features() -> None:
    features = [replace(FEATURE, minimum=2, maximum=4), FEATURE, replace(FEATURE, maximum=1)]
    assert limits_of(features) == [Limit(0, 2), Limit(0, 4, True), Limit(2, 1, True)]
