"""Fuzz target: an equipment list, read on its own and for a config that pins, excludes and filters."""

from __future__ import annotations

from collections.abc import Iterable

from judge import compiled, judged, scratch

from equipment_optimizer.loading.jobs import load_job, read_equipment

TOKENS = (
    *(b"Name,Body Part\n", b"Stat 1,Level", b"Skill 1 Name,Skill 1 Level", b"Num Lvl 1 Deco Slots", b"Fire Res"),
    *(b"Set Bonus", b"Group Bonus", b"Base Defence", b"Rarity", b"Head", b"Body", b"Charm", b'"', b'""', b";", b"\t"),
    *(b"\r\n", b"\r", b"\xef\xbb\xbf", b"1000000000", b"-1", b"+", b"a,Head\n"),
    *(b"Skill 1", b"Lv 1", b"Level", b"Level.1", b"Skill", b"Skills", b"Attack Boost", b"Attack Boost 2, Guard 1"),
    *(
        b"Slot 1",
        b"Slot 2",
        b"Slots",
        b"Weapon Slots",
        b"4-2-1",
        b"[4,2,1]",
        b"\xe2\x91\xa3\xe2\x91\xa1",
        b"Defens",
        b"#",
    ),
    *(
        b"sep=;\n",
        b"# x\n",
        b"\xff\xfe",
        b"\xfe\xff",
        b"Lv.2",
        b"2.0",
        b"2,0",
        b"1.000",
        b"1,234",
        b'"1,234"',
        b"1 234",
    ),
    *(
        b'="2"',
        b"N/A",
        b"nan",
        b"-",
        b"\xe2\x88\x922",
        b"\xe2\x80\x93",
        b"\xc2\xa0",
        b"'",
        b"\xe2\x80\x99",
        b"\xe2\x80\x8b",
    ),
)

CONFIG = (
    b'{"decorations": {"deco_1": 1, "deco_2": 1, "deco_3": 1, "deco_4": 1, "num_decos": 0.25}, "defence": 0.01,'
    b' "limit": 2, "skills": {"Attack Boost": {"max": 5, "weight": 2, "penalty": 1}, "Guard": {"values": [0, 1]}},'
    b' "resistances": {"fire": {"weight": 0.1}}, "pin": {"Head": ["Iron Helm", "a"]}, "exclude": ["b"],'
    b' "filter": {"Rarity": {"min": 1, "not": ["x", 7], "blank": true}}}'
)


def run(data: bytes) -> str:
    """One case."""
    equipment, config = scratch() / "equipment.csv", scratch() / "config.json"

    def alone() -> Iterable[str]:
        table, notices = read_equipment(equipment)
        table._check()
        return notices

    def in_a_job() -> Iterable[str]:
        return compiled(*load_job(equipment, config))

    judged(in_a_job, {equipment: data, config: CONFIG})
    return judged(alone, {equipment: data})
