"""The record of what a piece is worth."""

import dataclasses

import pytest

from equipment_optimizer.answers._piece_value import PieceValue
from equipment_optimizer.answers.piece_values import PieceValue as Public


def test_a_value_is_one_public_record_that_nobody_changes() -> None:
    value = PieceValue(kind="piece", name="Cap", body_part="Head")
    assert PieceValue is Public
    assert (value.is_allowed, value.is_proved, value.is_never_useful, value.best) == (True, True, False, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.name = "Hat"  # type: ignore[misc]
