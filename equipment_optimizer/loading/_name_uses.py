"""Where each name of a job stands, by the role it has there.

In: the pieces, and the configuration with what its files say. Out: the uses of skills
and set bonuses, which `_joined_names` holds against each other; notices of names that
stand on one side alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ..errors import member_path
from ..files.findings import Findings, listing, shown, shown_source
from ..records.limited_columns import resistances_named
from ._config_file import ConfigDraft
from ._kept_columns import term_path
from .equipment_file import PieceSurvey

if TYPE_CHECKING:
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.formula import Kind, Term

__all__ = [
    "BONUS_NAMERS",
    "GIVERS",
    "NAMERS",
    "NameUse",
    "NameUses",
    "config_use",
    "give_part_notices",
    "give_unlisted_notice",
    "given_skills",
    "name_uses",
    "settle_terms",
    "term_use",
]

#: Roles that give levels of a skill, and all that name one: how a skill is written says the first.
GIVERS = ("worn", "jewel skill", "bonus skill", "weapon skill")
NAMERS = (*GIVERS, "listed", "formula", "maximum", "raiser")
BONUS_NAMERS = ("worn bonus", "bonus", "weapon bonus")

#: Examples of skills that are not listed, of a hundred or so.
_SUCH_AS = 3


class NameUse(NamedTuple):
    """Where a name stands first in one of its roles."""

    findings: Findings
    line: int = 0
    column: int = 0
    path: str = ""

    def place(self) -> str:
        """The place for a message about another name."""
        return self.findings.where(self.line, self.column) or "the configuration"

    def notice(self, message: str, *, kind: str = "", brief: str = "") -> None:
        """Give a notice here, one line with the others of its kind."""
        self.findings.notice(self.line, self.column, message + self._path(), kind=kind, brief=brief)

    def fault(self, message: str, mend: str) -> None:
        """Report a fault here."""
        self.findings.fault(self.line, self.column, message + self._path(), mend)

    def _path(self) -> str:
        return f" [{shown_source(self.path)}]" if self.path else ""


#: The uses of each role by name.
NameUses = dict[str, dict[str, NameUse]]


def name_uses(draft: ConfigDraft, survey: PieceSurvey, equipment: Findings) -> NameUses:
    """Every name of the job by its role, with its first place."""
    uses: NameUses = {role: {} for role in (*NAMERS, *BONUS_NAMERS)}
    worn, worn_bonus = uses["worn"], uses["worn bonus"]
    for number, piece in enumerate(survey.pieces):
        findings = equipment if number < survey.n_before_weapons else draft.weapon_findings or equipment
        for name, _ in piece.skills:
            if name not in worn:
                worn[name] = NameUse(findings, *survey.skill_places.get(name, (piece.line, 0)))
        for name in piece.set_bonuses:
            if name not in worn_bonus:
                worn_bonus[name] = NameUse(findings, *survey.bonus_places.get(name, (piece.line, 0)))
    _add_side_files(draft, uses)
    for name in draft.config.skills:
        uses["listed"][name] = config_use(draft, "$.skills", name)
    formula = draft.config.formula
    for path, term in () if formula is None else formula.terms():
        if term.kind == "skill":
            uses["formula"].setdefault(term.name, term_use(draft, path, term))
    weapon = draft.config.weapon
    if weapon is not None:
        for name, _ in weapon.skills:
            uses["weapon skill"][name] = config_use(draft, "$.weapon.skills", name)
        for name in weapon.set_bonuses:
            uses["weapon bonus"][name] = config_use(draft, "$.weapon.set_bonuses", name)
    return uses


def _add_side_files(draft: ConfigDraft, uses: NameUses) -> None:
    """Add the names of the files beside the configuration."""
    config, places = draft.config, draft.places
    findings_of = dict(zip((key for key in config.files if key != "weapons"), draft.side_findings, strict=False))
    jewels, bonuses, caps = (findings_of.get(key, draft.findings) for key in ("decorations", "set_bonuses", "skills"))

    def add(role: str, name: str, findings: Findings) -> None:
        if name not in uses[role]:
            uses[role][name] = NameUse(findings, *places.get((role, name), (0, 0)))

    for decoration in config.decorations or ():
        for name, _ in decoration.skills:
            add("jewel skill", name, jewels)
    for step in config.set_bonuses or ():
        add("bonus", step.bonus, bonuses)
        add("bonus skill", step.skill, bonuses)
    for name, cap in config.skill_caps.items():
        add("maximum", name, caps)
        if cap.raised_by is not None:
            add("raiser", cap.raised_by, caps)


def config_use(draft: ConfigDraft, parent: str, name: str) -> NameUse:
    """A name that stands in the configuration."""
    path = member_path(parent, name)
    return NameUse(draft.findings, *draft.config.locations.get(path, (0, 0)), path)


def term_use(draft: ConfigDraft, of: str, term: Term) -> NameUse:
    """A name that stands in the ``of`` of a sum of the formula."""
    path = term_path(draft.config, of, term)
    return NameUse(draft.findings, *draft.config.locations.get(path, (0, 0)), path)


def settle_terms(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Say of each term of the formula what it is: a column that is there, else a count, else a skill."""
    config = draft.config
    if config.formula is None:
        return
    draft.written_formula = config.formula
    missing = {column.name for column in survey.missing_columns}

    def settled(term: Term) -> Term:
        if term.kind is not None:
            return term
        is_column = term.name in survey.other_names and term.name not in missing
        kind: Kind = "column" if is_column else "count" if member_path("$.counts", term.name) in known else "skill"
        # A faulty count is none, and one by value has no total.
        return term if kind == "count" and term.name not in totals else replace(term, kind=kind)

    known = {*config.locations, *(member_path("$.counts", name) for name in config.counts)}
    totals = {name for name, count in config.counts.items() if count.column is None}
    for path, term in config.formula.terms():
        if settled(term).kind is None and term.name in config.counts:
            message = f"the count {shown(term.name)} counts by value, and has no total"
            term_use(draft, path, term).fault(message, 'name a count that has "where" only')
    draft.config = replace(config, formula=config.formula.with_terms(settled))


def given_skills(uses: NameUses) -> list[str]:
    """Skills that a piece, a decoration, a set bonus or the weapon gives."""
    return list(dict.fromkeys(name for role in GIVERS for name in uses[role]))


def give_unlisted_notice(draft: ConfigDraft, given: Iterable[str]) -> None:
    """Say for which skills the weight stands that the configuration does not give."""
    names = [name for name in given if name not in draft.config.skills]
    if names:
        skills = f"{len(names)} skills that are" if len(names) > 1 else "the skill that is"
        such = ", ".join(map(shown_source, names[:_SUCH_AS])) + (", ..." if len(names) > _SUCH_AS else "")
        message = f"unlisted_skill_weight is missing, 1.0 is used for {skills} not listed: {such}"
        draft.findings.notice(1, 1, f"{message} [$.unlisted_skill_weight]")


def give_part_notices(findings: Findings, config: Config, table: EquipmentTable) -> None:
    """Name what the configuration knows and the equipment lacks."""
    parts = [part for part in config.body_parts if part not in table.parts]
    if parts:
        them = "it" if len(parts) == 1 else "them"
        findings.notice(0, 0, f"there is no piece of {listing(parts)}; builds are made without {them}")
    columns = [f"{name} Res" for name in resistances_named(config) if name not in table.resistance_names]
    if columns:
        count = "the resistance counts" if len(columns) == 1 else "the resistances count"
        findings.notice(0, 0, f"there is no column {', '.join(columns)}; {count} as 0")
