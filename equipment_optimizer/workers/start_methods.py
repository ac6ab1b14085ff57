"""Which way new processes are started, without loading what starts them.

In: nothing but the interpreter's state. Out: a name. Knows nothing of pools or of equipment.
"""

from __future__ import annotations

import sys

__all__ = ["default_start_method"]


def default_start_method() -> str:
    """The start method in use, found without fixing it for the caller."""
    if "multiprocessing.context" not in sys.modules and sys.platform == "linux" and sys.version_info < (3, 14):
        return "fork"
    import multiprocessing

    # The first of all methods is the platform's default.
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
