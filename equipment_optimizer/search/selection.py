"""Rows that differ as a configuration says: what that means for a table, as rules of a sequence.

Array axes: P pieces, S columns.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InputError, UsageError
from ..output.outcomes import added_totals, counted_values, piece_columns, piece_numbers, weighed_totals
from ..problem.problem import Problem
from ..records.combinations import EquipmentCombinationList
from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentTable
from ..records.fillings import Fillings
from ..records.results import BuildResults, SearchReport
from .by_state.outcomes import SummedOutcomes
from .by_value.counted_values import CountedValues
from .differing_rows import SequenceRules, search_sequence
from .engines import SearchOptions, SearchOutcome

__all__ = ["check_selection", "search_selection", "tell_of_selection"]


def search_selection(
    table: EquipmentTable,
    config: Config,
    problem: Problem,
    limit: int,
    options: SearchOptions,
    *,
    lists: Callable[[Sequence[npt.NDArray[np.int64]], int], SearchOutcome] | None = None,
) -> SearchOutcome:
    """Rows that differ as the configuration says; `lists` the builds of pieces that are left where a formula scores.

    Variants beside `different` or `share` are counted by a search of their own: those of the first `limit` outcomes.
    """
    plain = replace(config, variants=None)
    if config.variants is None or not plain.is_selective:
        return _sequence(table, config, problem, limit, options, lists=lists)
    # What differs in a listed skill is no variant.
    rules = plain if config.different_skills else config
    outcome = _sequence(table, rules, problem, limit, options, lists=lists)
    if not outcome.report.proved:
        return outcome._replace(variants=(None,) * len(outcome.scores))
    alone = replace(config, different_pieces=None, different_skills=False, share=None, share_except=())
    counted = _sequence(table, alone, problem, limit, options, lists=lists)
    times = dict(zip(_outcomes(table, alone, problem, counted), counted.variants or (), strict=False))
    variants = [times.get(shown) for shown in _outcomes(table, alone, problem, outcome)]
    return outcome._replace(variants=tuple(variants))


def _outcomes(table: EquipmentTable, config: Config, problem: Problem, outcome: SearchOutcome) -> list[Hashable]:
    """What tells the rows of a search apart; none of them where what is in their slots is settled later."""
    if outcome.fillings is None and problem.decorations is not None:
        return []
    return _totals(table, config, problem, columns=outcome.columns, scores=outcome.scores, fillings=outcome.fillings)


def _totals(
    table: EquipmentTable,
    config: Config,
    problem: Problem,
    *,
    columns: Sequence[npt.NDArray[Any]],
    scores: npt.NDArray[np.int64],
    fillings: Fillings | None,
) -> list[Hashable]:
    """What has to differ of builds: totals of listed skills, with `variants` of everything that counts."""
    if not len(scores):
        return []
    listed = BuildResults(
        table=table,
        config=config,
        combinations=EquipmentCombinationList(table, columns),
        scaled_scores=scores,
        score_digits=problem.digits,
        report=SearchReport(engine="bounded", n_combinations=problem.space.n_combinations),
        fillings=fillings,
    )
    levels = listed.skill_levels(0, len(scores))
    none = np.zeros(len(scores), dtype=np.int64)
    shown = [none, *(levels.get(skill, none) for skill in _told_apart(config))]
    if config.variants is not None:
        others = [column for skill, column in levels.items() if skill not in config.skills]
        shown += [scores, *weighed_totals(listed, np.sum([none, *others], axis=0))]
    return list(zip(*(column.tolist() for column in shown), strict=True))


def _told_apart(config: Config) -> list[str]:
    """Skills whose totals tell outcomes apart."""
    named = [] if config.formula is None or config.variants is None else config.formula.names("skill")
    return list(dict.fromkeys([*config.skills, *named]))


def _sequence(
    table: EquipmentTable,
    config: Config,
    problem: Problem,
    limit: int,
    options: SearchOptions,
    *,
    lists: Callable[[Sequence[npt.NDArray[np.int64]], int], SearchOutcome] | None,
) -> SearchOutcome:
    """The rows by all keys at once; variants are counted where they stand alone."""
    skills, starts = _told_apart(config), table.part_start[1:-1]
    has_outcomes = config.different_skills or config.variants is not None
    is_alone = config.different_pieces is None and config.share is None

    def totals(
        columns: Sequence[npt.NDArray[np.int64]], scores: npt.NDArray[np.int64], fillings: Fillings | None
    ) -> list[Hashable]:
        if not has_outcomes:
            return [None] * len(scores)
        return _totals(table, config, problem, columns=columns, scores=scores, fillings=fillings)

    shown = np.column_stack([np.zeros(table.n_pieces, np.int64), *(table.skill_column(skill) for skill in skills)])
    if config.variants is not None:
        shown = np.column_stack([shown, *piece_columns(table, config)])
    bonuses = sorted({step.bonus for step in config.set_bonuses or () if step.skill in config.skills})
    shown = np.column_stack([shown, *map(table.bonus_column, bonuses)])
    counted = counted_values(table, config) if config.variants is not None else []
    # A place that stays empty has no piece that could be in too many rows.
    exempt = np.isin(table.names, config.share_except) | (table.origin == NO_PIECE)
    features = {feature.name for feature in problem.features if feature.kind == "skill"}
    given = {skill for decoration in config.decorations or () for skill, _ in decoration.skills}
    rules = SequenceRules(
        names=np.split(piece_numbers(table, config), starts),
        different_pieces=config.different_pieces,
        # What is in slots only a formula's own search knows, as each list is there.
        outcomes_of=totals if has_outcomes or (lists and problem.decorations is not None) else None,
        lists=lists,
        counts=config.variants is not None and is_alone,
        levels_only=config.different_skills and features.issuperset(given.intersection(config.skills)),
        outcome_columns=np.split(shown, starts),
        counted=[CountedValues(np.split(carried, starts), maximum) for carried, maximum in counted],
        summed=None if counted else _summed(table, config, problem, bonuses),
        most_rows=config.most_rows(limit),
        exempt=np.split(exempt, starts),
    )
    if config.different_pieces is not None and config.different_pieces > len(problem.positions):
        limit = 1  # no two builds differ in more pieces than they have
    return search_sequence(problem, limit, rules, options)


def _summed(table: EquipmentTable, config: Config, problem: Problem, bonuses: Sequence[str]) -> SummedOutcomes:
    """What decides outcomes, as sums; `bonuses` give listed skills."""
    skills, only_skills = _told_apart(config), config.variants is None
    are_filled = problem.decorations is not None
    pieces, decorations, free = added_totals(table, config, skills, only_skills=only_skills, are_filled=are_filled)
    pieces = np.column_stack([np.zeros(table.n_pieces, np.int64), pieces, *map(table.bonus_column, bonuses)])
    n_after = len(bonuses)
    decorations, free = (np.pad(given, ((0, 0), (1, n_after))) for given in (decorations, free))
    return SummedOutcomes(np.split(pieces, table.part_start[1:-1]), decorations, free)


def tell_of_selection(results: BuildResults, on_notice: Callable[[str], None]) -> None:
    """Say what a user should know of rows that differ: numbers that are not known, and why no row can follow."""
    config = results.config
    if None in (results.variants or ()):
        rows, why = "the last rows", "there are too many of the last score"
        if results.report.proved and replace(config, variants=None).is_selective:
            rows, why = "rows", f"those of the first {config.limit:,} outcomes are counted"
        elif results.report.proved and results.variants and results.variants[0] is None:
            rows, why = "rows", "too many share their scores"
        elif not results.report.proved:
            rows, why = "rows", "some are not found"
        on_notice(f"how many builds {rows} stand for is not known: {why}")
    wanted, n_places = config.different_pieces, len(results.combinations.columns)
    if wanted is not None and wanted > n_places:
        on_notice(f"different asks for {wanted} pieces, a build has {n_places}: no row follows the first")
    if config.different_skills and not config.skills:
        on_notice("different asks for another total of a listed skill, and none is listed: no row follows the first")


def check_selection(table: EquipmentTable, config: Config, *, has_scorer: bool, has_checkpoint: bool) -> None:
    """Refuse what rows that differ cannot be combined with."""
    for key, is_there in (("a scorer of one's own", has_scorer), ("a checkpoint", has_checkpoint)):
        if is_there:
            raise UsageError(f"variants, different and share do not work with {key} yet", "leave one of the two out")
    known = frozenset(table.names)
    for name in config.share_except:
        if name not in known:
            where = config.where(f'$.share.except["{name}"]')
            mend = "write the name as it stands in the equipment, or leave it out"
            raise InputError([Fault(where, f"no piece is called {name!r} [$.share.except]", mend)])
