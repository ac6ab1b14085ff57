"""What a configuration limits becomes totals with limits in whole units."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Feature
from equipment_optimizer.records.config import Config, CountRule, FilterRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

ZERO = Decimal(0)


def table(*cells: tuple[str, str], parts: tuple[str, ...] = ("Head", "Body")) -> EquipmentTable:
    pieces = [
        EquipmentPiece(f"{part} {i}", part, other=(weight, team))
        for part in parts
        for i, (weight, team) in enumerate(cells)
    ]
    return EquipmentTable.from_pieces(pieces, body_parts={"Head": 1, "Body": 1}, other_names=["Weight", "Team"])


def features(own: EquipmentTable, **config: object) -> tuple[Feature, ...]:
    quiet = {"slot_weights": (ZERO,) * 4, "slot_count_weight": ZERO, "defence_weight": ZERO}
    return compile_problem(own, Config(**quiet, **config)).features  # type: ignore[arg-type]


def test_limits_of_decimals_are_rounded_to_the_inside_in_the_columns_own_unit() -> None:
    rule = TotalRule(minimum=Decimal("2.9"), maximum=Decimal("7.6"))
    (feature,) = features(table(("1.5", ""), ("3.0", ""), ("4.5", "")), totals={"Weight": rule})
    assert (feature.unit, feature.digits) == (15, 1)
    assert (feature.minimum, feature.maximum) == (None, 5)
    assert (feature.low, feature.high) == (2, 6)


def test_a_total_that_is_only_weighed_is_folded_away() -> None:
    own = table(("1.5", ""), ("3", ""))
    problem = compile_problem(own, Config(totals={"Weight": TotalRule(weight=Decimal("-0.1"))}))
    assert not problem.features and problem.digits == 2
    np.testing.assert_array_equal(problem.parts[0].linear, [-15, -30])


def test_a_value_is_limited_only_where_a_build_can_have_too_many_of_it() -> None:
    own = table(("", "A"), ("", "B"), ("", ""))
    assert features(own, counts={"team": CountRule(each="Team", maximum=2)}) == ()
    found = features(own, counts={"team": CountRule(each="Team", maximum=1)})
    assert [(feature.name, feature.maximum, feature.kind) for feature in found] == [
        ("team: A", 1, "value"),
        ("team: B", 1, "value"),
    ]
    where = FilterRule(column="Team", one_of="A")
    found = features(own, counts={"team": CountRule(each="Team", maximum=1, where=where)})
    assert [feature.name for feature in found] == ["team: A"]


def test_values_of_which_one_only_may_be_there_exclude_each_other() -> None:
    own = table(("", "A"), ("", "B"), ("", ""))
    assert compile_problem(own, Config(counts={"one": CountRule(same="Team")})).exclusive == ((0, 1),)
    assert compile_problem(table(("", "A")), Config(counts={"one": CountRule(same="Team")})).exclusive == ()


def test_a_piece_that_must_be_there_is_a_minimum() -> None:
    (feature,) = features(table(("", ""), ("", "")), pin_all={"Head": (("Head 1", "HEAD 1"),)})
    assert (feature.kind, feature.name, feature.minimum, feature.path) == ("pin", "Head 1", 1, '$.pin["Head"]')


def test_a_column_that_does_not_fit_is_refused() -> None:
    own = table(("1", ""), ("999999999999999999.9", ""))
    with pytest.raises(InputError, match="18 digits"):
        features(own, totals={"Weight": TotalRule(maximum=Decimal(1))})
    own = table(("1", ""), ("999999999999999999", ""))
    with pytest.raises(InputError, match="do not fit the exact arithmetic"):
        features(own, totals={"Weight": TotalRule(maximum=Decimal(1))})
