"""Fuzz target: a JSON config, read with an equipment list and side files that are sound."""

from __future__ import annotations

from collections.abc import Iterable

from judge import compiled, judged, scratch

from equipment_optimizer.loading.jobs import load_job

KEYS = (
    *("decorations", "deco_1", "num_decos", "skills", "max", "weight", "penalty", "min", "values", "defence", "limit"),
    *("unlisted_skill_weight", "over_max", "cap", "min_defence", "resistances", "fire", "pin", "exclude", "filter"),
    *("in", "not", "blank", "files", "set_bonuses", "weapon", "slots", "body_parts", "Head", "Attack Boost", "Rarity"),
    *("parts", "headers", "encoding", "title", "count", "weapon_slots", "Base Defence", "cp932", "at_most"),
    *("decorations.csv", "set_bonuses.csv", "skills.csv", "_note", "Iron Helm"),
    *("formula", "factors", "name", "base", "of", "times", "column:Rarity", "skill:Guard", "counts", "where"),
)
TOKENS = (
    *(f'"{key}"'.encode() for key in KEYS),
    *(b"1e400", b"-0", b"1e-18", b"999999999999999999", b"NaN", b"true", b"null", b"\\u0000", b"\\ud800", b"[[[["),
    *(b"2,5", b".5", b"null", b"0.30000000000000004", b"\xe2\x80\x9c", b"\xc2\xa0", b"\xe2\x80\x99", b"\xef\xbc\x8c"),
    *(b'{"a":', b"//", b"0.1", b'"\\u001b[2J"', b", "),
)

EQUIPMENT = (
    b"Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots,Fire Res,Set Bonus,Rarity\n"
    b"Iron Helm,Head,10,Attack Boost,1,2,-1,Iron Will,9\nHorn,Head,,,,,,,\n"
    b"Mail,Body,20,Guard,2,0,3,Iron Will,10\nCloth,Body,1,,,4,,,1\nRing,Charm,,Guard,1,,,,\n"
)
DECORATIONS = b"Name,Slot Level,Skill 1 Name,Skill 1 Level,Available\nJewel,1,Guard,1,\nGem,2,Attack Boost,2,1\n"
BONUSES = b"Bonus Name,Pieces Required,Skill,Level\nIron Will,2,Guard,1\n"
CAPS = b"Name,Max Level,Cap Without Unlock,Cap Raised By\nGuard,5,3,Attack Boost\nAttack Boost,7,,\n"


def run(data: bytes) -> str:
    """One case."""
    folder = scratch()
    files = {
        folder / "config.json": data,
        folder / "equipment.csv": EQUIPMENT,
        folder / "decorations.csv": DECORATIONS,
        folder / "set_bonuses.csv": BONUSES,
        folder / "skills.csv": CAPS,
    }

    def load() -> Iterable[str]:
        return compiled(*load_job(folder / "equipment.csv", folder / "config.json"))

    return judged(load, files)
