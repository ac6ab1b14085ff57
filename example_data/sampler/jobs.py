"""Three functions that a map over many items behaves differently with.

Run this file to see what the sampler says of each::

    python example_data/sampler/jobs.py
"""

from __future__ import annotations

import math
import time


def digits(number: int) -> int:
    """Short: over before anything parallel has begun."""
    return sum(map(int, str(number)))


def longest_collatz(start: int) -> int:
    """Long: worker processes share it. Most steps of a Collatz sequence beginning at `start` to `start + 99`."""
    most = 0
    for number in range(start, start + 100):
        n_steps = 0
        while number > 1:
            number = number // 2 if number % 2 == 0 else 3 * number + 1
            n_steps += 1
        most = max(most, n_steps)
    return most


def answer(number: int) -> float:
    """Waits, as for a server: threads share it."""
    time.sleep(0.02)
    return math.sqrt(number)


def main() -> None:
    """Advice on each, and the results of one of them."""
    from equipment_optimizer.sampling import map_parallel, optimize

    for func, data in ((digits, range(10_000)), (longest_collatz, range(1, 100_000, 100)), (answer, range(200))):
        print(f"{func.__name__}: {optimize(func, data)}")
    # The same as [longest_collatz(start) for start in ...], sooner where that is possible.
    print(max(map_parallel(longest_collatz, range(1, 100_000, 100))))


if __name__ == "__main__":
    main()
