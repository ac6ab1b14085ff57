"""Rows of a table of ranges: which weights they are of, and the pieces of the first build that they name."""

from __future__ import annotations

from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._named_builds import same_named
from equipment_optimizer.verify.output_file import OutputFile, Record
from equipment_optimizer.verify.tables._changes import ChangeReader
from equipment_optimizer.verify.tables._range_rows import HEADER, RangeRows
from equipment_optimizer.verify.tables._weights import Weights

CONFIG = Config(skills={"Guard": SkillRule(weight=2, maximum=None)}, body_parts={"Head": 1})
TABLE = EquipmentTable.from_pieces([EquipmentPiece(name, "Head") for name in "ABC"], body_parts=CONFIG.body_parts)
DEFINITION = Definition(TABLE, CONFIG)
WEIGHTS = Weights(DEFINITION)
UP, DOWN = "Head: B instead of A", "Head: C instead of A"


def read(*rows, header=HEADER):
    """The rows, and the differences, of a table; weights that are not given have no ends."""
    told = []
    given = {row[0]: row for row in rows}
    values = zip(WEIGHTS.names, WEIGHTS.values, strict=True)
    every = [given.get(name, (name, str(value), "", "", "", "")) for name, value in values]
    by_part = same_named(DEFINITION, Builds(TABLE, allowed_rows(TABLE, CONFIG)).allowed)
    records = [Record(line, cells) for line, cells in enumerate(every, 2)]
    reader = RangeRows(
        OutputFile(header, records), WEIGHTS, ChangeReader(DEFINITION, by_part), lambda *some: told.append(some)
    )
    reader.read()
    return reader, told


def test_ends_and_names() -> None:
    reader, told = read(("skills.Guard.weight", "2", "1/3", "2", DOWN, UP))
    assert told == []
    below, above = reader.rows[0].ends
    assert (below.column, below.next_column, above.column, above.next_column) == (
        "From",
        "Next Below",
        "To",
        "Next Above",
    )
    assert (below.at * 3, above.at, below.sign, above.sign) == (1, 2, -1, 1)
    assert reader.known == {0: "A"}
    assert len(reader.rows) == len(WEIGHTS.names)


def test_most_rows_say_who_is_first() -> None:
    reader, told = read(
        ("skills.Guard.weight", "2", "1", "3", DOWN, UP), ("defence", "1", "", "2", "", "Head: A instead of C")
    )
    assert reader.known == {0: "A"}
    assert [(line, column, expected) for line, column, expected, _ in told if line] == [
        (WEIGHTS.names.index("defence") + 2, "Next Above", "instead of A, as in other rows")
    ] or told[0][1] == "Value"


def test_a_marked_table_without_rows_is_of_a_search_that_found_nothing() -> None:
    told = []
    reader = RangeRows(
        OutputFile((*HEADER, "Proved"), []), WEIGHTS, ChangeReader(DEFINITION, []), lambda *some: told.append(some)
    )
    assert reader.read()
    assert (reader.rows, told) == ([], [])
