"""What changed between two versions of a build list, and the pieces that caused it.

In: the bytes of two outputs, what the pieces were and are, and what the config
said and says. Out: plain values that fit into a state file, to be told later.
Nothing here knows how builds are found, or what the page of changes looks like.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ..files.csv_reader import header_key
from ..files.findings import Findings
from ..files.numbers import is_blank
from ..records.vocabulary import part_key
from ..units import exact_difference

if TYPE_CHECKING:
    from ..records.config import Config
    from ..records.equipment import EquipmentPiece

__all__ = [
    "PieceChanges",
    "asks_for_columns",
    "compare_configs",
    "compare_outputs",
    "compare_pieces",
    "flat_config",
    "joined",
    "snapshot",
    "with_drawn",
]

#: A piece as its values by name, zeros left out, and as the cells of the columns that a config asks for.
Values = dict[str, int | str]
#: The pieces of a file: by body part, then by name; a name may stand for several.
Snapshot = dict[str, dict[str, list[Values]]]
#: What happened to each piece that is not as it was, by body part and name.
PieceChanges = Mapping[tuple[str, str], str]

#: Where a `flat_config` names columns, and where it says from which parts a part draws.
_OF_COLUMNS = ("$.totals", "$.counts", "$.filter", "$.formula")
_DRAWS = re.compile(r"\$\.body_parts(\.(?P<plain>\w+)|\[(?P<quoted>\".*\")\])\.from")

#: Where a `flat_config` says what a side file gives as the maximum of a skill.
_MAXIMUM = "maximum of "

#: Rows of one list that are told one by one; the rest is counted. About a screen,
#: and what a state file can hold for forty lists.
MAX_ROWS = 25

#: Rows of which is told that they only moved.
MAX_MOVES = 10


def flat_config(config: Config) -> dict[str, str]:
    """Every value of a configuration as text, by its path; of its side files the maxima that count."""
    from ..output.config_json import config_as_json, to_json

    plain = config_as_json(config)
    plain.pop("_side_files", None)
    flat = dict(_leaves(plain, "$", to_json))
    for skill in config.skill_caps:
        rule = config.skills.get(skill)
        # Of other skills it stands in the configuration, or counts for nothing.
        if rule.values is not None if rule is not None else config.unlisted_skill_weight:
            locked, raised, by = config.maximum_of(skill)
            flat[_MAXIMUM + skill] = f"{locked}" if by is None else f"{locked}, {raised} with {by}"
    return flat


def _leaves(value: Any, path: str, to_json: Any) -> Iterator[tuple[str, str]]:
    """Values that are neither objects nor empty, with their paths."""
    if isinstance(value, Mapping) and value:
        for key, member in value.items():
            key_path = f".{key}" if str(key).isidentifier() else f"[{json.dumps(str(key), ensure_ascii=False)}]"
            yield from _leaves(member, path + key_path, to_json)
    else:
        yield path, " ".join(to_json(value).split())


def compare_configs(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What is different, as ``path: old → new`` in order of path."""
    lines = []
    # What an earlier version wrote knows no maxima.
    knows = any(path.startswith(_MAXIMUM) for path in before)
    for path in sorted({*before, *after}):
        if path.startswith(_MAXIMUM) and not knows:
            continue
        old, new = before.get(path), after.get(path)
        if old != new:
            lines.append(f"{path}: {'not given' if old is None else old} → {'not given' if new is None else new}")
    return lines


def snapshot(raw: bytes, config: Config, encoding: str | None = None) -> Snapshot:
    """What the pieces of an equipment file are, as far as they score; whatever is faulty is left out.

    The file is read as `config` says that it is written.
    """
    from ..loading.equipment_file import survey_pieces

    survey = survey_pieces(raw, Findings(""), config, None, encoding=encoding)
    pieces: Snapshot = {}
    for piece in survey.pieces:
        of_part = pieces.setdefault(part_key(piece.body_part), {})
        values = _values(piece, survey.resistance_names)
        for column, cell in zip(survey.other_names, piece.other, strict=True):
            if header_key(column) in survey.ordinary_keys:
                values[column if column not in values else f"{column} (column)"] = "" if is_blank(cell) else cell
        of_part.setdefault(piece.name, []).append(values)
    return pieces


def joined(kept: Snapshot, other: Snapshot) -> Snapshot:
    """One snapshot of two of the same file, made for configs that ask for different columns."""
    pieces: Snapshot = {}
    for part, of_part in other.items():
        before = kept.get(part, {})
        pieces[part] = {
            name: [{**old, **new} for old, new in zip(before[name], rows, strict=True)]
            if len(before.get(name, ())) == len(rows)
            else rows
            for name, rows in of_part.items()
        }
    return pieces


def asks_for_columns(config: Mapping[str, str]) -> tuple[str, ...]:
    """What a `flat_config` says of columns without a meaning of their own."""
    return tuple(path + value for path, value in config.items() if path.startswith(_OF_COLUMNS))


def with_drawn(changes: PieceChanges, config: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Changes of pieces, also by the parts of a `flat_config` that draw them from other parts."""
    drawn: dict[tuple[str, str], str] = {}
    for path, value in config.items():
        match = _DRAWS.fullmatch(path)
        if match is not None:
            part = match["plain"] or json.loads(match["quoted"])
            sources = {part_key(source) for source in json.loads(value)}
            drawn.update({(part_key(part), name): what for (of, name), what in changes.items() if of in sources})
    return {**drawn, **changes}


def _values(piece: EquipmentPiece, resistance_names: Sequence[str]) -> Values:
    """A piece's values by the names that people know."""
    values: Values = {"Defence": piece.defence}
    values.update((f"level {level} slots", count) for level, count in enumerate(piece.slots, 1))
    values.update(zip((f"{name} Res" for name in resistance_names), piece.resistances, strict=True))
    for skill, level in piece.skills:
        values[skill if skill not in values else f"{skill} (skill)"] = level
    values.update((f"set bonus {name}", 1) for name in piece.set_bonuses)
    return {name: value for name, value in values.items() if value}


def compare_pieces(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """What happened to each piece that is not as it was, by the key of the body part and the name.

    ``new``, ``gone``, or ``Defence 70 → 76, Attack Boost 1 → 2``. `before` may come from a damaged
    state file; what is not understood counts as absent.
    """
    changes = {}
    for part in dict.fromkeys([*after, *before]):
        old_pieces, new_pieces = before.get(part), after.get(part, {})
        old_pieces = old_pieces if isinstance(old_pieces, dict) else {}
        for name in dict.fromkeys([*new_pieces, *old_pieces]):
            old, new = old_pieces.get(name, []), new_pieces.get(name, [])
            told = _piece_change(old, new) if old != new else ""
            if told:
                changes[part, name] = told
    return changes


def _piece_change(old: list[Values], new: list[Values]) -> str:
    """What happened to the pieces of one name; empty where nothing did."""
    if not old or not new:
        return "gone" if old else "new"
    if len(old) != len(new):
        return f"{len(old)} of this name before, {len(new)} now"
    words = []
    for before, after in zip(old, new, strict=True):
        for name in dict.fromkeys([*before, *after]):
            was, now = before.get(name, 0), after.get(name, 0)
            if isinstance(was, str) != isinstance(now, str):
                continue  # a column that only one of the two configs asked for
            if was != now:
                words.append(f"{name} {'blank' if was == '' else was} → {'blank' if now == '' else now}")
    return ", ".join(words)


@dataclass(frozen=True, slots=True)
class _Row:
    """A build of an output."""

    rank: int
    score: Decimal
    pieces: tuple[str, ...]


@dataclass(slots=True)
class _Output:
    """The builds of an output by their pieces; equal ones are numbered."""

    rows: dict[tuple[tuple[str, ...], int], _Row] = field(default_factory=dict)
    best: str | None = None

    @classmethod
    def read(cls, data: bytes, positions: Sequence[str]) -> _Output | None:
        """The builds of an output in either order of columns; None where it is not one with these columns."""
        text = data.decode("utf-8-sig", "replace")
        for delimiter in (",", ";"):
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            with suppress(csv.Error, IndexError, ValueError, InvalidOperation, StopIteration):
                return cls._of(next(lines), lines, positions)
        return None

    @classmethod
    def _of(cls, header: Sequence[str], lines: Iterable[Sequence[str]], positions: Sequence[str]) -> _Output:
        """The builds below a header; an error where they are none."""
        columns, score = [header.index(name) for name in positions], header.index("Score")
        output = cls()
        times: dict[tuple[str, ...], int] = {}
        for rank, cells in enumerate(lines, 1):
            pieces = tuple(cells[column] for column in columns)
            times[pieces] = times.get(pieces, 0) + 1
            output.rows[pieces, times[pieces]] = _Row(rank, Decimal(cells[score]), pieces)
            output.best = output.best or cells[score]
        return output


def compare_outputs(
    before: bytes | None, after: bytes, positions: Sequence[str], changes: PieceChanges, reasons: Iterable[str] = ()
) -> dict[str, Any]:
    """How a list's builds changed, as plain values for `changes_page`; rows beyond `MAX_ROWS` are only counted.

    `before` is None, or is not understood, where there is nothing to compare with; `positions` name
    the columns that hold pieces, `changes` are those of `compare_pieces`, `reasons` say what else
    changed. O(K) time and memory.
    """
    new = _Output.read(after, positions)
    old = None if before is None or new is None else _Output.read(before, positions)
    told: dict[str, Any] = {
        "reasons": [*reasons, *(["a workbook is not compared row by row"] if new is None else [])],
        "before": None if old is None else {"n": len(old.rows), "best": old.best},
        "after": {"n": 0 if new is None else len(new.rows), "best": None if new is None else new.best},
        "counts": {"came": 0, "went": 0, "score": 0, "moved": 0},
        "rows": [],
        "moves": [],
        "first": {"positions": list(positions), "was": _first(old), "now": _first(new), "then": None},
        "last": None if new is None else next((f"{row.score:f}" for row in reversed(new.rows.values())), None),
    }
    if old is not None and new is not None:
        for was, now in _pairs(old, new):
            _tell(told, was, now, positions, changes)
            if was is not None and now is not None and was.rank == 1:
                told["first"]["then"] = [now.rank, f"{now.score:f}"]
    return told


def _first(output: _Output | None) -> list[Any] | None:
    """Score and pieces of the best build; None where there is none."""
    row = None if output is None else next(iter(output.rows.values()), None)
    return None if row is None else [f"{row.score:f}", list(row.pieces)]


def _tell(
    told: dict[str, Any], was: _Row | None, now: _Row | None, positions: Sequence[str], changes: PieceChanges
) -> None:
    """Add what happened to one build."""
    kind, row = _kind(was, now), now or was
    if kind is None or row is None:
        return
    told["counts"][kind] += 1
    if kind == "moved" and was is not None and now is not None:
        if len(told["moves"]) < MAX_MOVES:
            told["moves"].append([was.rank, now.rank])
    elif len(told["rows"]) < MAX_ROWS:
        told["rows"].append(
            {
                "was": None if was is None else [was.rank, f"{was.score:f}"],
                "now": None if now is None else [now.rank, f"{now.score:f}"],
                "difference": None if was is None or now is None else f"{exact_difference(now.score, was.score):+f}",
                "pieces": list(row.pieces),
                "because": _because(row, positions, changes),
            }
        )


def _pairs(old: _Output, new: _Output) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Builds before and now, the best first, by the better of their ranks."""
    pairs = [(old.rows.get(key), new.rows.get(key)) for key in dict.fromkeys([*new.rows, *old.rows])]
    return iter(sorted(pairs, key=lambda pair: min(row.rank for row in pair if row is not None)))


def _kind(was: _Row | None, now: _Row | None) -> str | None:
    """What happened to a build; None where nothing did."""
    if was is None or now is None:
        return "came" if was is None else "went"
    if was.score != now.score:
        return "score"
    return "moved" if was.rank != now.rank else None


def _because(row: _Row, positions: Sequence[str], changes: PieceChanges) -> list[str]:
    """What happened to the pieces of a build."""
    causes = []
    for position, name in zip(positions, row.pieces, strict=True):
        # "Ring 2" is a position of the part Ring.
        for part in (position, position.rpartition(" ")[0]):
            change = changes.get((part_key(part), name))
            if change is not None:
                causes.append(f"{name}: {change}")
                break
    return list(dict.fromkeys(causes))
