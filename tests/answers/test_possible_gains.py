"""Talismans and decorations that somebody might get."""

from equipment_optimizer.answers._possible_gains import extra_decorations, talismans
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

TABLE = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)])


def test_a_talisman_of_each_skill_and_level_up_to_its_maximum() -> None:
    skills = {
        "Swift": SkillRule(maximum=2),
        "Calm": SkillRule(values=[0, 1, 5], maximum=None),
        "Guard": SkillRule(maximum=None, locked_maximum=1, raised_maximum=3, raised_by="Calm"),
        "Luck": SkillRule(maximum=None),
    }
    names = [piece.name for piece in talismans(TABLE, Config(skills=skills))]
    assert names[:7] == ["Swift 1", "Swift 2", "Calm 1", "Calm 2", "Guard 1", "Guard 2", "Guard 3"]
    assert names[7:] == [f"Luck {level}" for level in range(1, 8)]
    assert talismans(TABLE, Config(skills=skills, body_parts={"Head": 1})) == []


def test_one_more_of_each_decoration_that_is_limited() -> None:
    jewels = (
        Decoration(name="Few", slot_level=1, skills=(("Swift", 1),), available=0),
        Decoration(name="Many", slot_level=1, skills=(("Calm", 1),)),
    )
    ((name, config),) = extra_decorations(Config(decorations=jewels))
    assert name == "Few"
    assert [one.available for one in config.decorations] == [1, None]
    assert list(extra_decorations(Config())) == []
