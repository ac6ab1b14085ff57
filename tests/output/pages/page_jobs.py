"""Pages of small jobs, for the tests of what they hold and of what they do in a browser."""

import json
from functools import lru_cache
from html.parser import HTMLParser
from itertools import accumulate
from operator import sub
from pathlib import Path

import equipment_optimizer as eo
from equipment_optimizer.output.pages._report_data import ALPHABET
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


def decoded(coded, n_builds):
    """The values of a column as the page's script reads them: digits to the base of their number, lower ones first."""
    values, text, base = coded["values"], coded["codes"], len(ALPHABET)
    if len(values) == 1:
        assert text == ""
        return values * n_builds
    together = next(count for count in range(33, 0, -1) if len(values) ** count <= base**5)
    digits = [ALPHABET.index(character) for character in text]
    words = [sum(digits[at + place] * base**place for place in range(5)) for at in range(0, len(digits), 5)]
    codes = [word // len(values) ** place % len(values) for word in words for place in range(together)]
    assert len(words) == -(-n_builds // together)
    return [values[code] for code in codes[:n_builds]]


def scores_of(data):
    """The scaled scores of a page's data."""
    drops = data["drops"] if isinstance(data["drops"], list) else decoded(data["drops"], data["n"])
    return list(accumulate(map(int, drops), sub, initial=int(data["first"])))[1:]


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
