"""The index of a batch: its lists, what came of each, and the way to their pages."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..._version import __version__
from ...system.atomic_file import atomic_writer

__all__ = ["write_index"]


def write_index(path: str, title: str, rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Write the index of a batch's pages.

    Parameters
    ----------
    path : str
    title : str
        The batch.
    rows : sequence of (str, sequence of str)
        File name of each list's page, and the cells of the batch's table: name,
        rows, best score, what happened, seconds.

    Raises
    ------
    OutputError
        If the file cannot be written; what was there before is untouched.
    """
    from ._rendering import assets, environment

    folder = os.path.dirname(path)
    lines = [(page if os.path.exists(os.path.join(folder, page)) else "", cells) for page, cells in rows]
    page = (
        environment()
        .get_template("index.html.j2")
        .render(
            title=os.path.basename(title.rstrip("/\\")) or title,
            rows=lines,
            version=__version__,
            **assets("report.css"),
        )
    )
    with atomic_writer(path) as writer:
        writer.write(page.encode("utf-8", "backslashreplace"))
