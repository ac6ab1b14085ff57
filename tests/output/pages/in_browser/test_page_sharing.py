"""What leaves a page: addresses that hold its state, text, config, rows, pictures; and undo of everything."""

import base64
import csv
import io
import json
import re
import shutil
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from page_jobs import EXAMPLE, example, full_example, small_page

import equipment_optimizer as eo
from equipment_optimizer.output.pages._report_data import report_data

CAPTURE = (
    "window.saved = []; URL.createObjectURL = (blob) => { window.saved.push(blob); return '#'; };"
    " HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };"
    " Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}}); 0"
)


@pytest.fixture
def opened(page):
    own = page(full_example()[1])
    own.evaluate(CAPTURE)
    return own


def state(page):
    return {
        "rows": page.texts("#rows tr.row"),
        "find": page.evaluate("document.getElementById('find').value"),
        "build": page.evaluate("document.getElementById('build').open") and page.texts("#build-body section"),
        "weights": page.texts("#weights-told"),
        "starred": page.texts("#only-starred"),
    }


def undoes(page):
    """What Undo says that it takes back."""
    return page.evaluate("document.getElementById('undo').ariaLabel")


def act(page):
    """Change everything that can be changed; each step one that undo takes back."""
    page.type("#find", "Fury >= 4, not Feather")
    page.choose("#sort", "most Defence")
    page.click("#weigh")
    page.type("[aria-label='Weight of Evasion, as a number']", "3")
    page.click("#group")
    page.click("#rows tr .starring")


def test_an_address_holds_the_whole_state(page):
    opened = page(full_example()[1])
    act(opened)
    opened.click("#rows tr:nth-child(3) button.open")
    before, fragment = state(opened), opened.evaluate("location.hash.slice(1)")
    assert re.search(r"^b=\d+&skills=Fury", fragment)
    again = page(full_example()[1], fragment=fragment)
    assert state(again) == before
    assert again.texts("#banners") == [""]


def test_a_build_has_an_address_that_can_be_typed(page):
    opened = page(full_example()[1], fragment="b=7")
    assert opened.texts("#build-title")[0].startswith("Build 7, ")
    opened.evaluate("location.hash = '#b=8&skills=Fury>=5'")
    opened.until("document.getElementById('build-title').textContent.startsWith('Build 8, ')")
    assert opened.texts("#build-title")[0].startswith("Build 8, ")
    assert opened.evaluate("document.getElementById('find').value") == "Fury>=5"


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("b=7&of=00000000", "This address was made for an earlier or another run of this list"),
        ("b=700", "There is no build 700 here."),
        ("skills=Dancing>=3", "No skill or total is called Dancing."),
        ("w=skills/Dancing/weight:3", "There is no weight of Dancing here."),
    ],
)
def test_an_address_that_does_not_fit_says_so(page, fragment, told):
    opened = page(full_example()[1], fragment=fragment)
    assert told in opened.texts("#banners .banner")[0]


def test_the_mark_of_a_list_is_of_what_it_holds():
    assert report_data(example(60)[0])["of"] == report_data(example(60)[0])["of"]
    assert report_data(example(60)[0])["of"] != report_data(example(61)[0])["of"]


def test_everything_can_be_undone(opened):
    begin = state(opened)
    act(opened)
    opened.click("#best .choose button:nth-child(2)")
    for _ in range(20):
        if opened.evaluate("document.getElementById('undo').disabled"):
            break
        opened.click("#undo")
    after = state(opened)
    assert {**after, "weights": []} == {**begin, "weights": []}
    assert opened.evaluate("location.hash") == ""
    act(opened)
    changed = state(opened)
    opened.click("#reset")
    assert state(opened)["rows"] == begin["rows"]
    opened.click("#undo")
    assert state(opened) == changed


ROWS = ["Helm a,Head,5,,", "Helm b,Head,5,,", "Coat,Body,3,Speed,1", "Vest,Body,1,Speed,2"]


def job_with_variants(folder):
    return small_page(folder, ROWS, {"limit": 9, "skills": {"Speed": {"max": 3, "weight": 1}}, "defence": 1})[1]


def test_variants_that_are_shown_are_in_the_address_and_undone(page, tmp_path):
    text = job_with_variants(tmp_path)
    opened = page(text)
    opened.click("#rows tr[data-k='2'] .fold")
    fragment = opened.evaluate("location.hash.slice(1)")
    assert fragment.startswith("variants=3&of=")
    assert len(opened.texts("#rows tr.variant")) == 1
    again = page(text, fragment=fragment)
    assert again.texts("#rows tr.variant") == opened.texts("#rows tr.variant")
    assert again.texts("#rows .fold") == ["2 equal", "2 equal"]
    opened.click("#rows tr[data-k='0'] .fold")
    assert undoes(opened) == "Undo showing the variants of build 1"
    opened.click("#undo")
    opened.click("#rows tr[data-k='2'] .fold")
    assert opened.texts("#rows tr.variant") == []
    assert opened.evaluate("location.hash") == ""
    # Shown and hidden again: a filter in between keeps what was shown.
    opened.click("#rows tr[data-k='0'] .fold")
    opened.type("#find", "helm b")
    assert opened.texts("#rows tr.variant") == []
    opened.click("#undo")
    assert len(opened.texts("#rows tr.variant")) == 1


def test_a_build_that_was_opened_is_undone_and_closing_it_is_the_same(opened):
    begin = state(opened)
    opened.type("#find", "Gale")
    opened.click("#rows tr:nth-child(3) button.open")
    opened.press("j")
    opened.press("j")
    assert opened.evaluate("document.getElementById('build').open")
    assert undoes(opened).startswith("Undo opening build ")
    opened.press("u")
    assert not opened.evaluate("document.getElementById('build').open")
    assert undoes(opened) == "Undo what to find"
    opened.click("#rows tr:nth-child(2) button.open")
    opened.click("#close")
    opened.until("document.getElementById('undo').title === 'Undo what to find'")
    opened.click("#undo")
    assert state(opened) == begin


def test_the_theme_is_in_the_address_and_undone(page):
    text = full_example()[1]
    opened = page(text, fragment="theme=dark")
    assert opened.evaluate("document.documentElement.dataset.theme") == "dark"
    opened.click("#theme")
    assert opened.evaluate("location.hash") == "#theme=light" or opened.evaluate("location.hash") == ""
    opened.click("#undo")
    assert opened.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page(text, fragment="theme=purple").evaluate("'theme' in document.documentElement.dataset") is False


def test_a_place_on_the_page_is_no_state_of_it(page):
    opened = page(full_example()[1])
    opened.type("#find", "Gale")
    before = opened.evaluate("location.hash")
    opened.click(".contents [href='#made']")
    assert opened.evaluate("document.activeElement.id") == "made-title"
    assert opened.evaluate("location.hash") == before
    opened.evaluate("location.hash = '#usage'")
    opened.evaluate("new Promise(done => setTimeout(done, 50))")
    assert opened.evaluate("document.getElementById('find').value") == "Gale"
    shown = "[...document.querySelectorAll('.contents a:not([hidden])')].map(e => e.hash.slice(1))"
    sections = opened.evaluate(shown)
    assert {"best", "builds", "usage", "made"} <= set(sections)
    assert not opened.evaluate(f"{shown}.some(id => document.getElementById(id).hidden)")


def test_letters_of_one_word_are_undone_together(opened):
    for text in ("G", "Ga", "Gale"):
        opened.type("#find", text)
    opened.click("#undo")
    assert opened.evaluate("document.getElementById('find').value") == ""
    assert opened.evaluate("document.getElementById('undo').disabled")


def test_a_build_is_copied_as_text(opened):
    opened.click("#best-buttons button:nth-child(2)")
    opened.until("window.copied")
    assert opened.evaluate("window.copied") == (
        "With everything: build 1 of 25, score 72.48\n"
        "Head: Gale Hood (Evasion 2, Critical Eye 1, slots 2-1)\n"
        "Body: Cinder Mail (Attack Boost 1, Fury 1, slots 3)\n"
        "Arms: Cinder Grips (Fury 2, slots 1)\n"
        "Waist: Cinder Belt (Attack Boost 1, slots 2-1)\n"
        "Legs: Gale Treads (Critical Eye 1, Stamina 2, slots 3-1)\n"
        "Charm: Ember Charm (Attack Boost 2, Fury 1)\n"
        "Decorations: 1x Brawn Jewel 1, 2x Keen Jewel 2, 1x Bulwark Jewel 1, 3x Vigour Jewel 1, 1x Rage Jewel 3,"
        " 1x Edge Jewel 2, 1x Thick Hide Jewel 3\n"
        "Skills: Attack Boost 7/7, Fury 5/5, Critical Eye 4/5, Health Boost 3/3, Evasion 3/4, Guard 3/5,"
        " Sharpness 1/2, Stamina 2/3, Fury Unbound 1/1\n"
        "Set bonuses: Cinder Oath (3), Gale Dancers (2)\n"
        "Defence 448, Fire Res 9, Water Res -4, Thunder Res 4, Ice Res 0, Dragon Res 3\n"
    )
    assert opened.texts("#told") == ["Copied: build 1 as text."]


def test_the_address_is_copied(opened):
    opened.type("#find", "Gale")
    opened.click("#copy-link")
    opened.until("window.copied")
    assert opened.evaluate("window.copied === location.href")
    assert "find=Gale" in opened.evaluate("window.copied")


def test_conditions_are_copied_as_a_config(opened, tmp_path):
    opened.type("#find", 'Fury >= 4, not Feather, "Gale Hood", Defence >= 450, Fire Res > 3, keen jewel')
    opened.click("#copy-config")
    opened.until("window.copied")
    plain = json.loads(opened.evaluate("window.copied"), parse_float=Decimal)
    assert plain["skills"]["Fury"]["min"] == 4
    assert plain["exclude"] == ["Feather Charm"]
    assert plain["pin"] == {"Head": ["Gale Hood"]}
    assert plain["min_defence"] == 450
    assert plain["resistances"]["fire"] == {"weight": Decimal("0.1"), "min": 4}
    told = opened.texts("#told")[0]
    assert "but for keen jewel, which a config cannot say like this." in told
    # A page knows no other pieces than those of its builds, so a part of a name may mean more than it can write.
    assert " For not Feather it names the pieces of these builds; other pieces of your list that are called so" in told
    shutil.copytree(EXAMPLE / "full", tmp_path, dirs_exist_ok=True)
    (tmp_path / "c.json").write_text(opened.evaluate("window.copied"))
    read, _ = eo.read_config(tmp_path / "c.json")
    results = full_example()[0]
    assert read.slot_weights == results.config.slot_weights
    assert read.limit == results.config.limit


def test_whole_names_are_copied_without_a_word_about_other_pieces(opened):
    opened.type("#find", 'not Feather Charm, "Gale Hood"')
    opened.click("#copy-config")
    opened.until("window.copied")
    assert json.loads(opened.evaluate("window.copied"))["exclude"] == ["Feather Charm"]
    assert "called so" not in opened.texts("#told")[0]


def saved_text(page):
    return page.evaluate("window.saved[0].text()")


@pytest.mark.parametrize("make", [example, full_example])
def test_the_saved_rows_are_those_of_the_programs_own_file(page, make, tmp_path):
    """Also the levels that the page adds up itself."""
    results, text = make(100)
    opened = page(text)
    opened.evaluate(CAPTURE)
    opened.evaluate("document.getElementById('group').hidden || document.getElementById('group').click()")
    opened.click("#save-csv")
    rows = list(csv.DictReader(io.StringIO(saved_text(opened))))
    own = [
        dict(zip([column.name for column in results.columns], map(str, row), strict=True))
        for row in results.iter_rows()
    ]
    assert len(rows) == len(own)
    for k, (row, expected) in enumerate(zip(rows, own, strict=True)):
        assert row.pop("Build") == str(k + 1)
        assert {name: row[name] for name in expected} == expected
        assert all(row[name] == "0" for name in set(row) - set(expected))


def test_only_the_rows_that_are_shown_are_saved(opened):
    opened.type("#find", "not Gale Hood")
    opened.click("#save-csv")
    rows = list(csv.DictReader(io.StringIO(saved_text(opened))))
    assert 0 < len(rows) < 25
    assert all(row["Head"] != "Gale Hood" for row in rows)
    assert opened.evaluate("window.savedAs") == "With everything.csv"


def test_a_cell_that_a_spreadsheet_would_reckon_with_is_saved_as_text(page, tmp_path):
    opened = page(small_page(tmp_path, ["=1+1,Head,3,,", '"a ""b"", c",Head,2,,'], {"limit": 2, "defence": 1})[1])
    opened.evaluate(CAPTURE)
    opened.click("#save-csv")
    assert [row["Head"] for row in csv.DictReader(io.StringIO(saved_text(opened)))] == ["'=1+1", 'a "b", c']


def test_the_picture_of_a_build_has_its_pieces_and_skills(opened):
    opened.click("#rows tr[data-k='5'] button.open")
    opened.evaluate(
        "[...document.querySelectorAll('#build button')].find(e => e.textContent === 'Picture (SVG)').click()"
    )
    text = saved_text(opened)
    words = " ".join(re.findall(r">([^<]+)</text>", text))
    results = full_example()[0]
    for piece in results.combinations[5].equipment:
        assert piece.name in words
    assert str(results.score(5)) in words
    assert "Attack Boost" in words
    assert "href" not in text
    ElementTree.fromstring(text)


def test_the_picture_is_a_png_too(opened):
    opened.click("#best-buttons button:nth-child(3)")
    opened.evaluate(
        "new Promise(done => { const look = () => window.saved.length ? done() : setTimeout(look, 20); look(); })"
    )
    code = "window.saved[0].arrayBuffer().then(b => btoa(String.fromCharCode(...new Uint8Array(b).slice(0, 24))))"
    data = base64.b64decode(opened.evaluate(code))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 1440


def test_a_text_that_cannot_be_copied_is_shown(page):
    opened = page(full_example()[1])
    opened.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false; 0"
    )
    opened.click("#copy-link")
    opened.evaluate("new Promise(done => setTimeout(done, 50))")
    assert opened.evaluate("document.querySelector('#told textarea').value === location.href")


def test_a_link_to_the_page_reads_well():
    text = full_example()[1]
    assert "<title>With everything: best 72.48 of 25 builds</title>" in text
    description = re.search(r'<meta name="description" content="([^"]*)">', text)[1]
    assert description.startswith("Best build, score 72.48: Gale Hood, Cinder Mail, ")
    assert "Attack Boost 7/7, Fury 5/5" in description
    assert description.endswith("A list of 25 builds, proved to be the best.")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_link_to_a_build_of_another_list_says_so_where_the_build_is_open(page, width):
    opened = page(full_example()[1], width=width, fragment="b=7&of=00000000")
    assert opened.evaluate("document.getElementById('build').open")
    (said,) = opened.texts("#build-body .banner")
    assert said.startswith("This address was made for an earlier or another run of this list")
    seen = "(({top, bottom, left, right}) => top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth)"
    assert opened.evaluate(f"{seen}(document.querySelector('#build-body .banner').getBoundingClientRect())")
