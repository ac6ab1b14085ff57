"""Where the names of a job stand, by their role."""

from __future__ import annotations

from decimal import Decimal

from equipment_optimizer.files.findings import Findings
from equipment_optimizer.loading._config_file import ConfigDraft
from equipment_optimizer.loading._name_uses import BONUS_NAMERS, NAMERS, NameUse, config_use, given_skills, name_uses
from equipment_optimizer.loading.equipment_file import PieceSurvey
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillCap, SkillRule, Weapon
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.records.formula import Factor, Formula, Term


def test_every_name_has_its_first_place_in_each_of_its_roles() -> None:
    pieces = [
        EquipmentPiece("a", "Head", skills=(("Fury", 1),), set_bonuses=("Oath",), line=2),
        EquipmentPiece("b", "Head", skills=(("Calm", 1), ("Fury", 2)), line=3),
    ]
    config = Config(
        skills={"Fury": SkillRule(), "Zeal": SkillRule()},
        decorations=(Decoration(name="Jewel", slot_level=1, skills=(("Luck", 1),)),),
        set_bonuses=(SetBonusStep(bonus="Oath", pieces_required=2, skill="Might", level=1),),
        skill_caps={"Fury": SkillCap(maximum=5, locked_maximum=3, raised_by="Might")},
        weapon=Weapon(skills=(("Edge", 1),), set_bonuses=("Vow",)),
        files={"decorations": "d.csv", "set_bonuses": "b.csv", "skills": "s.csv"},
        locations={'$.skills["Zeal"]': (4, 7), '$.weapon.skills["Edge"]': (9, 1)},
        source="c.json",
    )
    sides = [Findings(name) for name in ("d.csv", "b.csv", "s.csv")]
    places = {("jewel skill", "Luck"): (5, 3), ("bonus", "Oath"): (6, 1), ("raiser", "Might"): (7, 4)}
    equipment = Findings("e.csv")
    draft = ConfigDraft(config, Findings("c.json"), sides, places=places)
    uses = name_uses(draft, PieceSurvey(pieces=pieces, skill_places={"Fury": (2, 3)}), equipment)
    assert {role: {name: use.place() for name, use in names.items()} for role, names in uses.items()} == {
        "worn": {"Fury": "e.csv:2:3", "Calm": "e.csv:3"},
        "jewel skill": {"Luck": "d.csv:5:3"},
        "bonus skill": {"Might": "b.csv"},
        "weapon skill": {"Edge": "c.json:9:1"},
        "listed": {"Fury": "c.json", "Zeal": "c.json:4:7"},
        "formula": {},
        "maximum": {"Fury": "s.csv"},
        "raiser": {"Might": "s.csv:7:4"},
        "worn bonus": {"Oath": "e.csv:2"},
        "bonus": {"Oath": "b.csv:6:1"},
        "weapon bonus": {"Vow": "c.json"},
    }
    assert {*uses} == {*NAMERS, *BONUS_NAMERS}
    assert given_skills(uses) == ["Fury", "Calm", "Luck", "Might", "Edge"]


def test_skills_of_a_formula_have_their_role_and_its_columns_none() -> None:
    terms = (Term(name="Fury", weight=Decimal(1), kind="skill"), Term(name="Defence", weight=Decimal(1), kind="column"))
    formula = Formula(factors=(Factor(name="raw", terms=terms),))
    config = Config(formula=formula, locations={'$.formula.factors[0].of["Fury"]': (3, 9)}, source="c.json")
    uses = name_uses(ConfigDraft(config, Findings("c.json")), PieceSurvey(), Findings("e.csv"))
    assert {name: use.place() for name, use in uses["formula"].items()} == {"Fury": "c.json:3:9"}


def test_what_is_said_at_a_use_names_its_path() -> None:
    draft = ConfigDraft(Config(locations={'$.skills["A"]': (2, 3)}), Findings("c.json"))
    use = config_use(draft, "$.skills", "A")
    use.notice("odd")
    use.fault("wrong", "mend it")
    assert draft.findings.notices() == ['c.json:2:3: odd [$.skills["A"]]']
    assert [str(fault) for fault in draft.findings.faults()] == [
        'c.json:2:3: wrong [$.skills["A"]]\n  mend: mend it',
    ]
    assert NameUse(Findings("")).place() == "the configuration"
