"""Real equipment lists, where the folder that holds them is there."""

import json
from pathlib import Path

import pytest

from equipment_optimizer.loading.jobs import load_job

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
PART_SIZES = {
    "world_tiny10": (10, 10, 10, 10, 10, 10),
    "world_hr_small": (51, 49, 49, 49, 49, 103),
    "world_mr_endgame": (110, 109, 109, 109, 109, 110),
    "world_all": (335, 317, 316, 311, 316, 317),
    "eldenring": (213, 153, 96, 138),
    "rise_hr_ja": (79, 73, 69, 71, 72),
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real lists is not here")


@pytest.mark.parametrize("folder", sorted(PART_SIZES))
@pytest.mark.parametrize("side_files", [False, True])
@pytest.mark.parametrize("name", ["seed.csv", "armour_ext.csv"])
def test_real_lists_are_read(folder: str, name: str, side_files: bool, tmp_path: Path) -> None:
    config_path = DATA / folder / "config.json"
    if side_files:
        found = {
            key: str(DATA / folder / f"{key}.csv")
            for key in ("decorations", "set_bonuses", "skills")
            if (DATA / folder / f"{key}.csv").is_file()
        }
        text = json.loads(config_path.read_text(encoding="utf-8")) | {"files": found}
        for rule in text["skills"].values():
            del rule["max"]
        config_path = tmp_path / "config.json"
        config_path.write_text(json.dumps(text), encoding="utf-8")
    table, config, _ = load_job(DATA / folder / name, config_path)
    table._check()
    assert config.limit == 100
    if name == "armour_ext.csv":
        assert table.part_sizes == PART_SIZES[folder]
    if side_files and folder == "world_all":
        assert len(config.decorations or ()) == 404
        assert len(config.set_bonuses or ()) == 96
        assert config.skills["Agitator"].raised_by == "Agitator Secret"
        assert config.skills["Agitator"].locked_maximum == 5
    if side_files and folder == "rise_hr_ja":
        assert config.set_bonuses == ()
