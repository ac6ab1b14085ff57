"""Decorations for weapons that no slot of a job takes.

In: the configuration and the pieces. Out: a notice where parts are declared that may
be weapons; a job of armour alone need not be told what its file of decorations holds.
"""

from __future__ import annotations

from ..files.findings import listing
from ..records.vocabulary import BodyPart
from ._config_file import ConfigDraft
from .equipment_file import PieceSurvey

__all__ = ["check_unfit_decorations"]


def check_unfit_decorations(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Give notice of decorations for weapons only, where no slot is a weapon's and a declared part might be one."""
    config = draft.config
    others = [part for part in config.body_parts if part not in set(BodyPart)]
    if not others or config.weapon is not None or any(map(config.takes_weapon_decorations, others)):
        return
    unfit = [jewel.name for jewel in config.decorations or () if jewel.allowed_on == "weapon"]
    if unfit and not any(any(piece.weapon_slots) for piece in survey.pieces):
        message = f"no slot takes decorations for weapons: {listing(unfit[:5], len(unfit))}"
        which = 'a part takes them that is named Weapon or declared with "decorations": "weapon"'
        draft.findings.notice(0, 0, f"{message}; {which}")
