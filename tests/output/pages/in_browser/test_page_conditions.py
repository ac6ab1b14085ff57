"""Questions to a page without a rerun: conditions, pins and exclusions, and what is certain of the answer."""

import pytest
from page_jobs import example, full_example, small_page


def shown(page):
    return [int(text.replace(",", "")) - 1 for text in page.texts("#rows td.rank button.open")]


@pytest.fixture
def opened(page):
    own = page(full_example()[1])
    own.click("#group")
    return own


def asked(page, text):
    page.type("#find", text)
    return shown(page)


def names(results, k):
    return {piece.name for piece in results.combinations[k].equipment}


def test_several_conditions_hold_at_once(opened):
    results, _ = full_example()
    levels = results.skill_levels(0, len(results))
    found = asked(opened, "Attack Boost >= 7, not Feather, critical eye=5")
    expected = [
        k
        for k in range(len(results))
        if levels["Attack Boost"][k] >= 7
        and "Feather Charm" not in names(results, k)
        and levels["Critical Eye"][k] == 5
    ]
    assert found == expected != []
    assert opened.texts("#count") == [f"{len(expected)} of 25 builds"]


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("defence >= 460", lambda build, levels: build.total_defence >= 460),
        ("Fury<5", lambda build, levels: levels["Fury"] < 5),
        ("Fury \u2265 5; Guard != 3", lambda build, levels: levels["Fury"] >= 5 and levels["Guard"] != 3),
        ('"Gale Hood"', lambda build, levels: build.equipment[0].name == "Gale Hood"),
        ("hood or mask", lambda build, levels: build.equipment[0].name in ("Gale Hood", "Hollow Mask")),
        ("without gale hood", lambda build, levels: build.equipment[0].name != "Gale Hood"),
    ],
)
def test_a_condition_holds_as_by_definition(opened, text, test):
    results, _ = full_example()
    levels = results.skill_levels(0, len(results))
    own = [{name: int(column[k]) for name, column in levels.items()} for k in range(len(results))]
    expected = [k for k in range(len(results)) if test(results.combinations[k], own[k])]
    assert asked(opened, text) == expected != []


def test_scores_are_compared_exactly(opened):
    results, _ = full_example()
    bound = results.score(4)
    assert asked(opened, f"score >= {bound}") == [k for k in range(len(results)) if results.score(k) >= bound]
    assert asked(opened, f"score > {bound}") == [k for k in range(len(results)) if results.score(k) > bound]


def test_decorations_and_active_bonuses_are_found(opened):
    results, _ = full_example()
    expected = [k for k in range(len(results)) if "Keen Jewel" in results.decorations_text(k)]
    assert asked(opened, "keen jewel") == expected != []
    texts = list(results.bonus_texts(0, len(results)))
    assert asked(opened, "cinder oath") == [k for k, text in enumerate(texts) if "Cinder Oath" in text]


def test_greek_letters_are_found_by_their_names(page, tmp_path):
    rows = ["Helm \u03b1+,Head,5,,", "Helm \u03b2+,Head,4,,", "Caf\u00e9 Cap,Head,3,,"]
    opened = page(small_page(tmp_path, rows, {"limit": 3, "defence": 1})[1])
    assert asked(opened, "beta") == asked(opened, "\u03b2") == [1]
    assert asked(opened, "not ALPHA") == [1, 2]
    assert asked(opened, "cafe") == [2]


def test_what_is_not_understood_is_told(opened):
    assert len(asked(opened, "Atack Boost >= 7")) == 25
    assert opened.texts("#find-told") == ["No skill or total is called Atack Boost."]
    assert asked(opened, "Dragon Helm") == []
    assert opened.texts("#find-told")[0].startswith("Nothing here is called Dragon Helm.")
    asked(opened, "Fury >=")
    assert "Write a number behind the sign" in opened.texts("#find-told")[0]
    asked(opened, "not Brachydium")
    assert "Nothing here is called Brachydium." in opened.texts("#find-told")[0]


def test_the_page_says_what_is_certain(opened):
    results, _ = full_example()
    first = asked(opened, "not Gale Hood")[0]
    gap = results.score(0) - results.score(first)
    assert opened.texts("#find-told") == [
        (
            f"Build {first + 1} is the best of the 25 listed that meet this, {gap.normalize():f} below the list's best."
            " No better one is missing from the list."
        )
    ]
    asked(opened, "Defence >= 900")
    assert "a build that does scores no more than 69.22" in opened.texts("#find-told")[0]
    asked(opened, "gale coat")
    assert opened.texts("#find-told")[0].endswith(" No better one with such pieces is missing from the list.")


def test_the_best_within_a_condition_is_the_best_of_all(page):
    """The sentence is true: a rerun with the exclusion finds the same first build."""
    import dataclasses

    import equipment_optimizer as eo

    results, text = example(100)
    opened = page(text)
    helm = results.combinations[0].equipment[0].name
    first = asked(opened, f'not "{helm}"')[0]
    without = eo.optimize(results.table, dataclasses.replace(results.config, exclude=(helm,), limit=1))
    assert without.score(0) == results.score(first)


def test_a_skill_is_added_to_the_conditions_with_a_click(opened):
    opened.choose("#term", "Evasion")
    opened.evaluate("document.getElementById('least').value = 4")
    opened.click("#add")
    assert opened.evaluate("document.getElementById('find').value") == "Evasion >= 4"
    levels = full_example()[0].skill_levels(0, 25)["Evasion"]
    assert shown(opened) == [k for k in range(25) if levels[k] >= 4]


@pytest.mark.parametrize("where", ["#best .piece", ".use"])
def test_a_piece_is_pinned_and_excluded_with_a_click(opened, where):
    name = opened.texts(f"{where} .name")[0]
    results, _ = full_example()
    has = [name in names(results, k) for k in range(25)]
    only, without = (f"{where} .choose button:nth-child({n})" for n in (1, 2))
    opened.click(only)
    assert shown(opened) == [k for k in range(25) if has[k]]
    assert opened.evaluate(f"document.querySelector({only!r}).ariaPressed") == "true"
    opened.click(only)
    assert len(shown(opened)) == 25
    opened.click(without)
    assert shown(opened) == [k for k in range(25) if not has[k]]
    opened.click("#undo")
    assert len(shown(opened)) == 25


def test_pieces_beyond_the_first_are_there_too(page):
    opened = page(example(300)[1])
    opened.evaluate("document.querySelectorAll('.usage details').forEach(e => { e.open = true; })")
    opened.until("[...document.querySelectorAll(`[data-used=\\'0\\'] .use .n`)].length > 0")
    counts = opened.texts("[data-used='0'] .use .n")
    assert sum(map(int, counts)) == 300
    assert sorted(map(int, counts), reverse=True) == list(map(int, counts))


def test_parts_of_names_in_quotation_marks_and_a_last_word_pieces_are_understood(opened):
    whole = asked(opened, "not hood")
    assert 0 < len(whole) < 25
    for text in ('not "Hood"', "not hood pieces", 'not "hood" pieces', "without hood piece"):
        assert asked(opened, text) == whole, text
        assert "Nothing here" not in opened.texts("#find-told")[0]
    # A whole name in quotation marks is that name alone.
    assert asked(opened, '"Gale Hood"') == asked(opened, "gale hood")


def test_what_is_called_so_is_told_where_it_is_no_piece(opened):
    asked(opened, "not keen")
    assert "No piece is called keen, but a decoration is." in opened.texts("#find-told")[0]
    asked(opened, "oath")
    assert "No piece is called oath, but a set bonus is." in opened.texts("#find-told")[0]
    asked(opened, "not hood")
    assert "No piece" not in opened.texts("#find-told")[0]
