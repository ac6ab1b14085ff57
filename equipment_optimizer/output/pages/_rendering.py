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

#: What pressing leaves as it is: strings, and in a script regular expressions behind a sign that no division follows.
_STRINGS = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_REGULAR = r"(?:(?<=[(,=:!&|?])|(?<=[(,=:!&|?] )|(?<=return ))/(?![/*])(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*"
_TEXTS = f"{_STRINGS[:-1]}|{_REGULAR})"

#: A line that declares what all parts of a script share, and a word that is a member of its own name.
_SHARED = re.compile("^(?:const|let) .*", re.MULTILINE)
_ALONE = r"(?:^|,)\s*(\w+)\s*(?=$|[,=])"

_FOLDER = os.path.join(os.path.dirname(__file__), "templates")


def environment() -> Environment:
    """Templates that escape, and that stop at a name nobody gave them."""
    from urllib.parse import quote

    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        # Indentation means nothing in the markup; what is put in is not touched.
        loader=FunctionLoader(lambda name: re.sub("^ +", "", _read(name), flags=re.MULTILINE)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A list's name is no path: every sign that an address knows is escaped.
    environment.filters["address"] = lambda name: "./" + quote(name, safe="", errors="backslashreplace")
    # Between tags a quotation mark is one.
    environment.filters["between_tags"] = lambda text: Markup(str(escape(text)).replace("&#34;", '"'))
    environment.filters["path"] = lambda path: "./" + quote(path.replace(os.sep, "/"), errors="backslashreplace")
    return environment


def assets(style: str, *scripts: str) -> dict[str, Any]:
    """Style and script, and a policy under which a browser runs nothing else and asks for nothing."""
    from markupsafe import Markup

    css = _pressed(_read(style))
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
        texts = _with_short_names([_read(script) for script in scripts])
        parts = "".join(_pressed(text, is_script=True) for text in texts)
        code = f'"use strict";{{\nconst begin=()=>{{\n{parts}}};\n{_AFTER_PAINT}\n}}'
        assets["script"] = Markup(code)
        policy.append(f"script-src {_source(code)}")
    return {**assets, "policy": "; ".join(policy)}


def _read(name: str) -> str:
    """A template, style or script."""
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _pressed(text: str, *, is_script: bool = False) -> str:
    """Without comments, indentation, and blanks and line ends at punctuation; no text of ours runs over a line's end.

    Lines of a script with a backtick, or with a slash that is neither division nor known to begin a regular expression:
    only their ends change.
    """
    lines = (line.strip() for line in text.splitlines())
    kept = (_tight(line, is_script=is_script) for line in lines if line and not line.startswith(("//", "/*")))
    # After any other sign a script's line may end a statement.
    joined = (line if line.endswith((";", "{", ",", "(", "[")) else line + "\n" for line in kept)
    # No string of ours holds the first, and no loop of ours is without a body.
    pressed = "".join(joined).replace(";}", "}")
    return pressed if is_script else pressed.replace("}\n", "}")


def _is_doubtful(parts: list[str]) -> bool:
    """Whether there may be more strings or regular expressions in a script's line than it was split at."""
    return any("`" in part or "/" in re.sub(r"[\w)\]] / [\w(]", "", part) for part in parts[::2])


def _with_short_names(texts: list[str]) -> list[str]:
    """Scripts of one scope in which functions, and what else all parts share, have names as short as can be.

    Where none is a property's name, too: behind a point, before a colon, or alone between braces and commas.
    """
    lines = [[re.split(_TEXTS, line) for line in text.splitlines() if line.strip()[:2] != "//"] for text in texts]
    every = [parts for text in lines for parts in text]
    code = "\n".join(part for parts in every for part in parts[::2])
    kept = set(re.findall(r"(?<!\.)\.(\w+)|(\w+)(?=:)", code))
    kept = {name for pair in kept for name in pair}
    kept |= {word for parts in every if _is_doubtful(parts) for word in re.findall(r"\w+", "".join(parts))}
    inner, n_left = code, 1
    while n_left:
        kept |= {word for braces in re.findall(r"\{([^{};]*)\}", inner) for word in re.findall(_ALONE, braces)}
        inner, n_left = re.subn(r"\{[^{}]*\}", "", inner)
    shared = [re.findall(r"(?:^(?:const|let)|,) (\w{3,}) =(?!>)", line) for line in re.findall(_SHARED, code)]
    names = sorted({*re.findall(r"\bfunction (\w{3,})\(", code), *(name for line in shared for name in line)} - kept)
    short = {name: f"${number:x}" for number, name in enumerate(sorted(names, key=lambda name: -code.count(name)))}
    for text in lines:
        for parts in text:
            parts[::2] = [
                re.sub(r"(?:(?<=\.\.\.)|(?<![\w$.]))[A-Za-z]\w*", lambda word: short.get(word[0], word[0]), part)
                for part in parts[::2]
            ]
    return ["\n".join("".join(parts) for parts in text) for text in lines]


def _shorter(word: re.Match[str]) -> str:
    """A word of a script as short as it can be."""
    return word[1] or "let"


def _tight(line: str, *, is_script: bool = False) -> str:
    """A line without the blanks that mean nothing: outside of strings, where no two signs could become one.

    In a style blanks beside ``+`` and before ``:`` mean something.
    """
    parts = re.split(_TEXTS if is_script else _STRINGS, line)
    if is_script and _is_doubtful(parts):
        return line
    parts[::2] = [
        re.sub(r" *([{};,]|[=!]==|&&|\|\|) *|(?<=:) +| +(?=[?=])|(?<=[?=]) +", r"\1", part) for part in parts[::2]
    ]
    if is_script:
        # The source says what stays the same, which a browser need not know.
        parts[::2] = [re.sub(r"\b(if|for|while) (?=\()|(?<![\w.])const(?= )", _shorter, part) for part in parts[::2]]
        signs = r"(?<![-+ ]) *(=>|[<>]=?|[*:]|\+(?! *\+)|-(?! *-)) *"
        parts[::2] = [re.sub(r"\((\w+)\)(?==>)", r"\1", re.sub(signs, r"\1", part)) for part in parts[::2]]
    return "".join(parts)


def _source(text: str) -> str:
    """What stands for an inline text in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
