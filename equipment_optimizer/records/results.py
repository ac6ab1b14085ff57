"""The outcome of a job: the best builds, their scores, and what is proved of them.

A `BuildResults` keeps piece indices in columns, one whole score a build, and the
decorations of each build in compressed form; every total is computed when it is
read, a block of rows at a time. It does not search and it does not write files.

Array axes: K results, D slot levels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from .build import ROWS_OF_HTML, ROWS_OF_TEXT, Build, Column, as_html, as_text, headline
from .combinations import EquipmentCombinationList, compressed_sums
from .config import Config, SetBonusStep
from .equipment import EquipmentTable
from .fillings import Fillings
from .limited_columns import FactorColumns, LimitColumns
from .vocabulary import N_SLOT_LEVELS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BuildResults", "SearchReport", "bonus_levels", "format_score"]

IntArray = npt.NDArray[np.int64]
Cell = str | int

#: Rows turned into cells at a time: enough to hide the array overhead, small
#: enough that a hundred skill columns stay below a few megabytes.
ROWS_PER_BLOCK = 2_048


def format_score(scaled: int, digits: int) -> str:
    """``scaled / 10**digits`` as an exact decimal without trailing zeros."""
    if digits <= 0:
        return str(scaled * 10**-digits)
    whole, fraction = divmod(abs(scaled), 10**digits)
    text = f"{whole}.{fraction:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 and text != "0" else text


def bonus_levels(steps: tuple[SetBonusStep, ...], bonus: str, n_pieces: int) -> dict[str, int]:
    """Skill levels that `bonus` gives at `n_pieces` pieces.

    For each skill the highest threshold reached counts; of two lines with the
    same threshold, the higher level.
    """
    reached: dict[str, tuple[int, int]] = {}
    for step in steps:
        if step.bonus == bonus and step.pieces_required <= n_pieces:
            threshold = (step.pieces_required, step.level)
            reached[step.skill] = max(threshold, reached.get(step.skill, threshold))
    return {skill: level for skill, (_, level) in reached.items()}


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """What a search did and what it proves."""

    engine: str  # ``bounded`` or ``exhaustive``
    n_combinations: int  # size of the space
    proved: bool = True  # the listed builds are the best ones
    gap: Decimal = Decimal(0)  # how much better than the last row a missing build may be; infinite where unknown
    counts: Mapping[str, int] = field(default_factory=dict)  # enumerated, and pruned by each rule; the sum is the space
    n_tied: int | None = None  # builds beyond those listed that share the last score; None if unknown
    nodes: int = 0
    lp_solves: int = 0
    elapsed_seconds: float = 0.0  # wall time of the search stage
    unsettled: str = ""  # of a front that was stopped early: which outcomes may be missing, in words


@dataclass(frozen=True, eq=False, repr=False)
class BuildResults(Sequence[Build]):
    """The best builds, best first, ties in rank order: a sequence of `Build`, made when they are looked at.

    Attributes
    ----------
    table : EquipmentTable
    config : Config
    combinations : EquipmentCombinationList, length K
    scaled_scores : ndarray of int64, shape (K,)
        Scores times ``10**score_digits``; with a formula an array of Python's whole numbers. Those of more than
        16,384 builds may stay packed: slices of them, and ``numpy.asarray``, are arrays.
    score_digits : int
    report : SearchReport
    fillings : Fillings or None
        None where the configuration has no decorations.
    variants : tuple of (int or None), length K, or None
        How many builds each row stands for, where they are listed once; None where that is not known.
    proved_rows : ndarray of bool, shape (K,), or None
        For a search stopped early: which rows are proved to belong.
    first_place, place_step : int
        Where the rows stand in the whole list, of which these may be some.

    Examples
    --------
    >>> from decimal import Decimal
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Hood", "Head", 9)])
    >>> results = optimize(table, Config(defence_weight=Decimal("0.5")))
    >>> results.combinations[0], results.score(0), results.report.proved
    (EquipmentCombination(Hood), Decimal('4.5'), True)
    >>> results[0]
    Build(1: Hood; score 4.5)
    >>> [build.defence for build in results], len(results[:5])
    ([9], 1)
    """

    table: EquipmentTable
    config: Config
    combinations: EquipmentCombinationList
    scaled_scores: IntArray
    score_digits: int
    report: SearchReport
    fillings: Fillings | None = None
    proved_rows: npt.NDArray[np.bool_] | None = None
    variants: tuple[int | None, ...] | None = None
    first_place: int = 1
    place_step: int = 1

    def __len__(self) -> int:
        return len(self.scaled_scores)

    @overload
    def __getitem__(self, key: int) -> Build: ...

    @overload
    def __getitem__(self, key: slice) -> BuildResults: ...

    def __getitem__(self, key: int | slice) -> Build | BuildResults:
        """One build, or the results of some rows, whose columns are views where the rows follow each other."""
        if isinstance(key, slice):
            return self._rows(range(len(self))[key])
        k = range(len(self))[key]
        return next(self._builds(k, k + 1))

    def __iter__(self) -> Iterator[Build]:
        for start in range(0, len(self), ROWS_PER_BLOCK):
            yield from self._builds(start, min(start + ROWS_PER_BLOCK, len(self)))

    def __repr__(self) -> str:
        return as_text(self._headline, list(self[:ROWS_OF_TEXT]), max(0, len(self) - ROWS_OF_TEXT))

    def _repr_html_(self) -> str:
        n_hidden = max(0, len(self) - ROWS_OF_HTML)
        return as_html(self._headline, list(self[:ROWS_OF_HTML]), n_hidden, self.config.listed_skills)

    @property
    def _headline(self) -> str:
        scores = [self.score(k) for k in (0, -1)] if len(self) else []
        return headline(len(self), self.report.n_combinations, scores, is_proved=self.report.proved)

    def explain(self, first: int, second: int) -> Any:
        """What separates two builds, by their numbers from 0: an `Explanation`, to print or to go through."""
        # Through the package's face: answers know results, and not the other way round.
        return sys.modules[__name__.partition(".")[0]].explain(self, first, second)

    def head(self, n_rows: int) -> BuildResults:
        """The first `n_rows` builds; their columns are views."""
        return self[:n_rows]

    def _rows(self, rows: range) -> BuildResults:
        """Results of these rows."""
        chosen = slice(rows.start, rows.stop if rows.stop >= 0 else None, rows.step) if rows else slice(0)
        return replace(
            self,
            combinations=self.combinations[chosen],
            scaled_scores=self.scaled_scores[chosen],
            fillings=None if self.fillings is None else self.fillings.of_rows(rows),
            proved_rows=None if self.proved_rows is None else self.proved_rows[chosen],
            variants=None if self.variants is None else self.variants[chosen],
            first_place=self.first_place + rows.start * self.place_step if rows else self.first_place,
            place_step=self.place_step * rows.step,
        )

    def _builds(self, start: int, stop: int) -> Iterator[Build]:
        """Builds of the rows ``start:stop``, their cells made together."""
        columns, scores = self.columns, self.scaled_scores[start:stop].tolist()
        cells = zip(*self._block_cells(start, stop), self.combinations[start:stop], scores, strict=True)
        for k, (*row, _, combination, score) in enumerate(cells, start):
            is_proved = self.report.proved or (self.proved_rows is not None and bool(self.proved_rows[k]))
            yield Build.of_cells(
                columns,
                (*row, Decimal(format_score(score, self.score_digits))),
                skill_names=self.skill_names,
                place=self.first_place + k * self.place_step,
                is_proved=is_proved,
                combination=combination,
            )

    def score(self, k: int) -> Decimal:
        """Exact score of result `k`."""
        return Decimal(format_score(int(self.scaled_scores[k]), self.score_digits))

    def bonus_counts(self, start: int, stop: int) -> dict[str, IntArray]:
        """Pieces that count for each set bonus, for results ``start:stop``."""
        if self.config.set_bonuses is None:
            return {}
        table = self.table
        weapon = self.config.weapon
        fixed = frozenset(weapon.set_bonuses if weapon else ())
        names = sorted({step.bonus for step in self.config.set_bonuses})
        block = self.combinations[start:stop]
        columns = table.bonus_start, table.bonus_index, None
        sums = compressed_sums(block, *columns, names=table.bonus_names, wanted=names)
        return {name: count + int(name in fixed) for name, count in zip(names, sums, strict=True)}

    def _bonus_skills(self, counts: Mapping[str, IntArray]) -> Iterator[tuple[str, int, str, int]]:
        """(bonus, piece count, skill, level) for every count that occurs."""
        steps = self.config.set_bonuses or ()
        for bonus, column in counts.items():
            for n_pieces in np.flatnonzero(np.bincount(column)).tolist():  # ``np.unique`` loads `numpy.ma`
                for skill, level in bonus_levels(steps, bonus, n_pieces).items():
                    yield bonus, n_pieces, skill, level

    @cached_property
    def skill_names(self) -> tuple[str, ...]:
        """Skills that any piece, decoration or bonus of the results names, sorted by code point."""
        names: set[str] = set()
        table = self.table
        seen = np.zeros(table.n_pieces, dtype=bool)
        # In blocks: export takes no more memory for more results (tests/system/test_memory.py).
        for start in range(0, len(self), ROWS_PER_BLOCK):
            stop = min(start + ROWS_PER_BLOCK, len(self))
            block = self.combinations[start:stop]
            for position in range(len(block.columns)):
                seen[block.rows(position)] = True
            names.update(skill for _, _, skill, _ in self._bonus_skills(self.bonus_counts(start, stop)))
        for row in np.flatnonzero(seen).tolist():
            skills = table.skill_index[table.skill_start[row] : table.skill_start[row + 1]]
            names.update(table.skill_names[s] for s in skills.tolist())
        if self.fillings is not None and self.config.decorations is not None:
            for d in self.fillings.decorations():
                names.update(skill for skill, _ in self.config.decorations[d].skills)
        if self.config.weapon is not None and len(self):
            names.update(skill for skill, _ in self.config.weapon.skills)
        return tuple(sorted(names))

    def skill_levels(self, start: int, stop: int) -> dict[str, IntArray]:
        """Total level of each of `skill_names`, all sources together, for results ``start:stop``."""
        table = self.table
        block = self.combinations[start:stop]
        columns = table.skill_start, table.skill_index, table.skill_level
        sums = compressed_sums(block, *columns, names=table.skill_names, wanted=self.skill_names)
        levels = dict(zip(self.skill_names, sums, strict=True))
        if self.config.weapon is not None:
            # Where there is no result, no skill has a name.
            for skill, level in self.config.weapon.skills if len(self) else ():
                levels[skill] += level
        counts = self.bonus_counts(start, stop)
        for bonus, n_pieces, skill, level in self._bonus_skills(counts):
            levels[skill] += level * (counts[bonus] == n_pieces)
        if self.fillings is not None and self.config.decorations is not None:
            filling = self.fillings.of_rows(range(start, stop))
            owner = np.repeat(np.arange(stop - start), np.diff(filling.start))
            for d in np.flatnonzero(np.bincount(filling.decoration)).tolist():
                hits = filling.decoration == d
                for skill, level in self.config.decorations[d].skills:
                    np.add.at(levels[skill], owner[hits], level * filling.count[hits])
        return levels

    def free_slots(self, start: int, stop: int) -> IntArray:
        """Free slots by level, shape (stop - start, 4): all of them where no decorations are given."""
        if self.fillings is not None:
            return self.fillings.of_rows(range(start, stop)).free_slots
        slots = self.combinations[start:stop].total_decoration_slots_by_level
        if self.config.weapon is not None:
            slots = slots + np.array(self.config.weapon.slots, dtype=np.int64)
        return slots

    def decorations_text(self, k: int) -> str:
        """Decorations of result `k` as ``2x Attack Jewel 1; 1x Expert Jewel 2``."""
        if self.fillings is None or self.config.decorations is None:
            return ""
        inside = slice(int(self.fillings.start[k]), int(self.fillings.start[k + 1]))
        pairs = zip(self.fillings.decoration[inside].tolist(), self.fillings.count[inside].tolist(), strict=True)
        return "; ".join(f"{count}x {self.config.decorations[d].name}" for d, count in pairs)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Output columns in order; names are unique."""
        fixed = [Column(name, "piece") for name in self.table.position_names]
        first = [Column(f"Lvl {level + 1} Decoration Slot", "slots") for level in range(N_SLOT_LEVELS)]
        first.append(Column("Defence", "defence"))
        first.extend(Column(f"{name} Res", "resistance") for name in self.table.resistance_names)
        tail = []
        if self.config.decorations is not None:
            tail.append(Column("Decorations", "decorations"))
        if self.config.set_bonuses is not None:
            tail.append(Column("Set Bonuses", "bonuses"))
        if self.variants is not None:
            tail.append(Column("Variants", "variants"))
        if not self.report.proved:
            tail.append(Column("Proved", "proved"))
        tail.append(Column("Score", "score"))
        # A list that has a column Proved is one that was stopped early: nothing else is called that.
        taken = {"Proved", *(column.name for column in (*fixed, *first, *tail))}

        def named(names: Iterable[str], kind: str) -> list[Column]:
            columns = []
            for name in names:
                while name in taken:
                    name += f" ({kind})"
                taken.add(name)
                columns.append(Column(name, kind))
            return columns

        skills = named(self.skill_names, "skill")
        limits = [*named(self.limit_columns.digits, "total"), *named(self.config.counts, "count")]
        if self.factor_columns is not None:
            limits += named(self.factor_columns.digits, "factor")
        return (*fixed, *skills, *first, *limits, *tail)

    @cached_property
    def limit_columns(self) -> LimitColumns:
        """Totals and counts that the configuration names."""
        return LimitColumns(self.table, self.config)

    @cached_property
    def factor_columns(self) -> FactorColumns | None:
        """The factors of the formula; None where the score is a sum."""
        formula = self.config.formula
        return None if formula is None else FactorColumns(self.table, self.config, formula)

    def _block_cells(self, start: int, stop: int) -> list[list[Cell]]:
        """Columns of cells for results ``start:stop``, in the order of `columns`."""
        table, block = self.table, self.combinations[start:stop]
        cells: list[list[Cell]] = []
        for position in range(len(block.columns)):
            cells.append([table.names[row] for row in block.rows(position).tolist()])
        levels = self.skill_levels(start, stop)
        cells.extend(column.tolist() for column in levels.values())
        cells.extend(column.tolist() for column in self.free_slots(start, stop).T)
        cells.append(block.total_defence.tolist())
        cells.extend(column.tolist() for column in block.total_resistances.T)
        digits = self.limit_columns.digits
        for name, total in self.limit_columns.totals(block).items():
            cells.append(
                [format_score(value, digits[name]) for value in total.tolist()] if digits[name] else total.tolist()
            )
        counts = self.limit_columns.counts(block)
        cells.extend(column.tolist() for column in counts.values())
        if self.factor_columns is not None:
            factors = self.factor_columns.values(block, levels, counts)
            for n_digits, column in zip(self.factor_columns.digits.values(), factors, strict=True):
                cells.append([format_score(value, n_digits) for value in column.tolist()])
        if self.config.decorations is not None:
            cells.append([self.decorations_text(k) for k in range(start, stop)])
        if self.config.set_bonuses is not None:
            cells.append(list(self.bonus_texts(start, stop)))
        if self.variants is not None:
            cells.append(["" if n is None else n for n in self.variants[start:stop]])
        if not self.report.proved:
            proved = np.zeros(len(self), bool) if self.proved_rows is None else self.proved_rows
            cells.append(["yes" if row else "no" for row in proved[start:stop].tolist()])
        cells.append([format_score(score, self.score_digits) for score in self.scaled_scores[start:stop].tolist()])
        return cells

    def bonus_texts(self, start: int, stop: int) -> Iterator[str]:
        """Active set bonuses of each result as ``Name (pieces); ...``."""
        counts = self.bonus_counts(start, stop)
        needed: dict[str, int] = {}
        for step in self.config.set_bonuses or ():
            needed[step.bonus] = min(step.pieces_required, needed.get(step.bonus, step.pieces_required))
        for k in range(stop - start):
            yield "; ".join(f"{name} ({column[k]})" for name, column in counts.items() if column[k] >= needed[name])

    def iter_rows(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of cells in the order of `columns`, made a block at a time."""
        for start in range(0, len(self), ROWS_PER_BLOCK):
            stop = min(start + ROWS_PER_BLOCK, len(self))
            yield from zip(*self._block_cells(start, stop), strict=True)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary per build, keyed by column name; scores and totals are `Decimal`."""
        return [build.cells for build in self]

    def to_dataframe(self, *, exact: bool = False) -> pd.DataFrame:
        """One row per build, the columns of the output file; imports pandas.

        Scores are floats, which plot and sort; with `exact` they are `Decimal` objects.
        """
        import pandas as pd

        frame = pd.DataFrame(self.to_dicts(), columns=[column.name for column in self.columns])
        decimals = [column.name for column in self.columns if column.kind in ("score", "total", "factor")]
        return frame if exact else frame.astype(dict.fromkeys(decimals, "float64"))
