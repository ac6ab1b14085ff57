"""Templates that escape whatever is put in, and the policy under which a page asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["SCRIPTS", "assets", "environment"]

#: The parts of a list's script, in the order in which they build on each other.
SCRIPTS = (
    "report/data.js",
    "report/conditions.js",
    "report/weights.js",
    "report/front.js",
    "report/table.js",
    "report/build.js",
    "report/sharing.js",
    "report/answers.js",
    "report/start.js",
)

#: Nobody paints a page that is not to be seen, so there is nothing to wait for.
_AFTER_PAINT = "document.hidden?setTimeout(begin):requestAnimationFrame(()=>{setTimeout(begin)});"

_FOLDER = os.path.join(os.path.dirname(__file__), "templates")


def environment() -> Environment:
    """Templates that escape, and that stop at a name nobody gave them."""
    from urllib.parse import quote

    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A list's name is no path: every sign that an address knows is escaped.
    environment.filters["address"] = lambda name: "./" + quote(name, safe="", errors="backslashreplace")
    environment.filters["path"] = lambda path: "./" + quote(path.replace(os.sep, "/"), errors="backslashreplace")
    return environment


def assets(style: str, *scripts: str) -> dict[str, Any]:
    """Style and script, and a policy under which a browser runs nothing else and asks for nothing."""
    from markupsafe import Markup

    def read(name: str) -> str:
        with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
            return file.read()

    css = _pressed(read(style))
    assets: dict[str, Any] = {"style": Markup(css)}
    # Pictures: only those that the page has drawn itself.
    policy = [
        "default-src 'none'",
        "img-src data:",
        f"style-src {_source(css)}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if scripts:
        # The parts share one scope, which is theirs alone; a browser paints what it has before it runs them.
        parts = "".join(_pressed(read(script), is_script=True) for script in scripts)
        code = f'"use strict";{{\nconst begin=()=>{{\n{parts}}};\n{_AFTER_PAINT}\n}}'
        assets["script"] = Markup(code)
        policy.append(f"script-src {_source(code)}")
    return {**assets, "policy": "; ".join(policy)}


def _pressed(text: str, *, is_script: bool = False) -> str:
    """Without comments, indentation and blanks beside punctuation; no text of ours runs over a line's end.

    Lines with a slash or a backtick may hold a regular expression or a template: they are left as they are.
    """
    lines = (line.strip() for line in text.splitlines())
    kept = (line for line in lines if line and not line.startswith(("//", "/*")))
    return "".join(_tight(line, is_script=is_script) + "\n" for line in kept)


def _tight(line: str, *, is_script: bool = False) -> str:
    """A line without the blanks that mean nothing: outside of strings, where no two signs could become one.

    In a style blanks beside ``+`` and before ``:`` mean something.
    """
    if "/" in line or "`" in line:
        return line
    parts = re.split(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", line)
    parts[::2] = [
        re.sub(r" *([{};,]|[=!]==|&&|\|\|) *|(?<=:) +| +(?=[?=])|(?<=[?=]) +", r"\1", part) for part in parts[::2]
    ]
    if is_script:
        signs = r"(?<![-+ ]) *(=>|[<>]=?|[*:]|\+(?! *\+)|-(?! *-)) *"
        parts[::2] = [re.sub(signs, r"\1", part) for part in parts[::2]]
    return "".join(parts)


def _source(text: str) -> str:
    """What stands for an inline text in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
