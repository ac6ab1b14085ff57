"""Whatever ends a look at a table, what was found by then is compared and told by line."""

from __future__ import annotations

from equipment_optimizer.verify.judging import Difference, StoppedEarly
from equipment_optimizer.verify.tables._frame import verdict_of


class Found:
    def __init__(self) -> None:
        self.differences = [Difference(3, "Loss", "1", "2"), Difference(2, "Name", "a", "b")]
        self.checks = ["2 rows"]


def test_differences_are_told_by_line_and_all_is_compared() -> None:
    compared: list[bool] = []
    verdict = verdict_of(Found(), lambda: None, compare=compared.append)
    assert [difference.line for difference in verdict.differences] == [2, 3]
    assert (verdict.checks, verdict.was_stopped, compared) == (("2 rows",), False, [True])


def test_a_stop_is_told_and_what_there_is_compared() -> None:
    compared: list[bool] = []

    def look() -> None:
        raise StoppedEarly

    verdict = verdict_of(Found(), look, compare=compared.append)
    assert verdict.was_stopped and verdict.checks[-1].startswith("stopped before its end")
    assert compared == [False] and len(verdict.differences) == 2
    assert verdict_of(Found(), look).was_stopped
