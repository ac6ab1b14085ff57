"""Identifiers that say nothing become fewer: each has a most, which only falls. A constant has one meaning."""

import ast
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


def assigned(tree):
    """Names that a module's body gives values to, as often as it does; branches of an ``if`` are not looked into."""
    for statement in tree.body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_a_module_gives_a_constant_one_value():
    twice = []
    for path in PACKAGE.rglob("*.py"):
        times = Counter(assigned(ast.parse(path.read_text(encoding="utf-8"))))
        twice += [f"{path.name}: {name}" for name, count in times.items() if count > 1 and name.isupper()]
    assert twice == []


def test_a_constant_with_two_values_is_seen():
    assert list(assigned(ast.parse("A = 1\nB: int = 2\nif B:\n    A = 4\nA, C = 3, 4"))) == ["A", "B", "A", "C"]
