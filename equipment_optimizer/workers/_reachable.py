"""What a call of a function may come upon besides its arguments: what it holds, and what its code names.

In: a function, types of values. Out: the values of those types, each with the way to it, which is the same in every
process that has the function. Nothing is called or imported for that, and it ends early where there is very much.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import deque

from ..system.quick_signal import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["reachable"]

#: Functions, modules, classes and objects that are looked into; values that are looked at, 0.3 us each; and elements of
#: each list or dictionary.
_MOST_PLACES = 200
_MOST_VALUES = 3000
_MOST_ELEMENTS = 32

#: Steps from an object into what it holds, one after the other.
_MOST_STEPS = 4

#: So many steps lead to a function that an object of ours calls.
_STEPS_TO_CALLED = 2

#: Methods that the call of an object or a class runs, whatever its caller names.
_CALLED = frozenset(("__call__", "__init__", "__new__", "__post_init__"))

#: Where other people's packages are installed.
_INSTALLED = ("site-packages", "dist-packages")


class _Place:
    """Something to be looked into.

    `names`: what the code names that led here; `home`: the package of that code, None where no name but the function
    itself led here, as a partial leads to what it calls; `steps`: from object to object so far.
    """

    __slots__ = ("home", "names", "steps", "value", "way")

    def __init__(self, way: str, value: Any, names: frozenset[str], home: str | None, steps: int) -> None:
        self.way, self.value, self.names, self.home, self.steps = way, value, names, home, steps


def reachable(func: Callable[..., Any], kinds: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    """Values of these types, each once; of the modules of functions all globals count, else what is named.

    Functions and classes of installed packages and of the standard library are not looked into where they are only
    named. 20 us for a plain function of a small module, some 3 ms at most.
    """
    todo = deque([_Place("", func, frozenset(), None, 0)])
    seen: set[Any] = set()
    yielded: set[int] = set()
    n_places = n_values = 0
    while todo and n_places < _MOST_PLACES and n_values < _MOST_VALUES:
        n_places += 1
        place = todo.popleft()
        try:
            around = _around(place, seen)
        except Exception as error:
            pass_on(error)
            # Whatever an object does when it is looked at, the function may still run.
            continue
        n_values += len(around)
        for next_place in around:
            value = next_place.value
            if issubclass(type(value), kinds):
                if id(value) not in yielded:
                    yielded.add(id(value))
                    yield next_place.way, value
            elif _is_entered(next_place):
                is_shared = issubclass(type(value), (types.ModuleType, type))
                key = (id(value), next_place.names) if is_shared else id(value)
                if key not in seen:
                    seen.add(key)
                    todo.append(next_place)


def _is_entered(place: _Place) -> bool:
    """Whether it is looked into."""
    value, kind = place.value, type(place.value)
    if place.steps > _MOST_STEPS:
        return False
    if kind is types.FunctionType or issubclass(kind, type):
        return place.home is None or _is_own(getattr(value, "__module__", None), place.home)
    if kind is types.BuiltinMethodType:
        return not isinstance(value.__self__, types.ModuleType)
    return kind.__module__ != "builtins" or kind in _HOLDERS or kind in _CONTAINERS or kind is types.ModuleType


def _package(module: object) -> str:
    """The outermost package of a module's name."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def _is_own(module: object, home: str) -> bool:
    """Whether a module belongs to the package `home`, or is nobody else's."""
    package = _package(module)
    if not package or package == home:
        return package != ""
    try:
        path = str(getattr(sys.modules.get(package), "__file__", None))
    except Exception:
        # Anything may stand for a module.
        return False
    return package not in sys.stdlib_module_names and not any(folder in path for folder in _INSTALLED)


def _around(place: _Place, seen: set[Any]) -> list[_Place]:
    """What can be reached from there in one step."""
    value, kind = place.value, type(place.value)
    if kind is types.FunctionType:
        return _around_function(place, seen)
    if issubclass(kind, types.ModuleType):
        known = object.__getattribute__(value, "__dict__")
        return _named(place, known, place.names, place.home)
    if issubclass(kind, type):
        return _around_class(place)
    steps = place.steps + (kind not in _HOLDERS)
    names = place.names
    if kind is types.MethodType and type(value.__func__) is types.FunctionType:
        names = _names(value.__func__.__code__)
    around = [_Place(f"{place.way}/{name}", each, names, place.home, steps) for name, each in _held(value)]
    if kind not in _HOLDERS and kind not in _CONTAINERS:
        # What its methods reach; those of a class of a library only where it is called in place of a function.
        is_called = steps <= _STEPS_TO_CALLED and any("__call__" in vars(owner) for owner in kind.__mro__)
        home = place.home or (_package(kind.__module__) if is_called else "")
        around.append(_Place(f"{place.way}/class", kind, names, home, steps))
    if hasattr(kind, "__globals__"):
        # A function that was compiled, whose code says little.
        around += _beyond(place, value.__globals__, names)
    return around


def _named(place: _Place, known: dict[str, Any], names: frozenset[str], home: str | None) -> list[_Place]:
    """What code names, in an order that is the same everywhere."""
    shared = sorted(name for name in names if name in known)
    return [_Place(f"{place.way}/{name}", known[name], names, home, place.steps) for name in shared]


def _beyond(place: _Place, known: dict[str, Any], names: frozenset[str]) -> list[_Place]:
    """The rest, for functions that are called by means of tables or strings: values alone, none is looked into."""
    unnamed = [(name, value) for name, value in list(known.items()) if name not in names]
    return [_Place(f"{place.way}/{name}", value, names, "", sys.maxsize) for name, value in unnamed]


def _around_class(place: _Place) -> list[_Place]:
    """Attributes of a class, and methods that code names or a call runs."""
    known: dict[str, Any] = {}
    for owner in reversed(place.value.__mro__):
        if owner.__module__ != "builtins":
            known.update(vars(owner))
    methods = [value for name, value in known.items() if name in place.names or name in _CALLED]
    codes = [value.__code__ for value in methods if type(value) is types.FunctionType]
    names = place.names.union(_CALLED, *map(_names, codes))
    return [*_named(place, known, names, place.home), *_beyond(place, known, names)]


def _around_function(place: _Place, seen: set[Any]) -> list[_Place]:
    """What a function holds, all that its module has, and what its code names there."""
    func, known = place.value, place.value.__globals__
    names, home = _names(func.__code__), _package(func.__module__)
    held: list[Any] = [*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).values(), *func.__dict__.values()]
    for cell in func.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # nothing was assigned yet
            held.append(None)
    around = [_Place(f"{place.way}/{n}", each, names, place.home, place.steps) for n, each in enumerate(held)]
    around += _named(place, known, names, home)
    # Modules that are imported inside it.
    inside = frozenset(name for name in names - known.keys() if name in sys.modules and _is_own(name, home))
    around += [_Place(f"{place.way}/{name}", sys.modules[name], names, home, place.steps) for name in sorted(inside)]
    if id(known) not in seen:
        seen.add(id(known))
        around += _beyond(place, known, names)
    return around


def _names(code: types.CodeType) -> frozenset[str]:
    """Names of globals and attributes in a function and in those inside it."""
    inner = (_names(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return frozenset(code.co_names).union(*inner)


def _held(value: Any) -> list[tuple[object, Any]]:
    """What an object holds, each with its name or number."""
    kind = type(value)
    if kind in _HOLDERS:
        return [(n, each) for n, each in enumerate(_HOLDERS[kind](value))]
    if kind in _CONTAINERS:
        elements = value.values() if kind in (dict, types.MappingProxyType) else value
        return [(n, each) for n, each in zip(range(_MOST_ELEMENTS), elements, strict=False)]
    try:
        held = list(object.__getattribute__(value, "__dict__").items())
    except AttributeError:
        held = []
    for owner in kind.__mro__:
        for name, slot in vars(owner).items():
            if type(slot) is types.MemberDescriptorType and owner.__module__ != "builtins":
                try:
                    held.append((name, slot.__get__(value)))
                except AttributeError:  # nothing was assigned
                    continue
    return held[:_MOST_ELEMENTS]


def _of_partial(value: functools.partial[Any]) -> list[Any]:
    return [value.func, *value.args, *value.keywords.values(), *vars(value).values()]


def _of_builtin(value: Any) -> list[Any]:
    owner = value.__self__
    return [] if isinstance(owner, types.ModuleType) else [owner]


#: What stands between a call and the function that runs, each with what it holds.
_HOLDERS: dict[type, Callable[[Any], list[Any]]] = {
    functools.partial: _of_partial,
    types.MethodType: lambda value: [value.__func__, value.__self__],
    types.BuiltinMethodType: _of_builtin,
    types.MethodWrapperType: _of_builtin,
    staticmethod: lambda value: [value.__func__],
    classmethod: lambda value: [value.__func__],
    property: lambda value: [value.fget],
}
_CONTAINERS = (list, tuple, dict, types.MappingProxyType, deque)
