"""The index of a batch: the best build of each list, what changed, why a list is empty, and the way to its page."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...system.atomic_file import atomic_writer

if TYPE_CHECKING:
    from ...records.results import BuildResults

__all__ = ["IndexEntry", "best_of", "pieces_of", "write_index"]

#: Skills of a best build that the index names, the most valuable ones.
_KEY_SKILLS = 6

#: What a notice about a file begins with: the name, maybe with a line.
_OF_A_FILE = re.compile(r"[^:\n]*\.[A-Za-z]\w{0,7}:")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A list in the index: texts, empty where there is nothing to say or link to; files as seen from the index."""

    name: str
    status: str
    n_results: str = ""
    best_score: str = ""
    seconds: str = ""
    news: str = ""
    message: str = ""  # why it has no builds
    notices: Sequence[str] = ()
    best: dict[str, Any]  # as `best_of` gives it; may come from a damaged state file
    page: str = ""
    csv: str = ""
    config: str = ""


def best_of(results: BuildResults) -> dict[str, Any]:
    """Pieces and key skills of the best build, as plain values; empty where there is no build."""
    from ._best_build import best_build

    best = best_build(results)
    if best is None:
        return {}
    skills = [f"{skill['name']} {skill['level']}" for skill in best["skills"] if skill["is_there"]]
    return {
        "pieces": [[piece["part"], piece["name"]] for piece in best["pieces"] if piece["name"]],
        "skills": skills[:_KEY_SKILLS],
    }


def write_index(path: str, title: str, entries: Sequence[IndexEntry], *, changes: str = "") -> None:
    """Write the index of a batch's pages; `title` names the batch, `changes` the page of what changed, if there is one.

    On an `OutputError` what was there before is untouched.
    """
    from ._rendering import assets, environment

    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.status] = counts.get(entry.status, 0) + 1
    page = (
        environment()
        .get_template("index.html.j2")
        .render(
            title=os.path.basename(os.path.realpath(title)) or title,
            changes=changes,
            entries=[(entry, pieces_of(entry.best), _texts(entry.best.get("skills"))) for entry in entries],
            told_notices=_notices,
            counts=", ".join(f"{n} {status}" for status, n in counts.items()),
            version=__version__,
            **assets("report.css"),
        )
    )
    with atomic_writer(path) as writer:
        writer.write(page.encode("utf-8", "backslashreplace"))


def pieces_of(best: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parts and pieces of what `best_of` gave, whatever a damaged state file has made of it."""
    pieces = best.get("pieces")
    pairs = pieces if isinstance(pieces, list) else []
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2]


def _notices(notices: Sequence[str]) -> str:
    """How many there are, and of what."""
    counts: dict[str, int] = {}
    for notice in notices:
        about = "the best build" if "of the best build's score" in notice else "the run"
        about = "the files" if _OF_A_FILE.match(notice) else about
        counts[about] = counts.get(about, 0) + 1
    told = " and ".join(f"{count} about {about}" for about, count in counts.items())
    return told.replace(" about", " notice about" if told.startswith("1 ") else " notices about", 1)


def _texts(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else []
