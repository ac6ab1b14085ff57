"""One build of a result, made when somebody looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .combinations import EquipmentCombination

__all__ = ["Build", "Column"]


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
        All cells of the output, by column; scores and totals are `Decimal`.
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
                column.name: Decimal(cell) if column.kind == "total" else cell
                for column, cell in zip(columns, cells, strict=True)
            },
            combination=combination,
        )

    def __repr__(self) -> str:
        pieces = ", ".join(name for name in self.pieces.values() if name)
        return f"Build({self.place}: {pieces}; score {self.score})"
