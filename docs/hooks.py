"""What MkDocs asks when it builds the site: pages that are made of what stands elsewhere.

``<!-- commands -->`` becomes the reference of the commands, made of their parsers, ``<!-- schema -->`` that of
the keys of a config, made of their JSON Schema.
``<!-- include: FILE -->`` or ``<!-- include: FILE#Heading -->`` becomes that file of the
project, or one section of it; its links to other files of the project become plain words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

_INCLUDE = re.compile(r"^<!-- include: ([^#\n]+?)(?:#([^\n]+?))? -->$", re.M)
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?!https?:)[^)\n]*\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The text of a page with its marks filled in."""
    markdown = _INCLUDE.sub(lambda match: included(match[1], match[2]), markdown)
    for mark, make in (("<!-- commands -->", commands), ("<!-- schema -->", schema)):
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown


def schema() -> str:
    """The keys of a config, from the schema that ships with the package."""
    from equipment_optimizer.manual.schema_page import SECTIONS, schema_page

    text = (ROOT / "equipment_optimizer" / "loading" / "config.schema.json").read_text(encoding="utf-8")
    return schema_page(json.loads(text), SECTIONS)


def included(name: str, heading: str | None) -> str:
    """A file of the project without its title, or the text of one section."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"^<!-- .*? -->\n", "", text, flags=re.M)
    if heading is None:
        _, _, text = text.partition("\n")
    else:
        _, found, text = text.partition(f"\n## {heading}\n")
        if not found:
            raise ValueError(f"{name} has no section {heading!r}")
        text = re.split(r"^## ", text, maxsplit=1, flags=re.M)[0]
    return _LINK.sub(r"\1", text).strip()


def commands() -> str:
    """The reference of the commands of the installed program."""
    from equipment_optimizer.commands import COMMANDS, make_parser
    from equipment_optimizer.errors import MEANING_OF_EXITS
    from equipment_optimizer.manual.reference_page import reference_page

    parsers = {command: make_parser(command, "equipment-optimizer") for command in COMMANDS}
    return reference_page(COMMANDS, parsers, exit_codes=MEANING_OF_EXITS)
