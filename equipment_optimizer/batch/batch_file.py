"""Which build lists a batch makes: a file that names them, or a folder of configs.

In: a path. Out: a `BatchLists`: the lists in order, those that cannot be made with
their faults, and where the state is kept. The configs and the equipment
themselves are not opened here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..errors import InputError, UsageError
from ..files.findings import Findings, raise_faults, shown, shown_source
from ..files.json_parser import JsonNode, JsonText, parse_json
from ..files.json_values import JsonValues
from ..files.text import is_encoding, read_bytes, read_text, why_unreadable
from ..records.vocabulary import MAX_LIMIT
from ._state_file import STATE_NAME

__all__ = ["BatchLists", "BuildList", "read_batch"]

_DEFAULT_KEYS = ("equipment", "config", "limit", "time_limit", "spreadsheet_safe", "encoding", "excel", "strict")
_KEYS = ("name", "output", *_DEFAULT_KEYS)

#: Bytes of a list's name: with a suffix it is still a file name everywhere.
_LONGEST_NAME_BYTES = 200

#: Lists of one batch. A broken one takes about 3 kB, so this bounds a hostile file to 30 MB.
_MOST_LISTS = 10_000

#: Bytes of a path: more than any system takes, and resolving one costs the square of its length.
_LONGEST_PATH_BYTES = 4096

#: The form for spreadsheets whose list separator it is.
_SEMICOLON = "semicolon"

#: Longest `time_limit`, seconds: thirty years, and it fits every clock.
_LONGEST_SECONDS = Decimal(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildList:
    """One build list of a batch."""

    name: str  # unique in its batch, whatever the case
    equipment: str  # as messages show it, like the other paths
    config: str
    output: str
    limit: int | None = None  # builds wanted, in place of the config's
    time_limit: float | None = None  # seconds after which the search ends, and what its page tells
    spreadsheet_safe: bool = False
    encoding: str | None = None  # of the text files that have no byte order mark
    excel: str | None = None  # the form for spreadsheets, and what separates its cells
    strict: bool = False  # notices about the inputs are faults


@dataclass(frozen=True, slots=True)
class BatchLists:
    """The lists of a batch, in order."""

    path: str  # the batch file or folder
    lists: tuple[BuildList, ...]  # those that can be tried
    #: Those that cannot, by name, with what is wrong in the batch file.
    broken: Mapping[str, InputError] = field(default_factory=dict)
    order: tuple[str, ...] = ()  # names of all of them
    notices: tuple[str, ...] = ()


def read_batch(path: str) -> BatchLists:
    """Read a batch file, or look at a folder of configs: each ``*.json`` but the state file makes ``NAME.csv``.

    An `InputError` says why the file cannot be understood as a whole; what is wrong with one list only is in
    `BatchLists.broken`. A folder without a config is a `UsageError`.
    """
    if os.path.isdir(path):
        return _read_folder(path)
    findings = Findings(path)
    document = None
    try:
        raw = read_bytes(path)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
    else:
        text = read_text(raw, findings)
        document = None if text is None else parse_json(text, findings)
    raise_faults(findings)
    assert document is not None  # a text that was not parsed has left a fault
    return _BatchReader(path, document, findings).read()


def _read_folder(path: str) -> BatchLists:
    """A list for every config in a folder."""
    try:
        entries = sorted(os.listdir(path))
    except OSError as error:
        raise UsageError(f"cannot read the folder {path}: {error.strerror}", "check its permissions") from error
    configs = [
        entry for entry in entries if entry.endswith(".json") and not entry.startswith(".") and entry != STATE_NAME
    ]
    if not configs:
        raise UsageError(f"no config in the folder: {path}", "put a .json file for each build list there")
    equipment = os.path.join(path, "equipment.csv")
    if not os.path.exists(equipment):
        raise UsageError(f"no equipment in the folder: {equipment}", "put the equipment there under this name")
    lists = []
    for entry in configs:
        name = entry.removesuffix(".json")
        if name.casefold() == "equipment":
            raise UsageError(f"the builds of {entry} would overwrite the equipment", "give the config another name")
        config = os.path.join(path, entry)
        lists.append(BuildList(name=name, equipment=equipment, config=config, output=os.path.join(path, f"{name}.csv")))
    return BatchLists(path, tuple(lists), {}, tuple(build_list.name for build_list in lists))


class _BatchReader:
    """Makes a `BatchLists` of a parsed file."""

    def __init__(self, path: str, document: JsonText, findings: Findings) -> None:
        self.path = path
        self.folder = os.path.dirname(path)
        self.document = document
        self.findings = findings
        self.broken: dict[str, InputError] = {}
        self.order: list[str] = []
        self._names: dict[str, str] = {}
        self._outputs: dict[str, str] = {}

    def read(self) -> BatchLists:
        """All lists."""
        values = JsonValues(self.document, self.findings)
        members = values.known(self.document.root, "$", ("defaults", "builds"))
        defaults: dict[str, Any] = {}
        if "defaults" in members:
            given = values.known(members["defaults"], "$.defaults", _DEFAULT_KEYS)
            defaults = self._options(values, given, "$.defaults")
        lists = []
        if "builds" in members:
            for node, path in values.items(members["builds"], "$.builds"):
                if len(self.order) == _MOST_LISTS:
                    values.fault(node, path, f"more than {_MOST_LISTS} build lists", "make them in several batches")
                    break
                build_list = self._list(node, path, defaults)
                if build_list is not None:
                    lists.append(build_list)
        elif isinstance(self.document.root.value, dict) and not self.findings.n_faults:
            values.fault(self.document.root, "$", 'the key "builds" is missing', 'add "builds": [{"name": ...}]')
        if "builds" in members and not self.order and not self.findings.n_faults:
            values.fault(members["builds"], "$.builds", "there is no build list", 'add {"name": ..., "config": ...}')
        raise_faults(self.findings)
        return BatchLists(self.path, tuple(lists), self.broken, tuple(self.order), tuple(self.findings.notices()))

    def _list(self, node: JsonNode, path: str, defaults: Mapping[str, Any]) -> BuildList | None:
        """One list; None where it is broken, with its faults kept under its name."""
        findings = Findings(self.path)
        values = JsonValues(self.document, findings)
        members = values.known(node, path, _KEYS)
        name = self._name(values, members.get("name"), path, node)
        options = {**defaults, **self._options(values, members, path)}
        for key in ("equipment", "config"):
            if key not in options and key not in members and isinstance(node.value, dict):
                mend = f'add "{key}": "FILE" here or to the defaults'
                values.fault(node, path, f'the key "{key}" is missing', mend)
        output = f"{name}.csv"
        if "output" in members:
            output = values.name(members["output"], f"{path}.output") or ""
            if len(output.encode()) > _LONGEST_PATH_BYTES:
                message = f"the path is longer than {_LONGEST_PATH_BYTES} bytes: {shown(output)}"
                values.fault(members["output"], f"{path}.output", message, "write a shorter path")
        output = os.path.join(self.folder, output)
        if not findings.n_faults:
            asking, where = members.get("output", node), f"{path}.output"
            self._claim(self._outputs, os.path.realpath(output), name, "write one file", node=asking, path=where)
        self.order.append(name)
        try:
            raise_faults(findings)
        except InputError as error:
            self.broken[name] = error
            return None
        return BuildList(name=name, output=output, **options)

    def _name(self, values: JsonValues, node: JsonNode | None, path: str, owner: JsonNode) -> str:
        """The name of a list, or one that stands for it in messages."""
        substitute = f"(list number {len(self.order) + 1})"
        if node is None:
            if isinstance(owner.value, dict):
                values.fault(owner, path, 'the key "name" is missing', 'add "name": "..."')
            return substitute
        name = values.name(node, f"{path}.name")
        if name is None:
            return substitute
        too_long = len(name.encode("utf-8", "replace")) > _LONGEST_NAME_BYTES
        # What stands for a list without a name is nobody's own.
        is_taken = name in (".", "..") or name.startswith("(list number ")
        if too_long or is_taken or not name.isprintable() or any(char in name for char in "/\\"):
            message = f'the name cannot be that of a file: "{shown_source(name)}"'
            values.fault(node, f"{path}.name", message, f"leave out / and \\, at most {_LONGEST_NAME_BYTES} bytes")
            return substitute
        self._claim(self._names, name.casefold(), name, "have one name", node=node, path=f"{path}.name")
        return name

    def _claim(self, taken: dict[str, str], what: str, name: str, verb: str, *, node: JsonNode, path: str) -> None:
        """Let a list have something for itself; two that want it make the whole batch ambiguous."""
        first = taken.get(what)
        taken.setdefault(what, name)
        if first is not None:
            message = f'two lists {verb}: "{shown_source(first)}" and "{shown_source(name)}"'
            JsonValues(self.document, self.findings).fault(node, path, message, "change one of the two")

    def _options(self, values: JsonValues, members: Mapping[str, JsonNode], path: str) -> dict[str, Any]:
        """What a list or the defaults say, under the names of `BuildList`; faulty values are left out."""
        options: dict[str, Any] = {}
        for key in ("equipment", "config"):
            if key in members:
                name = values.name(members[key], f"{path}.{key}")
                options[key] = None if name is None else os.path.join(self.folder, name)
        if "limit" in members:
            options["limit"] = values.whole(members["limit"], f"{path}.limit", lowest=1, highest=MAX_LIMIT)
        if "time_limit" in members:
            options["time_limit"] = self._seconds(values, members["time_limit"], f"{path}.time_limit")
        for key in ("spreadsheet_safe", "strict"):
            if key in members:
                options[key] = values.flag(members[key], f"{path}.{key}")
        if "encoding" in members:
            options["encoding"] = self._encoding(values, members["encoding"], f"{path}.encoding")
        if "excel" in members:
            options["excel"] = self._excel(values, members["excel"], f"{path}.excel")
        return options

    @staticmethod
    def _encoding(values: JsonValues, node: JsonNode, path: str) -> str | None:
        """The name of an encoding that Python knows."""
        name = values.name(node, path)
        if name is not None and not is_encoding(name):
            values.fault(node, path, f"unknown encoding: {shown(name)}", 'write "utf-8", "cp1252" or another name')
            return None
        return name

    @staticmethod
    def _excel(values: JsonValues, node: JsonNode, path: str) -> str | None:
        """What separates cells in the form for spreadsheets; None where that is not wanted."""
        if node.value == _SEMICOLON:
            return _SEMICOLON
        if not isinstance(node.value, bool):
            values.fault(node, path, "neither true, false nor the word semicolon", f'write true or "{_SEMICOLON}"')
            return None
        return "comma" if node.value else None

    @staticmethod
    def _seconds(values: JsonValues, node: JsonNode, path: str) -> float | None:
        """A duration."""
        seconds = values.number(node, path)
        if seconds is not None and not 0 < seconds <= _LONGEST_SECONDS:
            values.fault(node, path, "not a number of seconds above 0", "write a number such as 60")
            return None
        return None if seconds is None else float(seconds)
