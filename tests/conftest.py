"""Settings for all tests; which are slow; what the run of them took."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What other runs measured on this machine is not for tests, nor the other way round.
os.environ["EQUIPMENT_OPTIMIZER_CACHE"] = "off"

# Loaded at once: under coverage it takes as long as on a slow machine, for which it would be taken.
import equipment_optimizer.sampling.parallel_map  # noqa: F401

# How long an example takes is the machine's business: no test asserts a duration. The same examples in every run: a
# run that fails, fails again.
settings.register_profile("project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

TESTS = Path(__file__).resolve().parent

#: Folders and files whose tests start processes or browsers, or search long: `-m "not slow"` leaves them out.
SLOW = (TESTS / "slow.txt").read_text(encoding="utf-8").split()

#: Random cases that differ by their number are further ones of their kind from here on: other versions of libraries are
#: tried on those before.
FIRST_FURTHER = 2

#: And from here on coverage does not watch them: that takes as long as they do.
FIRST_UNCOVERED = 4

#: And from this number on they are many: for every change those below are tried, before a release all. Where the number
#: is the first of some dozens, those remain the first dozens.
FIRST_OF_MANY = 10


@pytest.fixture
def no_process_is_left_behind() -> Iterator[None]:
    """For tests of workers."""
    from process_checks import children

    before = children()
    yield
    assert children() <= before


def is_slow(path: Path) -> bool:
    """Whether the tests of a file are slow, or all of a folder."""
    place = path.relative_to(TESTS).as_posix()
    return any(place == name or place.startswith(f"{name}/") for name in SLOW)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out unread what `-m` leaves out: to import all tests takes a few seconds."""
    wanted = config.getoption("markexpr").removesuffix(" and not further").removesuffix(" and not many")
    if TESTS not in collection_path.parents or wanted not in ("slow", "not slow"):
        return None
    slow = is_slow(collection_path)
    return True if slow == (wanted == "not slow") and (slow or collection_path.is_file()) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow folders and files, and of many random cases the further ones."""
    for item in items:
        cases = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        numbers = [case for name in ("seed", "item", "first") if isinstance(case := cases.get(name), int)]
        if max(numbers, default=0) >= FIRST_FURTHER:
            item.add_marker(pytest.mark.further)
        if max(numbers, default=0) >= FIRST_UNCOVERED:
            item.add_marker(pytest.mark.no_cover)
        if max(numbers, default=0) >= FIRST_OF_MANY:
            item.add_marker(pytest.mark.many)
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much time and memory all tests took together."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(each.ru_utime + each.ru_stime for each in used)
    own, largest_child = (each.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10) for each in used)
    peaks = f"peak {own:.0f} MiB, of the largest child {largest_child:.0f} MiB"
    terminalreporter.write_line(f"{seconds:.0f} s of processor time, children included; {peaks}")
