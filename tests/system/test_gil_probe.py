"""The watch on the interpreter lock."""

from __future__ import annotations

from process_checks import wait_until

from equipment_optimizer.system import gil_probe
from equipment_optimizer.system.gil_probe import GilProbe, count_threads


def test_the_probe_counts_threads_and_its_own_time():
    with GilProbe() as probe:
        probe.is_watching = True
        assert wait_until(lambda: probe.has_seen_enough)
    # Threads of other tests may have ended meanwhile, but this one is there.
    assert probe.max_threads >= 1
    assert count_threads() >= 1
    assert probe.free_share is not None
    assert probe.cpu_seconds > 0


def test_a_probe_without_time_to_look_knows_nothing(monkeypatch):
    # However late a busy machine lets it look.
    monkeypatch.setattr(gil_probe, "_LATE_SECONDS", float("inf"))
    with GilProbe() as probe:
        pass
    assert probe.free_share is None
