"""Lists that must not share a piece: several characters, one wardrobe.

Every list wears its best build, and no two of these builds share a piece (a row of
an equipment file). Who wears what is decided jointly, so that the sum of the best
scores is as high as it can be, where that can be proved in little time; otherwise
by priority: each list in turn takes its best build from what is left. Each list is
then made from the pieces that the others do not wear.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from .batch import BatchRun, reporter
from .batch_file import BuildList
from .batch_maker import ListMaker, best_lines, load_list, make_list, without_lines
from .errors import EquipmentOptimizerError
from .progress import OnProgress
from .stopping import StopFlag

__all__ = ["Choice", "best_assignment", "make_disjoint"]

#: Builds of each list that are looked at first, and at most. An assignment deep in
#: all lists at once is no small case any more.
_FIRST_BUILDS = 16
_MOST_BUILDS = 1_024

#: Partial assignments tried before a case counts as too large: about a second.
_MOST_NODES = 500_000

#: A piece: the equipment file and the line it comes from.
Piece = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A build that a list may wear.

    Attributes
    ----------
    score : Decimal
    pieces : frozenset of (str, int)
    """

    score: Decimal
    pieces: frozenset[Piece]


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
    worn: dict[str, frozenset[Piece]] = {}
    run.plan = "disjoint, by priority in file order"
    if jointly:
        lists = [one for _, one in waiting]
        assignment, why_not = _joint_assignment(maker, lists)
        if assignment is None:
            run.plan += f": {why_not}"
        else:
            total = sum((choice.score for choice in assignment.values()), Decimal(0))
            run.plan = f"disjoint, jointly optimal: the best scores add up to {total:f}, and no more is possible"
            worn = _settled(maker, lists, {name: choice.pieces for name, choice in assignment.items()})
    report = reporter(on_progress, len(waiting))
    for n_done, (entry, one) in enumerate(waiting):
        report(n_done)
        made = make_list(maker, run.job(one, _taken(one, worn)))
        worn[one.name] = frozenset((_file(one), line) for line in made.best_lines)
        run.commit(entry, one, made)
        if flag.is_set():
            break
    report(len(waiting))
    run.give_up_rest()


def _file(one: BuildList) -> str:
    """What tells equipment files apart."""
    return os.path.realpath(one.equipment)


def _taken(one: BuildList, worn: Mapping[str, frozenset[Piece]]) -> frozenset[int]:
    """Lines of a list's equipment that other lists wear."""
    own = _file(one)
    return frozenset(
        line for name, pieces in worn.items() if name != one.name for file, line in pieces if file == own
    )


def _joint_assignment(maker: ListMaker, lists: Sequence[BuildList]) -> tuple[dict[str, Choice] | None, str]:
    """A build for every list that can be made, proved to be the best together; or None and why not."""
    n_builds = _FIRST_BUILDS
    while n_builds <= _MOST_BUILDS:
        menus: dict[str, tuple[list[Choice], bool]] = {}
        for one in lists:
            # What is wrong with a list will be told when it is made.
            with suppress(EquipmentOptimizerError):
                menu, is_whole = _menu(maker, one, n_builds)
                if not menu:
                    return None, f"the search of {one.name} was stopped"
                menus[one.name] = menu, is_whole
        found = best_assignment([menu for menu, _ in menus.values()], _MOST_NODES)
        if found is None:
            return None, "there are too many possibilities to prove a joint optimum"
        if len(found) == len(menus) and _is_proved(found, list(menus.values())):
            return dict(zip(menus, found, strict=True)), ""
        if all(is_whole for _, is_whole in menus.values()):
            return None, "there is not a build for every list"
        n_builds *= 4
    return None, f"a joint optimum lies beyond the best {_MOST_BUILDS:,} builds of a list"


def _settled(
    maker: ListMaker, lists: Sequence[BuildList], worn: dict[str, frozenset[Piece]]
) -> dict[str, frozenset[Piece]]:
    """The same total score with, for every list, the first of its best builds that the others leave it.

    Each step takes a list to a build of equal score and lower rank, so there is an end.
    """
    worn = dict(worn)
    is_settled = False
    while not is_settled and not maker.flag.is_set():
        is_settled = True
        for one in lists:
            if one.name in worn:
                menu, _ = _menu(maker, one, 1, _taken(one, worn))
                # None where the search was stopped: then nothing is made, either.
                for choice in menu:
                    is_settled &= worn[one.name] == choice.pieces
                    worn[one.name] = choice.pieces
    return worn


def _menu(
    maker: ListMaker, one: BuildList, n_builds: int, without: frozenset[int] = frozenset()
) -> tuple[list[Choice], bool]:
    """The best builds of a list, and whether there are no others; none where that is not proved."""
    from .pipeline import optimize

    table, config, _ = load_list(maker, one)
    results = optimize(
        without_lines(table, without),
        config,
        limit=n_builds,
        time_limit=one.time_limit,
        should_stop=maker.flag.is_set,
        **maker.engine_options,
    )
    if not results.report.proved:
        return [], False
    file = _file(one)
    lines = [best_lines(results, row) for row in range(len(results))]
    menu = [Choice(results.score(row), frozenset((file, line) for line in own)) for row, own in enumerate(lines)]
    return menu, len(menu) < n_builds


def _is_proved(found: Sequence[Choice], menus: Sequence[tuple[list[Choice], bool]]) -> bool:
    """Whether no assignment with a build beyond a menu can be better."""
    total = sum((choice.score for choice in found), Decimal(0))
    best = sum((menu[0].score for menu, _ in menus), Decimal(0))
    return all(is_whole or total >= best - menu[0].score + menu[-1].score for menu, is_whole in menus)


def best_assignment(menus: Sequence[Sequence[Choice]], most_nodes: int) -> tuple[Choice, ...] | None:
    """One choice from each menu, no piece in two of them, with the highest sum of scores.

    Parameters
    ----------
    menus : sequence of sequence of Choice
        Best first.
    most_nodes : int
        Partial assignments to try.

    Returns
    -------
    tuple of Choice or None
        Empty where there is none; None where `most_nodes` did not suffice. Of
        equal sums, the first in the order of the menus.

    Notes
    -----
    Depth first; what is left can add at most the heads of the menus that are left.
    """
    rest = [Decimal(0)]
    for menu in reversed(menus):
        rest.append(rest[-1] + (menu[0].score if menu else Decimal(0)))
    rest.reverse()
    best: tuple[Choice, ...] = ()
    best_total: Decimal | None = None
    n_nodes = 0
    # A partial assignment, its score, and where to go on in the next menu.
    stack: list[tuple[tuple[Choice, ...], frozenset[Piece], Decimal, int]] = [((), frozenset(), Decimal(0), 0)]
    while stack:
        chosen, taken, total, start = stack.pop()
        depth = len(chosen)
        if depth == len(menus):
            if best_total is None or total > best_total:
                best, best_total = chosen, total
            continue
        for index in range(start, len(menus[depth])):
            choice = menus[depth][index]
            reachable = total + choice.score + rest[depth + 1]
            if best_total is not None and reachable <= best_total:
                break
            n_nodes += 1
            if n_nodes > most_nodes:
                return None
            if taken.isdisjoint(choice.pieces):
                stack.append((chosen, taken, total, index + 1))
                stack.append(((*chosen, choice), taken | choice.pieces, total + choice.score, 0))
                break
    return best
