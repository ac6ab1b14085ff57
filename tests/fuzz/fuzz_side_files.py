"""Fuzz target: the files beside a config. Each case is read as all three of them."""

from __future__ import annotations

from collections.abc import Iterable

from fuzz_config import EQUIPMENT
from judge import LOADED, REFUSED, compiled, judged, scratch

from equipment_optimizer.loading.jobs import load_job

TOKENS = (
    *(b"Name,Slot Level,Skill 1 Name,Skill 1 Level", b"Available", b"Allowed On", b"weapon", b"armor", b"any"),
    *(b"Bonus Name,Pieces Required,Skill,Level\n", b"Iron Will,2,Guard,1\n", b"Name,Max Level", b"Cap Without Unlock"),
    *(b"Cap Raised By", b"Guard", b"Attack Boost", b'"', b";", b"\t", b"1000000000", b"-1", b"0", b"4"),
    *(
        b"Skill 2 Name",
        b"Skill",
        b"Level",
        b"Skills",
        b"Availble",
        b"# x\n",
        b"sep=;\n",
        b"\xff\xfe",
        b"Lv.2",
        b"1.000",
        b"N/A",
    ),
)

CONFIG = (
    '{{"decorations": {{"deco_1": 1, "deco_2": 1, "deco_3": 1, "deco_4": 1, "num_decos": 0.25}}, "defence": 0.01,'
    ' "limit": 2, "skills": {{"Attack Boost": {{"weight": 2, "penalty": 1}}, "Guard": {{"weight": 1, "penalty": 0}}}},'
    ' "files": {{"{kind}": "side.csv"}}}}'
)


def run(data: bytes) -> str:
    """One case."""
    folder = scratch()

    def load() -> Iterable[str]:
        return compiled(*load_job(folder / "equipment.csv", folder / "config.json"))

    outcomes = [
        judged(
            load,
            {
                folder / "side.csv": data,
                folder / "equipment.csv": EQUIPMENT,
                folder / "config.json": CONFIG.format(kind=kind).encode(),
            },
        )
        for kind in ("decorations", "set_bonuses", "skills")
    ]
    return LOADED if LOADED in outcomes else REFUSED
