"""What every piece is worth: the best score with it, and what would be lost without it.

In: a table and a configuration, and pieces that somebody might get. Out: a `PieceValue`
for each row, exact. All pieces are asked for together (`search.bounded.each_piece_class`); only
pieces of parts that take several, and pairs, are searches of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..problem.compile import compile_problem
from ..problem.piece_costs import without_pieces
from ..problem.selection import passing_rows, select_pieces, shared_shortage
from ..progress import OnProgress, Progress
from ..questions.infeasible import explain_infeasible
from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ..records.results import BuildResults, format_score
from ..records.space import CombinationSpace
from ..records.vocabulary import NO_BUILD
from ..search.bounded.each_piece_class import EachClass
from ..search.engines import SearchOptions, search
from ..system.stopping import StopFlag
from ._further_pieces import alike, are_too_few, stand_ins
from ._held_pieces import best_filling, best_score, with_held
from ._listed_rows import ListedRows, listed_rows
from ._piece_value import PieceValue
from ._possible_gains import limited_decorations, talismans, with_one_more
from ._search_per_piece import SearchPerPiece

__all__ = ["PieceValue", "piece_values"]

IntArray = npt.NDArray[np.int64]

#: The stage's name in reports of progress.
WEIGHING = "weighing pieces"


def piece_values(
    table: EquipmentTable,
    config: Config,
    *,
    limit: int | None = None,
    wishes: EquipmentTable | None = None,
    pairs: bool = False,
    decorations: bool = False,
    results: BuildResults | None = None,
    time_limit: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[PieceValue]:
    """What every piece of a table is worth, and what others would bring.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
    limit : int, optional
        Builds among which a piece is useful; the configuration's own limit by default.
    wishes : EquipmentTable, optional
        Pieces that are not there yet; pins, exclusions and filters do not concern them.
    pairs : bool
        Also what every two of the wishes would bring together.
    decorations : bool
        Also what one more of each limited decoration would bring, and a talisman of each listed
        skill and level.
    results : BuildResults, optional
        The list of this job, where it is known: it is not searched for again.
    time_limit : float, optional
        Seconds after which what is certain by then is returned.
    on_progress : callable, optional
    should_stop : callable, optional
        Polled a few times a second; true ends the work likewise.

    Returns
    -------
    list of PieceValue
        The table's rows by parts, then wishes, talismans, pairs and decorations.

    Raises
    ------
    InfeasibleError
        If no build satisfies the configuration, and there is no wish.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> values = piece_values(table, config)
    >>> [value.name for value in values if value.loss == 0][:2]
    ['Ember Crown', 'Cobalt Plate']
    """
    flag = StopFlag(time_limit, should_stop)
    table, wished = alike(table, wishes, config)
    limit = config.limit if limit is None else limit
    listed = None if results is None else listed_rows(results, limit)
    if not wished and not (results is not None and len(results)):
        chosen = select_pieces(table, config)
        if not CombinationSpace.of(chosen).n_combinations:
            raise shared_shortage(table, chosen, config)
    further = [*wished, *(talismans(table, config) if decorations else ())]
    passes = passing_rows(table, config)
    is_drawn = any(rule.drawn_from for rule in config.body_parts.values())
    if config.formula is not None or is_drawn or (wished and are_too_few(table, passes)):
        searches = SearchPerPiece(table, config, further, len(wished))
        return searches.values(limit, flag, on_progress, pairs=pairs, decorations=decorations, known=listed)
    job = _Job(table, config, further, len(wished), passes)
    job.list_best(limit, flag, listed)
    if job.best == NO_BUILD and not wished and not flag.is_set():
        raise explain_infeasible(table, config, should_stop=flag.is_set)
    job.weigh(flag, on_progress)
    values = job.values(flag)
    if pairs:
        values += job.pairs(flag, on_progress)
    if decorations:
        values += job.decorations(flag, on_progress)
    return values


class _Job:
    """A table with further pieces, compiled together, and what is known of its builds.

    No part has too few rows that pass the rules.
    """

    def __init__(
        self,
        table: EquipmentTable,
        config: Config,
        further: Sequence[EquipmentPiece],
        n_wishes: int,
        passes: npt.NDArray[np.bool_],
    ) -> None:
        self.config, self.table = config, table
        self._further, self._n_wishes = further, n_wishes
        blanks = stand_ins(table, config, further)
        rows = np.flatnonzero(table.origin != NO_PIECE)
        pieces = [*map(table.piece, rows.tolist()), *blanks, *further]
        union = EquipmentTable.from_pieces(
            pieces,
            body_parts=config.body_parts,
            resistance_names=table.resistance_names,
            other_names=table.other_names,
        )
        # Rows of the union come from those of the table, stand-ins, then further ones; an empty place from none.
        n_owned, first_further = len(rows), len(rows) + len(blanks)
        owned, is_further = union.origin[(union.origin >= 0) & (union.origin < n_owned)], union.origin >= first_further
        is_used = np.ones(union.n_pieces, dtype=np.bool_)
        is_used[np.isin(union.origin, owned)] = passes[rows[owned]]
        chosen = union.select(is_used) if not is_used.all() else union
        self.problem = compile_problem(chosen, config)
        #: Of each piece of the table, and of each further one: its part and index in the problem, where it is there.
        self.at: dict[int, tuple[int, int]] = {}
        self.usable = np.split(~is_further[is_used], chosen.part_start[1:-1])
        for row, number in enumerate(chosen.origin.tolist()):
            b = int(np.searchsorted(chosen.part_start, row, side="right")) - 1
            if 0 <= number < n_owned:
                self.at[int(rows[number])] = b, row - int(chosen.part_start[b])
            elif number >= first_further:
                self.at[table.n_pieces + number - first_further] = b, row - int(chosen.part_start[b])
        self.base = without_pieces(self.problem, [np.flatnonzero(usable) for usable in self.usable])
        self.columns: list[IntArray] = []
        self.scores = np.zeros(0, dtype=np.int64)
        self.is_listed = False
        self.limit = 0

    @property
    def best(self) -> int:
        """The best score without any wish; `NO_BUILD` where there is no build."""
        return int(self.scores[0]) if len(self.scores) else NO_BUILD

    def list_best(self, limit: int, flag: StopFlag, known: ListedRows | None = None) -> None:
        """The best builds, as columns of the problem's pieces; `known` ones by their rows in the file."""
        self.limit = limit
        if known is not None and len(known.origins) == len(self.problem.positions):
            self._take_listed(known)
            return
        if not self.base.space.n_combinations:
            self.is_listed = True
            return
        outcome = search(self.base, limit, SearchOptions(should_stop=flag.is_set))
        kept = [np.flatnonzero(self.usable[b]) for b in self.base.positions]
        self.columns = [pieces[np.asarray(column)] for pieces, column in zip(kept, outcome.columns, strict=True)]
        self.scores, self.is_listed = outcome.scores, outcome.report.proved

    def _take_listed(self, known: ListedRows) -> None:
        """The best builds as they are known."""
        at = {int(self.table.origin[row]): index for row, (_, index) in self.at.items() if row < self.table.n_pieces}
        for b, origins in zip(self.problem.positions, known.origins, strict=True):
            nothing = {NO_PIECE: len(self.problem.parts[b].linear) - 1}
            self.columns.append(np.array([(at | nothing)[origin] for origin in origins.tolist()], dtype=np.int64))
        self.scores = known.scores.astype(np.int64) * 10 ** (self.problem.digits - known.digits)
        self.is_listed = True

    def weigh(self, flag: StopFlag, on_progress: OnProgress | None) -> None:
        """Ask for the best score with every piece."""

        def on_settled(done: int, total: int) -> None:
            if on_progress is not None:
                on_progress(Progress(WEIGHING, done, total, "pieces"))

        each = EachClass(self.problem, usable=self.usable, should_stop=flag.is_set, on_settled=on_settled)
        self.each = each
        if self.is_listed:
            each.settle(self.columns, self.scores)
        else:
            each.note(self.columns, self.scores)
        each.run(self.columns)
        self._known: dict[tuple[int, int], tuple[int, int]] = {}
        for at in self.at.values():
            best, bound = each.of_piece(*at)
            if best < bound:
                held = None if flag.is_set() else with_held(self.problem, [at], self.usable)
                if held is not None:
                    best, bound = best_score(held, best, flag.is_set)
                elif not flag.is_set():
                    bound = best
            self._known[at] = best, bound

    # --- what is told -----------------------------------------------------------------

    def _text(self, scaled: int) -> Decimal:
        return Decimal(format_score(scaled, self.problem.digits))

    def _below_best(self, scaled: int) -> Decimal | None:
        """How far a score is below the best; None where either is none."""
        return None if NO_BUILD in (scaled, self.best) else self._text(self.best - scaled)

    def values(self, flag: StopFlag) -> list[PieceValue]:
        """The values of all rows, and of the wishes and talismans."""
        values = []
        for p, piece in enumerate([*self.table, *self._further]):
            is_owned = p < self.table.n_pieces
            if is_owned and self.table.origin[p] == NO_PIECE:
                continue
            kind = "piece" if is_owned else "wish" if p < self.table.n_pieces + self._n_wishes else "talisman"
            if p not in self.at:
                values.append(PieceValue(kind=kind, name=piece.name, body_part=piece.body_part, is_allowed=False))
                continue
            best, bound = self._known[self.at[p]]
            is_proved = best == bound
            sold, n_listed, gain = None, None, None
            if is_owned:
                n_listed = self._n_listed(self.at[p])
                sold, is_sold_proved = self._loss_when_sold(self.at[p], flag)
                is_proved = is_proved and is_sold_proved and self.is_listed
                never = self.is_listed and not n_listed
            else:
                gain = None if self.best == NO_BUILD else self._text(max(0, best - self.best))
                # With equal scores the ranks decide, and a wish has none.
                is_worse = len(self.scores) == self.limit and bound < int(self.scores[-1])
                never = self.is_listed and (bound == NO_BUILD or is_worse)
            values.append(
                PieceValue(
                    kind=kind,
                    name=piece.name,
                    body_part=piece.body_part,
                    best=None if best == NO_BUILD else self._text(best),
                    loss=self._below_best(best),
                    loss_when_sold=sold,
                    n_listed=n_listed,
                    gain=gain,
                    is_never_useful=never,
                    is_proved=is_proved,
                    at_most=None if bound == NO_BUILD else self._text(bound),
                )
            )
        return values

    def _n_listed(self, at: tuple[int, int]) -> int:
        """In how many of the listed builds a piece stands."""
        b, piece = at
        worn = [column for number, column in zip(self.problem.positions, self.columns, strict=False) if number == b]
        return int(sum((column == piece).sum() for column in worn))

    def _loss_when_sold(self, at: tuple[int, int], flag: StopFlag) -> tuple[Decimal | None, bool]:
        """How far the best score falls without a piece, None where no build is left; and whether that is proved."""
        if self.best == NO_BUILD:
            return None, self.is_listed
        b, piece = at
        with_it = np.zeros(len(self.scores), dtype=np.bool_)
        for number, column in zip(self.problem.positions, self.columns, strict=True):
            if number == b:
                with_it |= column == piece
        without = np.flatnonzero(~with_it)
        if without.size:
            # The list is the best there is, in order.
            return self._text(self.best - int(self.scores[without[0]])), self.is_listed
        usable = [pieces.copy() for pieces in self.usable]
        usable[b][piece] = False
        left = with_held(self.problem, [], usable)
        if left is None:
            return None, True
        best, bound = best_score(left, NO_BUILD, flag.is_set)
        return self._below_best(best), best == bound

    # --- wishes together, and decorations -----------------------------------------------

    def pairs(self, flag: StopFlag, on_progress: OnProgress | None) -> list[PieceValue]:
        """What every two wishes would bring."""
        first = self.table.n_pieces
        values, wishes = [], list(enumerate(self._further[: self._n_wishes], first))
        n_pairs = len(wishes) * (len(wishes) - 1) // 2
        for n_done, ((p, wish), (q, other)) in enumerate(combinations(wishes, 2), 1):
            alone = max(self.best, self._known[self.at[p]][0], self._known[self.at[q]][0])
            best, bound = alone, alone
            is_open = max(self._known[self.at[p]][1], self._known[self.at[q]][1]) > alone
            if flag.is_set():
                bound = self.problem.score_bound
            elif self.at[p][0] == self.at[q][0] or self.each.pair_bound(self.at[p], self.at[q]) > alone:
                held = with_held(self.problem, [self.at[p], self.at[q]], self.usable)
                if held is not None:
                    best, bound = best_score(held, alone, flag.is_set)
            values.append(
                self._possible(
                    "pair",
                    f"{wish.name} + {other.name}",
                    " + ".join(dict.fromkeys((wish.body_part, other.body_part))),
                    best=best,
                    bound=bound,
                    is_sure=not is_open,
                )
            )
            if on_progress is not None:
                on_progress(Progress("weighing pairs", n_done, n_pairs, "pairs"))
        return values

    def decorations(self, flag: StopFlag, on_progress: OnProgress | None) -> list[PieceValue]:
        """What one more of each limited decoration would bring.

        They are asked for together: where one more of each brings nothing, none does. Else those of which the best
        build then has more than there are are asked for alone, and the others together again.
        """
        limited, known = limited_decorations(self.config), dict[int, tuple[int, int]]()
        selected, groups = select_pieces(self.table, self.config), [limited] if limited else []
        while groups:
            group = groups.pop()
            best, bound, held = self.best, self.problem.score_bound, dict[int, int]()
            if not flag.is_set():
                problem = compile_problem(selected, with_one_more(self.config, set(group)))
                best, bound, held = best_filling(problem, self.best, flag.is_set)
            there = [decoration.available or 0 for decoration in self.config.decorations or ()]
            further = [number for number in group if held.get(number, 0) > there[number]]
            if bound == self.best or len(group) == 1 or len(further) == 1:
                known |= dict.fromkeys(further or group, (best, bound))
                groups += [[n for n in group if n not in known]] if further and len(group) > 1 else []
            elif flag.is_set() or not further:
                known |= dict.fromkeys(group, (self.best, bound))
            else:
                groups += [[n for n in group if n not in further], *([n] for n in further)]
            groups = [group for group in groups if group]
            if on_progress is not None:
                on_progress(Progress("weighing decorations", len(known), len(limited), "decorations"))
        names = [decoration.name for decoration in self.config.decorations or ()]
        return [
            self._possible("decoration", names[n], "", best=known[n][0], bound=known[n][1], is_sure=True)
            for n in limited
        ]

    def _possible(self, kind: str, name: str, body_part: str, *, best: int, bound: int, is_sure: bool) -> PieceValue:
        """The value of something that is not there yet, and would only ever be a further choice."""
        return PieceValue(
            kind=kind,
            name=name,
            body_part=body_part,
            best=None if best == NO_BUILD else self._text(best),
            gain=None if self.best == NO_BUILD else self._text(best - self.best),
            is_proved=is_sure and best == bound and self.is_listed,
            at_most=None if bound == NO_BUILD else self._text(bound),
        )
