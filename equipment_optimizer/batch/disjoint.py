"""Lists that must not share a piece: several characters, one wardrobe.

Every list wears its best build, and no two of these builds share a piece (a row of
an equipment file). Who wears what is decided jointly, so that the sum of the best
scores is as high as it can be, where that can be proved in a bounded number of
searches; otherwise by priority: each list in turn takes its best build from what
is left. Each list is then made from the pieces that the others do not wear.

The joint choice is conflict-based search (Sharon, Stern, Felner and Sturtevant,
"Conflict-based search for optimal multi-agent pathfinding", Artificial
Intelligence 219, 2015), with pieces in place of places: every list takes its best
build alone; where two want one piece, either the first does without it, or all
the others do. The sum of the scores bounds everything below a case, and cases are
taken up in the order of their bounds, so the first without a conflict is the best.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from ..errors import EquipmentOptimizerError, InfeasibleError
from ..progress import OnProgress
from ..system.stopping import StopFlag
from ._make_list import ListMaker, best_lines, load_list, make_list, without_lines
from .batch_file import BuildList
from .run import BatchRun, reporter

if TYPE_CHECKING:
    from ..records.config import Config
    from ..records.equipment import EquipmentTable

__all__ = ["Choice", "best_together", "make_disjoint"]

#: Searches for one joint optimum. A search takes some milliseconds on a small
#: list, so that giving up comes after seconds, and by the same count everywhere.
_MOST_SEARCHES = 2_000

#: A piece: the equipment file and the line it comes from.
Piece = tuple[str, int]
Pieces = frozenset[Piece]


@dataclass(frozen=True, slots=True)
class Choice:
    """A build that a list may wear.

    Attributes
    ----------
    score : Decimal
    pieces : frozenset of (str, int)
    """

    score: Decimal
    pieces: Pieces


def make_disjoint(run: BatchRun, flag: StopFlag, on_progress: OnProgress | None = None, *, jointly: bool) -> None:
    """Make the lists of a batch so that their best builds share no piece.

    Parameters
    ----------
    run : BatchRun
        Surveyed; lists that are to be made are made.
    flag : StopFlag
    on_progress : callable, optional
    jointly : bool
        Try for the joint optimum; otherwise by priority at once.

    Notes
    -----
    `BatchRun.plan` says which of the two was done.
    """
    waiting = run.to_make
    if not waiting:
        return
    maker = run.maker(flag, alone=True)
    worn = _chosen(run, maker, flag, jointly=jointly)
    report = reporter(on_progress, len(waiting))
    n_done = 0
    for entry in run.entries:
        if entry.build_list is None:
            continue
        one = entry.build_list
        if entry.status == "to make":
            report(n_done)
            made = make_list(maker, run.job(one, _lines(one, _others(worn, one.name))))
            worn[one.name] = _pieces(one, made.best_lines)
            run.commit(entry, one, made)
            n_done += 1
        elif entry.best_lines is not None:
            worn[one.name] = _pieces(one, entry.best_lines)
        if flag.is_set():
            break
    report(len(waiting))
    run.give_up_rest()


def _chosen(run: BatchRun, maker: ListMaker, flag: StopFlag, *, jointly: bool) -> dict[str, Pieces]:
    """What each list wears in the joint optimum; nothing where priority decides."""
    run.plan = "disjoint, by priority in file order"
    if not jointly:
        return {}
    checkpoint = run.checkpoint
    if checkpoint is not None and checkpoint.joint is not None:
        # Decided once for the whole run: lists that are made already rest on it.
        run.plan, lines = checkpoint.joint
        return {one.name: _pieces(one, lines[one.name]) for one in run.lists if one.name in lines}
    worn: dict[str, Pieces] = {}
    wardrobes = _wardrobes(maker, [one for _, one in run.to_make])
    chosen, why_not = best_together([own.best for own in wardrobes], _MOST_SEARCHES)
    if flag.is_set() or any(own.was_stopped for own in wardrobes):
        run.plan += ": a search was stopped"
    elif chosen:
        total = sum((choice.score for choice in chosen), Decimal(0))
        run.plan = f"disjoint, jointly optimal: the best scores add up to {total:f}, and no more is possible"
        worn = _settled(wardrobes, chosen)
    elif why_not:
        run.plan += f": {why_not}"
    if checkpoint is not None and not flag.is_set():
        checkpoint.decide(run.plan, {name: sorted(line for _, line in own) for name, own in worn.items()})
    return worn


def _file(one: BuildList) -> str:
    """What tells equipment files apart."""
    return os.path.realpath(one.equipment)


def _pieces(one: BuildList, lines: Iterable[int]) -> Pieces:
    """Pieces of a list's own equipment file."""
    file = _file(one)
    return frozenset((file, line) for line in lines)


def _others(worn: Mapping[str, Pieces], name: str) -> Pieces:
    """What all lists but one wear."""
    return frozenset(piece for other, pieces in worn.items() if other != name for piece in pieces)


def _lines(one: BuildList, pieces: Pieces) -> frozenset[int]:
    """Lines of pieces in a list's own equipment file."""
    own = _file(one)
    return frozenset(line for file, line in pieces if file == own)


@dataclass(slots=True)
class _Wardrobe:
    """A list with what it may wear, loaded once for many searches."""

    maker: ListMaker
    one: BuildList
    table: EquipmentTable
    config: Config
    was_stopped: bool = False

    def best(self, without: Pieces) -> Choice | None:
        """The best build that has none of some pieces; None where there is none."""
        from ..pipeline import optimize

        maker = self.maker
        try:
            table = without_lines(self.table, _lines(self.one, without))
            results = optimize(
                table,
                self.config,
                limit=1,
                time_limit=self.one.time_limit,
                should_stop=maker.flag.is_set,
                **maker.engine_options,
            )
        except InfeasibleError:
            return None
        if not results.report.proved:
            self.was_stopped = True
            return None
        return Choice(results.score(0), _pieces(self.one, best_lines(results)))


def _wardrobes(maker: ListMaker, lists: Sequence[BuildList]) -> list[_Wardrobe]:
    """The lists that can be made at all."""
    wardrobes = []
    for one in lists:
        try:
            table, config, _ = load_list(maker, one)
            own = _Wardrobe(maker, one, table, config)
            if own.best(frozenset()) is not None or own.was_stopped:
                wardrobes.append(own)
        except EquipmentOptimizerError:
            # What is wrong with the list is told when it is made.
            continue
    return wardrobes


def _settled(wardrobes: Sequence[_Wardrobe], chosen: Sequence[Choice]) -> dict[str, Pieces]:
    """The same sum of scores, where every list wears the first of the best builds that the others leave it.

    Each step takes a list to a build of equal score and lower rank, so there is an end.
    """
    worn = {own.one.name: choice.pieces for own, choice in zip(wardrobes, chosen, strict=True)}
    is_settled = False
    while not is_settled:
        is_settled = True
        for own in wardrobes:
            choice = own.best(_others(worn, own.one.name))
            # None only where the search was stopped: then nothing is made, either.
            if choice is not None and choice.pieces != worn[own.one.name]:
                worn[own.one.name] = choice.pieces
                is_settled = False
    return worn


#: A case, in the order it is taken up: bound, depth, serial number; then for each
#: list what it has to do without, and its best build.
_Case = tuple[Decimal, int, int, list[Pieces], list[Choice]]

#: The best build of one list without some pieces; None where there is none.
Best = Callable[[Pieces], Choice | None]


def best_together(lists: Sequence[Best], most_searches: int) -> tuple[tuple[Choice, ...], str]:
    """One build for each list, no piece in two of them, with the highest sum of scores.

    Parameters
    ----------
    lists : sequence of callable
        For each list, a function of the pieces it has to do without.
    most_searches : int
        Calls of these functions.

    Returns
    -------
    chosen : tuple of Choice
        Empty where there is no such choice, or it was not found.
    why_not : str
        Then the reason.
    """
    first = [best(frozenset()) for best in lists]
    n_searches = len(lists)
    cases: list[_Case] = []
    serial = count()
    _push(cases, next(serial), [frozenset()] * len(lists), first)
    while cases:
        *_, without, chosen = heapq.heappop(cases)
        conflict = _conflict(chosen)
        if conflict is None:
            return tuple(chosen), ""
        piece, first_list = conflict
        rest = [number for number in range(len(lists)) if number != first_list]
        for losers in ([first_list], rest):
            wanted = [number for number in losers if piece in chosen[number].pieces]
            n_searches += len(wanted)
            if n_searches > most_searches:
                return (), f"no joint optimum was proved within {most_searches:,} searches"
            own = [pieces | {piece} if number in losers else pieces for number, pieces in enumerate(without)]
            again = [lists[number](own[number]) if number in wanted else chosen[number] for number in range(len(lists))]
            _push(cases, next(serial), own, again)
    return (), "there is not a build for every list"


def _push(cases: list[_Case], serial: int, without: list[Pieces], chosen: Sequence[Choice | None]) -> None:
    """Add a case, unless a list has no build in it."""
    builds = [choice for choice in chosen if choice is not None]
    if len(builds) == len(chosen):
        bound = sum((choice.score for choice in builds), Decimal(0))
        # Among equal bounds the deeper case first: it is nearer to an end.
        heapq.heappush(cases, (-bound, -sum(map(len, without)), serial, without, builds))


def _conflict(chosen: Sequence[Choice]) -> tuple[Piece, int] | None:
    """A piece that two lists want, with the first of them; the first such piece in file order."""
    owner: dict[Piece, int] = {}
    wanted: list[tuple[Piece, int]] = []
    for number, choice in enumerate(chosen):
        for piece in choice.pieces:
            if owner.setdefault(piece, number) != number:
                wanted.append((piece, owner[piece]))
    return min(wanted) if wanted else None
