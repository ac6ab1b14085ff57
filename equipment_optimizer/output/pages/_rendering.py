"""Templates that escape whatever is put in, and the policy under which a page asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["assets", "environment"]

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
    return environment


def assets(style: str, script: str | None = None) -> dict[str, Any]:
    """Style and script, and a policy under which a browser runs nothing else and asks for nothing."""
    from markupsafe import Markup

    def read(name: str) -> str:
        with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
            return file.read()

    css = read(style)
    assets: dict[str, Any] = {"style": Markup(css)}
    policy = ["default-src 'none'", f"style-src {_source(css)}", "base-uri 'none'", "form-action 'none'"]
    if script is not None:
        code = read(script)
        assets["script"] = Markup(code)
        policy.append(f"script-src {_source(code)}")
    return {**assets, "policy": "; ".join(policy)}


def _source(text: str) -> str:
    """What stands for an inline text in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
