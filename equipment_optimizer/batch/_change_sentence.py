"""What changed since a list was made before, in one sentence for the batch's index.

In: what is remembered of the list, what came of it now, what happened to the pieces. Out: words.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ..output.pages.batch_index import pieces_of
from ..units import exact_difference

if TYPE_CHECKING:
    from ._list_maker import Made
    from ._state_file import ListRecord

__all__ = ["news_sentence"]

#: Pieces that a sentence names; the rest is counted.
_MOST_NAMES = 3


def news_sentence(old: ListRecord | None, made: Made, changes: Mapping[tuple[str, str], str]) -> str:
    """The sentence; empty where there is nothing to tell.

    `changes` is what happened to each piece by body part and name, as `_changes.compare_pieces` gives it.
    """
    outcome = made.outcome
    if old is None:
        return "new"
    if outcome.status == "infeasible":
        return "fits no more" if old.status != "infeasible" else ""
    if old.status == "infeasible":
        return "fits again"
    if outcome.status == "stopped" or outcome.best_score is None or old.best_score is None:
        return ""
    before, now = [name for _, name in pieces_of(old.best)], [name for _, name in pieces_of(outcome.best)]
    try:
        gain = exact_difference(Decimal(outcome.best_score), Decimal(old.best_score))
    except InvalidOperation:  # a damaged state file
        return ""
    touched = {name: change for (_, name), change in changes.items()}
    came, went = [name for name in now if name not in before], [name for name in before if name not in now]
    if not gain and not (before and came):
        return "the best build is as before"
    told = f"{gain:+f}".replace("-", "\u2212") if gain else "the same score"
    if not before:
        return told
    if came and gain >= 0:
        return f"{told}, thanks to {_listed(came, touched)}"
    if came:
        return f"{told}, now with {_listed(came, touched)} instead of {_listed(went, touched)}"
    changed = [name for name in now if name in touched]
    return (
        f"{told}, from {_listed(changed, touched)}" if changed else f"{told}: not its pieces, but what they are worth"
    )


def _listed(names: list[str], touched: Mapping[str, str]) -> str:
    """Names in a sentence, with what happened to each."""
    told = [f"{name} ({touched[name]})" if name in touched else name for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        return f"{', '.join(told)} and {len(names) - _MOST_NAMES} more"
    return " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
