"""A batch's pages: the index about builds, the way from page to page, and what is out of date."""

import json
import re
import time

import pytest
from batch_folder import config, equipment_rows, make_folder, write_equipment

from equipment_optimizer.batch.pages import without_folder
from equipment_optimizer.cli import main


@pytest.fixture
def made(tmp_path):
    """A folder with three lists and their pages; and a function that makes them again."""
    make_folder(tmp_path, 3, 3)

    def again(*options):
        code = main(["batch", str(tmp_path), "--report-dir", str(tmp_path / "pages"), "--quiet", *options])
        return code, (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")

    assert again()[0] == 0
    return tmp_path, again


def section(index, name):
    sections = re.findall(r"<section.*?</section>", index, re.DOTALL)
    return next(text for text in sections if re.search(f">{name}(</a>)?</h2>", text))


def page(folder, name):
    return (folder / "pages" / f"{name}.html").read_text(encoding="utf-8")


def test_the_index_is_about_builds(made):
    folder, again = made
    _, index = again()
    for name in ("list0", "list1", "list2"):
        own = section(index, name)
        header, first = [line.split(",") for line in (folder / f"{name}.csv").read_text().splitlines()[:2]]
        best = dict(zip(header, first, strict=True))
        assert f'<p class="score"><span class="small">best</span> {best["Score"]}</p>' in own
        for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm"):
            assert f"<dt>{part}</dt><dd>{best[part]}</dd>" in own
        assert re.search(r'<li class="chip">(Attack|Guard|Speed) \d/5</li>', own)
        assert f'href="./../{name}.csv"' in own
        assert f'href="./../{name}.json"' in own


def test_the_links_of_the_index_lead_somewhere(made):
    folder, again = made
    for address in re.findall(r'href="\./([^"]+)"', again()[1]):
        assert (folder / "pages" / address).is_file(), address


def test_every_page_leads_to_its_neighbours(made):
    folder, _ = made
    assert 'rel="prev"' not in page(folder, "list0")
    assert '<a rel="next" href="./list1.html">list1 &#8594;</a>' in page(folder, "list0")
    assert '<a rel="prev" href="./list0.html">&#8592; list0</a>' in page(folder, "list1")
    assert 'rel="next"' not in page(folder, "list2")
    assert all('<a href="./index.html">All lists</a>' in page(folder, f"list{k}") for k in range(3))


def test_a_list_in_between_changes_the_way_and_remakes_no_other(made):
    folder, again = made
    (folder / "list1b.json").write_text(json.dumps(config(7)))
    before = (folder / "list0.csv").stat().st_mtime_ns
    code, index = again()
    assert code == 0
    assert '<a rel="next" href="./list1b.html">' in page(folder, "list1")
    assert '<a rel="prev" href="./list1b.html">' in page(folder, "list2")
    assert (folder / "list0.csv").stat().st_mtime_ns == before
    assert index.count('<span class="state up-to-date">') == 3
    times = {path: path.stat().st_mtime_ns for path in (folder / "pages").glob("list*.html")}
    time.sleep(0.01)
    assert again()[0] == 0
    assert times == {path: path.stat().st_mtime_ns for path in (folder / "pages").glob("list*.html")}


def test_what_changed_is_said_in_a_sentence(made):
    folder, again = made
    rows = equipment_rows(3)
    rows.append(["Patch Helm \u03b1", "Head", 90, "Attack", 3, 2])
    write_equipment(folder / "equipment.csv", rows)
    _, index = again()
    news = re.findall(r'<p class="news">([^<]*)</p>', index)
    assert any(re.fullmatch(r"list\d: [\d.]+, \+[\d.]+, thanks to .*Patch Helm \u03b1 \(new\).*", own) for own in news)
    _, index = again()
    assert "as before; last change: +" in index


def test_an_empty_list_says_why(made):
    folder, again = made
    (folder / "list1.json").write_text(json.dumps(config(1, min_defence=10**6)))
    code, index = again()
    assert code == 3
    own = section(index, "list1")
    assert "infeasible" in own
    assert "fits no more" in own
    assert re.search(r'<p class="notice">[^<]*defence', own)
    assert str(folder) not in index


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (json.dumps(config(1, min_defence=10**6)), [], "No build fits any more"),
        ("{", [], "This list could not be made again"),
        (json.dumps(config(9)), ["--only", "list0"], "Its files have changed since"),
        (json.dumps(config(9)), ["--time-limit", "0.000001"], "The last run ended before this list was made again"),
    ],
)
def test_a_page_that_is_out_of_date_says_so_at_its_head(made, text, options, words):
    folder, again = made
    good = (folder / "list1.json").read_text()
    (folder / "list1.json").write_text(text)
    again(*options)
    own = page(folder, "list1")
    assert f"<b>Out of date.</b> {words}" in own
    assert own.index("Out of date.") < own.index("The best build")
    assert "Out of date." not in page(folder, "list0")
    (folder / "list1.json").write_text(good)
    assert again()[0] == 0
    assert "Out of date." not in page(folder, "list1")


def test_pages_lead_to_what_changed_and_to_the_command_that_makes_them_again(made):
    folder, again = made
    command = f"python -m equipment_optimizer batch {folder.name} --report-dir {folder.name}/pages"
    assert f'data-command="{command}"' in page(folder, "list0")
    assert "What changed in all lists" not in page(folder, "list0")
    assert again("--changes", str(folder / "what.md"))[0] == 0
    own = page(folder, "list0")
    assert f'data-command="{command} --changes {folder.name}/what.md"' in own
    assert 'href="./../what.html">What changed in all lists</a>' in own
    assert str(folder) not in own
    rows = equipment_rows(3)
    rows[0][2] += 500
    before = re.search(r"inputs (\w{8})</p>", own)[1]
    write_equipment(folder / "equipment.csv", rows)
    assert again("--changes", str(folder / "what.md"))[0] == 0
    now = re.search(r"inputs (\w{8})</p>", page(folder, "list0"))[1]
    told = (folder / "what.html").read_text(encoding="utf-8")
    assert before != now
    assert re.search(rf"listed, inputs {before}\. Now: .* listed, inputs {now}\.", told)
    for address in re.findall(r'href="\./([^"]+)"', told):
        assert (folder / address).is_file(), address
    assert 'href="./pages/index.html">All lists</a>' in told


def test_lines_name_files_not_where_they_are():
    assert without_folder("/a/b/c.json:1:2: wrong\n  mend: right") == "c.json:1:2: wrong\n  mend: right"
