"""Which code page the bytes of a file were probably written in.

Used for the words of a fault and for what may be read as Windows-1252 without being
told: nothing is decoded by a guess. Every page here holds ASCII where ASCII has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection

__all__ = ["garbled", "is_plainly_western", "likely_pages", "pages_with_all", "spells", "spelt_otherwise"]

#: Bytes that plausibility is judged by: some thousand names.
_SAMPLE_BYTES = 1 << 16

#: Least share of likely letters of a page that is named, and how near to the best one.
_LEAST_SHARE = 0.55
_NEAR_BEST = 0.16
_MOST_NAMED = 3

_WORD = re.compile(r"[^\s'\u2019\u2018\u00b4`\u02bc\u2010-\u2015\u2212-]+")

#: Letters of Western Europe that are also in Windows-1252. Those of Icelandic are not
#: among them: where they stand, Turkish has its own.
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüÿœßªºÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŸŒ")
#: Signs that stand in Western names, beside letters or not.
_SIGNS = frozenset("\u00a0«»“”„‘’‚‹›–—…•·°©®™€£¡¿±²³½¼¾×´§µ÷\u00ad")
#: Of these, those that stand inside a word.
_INSIDE = frozenset("‘’´·–—\u00a0\u00ad")
_ASCII = re.compile(r"[a-zA-Z]")
_RUN_OF_LETTERS = re.compile(r"[^\W\d_]+")
_FOREIGN_RUN = re.compile(r"[^\W\d_\x00-\x7f]{3,}")
_SIGN_IN_WORD = re.compile(r"[^\W\d_]([^\w\s\x00-\x7f]|[²³½¼¾¹])[^\W\d_]")
#: Signs that no Western word has right before or behind it: letters of Central Europe read as this page.
_SIGN_AT_WORD = re.compile(r"[±³µ¶¹¼¾£¥¦¬¯¨¸®©²½](?=[^\W\d_])|(?<=[^\W\d_])[±³µ¶¹¼¾¦¬¯¨¸£¥]|[ªº][^\W\d_]")
#: Letters that one language has, with those that it has not.
_NOT_TOGETHER = (("ø", "ìòùñï"), ("Ø", "ÌÒÙÑÏ"), ("õ", "û"))
_CAPITAL_INSIDE = re.compile(r"[a-zàáâãäåæçèéêëìíîïñòóôõöøùúûüß][ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŸŒ]")


def _letters(text: str) -> Callable[[str], float]:
    """Counts the letters of a language, in both cases."""
    likely = frozenset(text + text.upper())
    return lambda letter: float(letter in likely)


def _script(name: str, commonest_first: str) -> Callable[[str], float]:
    """Counts the letters of a script, common ones more: read in another page's script they would be any."""
    n_letters = len(commonest_first)
    worths = {letter: min(1.0, 1.1 - 0.6 * place / n_letters) for place, letter in enumerate(commonest_first)}

    def count(letter: str) -> float:
        worth = worths.get(letter.lower())
        return worth if worth is not None else 0.2 * unicodedata.name(letter, "").startswith(name)

    return count


def _western(letter: str) -> float:
    """Counts what stands in Western European names."""
    return float(letter in _WESTERN or letter in _SIGNS)


_CYRILLIC = _script("CYRILLIC", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъіїєґё")
_POLISH_TO_SLOVENE = "ąćęłńóśźżáčďéěíňřšťúůýžőűäöüôľĺŕăâîșțđß"


def _kanji(page: str, first: int, last: int, kana: float) -> Callable[[str], float]:
    """Counts the common characters of a page, those with a first byte in that range, and kana."""

    def count(letter: str) -> float:
        if unicodedata.name(letter, "").startswith(("HIRAGANA", "KATAKANA")):
            return kana
        coded = letter.encode(page, "ignore")
        if len(coded) != 2:
            return 0.1
        if letter in "\u3000\u3001\u3002\u30fb\u30fc\uff08\uff09\u300c\u300d" or "\uff10" <= letter <= "\uff5a":
            return 1.0
        is_common = first <= coded[0] <= last and unicodedata.name(letter, "").startswith("CJK UNIFIED")
        return 1.0 if is_common else 0.3

    return count


#: Name of each page, what it is for, and how much a letter outside ASCII speaks for it (0 to 1).
_PAGES: tuple[tuple[str, str, Callable[[str], float]], ...] = (
    ("cp1252", "Western European", _western),
    ("cp1250", "Central European", _letters(_POLISH_TO_SLOVENE)),
    ("cp1251", "Cyrillic", _CYRILLIC),
    ("cp1253", "Greek", _script("GREEK", "αοιετσνηυρπκμλςωάόίδέγχήθύφβώξζψ")),
    ("cp1254", "Turkish", _letters("çğıöşüâîû\u0130")),
    ("cp1255", "Hebrew", _script("HEBREW", "יוהלאתמרבשנםדקפחעגטכסזןצךףץ")),
    ("cp1256", "Arabic", _script("ARABIC", "اليمنورتبعدهكقسفحجةشصأطخذزضثغظىئءؤآإ")),
    ("cp1257", "Baltic", _letters("āčēģīķļņšūžąęėįųõäöü")),
    ("cp1258", "Vietnamese", _letters("ăâđêôơưáàéèíóòúùý")),
    ("cp874", "Thai", _script("THAI", "านรอกเงมยลวดทสตะปบคหแั้ี่ิไจพชขใถุื็ู์โธซผศฟฝ")),
    ("cp932", "Japanese, Shift-JIS", _kanji("cp932", 0x88, 0x97, 1.0)),
    ("cp949", "Korean", lambda letter: 1.0 if "\uac00" <= letter <= "\ud7a3" else 0.2),
    ("gb18030", "simplified Chinese, GBK", _kanji("gb18030", 0xB0, 0xD7, 0.5)),
    ("cp950", "traditional Chinese, Big5", _kanji("cp950", 0xA4, 0xC6, 0.3)),
    ("euc_jp", "Japanese, EUC", _kanji("euc_jp", 0xB0, 0xCF, 1.1)),
    ("koi8_r", "Cyrillic, KOI8", _CYRILLIC),
    ("iso8859_5", "Cyrillic, ISO", _CYRILLIC),
    ("cp866", "Cyrillic, DOS", _CYRILLIC),
    ("iso8859_2", "Central European, ISO", _letters(_POLISH_TO_SLOVENE)),
    ("cp852", "Central European, DOS", _letters(_POLISH_TO_SLOVENE)),
    ("cp850", "Western European, DOS", _western),
    ("mac_roman", "Western European, Mac", _western),
)

#: Pages whose letters are pairs of bytes.
_PAIRS = frozenset({"cp932", "gb18030", "cp950", "cp949", "euc_jp"})


def is_plainly_western(raw: bytes) -> bool:
    """Whether bytes read as Windows-1252 look like Western European words.

    They do not where a letter is another language's, three letters outside ASCII
    follow each other, letters of two languages meet, or a sign or capital stands at or
    inside a word: other code pages read as this one look so.
    """
    text = raw.decode("cp1252")
    foreign = frozenset(text) - frozenset(map(chr, range(128)))
    if not foreign <= _WESTERN | _SIGNS | frozenset("ŠšŽž"):
        return False
    if _FOREIGN_RUN.search(text) or _CAPITAL_INSIDE.search(text) or _SIGN_AT_WORD.search(text):
        return False
    if any(letter in foreign and not foreign.isdisjoint(others) for letter, others in _NOT_TOGETHER):
        return False
    return all(match[1] in _INSIDE for match in _SIGN_IN_WORD.finditer(text))


def spells(raw: bytes, page: str, name: str) -> bool:
    """Whether every word of a name that is not ASCII is among the bytes, in that page."""
    for form in (name, unicodedata.normalize("NFC", name)):
        try:
            if all(word.encode(page) in raw for word in _WORD.findall(form) if not word.isascii()):
                return True
        except UnicodeEncodeError:
            continue
    return False


def spelt_otherwise(raw: bytes, name: str) -> bool:
    """Whether another page than Windows-1252 gives a name that this one does not."""
    if spells(raw, "cp1252", name):
        return False
    return any(spells(raw, page, name) for page, _, _ in _PAGES)


def garbled(raw: bytes, name: str) -> str | None:
    """What stands in UTF-8 text in the place of a name that was read in another page on its way there; None else.

    >>> garbled("S\u00c3\u00a9r\u00c3\u00a9nit\u00c3\u00a9".encode(), "S\u00e9r\u00e9nit\u00e9")
    'S\u00c3\u00a9r\u00c3\u00a9nit\u00c3\u00a9'
    """
    for page in ("cp1252", "latin-1", "cp1251", "cp1250", "cp437"):
        text = "".join(bytes((byte,)).decode(page, "ignore") or chr(byte) for byte in name.encode())
        if text.encode() in raw:
            return text
    return None


def pages_with_all(raw: bytes, names: Collection[str]) -> list[tuple[str, str]]:
    """The likely pages that give every one of the names."""
    return [
        (page, languages)
        for page, languages in likely_pages(raw, names)
        if all(spells(raw, page, name) for name in names)
    ]


def likely_pages(raw: bytes, names: Collection[str]) -> list[tuple[str, str]]:
    """Code pages that a file may be written in, at most three, most likely first, with what they are for.

    Those under which most of `names` appear; without one that does, those whose letters are most common in
    their languages.
    """
    named = [name for name in names if not name.isascii()]
    ranked = []
    for order, (page, languages, share_of) in enumerate(_PAGES):
        share = _share(raw, page, share_of)
        if share is not None:
            ranked.append((sum(spells(raw, page, name) for name in named), share, -order, page, languages))
    ranked.sort(reverse=True)
    if not ranked:
        return []
    n_names, best, *_ = ranked[0]
    if n_names:
        return [(page, languages) for n, _, _, page, languages in ranked if n == n_names][:_MOST_NAMED]
    likely = [entry for entry in ranked if entry[1] >= max(_LEAST_SHARE, best - _NEAR_BEST)]
    return [(page, languages) for *_, page, languages in likely][:_MOST_NAMED]


def _share(raw: bytes, page: str, share_of: Callable[[str], float]) -> float | None:
    """How much the letters outside ASCII speak for a page, on average; None where it cannot be that page."""
    try:
        raw.decode(page)
    except UnicodeDecodeError:
        return None
    text = raw[:_SAMPLE_BYTES].decode(page, "ignore")
    letters = [letter for letter in text if not letter.isascii()]
    if not letters:
        return None
    shares = {letter: share_of(letter) for letter in set(letters)}
    share = sum(shares[letter] for letter in letters) / len(letters)
    words = [word for word in _RUN_OF_LETTERS.findall(text) if len(word) > 1 and not word.isascii()]
    share -= 0.5 * sum(map(_is_odd, words)) / max(len(words), 1)
    share -= 0.1 * sum(map(str.isupper, words)) / max(len(words), 1)
    if page == "cp1252" and not is_plainly_western(raw):
        share -= 0.5
    # Pairs of bytes that are all common characters are rarely anything else.
    return share + (0.15 if page in _PAIRS and share > 0.9 else 0.0)


def _is_odd(word: str) -> bool:
    """Whether a word has capitals inside, letters of two alphabets, or many marked ones of ours in a row."""
    if word[1:] != word[1:].lower() and word != word.upper():
        return True
    run = _FOREIGN_RUN.search(word)
    if run is not None and all(map(_is_latin, run[0])):
        return True
    return not word.isascii() and _ASCII.search(word) is not None and not all(map(_is_latin, word))


def _is_latin(letter: str) -> bool:
    """Whether a letter is one of the Latin alphabet, with or without marks."""
    return unicodedata.name(letter, "").startswith("LATIN")
