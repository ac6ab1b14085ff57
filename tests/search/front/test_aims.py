"""Which objective comes first, and which are stepped through."""

from __future__ import annotations

import pytest

from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.front._aims import Aims, TurnedOutcome, Watch, feature_of

PIECES = [EquipmentPiece("A", "Head", 5, slots=(1, 0, 0, 0), skills=(("Fury", 1), ("Calm", 2)))]
JEWEL = Decoration(name="J", slot_level=1, skills=(("Fury", 1),))
LOWERING = Decoration(name="L", slot_level=1, skills=(("Calm", -1),))


@pytest.mark.parametrize(
    ("front", "decorations", "roles"),
    [
        (("Defence", "Score", "-Fury"), (JEWEL,), ("Score", ["Fury"], ["Defence"])),
        (("Defence", "Score", "-Fury"), None, ("Score", [], ["Defence", "Fury"])),
        (("Defence", "Fury", "Calm"), (JEWEL,), ("Fury", [], ["Defence", "Calm"])),
        (("Defence", "Calm"), None, ("Defence", [], ["Calm"])),
        (("Defence", "-Calm"), (JEWEL, LOWERING), ("Calm", [], ["Defence"])),
    ],
)
def test_roles(front: tuple[str, ...], decorations: tuple[Decoration, ...] | None, roles: tuple) -> None:
    skills = {"Fury": SkillRule(), "Calm": SkillRule()}
    aims = Aims(EquipmentTable.from_pieces(PIECES), Config(skills=skills, decorations=decorations, front=front))
    found = aims.first.title, [own.title for own in aims.stepped], [own.title for own in aims.others]
    assert found == roles


def test_values_come_in_the_order_of_the_objectives_and_levels_become_limits() -> None:
    skills = {"Fury": SkillRule(), "Calm": SkillRule()}
    config = Config(skills=skills, decorations=(JEWEL,), front=("Defence", "-Fury", "Score"))
    aims = Aims(EquipmentTable.from_pieces(PIECES), config)
    assert aims.values(TurnedOutcome(7, (5,), (-2,), (0,), is_proved=True)) == [5, -2, 7]
    assert aims.at_least(config, (-2,)).skills["Fury"].at_most == 2
    exact = aims.exactly(config, (-2,)).skills["Fury"]
    assert (exact.minimum, exact.at_most) == (2, 2)
    assert aims.problem.features[feature_of(aims.problem, aims.others[0])].name == "Defence"


def test_a_stop_is_for_good() -> None:
    answers = iter([False, True, False])
    watch = Watch(lambda: next(answers))
    assert [watch.is_stopped() for _ in range(3)] == [False, True, True]
    assert not Watch(None).is_stopped()
