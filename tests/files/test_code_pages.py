"""Guesses at a code page go into the words of a fault; what is not plainly Western is never taken for it."""

import pytest

from equipment_optimizer.files._code_pages import is_plainly_western, likely_pages, spells, spelt_otherwise

WORDS = {
    "cp1251": "Шлем охотника, Кираса дракона, Защита от огня, Сила атаки",
    "cp932": "攻撃 見切り レウスヘルム 火耐性 回避性能 スタミナ急速回復",
    "gb18030": "攻击 防御 火龙头盔 耐力 回避性能 钢龙护腿",
    "cp1252": "Größe, Hélène, Señor, naïve façade, Überwurf, Élan",
}


@pytest.mark.parametrize("page", sorted(set(WORDS) - {"cp932"}))  # which is no Windows-1252 at all
def test_only_western_words_look_western(page):
    assert is_plainly_western(WORDS[page].encode(page)) is (page == "cp1252")


@pytest.mark.parametrize("page", ["cp1251", "cp932", "gb18030"])
def test_the_right_page_is_among_the_likely_ones_and_a_name_decides(page):
    raw = WORDS[page].encode(page)
    word = WORDS[page].split()[0].strip(",")
    assert page in [name for name, _ in likely_pages(raw, [word])]
    assert all(languages for _, languages in likely_pages(raw, [word]))


def test_names_are_looked_for_in_bytes():
    raw = WORDS["cp1252"].encode("cp1252")
    assert spells(raw, "cp1252", "Größe")
    assert spells(raw, "cp1252", "Gro\u0308ße".replace("o\u0308", "ö"))
    assert not spells(raw, "cp1252", "Шлем")
    assert not spelt_otherwise(raw, "Größe")
    assert spelt_otherwise(WORDS["cp1251"].encode("cp1251"), "Шлем")


def test_bytes_without_letters_speak_for_nothing():
    assert is_plainly_western(b"a,b\n1,2\n")
    assert likely_pages(b"a,b\n1,2\n", []) == []
