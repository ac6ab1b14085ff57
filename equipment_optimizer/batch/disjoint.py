"""Lists that must not share a piece: several characters, one wardrobe.

Every list wears its best build, and no two of these builds share a piece (a row of
an equipment file). Who wears what is decided jointly, so that the sum of the best
scores is as high as it can be, where that is proved; otherwise by priority: each
list in turn takes its best build from what is left. Each list is then made from the
pieces that the others do not wear.

Lists of different equipment files share nothing, so each file is shared out by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ..errors import EquipmentOptimizerError
from ..progress import OnProgress
from ..sharing.share_out import Share, share_out
from ..sharing.wardrobe import Wardrobe
from ..system.stopping import StopFlag
from ._list_maker import ListMaker, load_list, make_list
from .batch_file import BuildList
from .run import BatchRun, reporter

__all__ = ["make_disjoint"]

#: Lists that are named one by one.
_MOST_NAMED = 6

#: A piece: the equipment file and the row it comes from.
Piece = tuple[str, int]
Pieces = frozenset[Piece]


def make_disjoint(run: BatchRun, flag: StopFlag, on_progress: OnProgress | None = None, *, jointly: bool) -> None:
    """Make the lists of a surveyed batch so that their best builds share no piece; `BatchRun.plan` says how.

    That is the joint optimum, where it is asked for and comes to an end; otherwise by priority.
    """
    if not run.to_make:
        return
    worn = _decided(run, flag, jointly=jointly)
    report = reporter(on_progress, len(run.to_make))
    n_done = 0
    maker = run.maker(alone=True)
    for entry in run.entries:
        if entry.build_list is None:
            continue
        build_list = entry.build_list
        if entry.outcome.status == "to make":
            report(n_done)
            taken = _rows(build_list, _others(worn, build_list.name))
            made = make_list(maker, run.job(build_list, taken), flag=flag)
            worn[build_list.name] = _pieces(build_list, made.outcome.worn_rows)
            run.commit(entry, build_list, made)
            n_done += 1
        elif entry.outcome.worn_rows:
            worn[build_list.name] = _pieces(build_list, entry.outcome.worn_rows)
        if flag.is_set():
            break
    report(n_done)
    run.give_up_open_lists()


def _decided(run: BatchRun, flag: StopFlag, *, jointly: bool) -> dict[str, Pieces]:
    """What each list wears in a joint optimum; nothing where priority decides."""
    run.plan = "disjoint, by priority in file order"
    if not jointly:
        return {}
    checkpoint = run.checkpoint
    if checkpoint is not None and checkpoint.joint is not None:
        # Decided once for the whole run: lists that are made already rest on it.
        run.plan, worn_rows = checkpoint.joint.plan, checkpoint.joint.worn
        return _pieces_by_name(run, worn_rows)
    wardrobes = _wardrobes(run.maker(alone=False), run, flag)
    shares = [share_out(sharing, flag.is_set) for sharing in _by_file(wardrobes).values()]
    if flag.is_set():
        run.plan += ": a search was stopped"
        return {}
    run.plan = _plan(shares) or run.plan
    worn = {name: rows for share in shares for name, rows in share.worn.items()}
    if checkpoint is not None:
        checkpoint.decide(run.plan, {name: list(rows) for name, rows in worn.items()})
    return _pieces_by_name(run, worn)


def _file(build_list: BuildList) -> str:
    """What tells equipment files apart."""
    return os.path.realpath(build_list.equipment)


def _pieces(build_list: BuildList, rows: Iterable[int]) -> Pieces:
    """Pieces of a list's own equipment file."""
    file = _file(build_list)
    return frozenset((file, row) for row in rows)


def _pieces_by_name(run: BatchRun, rows: Mapping[str, Iterable[int]]) -> dict[str, Pieces]:
    """Pieces of the lists of a run, given as rows of their equipment files."""
    lists = (build_list for build_list in run.lists if build_list.name in rows)
    return {build_list.name: _pieces(build_list, rows[build_list.name]) for build_list in lists}


def _others(worn: Mapping[str, Pieces], name: str) -> Pieces:
    """What all lists but one wear."""
    return frozenset(piece for other, pieces in worn.items() if other != name for piece in pieces)


def _rows(build_list: BuildList, pieces: Pieces) -> frozenset[int]:
    """Rows of pieces in a list's own equipment file."""
    equipment_file = _file(build_list)
    return frozenset(row for file, row in pieces if file == equipment_file)


def _plan(shares: Sequence[Share]) -> str:
    """What was decided, in words; nothing where there is no list."""
    proved = [share for share in shares if not share.why_not]
    others = [share for share in shares if share.why_not]
    reasons = "; ".join(dict.fromkeys(share.why_not for share in others))
    if not proved:
        return f"disjoint, by priority in file order: {reasons}" if others else ""
    total = sum((share.total for share in proved), Decimal(0))
    told = f"the best scores add up to {total:f}, and no more is possible"
    if not others:
        return f"disjoint, jointly optimal: {told}"
    return (
        f"disjoint, jointly optimal for {_named(proved)}: {told}; "
        f"by priority in file order for {_named(others)}: {reasons}"
    )


def _named(shares: Sequence[Share]) -> str:
    """Names of the lists, or how many there are."""
    names = [name for share in shares for name in share.names]
    return ", ".join(names) if len(names) <= _MOST_NAMED else f"{len(names)} lists"


def _wardrobes(maker: ListMaker, run: BatchRun, flag: StopFlag) -> list[Wardrobe]:
    """The lists that can be made at all."""
    wardrobes = []
    for _, build_list in run.to_make:
        try:
            table, config, _ = load_list(maker, build_list)
            wardrobe = Wardrobe(
                build_list.name,
                _file(build_list),
                table,
                config,
                time_limit=build_list.time_limit,
                memory_bytes=maker.engine_options["memory_bytes"],
                should_stop=flag.is_set,
            )
            wardrobes.append(wardrobe)
        except EquipmentOptimizerError:
            # What is wrong with the list is told when it is made.
            continue
    return wardrobes


def _by_file(wardrobes: Iterable[Wardrobe]) -> dict[str, list[Wardrobe]]:
    """The lists of each equipment file."""
    files: dict[str, list[Wardrobe]] = {}
    for wardrobe in wardrobes:
        files.setdefault(wardrobe.file, []).append(wardrobe)
    return files
