"""What separates two builds, term by term; the best build without a piece, or with a skill at a level.

In: results, or builds as rows of a table. Out: an `Explanation`, whose differences add up to
that of the scores exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from ..errors import UsageError
from ..output.level_gains import gain_text
from ..output.score_terms import score_terms
from ..problem.compile import compile_problem
from ..problem.piece_costs import without_pieces
from ..problem.problem import Problem
from ..problem.scoring import score_columns
from ..problem.selection import passing_rows
from ..records.combinations import EquipmentCombinationList
from ..records.config import Config, SkillRule
from ..records.equipment import EquipmentTable
from ..records.fillings import Fillings
from ..records.results import BuildResults, SearchReport, format_score
from ..records.vocabulary import NO_BUILD
from ..search.engines import SearchOutcome
from ..search.filling.filler import Filler
from ..search.filling.tables.steps import FillingModel
from ..units import exact_difference

__all__ = [
    "Difference",
    "Explanation",
    "best_of",
    "change_of_piece",
    "explain",
    "explain_across",
    "scored_builds",
    "with_skill",
    "without_piece",
]

Build = tuple[int, ...]

#: Slots of a build up to which options of a filling have numbers, whatever kinds they are of.
_MOST_SLOTS = 64


@dataclass(frozen=True)
class Difference:
    """One term of two builds: how much of it each has, and what that is worth."""

    name: str
    kind: str
    amounts: tuple[Decimal, Decimal]
    worths: tuple[Decimal, Decimal]

    @property
    def gain(self) -> Decimal:
        """By how much the first is worth more."""
        return (self.worths[0] - self.worths[1]).normalize()

    @property
    def amounts_text(self) -> str:
        """How much of it each has, in words."""
        return f"{self.name} {self.amounts[0]} instead of {self.amounts[1]}"

    def __str__(self) -> str:
        return f"{_signed(self.gain)}  {self.amounts_text}"


@dataclass(frozen=True)
class Explanation:
    """What separates two builds.

    Attributes
    ----------
    names : tuple of (str, str)
        What the builds are called.
    pieces : tuple of (str, str, str)
        Each place where they differ, with the first's piece and the second's; rows of one table may share a name.
    decorations : tuple of (str, str)
        What is in their slots; empty without decorations.
    more_decorations : tuple of (str, str)
        Of which decorations each has more than the other, and how many more.
    terms : tuple of Difference
        Every term, the largest difference first; the gains add up to that of the scores. With a formula all
        are 0, and its factors are terms too.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> print(explain(optimize(table, config, limit=2), 0, 1))
    build 1 scores 49.43, build 2 scores 49.39: 0.04 more
    Legs: Ember Leggings instead of Onyx Talons
    -3.5  Critical Eye 3 instead of 5
    +2  Attack Boost 4 instead of 3
    +1.5  Focus 3 instead of 2
    +0.04  Defence 734 instead of 732
    """

    names: tuple[str, str]
    scores: tuple[Decimal, Decimal]
    pieces: tuple[tuple[str, str, str], ...]
    decorations: tuple[str, str]
    more_decorations: tuple[str, str]
    terms: tuple[Difference, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The explanation in words."""
        (first, second), (score, other) = self.names, self.scores
        more, less = (exact_difference(*pair) for pair in ((score, other), (other, score)))
        how = "as much" if not more else f"{max(more, less):f} {'more' if more > 0 else 'less'}"
        lines = [f"{first} scores {score:f}, {second} scores {other:f}: {how}"]
        lines += [change_of_piece(*change) for change in self.pieces]
        if any(self.more_decorations):
            mine, theirs = (text or "nothing" for text in self.more_decorations)
            lines.append(f"in the slots: {mine} instead of {theirs}")
        factors = [term for term in self.terms if term.kind == "factor"]
        differing = [term for term in self.terms if term.amounts[0] != term.amounts[1]]
        if factors:  # which no other term adds to
            lines += [_ratio(term) for term in factors if term in differing]
            lines += [term.amounts_text for term in differing if term not in factors]
            return lines if len(lines) > 1 else [*lines, "they are the same"]
        lines += [str(term) for term in self.terms if term.gain]
        idle = [term.amounts_text for term in differing if not term.gain]
        if idle:
            lines.append(f"different, and worth as much: {', '.join(idle)}")
        return lines if len(lines) > 1 else [*lines, "they are the same"]


def _decorations_of(row: BuildResults) -> Counter[str]:
    """How many of each decoration are in the slots of the only build of some results."""
    counts: Counter[str] = Counter()
    if row.fillings is not None and row.config.decorations is not None:
        for d, n in zip(row.fillings.decoration.tolist(), row.fillings.count.tolist(), strict=True):
            counts[row.config.decorations[d].name] += n
    return counts


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{n}x {name}" for name, n in counts.items())


def change_of_piece(place: str, mine: str, theirs: str) -> str:
    """In words; of the same name it is another row."""
    if mine == theirs:
        return f"{place}: another {mine}"
    return f"{place}: {mine or 'nothing'} instead of {theirs or 'nothing'}"


def explain(results: BuildResults, first: int, second: int, names: tuple[str, str] | None = None) -> Explanation:
    """What separates two builds of results, by their numbers from 0.

    Parameters
    ----------
    results : BuildResults
    first, second : int
        Numbers of the builds.
    names : tuple of (str, str), optional
        What the builds are called; "build 1" and the like by default.

    Returns
    -------
    Explanation

    Raises
    ------
    UsageError
        If there is no such build.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> explain(optimize(table, config, limit=2), 0, 1).terms[0].gain
    Decimal('-3.5')
    """
    if not all(0 <= k < len(results) for k in (first, second)):
        raise UsageError(f"there is no build {max(first, second)}", f"the results are numbered 0 to {len(results) - 1}")
    return explain_across((results, first), (results, second), names)


def explain_across(
    first: tuple[BuildResults, int], second: tuple[BuildResults, int], names: tuple[str, str] | None = None
) -> Explanation:
    """The same for builds of results that may be different, of the same weights."""
    rows = [results[k : k + 1] for results, k in (first, second)]
    terms = [{(term.name, term.kind): term for term in score_terms(row)} for row in rows]
    digits = [row.score_digits for row in rows]

    def told(key: tuple[str, str]) -> Difference:
        both = [terms_of.get(key) for terms_of in terms]
        amounts = [Decimal(0 if term is None else format_score(int(term.amount[0]), term.digits)) for term in both]
        worths = [
            Decimal(0) if term is None else Decimal(format_score(int(term.worth[0]), n))
            for term, n in zip(both, digits, strict=True)
        ]
        return Difference(*key, (amounts[0], amounts[1]), (worths[0], worths[1]))

    differences = [told(key) for key in dict.fromkeys([*terms[0], *terms[1]])]
    differences.sort(key=lambda term: (-abs(term.gain), term.gain < 0))
    builds, counts = [row.combinations[0] for row in rows], [_decorations_of(row) for row in rows]
    is_one_table = rows[0].table is rows[1].table
    return Explanation(
        names=names or (f"build {first[1] + 1}", f"build {second[1] + 1}"),
        scores=(rows[0].score(0), rows[1].score(0)),
        pieces=tuple(
            (place, mine.name, theirs.name)
            for place, mine, theirs, row, other in zip(
                rows[0].table.position_names,
                *(build.equipment for build in builds),
                *(build.indices for build in builds),
                strict=True,
            )
            if mine.name != theirs.name or (is_one_table and row != other)
        ),
        decorations=(rows[0].decorations_text(0), rows[1].decorations_text(0)),
        more_decorations=(_in_words(counts[0] - counts[1]), _in_words(counts[1] - counts[0])),
        terms=tuple(differences),
    )


def scored_builds(table: EquipmentTable, config: Config, builds: Sequence[Build]) -> tuple[BuildResults, list[bool]]:
    """Builds, rows of `table` by position, as results in this order, and which of them keep every requirement.

    Requirements are left out of the scores, so that builds which miss one are explained too.
    """
    columns = [
        np.array([row - int(table.part_start[b]) for row in rows], dtype=np.int64)
        for b, rows in zip(table.positions, zip(*builds, strict=True), strict=True)
    ]
    if config.formula is not None:
        return _scored_by_formula(table, config, columns)
    problem = compile_problem(table, config)
    scores, written = _filled(problem, columns)
    keeps = (scores != NO_BUILD).tolist()
    if not all(keeps):
        config = without_requirements(config)
        problem = compile_problem(table, config)
        scores, written = _filled(problem, columns)
    results = BuildResults(
        table=table,
        config=config,
        combinations=EquipmentCombinationList(table, columns),
        scaled_scores=scores,
        score_digits=problem.digits,
        report=SearchReport(engine="exhaustive", n_combinations=problem.space.n_combinations),
        fillings=None if written is None else written(),
    )
    return results, keeps


def _filled(problem: Problem, columns: Sequence[np.ndarray]) -> tuple[np.ndarray, Callable[[], Fillings] | None]:
    """The scores of builds, and what gives the contents of their slots."""
    if problem.decorations is None:
        return score_columns(problem, columns), None
    kept = [
        np.unique([column for b, column in zip(problem.positions, columns, strict=True) if b == part])
        for part in range(len(problem.parts))
    ]
    # Without other pieces there are fewer ways to fill slots, in the same order where the same decorations go together.
    alone = without_pieces(problem, kept)
    model, whole = FillingModel(alone), FillingModel(problem)
    if (model.order_of_choice, int(whole.most_slots.sum()) <= _MOST_SLOTS) != (whole.order_of_choice, True):
        alone, kept = problem, [np.arange(len(part.linear)) for part in problem.parts]
    filler = Filler(alone)
    narrow = [np.searchsorted(kept[b], column) for b, column in zip(problem.positions, columns, strict=True)]
    scores = score_columns(alone, narrow, filler.scores)
    return scores, lambda: filler.written([column.astype(np.uint64) for column in narrow], scores).fillings


def _scored_by_formula(
    table: EquipmentTable, config: Config, columns: Sequence[np.ndarray]
) -> tuple[BuildResults, list[bool]]:
    """The same where the score is a formula: each build is the only one of a search."""
    from ..problem.formula import compile_formula
    from ..search.product.run import search_product

    def outcomes_under(config: Config) -> tuple[list[SearchOutcome], int]:
        formula = compile_formula(table, config)
        outcomes = []
        for build in zip(*columns, strict=True):
            kept = [
                np.unique([int(row) for b, row in zip(table.positions, build, strict=True) if b == part])
                for part in range(len(table.parts))
            ]
            alone = replace(formula, problem=without_pieces(formula.problem, kept))
            outcomes.append(search_product(alone, 1))
        return outcomes, formula.problem.digits

    outcomes, digits = outcomes_under(config)
    keeps = [bool(len(outcome.scores)) for outcome in outcomes]
    if not all(keeps):
        config = without_requirements(config)
        outcomes, digits = outcomes_under(config)
    scores = np.empty(len(outcomes), dtype=object)
    for k, outcome in enumerate(outcomes):
        scores[k] = outcome.scores[0]
    written = [
        outcome.filler.written(outcome.columns, outcome.scores, should_stop=lambda: False).fillings
        for outcome in outcomes
        if outcome.filler is not None
    ]
    results = BuildResults(
        table=table,
        config=config,
        combinations=EquipmentCombinationList(table, columns),
        scaled_scores=scores,
        score_digits=digits,
        report=SearchReport(engine="exhaustive", n_combinations=len(outcomes)),
        fillings=Fillings.joined(written) if written else None,
    )
    return results, keeps


def best_of(table: EquipmentTable, config: Config, builds: Sequence[Build]) -> Build:
    """Of several builds the one that scores most, the first of equal ones; those that keep all demands go first."""
    passes = passing_rows(table, config)
    _, keeps = scored_builds(table, config, builds)
    kept = [build for build, keeps_all in zip(builds, keeps, strict=True) if keeps_all and passes[list(build)].all()]
    # With others beside them they would be scored as if nothing were demanded.
    results, _ = scored_builds(table, config, kept or builds)
    return (kept or builds)[max(range(len(results)), key=results.score)]


def without_requirements(config: Config) -> Config:
    """The configuration without least and most of anything."""
    return replace(
        config,
        min_defence=None,
        max_defence=None,
        pin_all={},
        skills={name: replace(rule, minimum=None, at_most=None) for name, rule in config.skills.items()},
        resistances={name: replace(rule, minimum=None, maximum=None) for name, rule in config.resistances.items()},
        totals={name: replace(rule, minimum=None, maximum=None) for name, rule in config.totals.items()},
        counts={
            name: replace(rule, minimum=None, maximum=None)
            for name, rule in config.counts.items()
            if rule.column is None
        },
    )


def without_piece(config: Config, names: Sequence[str]) -> Config:
    """The configuration that never uses some pieces."""
    return replace(config, exclude=(*config.exclude, *names))


def with_skill(config: Config, skill: str, level: int) -> Config:
    """The configuration that demands a level of a skill, no less than it did, and scores as before."""
    rule = config.skills.get(skill)
    if rule is None:
        weight = config.unlisted_skill_weight
        locked, raised, raised_by = (None, None, None) if config.formula is None else config.maximum_of(skill)
        rule = SkillRule(weight=weight, penalty=weight, maximum=locked if raised_by is None else None)
        if raised_by is not None:
            rule = replace(rule, locked_maximum=locked, raised_maximum=raised, raised_by=raised_by)
    return replace(config, skills={**config.skills, skill: replace(rule, minimum=max(level, rule.minimum or level))})


def _ratio(term: Difference) -> str:
    """A factor of two builds, with how much more the first one's is."""
    mine, theirs = term.amounts
    digits = max(0, *(-int(amount.as_tuple().exponent) for amount in term.amounts))
    before, after = (int(Fraction(amount) * 10**digits) for amount in (theirs, mine))
    share = gain_text(before, after, digits)
    return f"{share}  {term.name} {mine:f} instead of {theirs:f}"


def _signed(number: Decimal) -> str:
    """Digit by digit, with its sign."""
    return f"{number.normalize():+f}" if number else "0"
