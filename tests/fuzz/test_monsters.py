"""Files made to break a reader: each is refused or read, with memory in proportion to its size.

Every case runs in a process of its own, whose peak the system counts. The work is
bounded, too: a case that is quadratic would not end before the time limit of
subprocesses, which is no more than a net.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from judge import MULTIPLE

ROOT = Path(__file__).resolve().parents[2]

#: What is not in proportion: blocks of the reader, and memory the system hands out in pages.
FIXED_BYTES = 16 << 20

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads the peak from /proc")

READER = """
import sys
from equipment_optimizer.batch.batch_file import read_batch
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.errors import EquipmentOptimizerError
from equipment_optimizer.importers.talismans import talismans_file
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.problem.selection import select_pieces

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))

kind, path, equipment = sys.argv[1:]
before = peak()
try:
    if kind == "equipment":
        read_equipment(path)
    elif kind == "talismans":
        talismans_file(path)
    elif kind == "batch":
        read_batch(path)
    else:
        table, config, _ = load_job(equipment, path)
        compile_problem(select_pieces(table, config), config)
except EquipmentOptimizerError as error:
    print(str(error).replace(path, "FILE"))
print(peak() - before)
"""

EQUIPMENT = "Name,Body Part,Skill 1 Name,Skill 1 Level,Defence\na,Head,Zeal,1,5\nb,Body,Zeal,2,5\n"
HEADER = b"Name,Body Part\n"
N = 1_000_000


def numbered(template: str, n: int, between: str = ",") -> bytes:
    """`template` with the numbers 0 to n - 1."""
    return between.join(template.replace("#", f"{i:x}") for i in range(n)).encode()


#: Kind, file, and how what is said of it begins; nothing for a file that is read.
MONSTERS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a million columns": ("equipment", lambda: b"Name,Body Part" + b"," * N + b"x\na,Head" + b"," * N + b"\n", ""),
    "100,000 columns of one name": (
        "equipment",
        lambda: b"Name,Body Part" + b",a" * (N // 10) + b"\na,Head" + b",1" * (N // 10) + b"\n",
        "FILE:1:4: duplicate header: 'a'",
    ),
    "100,000 columns with names": (
        "equipment",
        lambda: b"Name,Body Part," + numbered("#", N // 10) + b"\na,Head" + b",1" * (N // 10) + b"\n",
        "",
    ),
    "a cell of 100 MB": ("equipment", lambda: HEADER + b"x" * 10**8 + b",Head\n", ""),
    "a cell of 10 MB of four bytes a character": (
        "equipment",
        lambda: HEADER + "\N{PILE OF POO}".encode() * 2_500_000 + b",Head\n",
        "",
    ),
    "a quote of many lines that is never closed": (
        "equipment",
        lambda: HEADER + b'"' + b"x\n" * N,
        "FILE:2:1: a quoted cell is never closed",
    ),
    "100,000 pieces": ("equipment", lambda: HEADER + numbered("#,Head", 100_000, "\n"), ""),
    "300,000 faults": (
        "equipment",
        lambda: HEADER + b"a\n" * 300_000,
        "FILE:2:2: the record ends after cell 1 of 2",
    ),
    "a number of 10 MB": (
        "equipment",
        lambda: b"Name,Body Part,Defence\na,Head," + b"9" * 10**7,
        "FILE:2:3: defence is out of range: '999",
    ),
    "brackets 10 million deep": ("config", lambda: b"[" * 10**7, "FILE:1:101: brackets are nested more than 100 deep"),
    "a number of 100,000 digits": (
        "config",
        lambda: b'{"defence":' + b"9" * 100_000 + b"}",
        "FILE:1:12: number out of range: 999",
    ),
    "100,000 values of a skill": ("config", lambda: b'{"skills":{"A":{"values":[' + b"0," * 100_000 + b"0]}}}", ""),
    "50,000 weights that do not fit": (
        "config",
        lambda: b'{"skills":{"A":{"values":[' + b"1e99," * 50_000 + b"0]}}}",
        'FILE:1:27: this weight does not fit the exact arithmetic [$.skills["A"].values[0]]',
    ),
    "100,000 names that no piece has": (
        "config",
        lambda: b'{"exclude":[' + numbered('"#"', 100_000) + b"]}",
        "FILE:1:13: no piece is named '0' [$.exclude]",
    ),
    "30,000 skills": ("config", lambda: b'{"skills":{' + numbered('"#":{"max":1}', 30_000) + b"}}", ""),
    "50,000 body parts": (
        "config",
        lambda: b'{"body_parts":{' + numbered('"#":1', 50_000) + b"}}",
        "FILE:1:15: a build would take 50000 pieces, more than 1000 [$.body_parts]",
    ),
    "100,000 talismans": ("talismans", lambda: b"A,1,,,0,0,0\n" * 100_000, ""),
    "300,000 faulty talismans": ("talismans", lambda: b"A\n" * 300_000, "FILE:1:2: the record ends after cell 1 of 7"),
    "9,000 build lists": (
        "batch",
        lambda: b'{"defaults":{"equipment":"e"},"builds":[' + numbered('{"name":"#","config":"c"}', 9_000) + b"]}",
        "",
    ),
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_costs_at_most_the_stated_multiple_of_its_size(name: str, tmp_path: Path) -> None:
    kind, make, told = MONSTERS[name]
    path, equipment = tmp_path / "monster", tmp_path / "equipment.csv"
    path.write_bytes(make())
    equipment.write_text(EQUIPMENT)
    # Measuring coverage in that process would count its own memory.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", READER, kind, str(path), str(equipment)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    *text, peak = done.stdout.splitlines()
    assert "\n".join(text).startswith(told) if told else text == []
    # A screenful, whatever the number of faults.
    assert len(text) <= 41
    assert int(peak) <= FIXED_BYTES + MULTIPLE * path.stat().st_size
    path.unlink()


def test_a_side_file_that_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    from equipment_optimizer.errors import InputError
    from equipment_optimizer.loading.jobs import read_config

    os.mkfifo(tmp_path / "pipe")
    config = tmp_path / "config.json"
    for name in ("pipe", "/dev/zero"):
        config.write_text(json.dumps({"files": {"decorations": name}}))
        with pytest.raises(InputError, match="cannot be read: it is no regular file"):
            read_config(config)
