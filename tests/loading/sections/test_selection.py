"""The keys `different` and `share`: what they fill, and what is no such rule."""

from __future__ import annotations

from decimal import Decimal

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.output.config_json import config_as_json

PLAIN = {"skills": {}, "defence": 0, "limit": 3, "decorations": {}}


def test_each_way_to_write_them() -> None:
    config, _ = read_config({**PLAIN, "different": {"pieces": 2}, "share": 0.4})
    assert (config.different_pieces, config.different_skills, config.share) == (2, False, Decimal("0.4"))
    config, _ = read_config({**PLAIN, "different": {"skills": True}, "share": {"at most": 0.5, "except": "Cap"}})
    assert (config.different_pieces, config.different_skills, config.share) == (None, True, Decimal("0.5"))
    assert config.share_except == ("Cap",)
    assert config.is_selective
    assert not read_config(PLAIN)[0].is_selective


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"different": {}}, "different takes one of pieces and skills"),
        ({"different": {"pieces": 2, "skills": True}}, "different takes one of pieces and skills"),
        ({"different": {"pieces": 0}}, "0"),
        ({"different": {"skills": False}}, "expected true"),
        ({"different": 2}, "expected an object"),
        ({"variants": "all"}, 'expected "one"'),
        ({"share": 0}, "a share lies above 0"),
        ({"share": {"except": ["Cap"]}}, 'share lacks "at most"'),
        ({"share": {"at most": 2}}, "a share lies above 0"),
        ({"share": "0.4"}, "expected a number, or an object"),
    ],
)
def test_what_is_no_rule_is_a_fault(keys: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config({**PLAIN, **keys})
    assert any(message in fault.message for fault in caught.value.faults), caught.value.faults


@pytest.mark.parametrize(
    "keys",
    [
        {"different": {"pieces": 2}},
        {"variants": "one"},
        {"different": {"skills": True}, "share": Decimal("0.4")},
        {"share": {"at most": Decimal("0.4"), "except": ["Cap"]}},
    ],
)
def test_the_manifest_gives_them_again(keys: dict) -> None:
    config, _ = read_config({**PLAIN, **keys})
    written = config_as_json(config)
    assert {key: written[key] for key in keys} == keys
