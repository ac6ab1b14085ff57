"""The frozen registry of workloads that the sampler is judged on.

``IN_SAMPLE`` were looked at while the cost model was made, ``HELD_OUT`` were not.
Those that need NumPy are in `sampler_numpy_workloads`, because some advisors take
NumPy's mere presence as a sign of threads; `find` imports that only where needed.
Every workload is a fixed amount of work (loops of a fixed length, not of a fixed
duration), small enough that start-up and advice show. Functions are at module
level, so that every executor can pickle them.
"""

from __future__ import annotations

import functools
import hashlib
import math
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["HELD_OUT", "IN_SAMPLE", "MS", "Workload", "find", "spin"]

#: Steps of `spin` in a millisecond on the machine where the sizes were chosen.
MS = 30_000


@dataclass(frozen=True)
class Workload:
    """A function and its data, made anew for every run.

    Attributes
    ----------
    name : str
    n_items : int
    make : callable
        Returns the function and its data.
    picklable : bool
        False where executors in other processes cannot work.
    is_safe : bool
        Whether several threads may call the function at once.
    """

    name: str
    n_items: int
    make: Callable[[], tuple[Callable[[Any], Any], Iterable[Any]]]
    picklable: bool = True
    is_safe: bool = True


def spin(n_steps: int) -> int:
    total = 0
    for step in range(n_steps):
        total += step
    return total


def square(item: int) -> int:
    return item * item


def spin_20us(item: int) -> int:
    return spin(MS // 50) + item


def spin_1ms(item: int) -> int:
    return spin(MS) + item


def spin_item(n_steps: int) -> int:
    return spin(n_steps)


def make_dicts(item: int) -> list[dict[str, int]]:
    return [{"a": item, "b": number, "c": number * 2} for number in range(6000)]


class WithLock:
    """An item that cannot be pickled."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.lock = threading.Lock()


def use_locked(item: WithLock) -> int:
    with item.lock:
        return spin(5 * MS) + item.value


def return_lambda(item: int) -> Callable[[], int]:
    value = spin(11 * MS) + item
    return lambda: value


def allocate(item: int) -> int:
    rows = [(number, str(number)) for number in range(4000 + item % 3)]
    return len({text for _, text in rows})


def touch_64mb(item: int) -> int:
    block = bytearray(64 << 20)
    block[::4096] = b"x" * (len(block) // 4096)
    return spin(5 * MS) + len(block) + item


def with_list(big: list[int], item: int) -> int:
    return sum(big[item : item + 2000]) + spin(MS // 16)


def shared_list_item(item: tuple[int, list[int]]) -> int:
    number, big = item
    return sum(big) + spin(2 * MS) + number


def sleep_5ms(item: int) -> int:
    time.sleep(0.005)
    return item


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compress(data: bytes) -> int:
    return len(zlib.compress(data, 6))


def parse_line(line: str) -> dict[str, int]:
    return {key: int(value) for key, _, value in (cell.partition("=") for cell in line.split(";"))}


def halve_waiting(item: int) -> int:
    time.sleep(0.002)
    return spin(2 * MS) + item


_WARM: list[int] = []


def slow_first(item: int) -> int:
    if not _WARM:
        _WARM.append(spin(60 * MS))
    return spin(MS // 4) + item


def count_words(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def collatz(start: int) -> int:
    steps = 0
    while start != 1:
        start = start // 2 if start % 2 == 0 else 3 * start + 1
        steps += 1
    return steps


def _lognormal(n_items: int) -> list[int]:
    """Costs with a coefficient of variation of 1.5, from a fixed seed."""
    sigma = math.sqrt(math.log(1 + 1.5**2))
    draw = random.Random(3)
    return [int(draw.lognormvariate(-sigma * sigma / 2, sigma) * 0.65 * MS) for _ in range(n_items)]


def _big_list() -> list[int]:
    return list(range(100_000))


def _shared_items() -> list[tuple[int, list[int]]]:
    big = _big_list()
    return [(number, big) for number in range(60)]


def _text(n_words: int, seed: int) -> str:
    return " ".join(f"w{number % 97}" for number in range(seed, seed + n_words))


def _generator() -> Iterable[int]:
    return (number for number in range(160))


IN_SAMPLE: tuple[Workload, ...] = (
    Workload("w01_tiny", 100_000, lambda: (square, range(100_000))),
    Workload("w02_20us", 8000, lambda: (spin_20us, range(8000))),
    Workload("w03_1ms", 160, lambda: (spin_1ms, range(160))),
    Workload("w04_heavy_few", 7, lambda: (spin_item, [70 * MS] * 7)),
    Workload("w05_short_total", 40, lambda: (spin_item, [MS // 2] * 40)),
    Workload("w06_out_py", 30, lambda: (make_dicts, range(30))),
    Workload("w07_unpick_in", 30, lambda: (use_locked, [WithLock(number) for number in range(30)]), picklable=False),
    Workload("w08_unpick_out", 20, lambda: (return_lambda, range(20)), picklable=False),
    Workload("w09_lognormal", 300, lambda: (spin_item, _lognormal(300))),
    Workload("w10_sorted_asc", 400, lambda: (spin_item, [int(2.5 * MS * (i / 400) ** 4) for i in range(400)])),
    Workload("w11_tail_giant", 200, lambda: (spin_item, [int(1.1 * MS)] * 199 + [80 * MS])),
    Workload("w12_generator", 160, lambda: (spin_1ms, _generator())),
    Workload("w13_pyalloc", 30, lambda: (allocate, range(30))),
    Workload("w14_alloc_big", 8, lambda: (touch_64mb, range(8))),
    Workload("w15_partial_big", 1500, lambda: (functools.partial(with_list, _big_list()), range(1500))),
    Workload("w16_io_sleep", 40, lambda: (sleep_5ms, range(40))),
    Workload("w17_shared_item", 60, lambda: (shared_list_item, _shared_items())),
)

HELD_OUT: tuple[Workload, ...] = (
    Workload("h01_hash", 60, lambda: (hash_bytes, [bytes([number]) * 1_000_000 for number in range(60)])),
    Workload("h02_compress", 40, lambda: (compress, [_text(20_000, number).encode() for number in range(40)])),
    Workload("h03_parse", 20_000, lambda: (parse_line, [f"a={i};b={i + 1};c={i + 2}" for i in range(20_000)])),
    Workload("h04_half_waiting", 60, lambda: (halve_waiting, range(60))),
    Workload("h05_slow_first", 400, lambda: (slow_first, range(400))),
    Workload("h06_words", 300, lambda: (count_words, [_text(5000, number) for number in range(300)])),
    Workload("h07_collatz", 30_000, lambda: (collatz, range(1, 30_001))),
    Workload("h09_descending", 300, lambda: (spin_item, [int(2 * MS * (1 - i / 300) ** 2) for i in range(300)])),
    Workload("h10_two_seconds", 400, lambda: (spin_item, [5 * MS] * 400)),
)


def find(name: str) -> Workload:
    """The workload of that name."""
    found = {each.name: each for each in IN_SAMPLE + HELD_OUT}
    if name.startswith("u"):
        import sampler_unseen_workloads

        found = {each.name: each for each in sampler_unseen_workloads.UNSEEN}
    elif name not in found:
        import sampler_numpy_workloads as others

        found = {each.name: each for each in others.IN_SAMPLE + others.HELD_OUT}
    return found[name]
