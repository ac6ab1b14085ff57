"""JSON files of other programs: values asked for by key, with a fault at its place for each that is not there.

Keys that nobody asks for are left alone: other programs write more than we need.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..files.findings import Findings, listing
from ..files.json_parser import JsonNode, parse_json
from ..files.json_values import JsonValues
from ..files.text import read_bytes, read_text, why_unreadable

__all__ = ["Item", "JsonSource"]


class Item:
    """A value of a file, with its JSON path.

    Every question returns None after a fault, and where an optional value is missing or null.
    """

    __slots__ = ("node", "path", "values")

    def __init__(self, values: JsonValues, node: JsonNode, path: str) -> None:
        self.values, self.node, self.path = values, node, path

    def fault(self, message: str, mend: str) -> None:
        """Report a fault at the value."""
        self.values.fault(self.node, self.path, message, mend)

    def member(self, key: str, *, optional: bool = False) -> Item | None:
        """The value of a key of an object."""
        if not isinstance(self.node.value, dict):
            self.fault("expected an object with keys", f'write an object with "{key}"')
            return None
        node = self.node.value.get(key)
        if node is None or (optional and node.value is None):
            if not optional:
                self.fault(f'the key "{key}" is missing', "take the file as its program writes it")
            return None
        return Item(self.values, node, f"{self.path}.{key}")

    def members(self) -> Iterator[tuple[str, Item]]:
        """Keys and values of an object."""
        if not isinstance(self.node.value, dict):
            self.fault("expected an object with keys", "take the file as its program writes it")
            return
        yield from ((key, Item(self.values, node, f"{self.path}.{key}")) for key, node in self.node.value.items())

    def elements(self) -> Iterator[Item]:
        """Elements of a list."""
        if not isinstance(self.node.value, list):
            self.fault("expected a list", "take the file as its program writes it")
            return
        for number, node in enumerate(self.node.value):
            yield Item(self.values, node, f"{self.path}[{number}]")

    def text(self) -> str | None:
        """A name."""
        return self.values.name(self.node, self.path, located=False)

    def whole(self, lowest: int | None = None) -> int | None:
        """A whole number."""
        if lowest is None:
            return self.values.whole(self.node, self.path, located=False)
        return self.values.whole(self.node, self.path, lowest=lowest, located=False)

    def id(self) -> str | None:
        """What identifies something: a whole number or a text, as text."""
        if isinstance(self.node.value, int) and not isinstance(self.node.value, bool):
            return str(self.node.value)
        return self.text()

    def of_language(self, language: str) -> str | None:
        """A name among those in several languages; the English one where that language is missing."""
        names = dict(self.members())
        # The same project writes Japanese in two ways.
        for key in (language, {"ja": "jp", "jp": "ja"}.get(language, language), "en"):
            if key in names and names[key].node.value not in (None, ""):
                return names[key].text()
        self.fault(f"there is no name in the language {language}", f"choose one of {listing(list(names))}")
        return None


class JsonSource:
    """One file; its root is None after a fault that leaves nothing to read."""

    def __init__(self, path: str) -> None:
        self.findings = Findings(path)
        self.root: Item | None = None
        try:
            raw = read_bytes(path)
        except (OSError, ValueError) as error:
            self.findings.fault(0, 0, *why_unreadable(error))
            return
        text = read_text(raw, self.findings)
        document = None if text is None else parse_json(text, self.findings)
        if document is not None:
            self.root = Item(JsonValues(document, self.findings), document.root, "$")
