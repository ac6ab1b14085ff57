"""Names of pieces that a configuration pins, excludes or lets stand in all rows, held against the rows.

In: the configuration and the pieces. Out: the configuration naming rows as these are
written; faults of names that no row has, or that rows have in other case too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..errors import member_path
from ..files.findings import shown, shown_source
from ..files.name_differences import difference, is_misspelling
from ..files.names import folded
from ..records.config import Config
from ._config_file import ConfigDraft
from ._name_uses import NameUse
from .equipment_file import PieceSurvey

__all__ = ["check_pieces", "names_pieces", "with_rows_spellings"]


def names_pieces(config: Config) -> bool:
    """Whether a configuration names pieces at all."""
    return bool(config.pin or config.pin_all or config.exclude or config.share_except)


def with_rows_spellings(draft: ConfigDraft, config: Config, survey: PieceSurvey) -> Config:
    """The configuration whose names of pieces are written as the rows have them."""
    rows = RowNames(survey, config)

    def spelt(path: str, names: Iterable[str], part: str | None) -> tuple[str, ...]:
        row_names: dict[str, None] = {}
        for name in names:
            others = rows.spellings(name, part)
            row_names.update(dict.fromkeys(others or [name]))
            if others and name not in others:
                use = NameUse(draft.findings, *config.locations.get(member_path(path, name), (0, 0)), path)
                message = f"{shown(name)} counts as the piece {shown(others[0])} ({rows.where(others[0])})"
                brief = f"{shown(name)} as {shown(others[0])} ({rows.where(others[0])})"
                message += f"; it differs {difference(name, others[0])}"
                use.notice(message, kind="counts as the piece", brief=brief)
        return tuple(row_names)

    pin = {part: spelt(member_path("$.pin", part), names, part) for part, names in config.pin.items()}
    pin_all = {
        part: tuple(spelt(_path_of_all(part), group, part) for group in groups)
        for part, groups in config.pin_all.items()
    }
    excluded, excepted = (spelt(path, names, None) for path, names in _anywhere(config))
    return replace(config, pin=pin, pin_all=pin_all, exclude=excluded, share_except=excepted)


def _anywhere(config: Config) -> list[tuple[str, tuple[str, ...]]]:
    """Names of pieces of any part, by JSON path."""
    return [("$.exclude", config.exclude), ("$.share.except", config.share_except)]


def _path_of_all(part: str) -> str:
    """JSON path of the pieces of a part that must be there."""
    return member_path(member_path("$.pin", part), "all of")


class RowNames:
    """Names of rows, faulty ones too, by folding and part."""

    def __init__(self, survey: PieceSurvey, config: Config) -> None:
        self.drawn_by: dict[str, list[str]] = {}
        for part, rule in config.body_parts.items():
            for source in rule.drawn_from:
                self.drawn_by.setdefault(source, []).append(part)
        self.of: dict[str, dict[str, dict[str, None]]] = {}
        self.by_case: dict[str, dict[str, str]] = {}
        self._source = survey.name_column[0]
        self._place: dict[str, str] = {}
        for number, piece in enumerate(survey.pieces):
            self._add(piece.body_part, piece.name)
            if piece.name not in self._place:
                source, column = survey.name_column if number < survey.n_before_weapons else survey.weapon_name_column
                self._place[piece.name] = f"{source}:{piece.line}:{column}"
        for part, name in sorted(survey.faulty):
            self._add(part, name)

    def _add(self, part: str, name: str) -> None:
        plain = folded(name)
        for place in (part, *self.drawn_by.get(part, ())):
            self.of.setdefault(plain, {}).setdefault(place, {})[name] = None
        self.by_case.setdefault(plain.casefold(), {}).setdefault(plain, name)

    def where(self, name: str) -> str:
        """The place of the first row of that name."""
        return self._place.get(name, self._source)

    def spellings(self, name: str, part: str | None) -> list[str]:
        """How the rows of a part, or of any, write the name; a faulty row may be of any part."""
        parts = self.of.get(folded(name), {})
        return [text for row_part in (parts if part is None else (part, "")) for text in parts.get(row_part, ())]

    def names(self, part: str) -> list[str]:
        """All names of a part."""
        return [name for parts in self.of.values() for name in parts.get(part, ())]


def check_pieces(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Every name that is pinned or excluded is that of a piece, and no other piece has it in other case."""
    config = draft.config
    if not names_pieces(config):
        return
    rows = RowNames(survey, config)
    everywhere = [name for parts in rows.of.values() for names in parts.values() for name in names]
    owner = {name: part for parts in rows.of.values() for part, names in parts.items() for name in names}
    pins = [(part, member_path("$.pin", part), pinned) for part, pinned in config.pin.items()]
    pins += [(part, _path_of_all(part), sum(groups, ())) for part, groups in config.pin_all.items()]
    for part, path, pinned in pins:
        names = rows.names(part)
        for name in pinned:
            use = NameUse(draft.findings, *config.locations.get(member_path(path, name), (0, 0)), path)
            if rows.spellings(name, part):
                _check_case_of_rows(use, name, part, rows)
                continue
            elsewhere = f"it is a piece of {shown_source(owner[name])} ({rows.where(name)})" if name in owner else ""
            message = f"no piece of {shown_source(part)} is named {shown(name)}"
            use.fault(message, elsewhere or _piece_mend(draft, name, names, rows))
    for path, chosen in _anywhere(config):
        for name in chosen:
            use = NameUse(draft.findings, *config.locations.get(member_path(path, name), (0, 0)), path)
            if rows.spellings(name, None):
                _check_case_of_rows(use, name, None, rows)
            else:
                use.fault(f"no piece is named {shown(name)}", _piece_mend(draft, name, everywhere, rows))


def _piece_mend(draft: ConfigDraft, name: str, names: Iterable[str], rows: RowNames) -> str:
    """How to mend a name that no piece has."""
    guess = draft.findings.suggest(name, names)
    if guess is None:
        return "write a name as it stands in the equipment file"
    how = f", which differs {difference(guess, name)}" if is_misspelling(name, guess) else ""
    return f"write {shown(guess)} ({rows.where(guess)}){how}"


def _check_case_of_rows(use: NameUse, name: str, part: str | None, rows: RowNames) -> None:
    """Report a row of a part, or any, whose name differs by case only from one that is pinned or excluded."""
    wanted = folded(name)
    for plain, other in rows.by_case[wanted.casefold()].items():
        if plain != wanted and rows.spellings(other, part):
            message = f"{shown(name)} is another piece than {shown(other)} ({rows.where(other)})"
            use.fault(f"{message}, which differs by letter case", "write one of them otherwise in the equipment file")
