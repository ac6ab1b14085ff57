"""Fuzz target: lines of talismans. What is accepted must make an equipment list that loads."""

from __future__ import annotations

from collections.abc import Iterable

from judge import judged, scratch

from equipment_optimizer.importers.talismans import talismans_file
from equipment_optimizer.loading.jobs import read_equipment

TOKENS = (
    *(b"Attack Boost,2,Guard,1,3,1,0\n", b",,,,0,0,0\n", b"#", b"\n#\n", b";", b"\t", b'"', b",0", b",4", b",5"),
    *(
        b"\xef\xbb\xbf",
        b"\r\n",
        b"-1",
        b"1000000000",
        b"Charm",
        b"Name",
        b"Skill 1,Lv 1,Slot 1\n",
        b"Weapon Slot 1",
        b"Id",
    ),
    *(
        "スキル系統1,スキル値1,スロット1,スロット1タイプ\n".encode(),
        "武器スロ1".encode(),
        "防具スロ1".encode(),
        b"Lv.2",
        b"N/A",
    ),
)


def run(data: bytes) -> str:
    """One case."""
    source, made = scratch() / "talismans.txt", scratch() / "made.csv"

    def load() -> Iterable[str]:
        text, notices = talismans_file(source)
        made.write_bytes(text.encode())
        table, own = read_equipment(made)
        # Every record is a charm, and the made file gives nothing to complain of.
        assert table.parts == ("Charm",)
        texts = {notice.partition(": ")[2] for notice in own if " counts as " not in notice}
        assert texts == {"there is no piece of Head, Body, Arms, Waist, Legs; builds are made without them"}
        return notices

    return judged(load, {source: data})
