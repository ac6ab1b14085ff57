"""The index of a batch's pages, and at the head of each page the way to its neighbours.

In: the entries of all lists, and the folder of the pages. Nothing here knows how a page looks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..output.pages.batch_index import IndexEntry, write_index
from ..output.pages.page_frame import Frame, set_frame
from ..units import format_count
from .outputs import page_name

if TYPE_CHECKING:
    from .run import Entry

__all__ = ["without_folder", "write_index_pages"]

_INDEX = "index.html"

#: What is said of a page that an earlier run made, by what became of its list.
_STALE = {
    "failed": "This list could not be made again; what you see is of an earlier run.",
    "infeasible": "No build fits any more; what you see is of an earlier run.",
    "interrupted": "The last run ended before this list was made again; what you see is of an earlier run.",
    "to make": "Its files have changed since; what you see is of an earlier run.",
}


def write_index_pages(folder: str, title: str, entries: Sequence[Entry]) -> None:
    """Write the index, and the frame of every page that is there.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    there = [entry for entry in entries if os.path.exists(os.path.join(folder, page_name(entry.name)))]
    linked = [entry for entry in there if entry.outcome.status not in ("failed", "infeasible")]
    ways = [(page_name(entry.name), entry.name) for entry in linked]
    for entry in there:
        at = linked.index(entry) if entry in linked else None
        frame = Frame(
            index=_INDEX,
            previous=ways[at - 1] if at else None,
            following=ways[at + 1] if at is not None and at + 1 < len(ways) else None,
            stale=_stale(entry),
        )
        set_frame(os.path.join(folder, page_name(entry.name)), frame)
    pages = {entry.name for entry in linked}
    write_index(
        os.path.join(folder, _INDEX), title, [_index_entry(entry, folder, entry.name in pages) for entry in entries]
    )


def _stale(entry: Entry) -> str:
    """Why a page is of an earlier run; empty where it is not."""
    if entry.is_kept:
        return "The last run was stopped early and its list stands beside this one; what you see is of an earlier run."
    return _STALE.get(entry.outcome.status, "")


def _index_entry(entry: Entry, folder: str, has_page: bool) -> IndexEntry:
    """A list as the index tells it."""
    outcome, build_list = entry.outcome, entry.build_list
    is_there = build_list is not None and outcome.n_results is not None
    return IndexEntry(
        name=entry.name,
        status=outcome.status,
        n_results="" if outcome.n_results is None else format_count(outcome.n_results),
        best_score=outcome.best_score or "",
        seconds="" if outcome.seconds is None else f"{outcome.seconds:.2f}",
        news=outcome.news,
        message=without_folder(outcome.message),
        notices=[without_folder(notice) for notice in outcome.notices],
        best=outcome.best,
        page=page_name(entry.name) if has_page else "",
        csv=_relative(build_list.output, folder) if is_there and build_list is not None else "",
        config="" if build_list is None else _relative(build_list.config, folder),
    )


def without_folder(text: str) -> str:
    """Lines that begin with the name of their file, not with where it is: a page is there to be shared."""
    lines = []
    for line in text.split("\n"):
        place, colon, rest = line.partition(": ")
        lines.append(os.path.basename(place) + colon + rest)
    return "\n".join(lines)


def _relative(path: str, folder: str) -> str:
    """A file as a page in `folder` links to it; empty where it is not there, or on another drive."""
    if not os.path.isfile(path):
        return ""
    try:
        return os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    except ValueError:
        return ""
