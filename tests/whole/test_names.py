"""Identifiers that say nothing become fewer: each has a most, which only falls."""

import tokenize
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "equipment_optimizer"

#: How often a name may stand in the code of the package. A noun that says what it is serves better.
MOST = dict.fromkeys(("own", "one", "rest", "reach", "room", "cut", "tmp", "stuff"), 0) | {"found": 1}


def counted():
    names = Counter()
    for path in PACKAGE.rglob("*.py"):
        with path.open("rb") as file:
            names.update(token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.NAME)
    return names


COUNTED = counted()


@pytest.mark.parametrize("name", MOST)
def test_a_vague_name_stands_no_more_often_than_before(name):
    assert COUNTED[name] <= MOST[name], f"say what the new {name!r} is"
