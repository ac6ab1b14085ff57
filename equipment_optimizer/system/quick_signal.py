"""What of `signal` is written in C: there at once, where its enumerations take as long to load as five modules.

In and out: as of `signal`, whose functions and numbers these are. Knows nothing of the records.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as plain
else:
    try:
        import _signal as plain
    except ImportError:  # an interpreter that has it in Python alone
        import signal as plain

__all__ = ["plain"]
