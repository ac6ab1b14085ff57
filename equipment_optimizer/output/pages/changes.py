"""What a patch did to every list, as a page: the HTML twin of the Markdown that `batch.changes_page` makes.

In: what was found of each list, as plain values that may be years old. Out: HTML. A build that left and the most
similar one that came are told as one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ..._version import __version__
from ...units import exact_difference

__all__ = ["as_before", "is_change", "merged_rows", "no_cause", "render_changes"]

Row = Mapping[str, Any]


def render_changes(
    told: Sequence[tuple[str, Sequence[Mapping[str, Any]]]],
    pieces: Mapping[str, Sequence[str]],
    not_made: Mapping[str, str] | None = None,
    *,
    ways: Mapping[str, tuple[str, str]] | None = None,
    index: str = "",
) -> bytes:
    """The page, in UTF-8; arguments as those of `batch.changes_page.changes_page`.

    `ways` leads from names of lists to their pages and builds, `index` to the batch's index; empty for no link.
    """
    from ._rendering import assets, environment

    changed: list[dict[str, Any]] = [
        {"name": name, "comparisons": [_told(comparison) for comparison in comparisons if is_change(comparison)]}
        for name, comparisons in told
        if any(map(is_change, comparisons))
    ]
    page = (
        environment()
        .get_template("changes.html.j2")
        .render(
            n_lists=len(told),
            changed=changed,
            unchanged=as_before(told, not_made or {}),
            not_made=not_made or {},
            ways=ways or {},
            index=index,
            difference=_difference,
            pieces=pieces,
            version=__version__,
            **assets("report.css"),
        )
    )
    return page.encode("utf-8", "backslashreplace")


def is_change(comparison: Mapping[str, Any]) -> bool:
    """Whether anything happened to the builds of a list."""
    before = comparison["before"]
    return before is None or any(comparison["counts"].values()) or (before["n"] and not comparison["after"]["n"])


def as_before(
    told: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], not_made: Mapping[str, str]
) -> list[tuple[str, list[str]]]:
    """Names of lists that were made and whose builds are as they were, with what changed all the same."""
    return [
        (name, list(dict.fromkeys(reason for comparison in comparisons for reason in comparison["reasons"])))
        for name, comparisons in told
        if name not in not_made and not any(map(is_change, comparisons))
    ]


def no_cause(was: Any, now: Any, has_reasons: bool) -> str:
    """Why a build changed of which no piece did."""
    if has_reasons:
        return "see above"
    if was is None:
        return "no piece of it changed: others fell behind"
    return "pushed out by better builds" if now is None else "not its pieces: what they are worth"


def _told(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """One comparison as the template needs it."""
    counts = comparison["counts"]
    rows = [
        {
            **row,
            "difference": _shown(row["difference"]),
            "fate": _fate(row, comparison)
            or ("" if row["because"] else no_cause(row["was"], row["now"], bool(comparison["reasons"]))),
        }
        for row in merged_rows(comparison["rows"])
    ]
    rows.sort(key=lambda row: (row["now"] is None, (row["now"] or row["was"])[0], (row["was"] or row["now"])[0]))
    hidden = counts["came"] + counts["went"] + counts["score"] - len(comparison["rows"])
    best_before = next((row for row in comparison["rows"] if row["was"] and row["was"][0] == 1), None)
    fate = "" if best_before is None or best_before["now"] else _fate(best_before, comparison)
    first, inputs = comparison.get("first") or {}, comparison.get("inputs") or ("", "")
    return {**comparison, "rows": rows, "n_hidden": hidden, "best": _best(first), "fate": fate, "inputs": inputs}


def _best(first: Mapping[str, Any]) -> dict[str, Any] | None:
    """The best build now, a piece at a time with the one it had before; None where an earlier version kept none."""
    now, was = first.get("now"), first.get("was")
    if now is None:
        return None
    before = was[1] if was and len(was[1]) == len(now[1]) else now[1]
    pieces = [
        (part, old, new) for part, old, new in zip(first["positions"], before, now[1], strict=False) if old or new
    ]
    is_same = was is not None and was[1] == now[1]
    return {"score": now[0], "was": was and was[0], "pieces": pieces, "then": first["then"], "is_same": is_same}


def _fate(row: Row, comparison: Mapping[str, Any]) -> str:
    """Why a build is not listed any more, as far as that is known; empty where it is, or came."""
    if row["was"] is None or (row["now"] is not None and row.get("kind") != "replaced"):
        return ""
    gone = [cause.removesuffix(": gone") for cause in row["because"] if cause.endswith(": gone")]
    if gone:
        return f"no longer possible: {', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone"
    last = comparison.get("last")
    fell = "fell below the last listed build" + (f" (now {last})" if last else "")
    if row["because"] or comparison["reasons"]:
        return f"{fell}, or no longer keeps the rules"
    return fell


def _difference(before: object, now: object) -> str:
    """The best score now against the one before; empty where one of them is none."""
    try:
        change = exact_difference(Decimal(str(now)), Decimal(str(before)))
        return _shown(change) if change else "as before"
    except InvalidOperation:
        return ""


def _shown(difference: object) -> str:
    """A difference of scores as a page writes it; as it stands where a damaged state file made something else of it."""
    try:
        return f"{exact_difference(Decimal(str(difference)), Decimal(0)):+f}".replace("-", "\u2212")
    except InvalidOperation:
        return str(difference or "")


def merged_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows in which a build that went and the one that came in its place are one.

    The place is that of a build that has most pieces in common with it, at least half of them; the earlier in the list
    first. O(rows^2), which are few.
    """
    went = [row for row in rows if row["now"] is None]
    merged: list[dict[str, Any]] = []
    partners: dict[int, Row] = {}
    for row in rows:
        if row["was"] is None:
            near = max(went, key=lambda other: _common(row, other), default=None)
            if near is not None and 2 * _common(row, near) >= len(row["pieces"]):
                went.remove(near)
                partners[id(row)] = near
    replaced = {id(row) for row in partners.values()}
    for row in rows:
        if id(row) in replaced:
            continue
        old = partners.get(id(row))
        pairs = zip(row["pieces"], row["pieces"] if old is None else old["pieces"], strict=True)
        merged.append(
            {
                **row,
                "was": row["was"] if old is None else old["was"],
                "kind": _kind(row, old),
                "swaps": [(before, now) for now, before in pairs],
                "because": list(dict.fromkeys([*row["because"], *(old["because"] if old is not None else [])])),
            }
        )
    return merged


def _kind(row: Row, old: Row | None) -> str:
    """What is said of a row."""
    if old is not None:
        return "replaced"
    if row["was"] is None or row["now"] is None:
        return "came" if row["was"] is None else "went"
    return "score"


def _common(row: Row, other: Row) -> int:
    """Pieces that two builds have in the same place; none where they are of different parts."""
    if len(row["pieces"]) != len(other["pieces"]):
        return 0
    return sum(mine == its for mine, its in zip(row["pieces"], other["pieces"], strict=True))
