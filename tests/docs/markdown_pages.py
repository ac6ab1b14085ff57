"""The pages of the documentation, taken apart: blocks of code with the marks before them, headings, links."""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))

_BLOCK = re.compile(
    r"(?:^(?P<mark> *<!--[^\n]*-->)\n)?^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S
)
_MARK = re.compile(r"<!-- ([\w ]+)(?:: (.*?))? -->")


class Block(NamedTuple):
    """A fenced block, and the comment on the line before it: ``<!-- what: value -->``."""

    language: str
    text: str
    mark: str
    value: str


def blocks_of(text):
    for match in _BLOCK.finditer(text):
        mark = _MARK.search(match["mark"] or "")
        body = textwrap.dedent(match["text"])
        yield Block(match["language"], body, mark[1] if mark else "", (mark[2] or "") if mark else "")


def without_blocks(text):
    return _BLOCK.sub("", text)


def anchors_of(text):
    """What links to places of a page may name, as the site makes them."""
    for heading in re.findall(r"^#+ (.*)$", without_blocks(text), re.M):
        plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
        yield re.sub(r"[-\s]+", "-", plain)


def links_of(text):
    return re.findall(r"!?\[[^\]\n]*\]\(([^)\s]+)\)", without_blocks(text))
