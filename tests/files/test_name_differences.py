"""In what two names differ, and whether that is a slip."""

from __future__ import annotations

import pytest

from equipment_optimizer.files.name_differences import difference, is_misspelling


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("fury", "Fury"),
        ("FURY", "Fury"),
        ("Furry", "Fury"),
        ("Fuy", "Fury"),
        ("Fuyr", "Fury"),
        ("Fery", "Fury"),
        ("Hunters Eye", "Hunter's Eye"),
        ("Non elemental", "Non-elemental"),
        ("Épee", "Épée"),
        ("атака", "Атака"),
        ("カード性能", "ガード性能"),
        ("Weakness exploit", "Weakness Exploit"),
        ("Fur\u0443", "Fury"),
        ("S\u03c4orm", "Storm"),
        ("\u0420rotection", "protection"),
        ("Helm \u0410", "Helm A"),
    ],
)
def test_slips_of_case_or_one_letter(name: str, other: str) -> None:
    assert is_misspelling(name, other)
    assert is_misspelling(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Fury", "Fury"),
        ("Hunter’s Eye", "Hunter's Eye"),
        ("Helm α", "Helm β"),
        ("Helm α", "Helm"),
        ("Helm", "Helm+"),
        ("Set A Helm", "Set B Helm"),
        ("Armour I", "Armour II"),
        ("Armour IV", "Armour VI"),
        ("Level 1", "Level 2"),
        ("火耐性", "水耐性"),
        ("剥ぎ取り鉄人", "剥ぎ取り名人"),
        ("レザーＳヘッド", "レザーＸヘッド"),
        ("Gloves", "Legs"),
        ("Attack", "Attack Boost"),
        ("", "A"),
    ],
)
def test_other_names_are_no_slips(name: str, other: str) -> None:
    assert not is_misspelling(name, other)
    assert not is_misspelling(other, name)


@pytest.mark.parametrize(
    ("name", "other", "words"),
    [
        ("FURY", "Fury", "by letter case"),
        ("Fuy", "Fury", "by one letter: 'u' for 'ur'"),
        ("Clam", "Calm", "by one letter: 'la' for 'al'"),
        ("furry", "Fury", "by letter case and one letter: 'rr' for 'r'"),
        ("xFury", "Fury", "by one letter: 'xF' for 'F'"),
        ("Iron\u200bHelm", "IronHelm", "by zero width space (U+200B)"),
        ("IronHelm", "Iron\u2060Helm", "by the lack of word joiner (U+2060)"),
        ("Part\u00a0Breaker", "Part Breaker", "by no-break space (U+00A0) for space (U+0020)"),
        ("A–B", "A-B", "by en dash (U+2013) for hyphen-minus (U+002D)"),
        (
            "E\u0301a",
            "Éa",
            (
                "by latin capital letter e (U+0045) and combining acute accent (U+0301) "
                "for latin capital letter e with acute (U+00C9)"
            ),
        ),
        (
            "ＡＢＣＤ",
            "ABCD",
            (
                "by fullwidth latin capital letter a (U+FF21) and fullwidth latin capital letter b (U+FF22) and "
                "fullwidth latin capital letter c (U+FF23) and 1 more for latin capital letter a (U+0041) and "
                "latin capital letter b (U+0042) and latin capital letter c (U+0043) and 1 more"
            ),
        ),
    ],
)
def test_differences_in_words(name: str, other: str, words: str) -> None:
    assert difference(name, other) == words


def test_letters_that_are_drawn_alike_are_named() -> None:
    how = difference("Fur\u0443", "Fury")
    assert how == "by cyrillic small letter u (U+0443) for latin small letter y (U+0079)"
