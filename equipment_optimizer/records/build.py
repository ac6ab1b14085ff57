"""One build of a result, made when somebody looks at it; and several as a session shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .combinations import EquipmentCombination

__all__ = ["ROWS_OF_HTML", "ROWS_OF_TEXT", "Build", "Column", "as_html", "as_text", "headline"]

#: Builds shown: half a screen of text, one of a notebook.
ROWS_OF_TEXT, ROWS_OF_HTML = 10, 20

#: Characters of a line, and of a name within it.
_LINE, _NAME = 118, 16


class Column(NamedTuple):
    """Name of an output column and what kind of cells it holds."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A build with its slots filled.

    Attributes
    ----------
    place : int
        Where it stands in the list; 1 is the best.
    score : Decimal
        Exact.
    pieces : dict of str to str
        Name of the piece at each place (``Head``, or ``Ring 1``, ``Ring 2``); empty where a place stays so.
    skills : dict of str to int
        Total level of each skill that the build has: pieces, weapon, decorations and set bonuses together.
    free_slots : tuple of 4 int
        Slots of level 1, 2, 3, 4 that nothing fills.
    defence : int
    decorations, set_bonuses : str
        As in the output; empty where the configuration has none.
    is_proved : bool
        Whether the build certainly belongs where it stands.
    cells : dict
        All cells of the output, by column; scores, totals and factors are `Decimal`.
    combination : EquipmentCombination
        The pieces alone, with everything that is known of them.

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Hood", "Head", 9)])
    >>> best = optimize(table, Config())[0]
    >>> best.pieces, best.score, best.defence
    ({'Head': 'Hood'}, Decimal('9'), 9)
    """

    place: int
    score: Decimal
    pieces: dict[str, str]
    skills: dict[str, int]
    free_slots: tuple[int, ...]
    defence: int
    decorations: str
    set_bonuses: str
    is_proved: bool
    cells: dict[str, Any]
    combination: EquipmentCombination

    @classmethod
    def of_cells(
        cls,
        columns: Sequence[Column],
        cells: Sequence[Any],
        *,
        skill_names: Sequence[str],
        place: int,
        is_proved: bool,
        combination: EquipmentCombination,
    ) -> Build:
        """The build of one row of the output, its last cell the exact score."""
        of_kind: dict[str, list[Any]] = {}
        for column, cell in zip(columns, cells, strict=True):
            of_kind.setdefault(column.kind, []).append(cell)
        places = [column.name for column in columns if column.kind == "piece"]
        return cls(
            place=place,
            score=cells[-1],
            pieces=dict(zip(places, of_kind.get("piece", ()), strict=True)),
            skills={skill: level for skill, level in zip(skill_names, of_kind.get("skill", ()), strict=True) if level},
            free_slots=tuple(of_kind["slots"]),
            defence=of_kind["defence"][0],
            decorations=of_kind.get("decorations", [""])[0],
            set_bonuses=of_kind.get("bonuses", [""])[0],
            is_proved=is_proved,
            cells={
                column.name: Decimal(cell) if column.kind in ("total", "factor") else cell
                for column, cell in zip(columns, cells, strict=True)
            },
            combination=combination,
        )

    def __repr__(self) -> str:
        pieces = ", ".join(name for name in self.pieces.values() if name)
        return f"Build({self.place}: {pieces}; score {self.score})"


def headline(n_builds: int, n_combinations: int, scores: Sequence[object], *, is_proved: bool) -> str:
    """How many builds of how many, the first and the last of their `scores`, and whether that is proved."""
    words = f"{n_builds:,} build{'' if n_builds == 1 else 's'} of {n_combinations:,} combinations"
    if n_builds:
        first, last = scores[0], scores[-1]
        words += f", score {first}" if first == last else f", scores {first} to {last}"
    return f"{words}, {'proved' if is_proved else 'stopped early: not proved'}"


def as_text(head: str, builds: Sequence[Build], n_hidden: int) -> str:
    """A line for each build, of at most 118 characters, between the headline and how many are not shown."""
    lines = [f"<BuildResults: {head}>"]
    if builds:
        rows = [["", "Score", *builds[0].pieces, "Skills"]]
        for build in builds:
            skills = ", ".join(f"{skill} {level}" for skill, level in build.skills.items())
            rows.append([str(build.place), str(build.score), *build.pieces.values(), skills])
        lines += _aligned(rows)
    return "\n".join([*lines, *([f"... {n_hidden:,} more"] if n_hidden else [])])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns of equal width, long names and lines cut; the last column takes what room is left."""
    shortened = [[*(_shortened(cell) for cell in row[:-1]), row[-1]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shortened, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shortened)
    return [_at_most(line.rstrip(), _LINE) for line in lines]


def _shortened(cell: str) -> str:
    """A name without some of its middle, as ``Helm α+`` and ``Helm β+`` differ at the end; a number's head counts."""
    if len(cell) <= _NAME or cell.lstrip("-").replace(".", "", 1).isdecimal():
        return _at_most(cell, _NAME)
    return f"{cell[: _NAME - 4]}…{cell[-3:]}"


def _at_most(text: str, n_most: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= n_most else f"{text[: n_most - 1]}…"


def as_html(head: str, builds: Sequence[Build], n_hidden: int, skills: Iterable[str]) -> str:
    """A table of builds, for a notebook, with those of the `skills` that some of them have; every name is escaped."""
    listed = [skill for skill in skills if any(build.skills.get(skill) for build in builds)]
    has_fillings = any(build.decorations for build in builds)
    places = list(builds[0].pieces) if builds else []
    rows = [["", "Score", *places, *listed, *(["Decorations"] if has_fillings else [])]]
    for build in builds:
        row = [str(build.place), str(build.score), *build.pieces.values()]
        row += [str(build.skills.get(skill, 0)) for skill in listed]
        rows.append([*row, build.decorations] if has_fillings else row)
    from html import escape

    titles = "".join(f"<th>{escape(title)}</th>" for title in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    more = f"<p>{n_hidden:,} more</p>" if n_hidden else ""
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>" if builds else ""
    return f"<div><p>{escape(head)}</p>{table}{more}</div>"
