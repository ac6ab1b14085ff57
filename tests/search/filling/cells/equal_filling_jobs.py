"""Small jobs of which many fillings come to the same, and what looking at every filling says of them."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import numpy as np

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import feature_values, total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.side_files import SetBonusStep
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.staged_walk import WalkedFillings
from equipment_optimizer.search.product._fillings import EveryOption, ListedFillings
from equipment_optimizer.search.product._outcome import Row
from equipment_optimizer.search.product._products import Contents
from equipment_optimizer.search.product.run import _Run
from equipment_optimizer.search.relaxation.bounds import Multipliers

PARTS = {"Head": 1, "Body": 1, "Legs": 1}
SKILLS = "ABC"


def made(seed: int) -> tuple[EquipmentTable, Config]:
    """Few pieces, and jewels many of which do the same: by several skills, by stock, by slots, by ends of factors."""
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(
            f"{part} {i}",
            part,
            slots=(rng.randint(0, 2), rng.choice([0, 0, 1]), 0, 0),
            skills=tuple((skill, 1) for skill in rng.sample(SKILLS, rng.choice([0, 1]))),
        )
        for part in PARTS
        for i in range(rng.choice([1, 2, 3]))
    ]
    jewels = []
    for number in range(rng.choice([2, 3, 4])):
        names = rng.sample(SKILLS, rng.choice([1, 1, 1, 2]))
        jewels.append(
            Decoration(
                name=f"Jewel {number}",
                slot_level=rng.choice([1, 1, 2]),
                skills=tuple((name, rng.choice([1, 1, 2])) for name in names),
                available=rng.choice([None, None, 1, 2]),
            )
        )

    def sum_of() -> dict[str, object]:
        terms = []
        for name in rng.sample(SKILLS, rng.choice([1, 2, 3])):
            table = sorted(rng.choice([0, 1, 1, 2, 4]) for _ in range(rng.choice([2, 3, 5])))
            worth = {"table": table} if rng.random() < 0.5 else {"weight": rng.choice([0, 1, 1, 2])}
            terms.append(Term(name=name, kind="skill", **worth))  # type: ignore[arg-type]
        return {"base": rng.choice([0, 1, 1, 3, -1, 10]), "terms": terms, "maximum": rng.choice([None, None, 4])}

    factors = [Factor(name="first", **sum_of())]  # type: ignore[arg-type]
    if rng.random() < 0.6:
        pair = (Sum(**sum_of()), Sum(**sum_of()))  # type: ignore[arg-type]
        factors.append(Factor(name="second", base=rng.choice([0, 1, -2]), times=pair))
    rules = {"A": SkillRule(maximum=rng.choice([2, 3]))} if rng.random() < 0.5 else {}
    config = Config(
        body_parts=PARTS, decorations=jewels, skills=rules, formula=Formula(factors=tuple(factors)), limit=3
    )
    return EquipmentTable.from_pieces(pieces, body_parts=PARTS), config


def job_of(seed: int) -> FormulaProblem:
    return compile_formula(*made(seed))


def rows_of(formula: FormulaProblem, limit: int = 3) -> list[Row]:
    run = _Run(formula, limit, SearchOptions(engine="bounded"))
    run.nodes()
    return run.rows()


def equal_fillings(formula: FormulaProblem, row: Row) -> tuple[Contents, list[Contents]]:
    """By looking at every filling: the first of the best ones, and all of the best ones."""
    score, words, _ = row
    totals = total_columns(
        formula.problem, RankCode(formula.problem.space.position_sizes).decode(np.array(words)[:, None])
    )
    model = EveryOption.of(replace(formula, rises=False))  # with idle decorations, too
    best, every = ListedFillings(formula, model, totals), list[Contents]()

    def note(build: np.ndarray, entries: np.ndarray, path: np.ndarray) -> None:
        best.note(build, entries, path)
        for place in range(path.shape[1]):
            alone = ListedFillings(formula, model, totals)
            alone.note(build[place : place + 1], entries[:, place : place + 1], path[:, place : place + 1])
            is_there, scores, contents = alone.listed()
            every.extend(contents if is_there.all() and scores[0] == score else [])

    lowest = np.full(1, -4 * model.problem.score_bound)
    prices = [FillingPrices(model, Multipliers((0,) * model.problem.n_features))]
    walked = WalkedFillings(model, totals.levels, totals.slots, floor=lowest, pool=prices)
    walked.listed(lowest, note, lambda: False)
    return best.listed()[2][0], every


def several_ways(seed: int) -> FormulaProblem:
    """Jewels of two skills, and a sum that many of them fill up: some begin with less of it and can do no more."""
    rng = random.Random(seed)
    names = "ABCD"
    pieces = [
        EquipmentPiece(f"{part} {i}", part, slots=(rng.choice([1, 2]), 1, 0, 0), skills=((rng.choice(names), 1),))
        for part in ("Head", "Body")
        for i in range(2)
    ]
    jewels = [
        Decoration(
            name=f"Jewel {number}",
            slot_level=rng.choice([1, 1, 2]),
            skills=tuple((name, rng.choice([1, 2])) for name in rng.sample(names, rng.choice([1, 2]))),
        )
        for number in range(5)
    ]

    def sum_of(base: int, some: str) -> dict[str, object]:
        terms = [Term(name=name, kind="skill", weight=Decimal(rng.choice([1, 2, 3]))) for name in some]
        return {"base": base, "terms": terms, "maximum": rng.choice([None, 4, 6])}

    pair = (Sum(**sum_of(rng.choice([-1, 0, 1]), "BCD")), Sum(**sum_of(1, "A")))  # type: ignore[arg-type]
    factors = (Factor(name="first", **sum_of(1, "AB")), Factor(name="second", base=rng.choice([1, 5]), times=pair))  # type: ignore[arg-type]
    parts = {"Head": 1, "Body": 1}
    config = Config(body_parts=parts, decorations=jewels, formula=Formula(factors=factors), limit=3)
    return compile_formula(EquipmentTable.from_pieces(pieces, body_parts=parts), config)


def raised_job(seed: int) -> FormulaProblem:
    """A set raises the maximum of a skill: in some builds, not in others."""
    rng = random.Random(seed)
    bonus = SetBonusStep(bonus="Set", pieces_required=1, skill="Raiser", level=1)
    pieces = [
        EquipmentPiece(
            f"{part} {i}",
            part,
            slots=(rng.choice([1, 2]), rng.choice([0, 1]), 0, 0),
            skills=((rng.choice("AB"), 1),),
            set_bonuses=("Set",) if rng.random() < 0.5 else (),
        )
        for part in ("Head", "Body")
        for i in range(2)
    ]
    jewels = [
        Decoration(name=f"Jewel {name}", slot_level=rng.choice([1, 1, 2]), skills=((name, rng.choice([1, 2])),))
        for name in "ABC"
    ]

    def term(name: str) -> Term:
        table = sorted(rng.choice([0, 1, 2, 4]) for _ in range(rng.choice([3, 5])))
        return Term(name=name, kind="skill", table=tuple(map(Decimal, table)))

    pair = (Sum(base=rng.choice([-1, 0]), terms=[term("A"), term("B")], maximum=rng.choice([None, 3])), Sum(base=1))
    factors = (
        Factor(name="first", base=1, terms=[term("A"), term("C")]),
        Factor(name="second", base=rng.choice([1, 4]), times=pair),
    )
    rules = {"A": SkillRule(locked_maximum=1, raised_maximum=3, raised_by="Raiser")}
    parts = {"Head": 1, "Body": 1}
    config = Config(
        body_parts=parts,
        decorations=jewels,
        skills=rules,
        set_bonuses=[bonus],
        formula=Formula(factors=factors),
        limit=3,
    )
    return compile_formula(EquipmentTable.from_pieces(pieces, body_parts=parts), config)


def every_filling(formula: FormulaProblem, levels: np.ndarray, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels, shape (F, N), and products, shape (N,), of all fillings of a build that keep the limits."""
    decorations = formula.problem.decorations
    assert decorations is not None
    known, fillings = {(tuple(slots.tolist()), (0,) * len(decorations.index))}, set()
    while known:
        left, counts = known.pop()
        fillings.add(counts)
        for d, fits in enumerate(decorations.fits):
            if decorations.stock[d] < 0 or counts[d] < decorations.stock[d]:
                more = (*counts[:d], counts[d] + 1, *counts[d + 1 :])
                known |= {
                    ((*left[:k], left[k] - 1, *left[k + 1 :]), more) for k in np.flatnonzero(fits).tolist() if left[k]
                }
    filled = levels[:, None] + decorations.levels.T @ np.array(sorted(fillings), dtype=np.int64).T
    kept = feature_values(formula.problem, filled) > NO_BUILD
    return filled[:, kept], formula.scores(filled[:, kept])
