"""What the comparison scripts share: time, memory, and a heading that says where it was measured.

Time and memory are never measured in the same run: tracing slows what it traces.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent

Result = TypeVar("Result")


def timed(function: Callable[[], Result], repeats: int = 1) -> tuple[float, Result]:
    """Least wall time of some runs in seconds, and the last result."""
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - started)
    return best, result


def traced_peak(function: Callable[[], object]) -> int:
    """Bytes that Python and NumPy hold at most while a function runs."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def command(arguments: Sequence[str], repeats: int = 3) -> tuple[float, int]:
    """Least wall time in seconds of a whole command of ours, and its peak resident memory in bytes."""
    from process_peaks import measure

    seconds, peak = float("inf"), 0
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([sys.executable, "main.py", *arguments], cwd=ROOT, check=True, capture_output=True)
        seconds = min(seconds, time.perf_counter() - started)
    figures = measure([sys.executable, "main.py", *arguments], cwd=str(ROOT))
    peak = int(figures["own_peak_bytes"])
    return seconds, peak


def processor_seconds(
    command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None, cap: int | None = None
) -> tuple[float, int]:
    """User and system time of a command that runs in a checkout and imports from it, and its exit code.

    Past `cap` seconds of processor time the system ends it (-SIGXCPU).
    """
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0", **(variables or {})}
    process = subprocess.Popen(command, cwd=folder, env=environment)
    if cap is not None:
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (cap, cap + 1))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, process.returncode


def cpu_name() -> str:
    """The processor, as the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def heading(inputs: Iterable[str]) -> str:
    """Command, commit, versions, processor and hashes of what was measured."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    versions = [f"Python {platform.python_version()}"]
    for package in ("numpy", "highspy", "ortools"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    script = Path(sys.argv[0]).resolve().relative_to(ROOT)
    return "\n".join(
        [
            f"$ python {script} {' '.join(sys.argv[1:])}".rstrip(),
            f"commit {commit or 'unknown'}; {', '.join(versions)}; {cpu_name()}",
            f"inputs {', '.join(inputs)}",
        ]
    )


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns of text, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[c]) for row in cells) for c in range(len(headers))]
    lines = []
    for row in cells:
        aligned = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(aligned).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def seconds_text(seconds: float) -> str:
    """Three digits, in the unit that fits."""
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def bytes_text(n_bytes: float) -> str:
    """Mebibytes."""
    return f"{n_bytes / 2**20:,.1f} MiB"
