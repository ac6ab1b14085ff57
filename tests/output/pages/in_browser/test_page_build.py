"""One build on a page: what it is, what separates any two, stars, keys."""

import pytest
from page_jobs import example, full_example


def shown(page):
    return [int(text.replace(",", "")) for text in page.texts("#rows td.rank button.open")]


def test_the_best_build_is_the_first_thing_on_the_page():
    text = full_example()[1]
    best, builds = text.index('id="best-title"'), text.index('id="builds-title"')
    assert best < text.index("What this list values") < builds < text.index("How the scores fall")
    assert text.index("How the scores fall") < text.index("How this list was made")


def test_a_build_opens_and_says_what_separates_it(page):
    results, text = example(60)
    opened = page(text)
    opened.click("#rows tr.row:nth-child(4) td.score")
    assert opened.evaluate("document.getElementById('build').open")
    assert opened.texts("#build-title") == ["Build 4, score 49.34 (\u22120.09)"]
    assert opened.texts("#build .piece .name") == [piece.name for piece in results.combinations[3].equipment]
    assert opened.texts("#build section h3") == [
        "Pieces",
        "What separates it from the best",
        "Decoration slots",
        "Skills",
        "Defence and totals",
    ]
    assert opened.texts("#build .against tr.sum td") == ["Together", "49.34", "49.43", "\u22120.09"]
    levels = dict(zip(opened.texts("#build .skill .name"), opened.texts("#build .skill .level"), strict=True))
    assert levels["Attack Boost"] == "5/5"
    opened.click("#next")
    assert opened.texts("#build-title")[0].startswith("Build 5, ")
    opened.click("#previous")
    opened.click("#close")
    assert not opened.evaluate("document.getElementById('build').open")


def test_slots_are_written_as_players_write_them(page):
    opened = page(full_example()[1])
    assert opened.texts("#best .slots") == ["2-1", "3", "1", "2-1", "3-1"]
    opened.click("#rows button.open")
    assert "slots\u00a02-1" in opened.texts("#build .piece .of")[0]


def test_any_two_builds_are_compared(page):
    results, text = full_example()
    opened = page(text)
    opened.click("#rows tr[data-k='4'] button.open")
    opened.evaluate(
        "(f => { f.value = 11; f.dispatchEvent(new Event('change', {bubbles: true})); })"
        "(document.getElementById('against'))"
    )
    assert "What separates it from build 11" in opened.texts("#build section h3")
    difference = results.score(4) - results.score(10)
    assert opened.texts("#build .against tr.sum td") == [
        "Together",
        str(results.score(4)),
        str(results.score(10)),
        f"+{difference.normalize():f}",
    ]
    swaps = [
        (mine.name, other.name)
        for mine, other in zip(results.combinations[4].equipment, results.combinations[10].equipment, strict=True)
        if mine.name != other.name
    ]
    cells = opened.texts("#build .against tr.swap td")
    assert [tuple(cells[k + 1 : k + 3]) for k in range(0, len(cells), 4)] == swaps
    assert "vs=11" in opened.evaluate("location.hash")


def test_starred_builds_are_kept_together_and_compared(page):
    opened = page(full_example()[1])
    assert opened.evaluate("document.getElementById('compare').disabled")
    opened.click("#rows tr[data-k='2'] .starring")
    opened.click("#rows tr[data-k='8'] .starring")
    assert opened.texts("#only-starred") == ["Starred: 2"]
    opened.click("#only-starred")
    assert shown(opened) == [3, 9]
    opened.click("#compare")
    assert opened.texts("#build-title")[0].startswith("Build 9, ")
    assert "What separates it from build 3" in opened.texts("#build section h3")
    opened.click("#star")
    assert opened.evaluate("document.getElementById('star').ariaPressed") == "false"


def test_a_click_on_the_plot_opens_its_build(page):
    opened = page(example(60)[1])
    opened.evaluate(
        "(p => { const box = p.getBoundingClientRect();"
        " p.dispatchEvent(new MouseEvent('click', {clientX: box.right, clientY: box.top, bubbles: true})); })"
        "(document.getElementById('plot'))"
    )
    assert opened.texts("#build-title")[0].startswith("Build 60, ")


@pytest.mark.parametrize(
    ("job", "unknown", "limit", "lead"),
    [
        # Other decorations may cost less: limits alone.
        (
            full_example,
            "not known from this list",
            "at most ",
            (
                "One level less of Stamina costs at most 1.76, the highest of these limits. "
                "One level more of Evasion costs at most 2.33, the highest of these limits."
            ),
        ),
        (lambda: example(60), "at least {}", "", None),
    ],
)
def test_what_a_level_costs_is_the_difference_to_the_first_build_that_has_it(page, job, unknown, limit, lead):
    results, text = job()
    opened = page(text)
    levels = results.skill_levels(0, len(results))
    rows = opened.texts("#costs-table tbody th")
    less = opened.texts("#costs-table tbody td:nth-child(3)")
    more = opened.texts("#costs-table tbody td:nth-child(4)")
    assert "Evasion" in rows
    last = results.score(0) - results.score(len(results) - 1)
    for skill, dearer, cheaper in zip(rows, more, less, strict=True):
        column = levels[skill].tolist()
        for told, sign in ((dearer, 1), (cheaper, -1)):
            if told in ("at its maximum", "has none"):
                continue
            first = next((k for k, level in enumerate(column) if sign * (level - column[0]) > 0), None)
            if first is None:
                assert told == unknown.format(f"{last.normalize():f}")
            else:
                gap = (results.score(0) - results.score(first)).normalize()
                assert told == f"{f'{limit}{gap:f}' if gap else 'nothing'} build {first + 1}"
    if lead:
        assert opened.texts("#costs-lead")[0].strip() == lead
    assert "no listed build has" in opened.texts("#costs-over")[0]
    # The dearest come first; what the list has no answer for before them, or where it is not known behind them.
    figures = [text.split(" build")[0].removeprefix("at least ").removeprefix("at most ") for text in less]
    losses = [float(text) for text in figures if text not in ("has none", "nothing", unknown)]
    assert losses == sorted(losses, reverse=True) and len(losses) > 3
    opened.click("#costs-table button")
    assert opened.evaluate("document.getElementById('build').open")


def test_a_build_is_opened_by_its_number(page):
    opened = page(full_example()[1])
    opened.evaluate("document.getElementById('goto').focus()")
    for key in "7":
        opened.press(key)
    opened.press("Enter")
    assert opened.texts("#build-title")[0].startswith("Build 7, ")
    assert opened.texts("#find-told") == [""]
    opened.click("#close")
    opened.type("#goto", "700")
    opened.evaluate("document.getElementById('goto').dispatchEvent(new Event('change'))")
    assert not opened.evaluate("document.getElementById('build').open")


def focused(page):
    return page.evaluate("document.activeElement.textContent")


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("ArrowDown", "ArrowUp")])
def test_the_keys_move_open_star_and_undo(page, down, up):
    opened = page(full_example()[1])
    opened.press("j")
    assert focused(opened) == "1"
    opened.press(down)
    opened.press(down)
    assert focused(opened) == "3"
    opened.press(up)
    assert focused(opened) == "2"
    opened.press("s")
    assert opened.texts("#only-starred") == ["Starred: 1"]
    assert focused(opened) == "2"
    opened.press("Enter")
    assert opened.texts("#build-title")[0].startswith("Build 2, ")
    opened.press("j")
    assert opened.texts("#build-title")[0].startswith("Build 3, ")
    opened.press("Escape")
    assert not opened.evaluate("document.getElementById('build').open")
    # A dialog tells that it was closed a moment later.
    opened.until("document.activeElement.textContent === '3'")
    assert focused(opened) == "3"
    opened.press("u")
    assert opened.texts("#only-starred") == ["Starred: 0"]
    opened.press("/")
    assert opened.evaluate("document.activeElement.id") == "find"
    opened.press("j")
    assert opened.evaluate("document.activeElement.value") == "j"


def test_the_hints_for_the_keys_can_be_seen(page):
    opened = page()
    assert "Enter opens" in opened.texts(".hint")[0]
    assert opened.evaluate("document.querySelector('.hint').offsetHeight") > 0


def test_the_worth_of_a_piece_is_that_of_the_best_build_with_it_or_without_it(page):
    results, text = full_example()
    opened = page(text)
    builds = [[piece.name for piece in build.equipment] for build in results.combinations]
    lines = opened.evaluate(
        "[...document.querySelectorAll('.use')].map(e => [e.dataset.piece, e.querySelector('.of').textContent])"
    )
    assert len(lines) > 15
    for name, told in lines:
        is_worn = name in builds[0]
        k = next((k for k, names in enumerate(builds) if (name in names) != is_worn), None)
        gap = (results.score(0) - results.score(len(builds) - 1 if k is None else k)).normalize()
        words = (
            f"at least {gap:f} less"
            if k is None
            else f"{gap:f} less: build {k + 1}"
            if gap
            else f"no less: build {k + 1}"
        )
        assert told == f"{'without' if is_worn else 'with'} it {words}", name
    opened.click(".use .of button")
    assert opened.evaluate("document.getElementById('build').open")


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_buttons_of_a_piece_do_not_cover_its_name(page, width):
    opened = page(full_example()[1], width=width)
    assert opened.evaluate(
        "[...document.querySelectorAll('#best .piece')].every(piece => { const range = document.createRange();"
        " range.selectNodeContents(piece.querySelector('.name'));"
        " const box = piece.querySelector('.choose').getBoundingClientRect();"
        " return [...range.getClientRects()].every(own => !box.width || own.right <= box.left"
        " || own.bottom <= box.top || own.top >= box.bottom); })"
    )
