"""Every weight that something is weighed with has a path, and none else."""

from decimal import Decimal

from equipment_optimizer.answers._weights import weights_of, with_weights
from equipment_optimizer.records.config import Config, CountRule, ResistanceRule, SkillRule, TotalRule

CONFIG = Config(
    skills={
        "Swift": SkillRule(weight=2, penalty=-1, maximum=3),
        "Calm": SkillRule(values=[0, 5], maximum=None),
        "Luck": SkillRule(weight=3, penalty=9, maximum=None),
    },
    resistances={"Fire": ResistanceRule(weight=0.1)},
    totals={"Weight": TotalRule(weight=-0.5)},
    counts={"exotics": CountRule(weight=4), "team": CountRule(each="Team", maximum=2)},
)


def test_weights_stand_in_the_order_of_a_config_file():
    found = weights_of(CONFIG)
    assert list(found)[:5] == [
        '$.skills["Swift"].weight',
        '$.skills["Swift"].penalty',
        '$.skills["Calm"].values[0]',
        '$.skills["Calm"].values[1]',
        '$.skills["Luck"].weight',
    ]
    assert found['$.totals["Weight"].weight'] == Decimal("-0.5")
    assert found['$.counts["exotics"].weight'] == 4
    assert found["$.resistances.fire.weight"] == Decimal("0.1")
    assert '$.counts["team"].weight' not in found


def test_every_weight_is_changed_and_what_is_not_weighed_is_nought():
    doubled = with_weights(CONFIG, lambda path, weight: 2 * weight)
    assert weights_of(doubled) == {path: 2 * weight for path, weight in weights_of(CONFIG).items()}
    assert doubled.skills["Luck"].penalty == 0
    assert doubled.counts["team"] == CONFIG.counts["team"]


def test_a_penalty_counts_only_where_it_is_in_force():
    capped = Config(skills={"Swift": SkillRule(weight=2, penalty=1, maximum=3)}, over_max="cap")
    assert '$.skills["Swift"].penalty' not in weights_of(capped)
