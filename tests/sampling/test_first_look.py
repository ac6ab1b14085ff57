"""The first calls of a job."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Sequence

import parallel_tasks as tasks
import pytest
from costs import stand_in_clock, stand_in_lock

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _serial_first as serial_first
from equipment_optimizer.sampling import iter_parallel, map_parallel, optimize, parallel_map
from equipment_optimizer.sampling._first_look import FirstLook, Source, block_after
from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.system import machine


@pytest.fixture
def clock(monkeypatch):
    return stand_in_clock(monkeypatch, first_look)


@pytest.mark.parametrize(
    ("seconds", "is_settled", "n_calls"),
    [(1e-4, True, 5), (1e-3, False, 2), (1.0, False, 1)],
)
def test_a_long_job_is_left_as_soon_as_it_is_known(clock, seconds, is_settled, n_calls):
    look = FirstLook(clock.spend, Source([seconds] * 50, 5))
    assert look.settles(threads=False) == is_settled
    assert len(look.seconds) == n_calls


def test_a_slow_first_call_of_a_short_job_is_no_long_job(clock):
    look = FirstLook(clock.spend, Source([9e-5, *[1e-5] * 999], 5))
    assert look.settles(threads=False)


@pytest.mark.parametrize(("share", "expected"), [(1.0, ("thread", 2, 5)), (0.0, ("serial", 1, 1))])
def test_threads_are_recommended_where_the_lock_is_free(monkeypatch, clock, share, expected):
    stand_in_lock(monkeypatch, share)
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    look = FirstLook(clock.spend, Source([1.4e-4] * 40, 5))
    assert look.settles(threads=True)
    assert look.choice == expected
    assert look.gil_free_share == share


def test_calls_that_wait_are_thought_about(clock):
    clock.cpu_share = 0.1
    assert not FirstLook(clock.spend, Source([1e-3] * 15, 5)).settles(threads=True)
    assert FirstLook(clock.spend, Source([1e-3] * 15, 5)).settles(threads=False)


def test_calls_that_queue_for_a_core_do_not_wait(monkeypatch, clock):
    clock.cpu_share = 0.2
    monkeypatch.setattr(machine, "queued_seconds", lambda: 0.8 * clock.now)
    look = FirstLook(clock.spend, Source([1e-3] * 15, 5))
    assert look.settles(threads=False)
    # How long it had queued before the first of them nobody knows: that may be one that waits.
    assert look.seconds == pytest.approx([1e-3, *[2e-4] * 4])
    monkeypatch.setattr(machine, "queued_seconds", lambda: 5e-3)
    look = FirstLook(clock.spend, Source([1e-3] * 15, 5))
    assert not look.settles(threads=True)
    assert look.seconds == pytest.approx([1e-3, 1e-3])
    monkeypatch.setattr(machine, "may_have_waited", lambda n_times: False)
    look = FirstLook(clock.spend, Source([1e-3] * 15, 5))
    assert look.settles(threads=False)
    assert look.seconds == pytest.approx([2e-4] * 5)


def test_a_block_is_of_items_that_nobody_else_samples():
    source = Source(range(10_000), 5)
    mean, values = block_after(tasks.square, source, 0)
    assert mean >= 0
    assert values == {item: item * item for item in range(1, 1 + len(values))}
    assert block_after(tasks.square, Source(range(20), 5), 0) is None


def test_the_first_calls_of_a_block_are_not_in_its_mean(clock):
    source = Source([1e-7] * 4000, 5)
    calls = []

    def cold_first(item):
        calls.append(item)
        clock.spend(item if len(calls) > first_look._LOOK_ITEMS else 3 * item)

    mean, values = block_after(cold_first, source, 0)
    assert mean == pytest.approx(1e-7)
    assert len(values) == len(calls) > first_look._LOOK_ITEMS


@pytest.mark.parametrize("generation", [None, 0, 1])
@pytest.mark.parametrize("place", [20, 40, 70])
def test_garbage_that_is_collected_within_a_block_is_not_its_calls(clock, generation, place):
    """It takes longer than all of them; a dear item is one of them."""

    def call(item):
        clock.spend(1e-6)
        if item == place:
            clock.spend(1e-3)
            if generation is not None:
                gc.collect(generation)

    was_enabled = gc.isenabled()
    gc.disable()  # no other collection
    try:
        mean, values = block_after(call, Source(range(20_000), 5), 0)
    finally:
        if was_enabled:
            gc.enable()
    assert (mean < 2e-6) == (generation is not None)
    assert len(values) >= first_look._LOOK_ITEMS


@pytest.mark.parametrize("n_running", [0, 1])
def test_threads_that_computed_before_the_first_call_are_noticed(monkeypatch, clock, n_running):
    monkeypatch.setattr(machine, "running_threads", lambda besides=0: n_running)
    assert not FirstLook(clock.spend, Source([1.0], 5)).others_ran
    monkeypatch.setattr(clock, "thread_time", lambda: clock.cpu - 1.0)
    assert FirstLook(clock.spend, Source([1.0], 5)).others_ran == bool(n_running)


def test_a_job_of_middling_length_is_planned_by_its_first_calls(monkeypatch, clock):
    stand_in_lock(monkeypatch)
    look = FirstLook(clock.spend, Source([1e-3] * 60, 5))
    assert not look.settles(threads=True)
    calls = look.goes_on(threads=True)
    assert (calls["n_items"], calls["mean_seconds"], calls["gil_free_share"]) == (60, pytest.approx(1e-3), 0.0)
    assert len(look.seconds) == 5 == calls["n_sampled"]
    assert len(look.untouched()) == 3


def test_calls_that_wait_or_whose_number_nobody_knows_take_a_longer_look(clock):
    look = FirstLook(clock.spend, Source((1e-3 for _ in range(60)), 5))
    assert not look.settles(threads=False)
    assert look.goes_on(threads=False) is None
    clock.cpu_share = 0.1
    look = FirstLook(clock.spend, Source([1e-3] * 60, 5))
    assert not look.settles(threads=False)
    assert look.goes_on(threads=False) is None
    assert len(look.seconds) == 2


@pytest.mark.parametrize(
    ("share", "n_running", "is_clear"), [(0.9, 0, True), (0.9, 1, False), (0.0, 1, True), (None, 1, False)]
)
def test_calls_that_others_may_compute_for_take_a_longer_look(monkeypatch, clock, share, n_running, is_clear):
    """Of their time nothing was counted; none do beside calls that were seen never to leave the interpreter lock."""
    stand_in_lock(monkeypatch, share)
    monkeypatch.setattr(machine, "running_threads", lambda besides=0: n_running)
    look = FirstLook(clock.spend, Source([1e-3] * 60, 5))
    assert not look.settles(threads=True)
    assert (look.goes_on(threads=True) is not None) == is_clear


@pytest.mark.parametrize(
    ("seconds", "beside", "is_clear"), [(5e-6, 5e-6, True), (5e-6, 5e-5, False), (1e-3, 2e-4, False)]
)
def test_reading_the_clocks_is_no_other_thread(monkeypatch, clock, seconds, beside, is_clear):
    def call(item):
        clock.cpu += beside
        clock.spend(item)

    monkeypatch.setattr(clock, "thread_time", clock.perf_counter)
    look = FirstLook(call, Source([seconds] * 20_000, 5))
    assert not look.settles(threads=False)
    assert (look.goes_on(threads=False) is not None) == is_clear


@pytest.mark.parametrize(("slowness", "is_settled"), [(1.0, False), (3.0, True)])
def test_where_loading_is_slow_longer_jobs_need_no_thought(clock, slowness, is_settled):
    look = FirstLook(clock.spend, Source([1e-3] * 60, 5), slowness=slowness)
    assert look.settles(threads=False) == is_settled


# Data that say of themselves what is not so.
ITEMS = [1e-3 * (1 + place % 3) for place in range(120)]


class Told:
    """Items one by one, with what somebody says about their number."""

    def __init__(self, hint):
        self._hint, self._items = hint, iter(ITEMS)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._items)

    def __length_hint__(self):
        if isinstance(self._hint, Exception):
            raise self._hint
        return self._hint


class Lengthless(list):
    def __len__(self):
        raise LookupError("nobody counts here")


class Longer(list):
    def __len__(self):
        return 70_000


class Shorter(tuple):
    __slots__ = ()

    def __len__(self):
        return 2


class Unplaced(list):
    def __getitem__(self, place):
        raise OSError("only one after the other")


class Reversed(list):
    def __iter__(self):
        return super().__reversed__()


class Lazy(Sequence):
    """Says that it is longer than it is."""

    def __len__(self):
        return 400

    def __getitem__(self, place):
        return ITEMS[place]


HINTS = [NotImplemented, -7, "many", 3.5, 1 << 90, LookupError("no hint"), None, 2, 70_000]
KINDS = [Lengthless, Longer, Shorter, Unplaced, Reversed]
MAKERS = [
    *((lambda hint=hint: Told(hint)) for hint in HINTS),
    *((lambda kind=kind: kind(ITEMS)) for kind in KINDS),
    Lazy,
]


@pytest.fixture
def spending(monkeypatch, two_cores):
    """Calls take what their items say."""
    return stand_in_clock(monkeypatch, serial_first, first_look).spend


@pytest.mark.parametrize("make", MAKERS)
def test_odd_data_give_what_a_loop_gives(spending, make):
    def spend(item):  # a function that stays here
        return spending(item)

    expected = [item for item in make()]  # noqa: C416 (a list would ask for their number)
    assert map_parallel(spend, make()) == expected
    assert list(iter_parallel(spend, make())) == expected
    assert map_parallel(spend, make(), threads=True) == expected
    assert optimize(spend, make(), threads=False).run() == expected


@pytest.mark.parametrize("make", MAKERS)
def test_odd_data_are_thought_about_as_others_are(spending, make):
    engine = SerialFirst(spending, make())
    begun = list(itertools.chain.from_iterable(parallel_map._begun(engine)))
    assert [*begun, *engine.untaken] == [item for item in make()]  # noqa: C416


@pytest.mark.parametrize("hint", HINTS[:7])
def test_a_hint_that_is_no_number_of_items_is_none(hint):
    assert SerialFirst(abs, Told(hint)).n_items is None
    assert Source(Told(hint)).n_items is None
    assert SerialFirst(abs, Told(120)).n_items == Source(Told(120)).n_items == 120


def test_only_what_agrees_with_a_loop_is_looked_at_by_position():
    class Plain(list):
        pass

    for data in (ITEMS, tuple(ITEMS), range(9)):
        assert SerialFirst(abs, data).sequence is data
    assert SerialFirst(abs, range(1 << 90)).sequence is None  # it has no length
    for data in (ITEMS, tuple(ITEMS), range(9), "letters", bytearray(9), Plain(ITEMS)):
        assert Source(data).is_sequence
    for kind in KINDS:
        assert SerialFirst(abs, kind(ITEMS)).sequence is None
        assert not Source(kind(ITEMS)).is_sequence
    assert not Source(Lazy()).is_sequence


@pytest.mark.parametrize("threads", [False, True])
def test_a_range_beyond_all_lengths_is_read_as_far_as_wanted(spending, threads):
    results = iter_parallel(lambda item: spending(1e-3) * 0 + item, range(1 << 90), threads=threads)
    assert list(itertools.islice(results, 50)) == list(range(50))
    results.close()


def test_more_items_than_they_say_are_of_unknown_number():
    source = Source(Shorter(ITEMS))
    assert source.n_items is None
    assert list(source.data) == ITEMS


def costs_of(n_items, cost):
    """What `weighed` makes of a sample, and the true mean."""
    source = Source(range(n_items))
    return first_look.weighed(source.positions, [cost(each / n_items) for each in source.positions], source), (
        sum(cost(each / n_items) for each in range(n_items)) / n_items
    )


@pytest.mark.parametrize("power", [0, 1, 2, 4])
def test_sorted_data_have_about_the_mean_that_is_foretold(power):
    for cost in (lambda place: place**power, lambda place: (1 - place) ** power):
        (mean, _, uncertainty), truth = costs_of(1000, cost)
        assert uncertainty == 1.0 or power == 4
        assert truth / 1.4 < mean < 1.4 * uncertainty * truth


def test_a_last_item_that_takes_far_longer_leaves_both_possible():
    for first_dear in (0.94, 0.999):
        (mean, std, uncertainty), truth = costs_of(1000, lambda place, dear=first_dear: 3.0 if place >= dear else 0.01)
        assert std > mean
        assert uncertainty > 4
        assert mean / uncertainty / 1.4 < truth < 1.4 * mean


def test_a_sample_without_the_last_item_or_of_a_stream_is_as_it_is():
    stream = Source(iter(range(100)))
    assert first_look.weighed([0, 1, 2], [1.0, 1.0, 4.0], stream) == (2.0, pytest.approx(3**0.5), 1.0)
    assert first_look.weighed([0, 10], [1.0, 9.0], Source(range(100)))[2] == 1.0
    assert Source(range(100), 3).positions[-1] < 99
