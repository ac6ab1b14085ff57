"""What a page of changes tells: rows, differences, and the pieces that caused them."""

import json
import shutil
from pathlib import Path

import pytest
from batch_folder import config, equipment_rows, make_folder, write_equipment

from equipment_optimizer.batch._changes import (
    MAX_ROWS,
    compare_configs,
    compare_outputs,
    compare_pieces,
    flat_config,
    joined,
    snapshot,
    with_drawn,
)
from equipment_optimizer.batch.changes_page import changes_page, escaped
from equipment_optimizer.batch.pages import BatchPages
from equipment_optimizer.cli import main
from equipment_optimizer.records.config import Config, CountRule, TotalRule
from equipment_optimizer.records.side_files import SkillCap

PATCH = Path(__file__).resolve().parents[2] / "example_data" / "patch"
POSITIONS = ("Head", "Ring 1", "Ring 2")


def output(*rows):
    return "\n".join(["Head,Ring 1,Ring 2,Defence,Score", *rows, ""]).encode()


def compare(before, after, changes=None, reasons=()):
    return compare_outputs(before, after, POSITIONS, changes or {}, reasons)


def test_the_example_of_the_readme_is_what_comes_out(tmp_path):
    folder = tmp_path / "patch"
    shutil.copytree(PATCH, folder)
    builds, page = str(folder / "builds.json"), folder / "changes.md"
    shutil.copy(folder / "equipment_before.csv", folder / "equipment.csv")
    assert main(["batch", builds, "--quiet"]) == 0
    shutil.copy(folder / "equipment_after.csv", folder / "equipment.csv")
    assert main(["batch", builds, "--quiet", "--changes", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == (PATCH / "changes.md").read_text(encoding="utf-8")


def test_rows_that_came_went_changed_and_moved():
    before = output("Cap,A,B,1,9.5", "Hat,A,B,1,9", "Old,A,B,1,8", "Cap,A,C,1,7")
    after = output("Hat,A,B,1,9.75", "New,A,B,1,9.6", "Cap,A,B,1,9.5", "Cap,A,C,1,7")
    changes = {("head", "Hat"): "Defence 1 → 2", ("head", "New"): "new", ("ring", "C"): "Speed 1 → 2"}
    told = compare(before, after, changes)
    assert told["counts"] == {"came": 1, "went": 1, "score": 1, "moved": 1}
    assert told["moves"] == [[1, 3]]
    assert told["rows"] == [
        {
            "was": [2, "9"],
            "now": [1, "9.75"],
            "difference": "+0.75",
            "pieces": ["Hat", "A", "B"],
            "because": ["Hat: Defence 1 → 2"],
        },
        {
            "was": None,
            "now": [2, "9.6"],
            "difference": None,
            "pieces": ["New", "A", "B"],
            "because": ["New: new"],
        },
        {"was": [3, "8"], "now": None, "difference": None, "pieces": ["Old", "A", "B"], "because": []},
    ]
    assert (told["before"], told["after"]) == ({"n": 4, "best": "9.5"}, {"n": 4, "best": "9.75"})


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("64.16", "64.46", "+0.3"),
        ("64.46", "44.46", "-20"),
        ("7", "12345678901234567890123456789012.5", "+12345678901234567890123456789005.5"),
    ],
)
def test_differences_of_scores_are_exact_and_without_idle_zeros(before, after, difference):
    (row,) = compare(output(f"Cap,A,B,1,{before}"), output(f"Cap,A,B,1,{after}"))["rows"]
    assert row["difference"] == difference


def test_a_change_of_a_part_is_found_at_each_of_its_positions():
    told = compare(output("Cap,A,B,1,1"), output("Cap,A,B,1,2"), {("ring", "B"): "gone", ("ring", "A"): "new"})
    assert told["rows"][0]["because"] == ["A: new", "B: gone"]


def test_builds_of_equal_names_are_told_apart_by_number():
    rows = ["Cap,A,B,1,3", "Cap,A,B,1,2"]
    assert compare(output(*rows), output(*rows, "Cap,A,B,1,1"))["counts"]["came"] == 1


def test_only_so_many_rows_are_told_one_by_one():
    told = compare(output(), output(*(f"Cap,A,{k},1,{100 - k}" for k in range(60))))
    assert (len(told["rows"]), told["counts"]["came"]) == (MAX_ROWS, 60)
    assert f"... and {60 - MAX_ROWS} more rows." in changes_page([("x", [told])], {})


@pytest.mark.parametrize(
    "before", [None, b"", b"\xff\x00", b"Other,Columns\n1,2\n", b"Head,Ring 1,Ring 2,Score\na,b,c,x\n"]
)
def test_without_an_output_that_is_understood_the_list_is_new(before):
    told = compare(before, output("Cap,A,B,1,9"))
    assert told["before"] is None
    assert "A new list of 1 builds" in changes_page([("x", [told])], {})


def test_pieces_are_compared_by_what_scores():
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Deco Slots Lvl 2,Fire Res,Set Bonus,Rarity\n"
    rows = "Cap,Head,1,Speed,1,0,0,,1\nHat,head,5,,,1,2,Sun,1\nRing,Charm,0,,,0,0,,1\n"
    before = snapshot((header + rows).encode(), Config())
    after = snapshot(
        (
            header + "Cap,Head,1,Speed,1,0,0,,9\nHat,Head,6,Speed,2,,-2,,1\nNew,Head,1,,,,,,\nRing,Charm,0,,,0,0,,1\n"
            "Ring,Charm,0,,,0,0,,1\n"
        ).encode(),
        Config(),
    )
    assert compare_pieces(before, after) == {
        ("head", "Hat"): "Defence 5 → 6, level 2 slots 1 → 0, Fire Res 2 → -2, set bonus Sun 1 → 0, Speed 0 → 2",
        ("head", "New"): "new",
        ("charm", "Ring"): "1 of this name before, 2 now",
    }
    assert compare_pieces(after, before)["head", "New"] == "gone"
    assert compare_pieces({"head": 7}, {}) == {}


def test_pieces_are_read_as_the_config_says_that_they_are_written():
    headers = {"Name": "名前", "Body Part": "部位", "Skill 1 Name": "スキル", "Skill 1 Level": "値"}
    config = Config(headers=headers, encoding="cp932")
    before, after = (
        snapshot(f"名前,部位,スキル,値\n兜,Head,攻撃,{level}\n".encode("cp932"), config) for level in (1, 2)
    )
    assert compare_pieces(before, after) == {("head", "兜"): "攻撃 1 → 2"}


def test_columns_that_a_config_asks_for_are_among_what_changed():
    header = "Name,Body Part,Base Defence,Price,Tier,Note\n"
    config = Config(
        totals={"Price": TotalRule(), "Base Defence": TotalRule()}, counts={"tiers": CountRule(same="Tier")}
    )
    before = snapshot(f"{header}Cap,Head,1,19.99,,old\nHat,Head,2,1,A,\n".encode(), config)
    after = snapshot(f"{header}Cap,Head,3,29.99,Exotic,new\nHat,Head,2,1,A,new\n".encode(), config)
    assert compare_pieces(before, after) == {
        ("head", "Cap"): "Defence 1 → 3, Price 19.99 → 29.99, Tier blank → Exotic",
    }
    # Of a column that was not asked for then, nothing is known.
    plain = snapshot(f"{header}Cap,Head,3,19.99,,old\nHat,Head,2,1,A,\n".encode(), Config())
    assert compare_pieces(plain, after) == {}
    assert compare_pieces(joined(plain, before), joined(after, plain)) == compare_pieces(before, after)


def test_a_piece_that_another_part_draws_is_a_cause_there():
    changes = {("head", "Hat"): "Price 1 → 2", ("ring", "Hat"): "new", ("body", "Mail"): "gone"}
    config = {"$.body_parts.Flex.from": '["Head", "Body"]', '$.body_parts["Off-hand"].from': '["Ring"]'}
    assert with_drawn(changes, config) == {
        **changes,
        ("flex", "Hat"): "Price 1 → 2",
        ("flex", "Mail"): "gone",
        ("off-hand", "Hat"): "new",
    }


def test_each_list_tells_what_its_own_columns_did(tmp_path):
    names = make_folder(tmp_path, n_lists=2)
    for name, column in zip(names, ("Price", "Weight"), strict=True):
        rule = {"weight": 1}
        parts = {"Head": 1, "Flex": {"from": ["Head"]}}
        (tmp_path / f"{name}.json").write_text(json.dumps(config(totals={column: rule}, body_parts=parts)))
    rows = "Name,Body Part,Price,Weight\nCap,Head,1.5,{}\nHat,Head,{},2\n"
    (tmp_path / "equipment.csv").write_text(rows.format(3, 4))
    assert main(["batch", str(tmp_path), "--quiet"]) == 0
    (tmp_path / "equipment.csv").write_text(rows.format(5, 6))
    page = tmp_path / "changes.md"
    assert main(["batch", str(tmp_path), "--quiet", "--changes", str(page)]) == 0
    told = page.read_text(encoding="utf-8")
    assert "2 of 2 lists changed" in told
    assert "- Cap (head): Weight 3 → 5\n- Hat (head): Price 4 → 6" in told
    assert "Hat: Price 4 → 6" in told.partition("## list0")[2].partition("## list1")[0]
    assert "Cap: Weight 3 → 5" in told.partition("## list1")[2]


def test_configs_are_compared_value_by_value():
    before = {"$.limit": "5", '$.skills["A B"].weight': "1", "$.x": "1"}
    after = {"$.limit": "6", '$.skills["A B"].weight': "1", "$.y": "2"}
    assert compare_configs(before, after) == ["$.limit: 5 → 6", "$.x: 1 → not given", "$.y: not given → 2"]


def test_maxima_of_a_side_file_are_compared_where_they_were_known():
    def flat(maximum, weight=1):
        caps = {
            "Guard": SkillCap(maximum=maximum),
            "Wrath": SkillCap(maximum=9, locked_maximum=maximum, raised_by="Key"),
        }
        return flat_config(Config(unlisted_skill_weight=weight, skill_caps=caps))

    told = ["maximum of Guard: 5 \u2192 7", "maximum of Wrath: 5, 9 with Key \u2192 7, 9 with Key"]
    assert compare_configs(flat(5), flat(7)) == told
    assert compare_configs(flat(5, 0), flat(7, 0)) == []
    assert compare_configs(flat_config(Config(unlisted_skill_weight=1)), flat(7)) == []


def test_the_best_build_is_kept_with_what_became_of_it():
    told = compare(output("Cap,A,B,1,9", "Hat,A,B,1,8"), output("Hat,A,B,1,9.5", "Cap,A,B,1,7"))
    was, now = ["9", ["Cap", "A", "B"]], ["9.5", ["Hat", "A", "B"]]
    assert told["first"] == {"positions": list(POSITIONS), "was": was, "now": now, "then": [2, "7"]}
    assert told["last"] == "7"


def test_a_name_does_not_become_markup():
    told = compare(output("Cap,A,B,1,9"), output("<script>|`*_[x](y),A,B,1,9"))
    page = changes_page([("# <b>", [told])], {"a|b.csv": ["<i>: new"]})
    for raw in ("<script>", "<b>", "<i>", "|`", "[x]"):
        assert raw not in page
    assert escaped("a\nb") == "a b"


def test_a_changed_config_is_the_cause(tmp_path):
    make_folder(tmp_path, 2)
    page = tmp_path / "c.md"
    assert main(["batch", str(tmp_path), "--quiet"]) == 0
    (tmp_path / "list1.json").write_text(json.dumps({**config(1), "defence": 2}))
    assert main(["batch", str(tmp_path), "--quiet", "--changes", str(page)]) == 0
    text = page.read_text()
    assert "1 of 2 lists changed." in text
    assert "- $.defence: 0.05 → 2".replace("$", "\\$") in text
    assert "see above" in text
    assert "## As before\n\n- list0\n" in text


def test_files_that_change_no_build_are_told_too(tmp_path):
    make_folder(tmp_path, 2)
    page, weapons = tmp_path / "c.md", tmp_path / "weapons.csv"
    weapons.write_text("Name,Base Defence\nPole,5\nSpoon,1\n")
    (tmp_path / "list1.json").write_text(json.dumps({**config(1), "limit": 1, "files": {"weapons": "weapons.csv"}}))
    command = ["batch", str(tmp_path), "--quiet", "--changes", str(page)]
    assert main(command) == 0
    weapons.write_text("Name,Base Defence,Skill 1 Name,Skill 1 Level\nPole,5,,\n")
    assert main(command) == 0
    assert "- list0\n- list1: the same builds, though weapons.csv changed\n" in page.read_text()
    assert "list1: the same builds, though weapons.csv changed</li>" in page.with_suffix(".html").read_text()
    weapons.write_text("Name,Base Defence\nPole,50\n")
    assert main(command) == 0
    assert "## list1\n\n- weapons.csv changed\n" in page.read_text()


def test_a_list_that_nothing_fits_any_more_is_no_list_as_before(tmp_path):
    make_folder(tmp_path, 3)
    page = tmp_path / "c.md"
    command = ["batch", str(tmp_path), "--quiet", "--changes", str(page)]
    assert main(command) == 0
    best = page.read_text().partition("| list1 | new | ")[2].partition(" ")[0]
    (tmp_path / "list1.json").write_text(json.dumps({**config(1), "min_defence": 9999}))
    (tmp_path / "list2.json").write_text("{")
    assert main(command) == 2
    told, html = page.read_text(), page.with_suffix(".html").read_text()
    assert "1 of 3 lists changed." in told
    assert f"| list1 | {best} | none | 0 | 0 | 0 | 0 |" in told
    assert "- no build fits any more\n" in told
    assert "no build fits any more" in html
    assert told.endswith("## As before\n\n- list0\n\n## Not made again\n\n- list2: failed\n")
    assert main(command) == 2
    assert "0 of 3 lists changed." in page.read_text()


def test_lists_that_could_not_be_made_are_said_to_be_old():
    page = changes_page([("a", []), ("b", [])], {}, {"b": "stopped", "<c>": "failed"})
    assert "## As before\n\n- a\n\n## Not made again\n\n- b: stopped\n- \\<c\\>: failed\n" in page


def test_what_no_page_told_yet_is_told_by_the_next(tmp_path):
    make_folder(tmp_path, 2)
    page = str(tmp_path / "c.md")
    assert main(["batch", str(tmp_path), "--quiet", "--changes", page]) == 0
    rows = equipment_rows()
    rows[0][2] += 500
    write_equipment(tmp_path / "equipment.csv", rows)
    # The first run ends before it has written its page.
    command = ["batch", str(tmp_path), "--quiet", "--changes", page]

    def failing(pages, run):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BatchPages, "write", failing)
        assert main(command) == 1
    assert main(command) == 0
    text = Path(page).read_text()
    assert "2 of 2 lists changed." in text
    assert f"Head 0: Defence {rows[0][2] - 500} → {rows[0][2]}" in text
    assert main(command) == 0
    assert "0 of 2 lists changed." in Path(page).read_text()
