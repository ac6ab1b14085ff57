"""Words and limits that others rely on."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from equipment_optimizer.records.vocabulary import DEFAULT_BODY_PARTS, MAX_LIMIT, NO_BUILD, BodyPart, part_key


def test_body_parts_are_compared_without_case() -> None:
    assert {part_key(part) for part in ("Head", "HEAD", "head")} == {part_key(BodyPart.HEAD)}
    assert part_key("Stra\u00dfe") == part_key("STRASSE")


def test_the_default_is_one_piece_of_each_of_six_parts() -> None:
    assert tuple((str(part), 1) for part in BodyPart) == DEFAULT_BODY_PARTS
    assert [type(part) for part, _ in DEFAULT_BODY_PARTS] == [str] * 6


@pytest.mark.parametrize("score", [2**60, -(2**60)])
def test_no_build_is_below_every_score_and_may_be_subtracted_from(score: int) -> None:
    with np.errstate(over="raise"):
        assert np.int64(NO_BUILD) - np.int64(score) < np.int64(score) - np.int64(score) + 1
        assert np.int64(NO_BUILD) < np.int64(score)
    assert MAX_LIMIT < 2**63


def test_they_load_nothing_heavy() -> None:
    code = "import sys, equipment_optimizer.records.vocabulary; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
