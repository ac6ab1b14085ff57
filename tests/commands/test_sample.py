"""The command ``sample``."""

from __future__ import annotations

import json
import sys
import types

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands import sample as sample_command
from equipment_optimizer.errors import UsageError


def run(*words: str) -> int:
    return main(["sample", *words])


def test_a_table_of_plain_columns_is_printed_into_a_pipe(capsys):
    assert run("math:sqrt", "--data", "[1, 4, 9, 16]") == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line[:24].rstrip() for line in lines]
    assert lines[0].split() == ["items", "4,", "4", "of", "them", "sampled"]
    for name in ("one call", "CPU share", "pickling an item", "pickling a result", "predicted, serial", "recommended"):
        assert any(found.startswith(name) for found in names)
    assert any(line.startswith("recommended") and "serial: 4 items at" in line for line in lines)


def test_json_holds_every_measurement(capsys):
    assert run("math:factorial", "--data", "range:10:60", "--json", "--samples", "3", "--max-workers", "2") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["executor"] == "serial"
    assert found["n_jobs"] == found["chunksize"] == 1
    assert set(found["predicted_seconds"]) >= {"serial"}
    assert found["sample"]["n_items"] == 50
    assert len(found["sample"]["positions"]) == len(found["sample"]["item_seconds"]) == 3
    assert all(len(pair) == 2 for pair in found["sample"]["input_measurements"])


def test_a_terminal_gets_a_table_with_lines(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    assert run("math:sqrt", "--data", "[1, 4, 9]") == 0
    assert "measured" in capsys.readouterr().out


def test_a_terminal_without_rich_gets_plain_columns(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert run("math:sqrt", "--data", "[1, 4, 9]") == 0
    assert capsys.readouterr().out.startswith("items ")


def test_threads_and_memory_can_be_limited(capsys):
    waits = ("time:sleep", "--data", str([0.01] * 30))
    assert run(*waits, "--json") == 0
    assert json.loads(capsys.readouterr().out)["executor"] == "thread"
    assert run(*waits, "--json", "--no-threads", "--memory", "1MB") == 0
    assert json.loads(capsys.readouterr().out)["executor"] == "serial"


def test_a_warm_up_threads_and_notes_are_rows(tmp_path, monkeypatch, capsys):
    module = tmp_path / "sample_me.py"
    module.write_text(
        "import threading, time\n"
        "calls, over = [], threading.Event()\n"
        "def work(item):\n"
        # They are there until the end, when they are counted too, however busy the machine is.
        "    threading.Thread(target=over.wait).start()\n"
        "    time.sleep(0.003 if calls else 0.3)\n"
        "    calls.append(item)\n"
        "    return threading.Lock()\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    try:
        assert run("sample_me:work", "--data", "range:50") == 0
    finally:
        sys.modules["sample_me"].over.set()
    out = capsys.readouterr().out
    assert "first call " in out
    assert "threads it starts" in out
    assert "pickling a result" in out
    assert "impossible" in out
    assert "note" in out


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[1, 'a', (2, 3)]", [1, "a", (2, 3)]),
        ("(1, 2)", (1, 2)),
        ("range:5", range(5)),
        ("range:2:5", range(2, 5)),
        ("range:1_000", range(1000)),
    ],
)
def test_data_on_the_command_line(text, items):
    assert sample_command.load_data(text) == items


def test_data_from_files(tmp_path):
    (tmp_path / "items.json").write_text('[1, {"a": 2}]')
    (tmp_path / "items.txt").write_text("one\ntwo\n")
    assert sample_command.load_data(f"@{tmp_path}/items.json") == [1, {"a": 2}]
    assert sample_command.load_data(f"@{tmp_path}/items.txt") == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "not a Python list: '[1'\n  mend: write '[1, 2, 3]', range:N or @FILE"),
        ("{1: 2}", "not a list: '{1: 2}'\n  mend: write '[1, 2, 3]', range:N or @FILE"),
        ("range:x", "not a range: 'range:x'\n  mend: write range:N or range:START:STOP"),
        ("range:1:2:3:4", "not a range: 'range:1:2:3:4'\n  mend: write range:N or range:START:STOP"),
        (
            f"range:-5:{10**24}",
            f"too long a range: 'range:-5:{10**24}'\n  mend: ask for {sys.maxsize} items at the most",
        ),
        ("@/no/such", "cannot read /no/such: No such file or directory\n  mend: check the path"),
    ],
)
def test_data_that_cannot_be_understood(text, message):
    with pytest.raises(UsageError) as caught:
        sample_command.load_data(text)
    assert str(caught.value) == message


def test_files_that_hold_no_array(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "object.json").write_text("{}")
    with pytest.raises(UsageError, match=r"cannot read .*bad\.json: Expecting property name"):
        sample_command.load_data(f"@{tmp_path}/bad.json")
    with pytest.raises(UsageError, match=r"not an array: .*object\.json"):
        sample_command.load_data(f"@{tmp_path}/object.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sqrt", "not a function: 'sqrt'\n  mend: write MODULE:FUNCTION, such as math:sqrt"),
        (
            "nothing_here:f",
            "cannot import nothing_here: No module named 'nothing_here'\n  mend: check the name and the current folder",
        ),
        ("math:no.such", "math has no no.such\n  mend: check the name of the function"),
        ("math:pi", "math:pi cannot be called\n  mend: name a function of one argument"),
    ],
)
def test_functions_that_cannot_be_found(text, message):
    with pytest.raises(UsageError) as caught:
        sample_command.load_function(text)
    assert str(caught.value) == message


MODULE = """
import sys
def late(item):
    if item > 2:
        raise LookupError("no\\nsuch item")
    return item
def leaves(item):
    sys.exit("enough")
def silent(item):
    raise ZeroDivisionError
def loud(item):
    print("working on", item)
"""


@pytest.fixture
def raising(tmp_path, monkeypatch):
    (tmp_path / "it_raises.py").write_text(MODULE)
    (tmp_path / "it_fails.py").write_text("{}['gone']")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("it_raises", None)


@pytest.mark.parametrize(
    ("function", "data", "what"),
    [
        (
            "builtins:len",
            "[2.5, 3]",
            "builtins:len raised TypeError: object of type 'float' has no len(), for the item 2.5",
        ),
        ("it_raises:late", "[1, 2, 3, 4]", "it_raises:late raised LookupError: no such item, for the item 3"),
        # In the midst of many that are timed together.
        (
            "it_raises:late",
            str([1] * 30 + [9] + [1] * 4000),
            "it_raises:late raised LookupError: no such item, for the item 9",
        ),
        ("it_raises:leaves", "['a']", "it_raises:leaves raised SystemExit: enough, for the item 'a'"),
        ("it_raises:silent", f"[{'7' * 90}]", f"it_raises:silent raised ZeroDivisionError, for the item {'7' * 60}..."),
    ],
)
def test_what_the_function_raises_is_told_as_its_own(raising, capsys, function, data, what):
    assert run(function, "--data", data) == 2
    mend = "give items that the function takes; --verbose shows where it raised"
    assert capsys.readouterr().err == f"error: {what}\n  mend: {mend}\n"


def test_what_the_function_prints_is_no_part_of_the_answer(raising, capsys):
    assert run("it_raises:loud", "--data", "range:3", "--json") == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["sample"]["n_items"] == 3
    assert output.err.startswith("working on 0\n")


def test_where_the_function_raised_is_told_to_those_who_ask(raising, capsys):
    assert run("it_raises:late", "--data", "[7]", "--verbose") == 2
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "it_raises.py" in told


def test_a_module_that_raises_is_told_of(raising, capsys):
    assert run("it_fails:anything", "--data", "[7]") == 2
    what = (
        "cannot import it_fails: it raised KeyError: 'gone'\n  mend: mend the module; --verbose shows where it raised"
    )
    assert capsys.readouterr().err == f"error: {what}\n"


def test_an_error_of_the_sampler_is_none_of_the_function(monkeypatch, capsys):
    monkeypatch.setattr("equipment_optimizer.sampling.quick_advice.Source", None)
    assert run("math:sqrt", "--data", "range:5000") == 1
    assert "internal error: TypeError" in capsys.readouterr().err
    monkeypatch.undo()
    # Beside the calls.
    broken = types.FunctionType((lambda *_: {}["gone"]).__code__, {"__name__": "equipment_optimizer.sampling.other"})
    monkeypatch.setattr("equipment_optimizer.sampling._first_look.block_after", broken)
    assert run("math:sqrt", "--data", "range:5000") == 1
    assert "internal error: KeyError" in capsys.readouterr().err
