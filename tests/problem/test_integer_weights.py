"""Decimals become exact integers, all by one power of ten."""

from __future__ import annotations

from decimal import Decimal

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.problem._integer_weights import MAX_SCORE, Scale
from equipment_optimizer.records.config import Config, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

#: Its column has two digits.
TABLE = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", other=("1.25",))], other_names=["Weight"])


def config(*weights: str) -> Config:
    return Config(skills={f"S{i}": SkillRule(weight=Decimal(weight)) for i, weight in enumerate(weights)})


@pytest.mark.parametrize(
    ("weights", "digits"), [(("1", "2"), 0), (("0.5", "1.25"), 2), (("1.500",), 1), (("1e3", "-0.001"), 3), (("0",), 0)]
)
def test_the_finest_weight_says_the_power_of_ten(weights: tuple[str, ...], digits: int) -> None:
    scale = Scale(config(*weights), TABLE)
    assert scale.digits == digits
    for weight in weights:
        assert scale(Decimal(weight)) == Decimal(weight) * 10**digits


def test_digits_beyond_the_decimal_context_are_exact() -> None:
    scale = Scale(config("0.000000000000000001"), TABLE)
    assert scale.digits == 18
    assert (
        scale(Decimal("12345678901234567890123456789.000000000000000001")) == 12345678901234567890123456789 * 10**18 + 1
    )


@pytest.mark.parametrize("weight", ["0.0000000000000000001", "1e19", str(MAX_SCORE + 1)])
def test_what_fits_no_exact_arithmetic_is_refused_with_its_place(weight: str) -> None:
    with pytest.raises(InputError, match=r'\$\.skills\["S0"\]\.weight'):
        Scale(config(weight), TABLE)


def test_every_misfit_is_told() -> None:
    with pytest.raises(InputError) as caught:
        Scale(config("1e19", "1", "1e20"), TABLE)
    assert len(caught.value.faults) == 2


def test_the_digits_of_a_column_count_where_its_total_is_weighed() -> None:
    scale = Scale(Config(totals={"Weight": TotalRule(weight=Decimal("0.1"), maximum=Decimal("9.125"))}), TABLE)
    assert scale.digits == 3
    assert scale(Decimal("0.1"), 2) == 1
    assert Scale(Config(totals={"Weight": TotalRule(maximum=Decimal(9))}), TABLE).digits == 0


def test_a_column_of_too_many_digits_is_named_where_the_weights_do_not_fit() -> None:
    piece = EquipmentPiece("Cap", "Head", other=("0.30000000000000004",))
    table = EquipmentTable.from_pieces([piece], other_names=["Weight"])
    weighed = Config(skills={"S": SkillRule(weight=Decimal(20))}, totals={"Weight": TotalRule(weight=Decimal(1))})
    with pytest.raises(InputError) as caught:
        Scale(weighed, table)
    told = '17, has $.totals["Weight"].weight with its column: round the numbers of Weight in the file'
    assert [fault.mend.endswith(told) for fault in caught.value.faults] == [True]
    with pytest.raises(InputError) as caught:
        Scale(config("20", "0.00000000000000001"), TABLE)
    assert not any("with its column" in fault.mend for fault in caught.value.faults)
