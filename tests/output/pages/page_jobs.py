"""Pages of small jobs, for the tests of what they hold and of what they do in a browser."""

import json
from functools import lru_cache
from html.parser import HTMLParser
from itertools import accumulate
from operator import sub
from pathlib import Path

import equipment_optimizer as eo
from equipment_optimizer.output.pages._code_text import ALPHABET
from equipment_optimizer.output.pages.report import RunFacts, render_report

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "example_data"

#: Names that would do harm if any of them became markup, script or an address.
NASTY = "<script>window.harm=1</script>"
QUOTED = "\"quotes' &amp; </script><img src=x onerror=window.harm=2> \u2028 \u202e"


def facts(title="A list"):
    return RunFacts(title=title, inputs=[], elapsed_seconds=1.5, peak_rss_bytes=None)


@lru_cache(maxsize=8)
def example(limit=None, title="A list"):
    """Results of the example, and their page."""
    table, own, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json", limit=limit)
    results = eo.optimize(table, own)
    return results, render_report(results, facts(title)).decode()


@lru_cache(maxsize=8)
def full_example(limit=None, title="With everything"):
    """Results of the example with decorations, set bonuses and a weapon, and their page."""
    table, own, _ = eo.load_job(EXAMPLE / "full" / "equipment.csv", EXAMPLE / "full" / "config.json", limit=limit)
    results = eo.optimize(table, own)
    return results, render_report(results, facts(title)).decode()


def small_page(folder, rows, own, header="Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level"):
    """Results of rows and a config as they are typed, and their page."""
    (folder / "e.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "c.json").write_text(json.dumps(own))
    table, read, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    results = eo.optimize(table, read)
    return results, render_report(results, facts()).decode()


def nasty_job(folder):
    """A job in which everything that can be typed is nasty."""
    cell = '"' + QUOTED.replace('"', '""') + '"'
    rows = [f'{cell},Head,5,"{NASTY}",2,1,Sun <b>', f"=1+1,Head,4,{cell},1,2,", f"{NASTY},Body,3,Speed,1,0,Sun <b>"]
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots,Set Bonus"
    (folder / "e.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "b.csv").write_text(f"Bonus Name,Pieces Required,Skill,Level\nSun <b>,1,{NASTY},1\n")
    (folder / "d.csv").write_text(f"Name,Slot Level,Skill 1 Name,Skill 1 Level\n{NASTY},1,Speed,1\n")
    own = {"limit": 9, "skills": {NASTY: {"max": 1, "weight": 2, "penalty": 1}, "Speed": {"max": 2, "weight": 3}}}
    own["files"] = {"set_bonuses": "b.csv", "decorations": "d.csv"}
    (folder / "c.json").write_text(json.dumps(own))
    table, read, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, read)


def codes_of(told, n):
    """Codes as the page's script reads them: the state's remainder names one, its share of the rest goes on."""
    text, base = told["codes"], len(ALPHABET)
    if not text:
        return [0] * n
    counts = [*told["counts"], n - sum(told["counts"])] if "counts" in told else None
    shares = [code for code, count in enumerate(counts) for _ in range(count)] if counts else range(told["size"])
    least = len(shares) * (base**4 // len(shares) + 1)
    digits, state, codes = iter(text), 0, []
    for _ in range(n):
        while state < least:
            state = state * base + ALPHABET.index(next(digits))
        state, part = divmod(state, len(shares))
        codes.append(shares[part])
        if counts:
            state = state * counts[codes[-1]] + part - sum(counts[: codes[-1]])
    while state < least:
        state = state * base + ALPHABET.index(next(digits))
    assert next(digits, None) is None and state == least
    return codes


def decoded(column, n):
    """The values of a column."""
    return [column["values"][code] for code in codes_of(column, n)]


def numbers_of(told, n):
    """Numbers in whichever form they are."""
    return list(
        map(int, told if isinstance(told, list) else decoded(told, n) if "values" in told else codes_of(told, n))
    )


def amounts_of(term):
    """The distinct amounts of a term."""
    told = term["amounts"]
    if isinstance(told, list):
        return list(map(int, told))
    return list(accumulate(numbers_of(told["steps"], told["n"]), initial=told["first"]))


def worths_of(term):
    """What each of them is worth."""
    amounts, maxima = amounts_of(term), term.get("maxima", [-1])
    if "each" in term:
        maxima = maxima * len(amounts) if len(maxima) == 1 else maxima
        return [term["each"] * (a if most < 0 else min(a, most)) for a, most in zip(amounts, maxima, strict=True)]
    n_values = len(amounts)
    return numbers_of(term["worths"], n_values) if "worths" in term else [0] * n_values


def pieces_of(data):
    """Pieces as name, defence, slots, skills with their numbers, resistances."""
    n = len(data["names"])
    told = [
        numbers_of(data["defences"], n),
        *([numbers_of(column, n) for column in data[key]] for key in ("slots", "points")),
    ]
    return [
        (name, told[0][k], [column[k] for column in told[1]], data["skills"][k], [column[k] for column in told[2]])
        for k, name in enumerate(data["names"])
    ]


def scores_of(data):
    """The scaled scores of a page's data."""
    return list(accumulate(numbers_of(data["drops"], data["n"]), sub, initial=int(data["first"])))[1:]


class Outline(HTMLParser):
    """Elements, addresses and handlers of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.handlers = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action", "data", "poster")]
        self.handlers += [name for name, _ in attributes if name.startswith("on") or name == "style"]
