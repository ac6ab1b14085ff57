"""Names that should be one, over all files of a job.

In: the pieces, and the configuration with what its files say. Out: the configuration
with every name as it stands first in the equipment file; notices of the names that
were written otherwise or match nothing, and faults of those that nearly match: each
says where both stand and how they differ. Within one file the readers do the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import member_path
from ..files.csv_reader import header_key
from ..files.findings import MAX_LISTED, Findings, listing, look, shown, shown_source, told_apart
from ..files.name_differences import difference, is_misspelling, latin_look
from ..files.names import edit_distance_at_most_one, folded, near
from ..records.config import Config
from ..records.rules import respelt_objectives
from ._config_file import ConfigDraft
from ._equipment_columns import nearly_listed
from ._kept_columns import term_path
from ._name_uses import BONUS_NAMERS, GIVERS, NAMERS, NameUse, NameUses, config_use, given_skills, term_use
from ._piece_names import check_pieces, names_pieces, with_rows_spellings
from .equipment_file import PieceSurvey

if TYPE_CHECKING:
    from ..records.formula import Term

__all__ = ["check_names", "join_names"]

#: What stands between several names in one cell, and numbers of pieces behind one.
_PARTING = r"[,;/|+&\n\u3001\uff0c\uff1b\uff0f\u30fb]"
_COUNT_BEHIND = r"\s*(?:[(\[\uff08]\s*[x\u00d7]?[0-9]+\s*[)\]\uff09]|[x\u00d7][0-9]+)"

#: Names without a match that are held against all others; each costs some microseconds.
_MOST_COMPARED = 4000
#: Letters of a name of which each may be the wrong one.
_MOST_LETTERS = 60


#: What is said of a name without a match, and the roles in which it should be found.
_SHOULD_MATCH: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "listed": ("nothing gives the skill {}", GIVERS),
    "formula": ("nothing gives the skill {}", GIVERS),
    "weapon skill": ("nothing else names the weapon's skill {}", NAMERS),
    "jewel skill": ("nothing else names the decorations' skill {}", NAMERS),
    "bonus skill": ("nothing else names the set bonuses' skill {}", NAMERS),
    "maximum": ("nothing else names the skill {} of the skills file", (*GIVERS, "listed", "formula", "raiser")),
    "raiser": ("nothing gives the skill {}, which raises a maximum", GIVERS),
    "bonus": ("no piece has the set bonus {}", ("worn bonus", "weapon bonus")),
    "weapon bonus": ("nothing else names the weapon's set bonus {}", ("worn bonus", "bonus")),
}

#: What is said of names that match nothing and are near nothing.
_IDLE: Mapping[str, str] = {
    "jewel skill": "{n} of the decorations' skills {are} named by nothing else: {names}{worth}",
    "bonus skill": "{n} of the set bonuses' skills {are} named by nothing else: {names}{worth}",
    "maximum": "{n} of the maxima {are} of skills that nothing else names: {names}; not used",
    "raiser": "nothing gives {names}, to raise a maximum: it stays as it is without",
    "bonus": "{n} of the set bonuses {are} on no piece: {names}; never active",
}


def join_names(draft: ConfigDraft, survey: PieceSurvey, uses: NameUses) -> Config:
    """The configuration with its names, and its files', as they stand first; a notice for each that did not.

    Pinned and excluded names become all the spellings that rows have of them.
    """
    config = draft.config
    respelt: dict[str, dict[str, str]] = {}
    for kind, roles in (("skill", NAMERS), ("bonus", BONUS_NAMERS)):
        first: dict[str, tuple[str, NameUse]] = {}
        respelt[kind] = {}
        for role in roles:
            for name, use in uses[role].items():
                other, place = first.setdefault(folded(name), (name, use))
                if other != name:
                    respelt[kind][name] = other
                    _say_joined(use, kind, name, other, place)
    if any(respelt.values()):
        config = _respelled(config, respelt["skill"], respelt["bonus"])
    if names_pieces(config):
        config = with_rows_spellings(draft, config, survey)
    return config


def _say_joined(use: NameUse, kind: str, name: str, other: str, place: NameUse) -> None:
    """Give the notice of a name that counts as another."""
    kind = {"skill": "skill", "bonus": "set bonus"}[kind]
    message = (
        f"the {kind} {shown(name)} counts as {shown(other)} ({place.place()}); it differs {difference(name, other)}"
    )
    use.notice(message, kind=f"the {kind} counts as", brief=f"{shown(name)} as {shown(other)} ({place.place()})")


def _respelled(config: Config, skills: Mapping[str, str], bonuses: Mapping[str, str]) -> Config:
    """The configuration with other spellings of names."""

    def levels(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        return tuple((skills.get(name, name), level) for name, level in pairs)

    def raiser(name: str | None) -> str | None:
        return None if name is None else skills.get(name, name)

    weapon = config.weapon
    if weapon is not None:
        names = tuple(bonuses.get(name, name) for name in weapon.set_bonuses)
        weapon = replace(weapon, skills=levels(weapon.skills), set_bonuses=names)
    locations = dict(config.locations)
    for name in config.skills:
        if name in skills:
            old, new = (member_path("$.skills", text) for text in (name, skills[name]))
            moved = {new + path[len(old) :]: place for path, place in locations.items() if path.startswith(old)}
            locations.update(moved)
    decorations, steps = config.decorations, config.set_bonuses
    if decorations is not None:
        decorations = tuple(replace(jewel, skills=levels(jewel.skills)) for jewel in decorations)
    if steps is not None:
        steps = tuple(
            replace(step, bonus=bonuses.get(step.bonus, step.bonus), skill=skills.get(step.skill, step.skill))
            for step in steps
        )
    formula = config.formula
    if formula is not None:

        def respelled(term: Term) -> Term:
            return replace(term, name=skills.get(term.name, term.name)) if term.kind == "skill" else term

        for of, term in formula.terms():
            place = config.locations.get(term_path(config, of, term))
            if place is not None:
                locations[member_path(of, respelled(term).name)] = place
        formula = formula.with_terms(respelled)
    return replace(
        config,
        formula=formula,
        skills={
            skills.get(name, name): replace(rule, raised_by=raiser(rule.raised_by))
            for name, rule in config.skills.items()
        },
        decorations=decorations,
        set_bonuses=steps,
        skill_caps={
            skills.get(name, name): replace(cap, raised_by=raiser(cap.raised_by))
            for name, cap in config.skill_caps.items()
        },
        weapon=weapon,
        front=respelt_objectives(config.front, skills),
        locations=locations,
    )


# --- faults and notices ----------------------------------------------------------


def check_names(draft: ConfigDraft, survey: PieceSurvey, uses: NameUses, equipment: Findings) -> None:
    """Report names that nearly match, and give notice of those that match nothing."""
    check_pieces(draft, survey)
    if equipment.n_faults or any(findings.n_faults for findings in draft.side_findings):
        return  # a name that seems to be missing may stand in a faulty row
    reported: set[frozenset[str]] = set()
    _check_level_columns(uses, survey, equipment)
    _check_unread_columns(uses, survey, equipment)
    _check_case(uses, GIVERS, ("listed", "formula", "raiser"), reported)
    _check_case(uses, ("worn bonus",), ("bonus",), reported)
    for role, (message, matches) in _SHOULD_MATCH.items():
        known: dict[str, NameUse] = {}
        for other in matches:
            if other != role:
                known |= {name: use for name, use in uses[other].items() if name not in known}
        unmatched = [name for name in uses[role] if name not in known]
        # A listed skill that the skills file knows is written rightly, whether or not anything gives it.
        is_wanted = role in ("listed", "formula")
        doubtful = [name for name in unmatched if not is_wanted or name not in uses["maximum"]]
        meant = _misspellings(doubtful, known)
        for name, other in meant.items():
            if frozenset((name, other)) not in reported:
                reported.add(frozenset((name, other)))
                text = f"{message.format(shown(name))}; {shown(other)} ({known[other].place()})"
                uses[role][name].fault(f"{text} differs {difference(other, name)}", f"write {shown(other)}")
        idle = [name for name in unmatched if name not in meant]
        if role == "formula":
            _check_terms(draft, survey, uses, idle)
        elif idle:
            _give_idle_notices(draft, role, idle, uses, known)
    _check_several_bonuses(uses)
    _give_look_alike_notices(draft, uses)


def _check_terms(draft: ConfigDraft, survey: PieceSurvey, uses: NameUses, idle: Collection[str]) -> None:
    """Report terms of the formula whose names are several things, twice one thing in a sum, or nothing.

    `idle` are the skills that nothing gives; where one is plainly meant to be a skill, that is a notice.
    """
    config, written = draft.config, draft.written_formula
    if config.formula is None or written is None:
        return
    skills = {folded(name): use for role in (*GIVERS, "maximum", "listed") for name, use in uses[role].items()}
    seen: set[tuple[str, str | None, str]] = set()
    told: set[str] = set()
    for (of, before), (_, term) in zip(written.terms(), config.formula.terms(), strict=True):
        use = term_use(draft, of, before)
        name = shown(term.name)
        key = (of, term.kind, header_key(term.name) if term.kind == "column" else term.name)
        if key in seen:
            use.fault(f"the {term.kind} {name} is in this sum twice", "join the two")
        seen.add(key)
        if before.kind is not None or term.kind is None or term.name in told:
            if term.name in idle and term.name not in told and term.name not in uses["listed"]:
                _tell_idle_term(use, term.name, survey)
                told.add(term.name)
            continue
        told.add(term.name)
        other = skills.get(folded(term.name))
        meanings: dict[str, str] = {term.kind: f"a {term.kind}"} if term.kind != "skill" else {}
        if term.kind == "column" and term.name in config.counts:
            meanings["count"] = f"a count ({config_use(draft, '$.counts', term.name).place()})"
        if other is not None and meanings:
            meanings["skill"] = f"a skill ({other.place()})"
        if len(meanings) > 1:
            ways = [
                "another name for the count" if kind == "count" else f'"{kind}:{shown_source(term.name)}"'
                for kind in meanings
            ]
            use.fault(f"{name} is {' and '.join(meanings.values())}", f"write {' or '.join(ways)}")
        elif term.name in idle and other is None:
            guess = draft.findings.suggest(term.name, [*survey.headers, *config.counts, *given_skills(uses)])
            mend = f'write "skill:{shown_source(term.name)}" if it is a skill that nothing gives here'
            mend = mend if guess is None else f"write {shown(guess)}; or {mend}"
            use.fault(f"{name} is no column, no count and no skill that anything gives", mend)
        elif term.name in idle and term.name not in uses["listed"]:
            _tell_idle_term(use, term.name, survey)


def _tell_idle_term(use: NameUse, name: str, survey: PieceSurvey) -> None:
    """Report a skill of the formula that nothing gives: a fault where a column is called like it."""
    message = f"nothing gives the skill {shown(name)}"
    title = next((title for title in survey.level_columns if header_key(title) == header_key(name)), None)
    if title is None:
        use.notice(f"{message}, of the formula")
    else:
        mend = f'write "column:{shown_source(title)}"; or keep its levels in the columns that hold skills'
        use.fault(f"{message}; the column {shown(title)} is not read as its levels", mend)


def _check_level_columns(uses: NameUses, survey: PieceSurvey, equipment: Findings) -> None:
    """Report listed skills that nothing gives, and whose levels a column of nearly that name may be."""
    for name, use in uses["listed"].items():
        for title, (line, column) in survey.level_columns.items() if name not in uses["worn"] else ():
            message = (
                f"nothing gives the skill {shown(name)}; the column {shown(title)} ({equipment.where(line, column)})"
            )
            if is_misspelling(title, name):
                use.fault(f"{message} differs {difference(title, name)}", f"write {shown(title)}")
            elif nearly_listed([title], [name]):
                use.fault(f"{message} may hold its levels, and is not read", f"write the header {shown(name)}")


def _check_unread_columns(uses: NameUses, survey: PieceSurvey, equipment: Findings) -> None:
    """Report columns that nothing reads and that hold listed skills or bonuses which no piece has, once each."""
    reported: set[int] = set()
    skills = "Skill 1 Name, beside Skill 1 Level, or as Skills for all in one cell"
    for role, worn, what, plural, headers in (
        ("listed", "worn", "listed skill", "skills", skills),
        ("bonus", "worn bonus", "set bonus", "set bonuses", "Set Bonus"),
    ):
        not_worn = [name for name in uses[role] if name not in uses[worn]]
        unread = survey.find_unread_names() if not_worn else {}
        for name in not_worn:
            line, column, title = unread.get(folded(name), (0, 0, ""))
            if column and column not in reported:
                reported.add(column)
                message = f"the {what} {shown(name)} stands in the column {shown(title)}, which is not read as {plural}"
                mend = f"write its header as {headers}; or map it by headers in the config"
                equipment.fault(line, column, message, mend)


def _check_several_bonuses(uses: NameUses) -> None:
    """Report cells that name a known set bonus nearly, or among other things: several, or a number behind it."""
    known = {folded(name): name for name in uses["bonus"]}
    apart = [name for name in uses["worn bonus"] if folded(name) not in known]
    for name, other in _misspellings(apart, known.values()).items():
        how = f"{shown(other)} ({uses['bonus'][other].place()}) differs {difference(other, name)}"
        message = f"no row describes the set bonus {shown(name)}; {how}"
        uses["worn bonus"][name].notice(message, kind="no row describes", brief=f"{shown(name)}, near {shown(other)}")
    for name, use in uses["worn bonus"].items():
        if folded(name) in known:
            continue
        parts = [part.strip() for part in re.split(_PARTING, re.sub(_COUNT_BEHIND, "", name))]
        named = [known[folded(part)] for part in parts if folded(part) in known]
        if named:
            message = f"no set bonus is named {shown(name)}; there is {listing(named)}"
            use.fault(message, "write one name in a cell, with columns Set Bonus 1, Set Bonus 2 for several")


def _give_look_alike_notices(draft: ConfigDraft, uses: NameUses) -> None:
    """Name the skills whose levels a reader would expect to add up, and that do not."""
    first: dict[str, str] = {}
    pairs = [(name, first.setdefault(look(name), name)) for name in sorted(given_skills(uses))]
    pairs = [(name, other) for name, other in pairs if other != name]
    for name, other in pairs:
        apart = told_apart(name, other)
        message = f"the skill {shown(name)} is counted apart from {apart}"
        draft.findings.notice(0, 0, message, kind="counted apart", brief=f"{shown(name)} from {apart}")


def _check_case(
    uses: NameUses, givers: Collection[str], wanted_by: Collection[str], reported: set[frozenset[str]]
) -> None:
    """Report names that occur and differ by case, or by letters drawn alike, from one that occurs and is wanted."""
    given = {name for role in givers for name in uses[role]}
    wanted: dict[str, dict[str, NameUse]] = {}
    for role in wanted_by:
        for name, use in uses[role].items():
            if name in given:
                wanted.setdefault(latin_look(name), {}).setdefault(name, use)
    what = "set bonus" if "worn bonus" in givers else "skill"
    for role in givers:
        for name, use in uses[role].items():
            for other, other_use in wanted.get(latin_look(name), {}).items():
                if other != name and other in given and frozenset((name, other)) not in reported:
                    reported.add(frozenset((name, other)))
                    message = f"the {what} {shown(name)} is another than {shown(other)} ({other_use.place()})"
                    use.fault(
                        f"{message}; they differ {difference(name, other)}", f"write {shown(other)}, if they are one"
                    )


def _misspellings(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """For each of the names that nearly is a known one: that one. Linear in the letters of all names."""
    by_variant: dict[str, list[str]] = {}
    for name, _ in zip(names, range(_MOST_COMPARED), strict=False):
        for variant in _variants(name):
            by_variant.setdefault(variant, []).append(name)
    meant: dict[str, tuple[int, str]] = {}
    for other in known if by_variant else ():
        for variant in _variants(other):
            for name in by_variant.get(variant, ()):
                rank = 0 if name.casefold() == other.casefold() else 1 if edit_distance_at_most_one(name, other) else 2
                if (name not in meant or rank < meant[name][0]) and is_misspelling(name, other):
                    meant[name] = rank, other
    return {name: other for name, (_, other) in meant.items()}


def _variants(name: str) -> Iterator[str]:
    """A name without case, and what is left of it without any one letter: names that are near share one of them."""
    plain = latin_look(name)
    yield plain
    if len(plain) <= _MOST_LETTERS:
        for k in range(len(plain)):
            yield plain[:k] + plain[k + 1 :]


def _give_idle_notices(draft: ConfigDraft, role: str, names: list[str], uses: NameUses, known: Collection[str]) -> None:
    """Give notice of names that match nothing and are near nothing."""
    first = uses[role][names[0]]
    if role == "listed":
        _give_listed_notices(names, uses[role], known)
    elif role in _IDLE:
        weight = draft.config.unlisted_skill_weight
        worth = f"; they count as unlisted skills, {weight} a level" if weight else "; worth nothing as unlisted skills"
        are = "is" if len(names) == 1 else "are"
        message = _IDLE[role].format(n=len(names), are=are, names=listing(names), worth=worth)
        first.findings.notice(first.line if len(names) == 1 else 0, 0, message)
    elif role == "weapon bonus" and draft.config.set_bonuses is not None:
        first.notice(f"nothing else names {listing(names)} of the weapon's set bonuses; never active")


def _give_listed_notices(names: list[str], uses: Mapping[str, NameUse], known: Collection[str]) -> None:
    """Name the listed skills that nothing gives: each with what it may be, the others in one line."""
    guesses = {name: near(name, known) for name in names[:MAX_LISTED]}
    for name, guess in guesses.items():
        if guess is not None:
            message = f"nothing gives the skill {shown(name)}; is it {shown(guess)}?"
            uses[name].notice(message, kind="nothing gives", brief=f"{shown(name)}, is it {shown(guess)}?")
    others = [name for name in names if guesses.get(name) is None]
    if len(others) == 1:
        uses[others[0]].notice(f"nothing gives the skill {shown(others[0])}")
    elif others:
        first = uses[others[0]]._replace(path="$.skills")
        first.notice(f"nothing gives {len(others)} of the listed skills: {listing(others)}")
