"""Functions that worker processes of the tests can import."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from equipment_optimizer.parallel.ordered_map import ordered_map
from equipment_optimizer.sampling import map_parallel


class OddError(Exception):
    """An exception that pickles but does not unpickle."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")
        self.first = first


class Payload:
    """Says so when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (load_payload, (self.folder,))


def load_payload(folder):
    with open(os.path.join(folder, f"loaded-{os.getpid()}"), "a", encoding="ascii") as file:
        file.write("x")
    return Payload(folder)


def with_payload(payload, task):
    return (payload.folder, task)


def square(item):
    return item * item


def add(payload, item):
    return payload + item


def spin(n_steps):
    total = 0
    for step in range(n_steps):
        total += step
    return total


def spin_1ms(item):
    return spin(30_000) + item


def process_id(item):
    time.sleep(0.005)
    return os.getpid()


def fail_at_five(item):
    if item == 5:
        raise LookupError("no five")
    return item


def fail_early(item):
    """Fails at 3 at once and at 1 later."""
    if item == 1:
        time.sleep(0.1)
    if item in (1, 3):
        raise LookupError(f"no {item}")
    return item


def first_even(values):
    return next(value for value in values if value % 2 == 0)


def raise_odd(item):
    raise OddError("this", "that")


def leave(item):
    sys.exit(7)


def print_item(item):
    print(f"item {item}")
    return item


def return_lock(item):
    return threading.Lock()


def return_lock_slowly(item):
    spin(30_000)
    return threading.Lock()


def spin_and_echo(item):
    spin(30_000)
    return item


class Unloadable:
    """Pickles, but what it pickles to fails."""

    def __reduce__(self):
        return (int, ("not a number",))


def return_unloadable(item):
    return Unloadable()


def die_once(folder, item):
    """Kill this process at item 7, the first time."""
    mark = os.path.join(folder, "died")
    if item == 7 and not os.path.exists(mark):
        with open(mark, "w", encoding="ascii"):
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return item * item


def die_always(item):
    if item == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def nested_map(item):
    with ordered_map(square, range(item), workers=2) as results:
        return results.plan.backend, list(results)


def nested_sampler(item):
    return map_parallel(spin_1ms, range(30))[0] - spin(30_000)


def echo(item):
    return item


def sleep_and_square(item):
    time.sleep(0.01)
    return item * item


def with_payload_echo(payload, task):
    return payload, task


def slow_add(payload, item):
    time.sleep(0.005)
    return payload + item


def slow_pid(item):
    time.sleep(0.01)
    return item, os.getpid()
