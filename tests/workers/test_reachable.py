"""What a function can reach, and what it is not looked for in."""

from __future__ import annotations

import collections
import contextvars
import functools
import random
import sys
import types
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import pytest
import reached_elsewhere

from equipment_optimizer.workers import _reachable
from equipment_optimizer.workers._reachable import reachable

KINDS = (random.Random, np.random.Generator, ContextVar)
HERE = random.Random(1)
TABLE = {"one": random.Random(2)}
LISTED = [random.Random(3)]


def found(func):
    return [value for _, value in reachable(func, KINDS)]


def holds(func, value):
    return any(each is value for each in found(func))


def plain(item):
    return item


def names_table(item):
    return TABLE, LISTED


def names_elsewhere(item):
    return reached_elsewhere.RNG.random()


def calls_elsewhere(item):
    return reached_elsewhere.draw_here()


def imports_inside(item):
    import reached_elsewhere as imported

    return imported.RNG


def names_class(item):
    return reached_elsewhere.Place.var.get()


def nests(item):
    def inner():
        return [reached_elsewhere.VAR for _ in range(2)]

    return inner()


def named_library(item):
    return np.random.random(), collections.Counter, collections.OrderedDict, np.linalg.norm(item)


class Caller:
    shared = np.random.default_rng(7)

    def __init__(self, rng=None):
        self.rng = rng

    def __call__(self, item):
        return self.help()

    def help(self):
        return reached_elsewhere.RNG

    def method(self, item):
        return reached_elsewhere.draw_here()

    @classmethod
    def of_class(cls, item):
        return cls.shared

    @property
    def worth(self):
        raise AssertionError("nothing is called")


class Slotted:
    __slots__ = ("empty", "rng")

    def __init__(self, rng):
        self.rng = rng

    def __call__(self, item):
        return self.rng


class Named:
    def predict(self):
        return reached_elsewhere.RNG


MODEL = Named()


def names_model(item):
    return MODEL.predict()


def test_globals_of_its_module_all_count_and_values_it_names_are_looked_into():
    assert holds(plain, HERE)
    assert not holds(plain, TABLE["one"])
    assert holds(names_table, TABLE["one"])
    assert holds(names_table, LISTED[0])


@pytest.mark.parametrize(
    "func", [names_elsewhere, calls_elsewhere, imports_inside, Caller(), Caller().method, names_model, nests]
)
def test_other_modules_are_looked_into(func):
    wanted = reached_elsewhere.VAR if func is nests else reached_elsewhere.RNG
    assert holds(func, wanted)
    assert holds(names_class, reached_elsewhere.VAR)


def test_what_it_holds_is_looked_into():
    rng = random.Random(5)

    def default(item, *, rng=rng):
        return rng

    def cell(item):
        return rng

    def later(item):
        return never  # noqa: F821

    cached = functools.lru_cache(cell)
    attribute = types.FunctionType(plain.__code__, {})
    attribute.rng = rng
    for func in (
        default,
        cell,
        cached,
        attribute,
        reached_elsewhere.decorated(cell),
        functools.partial(plain, rng),
        functools.partial(plain, rng=rng),
        functools.partial(functools.partial(cell), 1),
        functools.partial(plain, {"deep": [collections.deque([rng])]}),
        Caller(rng),
        Caller(rng).method,
        Slotted(rng),
        functools.partial(map, Caller([Slotted(rng)])),
        rng.random,
        np.vectorize(cell),
    ):
        assert holds(func, rng), func
    assert holds(later, HERE)
    for func in (Caller, Caller(), Caller.of_class):
        assert holds(func, Caller.shared), func


def test_nothing_is_found_twice_and_the_way_to_it_is_the_same_again():
    func = functools.partial(calls_elsewhere, HERE, HERE)
    ways = list(reachable(func, KINDS))
    assert len({id(value) for _, value in ways}) == len(ways) == len({way for way, _ in ways})
    assert ways == list(reachable(func, KINDS))


def test_libraries_are_not_looked_into_where_they_are_only_named():
    # NumPy 2.5 keeps its error state in a context variable of its own.
    own = (random._inst, *(value for value in found(named_library) if isinstance(value, contextvars.ContextVar)))
    assert [value for value in found(named_library) if not any(value is other for other in own)] == found(plain)


def test_nothing_is_called_and_nothing_raises():
    class Hostile:
        def __getattribute__(self, name):
            raise AssertionError("nothing is called")

    assert holds(functools.partial(plain, Hostile(), Caller()), HERE)
    missing = types.FunctionType(plain.__code__, {"__name__": None})
    missing.__module__ = None
    assert found(missing) == []


def test_it_ends_where_there_is_very_much(monkeypatch):
    monkeypatch.setattr(_reachable, "_MOST_PLACES", 3)
    assert not holds(calls_elsewhere, None)
    monkeypatch.undo()
    last, chain = random.Random(), []
    chain.append(chain)
    deep = last
    for _ in range(20):
        deep = [deep]
    assert not holds(functools.partial(abs, deep, chain), last)
    assert not holds(functools.partial(abs, [0] * 1000 + [last]), last)
    many = types.ModuleType("many")
    exec("def func(item): return item", vars(many))
    vars(many).update({f"n{n}": n for n in range(_reachable._MOST_VALUES)})
    assert not holds(functools.partial(many.func, [[last]]), last)


def test_a_package_that_is_installed_is_looked_into_by_its_own_functions(monkeypatch):
    package, other = types.ModuleType("installed_one"), types.ModuleType("installed_one.other")
    for module in (package, other):
        module.__file__ = "/a/site-packages/installed_one/module.py"
        monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(other)["rng"] = random.Random(8)
    exec("def draw(): return rng", vars(other))
    package.other = other
    exec("def func(item): return other.draw()", vars(package))
    assert holds(package.func, other.rng)
    monkeypatch.setitem(globals(), "named_package", package)
    assert not holds(names_package, other.rng)


def names_package(item):
    return named_package.func()  # noqa: F821


class Unmade:
    """Stands for a module that is loaded when somebody looks at it."""

    def __getattr__(self, name):
        raise ImportError(name)


def names_odd_kind(item):
    return odd_kind.place  # noqa: F821


@pytest.mark.parametrize(
    "make", [lambda: types.SimpleNamespace(__file__=Path("somewhere") / "else.py"), Unmade, lambda: None]
)
def test_whatever_stands_for_a_module_is_no_hindrance(monkeypatch, make):
    monkeypatch.setitem(sys.modules, "odd_module", make())
    kind = type("Kind", (), {"__module__": "odd_module", "place": HERE})
    func = types.FunctionType(names_odd_kind.__code__, {"odd_kind": kind, "other": LISTED[0]})
    assert holds(func, LISTED[0])
    assert holds(func, HERE) == (make is not Unmade)
