"""What of `signal` is written in C: there at once, where its enumerations take as long to load as five modules.

In and out: as of `signal`, whose functions and numbers these are. Knows nothing of the records.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as plain
    from typing import Any
else:
    try:
        import _signal as plain
    except ImportError:  # an interpreter that has it in Python alone
        import signal as plain

__all__ = ["pass_on", "plain", "raised_by_handler"]


def pass_on(error: BaseException) -> None:
    """Raise it again where it ends whatever it comes upon: a Ctrl-C, or what the program's own handler has raised."""
    if isinstance(error, KeyboardInterrupt) or raised_by_handler(error):
        raise error


def raised_by_handler(error: BaseException) -> bool:
    """Whether the program's own handler of a signal raised that: it means to end whatever it comes upon."""
    codes = {_code_of(plain.getsignal(number)) for number in range(1, plain.NSIG)} - {None}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: Any) -> Any:
    """The code of a handler, if it is one in Python."""
    handler = getattr(handler, "func", handler)
    handler = getattr(handler, "__func__", handler)
    if not hasattr(handler, "__code__") and callable(handler):
        handler = type(handler).__call__
    return getattr(handler, "__code__", None)
