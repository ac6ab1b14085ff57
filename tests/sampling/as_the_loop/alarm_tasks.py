"""What a signal comes upon; workers of the tests import it."""

from __future__ import annotations

import os
import signal


class AlarmError(Exception):
    """Of a handler."""


class Ringing:
    """Whoever pickles it here gets a signal then."""

    def __init__(self, process_id: int) -> None:
        self.process_id = process_id

    def __reduce__(self):
        if os.getpid() == self.process_id:
            signal.raise_signal(signal.SIGUSR1)
        return Ringing, (self.process_id,)


class RingingLater:
    """Whoever unpickles it there gets a signal then."""

    def __init__(self, process_id: int) -> None:
        self.process_id = process_id

    def __reduce__(self):
        return ring, (self.process_id,)


def ring(process_id: int) -> RingingLater:
    if os.getpid() == process_id:
        signal.raise_signal(signal.SIGUSR1)
    return RingingLater(process_id)


def give(kind, process_id, item):
    return kind(process_id)


def same(item):
    return item
