"""Report pages: what they hold, that nothing typed becomes markup, and that the same list gives the same page."""

import html
import json
import os
import re

from markupsafe import escape
from page_jobs import (
    EXAMPLE,
    NASTY,
    QUOTED,
    ROOT,
    Outline,
    amounts_of,
    codes_of,
    decoded,
    example,
    facts,
    full_example,
    nasty_job,
    pieces_of,
    scores_of,
    worths_of,
)

import equipment_optimizer as eo
from equipment_optimizer.cli import main
from equipment_optimizer.output.pages import report
from equipment_optimizer.output.pages._code_text import ALPHABET, exact
from equipment_optimizer.output.pages._report_data import json_for_script, report_data
from equipment_optimizer.output.pages.report import RunFacts, render_report


def test_a_page_needs_nothing_from_anywhere():
    _, page = example()
    outline = Outline(page)
    assert outline.handlers == []
    # Places on the page itself.
    assert all(address.startswith("#") for address in outline.addresses)
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(outline.tags)
    assert "@import" not in page
    assert "url(" not in page
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_two_pages_are_told_apart_by_what_they_were_made_from():
    results, _ = example(2)
    pages = [
        render_report(results, RunFacts(title="a", inputs=[{"path": "e.csv", "sha256": sha}], elapsed_seconds=1))
        for sha in ("0" * 64, "0" * 64, "1" * 64)
    ]
    found = [re.findall(rb"inputs ([0-9a-f]{8})</p>", page) for page in pages]
    assert pages[0] == pages[1]
    assert found[0] != found[2]
    assert all(len(own) == 1 for own in found)
    assert (
        b"inputs "
        not in render_report(results, RunFacts(title="a", inputs=[], elapsed_seconds=1)).split(b"</header>")[0]
    )


def test_every_column_says_what_the_results_say():
    results, _ = example(50)
    data = json.loads(json.dumps(report_data(results)))
    known = pieces_of(data)

    def value(column, k):
        return decoded(column, 50)[k]

    def term_value(term, k):
        values = list(zip(amounts_of(term), worths_of(term), strict=True))
        if "codes" in term:
            return values[codes_of(term, 50)[k]]
        pieces = [known[value(column, k)] for column in data["columns"]]
        level = sum(
            {
                "defence": lambda piece: piece[1],
                "slots": lambda piece: piece[2][int(term["name"][4]) - 1],
                "skill": lambda piece: dict(piece[3]).get(data["terms"].index(term), 0),
            }[term.get("kind", "skill")](piece)
            for piece in pieces
        )
        return level, dict(values)[level]

    assert data["n"] == 50
    assert scores_of(data) == results.scaled_scores.tolist()
    for k, build in enumerate(results.combinations):
        names = [known[value(column, k)][0] for column in data["columns"]]
        assert names == [piece.name for piece in build.equipment]
        terms = {term["name"]: term_value(term, k) for term in data["terms"]}
        assert terms["Defence"][0] == build.total_defence
        assert sum(own[1] for own in terms.values()) == results.scaled_scores[k]
        for skill, level in build.total_skill_levels.items():
            assert terms[skill][0] == level


def test_large_values_become_text():
    assert exact([2**53, -(2**53), 2**60, -(2**60)]) == [2**53, -(2**53), str(2**60), str(-(2**60))]


def test_the_alphabet_is_that_of_the_page():
    script = (ROOT / "equipment_optimizer" / "output" / "pages" / "templates" / "report" / "data.js").read_text()
    assert f'const ALPHABET = "{ALPHABET}";' in script
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("\"'<>&\\`")


def test_json_in_a_script_cannot_end_it():
    value = {"a": "</script><!--\r\n\0", "b": "\u2028\u2029&'\"\U0001f600 \u03b2 \udc80"}
    text = json_for_script(value)
    assert not set("<>&\u2028\u2029\r\n\0") & set(text)
    assert "\U0001f600 \u03b2 \\udc80" in text
    assert json.loads(text) == value


def test_names_are_escaped_everywhere(tmp_path):
    page = render_report(nasty_job(tmp_path), facts(NASTY + QUOTED)).decode()
    outline = Outline(page)
    assert outline.tags.count("script") == 2
    assert outline.tags.count("title") == 1
    assert "img" not in outline.tags
    assert html.escape("Sun <b>") in page
    assert html.escape(NASTY) in page
    assert NASTY not in page


def test_a_report_of_a_stopped_search_says_what_is_known():
    rows = [
        eo.EquipmentPiece(f"{part} {k}", part, (k * 37) % 101)
        for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
        for k in range(60)
    ]
    table = eo.EquipmentTable.from_pieces(rows)
    results = eo.optimize(table, eo.Config(limit=20), time_limit=1e-9, engine="exhaustive")
    assert not results.report.proved
    page = render_report(results, facts()).decode()
    assert '<p class="banner" role="note"><b>Not complete.</b> The search was stopped early' in page
    assert page.index("Not complete.") < page.index("The best build so far")
    assert "A list of 20 builds, the best found before the search was stopped." in page


def test_the_command_writes_the_report(tmp_path):
    out, report = tmp_path / "my list.csv", tmp_path / "r.html"
    command = ["optimize", str(EXAMPLE / "equipment.csv"), str(out), str(EXAMPLE / "config.json"), "--quiet"]
    assert main([*command, "--report", str(report)]) == 0
    text = report.read_text(encoding="utf-8")
    assert "<h1>my list</h1>" in text
    # Where files are is nobody's business.
    assert str(EXAMPLE) not in text
    assert re.search(r"<dt>equipment.csv</dt><dd>SHA-256 [0-9a-f]{64}</dd>", text)


def test_notices_and_texts_stand_on_the_page(tmp_path):
    own = {"limit": 3, "title": "For <b>Ann</b>", "note": NASTY, "author": "me", "game": "World", "version": "2"}
    (tmp_path / "c.json").write_text(json.dumps(own))
    (tmp_path / "e.csv").write_text("Name,Body Part\nCap,Head\n")
    job = [str(tmp_path / "e.csv"), str(tmp_path / "out.csv"), str(tmp_path / "c.json")]
    assert (
        main(["optimize", *job, "--quiet", "--report", str(tmp_path / "r.html"), "--manifest", str(tmp_path / "m")])
        == 0
    )
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    notices = json.loads((tmp_path / "m").read_text())["notices"]
    assert len(notices) > 1
    for notice in notices:
        assert notice.startswith((str(tmp_path), "most of")), notice
        shown = notice.replace(str(tmp_path) + os.sep, "")
        assert f'<p class="notice">{escape(shown)}</p>' in text
    assert str(tmp_path) not in text
    assert "<h1>For &lt;b&gt;Ann&lt;/b&gt;</h1>" in text
    assert f'<p class="note">{html.escape(NASTY)}</p>' in text
    assert '<p class="kicker">World 2 \u00b7 by me</p>' in text


def test_notices_stand_where_they_concern(tmp_path):
    header = "Name,Body Part,Base Defence,Colour"
    (tmp_path / "e.csv").write_text(f"{header}\nCap,Head,900,red\n")
    (tmp_path / "c.json").write_text(json.dumps({"limit": 1, "skills": {"Zeal": 1}}))
    job = [str(tmp_path / name) for name in ("e.csv", "out.csv", "c.json")]
    assert main(["optimize", *job, "--quiet", "--report", str(tmp_path / "r.html")]) == 0
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    best, valued, builds, run = (text.index(f'id="{name}-title"') for name in ("best", "valued", "builds", "made"))
    assert best < text.index("most comes from what is not mentioned there") < valued
    assert valued < text.index("are missing, 1.0 is used") < builds
    assert run < text.index("columns that nothing uses: Colour")


def test_without_notices_there_is_no_word_of_them():
    assert 'class="notice"' not in example(1)[1]


def test_a_thousand_builds_are_small_and_always_the_same_bytes():
    results, text = example(1000)
    assert len(text.encode()) < 150_000
    # Decorations, set bonuses and resistances add little.
    assert len(full_example(1000)[1].encode()) < 150_000
    assert render_report(results, facts()).decode() == text


def test_levels_that_pieces_and_decorations_add_up_to_are_not_written():
    data = report_data(full_example()[0])
    summed = [term["name"] for term in data["terms"] if "codes" not in term]
    assert {"Critical Eye", "Defence", "Fire Res"} <= set(summed)
    # Set bonuses give these, which pieces do not tell.
    assert not {"Fury Unbound", "Evasion"} & set(summed)
    # Pieces count for a bonus by themselves; the weapon does, too, which is none of them.
    assert {bonus["name"]: "codes" not in bonus for bonus in data["bonuses"]} == {
        "Cinder Oath": True,
        "Gale Dancers": True,
        "Warden Watch": False,
    }


def test_a_page_from_python_needs_no_facts(tmp_path):
    table, own, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json", limit=3)
    eo.write_report(eo.optimize(table, own), tmp_path / "mine.html")
    page = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "<title>mine" in page
    assert "config.json" in page


def test_of_a_long_list_the_page_holds_the_first_builds_and_says_so(tmp_path, monkeypatch, capsys):
    assert report.MOST_BUILDS == 10_000
    monkeypatch.setattr(report, "MOST_BUILDS", 3)
    told = "the page shows the first 3 of 7 builds; the file of builds has them all"
    job = [str(EXAMPLE / "equipment.csv"), str(tmp_path / "out.csv"), str(EXAMPLE / "config.json"), "--limit", "7"]
    assert main(["optimize", *job, "--report", str(tmp_path / "r.html"), "--manifest", str(tmp_path / "m")]) == 0
    assert f"notice: {told}\n" in capsys.readouterr().err
    assert (tmp_path / "out.csv").read_text().count("\n") == 8
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f'<p class="banner" role="note"><b>Not all builds.</b> T{told[1:]}.</p>' in text
    assert "of 7 builds</title>" in text and 'max="3"' in text
    assert '"n":3,' in text
    lists = [{"name": "long", "output": "long.csv", "limit": 7}]
    defaults = {"equipment": job[0], "config": job[2]}
    (tmp_path / "batch.json").write_text(json.dumps({"defaults": defaults, "builds": lists}))
    assert main(["batch", str(tmp_path / "batch.json"), "--report-dir", str(tmp_path / "pages")]) == 0
    assert told in capsys.readouterr().err
    assert f"T{told[1:]}." in (tmp_path / "pages" / "long.html").read_text(encoding="utf-8")


def test_the_page_of_a_short_list_says_nothing_of_that():
    results, text = example(3)
    assert report.left_out(results) is None
    assert "Not all builds" not in text
