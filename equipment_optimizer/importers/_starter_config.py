"""A configuration to begin with, for files that an importer made."""

from __future__ import annotations

import json
from collections.abc import Iterable

__all__ = ["starter_config"]

_COMMENT = (
    "Give the skills you want a weight (and a min where you must have them), then run the job. "
    "As it stands this finds the most defence and free slots."
)


def starter_config(skills: Iterable[str]) -> str:
    """JSON text of a configuration that lists `skills` at weight 0 and names the side files.

    Parameters
    ----------
    skills : iterable of str
        Names, in the order in which to list them.

    Returns
    -------
    str
        It works as it stands; the maxima come from the skills file.
    """
    head = {
        "$comment": _COMMENT,
        "files": {"decorations": "decorations.csv", "set_bonuses": "set_bonuses.csv", "skills": "skills.csv"},
        "over_max": "cap",
        "unlisted_skill_weight": 0,
        # Small beside a skill's weight of 1 or more: they decide between equals.
        "decorations": {"deco_1": 0.1, "deco_2": 0.2, "deco_3": 0.3, "deco_4": 0.4, "num_decos": 0},
        "defence": 0.01,
        "limit": 100,
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    # A line for each skill: that is what gets edited.
    listed = ",\n".join(f'    {json.dumps(name, ensure_ascii=False)}: {{"weight": 0}}' for name in skills)
    return "\n".join(["{", *lines, '  "skills": {', *([listed] if listed else []), "  }", "}", ""])
