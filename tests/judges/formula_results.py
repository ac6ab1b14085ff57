"""Results of a small job with a formula, every build scored: for the tests of outputs."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, CountRule, FilterRule, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, ScaledFormula, Sum, Term
from equipment_optimizer.records.results import BuildResults, SearchReport

PIECES = [
    EquipmentPiece("Cap", "Head", 3, skills=(("Attack Boost", 2),), other=("5", "Exotic")),
    EquipmentPiece("Hood", "Head", 2, skills=(("Critical Eye", 3),), other=("0.5", "")),
    EquipmentPiece("Coat", "Body", 9, skills=(("Attack Boost", 1), ("Luck", 1)), other=("4", "Exotic")),
    EquipmentPiece("Vest", "Body", 9, skills=(("Critical Eye", 1),), other=("4", "")),
]
FORMULA = Formula(
    name="effective raw",
    factors=[
        Factor(
            name="raw",
            base=230,
            terms=[
                Term(name="Attack", weight=1, kind="column"),
                Term(name="exotics", weight=-1, kind="count"),
                Term(name="Attack Boost", table=[0, 3, 6, 9], kind="skill"),
            ],
            maximum=999,
        ),
        Factor(
            name="critical",
            base=1,
            times=[
                Sum(
                    base=Decimal("0.05"),
                    terms=[Term(name="Critical Eye", weight=Decimal("0.1"), kind="skill")],
                    maximum=1,
                ),
                Sum(base=Decimal("0.25")),
            ],
        ),
    ],
)


def config_with(formula=FORMULA, **changes):
    """A configuration of the job."""
    return Config(
        **{
            "formula": formula,
            "limit": 4,
            "skills": {"Critical Eye": SkillRule(maximum=3)},
            "totals": {"Attack": TotalRule()},
            "counts": {"exotics": CountRule(where=FilterRule(column="Tier", one_of="Exotic"))},
            "body_parts": {"Head": 1, "Body": 1},
            **changes,
        }
    )


def formula_results(config=None, pieces=PIECES):
    """All builds, best first."""
    config = config or config_with()
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts, other_names=("Attack", "Tier"))

    def results(columns, scores, digits):
        return BuildResults(
            table=table,
            config=config,
            combinations=EquipmentCombinationList(table, columns),
            scaled_scores=scores,
            score_digits=digits,
            report=SearchReport(engine="bounded", n_combinations=len(scores)),
        )

    every = EquipmentCombinationList.whole_space(table)
    plain = results(list(every.columns), np.zeros(len(every), dtype=object), 0)
    n_builds = len(every)
    factors = plain.factor_columns
    values = factors.values(every, plain.skill_levels(0, n_builds), plain.limit_columns.counts(every))
    scores = ScaledFormula.scores(values)
    order = sorted(range(n_builds), key=lambda k: -scores[k])[: config.limit]
    return results([np.asarray(column)[order] for column in every.columns], scores[order], sum(factors.digits.values()))
