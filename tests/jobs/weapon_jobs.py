"""Jobs whose weapons add to a formula's sums as they are, beside armour that adds by levels of skills."""

from __future__ import annotations

import random

import numpy as np

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import feature_values, total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.product._fillings import BestFillings

SKILLS = ("Might", "Eye", "Boost")
PARTS = {"Head": 1, "Body": 1, "Weapon": 1}


def weapon_formula(seed: int, n_weapons: int = 18) -> FormulaProblem:
    """The formula of a seed: power and might, times what luck and eyes add together with boosts."""
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(
            f"{part} {n}",
            part,
            skills=tuple((skill, rng.randint(0, 2)) for skill in rng.sample(SKILLS, 2)),
            slots=(rng.randint(0, 1), rng.randint(0, 1), 0, 0),
            other=("0", "0"),
        )
        for part in ("Head", "Body")
        for n in range(4)
    ]
    for n in range(n_weapons):
        power, luck = rng.choice([100, 120, 150, 400]), rng.choice([-20, 0, 10, 30])
        slots = (rng.choice([0, 0, 1]), rng.choice([0, 0, 1]), 0, 0)
        skills = (("Might", 1),) if rng.random() < 0.2 else ()
        pieces.append(
            EquipmentPiece(f"Weapon {n}", "Weapon", skills=skills, slots=slots, other=(str(power), str(luck)))
        )
    raw = Factor(
        name="raw",
        terms=(
            Term(kind="column", name="Power", weight=1),
            Term(kind="skill", name="Might", table=(0, 10, 25, 60, 65)),
        ),
    )
    chance = Sum(
        base=0,
        terms=(
            Term(kind="column", name="Luck", weight=1),
            Term(kind="skill", name="Eye", table=(0, 10, 20, 50)),
        ),
        minimum=-100,
        maximum=60,
    )
    boost = Sum(base=25, terms=(Term(kind="skill", name="Boost", table=(0, 5, 10)),))
    critical = Factor(name="critical", base=10_000, times=(chance, boost))
    jewels = (
        Decoration(name="J", slot_level=1, skills=(("Eye", 1),)),
        Decoration(name="K", slot_level=2, skills=(("Might", 1),)),
    )
    rules = {"Boost": SkillRule(minimum=1)} if seed % 3 == 0 else {}
    zeros = {"slot_weights": (0, 0, 0, 0), "slot_count_weight": 0, "defence_weight": 0, "unlisted_skill_weight": 0}
    config = Config(
        body_parts=PARTS,
        formula=Formula(factors=(raw, critical)),
        decorations=jewels if seed % 2 else None,
        skills=rules,
        **zeros,
    )
    return compile_formula(EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Power", "Luck")), config)


def all_builds(formula: FormulaProblem) -> tuple[list[np.ndarray], list[int]]:
    """All builds, and the best product of each over every filling, 0 where it keeps no limits."""
    columns = formula.problem.space.block(0, formula.problem.space.n_combinations)
    totals = total_columns(formula.problem, columns)
    if formula.problem.decorations is None:
        is_there = feature_values(formula.problem, totals.levels) > NO_BUILD
        scores = iter(formula.scores(totals.levels[:, is_there]).tolist())
    else:
        fillings = BestFillings(formula, None, should_stop=lambda: False)
        is_there, found, _ = fillings.find(totals, np.zeros(len(columns[0]), dtype=np.int64), 0)
        scores = iter(found.tolist())
    return columns, [next(scores) if there else 0 for there in is_there.tolist()]
