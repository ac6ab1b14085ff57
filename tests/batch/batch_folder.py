"""Small folders with several build lists, for the tests of batches."""

import json
import random

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
SKILLS = ("Attack", "Guard", "Speed")
HEADER = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots"


def equipment_rows(n_pieces=4, seed=1):
    """Rows of an equipment file: name, part, defence, skill, level, slots."""
    dice = random.Random(seed)
    return [
        [f"{part} {k}", part, dice.randint(1, 90), dice.choice(SKILLS), dice.randint(1, 3), dice.randint(0, 2)]
        for part in PARTS
        for k in range(n_pieces)
    ]


def write_equipment(path, rows):
    path.write_text("\n".join([HEADER, *(",".join(map(str, row)) for row in rows)]) + "\n")


def config(seed=1, **more):
    """A configuration with weights of its own."""
    dice = random.Random(seed)
    return {
        "decorations": {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 0},
        "skills": {name: {"max": 5, "weight": dice.randint(1, 40) / 4, "penalty": 0.5} for name in SKILLS},
        "defence": 0.05,
        "limit": 20,
        **more,
    }


def make_folder(folder, n_lists=3, n_pieces=4):
    """A folder with an equipment file and `n_lists` configs; returns their names."""
    folder.mkdir(exist_ok=True)
    write_equipment(folder / "equipment.csv", equipment_rows(n_pieces))
    names = [f"list{i}" for i in range(n_lists)]
    for i, name in enumerate(names):
        (folder / f"{name}.json").write_text(json.dumps(config(i)))
    return names


def files(folder, suffix=".csv"):
    """Bytes of every file with a suffix, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"*{suffix}"))}


def strays(folder):
    """Temporary files that were left behind."""
    return [path.name for path in folder.rglob("*.tmp")]


#: Files of an earlier time as the program knows its own, by the end of their names.
_OLD = {
    ".csv": b"Old,Proved,Score\n",
    ".json": b'{"inputs": [{"sha256": ""}], "version": "", "config": {}}',
    ".html": b"<!doctype html><meta content=Content-Security-Policy><p>equipment-optimizer",
}


def old_output(name):
    """What was in an output before a run: no run of today writes the like."""
    return _OLD["." + name.rpartition(".")[2]]
