"""Builds that are named by row or by piece."""

from decimal import Decimal

import pytest

from equipment_optimizer.answers.explain import scored_builds
from equipment_optimizer.answers.named_builds import (
    build_of_row,
    builds_of_names,
    piece_named,
    row_of_names,
    rows_of_shared_names,
)
from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.output.csv_file import write_csv
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify.output_file import read_output

TABLE = EquipmentTable.from_pieces(
    [
        EquipmentPiece("Cap", "Head", 1),
        EquipmentPiece("Band", "Ring", 1),
        EquipmentPiece("Loop", "Ring", 2),
        EquipmentPiece("Band", "Ring", 3),
        EquipmentPiece("Hunter’s Mail", "Body", 1),
    ],
    body_parts=(("Head", 1), ("Ring", 2), ("Body", 1)),
)


def test_names_in_any_order_and_writing() -> None:
    assert builds_of_names("Loop; Hunter's Mail; Band; Cap", TABLE)[0] == (0, 1, 2, 4)
    assert builds_of_names("Band, Band, Cap, Hunter's Mail", TABLE)[0] == (0, 1, 3, 4)
    assert piece_named("Hunter's Mail", TABLE) == "Hunter’s Mail"


@pytest.mark.parametrize(
    ("text", "words", "mend"),
    [
        ("Cap; Band; Loop", "lacks a piece of Body", "one piece for each place"),
        ("Cap; Cap; Band; Loop", "there is no place left for 'Cap'", "for each place"),
        ("Capp; Band; Loop; Hunter's Mail", "no piece is called 'Capp'", "write 'Cap'"),
        ("Loop; Loop; Cap; Hunter's Mail", "'Loop' is named more often than there are", "once"),
    ],
)
def test_what_is_no_build_is_told(text, words, mend) -> None:
    with pytest.raises(UsageError) as caught:
        builds_of_names(text, TABLE)
    assert words in caught.value.message
    assert mend in caught.value.mend
    with pytest.raises(UsageError, match="no piece is called"):
        piece_named("Nothing", TABLE)


def test_a_row_of_a_list_and_of_several_the_one_with_its_score(tmp_path) -> None:
    path = str(tmp_path / "list.csv")
    (tmp_path / "list.csv").write_text("Head,Ring 1,Ring 2,Body,Score\nCap,Loop,Band,Hunter’s Mail,7\n")
    output = read_output(path)

    def score_of(build):
        return Decimal(7) if build == (0, 2, 3, 4) else Decimal(1)

    assert build_of_row(path, output, 1, TABLE, score_of) == (0, 2, 3, 4)
    with pytest.raises(UsageError, match="has 1 rows, and row 2 was asked for"):
        build_of_row(path, output, 2, TABLE, score_of)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Head,Ring 1,Body,Score\nCap,Band,x,1\n", "no column 'Ring 2'"),
        ("Head,Ring 1,Ring 2,Body,Score\nCap,Loop,Odd,Hunter’s Mail,7\n", "called 'Odd'"),
        ("Head,Ring 1,Ring 2,Body,Score\nCap,Loop,Loop,Hunter’s Mail,7\n", "one piece twice"),
    ],
)
def test_a_list_of_other_equipment_is_told(tmp_path, text, words) -> None:
    path = str(tmp_path / "list.csv")
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        build_of_row(path, read_output(path), 1, TABLE, lambda build: None)


PARTS = {
    "Util": PartRule(count=1, drawn_from=("Runner", "Catcher")),
    "Runner": PartRule(count=2),
    "Catcher": PartRule(count=2, optional=True),
}
LINEUP = EquipmentTable.from_pieces(
    [EquipmentPiece(name, "Runner") for name in ("Ann", "Bob", "Cid")]
    + [EquipmentPiece(name, "Catcher") for name in ("Dan", "Eve")],
    body_parts=PARTS,
)


def named(build):
    return [LINEUP.names[row] for row in build]


def test_places_that_stay_empty_or_share_pieces_take_the_first_build_by_rank() -> None:
    assert named(builds_of_names("Cid, Ann, Bob", LINEUP)[0]) == ["Ann", "Bob", "Cid", "", ""]
    assert named(builds_of_names("Eve, Bob, Ann", LINEUP)[0]) == ["Eve", "Ann", "Bob", "", ""]
    assert named(builds_of_names("Dan, Eve, Bob, Ann", LINEUP)[0]) == ["Dan", "Ann", "Bob", "Eve", ""]
    for text in ("Ann, Bob", "Ann, Dan, Eve", "Ann, Ann, Bob"):
        with pytest.raises(UsageError, match="do not fit the places"):
            builds_of_names(text, LINEUP)
    with pytest.raises(UsageError, match="no piece is called 'Dann'"):
        builds_of_names("Dann", LINEUP)


def test_every_row_of_a_list_is_found_and_explained(tmp_path) -> None:
    pieces = [LINEUP.piece(row)._replace(defence=row + 1) for row in range(LINEUP.n_pieces) if LINEUP.names[row]]
    table = EquipmentTable.from_pieces([piece for piece in pieces if piece.body_part != "Util"], body_parts=PARTS)
    results = optimize(table, Config(body_parts=PARTS, defence_weight=1, limit=99))
    path = str(tmp_path / "list.csv")
    write_csv(results, path)
    output = read_output(path)
    for k in range(len(results)):
        rows = [int(results.combinations.rows(position)[k]) for position in range(len(table.positions))]
        assert list(build_of_row(path, output, k + 1, table, lambda build: None)) == rows
        names = ", ".join(table.names[row] for row in rows if table.names[row])
        assert list(builds_of_names(names, table)[0]) == rows
        scored, keeps = scored_builds(table, results.config, [tuple(rows)])
        assert (scored.score(0), keeps) == (results.score(k), [True])


ODD = EquipmentTable.from_pieces(
    [
        EquipmentPiece(name, part)
        for part, names in (
            ("Head", ("Cap", "Cap, red", "Cap; blue", "12")),
            ("Body", ("red", "Mail; Mail, old", "Mail", "Cap")),
        )
        for name in names
    ]
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Cap, red; Mail", ["Cap, red", "Mail"]),
        ("Mail, Cap, red", ["Cap, red", "Mail"]),
        ("Cap; blue; Mail; Mail, old", ["Cap; blue", "Mail; Mail, old"]),
        ("Cap; blue, Mail", ["Cap; blue", "Mail"]),
        ("Mail; Mail, old; Cap", ["Cap", "Mail; Mail, old"]),
        ("12; Cap", ["12", "Cap"]),
        ("Cap; Cap;", ["Cap", "Cap"]),
    ],
)
def test_a_name_that_stands_whole_goes_before_its_parts(text: str, names: list[str]) -> None:
    assert [[ODD.names[row] for row in build] for build in builds_of_names(text, ODD)] == [names]


def test_a_build_of_one_piece_is_called_what_it_is() -> None:
    heads = EquipmentTable.from_pieces([piece for piece in ODD if piece.body_part == "Head"])
    for name in heads.names:
        assert [heads.names[row] for (row,) in builds_of_names(name, heads)] == [name]
        assert builds_of_names(f"{name};", heads) == builds_of_names(name, heads)
    with pytest.raises(UsageError, match="there is no place left for 'Cap; blue'"):
        builds_of_names("Cap; red; Cap; blue", EquipmentTable.from_pieces([*ODD, EquipmentPiece("Cap; red", "Head")]))


def test_what_is_not_known_is_told_as_it_was_separated() -> None:
    for text, unknown in (("Cap; blue; Malil, red", "Malil, red"), ("Cap, red, Malil", "Malil")):
        with pytest.raises(UsageError, match=f"no piece is called '{unknown}'"):
            builds_of_names(text, ODD)


def test_builds_of_the_same_names_are_all_there_by_rank(tmp_path) -> None:
    assert builds_of_names("Band; Loop; Cap; Hunter's Mail", TABLE) == [(0, 1, 2, 4), (0, 2, 3, 4)]
    assert rows_of_shared_names((0, 1, 2, 4), TABLE) == [1]
    # Pieces that stand in several parts share their names with no other.
    assert rows_of_shared_names(builds_of_names("Ann, Bob, Cid", LINEUP)[0], LINEUP) == []
    path = tmp_path / "list.csv"
    path.write_text(
        "Head,Ring 1,Ring 2,Body,Score\nCap,Band,Band,Hunter\u2019s Mail,9\n"
        "Cap,Loop,Band,Hunter's Mail,8\nCap,Band,Loop,Hunter\u2019s Mail,7\n"
    )
    output = read_output(str(path))
    assert [row_of_names(output, build, TABLE) for build in ((0, 1, 2, 4), (0, 1, 3, 4))] == [2, 1]
    assert row_of_names(output, (0, 1, 1, 4), ODD) is None


def test_many_twins_that_fit_no_place_are_found_out_at_once() -> None:
    parts = [f"Part {b}" for b in range(12)]
    twins = [EquipmentPiece("Twin", part) for part in parts for _ in range(40)]
    table = EquipmentTable.from_pieces(
        [*twins, EquipmentPiece("First", parts[0]), EquipmentPiece("Other", parts[0])],
        body_parts=dict.fromkeys(parts, 1),
    )
    with pytest.raises(UsageError, match="there is no place left for 'Other'"):
        builds_of_names("; ".join(["First", "Other", *["Twin"] * 10]), table)
