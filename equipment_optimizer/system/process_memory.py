"""How much memory this process has taken, as the operating system counts it."""

from __future__ import annotations

import sys

__all__ = ["peak_rss_bytes"]


def peak_rss_bytes() -> int | None:
    """Peak resident memory of this process in bytes; None where the system does not say.

    Notes
    -----
    Linux: ``VmHWM``, which starts anew with the program; the kernel's
    ``ru_maxrss`` would report the parent's peak where that was higher.
    """
    try:
        with open("/proc/self/status", "rb") as status:
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
