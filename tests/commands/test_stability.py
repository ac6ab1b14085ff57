"""The command stability: a row for each weight, its ends exact."""

from equipment_optimizer.cli import main

PIECES = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level
Cap,Head,1,Swift,2
Hat,Head,4,,
Mail,Body,3,Swift,1
"""
CONFIG = (
    '{"decorations": {"deco_1": 0, "deco_2": 0, "deco_3": 0, "deco_4": 0, "num_decos": 0},'
    ' "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}}, "defence": 1, "limit": 2, "unlisted_skill_weight": 0}'
)


def test_a_row_for_each_weight(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(CONFIG)
    session = {}
    assert main(["stability", "equipment.csv", "config.json"], session) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert lines[0] == "Weight,Value,From,To,Next Below,Next Above"
    assert lines[1:3] == ["skills.Swift.weight,2,1.5,,Head: Hat instead of Cap,", "skills.Swift.penalty,0,,,,"]
    assert "defence,1,,4/3,,Head: Hat instead of Cap" in lines
    assert err.splitlines()[-1].startswith(f"{len(lines) - 1} weights, ")
    assert len(session["ranges"]) == len(lines) - 1
