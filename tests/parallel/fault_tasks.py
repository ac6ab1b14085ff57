"""What goes wrong inside worker processes, on purpose; workers of the tests import it."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time

from equipment_optimizer.system.machine import inside_worker
from equipment_optimizer.workers.channel import encode, send_frame
from equipment_optimizer.workers.process import RESULTS

#: What the tasks make of thirty items.
SQUARES = [item * item for item in range(30)]


def first_time(folder: str, name: str) -> bool:
    """Whether nobody asked before, in whatever process."""
    try:
        os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def pipe_of_results():
    """The worker's end of its pipe of results."""
    frame = sys._getframe()
    while frame.f_code.co_name != "worker_main":
        frame = frame.f_back
    return frame.f_locals["results"]


def nap(item):
    time.sleep(0.002)
    return item * item


def stop_once(folder, item):
    """This process is stopped (SIGSTOP) at item 3, the first time."""
    if item == 3 and first_time(folder, "stopped"):
        os.kill(os.getpid(), signal.SIGSTOP)
    return nap(item)


def loop_once(folder, item):
    """Never returns for item 3, the first time."""
    if item == 3 and first_time(folder, "looped"):
        while True:
            pass
    return nap(item)


def slow_once(folder, item):
    """Takes long for item 3, the first time, and then answers after all."""
    if item == 3 and first_time(folder, "slow"):
        time.sleep(1.0)
    return nap(item)


def loop_forever(item):
    while True:
        time.sleep(0.01)


def stop_all(item):
    """Every worker is stopped."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return item


def stop_in_the_middle_of_an_answer(folder, item):
    """Writes half of a large answer and is stopped."""
    if item == 3 and first_time(folder, "half"):
        whole = written(encode(RESULTS, 3, ([bytes(3000)], None)))
        os.write(pipe_of_results().fileno(), whole[: len(whole) // 2])
        os.kill(os.getpid(), signal.SIGSTOP)
    return nap(item)


def written(frame):
    """The bytes of a frame in the pipe."""
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb", buffering=0) as file:
        send_frame(file, frame)
    with os.fdopen(ours, "rb") as file:
        return file.read()


def run_out_of_memory(item):
    """Takes more than a limit that this process has set itself."""
    if item == 3:
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), resource.RLIM_INFINITY))
        return len(bytearray(1 << 30))
    return nap(item)


def return_too_much(item):
    """The result fits into the memory of a worker, and its pickle does not."""
    if item == 3 and inside_worker():
        data = os.urandom(1 << 20) * 48
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + (16 << 20), resource.RLIM_INFINITY))
        return data
    return nap(item)


def fork_and_come_back(folder, item):
    """Makes a process at item 3, the first time, that goes on as this one does."""
    if item == 3 and first_time(folder, "forked") and os.fork() == 0:
        raise ValueError("in the fork")
    return nap(item)


def no_memory_to_say_so(item):
    os._exit(74)


def large_while_first_is_slow(item):
    """A megabyte each; the first takes its time."""
    if item == 0:
        time.sleep(0.7)
    return bytes([item % 251]) * (1 << 20)


def pid_and_flag(folder, item):
    """Tells which process runs, then takes long."""
    with open(os.path.join(folder, f"pid-{os.getpid()}"), "w", encoding="ascii"):
        pass
    time.sleep(0.05)
    return item


def is_inside(item):
    """Whether this process knows that it is a worker."""
    from equipment_optimizer.system.machine import inside_worker

    return inside_worker()


def has_children(item):
    """Has children of its own."""
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1) as pool:
        return list(pool.map(abs, [0, -1]))
