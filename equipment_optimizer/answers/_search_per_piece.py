"""What pieces are worth, one search for each: of a formula, where parts draw from others, and without any build so far.

A row of the file may then stand in several parts, so that it is held by a count of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..problem.compile import compile_problem
from ..problem.formula import compile_formula
from ..problem.selection import passing_rows
from ..progress import OnProgress, Progress
from ..questions.few_builds import any_build, few_builds, first_builds, kept_pieces
from ..questions.infeasible import explain_infeasible
from ..records.config import Config, CountRule, FilterRule
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ..records.results import format_score
from ..records.space import CombinationSpace
from ..search.engines import SearchOptions, search
from ..search.product.every_piece import EveryProduct
from ..search.product.run import search_product
from ..system.stopping import StopFlag
from ..units import exact_difference
from ._further_pieces import are_too_few, pieces_by_number, stand_ins
from ._listed_rows import ListedRows
from ._piece_value import PieceValue
from ._possible_gains import extra_decorations

__all__ = ["SearchPerPiece"]

BoolArray = npt.NDArray[np.bool_]

#: A column of the table that no file has: the number of the row.
_ROW = "\0row"


class _Best(NamedTuple):
    """The best scores of some builds, best first, which rows each has, and whether that is all there is to it."""

    scores: list[Decimal]
    rows: list[frozenset[int]]
    is_proved: bool
    most: Decimal | None = None  # what a better one may score that was not found, where that is known
    is_known: bool = True

    @property
    def score(self) -> Decimal | None:
        """The best one."""
        return self.scores[0] if self.scores else None


class SearchPerPiece:
    """A table with further pieces, of which the first are wishes and the others talismans."""

    def __init__(self, table: EquipmentTable, config: Config, further: Sequence[EquipmentPiece], n_wishes: int) -> None:
        self._given, self._config, self._n_wishes = table, config, n_wishes
        passes = passing_rows(table, config)
        part_of_row = np.repeat(np.array(table.parts), table.part_sizes).tolist()
        allowed = {
            place
            for place, does_pass in zip(zip(part_of_row, table.origin.tolist(), strict=True), passes, strict=True)
            if does_pass
        }
        owned = pieces_by_number(table, config)
        blanks = stand_ins(table, config, further)
        self.pieces = [*owned.values(), *blanks, *further]
        self._origins = list(owned)
        self.n_owned, self._first_further = len(owned), len(owned) + len(blanks)
        keyed = [piece._replace(other=(*piece.other, str(number))) for number, piece in enumerate(self.pieces)]
        self.table = EquipmentTable.from_pieces(
            keyed,
            body_parts=config.body_parts,
            resistance_names=table.resistance_names,
            other_names=(*table.other_names, _ROW),
        )
        numbers, parts = list(owned), np.repeat(np.array(self.table.parts), self.table.part_sizes).tolist()
        self._usable = np.array(
            [
                not 0 <= number < self.n_owned or (part, numbers[number]) in allowed
                for part, number in zip(parts, self.table.origin.tolist(), strict=True)
            ]
        )
        self._owned = self._usable & (self.table.origin < self._first_further)
        #: The rules that rule out rows are done with.
        self._plain = replace(config, pin={}, exclude=(), filters=(), front=())

    # --- searches ------------------------------------------------------------------

    def _ask(
        self,
        usable: BoolArray,
        held: Sequence[int] = (),
        *,
        limit: int = 1,
        flag: StopFlag,
        config: Config | None = None,
    ) -> _Best:
        """The best builds of usable rows that hold some pieces."""
        if flag.is_set():
            return _Best([], [], False)
        config, table = config or self._plain, self.table
        if are_too_few(table, usable):
            return _Best([], [], True)
        chosen = table.select(usable)
        if not CombinationSpace.of(chosen).n_combinations:
            return _Best([], [], True)
        counts = {f"{_ROW} {n}": CountRule(where=(FilterRule(column=_ROW, one_of=(str(n),)),), minimum=1) for n in held}
        config = replace(config, counts={**config.counts, **counts})
        options = SearchOptions(
            should_stop=flag.is_set, few_builds=few_builds, first_builds=first_builds, any_build=any_build
        )
        if config.formula is None:
            problem = compile_problem(chosen, config)
            outcome = search(problem, limit, options)
        else:
            formula = compile_formula(chosen, config)
            problem, outcome = formula.problem, search_product(formula, limit, options)
        scores = [Decimal(format_score(int(score), problem.digits)) for score in outcome.scores.tolist()]
        rows = [
            chosen.origin[int(chosen.part_start[b]) + np.asarray(column, dtype=np.int64)].tolist()
            for b, column in zip(chosen.positions, outcome.columns, strict=True)
        ]
        return _Best(
            scores, [frozenset(build) - {NO_PIECE} for build in zip(*rows, strict=True)], outcome.report.proved
        )

    def _known(self, known: ListedRows) -> _Best:
        """What is listed already, with pieces by their numbers here."""
        place = {origin: number for number, origin in enumerate(self._origins)}
        builds = zip(*(column.tolist() for column in known.origins), strict=True)
        rows = [frozenset(place[origin] for origin in build if origin != NO_PIECE) for build in builds]
        scores = [Decimal(format_score(int(score), known.digits)) for score in known.scores.tolist()]
        return _Best(scores, rows, True)

    def values(
        self,
        limit: int,
        flag: StopFlag,
        on_progress: OnProgress | None,
        *,
        pairs: bool,
        decorations: bool,
        known: ListedRows | None = None,
    ) -> list[PieceValue]:
        """The values of all rows, wishes and talismans; of pairs of wishes, and of one more of each decoration."""
        listed = self._ask(self._owned, limit=limit, flag=flag) if known is None else self._known(known)
        if not listed.scores and not self._n_wishes and not flag.is_set():
            raise explain_infeasible(self._given, self._config, should_stop=flag.is_set)
        self._together = self._weigh_together(listed, flag, on_progress)
        place = {part: b for b, part in enumerate(self._config.body_parts)}
        owned = sorted(range(self.n_owned), key=lambda number: place[self.pieces[number].body_part])
        numbers = [*owned, *range(self._first_further, len(self.pieces))]
        values = []
        for n_done, number in enumerate(numbers, 1):
            values.append(self._value(number, listed, limit, flag))
            _tell(on_progress, "pieces", n_done, len(numbers))
        if pairs:
            wishes = range(self._first_further, self._first_further + self._n_wishes)
            asked = [
                ("pair", [self.pieces[n] for n in both], partial(self._ask, self._with(*both), flag=flag))
                for both in combinations(wishes, 2)
            ]
            values += _gains(asked, listed, on_progress, "pairs")
        if decorations:
            more = [
                (
                    "decoration",
                    [name],
                    partial(
                        self._ask, self._owned, flag=flag, config=replace(self._plain, decorations=changed.decorations)
                    ),
                )
                for name, changed in extra_decorations(self._config)
            ]
            values += _gains(more, listed, on_progress, "decorations")
        return values

    def _weigh_together(self, listed: _Best, flag: StopFlag, on_progress: OnProgress | None) -> dict[int, _Best]:
        """The best by a formula with each piece of which one search for all tells that it is above 0."""
        config, table = self._plain, self.table.select(self._usable)
        if config.formula is None or are_too_few(self.table, self._owned) or flag.is_set() or not table.n_pieces:
            return {}
        formula = compile_formula(table, config)
        if formula.problem.space.shared_parts or (formula.problem.decorations is not None and not formula.rises):
            return {}
        usable = np.split(table.origin < self._first_further, table.part_start[1:-1])
        each = EveryProduct(
            formula,
            usable,
            should_stop=flag.is_set,
            any_build=any_build,
            kept_pieces=kept_pieces,
            on_settled=lambda done, total: _tell(on_progress, "pieces", done, total),
        )
        columns = _columns(table, listed.rows)
        scores = np.empty(len(listed.scores), dtype=object)
        scores[:] = [int(Fraction(score) * 10**formula.problem.digits) for score in listed.scores]
        (each.settle if listed.is_proved else each.note)(columns, scores)
        each.run(columns)
        known, of_class = dict[int, _Best](), dict[tuple[int, int], _Best]()
        for b, start in enumerate(table.part_start[:-1].tolist()):
            for index, number in enumerate(table.origin[start : int(table.part_start[b + 1])].tolist()):
                at = b, each.class_of(b, index)
                if at not in of_class:
                    of_class[at] = self._told(each.of_piece(b, index), formula.problem.digits, number, flag)
                if number != NO_PIECE and of_class[at].is_known:
                    known[number] = of_class[at]
        return known

    def _told(self, product_and_most: tuple[int, int | None], digits: int, number: int, flag: StopFlag) -> _Best:
        """The best with a piece as it is known, from a search of its own where the one for all left it open."""
        product, most = product_and_most
        score, bound = (Decimal(format_score(n, digits)) for n in (product, product if most is None else most))
        if most is not None and number != NO_PIECE and not flag.is_set():
            # No other piece of its part.
            part = np.repeat(np.arange(len(self.table.parts)), self.table.part_sizes)
            is_other = np.isin(part, part[self.table.origin == number]) & (self.table.origin != number)
            return self._ask(self._with(number) & ~is_other, flag=flag)
        return _Best([score] if product > 0 else [], [], most is None, bound, is_known=product > 0 or most is not None)

    def _with(self, *numbers: int) -> BoolArray:
        """The rows that are there, and some further ones, in the parts in which rules let them be."""
        return self._owned | (self._usable & np.isin(self.table.origin, numbers))

    def _value(self, number: int, listed: _Best, limit: int, flag: StopFlag) -> PieceValue:
        """What one piece is worth."""
        piece = self.pieces[number]
        is_owned = number < self.n_owned
        kind = "piece" if is_owned else "wish" if number < self._first_further + self._n_wishes else "talisman"
        if not (self._usable & (self.table.origin == number)).any():
            return PieceValue(kind=kind, name=piece.name, body_part=piece.body_part, is_allowed=False)
        holding = [score for score, rows in zip(listed.scores, listed.rows, strict=True) if number in rows]
        best = _Best(holding, [], listed.is_proved) if holding else self._together.get(number)
        if best is None:
            best = self._ask(self._with(number), [number], flag=flag)
        is_proved, sold, gain = best.is_proved and listed.is_proved, None, None
        if is_owned:
            without = [score for score, rows in zip(listed.scores, listed.rows, strict=True) if number not in rows]
            left = _Best(without, [], listed.is_proved)
            if not without and listed.scores:
                left = self._ask(self._owned & (self.table.origin != number), flag=flag)
            sold, is_proved = _difference(listed.score, left.score), is_proved and left.is_proved
            never = listed.is_proved and not holding
        else:
            lift = _difference(best.score, listed.score)
            gain = None if listed.score is None else max(Decimal(0), lift or Decimal(0))
            # With equal scores the ranks decide, and a wish has none.
            is_worse = best.score is None or (len(listed.scores) == limit and best.score < listed.scores[-1])
            never = listed.is_proved and best.is_proved and is_worse
        return PieceValue(
            kind=kind,
            name=piece.name,
            body_part=piece.body_part,
            best=best.score,
            loss=_difference(listed.score, best.score),
            loss_when_sold=sold,
            n_listed=len(holding) if is_owned else None,
            gain=gain,
            is_never_useful=never,
            is_proved=is_proved,
            at_most=best.score if is_proved else best.most,
        )


def _columns(table: EquipmentTable, builds: Sequence[frozenset[int]]) -> list[npt.NDArray[np.int64]]:
    """Builds, the numbers of their pieces, as indices of pieces by position."""
    columns = np.zeros((len(table.positions), len(builds)), dtype=np.int64)
    for n, build in enumerate(builds):
        place = 0
        for b, count in enumerate(table.counts):
            origins = table.origin[int(table.part_start[b]) : int(table.part_start[b + 1])].tolist()
            worn = [index for index, origin in enumerate(origins) if origin in build]
            columns[place : place + count, n] = [*worn, *[len(origins) - 1] * (count - len(worn))]
            place += count
    return list(columns)


def _difference(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """By how much the first is more; None where either is none."""
    return None if first is None or second is None else exact_difference(first, second)


def _gains(
    asked: Sequence[tuple[str, Sequence[EquipmentPiece | str], Callable[[], _Best]]],
    listed: _Best,
    on_progress: OnProgress | None,
    what: str,
) -> list[PieceValue]:
    """The values of what is not there yet and would only ever be a further choice."""
    values = []
    for n_done, (kind, named, ask) in enumerate(asked, 1):
        best = ask()
        score = max((s for s in (best.score, listed.score) if s is not None), default=None)
        names = [thing if isinstance(thing, str) else thing.name for thing in named]
        parts = dict.fromkeys(thing.body_part for thing in named if not isinstance(thing, str))
        values.append(
            PieceValue(
                kind=kind,
                name=" + ".join(names),
                body_part=" + ".join(parts),
                best=score,
                gain=_difference(score, listed.score),
                is_proved=best.is_proved and listed.is_proved,
                at_most=score if best.is_proved else None,
            )
        )
        _tell(on_progress, what, n_done, len(asked))
    return values


def _tell(on_progress: OnProgress | None, what: str, n_done: int, n_all: int) -> None:
    if on_progress is not None:
        on_progress(Progress(f"weighing {what}", n_done, n_all, what))
