"""What a skill, a total, a count and a body part may say; what they cannot mean."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.records.rules import (
    DEFAULT_PARTS,
    CountRule,
    FilterRule,
    PartRule,
    TotalRule,
    part_rules,
    respelt_objectives,
)


def test_limits_of_totals_are_exact() -> None:
    rule = TotalRule(weight=-0.1, minimum=2, maximum=26.05)
    assert (rule.weight, rule.minimum, rule.maximum) == (Decimal("-0.1"), Decimal(2), Decimal("26.05"))


@pytest.mark.parametrize(
    ("rule", "cell", "values"),
    [
        (CountRule(each="Team", maximum=1), " A; B", (" A; B",)),
        (CountRule(each="Hours", separator=";", maximum=1), "A; B;;A", ("A", "B")),
        (CountRule(same="Socket"), "", ()),
    ],
)
def test_a_cell_holds_each_value_once(rule: CountRule, cell: str, values: tuple[str, ...]) -> None:
    assert rule.values(cell) == values


@pytest.mark.parametrize(
    "make",
    [
        lambda: CountRule(each="Team", same="Team", maximum=1),
        lambda: CountRule(each="Team", minimum=1),
        lambda: CountRule(same="Socket", weight=1),
        lambda: CountRule(where="Tier", maximum=1),  # type: ignore[arg-type]
        lambda: TotalRule(maximum="26"),  # type: ignore[arg-type]
        lambda: PartRule(count="2"),  # type: ignore[arg-type]
    ],
)
def test_what_a_rule_cannot_mean_is_a_usage_error(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        make()


def test_a_number_stands_for_a_part_with_that_count() -> None:
    flex = PartRule(drawn_from=("Runner",), optional=True)
    assert part_rules({"Ring": 2, "Flex": flex}) == {"Ring": PartRule(count=2), "Flex": flex}
    assert list(part_rules([("Flex", flex), ("Ring", 2)])) == ["Flex", "Ring"]
    assert next(iter(DEFAULT_PARTS)) == "Head"


def test_a_count_of_pieces_has_no_column() -> None:
    assert CountRule(where=FilterRule(column="Tier", one_of="Exotic"), minimum=1).column is None
    assert (CountRule(each="Team", maximum=1).column, CountRule(same="Socket").column) == ("Team", "Socket")


def test_skills_get_their_spelling() -> None:
    assert respelt_objectives(("-Fury", "Score", "Fury (skill)"), {"Fury": "FURY"}) == (
        "-FURY",
        "Score",
        "FURY (skill)",
    )
