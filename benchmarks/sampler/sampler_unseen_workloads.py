"""Eight workloads written before the sampler that they judge: it was never tuned on them.

Kinds that people meet and the older registry lacks: generators of unknown length (short, and dear
only later), lists whose dear items come late or every tenth time, text and decimal arithmetic that
hold the interpreter lock, large results, and waiting of middling length.
"""

from __future__ import annotations

import decimal
import json
import time
from collections.abc import Iterator

from sampler_workloads import MS, Workload, spin

__all__ = ["UNSEEN"]


def tiny(item: int) -> int:
    return (item * 7 + 1) & 255


def spin_steps(n_steps: int) -> int:
    return spin(n_steps)


def tidy_document(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True, indent=1)


def sort_numbers(numbers: list[float]) -> list[float]:
    return sorted(numbers)


def decimal_sum(item: int) -> str:
    total = decimal.Decimal(item)
    for number in range(1, 900):
        total += decimal.Decimal(1) / number
    return str(total)


def wait_20ms(item: int) -> int:
    time.sleep(0.02)
    return item


def _numbers(n_items: int) -> Iterator[int]:
    yield from range(n_items)


def _late_generator() -> Iterator[int]:
    yield from [10] * 1200
    yield from [3 * MS] * 80


def _documents() -> list[str]:
    document = {f"key {number}": [number, str(number), {"nested": number / 3}] for number in range(250)}
    return [json.dumps({**document, "id": number}) for number in range(200)]


def _lists() -> list[list[float]]:
    value, lists = 12345, []
    for _ in range(200):
        numbers = []
        for _ in range(3000):
            value = (value * 1103515245 + 12345) % 2**31
            numbers.append(value / 2**31)
        lists.append(numbers)
    return lists


def _every_tenth() -> list[int]:
    return [4 * MS if number % 10 == 7 else MS // 5 for number in range(300)]


UNSEEN: tuple[Workload, ...] = (
    Workload("u01_tiny_generator", 30_000, lambda: (tiny, _numbers(30_000))),
    Workload("u02_late_generator", 1280, lambda: (spin_steps, _late_generator())),
    Workload("u03_late_list", 1010, lambda: (spin_steps, [MS // 100] * 950 + [3 * MS] * 60)),
    Workload("u04_every_tenth", 300, lambda: (spin_steps, _every_tenth())),
    Workload("u05_documents", 200, lambda: (tidy_document, _documents())),
    Workload("u06_sorted_lists", 200, lambda: (sort_numbers, _lists())),
    Workload("u07_decimal", 400, lambda: (decimal_sum, range(400))),
    Workload("u08_wait_20ms", 30, lambda: (wait_20ms, range(30))),
)
