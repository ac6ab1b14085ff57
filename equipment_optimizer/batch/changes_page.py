"""The page of changes: what a patch did to every list, as Markdown.

In: what `changes` found, list by list. Out: text. Whatever somebody typed is
escaped, so that a name cannot become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..output.pages.changes import as_before, is_change, no_cause

__all__ = ["changes_page"]

#: What Markdown or HTML would take for markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")

_KINDS = (("came", "came"), ("went", "went"), ("score", "score changed"), ("moved", "only moved"))


def escaped(text: object) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def changes_page(
    told: Sequence[tuple[str, Sequence[Mapping[str, Any]]]],
    pieces: Mapping[str, Sequence[str]],
    not_made: Mapping[str, str] | None = None,
) -> str:
    """The page: `told` has, by list, what `compare_outputs` found each time it was made since the last page.

    `pieces` are lines of what happened to pieces, by equipment file; `not_made` says what became of the lists that are
    as they were because they could not be made again.
    """
    lines = ["# What changed", ""]
    changed = [(name, comparisons) for name, comparisons in told if any(map(is_change, comparisons))]
    lines += [f"{len(changed)} of {len(told)} lists changed.", ""] if told else ["There is no list.", ""]
    if changed:
        lines += _summary(changed)
    for path, lines_of_file in pieces.items():
        lines += [f"## Pieces of {escaped(path)}", "", *(f"- {escaped(line)}" for line in lines_of_file), ""]
    for name, comparisons in changed:
        lines += [f"## {escaped(name)}", ""]
        for comparison in filter(is_change, comparisons):
            lines += _section(comparison)
    unchanged = as_before(told, not_made or {})
    if unchanged:
        lines += ["## As before", ""]
        for name, reasons in unchanged:
            though = f": the same builds, though {'; '.join(map(escaped, reasons))}" if reasons else ""
            lines.append(f"- {escaped(name)}{though}")
        lines.append("")
    if not_made:
        lines += ["## Not made again", "", *(f"- {escaped(name)}: {status}" for name, status in not_made.items()), ""]
    return "\n".join(lines)


def _summary(changed: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> list[str]:
    """One line for each list."""
    lines = ["| list | best score before | now | came | went | score changed | only moved |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for name, comparisons in changed:
        first, last = comparisons[0]["before"], comparisons[-1]["after"]
        best = "new" if first is None else first["best"] or "none"
        counts = [str(sum(comparison["counts"][kind] for comparison in comparisons)) for kind, _ in _KINDS]
        lines.append(f"| {escaped(name)} | {best} | {last['best'] or 'none'} | {' | '.join(counts)} |")
    return [*lines, ""]


def _section(comparison: Mapping[str, Any]) -> list[str]:
    """What happened to one list."""
    lines = [f"- {escaped(reason)}" for reason in comparison["reasons"]]
    lines += [""] if lines else []
    if not comparison["after"]["n"]:
        return lines
    if comparison["before"] is None:
        return [*lines, f"A new list of {comparison['after']['n']:,} builds; there was nothing to compare it with.", ""]
    rows, counts = comparison["rows"], comparison["counts"]
    if rows:
        lines += ["| before | now | score | difference | build | because |", "|--:|--:|--:|--:|---|---|"]
        lines += [_row(row, bool(comparison["reasons"])) for row in rows] + [""]
    hidden = counts["came"] + counts["went"] + counts["score"] - len(rows)
    if hidden:
        lines += [f"... and {hidden:,} more rows.", ""]
    if counts["moved"]:
        moves = ", ".join(f"{was} → {now}" for was, now in comparison["moves"])
        n_untold = counts["moved"] - len(comparison["moves"])
        lines += [f"Only moved: {moves}{f' and {n_untold:,} more' if n_untold else ''}.", ""]
    return lines


def _row(row: Mapping[str, Any], has_reasons: bool) -> str:
    """One build: where it was, where it is, and why."""
    was, now = row["was"], row["now"]
    score = (now or was)[1]
    difference = row["difference"] or ("came" if was is None else "went")
    because = "; ".join(map(escaped, row["because"])) or no_cause(was, now, has_reasons)
    build = ", ".join(map(escaped, filter(None, row["pieces"]))) or "(empty)"
    places = f"{was[0] if was else '-'} | {now[0] if now else '-'}"
    return f"| {places} | {score} | {difference} | {build} | {because} |"
