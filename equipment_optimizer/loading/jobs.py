"""Files into a checked equipment table and configuration.

The only way from text to `EquipmentTable` and `Config`. All faults of all files
are found in one run and raised together; what the rest of the package gets needs
no further checks, save that the weights fit the arithmetic, which is known once
the two are compiled.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable

from ..errors import UsageError, member_path
from ..files.csv_reader import header_key
from ..files.findings import Findings, listing, raise_faults, shown, shown_source, told_apart
from ..files.text import read_bytes, why_unreadable
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ._config_file import ConfigDraft, draft_config, parts_by_key
from ._name_uses import given_skills, name_uses
from ._names import check_names, join_names
from .equipment_file import PieceSurvey, reading_of, survey_pieces

__all__ = ["SharedEquipment", "load_job", "read_config", "read_equipment"]

Path = str | os.PathLike[str]

#: Examples of skills that are not listed, of a hundred or so.
_SUCH_AS = 3


class SharedEquipment:
    """Equipment files that several jobs have in common, each read once and kept.

    Jobs share a file's pieces as long as they agree on the body parts and on all
    that decides how the file is read, such as the columns that their filters ask
    for. A file that changes meanwhile is not read again.
    """

    def __init__(self) -> None:
        self._surveys: dict[object, list[tuple[object, PieceSurvey, Findings]]] = {}
        self._tables: dict[object, EquipmentTable] = {}

    def survey(self, path: str, draft: ConfigDraft) -> tuple[PieceSurvey, Findings]:
        """The pieces of a file as `draft` understands them, and its own copy of what was found."""
        config = draft.config
        surveys = self._surveys.setdefault((path, reading_of(config), _parts(draft)), [])
        kept = next((entry for entry in surveys if entry[0] == reading_of(config, entry[1])), None)
        if kept is None:
            survey, findings = _survey(path, draft)
            kept = reading_of(config, survey), survey, findings
            surveys.append(kept)
        _, survey, findings = kept
        return survey, copy.deepcopy(findings)

    def table(self, path: str, config: Config, survey: PieceSurvey) -> EquipmentTable:
        """The one table of these pieces."""
        key = (path, config.body_parts, id(survey))  # a survey is kept as long as this is
        if key not in self._tables:
            self._tables[key] = _table(config, survey)
        return self._tables[key]


def read_config(path: Path, *, limit: int | None = None) -> tuple[Config, tuple[str, ...]]:
    """Read a configuration file and the files it names.

    Parameters
    ----------
    path : str or path-like
        Messages name the file as it is given here.
    limit : int, optional
        Number of builds wanted, in place of the file's.

    Returns
    -------
    config : Config
    notices : tuple of str
        What was assumed or left out, each beginning with its place.

    Raises
    ------
    InputError
        If any of the files is faulty; it holds all the faults.
    UsageError
        If `limit` is below 1.

    Notes
    -----
    Time and memory in proportion to the files.

    Examples
    --------
    >>> config, notices = read_config("example_data/config.json", limit=5)
    >>> config.limit, notices
    (5, ())
    """
    draft = draft_config(os.fspath(path), _checked(limit))
    raise_faults(*draft.all_findings())
    return draft.config, _notices(draft.all_findings())


def read_equipment(path: Path, config: Config | None = None) -> tuple[EquipmentTable, tuple[str, ...]]:
    """Read an equipment file for a configuration.

    Parameters
    ----------
    path : str or path-like
        Messages name the file as it is given here.
    config : Config, optional
        Says which body parts there are and which columns its filters need; by
        default the six body parts and no filter.

    Returns
    -------
    table : EquipmentTable
        With the cells of the columns that filters ask for, and of no others.
    notices : tuple of str
        What was assumed or left out, each beginning with its place.

    Raises
    ------
    InputError
        If the file is faulty, or `config` names a piece or column that it lacks;
        it holds all the faults.

    Notes
    -----
    Linear time, about 20 microseconds a row; memory in proportion to the file.

    Examples
    --------
    >>> table, notices = read_equipment("example_data/equipment.csv")
    >>> table.parts
    ('Head', 'Body', 'Arms', 'Waist', 'Legs', 'Charm')
    """
    config = Config() if config is None else config
    draft = ConfigDraft(config, Findings(config.source), knows_parts=True)
    return _read_equipment(os.fspath(path), draft, [])


def load_job(
    equipment_path: Path,
    config_path: Path,
    *,
    limit: int | None = None,
    shared: SharedEquipment | None = None,
) -> tuple[EquipmentTable, Config, tuple[str, ...]]:
    """Read everything a job needs.

    Parameters
    ----------
    equipment_path, config_path : str or path-like
        Messages name the files as they are given here.
    limit : int, optional
        Number of builds wanted, in place of the configuration's.
    shared : SharedEquipment, optional
        Equipment that earlier jobs have read already; takes what this one reads.

    Returns
    -------
    table : EquipmentTable
    config : Config
    notices : tuple of str
        What was assumed or left out, each beginning with its place.

    Raises
    ------
    InputError
        If any file is faulty; it holds the faults of all of them, the equipment
        file's first, then the configuration's, then those of the files it names.
    UsageError
        If `limit` is below 1.

    Notes
    -----
    Linear time, about 20 microseconds a row; memory in proportion to the files.

    Examples
    --------
    >>> table, config, notices = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> table.n_pieces, config.limit
    (52, 100)
    """
    draft = draft_config(os.fspath(config_path), _checked(limit))
    table, notices = _read_equipment(os.fspath(equipment_path), draft, draft.all_findings(), shared)
    return table, draft.config, notices


def _checked(limit: int | None) -> int | None:
    """A limit that a caller gave."""
    if limit is not None and limit < 1:
        raise UsageError(f"limit is below 1: {limit}", "ask for at least one build")
    return limit


def _notices(findings: Iterable[Findings]) -> tuple[str, ...]:
    """Notices of several files."""
    return tuple(notice for one in findings for notice in one.notices())


def _parts(draft: ConfigDraft) -> tuple[tuple[str, str], ...] | None:
    """Body parts with the keys they are compared with; None where they are not to be relied on."""
    return tuple(parts_by_key(draft.config).items()) if draft.knows_parts else None


def _survey(path: str, draft: ConfigDraft) -> tuple[PieceSurvey, Findings]:
    """Read the pieces of an equipment file."""
    findings = Findings(path)
    try:
        raw = read_bytes(path)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
        return PieceSurvey(), findings
    parts = _parts(draft)
    return survey_pieces(raw, findings, draft.config, None if parts is None else dict(parts)), findings


def _table(config: Config, survey: PieceSurvey) -> EquipmentTable:
    """Columns of the pieces."""
    return EquipmentTable.from_pieces(
        survey.pieces,
        body_parts=config.body_parts,
        resistance_names=survey.resistance_names,
        other_names=survey.other_names,
    )


def _read_equipment(
    path: str, draft: ConfigDraft, config_findings: list[Findings], shared: SharedEquipment | None = None
) -> tuple[EquipmentTable, tuple[str, ...]]:
    """Read the equipment file, check the two against each other, and raise what was found in all."""
    survey, findings = _survey(path, draft) if shared is None else shared.survey(path, draft)
    if survey.is_complete:
        draft.config = join_names(draft, survey, findings)
        check_names(draft, survey, findings)
        _check_columns(draft, survey)
    config, own = draft.config, draft.findings
    raise_faults(findings, *(config_findings or [own]))
    table = _table(config, survey) if shared is None else shared.table(path, config, survey)
    _give_part_notices(findings, config, table)
    if draft.lacks_unlisted_weight:
        _give_unlisted_notice(draft, given_skills(name_uses(draft, survey, findings)))
    return table, _notices([findings, *(config_findings or [own])])


def _check_columns(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Every column that a filter or a mapped header names is in a file."""
    for column in survey.missing_columns:
        path = member_path("$.filter", column)
        guess = draft.findings.suggest(column, survey.headers)
        mend = f"write {shown(guess)}" if guess else f"the columns are {listing(survey.headers)}"
        message = f"the equipment file has no column {shown(column)} [{shown_source(path)}]"
        draft.findings.fault(*draft.config.locations.get(path, (0, 0)), message, mend)
    for ours, theirs in draft.config.headers.items():
        key = header_key(theirs)
        if key not in survey.header_keys and key not in draft.headers_used:
            path = member_path("$.headers", ours)
            guess = draft.findings.suggest(theirs, survey.headers)
            mend = f"write {told_apart(theirs, guess)}" if guess else f"the columns are {listing(survey.headers)}"
            message = f"no file has the header {shown(theirs)} [{shown_source(path)}]"
            draft.findings.fault(*draft.config.locations.get(path, (0, 0)), message, mend)


def _give_part_notices(findings: Findings, config: Config, table: EquipmentTable) -> None:
    """Name what the configuration knows and the equipment lacks."""
    for part, _ in config.body_parts:
        if part not in table.parts:
            findings.notice(0, 0, f"there is no piece of {shown_source(part)}; builds are made without it")
    for name in config.resistances:
        if name not in table.resistance_names:
            findings.notice(0, 0, f"there is no column {name} Res; the resistance counts as 0")


def _give_unlisted_notice(draft: ConfigDraft, given: Iterable[str]) -> None:
    """Say for which skills the weight stands that the configuration does not give."""
    names = [name for name in given if name not in draft.config.skills]
    if names:
        skills = f"{len(names)} skills that are" if len(names) > 1 else "the skill that is"
        such = ", ".join(map(shown_source, names[:_SUCH_AS])) + (", ..." if len(names) > _SUCH_AS else "")
        message = f"unlisted_skill_weight is missing, 1.0 is used for {skills} not listed: {such}"
        draft.findings.notice(1, 1, f"{message} [$.unlisted_skill_weight]")
