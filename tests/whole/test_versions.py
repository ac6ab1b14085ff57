"""The lowest versions that are tried are those that setup.cfg allows; the quick selection names what is there."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent

#: Packages of which several are one release.
_WITH = {"dask": ("dask", "distributed")}


def test_the_lowest_versions_are_those_that_are_allowed() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = [*setup["options"]["install_requires"].splitlines(), *setup["options.extras_require"]["test"].splitlines()]
    least = {}
    for line in wanted:
        if match := re.match(r"([\w-]+)(?:\[\w+\])? >= ([\d.]+)", line):
            least |= dict.fromkeys(_WITH.get(match[1], (match[1],)), match[2])
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pinned.keys() == least.keys()
    for name, version in pinned.items():
        assert re.fullmatch(rf"{re.escape(least[name])}(\.0|\.post\d+)*", version), name


def test_what_is_slow_is_there() -> None:
    slow = (TESTS / "slow.txt").read_text(encoding="utf-8").split()
    assert [name for name in slow if not (TESTS / name).exists()] == []
    assert sorted(slow) == slow
