"""Ranges of weights and the worth of pieces as plain values: for a table, a manifest, a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ..pipeline import optimize
from ..progress import OnProgress
from .explain import change_of_piece
from .piece_values import PieceValue, piece_values
from .stability import MOST_LISTED, WeightRange, check_stability, stability

if TYPE_CHECKING:
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults

__all__ = ["Gains", "answers_of", "check_answers", "exact_text", "open_rows", "plain_ranges"]


class Gains(NamedTuple):
    """What might be got beside the pieces that are there; see `piece_values`."""

    wishes: EquipmentTable | None = None
    pairs: bool = False
    decorations: bool = False


def check_answers(config: Config, wanted: Sequence[str]) -> None:
    """Refuse what a configuration has no answer to, before anything is searched."""
    if "stability" in wanted:
        check_stability(config)


def answers_of(
    table: EquipmentTable,
    results: BuildResults,
    wanted: Sequence[str],
    *,
    gains: Gains | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """What is wanted of a proved list, by the keys "stability" and "pieces", and "gains" where something may be got."""
    answers: dict[str, list[dict[str, Any]]] = {}
    config, best = results.config, results
    if config.front and wanted:  # whose first build need not be the one that scores most
        limit = config.limit if "pieces" in wanted else min(config.limit, MOST_LISTED)
        best = optimize(table, replace(config, front=()), limit=limit, should_stop=should_stop)
    if "stability" in wanted:
        ranges = stability(table, config, results=best, on_progress=on_progress, should_stop=should_stop)
        answers["stability"] = plain_ranges(best, ranges)
    if "pieces" in wanted:
        further = (gains or Gains())._asdict()
        values = piece_values(table, config, **further, results=best, on_progress=on_progress, should_stop=should_stop)
        pieces = [value for value in values if value.kind == "piece"]
        answers["pieces"] = _plain_values(pieces, "name", "body_part", "best", "loss", "loss_when_sold", "n_listed")
        if may_be_got := [value for value in values if value.kind != "piece"]:
            answers["gains"] = _plain_values(may_be_got, "kind", "name", "body_part", "best", "gain")
    return answers


def open_rows(answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> str | None:
    """How much of answers is not proved, and that it is marked, in words; None where all is proved."""
    n_open = {answer: sum(not row["proved"] for row in rows) for answer, rows in answers.items()}
    told = ", ".join(f"{n:,} of {len(answers[answer]):,} rows of {answer}" for answer, n in n_open.items() if n)
    return f"what is not proved of the answers beside the list is marked: {told}" if told else None


def plain_ranges(results: BuildResults, ranges: Sequence[WeightRange]) -> list[dict[str, Any]]:
    """Ranges, their ends as exact text, None where there is none, and what the next build has in place of pieces."""
    return [
        {
            "weight": weight_range.path.removeprefix("$.").replace('["', ".").replace('"]', ""),
            "value": weight_range.value,
            "from": exact_text(weight_range.low),
            "to": exact_text(weight_range.high),
            "next_below": _change(results, weight_range.below),
            "next_above": _change(results, weight_range.above),
            "proved": weight_range.is_proved,
        }
        for weight_range in ranges
    ]


def _plain_values(values: Sequence[PieceValue], *told: str) -> list[dict[str, Any]]:
    """The worth of what may be used, with some of its fields as they are called."""
    return [
        {
            **{name: getattr(value, name) for name in told},
            "never_useful": value.is_never_useful,
            "at_most": None if value.is_proved else value.at_most,
            "proved": value.is_proved,
        }
        for value in values
        if value.is_allowed
    ]


def exact_text(number: Fraction | None) -> str | None:
    """A decimal where it ends, else a fraction."""
    if number is None:
        return None
    left, places = number.denominator, 0
    while left % 10 == 0 or left % 5 == 0 or left % 2 == 0:
        left = left // 10 if left % 10 == 0 else left // 5 if left % 5 == 0 else left // 2
        places += 1
    if left > 1:
        return str(number)
    whole = abs(number.numerator) * 10**places // number.denominator
    digits = f"{whole:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    text = text.rstrip("0").rstrip(".") if places else text
    return f"-{text}" if number < 0 else text


def _change(results: BuildResults, other: BuildResults | None) -> str | None:
    """What the build that comes next has in place of the best one's pieces."""
    if other is None:
        return None
    mine, theirs = (list(listed[0].pieces.items()) for listed in (results, other))
    changes = [
        change_of_piece(place, new, old) for (place, old), (_, new) in zip(mine, theirs, strict=True) if old != new
    ]
    if changes:
        return "; ".join(changes)
    before, after = (_in_slots(listed) for listed in (results, other))
    new, old = (", ".join(f"{n}x {name}" for name, n in some.items()) for some in (after - before, before - after))
    if new or old:
        return f"in the slots: {new or 'nothing'} instead of {old or 'nothing'}"
    # Rows within the part: the table is the same.
    rows = (listed.combinations[0].indices for listed in (results, other))
    others = [
        change_of_piece(place, name, name) for (place, name), *row in zip(mine, *rows, strict=True) if row[0] != row[1]
    ]
    return "; ".join(others) or "in the slots: the same decorations in other places"


def _in_slots(results: BuildResults) -> Counter[str]:
    """How many of each decoration the first build has."""
    fillings, decorations = results.fillings, results.config.decorations
    if fillings is None or decorations is None:
        return Counter()
    pairs = zip(fillings.decoration[: fillings.start[1]].tolist(), fillings.count.tolist(), strict=False)
    return Counter({decorations[number].name: count for number, count in pairs})
