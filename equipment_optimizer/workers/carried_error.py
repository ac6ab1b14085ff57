"""An exception on its way from a worker: what it was there, it is here.

In: an exception that was raised, or values with exceptions among them. Out: plain bytes and text, and from them an
exception of the same class with the same arguments and attributes. Pickle alone would call the class again,
which fails or changes the text wherever its arguments are not those of its parent, and leaves causes behind.
"""

from __future__ import annotations

import itertools
import types

from ..errors import WorkerError, is_memory_shortage
from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord
from ..system.quick_signal import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["CarriedError", "carry", "class_and_text", "with_carried"]

#: Causes of causes that travel along.
_MOST_CAUSES = 8

#: An attribute of a built-in class travels if it has no more, bytes: `AttributeError` holds what lacks one.
_MOST_BYTES = 1 << 20

#: No longer tuples are looked through for exceptions.
_MOST_PLACES = 8

#: What attributes are that no dictionary holds.
_FIELDS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class CarriedError(LightRecord):
    """An exception as it travels: its pickle (empty where there is none), its words and its traceback.

    `is_whole`: whether the pickle gives all that it holds, or what is to be raised in its place.
    """

    payload: bytes
    words: str
    trace: str
    is_whole: bool = True

    def rebuilt(self) -> BaseException:
        """The exception, with the worker's traceback in its notes; raises where it cannot be had here as it was."""
        if not self.is_whole:
            raise TypeError(f"not all of it pickles: {self.words}")
        return self._loaded()

    def _loaded(self) -> BaseException:
        error: BaseException = pickle.loads(self.payload)
        if self.trace:
            _add_note(error, f"in a worker process:\n{self.trace}")
        return error

    def restored(self) -> BaseException:
        """As much of it as there is, or a `WorkerError` that says why there is none."""
        why = self.trace
        if self.payload:
            try:
                return self._loaded()
            except KeyboardInterrupt:
                raise
            except BaseException as failure:
                why = f"{self.trace}(it cannot be rebuilt here: {class_and_text(failure)})"
        error = WorkerError(self.words)
        if self.trace:
            _add_note(error, f"in a worker process:\n{why}")
        return error


def with_carried(values: Sequence[Any]) -> Sequence[Any]:
    """Values to be pickled, of which exceptions, also in short tuples, arrive as they are here, but for tracebacks.

    Raises where one of them would arrive without something that it holds. 20 ns a value, 150 ns a tuple.
    """
    kinds = set(map(type, values))
    if tuple in kinds:
        short = [value for value in values if type(value) is tuple and len(value) <= _MOST_PLACES]
        kinds.update(map(type, itertools.chain.from_iterable(short)))
    if not any(issubclass(kind, BaseException) for kind in kinds):
        return values
    parcel = _Parcel(is_whole=True)
    return list(map(parcel.whole, values))


def carry(error: BaseException) -> CarriedError:
    """Make an exception ready to travel; never raises."""
    try:
        return _carried(error)
    except BaseException as failure:
        if _is_shortage(failure):
            # There is no room for as much as a traceback.
            return CarriedError(pickle.dumps(MemoryError("in a worker process")), "MemoryError", "")
        return CarriedError(b"", class_and_text(error), "", is_whole=False)


def _carried(error: BaseException) -> CarriedError:
    """An exception with its traceback; raises where memory does not suffice for that."""
    import traceback

    words, trace = class_and_text(error), "".join(traceback.format_exception(error))
    try:
        return CarriedError(pickle.dumps(_Parcel(is_whole=True).parts(error)), words, trace)
    except BaseException as failure:
        if _is_shortage(failure):
            raise
    try:
        return CarriedError(pickle.dumps(_Parcel().parts(error)), words, trace, is_whole=False)
    except BaseException as failure:
        if _is_shortage(failure):
            raise
        # Whatever its class, this is what callers catch.
        payload = pickle.dumps(MemoryError(words)) if isinstance(error, MemoryError) else b""
        why = class_and_text(failure)
        return CarriedError(payload, words, f"{trace}(it cannot be pickled: {why})", is_whole=bool(payload))


def _is_shortage(failure: BaseException) -> bool:
    """Whether memory ran out just now, whatever the error was that is being carried."""
    failure.__cause__ = failure.__context__ = None
    return is_memory_shortage(failure)


class _Parts:
    """Pickles into the exception itself."""

    def __init__(self) -> None:
        self.reduced: tuple[Any, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, self.reduced


class _Parcel:
    """Exceptions and those they hold, each of them packed once however many hold it; `is_whole`: or none of them."""

    def __init__(self, *, is_whole: bool = False) -> None:
        self._is_whole = is_whole
        #: By identity: what was packed; None for what is being packed, which cannot hold itself once more.
        self._packed: dict[int, _Parts | None] = {}

    def whole(self, value: Any) -> Any:
        """What pickles into the like of a value: itself, if it is no exception and no tuple that holds one."""
        kind = type(value)
        if issubclass(kind, BaseException):
            return value if self._is_plain(value) else self.parts(value)
        if (
            kind is tuple
            and len(value) <= _MOST_PLACES
            and any(issubclass(type(each), BaseException) for each in value)
        ):
            return tuple([self.whole(each) if type(each) is not tuple else each for each in value])
        return value

    def _is_plain(self, error: BaseException) -> bool:
        """Whether all that an exception holds is in its plain pickle."""
        if error.__cause__ is not None or error.__context__ is not None or error.__suppress_context__:
            return False
        state = self._state(error)
        return isinstance(state, bytes) and self._fields(pickle.loads(state)) == self._fields(error)

    def _go_without(self, failure: BaseException) -> None:
        """Let something stay behind, where that may be."""
        if self._is_whole:
            raise failure

    def parts(self, error: BaseException, depth: int = _MOST_CAUSES) -> _Parts:
        """What pickles into `error`; raises where that cannot be."""
        if id(error) in self._packed:
            packed = self._packed[id(error)]
            if packed is None:
                raise RecursionError("an exception holds itself")
            return packed
        pickle.dumps(type(error))
        self._packed[id(error)] = None
        packed, causes = _Parts(), []
        for cause in (error.__cause__, error.__context__):
            try:
                if cause is not None and not depth:
                    raise RecursionError("an exception has too many causes")
                causes.append(None if cause is None else self.parts(cause, depth - 1))
            except BaseException as failure:
                self._go_without(failure)
                causes.append(None)
        origin = (*causes, error.__suppress_context__)
        packed.reduced = (type(error), self._state(error), self._fields(error), origin)
        self._packed[id(error)] = packed
        return packed

    def _state(self, error: BaseException) -> bytes | tuple[tuple[Any, ...], dict[str, Any]]:
        """The plain pickle where it gives the same; else arguments, attributes: words where those do not pickle."""
        try:
            plain = pickle.dumps(error)
            copy = pickle.loads(plain)
            is_same = type(copy) is type(error) and class_and_text(copy) == class_and_text(error)
            # Of exceptions that it holds, as a group does, it keeps less than is kept here.
            holds_others = any(map(_is_or_holds_error, (*error.args, *vars(error).values())))
            is_full = not holds_others or _says_how_to_pickle(type(error))
            if is_same and vars(copy).keys() == vars(error).keys() and is_full:
                return plain
        except BaseException as failure:
            if self._is_whole:
                pass_on(failure)
        # What its built-in parent is made of, whatever the class itself asks for.
        arguments = _builtin_parent(type(error)).__reduce__(error)[1]
        if isinstance(error, BaseExceptionGroup):
            # The sequence that it was given may have changed since.
            sequence = tuple if any(isinstance(each, tuple) for each in arguments) else list
            arguments = error.message, sequence(error.exceptions)
        attributes = {name: self._portable(value) for name, value in vars(error).items()}
        return tuple(map(self._portable, arguments)), attributes

    def _fields(self, error: BaseException) -> dict[str, bytes]:
        """Pickles of attributes that no dictionary holds: slots, and those of built-in classes, not all in a pickle."""
        fields: dict[str, bytes] = {}
        for kind in type(error).__mro__:
            if kind in (BaseException, BaseExceptionGroup):
                continue
            for name, descriptor in vars(kind).items():
                if not isinstance(descriptor, _FIELDS) or name.startswith("__") or name in fields:
                    continue
                try:
                    value = getattr(error, name)
                except BaseException:  # nothing was assigned
                    continue
                payload = self._of_builtin(value) if kind.__module__ == "builtins" else self._of_slot(value)
                if payload is not None:
                    fields[name] = payload
        return fields

    def _of_builtin(self, value: Any) -> bytes | None:
        """The pickle of an attribute of a built-in class, which may stay behind: it may be whatever lacks something."""
        try:
            payload = pickle.dumps(value)
        except BaseException as failure:
            if self._is_whole:
                pass_on(failure)
            return None
        return payload if value is not None and len(payload) <= _MOST_BYTES else None

    def _of_slot(self, value: Any) -> bytes | None:
        """The pickle of a slot of a class of the function's."""
        try:
            return pickle.dumps(self._portable(value))
        except BaseException as failure:
            self._go_without(failure)
            return None

    def _portable(self, value: Any) -> Any:
        """A value, or words in its place where it does not pickle."""
        if isinstance(value, BaseException):
            try:
                return self.parts(value)
            except BaseException as failure:
                self._go_without(failure)
                # What takes an exception may take nothing else.
                return WorkerError(class_and_text(value))
        if _is_or_holds_error(value):
            return type(value)(map(self._portable, value))
        try:
            pickle.loads(pickle.dumps(value))
        except BaseException as failure:
            self._go_without(failure)
            return f"<{class_and_text(value)}: does not pickle>"
        return value


def _is_or_holds_error(value: Any) -> bool:
    held = value if type(value) in (list, tuple) else (value,)
    return any(isinstance(each, BaseException) for each in held)


def _says_how_to_pickle(kind: type[BaseException]) -> bool:
    """Whether a class decides itself what of it travels, as those do that hold a connection."""
    parent = _builtin_parent(kind)
    return any(getattr(kind, name) is not getattr(parent, name) for name in ("__reduce__", "__reduce_ex__"))


def _builtin_parent(kind: type[BaseException]) -> Any:
    return next(base for base in kind.__mro__ if base.__module__ == "builtins")


def _rebuild(
    kind: type[BaseException],
    state: Any,
    fields: dict[str, bytes],
    origin: tuple[BaseException | None, BaseException | None, bool],
) -> BaseException:
    """An exception of that class, without calling the class where its plain pickle would not do."""
    if isinstance(state, bytes):
        error: BaseException = pickle.loads(state)
    else:
        arguments, attributes = state
        parent = _builtin_parent(kind)
        error = parent.__new__(kind, *arguments)
        parent.__init__(error, *arguments)
        vars(error).update(attributes)
    for name, value in fields.items():
        # Some are for reading alone, and some values cannot be had here.
        try:
            setattr(error, name, pickle.loads(value))
        except KeyboardInterrupt:
            raise
        except BaseException:
            continue
    for place, attribute in enumerate(("__cause__", "__context__", "__suppress_context__")):
        # Whatever the class says about setting attributes.
        vars(BaseException)[attribute].__set__(error, origin[place])
    return error


def _add_note(error: BaseException, note: str) -> None:
    """Add a note to an error whose class may refuse attributes; none where its notes are something else than a list."""
    notes = vars(error).setdefault("__notes__", [])
    if isinstance(notes, list):
        notes.append(note)


def class_and_text(value: object) -> str:
    """Class and text; the class alone where the text cannot be had."""
    name = type(value).__name__
    try:
        return f"{name}: {value}"
    except KeyboardInterrupt:
        raise
    except BaseException:
        return name
