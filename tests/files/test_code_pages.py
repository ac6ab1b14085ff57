"""Files in other code pages: named in the fault, or plainly Windows-1252."""

from __future__ import annotations

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.files._code_pages import is_plainly_western, likely_pages, spells, spelt_otherwise
from equipment_optimizer.files.findings import Findings, raise_faults
from equipment_optimizer.files.text import find_encoding, read_text

#: A page, and two rows of a table as somebody who uses it writes them.
TABLES = [
    ("cp1251", "Маска грома,Head,Удар,2\nНаручи ветра,Arms,Стойкость,1\n"),
    ("koi8_r", "Маска грома,Head,Удар,2\nНаручи ветра,Arms,Стойкость,1\n"),
    ("cp1253", "Κράνος πάγου,Head,Δύναμη,2\nΓάντια,Arms,Άμυνα,1\n"),
    ("cp1254", "Ateş Başlığı,Head,Saldırı,2\nRüzgâr Eldiveni,Arms,Güçlü Vuruş,1\n"),
    ("cp1255", "קסדת ברזל,Head,התקפה,2\nכפפות,Arms,הגנה,1\n"),
    ("cp1256", "خوذة الحديد,Head,هجوم,2\nقفازات,Arms,دفاع,1\n"),
    ("cp874", "หมวกเหล็ก,Head,โจมตี,2\nถุงมือ,Arms,ป้องกัน,1\n"),
    ("cp1257", "Geležinis šalmas,Head,Jėga,2\nDzelzs ķivere,Body,Spēks ūdenī,1\n"),
    ("cp1250", "Żelazny hełm,Head,Siła,2\nRękawice zręczności,Arms,Odporność,1\n"),
    ("cp932", "竜の兜,Head,見切り,2\n鉄の籠手,Arms,挑戦者,1\n"),
    ("gb18030", "铁制头盔,Head,攻击强化,2\n龙鳞护手,Arms,防御强化,1\n"),
    ("cp950", "鐵製頭盔,Head,攻擊強化,2\n龍鱗護手,Arms,防禦強化,1\n"),
    ("cp949", "철제 투구,Head,공격,2\n용비늘 장갑,Arms,방어,1\n"),
    ("euc_jp", "竜の兜,Head,見切り,2\n鉄の籠手,Arms,挑戦者,1\n"),
    ("iso8859_5", "Маска грома,Head,Удар,2\nНаручи ветра,Arms,Стойкость,1\n"),
    ("cp866", "Маска грома,Head,Удар,2\nНаручи ветра,Arms,Стойкость,1\n"),
    ("iso8859_2", "Żelazny hełm,Head,Siła,2\nRękawice zręczności,Arms,Odporność,1\n"),
    ("cp852", "Żelazny hełm,Head,Siła,2\nRękawice zręczności,Arms,Odporność,1\n"),
    ("mac_roman", "Épée légère,Head,Force,2\nPlastron façonné,Body,Santé,1\n"),
]
PAGES = [page for page, _ in TABLES]
#: Words of Western Europe, each in a cell.
WESTERN = [
    *(
        "Épée légère",
        "Cœur d’acier",
        "Größe",
        "Übermaß",
        "Ñandú",
        "¿Qué?",
        "Coração",
        "Hyökkäys",
        "Pääkallo",
        "Ålesund",
    ),
    *(
        "Smørrebrød",
        "Noël",
        "naïf",
        "Œuvre",
        "l’été",
        "“quoted”",
        "1 – 2",
        "20°",
        "Helm™",
        "½ Helm",
        "Éclair",
        "col·lecció",
    ),
]


@pytest.mark.parametrize(("page", "table"), TABLES, ids=PAGES)
def test_the_page_is_named_by_the_names_that_are_asked_for(page: str, table: str) -> None:
    skill = table.split(",")[2]
    findings = Findings("e.csv")
    raw = f"Name,Body Part,Skill,Level\n{table}".encode(page)
    assert find_encoding(raw, findings, wanted=(skill,)) is None
    (fault,) = findings.faults()
    assert fault.where == "e.csv:2"
    assert f" {page} (" in fault.message
    assert "--encoding " in fault.mend
    assert '"encoding"' in fault.mend
    # No name as Windows-1252 would have it.
    assert not any(word in fault.message + fault.mend for word in raw.decode("cp1252", "replace").split(",")[4:])


@pytest.mark.parametrize(("page", "table"), TABLES, ids=PAGES)
def test_the_page_is_the_likeliest_one_without_any_name(page: str, table: str) -> None:
    assert likely_pages(table.encode(page), [])[0][0] == page


@pytest.mark.parametrize(
    ("page", "table"),
    [
        ("iso8859_2", "Železná přilba,Head\n"),
        ("iso8859_2", "Łuk,Head\nzłoto,Body\n"),
        ("cp1250", "Pęk,Head\nŁódź,Body\n"),
        ("cp1250", "Meč,Head\nřeka osmá,Body\nvůz,Legs\n"),
        ("cp1250", "Hűség őre,Head\nGyűrű,Body\n"),
    ],
)
def test_central_european_letters_are_not_taken_for_western_ones(page: str, table: str) -> None:
    assert not is_plainly_western(table.encode(page))


@pytest.mark.parametrize(("page", "table"), TABLES, ids=PAGES)
def test_a_file_is_read_as_its_user_says(page: str, table: str) -> None:
    findings = Findings("e.csv")
    codec = find_encoding(table.encode(page), findings, encoding=page)
    assert codec is not None
    assert table.encode(page).decode(codec) == table
    assert (findings.faults(), findings.notices()) == ([], [])


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("cp1250",)])
def test_other_pages_are_not_plainly_western(page: str) -> None:
    raw = dict(TABLES)[page].encode(page)
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return
    assert not is_plainly_western(raw)


@pytest.mark.parametrize("word", WESTERN)
def test_western_words_are_read_with_a_notice(word: str) -> None:
    findings = Findings("e.csv")
    assert find_encoding(f"Name,Body Part\n{word},Head\n".encode("cp1252"), findings, wanted=(word,)) == "cp1252"
    assert findings.notices() == ["e.csv:2: not valid UTF-8; the file is read as Windows-1252"]


@pytest.mark.parametrize(
    ("page", "name"),
    [("cp1250", "Meč"), ("cp1257", "Spēks"), ("cp1254", "Şans"), ("cp1252", "Gué")],
)
def test_a_name_that_is_asked_for_and_missing_is_no_guess(page: str, name: str) -> None:
    findings = Findings("e.csv")
    raw = f"Name,Body Part\n{name if page != 'cp1252' else 'Épée'},Head\n".encode(page)
    assert find_encoding(raw, findings, wanted=(name,)) is None
    (fault,) = findings.faults()
    assert page != "cp1252" or f"as Windows-1252 it lacks '{name}'" in fault.message
    assert page == "cp1252" or f" {page} (" in fault.message


def test_a_name_that_is_only_hoped_for_may_be_missing_everywhere() -> None:
    raw = "Épée,Head\n".encode("cp1252")
    assert find_encoding(raw, Findings(""), hoped=("Größe", "Сила")) == "cp1252"
    assert find_encoding("Štít,Head\n".encode("cp1250"), Findings(""), hoped=("Štít",)) == "cp1252"
    assert find_encoding("Meč,Head\n".encode("cp1250"), Findings(""), hoped=("Meč",)) is None


def test_names_are_looked_for_word_by_word() -> None:
    raw = "Cœur d'acier,Épée".encode("cp1252")
    assert spells(raw, "cp1252", "Cœur d’acier")
    assert spells(raw, "cp1252", "E\u0301pe\u0301e")
    assert spells(raw, "cp1252", "plain")
    assert not spells(raw, "cp1252", "Größe")
    assert not spells(raw, "cp1251", "Épée")
    assert not spelt_otherwise(raw, "Épée")
    assert spelt_otherwise("攻撃".encode("cp932"), "攻撃")


@pytest.mark.parametrize("encoding", ["cp1251", "cp932", "gb18030", "latin-1"])
def test_a_config_in_utf_8_beside_tables_in_another_encoding_is_read_as_utf_8(encoding: str) -> None:
    findings, text = Findings("c.json"), '{"Сила": "攻撃"}'
    assert read_text(text.encode(), findings, encoding=encoding) == text
    assert findings.notices() == [f"c.json: this file is UTF-8, and is read as such, not as {encoding}"]
    # Plain ASCII says nothing of it.
    assert read_text(b"{}", Findings(""), encoding=encoding) == "{}"


@pytest.mark.parametrize("encoding", ["cp1251", "cp1252", "latin-1", "cp866"])
def test_a_table_is_read_in_the_encoding_that_is_named_whatever_it_looks_like(encoding: str) -> None:
    findings = Findings("e.csv")
    raw = "Name,Body Part\nÉpée,Head\n".encode()
    assert find_encoding(raw, findings, encoding=encoding) == find_encoding(b"", Findings(""), encoding=encoding)
    assert findings.notices() == [f"e.csv: this file may be UTF-8; it is read as {encoding}, as you say"]


@pytest.mark.parametrize("role", ["wanted", "hoped"])
def test_a_table_that_has_the_names_as_utf_8_only_is_a_fault(role: str) -> None:
    findings = Findings("e.csv")
    raw = "Name,Body Part,Сила\nА,Head,1\n".encode()
    assert find_encoding(raw, findings, encoding="cp1251", **{role: ("Сила",)}) is None
    (fault,) = findings.faults()
    assert str(fault) == (
        "e.csv: as cp1251 it lacks 'Сила', which it holds as UTF-8\n"
        "  mend: leave the encoding out for this file, or save it as cp1251 like the others"
    )


def test_pairs_of_bytes_that_are_utf_8_by_chance_are_what_the_user_says() -> None:
    raw = b"Name\n\xc4\xa3\xca\xbd\n"
    assert raw.decode() and raw.decode("gb18030") == "Name\n模式\n"
    assert find_encoding(raw, Findings(""), encoding="gbk") == "gbk"


def test_bytes_that_are_not_what_the_user_says_are_a_fault() -> None:
    findings = Findings("e.csv")
    assert find_encoding(b"a\n\xff\xff\n", findings, encoding="utf-8") is None
    assert str(findings.faults()[0]).startswith("e.csv:2: byte 0xff cannot be decoded: it is read as utf-8, as you say")


def test_bytes_without_letters_speak_for_nothing() -> None:
    assert is_plainly_western(b"a,b\n1,2\n")
    assert likely_pages(b"a,b\n1,2\n", []) == []


def test_a_table_in_utf_8_that_the_named_encoding_cannot_be_is_told_so() -> None:
    for raw, mend in (
        ("竜の兜,Head\n".encode(), "leave the encoding out: this file is UTF-8"),
        (b"\x81,Head\n", "name another encoding, or save the file as UTF-8 text"),
    ):
        findings = Findings("e.csv")
        assert find_encoding(raw, findings, encoding="cp932" if len(raw) > 9 else "cp1252") is None
        (fault,) = findings.faults()
        assert fault.mend == mend


@pytest.mark.parametrize("page", ["cp1252", "cp1251", "cp437"])
@pytest.mark.parametrize("name", ["Сила", "Sérénité", "攻撃"])
def test_names_that_were_read_in_another_encoding_and_saved_are_a_fault(page: str, name: str) -> None:
    text = "".join(bytes((byte,)).decode(page, "ignore") or chr(byte) for byte in name.encode())
    findings = Findings("t.csv")
    assert find_encoding(f"Name\n{text}\n".encode(), findings, wanted=[name]) is None
    with pytest.raises(InputError, match=r"t\.csv:2: .* stands here as .*: UTF-8 was read in another encoding"):
        raise_faults(findings)


@pytest.mark.parametrize(
    ("right", "told", "name"),
    [("cp1251", "cp1250", "Сила"), ("cp932", "gb18030", "見切り"), ("cp1250", "cp1252", "Łuk")],
)
def test_another_encoding_than_the_one_that_the_user_names_is_told(right: str, told: str, name: str) -> None:
    raw = f"Name\n{name}\n".encode(right)
    findings = Findings("t.csv")
    assert find_encoding(raw, findings, encoding=told, wanted=[name]) is None
    with pytest.raises(InputError, match=rf"as {told}, as you say, it lacks '{name}'; it is probably {right}"):
        raise_faults(findings)
    assert find_encoding(raw, Findings("t.csv"), encoding=right, wanted=[name]) == right


def test_a_name_that_no_encoding_gives_leaves_the_users_word() -> None:
    raw = "Name\nСила\n".encode("cp1251")
    assert find_encoding(raw, Findings("t.csv"), encoding="cp1250", wanted=["Łuk"]) == "cp1250"
