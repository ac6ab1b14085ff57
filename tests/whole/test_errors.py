"""Errors say where, what and how to mend it, survive another process, and have an exit code each."""

import pickle

import pytest

from equipment_optimizer import errors
from equipment_optimizer.errors import (
    EXIT_BAD_INPUT,
    EXIT_FAILED,
    EXIT_INFEASIBLE,
    EXIT_MEMORY,
    EXIT_STOPPED_EARLY,
    MAX_FAULTS_SHOWN,
    EquipmentOptimizerError,
    Fault,
    InfeasibleError,
    InputError,
    MemoryBudgetError,
    OutputError,
    StoppedError,
    UsageError,
    WorkerError,
    described,
    is_memory_shortage,
    member_path,
)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("e.csv:3:2", "no number", "write one"), "e.csv:3:2: no number\n  mend: write one"),
        (Fault("", "no number", "write one"), "no number\n  mend: write one"),
        (Fault("e.csv", "no number"), "e.csv: no number"),
    ],
)
def test_a_fault_says_place_and_mend_where_it_has_them(fault, text):
    assert str(fault) == text


@pytest.mark.parametrize(("n_more", "last"), [(0, "19"), (1, "... and 1 more fault"), (3, "... and 3 more faults")])
def test_faults_beyond_a_screen_are_counted(n_more, last):
    error = InputError(Fault("", str(number)) for number in range(MAX_FAULTS_SHOWN + n_more))
    lines = str(error).splitlines()
    assert lines[-1] == last
    assert len(lines) == MAX_FAULTS_SHOWN + bool(n_more)
    assert len(error.faults) == MAX_FAULTS_SHOWN + n_more


ALL = [
    (InputError([Fault("a", "b", "c"), Fault("d", "e")]), EXIT_BAD_INPUT, "a: b\n  mend: c\nd: e"),
    (UsageError("a", "b"), EXIT_BAD_INPUT, "a\n  mend: b"),
    (InfeasibleError("a"), EXIT_INFEASIBLE, "a"),
    (MemoryBudgetError("a", "b"), EXIT_MEMORY, "a\n  mend: b"),
    (OutputError("a", "b"), EXIT_FAILED, "a\n  mend: b"),
    (StoppedError("a", "b"), EXIT_STOPPED_EARLY, "a\n  mend: b"),
    (WorkerError("a", "b"), EXIT_FAILED, "a\n  mend: b"),
]


@pytest.mark.parametrize(("error", "exit_code", "text"), ALL, ids=lambda value: type(value).__name__)
def test_every_error_crosses_processes_with_its_words_and_code(error, exit_code, text):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert isinstance(error, EquipmentOptimizerError)
    assert described(again) == described(error) == (text, exit_code)


def test_every_class_of_error_is_among_them():
    classes = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert {type(error) for error, _, _ in ALL} == {
        cls for cls in classes if cls is not EquipmentOptimizerError and not cls.__name__.startswith("_")
    }


@pytest.mark.parametrize(
    ("error", "text", "exit_code"),
    [
        (MemoryError(), "out of memory\n  mend: ask for fewer results, or give the job more memory", EXIT_MEMORY),
        (ZeroDivisionError("of\n two"), "internal error: ZeroDivisionError: of two", EXIT_FAILED),
        (KeyError("x"), "internal error: KeyError: 'x'", EXIT_FAILED),
    ],
)
def test_errors_of_others_are_put_into_words(error, text, exit_code):
    assert described(error) == (text, exit_code)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (ImportError("x.so: failed to map segment from shared object"), True),
        (RuntimeError("can't start new thread"), True),
        (OSError(28, "No space left on device"), False),
        (ImportError("No module named 'x'"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_that_ran_out_is_known_by_any_name(error, expected):
    assert is_memory_shortage(error) is expected
    later = KeyError("later")
    later.__cause__ = error
    assert is_memory_shortage(later) is expected
    # A circle of causes ends.
    error.__cause__ = later
    assert is_memory_shortage(later) is expected


def test_paths_escape_quotes_and_backslashes():
    assert member_path("$.skills", 'a"b\\c') == '$.skills["a\\"b\\\\c"]'
