"""Files into a checked equipment table and configuration.

The only way from text to `EquipmentTable` and `Config`. All faults of all files
are found in one run and raised together; what the rest of the package gets needs
no further checks, save that the weights fit the arithmetic, which is known once
the two are compiled.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import index
from typing import Any, SupportsIndex

from ..errors import InputError, UsageError, member_path
from ..files.csv_reader import header_key
from ..files.findings import Findings, listing, raise_faults, shown, shown_source, told_apart
from ..files.text import is_encoding, read_bytes, why_unreadable
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..records.vocabulary import WEAPON_PART
from ._accepted_inputs import Source, equipment_source, path_of
from ._config_file import ConfigDraft, draft_config, parts_by_key
from ._filter_cells import check_filter_texts
from ._joined_files import add_further_pieces, joined_surveys
from ._joined_names import check_names, join_names
from ._kept_columns import check_double_forms, check_sums
from ._name_uses import NameUses, give_part_notices, give_unlisted_notice, given_skills, name_uses, settle_terms
from ._unfit_decorations import check_unfit_decorations
from .equipment_file import PieceSurvey, reading_of, survey_pieces

__all__ = ["SharedEquipment", "load_job", "read_config", "read_equipment"]

Path = str | os.PathLike[str]
EquipmentSource = Any  # Path, a file open for reading, or a pandas.DataFrame
ConfigSource = Path | Mapping[str, Any]

_STRICT_MEND = "change what this tells of, or leave strict out: then it is only a notice"


class SharedEquipment:
    """Equipment files that several jobs have in common, each read once and kept.

    Jobs share a file's pieces as long as they agree on the body parts and on all
    that decides how the file is read, such as the columns that their filters ask
    for. A file that changes meanwhile is not read again.
    """

    def __init__(self) -> None:
        self._surveys: dict[object, list[tuple[object, PieceSurvey, Findings]]] = {}
        self._tables: dict[object, EquipmentTable] = {}

    def survey(self, path: str, draft: ConfigDraft, only_part: str | None = None) -> tuple[PieceSurvey, Findings]:
        """The pieces of a file as `draft` understands them, and its own copy of what was found."""
        config = draft.config
        surveys = self._surveys.setdefault((path, reading_of(config), _parts(draft), only_part), [])
        kept = next((entry for entry in surveys if entry[0] == reading_of(config, entry[1])), None)
        if kept is None:
            survey, findings = _survey(Source(path), draft, only_part)
            kept = reading_of(config, survey), survey, findings
            surveys.append(kept)
        _, survey, findings = kept
        return survey, copy.deepcopy(findings)

    def table(self, path: str, config: Config, survey: PieceSurvey) -> EquipmentTable:
        """The one table of these pieces."""
        key = (path, tuple(config.body_parts.items()), id(survey))  # a survey is kept as long as this is
        if key not in self._tables:
            self._tables[key] = _table(config, survey)
        return self._tables[key]


def read_config(
    source: ConfigSource, *, limit: int | None = None, encoding: str | None = None, strict: bool = False
) -> tuple[Config, tuple[str, ...]]:
    """Read a configuration and the files it names.

    Parameters
    ----------
    source : str, path-like or dict
        A JSON file, which messages name as it is given here, or what one holds.
        Side files stand beside the file; those of a dict, in the current folder.
    limit : int, optional
        Number of builds wanted, in place of the file's.
    encoding : str, optional
        Of text files without a byte order mark, in place of the file's.
    strict : bool
        Whether notices are faults.

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
        If an argument is of the wrong kind, or `limit` below 1.

    Notes
    -----
    Time and memory in proportion to the files.

    Examples
    --------
    >>> config, notices = read_config("example_data/config.json", limit=5)
    >>> config.limit, notices
    (5, ())
    >>> config, notices = read_config({"skills": {"Guard": 2}, "defence": 0, "limit": 3, "decorations": {}})
    >>> config.skills["Guard"].weight
    Decimal('2')
    >>> notices[0]
    'the configuration: deco_1; deco_2; deco_3; deco_4; num_decos are missing, 1.0 is used [$]'
    """
    draft = _draft(source, limit, encoding)
    raise_faults(*draft.all_findings())
    return draft.config, _notices(draft.all_findings(), strict)


def read_equipment(
    source: EquipmentSource,
    config: Config | None = None,
    *,
    encoding: str | None = None,
    strict: bool = False,
    beside: EquipmentTable | None = None,
) -> tuple[EquipmentTable, tuple[str, ...]]:
    """Read equipment for a configuration.

    Parameters
    ----------
    source : str, path-like, open file or pandas.DataFrame
        Messages name the file as it is given here. A frame has the columns of a
        file; an index that has a name is one of them.
    config : Config, optional
        Says which body parts there are and which columns its filters need; by
        default the six body parts and no filter.
    encoding : str, optional
        Of a file without a byte order mark, in place of the configuration's.
    strict : bool
        Whether notices are faults.
    beside : EquipmentTable, optional
        The equipment of the job, to which these pieces might be added: they are named
        as it and `config` name things, and only what concerns them is told. Pins,
        exclusions and filters do not concern them.

    Returns
    -------
    table : EquipmentTable
        With the cells of the columns that filters ask for, and of no others.
    notices : tuple of str
        What was assumed or left out, each beginning with its place.

    Raises
    ------
    InputError
        If the file is faulty, or `config` names a piece or column that it lacks, or
        writes a name otherwise than it (`load_job` makes the two one); it holds all
        the faults.
    UsageError
        If an argument is of the wrong kind.

    Notes
    -----
    Linear time, about 20 microseconds a row; memory in proportion to the file.

    Examples
    --------
    >>> table, notices = read_equipment("example_data/equipment.csv")
    >>> table.parts
    ('Head', 'Body', 'Arms', 'Waist', 'Legs', 'Charm')
    """
    if config is not None and not isinstance(config, Config):
        mend = "read it first: config, notices = read_config(...), or read both with load_job"
        raise UsageError(f"the configuration is a {type(config).__name__}, not a Config", mend)
    config = config or Config()
    if beside is not None:
        # What rules out pieces of one's own says nothing of others; a weapon among them is a row like any.
        config = replace(config, pin={}, pin_all={}, exclude=(), filters=(), has_weapon_list=False)
    draft = _draft(config, None, encoding)
    if beside is not None:
        return _read_further(equipment_source(source), draft, beside, strict=strict)
    table, notices = _read_equipment(equipment_source(source), draft, strict=strict)
    if config.formula is not None and None in {term.kind for _, term in config.formula.terms()}:
        what = "only the equipment tells which names of the formula are columns"
        raise UsageError(what, "read both with load_job, which settles it")
    if replace(draft.config, encoding=config.encoding) != config:
        what = f"the configuration and {source if isinstance(source, str) else 'the equipment'} write names otherwise"
        told = next((text for text in notices if "; it differs by " in text), "")
        raise UsageError(f"{what}: {told}" if told else what, "read both with load_job, which makes them one")
    return table, notices


def load_job(
    equipment: EquipmentSource,
    config: ConfigSource | Config,
    *,
    limit: int | None = None,
    encoding: str | None = None,
    strict: bool = False,
    shared: SharedEquipment | None = None,
) -> tuple[EquipmentTable, Config, tuple[str, ...]]:
    """Read everything a job needs.

    Parameters
    ----------
    equipment : str, path-like, open file or pandas.DataFrame
        As for `read_equipment`.
    config : str, path-like, dict or Config
        As for `read_config`.
    limit : int, optional
        Number of builds wanted, in place of the configuration's.
    encoding : str, optional
        Of text files without a byte order mark, in place of the configuration's.
    strict : bool
        Whether notices are faults.
    shared : SharedEquipment, optional
        Equipment that earlier jobs have read already; takes what this one reads.

    Returns
    -------
    table : EquipmentTable
    config : Config
        With every name as it stands first in the equipment.
    notices : tuple of str
        What was assumed or left out, each beginning with its place.

    Raises
    ------
    InputError
        If any file is faulty; it holds the faults of all of them, the equipment
        file's first, then the configuration's, then those of the files it names.
    UsageError
        If an argument is of the wrong kind, or `limit` below 1.

    Notes
    -----
    Linear time, about 20 microseconds a row; memory in proportion to the files.

    Examples
    --------
    >>> table, config, notices = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> table.n_pieces, config.limit
    (52, 100)
    """
    source = equipment_source(equipment)
    draft = _draft(config, limit, encoding)
    table, notices = _read_equipment(source, draft, strict=strict, shared=shared)
    return table, draft.config, notices


def _draft(source: object, limit: int | None, encoding: str | None) -> ConfigDraft:
    """The configuration of a caller, as far as it is understood."""
    if limit is not None:
        limit = _whole_limit(limit)
    if encoding is not None and not (isinstance(encoding, str) and is_encoding(encoding)):
        raise UsageError(f"unknown encoding: {encoding!r}", 'name one, such as "utf-8", "cp932" or "cp1251"')
    if isinstance(source, Config):
        config = replace(source, limit=limit or source.limit, encoding=encoding or source.encoding)
        # Which headers its files have is not known any more.
        return ConfigDraft(config, Findings(config.source), knows_parts=True, knows_headers=False)
    path = path_of(source)
    if path is None and not isinstance(source, Mapping):
        what = f"the configuration is of type {type(source).__name__}"
        raise UsageError(what, "give the path of a JSON file, or a dict with the keys of one")
    return draft_config(source if path is None else path, limit, encoding=encoding)  # type: ignore[arg-type]


def _whole_limit(limit: object) -> int:
    """A limit that a caller gave."""
    if isinstance(limit, bool) or not isinstance(limit, SupportsIndex):
        raise UsageError(f"limit is no whole number: {limit!r}", "ask for a number of builds, such as limit=100")
    whole = index(limit)
    if whole < 1:
        raise UsageError(f"limit is below 1: {limit}", "ask for at least one build")
    return whole


def _notices(findings: Iterable[Findings], strict: bool) -> tuple[str, ...]:
    """Notices of several files; where they are faults, as such."""
    findings = list(findings)
    if strict:
        told = [fault for file_findings in findings for fault in file_findings.notices_as_faults(_STRICT_MEND)]
        if told:
            raise InputError(told)
    return tuple(notice for file_findings in findings for notice in file_findings.notices())


def _parts(draft: ConfigDraft) -> tuple[tuple[str, str], ...] | None:
    """Body parts with the keys they are compared with; None where they are not to be relied on."""
    return tuple(parts_by_key(draft.config).items()) if draft.knows_parts else None


def _survey(source: Source, draft: ConfigDraft, only_part: str | None = None) -> tuple[PieceSurvey, Findings]:
    """Read the pieces of an equipment file."""
    findings = Findings(source.name)
    raw = source.raw
    try:
        if raw is None:
            raw = read_bytes(source.name)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
        return PieceSurvey(), findings
    parts = _parts(draft)
    parts_by_key = None if parts is None else dict(parts)
    return survey_pieces(raw, findings, draft.config, parts_by_key, only_part=only_part), findings


def _table(config: Config, survey: PieceSurvey) -> EquipmentTable:
    """Columns of the pieces."""
    return EquipmentTable.from_pieces(
        survey.pieces,
        body_parts=config.body_parts,
        resistance_names=survey.resistance_names,
        other_names=survey.other_names,
    )


def _read_equipment(
    source: Source, draft: ConfigDraft, *, strict: bool, shared: SharedEquipment | None = None
) -> tuple[EquipmentTable, tuple[str, ...]]:
    """Read the equipment file, check the two against each other, and raise what was found in all."""
    if source.raw is not None:
        shared = None
    survey, findings = _survey(source, draft) if shared is None else shared.survey(source.name, draft)
    table_of = None if shared is None else shared.table
    if draft.config.has_weapon_list:
        survey, table_of = _with_weapons(survey, draft, shared), None
    check_double_forms(draft)
    uses: NameUses = {}
    if survey.is_complete:
        settle_terms(draft, survey)
        uses, as_written = name_uses(draft, survey, findings), draft.config
        draft.config = join_names(draft, survey, uses)
        if draft.config is not as_written:
            uses = name_uses(draft, survey, findings)
        check_names(draft, survey, uses, findings)
        _check_columns(draft, survey)
    raise_faults(findings, *draft.all_findings())
    check_filter_texts(draft, survey)
    check_unfit_decorations(draft, survey)
    config = draft.config
    table = _table(config, survey) if table_of is None else table_of(source.name, config, survey)
    check_sums(findings, config, table)
    give_part_notices(findings, config, table)
    if draft.lacks_unlisted_weight:
        give_unlisted_notice(draft, given_skills(uses))
    return table, _notices([findings, *draft.all_findings()], strict)


def _read_further(
    source: Source, draft: ConfigDraft, beside: EquipmentTable, *, strict: bool
) -> tuple[EquipmentTable, tuple[str, ...]]:
    """Read pieces that might be added to those of a job, which has been checked already."""
    survey, findings = _survey(source, draft)
    draft.weapon_findings, equipment = findings, Findings("the equipment")
    joined = add_further_pieces(beside, survey, draft, findings)
    if survey.is_complete:
        check_names(draft, joined, name_uses(draft, joined, equipment), equipment)
    raise_faults(*draft.all_findings())
    table = _table(draft.config, survey)
    check_sums(findings, draft.config, table)
    return table, _notices([findings], strict)


def _with_weapons(survey: PieceSurvey, draft: ConfigDraft, shared: SharedEquipment | None) -> PieceSurvey:
    """The pieces of a job with those of its weapon list, which is read here."""
    source = draft.weapons or Source(draft.config.files["weapons"])
    if shared is None:
        weapons, findings = _survey(source, draft, WEAPON_PART)
    else:
        weapons, findings = shared.survey(source.name, draft, WEAPON_PART)
    draft.weapon_findings = findings
    return joined_surveys(survey, weapons, findings)


def _check_columns(draft: ConfigDraft, survey: PieceSurvey) -> None:
    """Every column that a rule or a mapped header names is in a file."""
    for column in [column for column in survey.missing_columns if not column.is_optional]:
        guess = draft.findings.suggest(column.name, survey.headers)
        mend = f"write {shown(guess)}" if guess else f"the columns are {listing(survey.headers)}"
        message = f"the equipment file has no column {shown(column.name)} [{shown_source(column.path)}]"
        draft.findings.fault(*draft.config.locations.get(column.path, (0, 0)), message, mend)
    for ours, theirs in draft.config.headers.items():
        key = header_key(theirs)
        if draft.knows_headers and key not in survey.header_keys and key not in draft.headers_used:
            path = member_path("$.headers", ours)
            guess = draft.findings.suggest(theirs, survey.headers)
            mend = f"write {told_apart(theirs, guess)}" if guess else f"the columns are {listing(survey.headers)}"
            message = f"no file has the header {shown(theirs)} [{shown_source(path)}]"
            draft.findings.fault(*draft.config.locations.get(path, (0, 0)), message, mend)
