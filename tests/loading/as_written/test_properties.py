"""Random tables in random dialects, and files with random damage."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_optimizer.errors import InputError
from equipment_optimizer.files.names import folded
from equipment_optimizer.files.numbers import is_blank
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import BodyPart

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=6).map(str.strip)
#: A line that begins with # is a comment.
NAMES = NAMES.filter(lambda name: name[:1] not in ("", "#"))
#: Names of skills and bonuses, of those that fold together one, and no word for nothing.
FOLDED = NAMES.map(folded).filter(lambda name: not is_blank(name) and name[:1] != "#")
LEVELS = st.integers(-(10**9), 10**9)
SLOTS = st.integers(0, 4)


def named(skills):
    """Those whose names are no words for nothing: the lowest version of Hypothesis lets some pass its filter."""
    return [(name, level) for name, level in skills if not is_blank(name)]


PIECES = st.lists(
    st.builds(
        EquipmentPiece,
        name=NAMES,
        body_part=st.sampled_from(BodyPart).map(str),
        defence=LEVELS,
        slots=st.tuples(SLOTS, SLOTS, SLOTS, SLOTS),
        skills=st.dictionaries(FOLDED, LEVELS, max_size=3).map(lambda skills: tuple(named(skills.items()))),
        resistances=st.tuples(LEVELS, LEVELS),
        set_bonuses=st.lists(FOLDED, max_size=2, unique=True).map(tuple),
        other=st.just(()),
        line=st.just(0),
        weapon_slots=st.just((0, 0, 0, 0)),
    ),
    min_size=1,
    max_size=6,
)

#: A job in which every kind of value comes up, to be damaged.
EQUIPMENT = (
    '\ufeffName,Body Part,Base Defence,Stat 1,Level,"Lvl 1 Deco Slots",Fire Res,Set Bonus,Rarity\r\n'
    'Iron Helm,Head,10,Attack Boost,1,2,-1,Iron Will,9\r\n"Horn ""Helm""",head,,,,,,,\n\n'
    'Épée,Body,20,Guard,2,0,0,,10\n"two\nlines",Legs,1,Guard,1,1,1,x,7\n'
).encode()
CONFIG = (
    b'{"decorations": {"deco_1": 1.0, "deco_2": 1.5, "num_decos": 1e-3},\n "_note": [null, true],'
    b' "skills": {"Attack Boost": {"max": 7, "weight": 1, "penalty": 0}, "Guard": {"values": [0, 1, -2.5]}},\n'
    b' "defence": 0.01, "limit": 10, "resistances": {"fire": {"weight": 0.1, "min": 0}},'
    b' "pin": {"Head": ["Iron Helm"]}, "exclude": ["\\u00c9p\\u00e9e"], "filter": {"Rarity": {"min": 8, "not": ["x"]}},'
    b' "files": {"decorations": "d.csv"}, "weapon": {"slots": [3, 1], "skills": {"Guard": 1}},'
    b' "body_parts": {"Head": 1, "Body": 2, "Legs": 1}}'
)
SIDE = b"Name;Slot Level;Skill 1 Name;Skill 1 Level;Available\nJewel;1;Guard;1;\nGem;4;Attack Boost;1;3\n"

#: Bytes that mean something somewhere.
TROUBLE = [*(bytes([byte]) for byte in b'\0",;\t\n\r\\{]\xff\x81\xe9-'), b"e9", b"9" * 12]


def columns_of(table: EquipmentTable) -> list[EquipmentPiece]:
    return [piece._replace(line=0) for piece in table]


@given(
    pieces=PIECES,
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    bom=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_a_table_written_in_any_dialect_is_read_back(pieces, delimiter, line_end, quoting, bom, order) -> None:
    headers = ["Name", "Body Part", "Base Defence", "Fire Res", "Ice Res", "Set Bonus 1", "Set Bonus 2"]
    headers += [f"Num Lvl {level} Deco Slots" for level in (1, 2, 3, 4)]
    headers += [f"Skill {k} {kind}" for k in (1, 2, 3) for kind in ("Name", "Level")]
    order.shuffle(headers)
    out = io.StringIO()
    writer = csv.DictWriter(out, headers, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writeheader()
    for piece in pieces:
        row = {"Name": piece.name, "Body Part": piece.body_part.upper(), "Base Defence": piece.defence}
        row |= dict(zip(["Fire Res", "Ice Res"], piece.resistances, strict=True))
        row |= {f"Set Bonus {k}": name for k, name in enumerate(piece.set_bonuses, 1)}
        row |= {f"Num Lvl {level} Deco Slots": count for level, count in enumerate(piece.slots, 1)}
        for k, (skill, level) in enumerate(piece.skills, 1):
            row |= {f"Skill {k} Name": skill, f"Skill {k} Level": level}
        writer.writerow(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "e.csv")
        path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode())
        table, _ = read_equipment(path)
    table._check()
    expected = columns_of(EquipmentTable.from_pieces(pieces, resistance_names=("Fire", "Ice")))
    normal = [[piece._replace(skills=frozenset(piece.skills), set_bonuses=frozenset(piece.set_bonuses))
               for piece in some] for some in (columns_of(table), expected)]  # fmt: skip
    assert normal[0] == normal[1]


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(raw)))
        stop = draw(st.integers(start, min(len(raw), start + 12)))
        piece = draw(st.sampled_from(TROUBLE) | st.binary(max_size=4) | st.just(raw[start:stop] * 2))
        raw = raw[:start] + piece + raw[stop:]
    return raw


@settings(max_examples=300)
@given(equipment=damaged(EQUIPMENT), config=damaged(CONFIG), side=damaged(SIDE))
def test_damaged_files_are_read_or_refused_and_nothing_else(equipment: bytes, config: bytes, side: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = {"e.csv": equipment, "c.json": config, "d.csv": side}
        for name, raw in paths.items():
            Path(folder, name).write_bytes(raw)
        try:
            table, _, notices = load_job(Path(folder, "e.csv"), Path(folder, "c.json"))
        except InputError as error:
            for fault in error.faults:
                assert str(fault).startswith(folder)
                assert fault.mend
                assert "\n" not in fault.message
        else:
            table._check()
            assert all(notice.startswith(folder) for notice in notices)


def test_the_undamaged_job_is_read(tmp_path: Path) -> None:
    for name, raw in {"e.csv": EQUIPMENT, "c.json": CONFIG, "d.csv": SIDE}.items():
        Path(tmp_path, name).write_bytes(raw)
    table, config, _ = load_job(tmp_path / "e.csv", tmp_path / "c.json")
    assert table.names == ("Iron Helm", 'Horn "Helm"', "Épée", "two\nlines")
    assert config.exclude == ("Épée",)
