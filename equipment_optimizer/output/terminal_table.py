"""The first builds as a table that people read on a terminal.

In: `BuildResults`, or plain rows. Out: a rich table on standard output; rich is
imported only here, late, once there is a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..records.results import format_score
from .terminal import is_terminal

if TYPE_CHECKING:
    from ..records.results import BuildResults
    from .score_terms import Term

__all__ = ["print_table", "show_builds"]

#: Builds looked at for each one that is shown: variants stand close together.
_VARIANTS_SEEN = 20

_COLOURS = {
    "made": "green",
    "up to date": "dim",
    "failed": "bold red",
    "infeasible": "yellow",
    "stopped": "yellow",
    "interrupted": "yellow",
}


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = (), coloured: str = ""
) -> None:
    """Print rows of text as a table with lines; no markup is read in them.

    `right` are the columns aligned to the right, `coloured` the one whose words have colours.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in columns:
        table.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        cells = [
            Text(cell, style=_COLOURS.get(cell, "") if name == coloured else "")
            for name, cell in zip(columns, row, strict=True)
        ]
        table.add_row(*cells)
    Console().print(table)


def show_builds(results: BuildResults, n_builds: int) -> None:
    """Print the first builds, those that are equal in all that counts as one row; nothing where there is no terminal.

    O(`n_builds`): what comes much later is not looked at for variants.
    """
    if not is_terminal(sys.stdout) or not len(results):
        return
    from .score_terms import score_terms
    from .variants import any_of, variant_groups

    seen = results.head(_VARIANTS_SEEN * n_builds)
    terms = score_terms(seen)
    bonuses = list(seen.bonus_texts(0, len(seen))) if seen.config.set_bonuses is not None else [""] * len(seen)
    rows = []
    for group in variant_groups(seen)[:n_builds]:
        k = group[0]
        builds = [[piece.name or "(empty)" for piece in seen.combinations[row].equipment] for row in group]
        extras = [text for text in (seen.decorations_text(k), bonuses[k], *_standing(seen, k, len(group))) if text]
        score = format_score(int(seen.scaled_scores[k]), seen.score_digits)
        places = zip(seen.table.position_names, zip(*builds, strict=True), strict=True)
        named = [f"{name}: {any_of(pieces)}" for name, pieces in places]
        rows.append(
            (str(k + 1), score, "\n".join(named), _skills(terms, k), "\n".join([*_points(seen, terms, k), *extras]))
        )
    columns = ["#", "score", "pieces", "skills", "rest"]
    # A game without skills, or without points and slots, has no column for them.
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    print_table(
        [columns[place] for place in kept], [[row[place] for place in kept] for row in rows], right=("#", "score")
    )


def _skills(terms: Sequence[Term], k: int) -> str:
    """Skill levels of a build with their maxima, the most valuable first."""
    skills = [term for term in terms if term.kind == "skill" and term.amount[k]]
    skills.sort(key=lambda term: -int(term.worth[k]))
    return "\n".join(
        f"{term.name} {term.amount[k]}{f'/{term.maximum[k]}' if term.maximum[k] >= 0 else ''}" for term in skills
    )


def _standing(results: BuildResults, k: int, n_equal: int) -> list[str]:
    """Of how many variants a build is the first, and whether it certainly belongs there."""
    n_variants = n_equal if results.variants is None else results.variants[k]
    told = [f"{n_variants:,} variants"] if n_variants is not None and n_variants > 1 else []
    proved = results.proved_rows
    if not results.report.proved and not (proved is not None and proved[k]):
        told.append("not proved to belong here")
    return told


def _points(results: BuildResults, terms: Sequence[Term], k: int) -> list[str]:
    """Free slots, defence and resistances of a build, as far as any piece has such a thing, and totals."""
    table, weapon = results.table, results.config.weapon
    has_slots = bool(table.slots.any()) or (weapon is not None and any(weapon.slots))
    slots = [str(term.amount[k]) for term in terms if term.kind == "slots"]
    return ([f"free slots {'-'.join(slots)}"] if has_slots else []) + [
        f"{term.name} {format_score(int(term.amount[k]), term.digits)}"
        for term in terms
        if term.kind not in ("skill", "slots") and (term.kind != "defence" or table.defence.any())
    ]
