"""What else fits: how high every skill can go while a configuration's requirements are kept.

In: a table and a configuration. Out: a row for each skill, in order of name. Each
skill is a search of its own, so they are divided among workers. Weights and
penalties play no part; minima, pins, exclusions, filters, the weapon, decorations
and set bonuses do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..parallel.ordered_map import ordered_map
from ..problem.problem import Problem
from ..problem.selection import select_pieces
from ..progress import OnProgress, Progress
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..system.stopping import StopFlag
from ._highest_level import highest_level
from ._level_problem import Goal, compile_levels
from .infeasible import explain_infeasible

__all__ = ["REACHING", "Extra", "find_extras", "known_skills"]

#: The stage's name in reports of progress.
REACHING = "trying skills"


@dataclass(frozen=True)
class Extra:
    """How far one skill can go.

    Attributes
    ----------
    skill : str
    required : int or None
        The configuration's minimum.
    level : int or None
        The highest level that counts (no more than the maximum in force) of any
        build that keeps every requirement; None where a stopped search found no
        build.
    maximum : int or None
        The skill's maximum, raised where something can raise it; None where no
        maximum is known.
    is_proved : bool
        False where the search was stopped: a higher level may be possible.
    """

    skill: str
    required: int | None
    level: int | None
    maximum: int | None
    is_proved: bool = True


@dataclass(frozen=True, eq=False)
class _Questions:
    """What every search needs; sent to each worker once."""

    problem: Problem
    minima: dict[int, int]
    seconds: float | None


def find_extras(
    table: EquipmentTable,
    config: Config,
    *,
    workers: int | str = "auto",
    skill_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_plan: Callable[[str], None] | None = None,
) -> list[Extra]:
    """The highest level of every skill that some build reaches with all requirements kept.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
    workers : int or "auto"
        Worker processes; "auto" measures. The answer is the same.
    skill_seconds : float, optional
        Give up on a skill after this time; its row says so.
    on_progress : callable, optional
    should_stop : callable, optional
        Polled between skills; true ends the work, and skills that were not
        looked at are missing.
    on_plan : callable, optional
        Told in one line how the work was divided and why.

    Returns
    -------
    list of Extra
        In order of code points: every skill that a piece, the weapon, a decoration
        or a set bonus gives, and every required one.

    Raises
    ------
    InfeasibleError
        If no build keeps the requirements; it says why.
    """
    chosen = select_pieces(table, config)
    skills = known_skills(chosen, config)
    problem = compile_levels(chosen, config, skills)
    place = {feature.name: f for f, feature in enumerate(problem.features) if feature.kind == "skill"}
    minima = {f: feature.minimum for f, feature in enumerate(problem.features) if feature.minimum is not None}
    first = highest_level(problem, minima, should_stop=should_stop)
    if first.level is None and first.proved:
        raise explain_infeasible(table, config, should_stop=should_stop)
    goals = [_goal(config, skill, place) for skill in skills]
    questions = _Questions(problem, minima, skill_seconds)
    extras: list[Extra] = []
    with ordered_map(
        _answer,
        goals,
        payload=questions,
        workers=workers,  # type: ignore[arg-type]
        should_stop=should_stop,
    ) as answers:
        if on_plan is not None:
            on_plan(str(answers.plan))
        for skill, answer in zip(skills, answers, strict=False):
            extras.append(_row(config, skill, answer))
            if on_progress is not None:
                on_progress(Progress(REACHING, len(extras), len(skills), "skills"))
            if should_stop is not None and should_stop():
                break
    return extras


def known_skills(table: EquipmentTable, config: Config) -> list[str]:
    """Every skill that anything gives or the configuration requires, by code points."""
    names = set(table.skill_names)
    names.update(name for name, _ in (config.weapon.skills if config.weapon else ()))
    names.update(name for decoration in config.decorations or () for name, _ in decoration.skills)
    bonuses = set(table.bonus_names) | set(config.weapon.set_bonuses if config.weapon else ())
    names.update(step.skill for step in config.set_bonuses or () if step.bonus in bonuses)
    names.update(name for name, rule in config.skills.items() if rule.minimum is not None)
    return sorted(names)


def _answer(questions: _Questions, goal: Goal) -> tuple[int | None, bool]:
    """One search, in whatever process."""
    flag = StopFlag(questions.seconds)
    reach = highest_level(questions.problem, questions.minima, goal, should_stop=flag.is_set)
    return reach.level, reach.proved


def _goal(config: Config, skill: str, place: dict[str, int]) -> Goal:
    """The question about one skill; what is required counts even above the maximum."""
    locked, raised, raised_by = config.maximum_of(skill)
    rule = config.skills.get(skill)
    least = 0 if rule is None or rule.minimum is None else rule.minimum
    cap, raised_cap = (None if level is None else max(level, least) for level in (locked, raised))
    if raised_by is None or raised_by not in place:
        return Goal(place[skill], cap)
    return Goal(place[skill], cap, raised_cap, place[raised_by])


def _row(config: Config, skill: str, answer: tuple[int | None, bool]) -> Extra:
    """What is told of a skill."""
    rule = config.skills.get(skill)
    maxima = [level for level in config.maximum_of(skill)[:2] if level is not None]
    return Extra(skill, None if rule is None else rule.minimum, answer[0], max(maxima, default=None), answer[1])
