"""The keys of a JSON Schema, for the whole and for each definition that has keys: as tables in Markdown, or as text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["SECTIONS", "schema_page", "schema_text"]

Schema = Mapping[str, Any]

_WORDS = {"number": "number", "integer": "whole number", "string": "text", "boolean": "true or false", "null": "null"}
#: Headings of what has keys of its own in a config.
SECTIONS = {
    "skill": "A skill",
    "total": "A total",
    "resistance": "A resistance",
    "count": "A count",
    "factor": "A factor",
    "sum": "A sum",
    "condition": "A condition",
    "part": "A body part",
    "pin": "A pin",
}
#: Definitions that are said at once.
_NAMED = {
    "name": "text",
    "names": "text, or a list of texts",
    "texts": "text, number, true or false, or a list of them",
    "conditions": "for each column: a condition",
    "terms": "for each name: number, or list of: number",
}


def schema_page(schema: Schema, titles: Mapping[str, str]) -> str:
    """Tables of all keys; `titles` are headings of the definitions that have a table of their own, by name, in order.

    >>> page = schema_page({"properties": {"limit": {"type": "integer", "description": "How many."}}}, {})
    >>> page.splitlines()[-1]
    '| `limit` | whole number | How many. |'
    """
    lines = list(_table(schema, titles))
    for name, title in titles.items():
        definition = schema["$defs"][name]
        lines += ["", f"## {title}", "", *_table(_object_of(definition), titles)]
    return "\n".join(lines)


def schema_text(schema: Schema, titles: Mapping[str, str], *, width: int = 80) -> str:
    """The same for a terminal: a key with what may stand there, its meaning below.

    >>> print(schema_text({"properties": {"limit": {"type": "integer", "description": "How many."}}}, {}))
    limit: whole number
        How many.
    """
    lines = list(_paragraphs(schema, titles, width))
    for name, title in titles.items():
        lines += ["", f"{title}:", "", *_paragraphs(_object_of(schema["$defs"][name]), titles, width)]
    return "\n".join(lines)


def _paragraphs(schema: Schema, titles: Mapping[str, str], width: int) -> Iterator[str]:
    """Lines on each key."""
    for key, kind, meaning in _keys(schema, titles):
        plain = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", kind).replace("`", "")
        yield from textwrap.wrap(f"{key}: {plain}", width, subsequent_indent="    ")
        yield from textwrap.wrap(meaning, width, initial_indent="    ", subsequent_indent="    ")


def _keys(schema: Schema, titles: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each key, what may stand there, and its meaning; those within it below."""
    for key, value in schema.get("properties", {}).items():
        yield key, _shown(value, titles), value.get("description", "")
        for inner, inside in value.get("properties", {}).items():
            if inside.get("description"):
                yield f"{key}.{inner}", _shown(inside, titles), inside["description"]


def _table(schema: Schema, titles: Mapping[str, str]) -> Iterator[str]:
    """A row for each key."""
    yield from ("| key | value | meaning |", "|---|---|---|")
    for key, kind, meaning in _keys(schema, titles):
        yield f"| `{key}` | {_cell(kind)} | {_cell(meaning)} |"


def _object_of(definition: Schema) -> Schema:
    """Of a definition with several forms the one with keys."""
    return next((form for form in definition.get("anyOf", ()) if "properties" in form), definition)


def _shown(schema: Schema, titles: Mapping[str, str]) -> str:
    """What may stand there, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{titles[name].lower()}](#{_anchor(titles[name])})" if name in titles else _NAMED.get(name, name)
    if "const" in schema:
        return f'`"{schema["const"]}"`'
    if "enum" in schema:
        return " or ".join(f'`"{word}"`' for word in schema["enum"])
    if "anyOf" in schema:
        return ", or ".join(_each_once(_shown(form, titles) for form in schema["anyOf"]))
    kinds: Any = schema.get("type", "anything")
    if isinstance(kinds, Sequence) and not isinstance(kinds, str):
        return " or ".join(_WORDS.get(str(kind), str(kind)) for kind in kinds)
    if kinds == "array":
        return f"list of: {_shown(schema.get('items', {}), titles)}"
    if kinds == "object":
        others = schema.get("additionalProperties")
        return f"for each name: {_shown(others, titles)}" if isinstance(others, Mapping) else "object"
    return _WORDS.get(str(kinds), str(kinds))


def _each_once(words: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _anchor(title: str) -> str:
    """The place of a heading on the page."""
    return title.lower().replace(" ", "-")


def _cell(text: str) -> str:
    """Text within a table."""
    return text.replace("|", "\\|")
