"""Whether cells satisfy conditions, and which rows a configuration allows, straight from the definitions."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ..records.config import Config, FilterRule
from ..records.equipment import NO_PIECE, EquipmentTable

__all__ = ["allowed_rows", "passes"]


def allowed_rows(table: EquipmentTable, config: Config) -> list[list[int]]:
    """Rows of each body part that pin, exclude and filter allow, in file order."""
    filters = [(rule, table.other[table.other_names.index(rule.column)]) for rule in config.filters]
    starts = table.part_start.tolist()
    allowed = []
    for part, start, stop in zip(table.parts, starts, starts[1:], strict=False):
        pinned = config.pin.get(part)
        allowed.append(
            [
                row
                for row in range(start, stop)
                if table.origin[row] == NO_PIECE
                or (
                    (pinned is None or table.names[row] in pinned)
                    and table.names[row] not in config.exclude
                    and all(passes(rule, part, cells[row]) for rule, cells in filters)
                )
            ]
        )
    return allowed


def passes(rule: FilterRule, part: str, cell: str) -> bool:
    """Whether a cell of a part's piece satisfies a rule: numbers where both sides are numbers, else exact text."""
    if rule.parts is not None and part not in rule.parts:
        return True
    if not cell:
        return rule.blank or (rule.one_of is None and rule.minimum is None and rule.maximum is None)
    number = _number(cell)
    if rule.minimum is not None and (number is None or number < rule.minimum):
        return False
    if rule.maximum is not None and (number is None or number > rule.maximum):
        return False
    if rule.one_of is not None and not any(_same(cell, text) for text in rule.one_of):
        return False
    return rule.none_of is None or not any(_same(cell, text) for text in rule.none_of)


def _same(cell: str, text: str) -> bool:
    """Equality of a cell and a filter's text."""
    number, other = _number(cell), _number(text)
    return cell == text if number is None or other is None else number == other


def _number(text: str) -> Decimal | None:
    """The number that a cell spells, if it does."""
    if not text.isascii() or "_" in text or not any(char.isdigit() for char in text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
