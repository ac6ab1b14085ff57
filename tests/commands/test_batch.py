"""The command batch: its table, its index of pages, its options and the defaults of a batch file."""

import json
import re

import pytest
from batch_folder import config, equipment_rows, make_folder, write_equipment

from equipment_optimizer.cli import main


def with_notice(folder):
    """A column that nothing uses, so that every list has a notice."""
    text = (folder / "equipment.csv").read_text().splitlines()
    (folder / "equipment.csv").write_text(
        "\n".join([f"{text[0]},Colour", *(f"{line},red" for line in text[1:])]) + "\n"
    )


def rows_of(out):
    header, *rows = (line.split("\t") for line in out.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def links(folder):
    return re.findall(r'<h2 [^>]*><a href="\./([^"]*)"', (folder / "index.html").read_text())


def states(folder):
    text = (folder / "index.html").read_text()
    return re.findall(r'<span class="state [^"]*">([^<]*)</span>', text)


def test_notices_stand_in_the_table_also_of_lists_that_are_up_to_date(tmp_path, capsys):
    make_folder(tmp_path, 2, 3)
    with_notice(tmp_path)
    for what in ("made", "up to date"):
        assert main(["batch", str(tmp_path)]) == 0
        rows = rows_of(capsys.readouterr().out)
        assert [row["what happened"] for row in rows] == [what, what]
        assert all(row["notices"] == "equipment.csv:1: columns that nothing uses: Colour" for row in rows)


def test_a_list_without_a_notice_has_an_empty_cell(tmp_path, capsys):
    make_folder(tmp_path, 1, 3)
    assert main(["batch", str(tmp_path)]) == 0
    assert [row["notices"] for row in rows_of(capsys.readouterr().out)] == [""]


def test_the_index_tells_notices_without_saying_where_the_files_are(tmp_path):
    make_folder(tmp_path, 1, 3)
    with_notice(tmp_path)
    assert main(["batch", str(tmp_path), "--report-dir", str(tmp_path / "pages"), "--quiet"]) == 0
    text = (tmp_path / "pages" / "index.html").read_text()
    assert '<p class="notice">equipment.csv:1: columns that nothing uses: Colour</p>' in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize("only", [["list1"], ["list2", "list0"], ["list0"]])
def test_only_keeps_the_other_lists_in_the_index(tmp_path, only):
    make_folder(tmp_path, 3, 3)
    pages = tmp_path / "new" / "pages"
    line = ["batch", str(tmp_path), "--report-dir", str(pages), "--quiet"]
    assert main(line) == 0
    assert links(pages) == ["list0.html", "list1.html", "list2.html"]
    (tmp_path / "list2.json").write_text(json.dumps(config(9)))
    options = [word for name in only for word in ("--only", name)]
    assert main([*line, *options]) == 0
    assert links(pages) == ["list0.html", "list1.html", "list2.html"]
    assert states(pages) == ["up to date", "up to date", "made" if "list2" in only else "to make"]


def test_only_at_first_names_the_others_without_a_link(tmp_path):
    make_folder(tmp_path, 3, 3)
    pages = tmp_path / "pages"
    assert main(["batch", str(tmp_path), "--report-dir", str(pages), "--only", "list1", "--quiet"]) == 0
    assert links(pages) == ["list1.html"]
    assert states(pages) == ["to make", "made", "to make"]


@pytest.mark.parametrize(
    ("text", "state", "exit_code"),
    [
        (json.dumps(config(1, min_defence=10**6)), "infeasible", 3),
        (json.dumps(config(1, pin={"Head": "nobody"})), "failed", 2),
        ("{", "failed", 2),
    ],
)
def test_a_list_that_cannot_be_made_any_more_does_not_link_to_its_old_page(tmp_path, text, state, exit_code):
    make_folder(tmp_path, 3, 3)
    pages = tmp_path / "pages"
    line = ["batch", str(tmp_path), "--report-dir", str(pages), "--quiet"]
    assert main(line) == 0
    good = (tmp_path / "list1.json").read_text()
    (tmp_path / "list1.json").write_text(text)
    for options in ([], ["--only", "list1"]):
        assert main([*line, *options]) == exit_code
        assert links(pages) == ["list0.html", "list2.html"]
        assert states(pages)[1] == state
    (tmp_path / "list1.json").write_text(good)
    assert main(line) == 0
    assert links(pages) == ["list0.html", "list1.html", "list2.html"]


def test_defaults_know_the_form_the_encoding_and_strictness(tmp_path, capsys):
    make_folder(tmp_path, 3, 3)
    lists = [
        {"name": "a", "config": "list0.json", "excel": True},
        {"name": "b", "config": "list1.json"},
        {"name": "c", "config": "list2.json", "excel": False},
    ]
    defaults = {
        "equipment": "equipment.csv",
        "excel": "semicolon",
        "time_limit": 60,
        "encoding": "utf-8",
        "strict": True,
    }
    (tmp_path / "builds.txt").write_text(json.dumps({"defaults": defaults, "builds": lists}))
    assert main(["batch", str(tmp_path / "builds.txt")]) == 0
    starts = [(tmp_path / f"{name}.csv").read_bytes()[:9] for name in "abc"]
    assert starts == [b"\xef\xbb\xbfScore,", b"\xef\xbb\xbfScore;", b"Head,Body"]
    for name, config_file in (("a", "list0"), ("b", "list1"), ("c", "list2")):
        verify = ["verify", str(tmp_path / f"{name}.csv"), str(tmp_path / "equipment.csv")]
        assert main([*verify, str(tmp_path / f"{config_file}.json"), "--builds", "50", "--quiet"]) == 0
    with_notice(tmp_path)
    capsys.readouterr()
    assert main(["batch", str(tmp_path / "builds.txt")]) == 2
    err = capsys.readouterr().err
    assert err.count("columns that nothing uses: Colour") == 3
    assert "3 failed" in err


def test_an_encoding_of_a_batch_is_that_of_its_files(tmp_path, capsys):
    make_folder(tmp_path, 1, 3)
    rows = equipment_rows(3)
    rows[0][0] = "かぶと"
    write_equipment(tmp_path / "equipment.csv", rows)
    text = (tmp_path / "equipment.csv").read_text()
    (tmp_path / "equipment.csv").write_bytes(text.encode("shift_jis"))
    (tmp_path / "list0.json").write_text(json.dumps(config(0, pin={"Head": ["かぶと"]}), ensure_ascii=True))
    builds = {"builds": [{"name": "a", "equipment": "equipment.csv", "config": "list0.json"}]}
    (tmp_path / "B.json").write_text(json.dumps(builds))
    assert main(["batch", str(tmp_path / "B.json")]) == 2
    builds["defaults"] = {"encoding": "shift_jis"}
    (tmp_path / "B.json").write_text(json.dumps(builds))
    assert main(["batch", str(tmp_path / "B.json")]) == 0
    assert "かぶと" in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_a_workbook_is_made_and_up_to_date(tmp_path, capsys):
    pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    make_folder(tmp_path, 1, 3)
    builds = {"builds": [{"name": "a", "equipment": "equipment.csv", "config": "list0.json", "output": "a.xlsx"}]}
    (tmp_path / "builds.txt").write_text(json.dumps(builds))
    line = ["batch", str(tmp_path / "builds.txt"), "--changes", str(tmp_path / "c.md")]
    for what in ("made", "up to date"):
        assert main(line) == 0
        assert rows_of(capsys.readouterr().out)[0]["what happened"] == what
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")


def test_quiet_drops_notices_and_the_summary_and_keeps_the_table(tmp_path, capsys):
    make_folder(tmp_path, 2, 3)
    with_notice(tmp_path)
    assert main(["batch", str(tmp_path), "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert [(row["list"], row["what happened"]) for row in rows_of(out)] == [("list0", "made"), ("list1", "made")]
    assert err == ""


@pytest.mark.parametrize("name", ["index.html", "list1.html", "changes.md"])
def test_pages_replace_their_like_only(tmp_path, capsys, name):
    make_folder(tmp_path, 2, 3)
    line = ["batch", str(tmp_path), "--report-dir", str(tmp_path), "--changes", str(tmp_path / "changes.md"), "--quiet"]
    (tmp_path / name).write_text("mine")
    assert main(line) == 2
    assert f"{name}\n  mend: name another file, or add --overwrite to replace it" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / "list0.csv").exists()
    assert main([*line, "--overwrite"]) == 0
    assert main([*line, "--force"]) == 0


def test_pages_tell_answers_where_asked_and_are_then_out_of_date(tmp_path, capsys):
    folder = tmp_path / "lists"
    make_folder(folder, 2)
    formula = {"formula": {"factors": [{"name": "raw", "base": 1, "of": {"Base Defence": 1}}]}, "limit": 3}
    (folder / "list1.json").write_text(json.dumps(formula))
    pages = tmp_path / "pages"
    command = ["batch", str(folder), "--report-dir", str(pages)]
    assert main(command, {}) == 0
    assert 'id="worth"' not in (pages / "list0.html").read_text()
    assert main([*command, "--pieces", "--stability"], {}) == 0
    told = capsys.readouterr()
    assert told.out.count("\tmade\t") == 4
    assert "a formula has no weights that could be moved: the page tells no ranges" in told.out
    assert all('id="worth"' in (pages / f"list{k}.html").read_text() for k in (0, 1))
    assert "Best down to" in (pages / "list0.html").read_text()
    assert main([*command, "--stability", "--pieces"], {}) == 0
    assert capsys.readouterr().out.count("\tup to date\t") == 2
    assert main(["batch", str(folder), "--pieces"], {}) == 2
    assert "--pieces needs --report-dir" in capsys.readouterr().err
