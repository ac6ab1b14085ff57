"""What one piece is worth, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["PieceValue"]


@dataclass(frozen=True, kw_only=True)
class PieceValue:
    """What one piece is worth, or what getting something would bring.

    Attributes
    ----------
    kind : {"piece", "wish", "pair", "talisman", "decoration"}
    best : Decimal or None
        The best score with it; of a pair and of a decoration, where they may be used. None where no
        build has it.
    loss : Decimal or None
        How far that is below the best score without any wish.
    loss_when_sold : Decimal or None
        Of a piece: how far the best score falls without it. None where no build is left.
    n_listed : int or None
        Of a piece: in how many of the best builds it stands.
    gain : Decimal or None
        Of a wish: how far it lifts the best score.
    is_allowed : bool
        Whether pins, exclusions and filters let a piece be used.
    is_never_useful : bool
        Whether it is proved that no build with it is among the best ones.
    is_proved : bool
        False after an early stop: it may be more, up to `at_most`.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> best = max(piece_values(table, config), key=lambda value: value.loss_when_sold)
    >>> best.name, best.best, best.loss_when_sold
    ('Scholar Charm', Decimal('49.43'), Decimal('0.79'))
    """

    kind: str
    name: str
    body_part: str
    best: Decimal | None = None
    loss: Decimal | None = None
    loss_when_sold: Decimal | None = None
    n_listed: int | None = None
    gain: Decimal | None = None
    is_allowed: bool = True
    is_never_useful: bool = False
    is_proved: bool = True
    at_most: Decimal | None = None
