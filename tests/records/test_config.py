"""What a configuration answers about itself."""

from equipment_optimizer.records.config import Config, SkillCap, SkillRule


def test_the_maximum_of_a_skill_comes_from_its_rule_before_the_skills_file() -> None:
    raised = SkillRule(maximum=None, locked_maximum=5, raised_maximum=7, raised_by="Secret")
    config = Config(
        skills={"Listed": SkillRule(maximum=2), "Raised": raised, "Valued": SkillRule(maximum=None, values=())},
        skill_caps={
            "Listed": SkillCap(maximum=9),
            "Raised": SkillCap(maximum=9),
            "Valued": SkillCap(maximum=4),
            "Unlisted": SkillCap(maximum=6, locked_maximum=3, raised_by="Secret"),
        },
    )
    assert config.maximum_of("Listed") == (2, None, None)
    assert config.maximum_of("Raised") == (5, 7, "Secret")
    assert config.maximum_of("Valued") == (4, None, None)
    assert config.maximum_of("Unlisted") == (3, 6, "Secret")
    assert config.maximum_of("Nowhere") == (None, None, None)


def test_places_are_told_as_far_as_they_are_known() -> None:
    config = Config(source="c.json", locations={"$.limit": (2, 3)})
    assert (config.where("$.limit"), config.where("$.defence")) == ("c.json:2:3", "c.json")
