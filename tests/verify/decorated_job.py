"""A job with decorations for armour, for weapons, and few in stock."""

from decimal import Decimal

from random_problems import Job

from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece

JEWELS = (
    Decoration(name="Edge; sharp", slot_level=1, skills=(("Attack", 1),), available=2),
    Decoration(name="Wall", slot_level=2, skills=(("Guard", 1), ("Attack", 1)), allowed_on="armor"),
    Decoration(name="Hilt", slot_level=1, skills=(("Guard", 5),), allowed_on="weapon"),
)
DECORATED = Job(
    [EquipmentPiece("Cap", "Head", slots=(1, 1, 0, 0)), EquipmentPiece("Bare", "Head")],
    Config(
        skills={"Attack": SkillRule(maximum=9), "Guard": SkillRule(maximum=9, weight=Decimal("0.5"))},
        slot_weights=(Decimal("0.1"),) * 4,
        slot_count_weight=Decimal(0),
        decorations=JEWELS,
        limit=1,
    ),
)
