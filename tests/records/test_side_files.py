"""Records of what stands beside a configuration."""

import pickle

from equipment_optimizer.records.side_files import Decoration, SetBonusStep, SkillCap


def test_records_travel_and_compare() -> None:
    records = (
        Decoration(name="Jewel", slot_level=2, skills=(("Fury", 1),), available=3, allowed_on="weapon"),
        SetBonusStep(bonus="Oath", pieces_required=2, skill="Fury", level=1),
        SkillCap(maximum=7, locked_maximum=5, raised_by="Secret"),
    )
    assert pickle.loads(pickle.dumps(records)) == records
    assert len(set(records)) == 3
