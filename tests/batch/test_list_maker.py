"""One list, from its files to its bytes: errors become part of it, and nothing is written."""

import csv
import io
import json
import os
import pickle
from dataclasses import replace
from functools import partial

import pytest
from batch_folder import config, equipment_rows, make_folder, write_equipment

from equipment_optimizer.batch import _list_maker
from equipment_optimizer.batch._list_maker import Job, ListMaker, check_output, load_list, make_list
from equipment_optimizer.batch.batch_file import read_batch
from equipment_optimizer.errors import UsageError
from equipment_optimizer.system.stopping import StopFlag

PARTS = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
HERE = {"workers": 1, "backend": "serial", "memory_bytes": None}


@pytest.fixture
def build_list(tmp_path):
    make_folder(tmp_path, 1, 3)
    return read_batch(str(tmp_path)).lists[0]


def made_of(build_list, *, flag=None, **more):
    return make_list(ListMaker(HERE), Job(build_list=build_list, **more), flag=flag or StopFlag())


def rows_of(made):
    text = b"".join(made.output.chunks()).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_list_is_made_without_writing_anything(tmp_path, build_list):
    before = sorted(os.listdir(tmp_path))
    made = made_of(build_list)
    assert sorted(os.listdir(tmp_path)) == before
    assert made.outcome.status == "made"
    assert made.outcome.n_results == len(rows_of(made)) == 20
    assert made.outcome.best_score == rows_of(made)[0]["Score"]
    assert made.positions == PARTS
    assert made.inputs == (build_list.config,)
    assert made.page is None
    assert made_of(build_list, wants_page=True).page.n_bytes > 1_000


def test_worn_rows_are_the_lines_of_the_best_build(build_list):
    made = made_of(build_list)
    with open(build_list.equipment) as file:
        lines = file.read().splitlines()
    names = [lines[row - 1].split(",")[0] for row in made.outcome.worn_rows]
    assert names == [rows_of(made)[0][part] for part in PARTS]


def test_what_others_wear_is_in_no_row(build_list):
    worn = frozenset(made_of(build_list).outcome.worn_rows)
    best = [rows_of(made_of(build_list))[0][part] for part in PARTS]
    made = made_of(build_list, worn_by_others=worn)
    assert not set(best) & {row[part] for row in rows_of(made) for part in PARTS}
    assert not worn & set(made.outcome.worn_rows)


def test_a_part_that_others_wear_as_a_whole_is_told(build_list):
    made = made_of(build_list, worn_by_others=frozenset(range(2, 5)))
    assert (made.outcome.status, made.outcome.exit_code) == ("infeasible", 3)
    assert made.outcome.message.startswith("the lists before took the last pieces of Head")


@pytest.mark.parametrize(
    ("text", "status", "exit_code", "message"),
    [
        ("{", "failed", 2, "list0.json:1:2: "),
        (json.dumps(config(1, min_defence=10**6)), "infeasible", 3, "no build satisfies the config"),
        (json.dumps(config(1, pin={"Head": ["Nobody"]})), "failed", 2, "no piece of Head is named"),
    ],
)
def test_errors_become_part_of_it(build_list, text, status, exit_code, message):
    with open(build_list.config, "w") as file:
        file.write(text)
    outcome = made_of(build_list).outcome
    assert (outcome.status, outcome.exit_code) == (status, exit_code)
    assert message in outcome.message
    assert outcome.seconds is not None


def test_a_flag_that_is_set_makes_nothing(build_list):
    flag = StopFlag()
    flag.set("Ctrl-C")
    made = made_of(build_list, flag=flag)
    assert (made.outcome.status, made.outcome.exit_code, made.output) == ("interrupted", 5, None)


def test_an_infeasible_list_tells_its_inputs_and_notices_as_well(build_list):
    with open(build_list.config, "w") as file:
        json.dump(config(1, min_defence=10**6, skills={"Nobody's": {"max": 1, "weight": 1, "penalty": 0}}), file)
    made = made_of(build_list)
    assert made.inputs == (build_list.config,)
    assert any("nothing gives the skill" in notice for notice in made.outcome.notices)
    assert made.config["$.min_defence"] == "1000000"


@pytest.mark.parametrize("strict", [False, True])
def test_strict_makes_notices_faults(tmp_path, build_list, strict):
    text = (tmp_path / "equipment.csv").read_text().splitlines()
    (tmp_path / "equipment.csv").write_text("\n".join([f"{text[0]},Colour", *(f"{line},red" for line in text[1:])]))
    outcome = made_of(replace(build_list, strict=strict)).outcome
    assert outcome.status == ("failed" if strict else "made")
    assert "columns that nothing uses: Colour" in (outcome.message if strict else outcome.notices[0])


def test_a_small_search_stays_here_and_a_large_one_may_go(tmp_path, build_list, monkeypatch):
    asked = []
    optimize = __import__("equipment_optimizer").optimize

    def noted(*arguments, **options):
        asked.append((options["workers"], options["backend"]))
        return optimize(*arguments, **{**options, **HERE})

    monkeypatch.setattr("equipment_optimizer.pipeline.optimize", noted)
    maker = ListMaker({"workers": 7, "backend": "processes", "memory_bytes": None})
    assert make_list(maker, Job(build_list=build_list), flag=StopFlag()).outcome.status == "made"
    write_equipment(tmp_path / "equipment.csv", equipment_rows(17))
    maker = ListMaker(maker.engine_options)
    assert make_list(maker, Job(build_list=build_list), flag=StopFlag()).outcome.status == "made"
    assert asked == [(1, "serial"), (7, "processes")]


def test_what_is_sent_to_a_worker_and_back_pickles(build_list):
    call = pickle.loads(pickle.dumps(partial(make_list, flag=StopFlag())))
    maker, job = pickle.loads(pickle.dumps((ListMaker(HERE), Job(build_list=build_list))))
    made = pickle.loads(pickle.dumps(call(maker, job)))
    assert rows_of(made) == rows_of(made_of(build_list))


def test_equipment_is_read_once_by_one_maker(build_list):
    maker = ListMaker(HERE)
    table, _, _ = load_list(maker, build_list)
    assert load_list(maker, build_list)[0] is table


def test_an_output_in_a_folder_that_is_not_there_yet_may_be_written(tmp_path, build_list):
    check_output(replace(build_list, output=str(tmp_path / "new" / "a.csv")), [build_list.config])
    with pytest.raises(UsageError, match="the output is also an input"):
        check_output(replace(build_list, output=build_list.config), [build_list.config])


def test_answers_that_are_not_proved_are_told_and_a_time_limit_holds_for_them(build_list, monkeypatch):
    from equipment_optimizer.answers import plain_answers, stability

    made = made_of(build_list, wants_page=True, answers=("stability",))
    assert not any("not proved" in notice for notice in made.outcome.notices)
    deadlines, answers_of = [], plain_answers.answers_of

    def noted(*arguments, should_stop):
        deadlines.append(should_stop())
        return answers_of(*arguments, should_stop=should_stop)

    monkeypatch.setattr(plain_answers, "answers_of", noted)
    monkeypatch.setattr(stability, "_MOST_POLLS", 0)
    made = made_of(build_list, wants_page=True, answers=("stability",))
    assert made.outcome.status == "made"
    assert "what is not proved of the answers beside the list is marked" in made.outcome.notices[-1]
    made_of(replace(build_list, time_limit=1e9), wants_page=True, answers=("stability",))
    monkeypatch.setattr(_list_maker.time, "perf_counter", iter(range(0, 10**15, 10**10)).__next__)
    made = made_of(replace(build_list, time_limit=1e9), wants_page=True, answers=("stability",))
    assert made.outcome.status == "made"
    assert deadlines == [False, False, True]


def test_nothing_else_is_raised(build_list, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(_list_maker, "_make", fail)
    outcome = made_of(build_list).outcome
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert outcome.message.endswith("ZeroDivisionError: a bug")
