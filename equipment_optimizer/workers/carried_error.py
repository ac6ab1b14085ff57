"""An exception on its way from a worker: what it was there, it is here.

In: an exception. Out: plain bytes and text, and from them an exception of the same
class with the same arguments and attributes. Pickle alone would call the class again,
which fails or changes the text wherever its arguments are not those of its parent.
"""

from __future__ import annotations

from ..errors import WorkerError, is_memory_shortage
from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CarriedError", "carry"]

#: Causes of causes that travel along.
_MOST_CAUSES = 8


class CarriedError(LightRecord):
    """An exception as it travels: its pickle (empty where there is none), its words and its traceback."""

    payload: bytes
    words: str
    trace: str

    def restored(self) -> BaseException:
        """The exception, with the worker's traceback in its notes, or a `WorkerError` that says why it is not."""
        why = self.trace
        error: BaseException = WorkerError(self.words)
        if self.payload:
            try:
                error = pickle.loads(self.payload)
            except Exception as failure:
                why = f"{self.trace}(it cannot be rebuilt here: {_words(failure)})"
        if self.trace:
            error.add_note(f"in a worker process:\n{why}")
        return error


def carry(error: BaseException) -> CarriedError:
    """Make an exception ready to travel; never raises."""
    if is_memory_shortage(error):
        # Whatever its class; and there may be no room for a traceback.
        return CarriedError(pickle.dumps(MemoryError("in a worker process")), "MemoryError", "")
    import traceback

    words, trace = _words(error), "".join(traceback.format_exception(error))
    try:
        return CarriedError(pickle.dumps(_parts(error)), words, trace)
    except Exception as failure:
        return CarriedError(b"", words, f"{trace}(it cannot be pickled: {_words(failure)})")


class _Parts:
    """Pickles into the exception itself."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, self.reduced


def _parts(error: BaseException, depth: int = _MOST_CAUSES) -> _Parts:
    pickle.dumps(type(error))
    causes: list[_Parts | None] = []
    for cause in (error.__cause__, error.__context__):
        try:
            causes.append(_parts(cause, depth - 1) if cause is not None and depth else None)
        except Exception:
            causes.append(None)
    return _Parts(type(error), _state(error), *causes, error.__suppress_context__)


def _state(error: BaseException) -> bytes | tuple[tuple[Any, ...], dict[str, Any]]:
    """The plain pickle where it gives the same; else arguments and attributes, as words where those do not pickle."""
    try:
        plain = pickle.dumps(error)
        copy = pickle.loads(plain)
        if type(copy) is type(error) and _words(copy) == _words(error) and vars(copy).keys() == vars(error).keys():
            return plain
    except Exception:
        pass
    # What its built-in parent is made of, whatever the class itself asks for.
    arguments = _builtin_parent(type(error)).__reduce__(error)[1]
    return tuple(map(_portable, arguments)), {name: _portable(value) for name, value in vars(error).items()}


def _builtin_parent(kind: type[BaseException]) -> Any:
    return next(base for base in kind.__mro__ if base.__module__ == "builtins")


def _portable(value: Any) -> Any:
    if isinstance(value, BaseException):
        return _parts(value)
    if isinstance(value, list) and any(isinstance(each, BaseException) for each in value):
        return [_portable(each) for each in value]
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        return f"<{_words(value)}: does not pickle>"
    return value


def _rebuild(
    kind: type[BaseException], state: Any, cause: BaseException | None, context: BaseException | None, suppress: bool
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
    error.__cause__, error.__context__, error.__suppress_context__ = cause, context, suppress
    return error


def _words(value: object) -> str:
    """Class and text; the class alone where the text cannot be had."""
    name = type(value).__name__
    try:
        return f"{name}: {value}"
    except Exception:
        return name
