"""Builds as a session shows them: a screen of text, or a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .build import Build

__all__ = ["ROWS_OF_HTML", "ROWS_OF_TEXT", "as_html", "as_text", "headline"]

#: Builds shown: half a screen of text, one of a notebook.
ROWS_OF_TEXT, ROWS_OF_HTML = 10, 20

#: Characters of a line, and of a name within it.
_LINE, _NAME = 118, 16


def headline(n_builds: int, n_combinations: int, scores: Sequence[object], *, is_proved: bool) -> str:
    """How many builds of how many, the first and the last of their `scores`, and whether that is proved."""
    words = f"{n_builds:,} build{'' if n_builds == 1 else 's'} of {n_combinations:,} combinations"
    if n_builds:
        first, last = scores[0], scores[-1]
        words += f", score {first}" if first == last else f", scores {first} to {last}"
    return f"{words}, {'proved' if is_proved else 'stopped early: not proved'}"


def as_text(head: str, builds: Sequence[Build], n_hidden: int) -> str:
    """A line for each build, of at most 118 characters, between the headline and how many are not shown."""
    lines = [f"<BuildResults: {head}>"]
    if builds:
        rows = [["", "Score", *builds[0].pieces, "Skills"]]
        for build in builds:
            skills = ", ".join(f"{skill} {level}" for skill, level in build.skills.items())
            rows.append([str(build.place), str(build.score), *build.pieces.values(), skills])
        lines += _aligned(rows)
    return "\n".join([*lines, *([f"... {n_hidden:,} more"] if n_hidden else [])])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns of equal width, long names and lines cut; the last column takes what room is left."""
    cut = [[*(_cut(cell, _NAME) for cell in row[:-1]), row[-1]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    joined = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cut)
    return [_cut(line, _LINE) for line in joined]


def _cut(text: str, n_most: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= n_most else f"{text[: n_most - 1]}…"


def as_html(head: str, builds: Sequence[Build], n_hidden: int, skills: Iterable[str]) -> str:
    """A table of builds, for a notebook, with those of the `skills` that some of them have; every name is escaped."""
    listed = [skill for skill in skills if any(build.skills.get(skill) for build in builds)]
    has_fillings = any(build.decorations for build in builds)
    places = list(builds[0].pieces) if builds else []
    rows = [["", "Score", *places, *listed, *(["Decorations"] if has_fillings else [])]]
    for build in builds:
        row = [str(build.place), str(build.score), *build.pieces.values()]
        row += [str(build.skills.get(skill, 0)) for skill in listed]
        rows.append([*row, build.decorations] if has_fillings else row)
    titles = "".join(f"<th>{escape(title)}</th>" for title in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    more = f"<p>{n_hidden:,} more</p>" if n_hidden else ""
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>" if builds else ""
    return f"<div><p>{escape(head)}</p>{table}{more}</div>"
