"""Whether the best build owes most of its score to something that its configuration does not mention.

In: `BuildResults`. Out: a sentence for the user, or None. Defaults count a point of
defence, a free slot and a level of every skill that is not listed as 1, which may
outweigh all that somebody cared to write down.
"""

from __future__ import annotations

from decimal import Decimal

from ..records.config import Config
from ..records.results import BuildResults

__all__ = ["unmentioned_sentence"]


def unmentioned_sentence(results: BuildResults) -> str | None:
    """The sentence, where more than half of the best score is of defaults; exact.

    Nothing is known of a configuration made in code, which has no keys to be left out.
    """
    config = results.config
    if not len(results) or not config.locations:
        return None
    score = results.score(0)
    worths = {what: worth for what, worth in _default_worths(results, config) if worth > 0}
    total = sum(worths.values(), Decimal(0))
    if total * 2 <= score or not total:
        return None
    parts = ", ".join(f"{_plain(worth)} {what}" for what, worth in worths.items())
    return (
        f"{config.source or 'the configuration'}: of the best build's score of {_plain(score)} most comes from what "
        f"is not mentioned there and has its default weight 1.0: {parts}"
    )


def _default_worths(results: BuildResults, config: Config) -> list[tuple[str, Decimal]]:
    """What each default adds to the best score, by the words for it."""
    given = config.locations
    worths = []
    if "$.defence" not in given:
        points = int(results.combinations.total_defence[0])
        worths.append(("from defence", points * config.defence_weight))
    free = results.free_slots(0, 1)[0].tolist()
    weights = [
        (Decimal(0) if f"$.decorations.deco_{level}" in given else config.slot_weights[level - 1])
        + (Decimal(0) if "$.decorations.num_decos" in given else config.slot_count_weight)
        for level in range(1, len(free) + 1)
    ]
    worths.append(("from free slots", sum((n * weight for n, weight in zip(free, weights, strict=True)), Decimal(0))))
    if "$.unlisted_skill_weight" not in given:
        levels = sum(int(column[0]) for name, column in results.skill_levels(0, 1).items() if name not in config.skills)
        worths.append(("from skills that are not listed", levels * config.unlisted_skill_weight))
    return worths


def _plain(value: Decimal) -> str:
    """A decimal without trailing zeros or exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
