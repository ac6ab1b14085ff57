"""Check the proof that a list holds the best builds: one file, the standard library alone, to be copied anywhere.

    python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF

Exit code 0: proved. 1: refuted, and why. 2: a file cannot be read. 6: the job has something that is not judged here.

Pieces, decorations and set bonuses add amounts to totals: a skill, defence, free slots of a kind, decorations of a kind
in use; a score is a sum of functions of totals. A vector of the proof gives each total a price. At any prices,

    score = bound - losses - shortfalls

where a piece's loss is what its amounts at their prices lack against the best piece of its part, a decoration's what it
lacks against the best for its slot, and a total's shortfall what its function less its price lacks against the best
level of that total. None is below 0, so a build that has lost too much for the last row is out, whatever else it takes.
What no vector rules out is walked, part by part, and filled. A wrong proof leaves more; it proves nothing untrue.
"""

# fmt: off
# ruff: noqa
import csv, hashlib, io, itertools, json, math, os, re, sys, unicodedata
from collections import Counter, namedtuple
from fractions import Fraction

VERSION, FAR, SPELT = "equipment-optimizer proof 1", 10**40, {}
REFUTED, UNREADABLE, BEYOND = 1, 2, 6
KNOWN = """decorations set_bonuses skills defence limit unlisted_skill_weight over_max min_defence max_defence resistances
totals counts pin exclude filter files weapon weapons body_parts title note author game version""".split()
HEADERS = (("piece|equipmentpiecename", "name"), ("part", "bodypart"), ("base(?:def|defen[cs]e)|def|defense", "defence"),
           ("(?:skill|stat)([0-9]+)(?:name)?", r"skill\1"), ("(?:skill|stat)([0-9]+)(?:level|lvl|lv)", r"level\1"),
           ("(?:num)?lvl([1-4])decoslots|(?:deco)?slotslvl([1-4])", r"slots\1\2"),
           ("(fire|water|thunder|ice|dragon)res(?:istance)?", r"\1res"))
# Two functions of a level, the second while it is raised by the total `raiser`: segments of (first level, at 0, slope).
Total = namedtuple("Total", "functions least most raiser")
Class = namedtuple("Class", "linear gives members")  # pieces of a part that differ in nothing but (place, name)
Decoration = namedtuple("Decoration", "linear gives kinds name")

class Verdict(Exception):
    """The exit code, and why."""

def judge(is_well, code, text):
    if not is_well: raise Verdict(code, text)

def known(names, judged, what):
    for name in names: judge(name in judged, BEYOND, f"{what}: {name}")

def name_of(cell):
    """A name; where two spellings may be one name, nothing is judged."""
    name = " ".join(cell.split())
    plain = unicodedata.normalize("NFKC", name).translate(dict.fromkeys(map(ord, "\u2019\u2018\u00b4\u02bc`"), "'"))
    known([name], [SPELT.setdefault(re.sub("[\u2010-\u2015\u2212]", "-", plain), name)], "a name in two spellings")
    return name

def listed(value):
    return value if isinstance(value, list) else [value]

def number(cell, form="[+-]?[0-9]{1,9}([.][0-9]{1,6})?"):
    judge(cell in ("", "-") or re.fullmatch(form, cell), BEYOND, f"a number not in plain digits: {cell}")
    return Fraction(cell) if cell not in ("", "-") else Fraction(0)

def whole(cell):
    return int(number(cell, "[+-]?[0-9]{1,9}"))

def exact(text):
    judge(len(re.sub("[eE].*|[^0-9]", "", text)) <= 15, BEYOND, f"a number of many digits: {text}")
    return Fraction(text)

def key_of(title):
    key = re.sub("[ _.]", "", title).lower()
    return next((match.expand(ours) for pattern, ours in HEADERS if (match := re.fullmatch(pattern, key))), key)

def table(data, what, key_of=key_of):
    """The headers of a plain CSV file, and its records by them."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    except UnicodeDecodeError:
        raise Verdict(BEYOND, f"{what} is not UTF-8") from None
    rows = [row for row in rows if any(row)] or [[]]
    keys = [key_of(title) for title in rows[0]]
    for i, key in enumerate(keys):  # a "Level" right after "Skill 1" is that skill's
        keys[i] = key.replace("level", f"level{keys[i - 1][5:]}") if key == "level" and keys[i - 1][:5] == "skill" else key
    is_plain = len({*keys}) == len(keys) > 1 and all(len(row) == len(keys) and row[0][:1] != "#" for row in rows)
    judge(is_plain, BEYOND, f"{what} is no plain CSV file: a header first, records as long as it, no comments")
    return keys, [dict(zip(keys, row)) for row in rows[1:]]

def plain(value):
    """A value as filters compare it: a number, or text."""
    text = str(value).upper() if isinstance(value, bool) else str(value)
    return Fraction(text) if re.fullmatch("[+-]?[0-9]+([./][0-9]+)?", text) else text

def meets(rules, part, row):
    """Whether a record meets the conditions of `filter`; a blank cell meets no other than not, or blank."""
    for title, rule in rules.items():
        known(rule, ("min", "max", "in", "not", "blank", "parts"), "a condition's key")
        cell, is_compared = row.get(key_of(title), ""), "min" in rule or "max" in rule
        inside, outside = ([*map(plain, listed(rule.get(key, [])))] for key in ("in", "not"))
        if part not in map(name_of, listed(rule.get("parts", part))):
            continue
        if cell in ("", "-"):
            if ("in" in rule or is_compared) and not rule.get("blank"):
                return False
            continue
        judge(not is_compared or not isinstance(plain(cell), str), BEYOND, f"a cell under min or max: {cell}")
        if plain(cell) in outside or "in" in rule and plain(cell) not in inside:
            return False
        if is_compared and not rule.get("min", -FAR) <= plain(cell) <= rule.get("max", FAR):
            return False
    return True

def values(cell, separator):
    """The values that a cell of a count's column carries."""
    judge(cell.lower() not in ("n/a", "nan", "null", "none", "#n/a"), BEYOND, f"a cell that may be blank: {cell}")
    return {value.strip() for value in (cell.split(separator) if separator else [cell])} - {"", "-"}

def straight(slope):
    return 2 * [[(-FAR, 0, slope)]]

def worth(total, x, is_raised):
    """What a level of a total scores."""
    _, at_0, slope = max(segment for segment in total.functions[is_raised] if segment[0] <= x)
    return at_0 + slope * x

def corners(total, low, high):
    """Levels in low..high at one of which a function of the total less any price is highest."""
    starts = [start for function in total.functions for start, *_ in function]
    return {x for x in (low, high, *starts, *(start - 1 for start in starts)) if low <= x <= high}

class Model:
    """The job, read anew, in whole numbers of ``1 / scale`` of a score: totals by number, what is added to them, classes."""
    def __init__(self, config, tables, scale, named):
        known((key for key in (*config, *config.get("files", {})) if key[:1] not in "_$"), KNOWN, "the config's key")
        self.config, self.tables, self.scale, self.named, self.unit = config, tables, scale, named, 0
        self.totals, self.place, self.slopes, self.steps, self.decorations, get = [], {}, {}, {}, [], config.get
        self.counted, self.groups = [], []
        self.unlisted, slots = self.scaled(get("unlisted_skill_weight", 1)), get("decorations", {})
        defence = {"weight": get("defence", 1), "min": get("min_defence"), "max": get("max_defence")}
        for kind, rule in {**get("resistances", {}), "defence": defence}.items():
            rule = rule if isinstance(rule, dict) else {"weight": rule}
            known(rule, ("weight", "min", "max"), f"a key of {kind}")
            self.add(("point", kind), straight(self.scaled(rule.get("weight", 0))), rule.get("min"), rule.get("max"))
        for k in range(8):  # free slots of level 1 to 4 of armour, then of weapons
            weight = self.scaled(slots.get(f"deco_{k % 4 + 1}", 1)) + self.scaled(slots.get("num_decos", 1))
            self.add(("slot", k), straight(weight), 0 if "decorations" in tables else None)
        self.read_skills({name_of(row["name"]): row for row in self.records("skills")})
        self.totals = [total._replace(raiser=self.place.get(total.raiser)) for total in self.totals]
        self.slots = [self.place["slot", k] for k in range(8) if ("slot", k) in self.place]
        self.free = [worth(self.totals[t], 1, False) for t in self.slots]
        self.read_columns([*tables["equipment"][0], *(tables["weapons"][0] if "weapons" in tables else ())])
        self.read_bonuses_and_decorations()
        self.read_pieces()
        self.unit = self.unit or 1
        sources = [[self.base], *self.classes, *self.steps.values()]
        n_slots = sum(max((sum(of[1].get(t, 0) for t in self.slots) for of in source), default=0) for source in sources)
        sources += n_slots * [[(0, {}), (0, dict.fromkeys(self.slots, -1)), *self.decorations]]
        self.ranges = [tuple(sum(end((of[1].get(t, 0) for of in source), default=0) for source in sources) for end in (min, max))
                       for t in range(len(self.totals))]
        worths = [abs(worth(total, x, is_raised)) for total, ends in zip(self.totals, self.ranges)
                  for x in corners(total, *ends) for is_raised in (False, True)]
        # Less than any build scores.
        self.floor = -1 - sum(worths) - sum(max((abs(of[0]) for of in source), default=0) for source in sources)

    def records(self, key):
        return self.tables[key][1] if key in self.tables else []

    def scaled(self, weight):
        """A weight as a whole number; every score is a sum of multiples of them, so one of `unit`."""
        value = Fraction(weight) * self.scale
        judge(value.denominator == 1, UNREADABLE, "the proof's numbers have fewer digits than a weight")
        self.unit = math.gcd(self.unit, int(value))
        return int(value)

    def add(self, key, functions, least=None, most=None, raiser=None, is_raiser=False):
        """A total; of what is linear, without limits and raises nothing only the slope is kept."""
        least, most = (end if limit is None else int(limit) for limit, end in ((least, -FAR), (most, FAR)))
        self.slopes[key] = functions[0][0][2]
        if is_raiser or key in self.named or (functions, least, most) != (straight(self.slopes[key]), -FAR, FAR):
            self.place[key] = len(self.totals)
            self.totals.append(Total(functions, least, most, raiser))

    def added(self, amounts):
        """What is linear of some amounts, and what they add to the totals."""
        slopes = {key: self.slopes.get(key, self.unlisted * (key[0] == "skill")) for key in amounts.keys() - self.place.keys()}
        gives = {self.place[key]: n for key, n in amounts.items() if key in self.place and n}
        return sum(slope * amounts[key] for key, slope in slopes.items()), gives

    def read_skills(self, caps):
        """Listed skills: to the maximum every level scores; above it the maximum does, or the whole level by the penalty."""
        is_capped, skills = self.config.get("over_max") == "cap", {}
        for skill, rule in self.config.get("skills", {}).items():
            rule, key = rule if isinstance(rule, dict) else {"weight": rule, "max": None}, ("skill", name_of(skill))
            known(rule, ("weight", "max", "penalty", "min", "at_most", "values"), "a skill's key")
            cap = caps.get(name_of(skill), {"maxlevel": "1"}) if not {"max", "values"} & rule.keys() else {}
            most = whole(cap["maxlevel"]) if cap else rule.get("max")
            locked = whole(cap["capwithoutunlock"]) if cap.get("capwithoutunlock") else most
            raiser = ("skill", name_of(cap["capraisedby"])) if cap.get("capraisedby") and locked != most else None
            if "values" in rule:
                functions = 2 * [[(x or -FAR, self.scaled(value), 0) for x, value in enumerate(rule["values"])]]
            else:
                weight, penalty = self.scaled(rule.get("weight", 1)), 0 if is_capped else self.scaled(rule.get("penalty", 1))
                functions = [[(-FAR, 0, weight), *((int(top) + 1, weight * int(top) * is_capped, penalty) for top in tops)]
                             for tops in ([locked], [most])] if most is not None else straight(weight)
            skills[key] = functions, rule.get("min"), rule.get("at_most"), raiser
        raisers = {rule[3] for rule in skills.values()} - {None}
        for key in [*skills, *sorted(raisers - skills.keys())]:
            self.add(key, *skills.get(key, (straight(self.unlisted),)), is_raiser=key in raisers)

    def read_columns(self, keys):
        """Columns that are known, and totals and counts of others: (kind, name, conditions, column, step or separator)."""
        known(("name", "bodypart"), keys, "without the column")
        ours, skills = "(skill|level)[0-9]+|slots[1-4]|[a-z]+res", {key_of(name) for kind, name in self.slopes if kind == "skill"}
        for key in keys:
            is_other = not re.search("skill|slot|stat[0-9]|lvl|^level", key) and key not in skills
            is_pair = key[:5] not in ("skill", "level") or {"skill" + key[5:], "level" + key[5:]} <= {*keys}
            judge(is_pair and (is_other or re.fullmatch(ours, key)), BEYOND, f"the column {key}")
        rows, asked = self.records("equipment") + self.records("weapons"), [*self.config.get("filter", {})]
        for title, rule in self.config.get("totals", {}).items():
            known(rule, ("weight", "min", "max"), f"a key of {title}")
            judge(not re.fullmatch(f"{ours}|defence", key_of(title)), BEYOND, f"a total of the column {title}")
            cells = [number(row.get(key_of(title), "")) for row in rows]
            step = self.named.get(("column", title)) or Fraction(1, math.lcm(*(cell.denominator for cell in cells)))
            least = math.ceil(rule["min"] / step) if rule.get("min") is not None else None
            most = math.floor(rule["max"] / step) if rule.get("max") is not None else None
            self.add(("column", title), straight(self.scaled(rule.get("weight", 0) * step)), least, most)
            self.counted.append(("column", title, {}, key_of(title), step))
            asked.append(title)
        for name, rule in self.config.get("counts", {}).items():
            known(rule, ("where", "each", "same", "separator", "min", "max", "weight"), "a key of counts")
            title, where, separator = rule.get("each", rule.get("same", "name")), rule.get("where", {}), rule.get("separator")
            kind = "value" if {"each", "same"} & rule.keys() else "count"
            self.counted.append((kind, name, where, key_of(title), separator))
            asked += [title, *where]
            if kind == "count":
                self.add(("count", name), straight(self.scaled(rule.get("weight", 0))), rule.get("min"), rule.get("max"))
                continue
            carried = {value for row in rows for value in values(row.get(key_of(title), ""), separator)}
            labels = [("value", f"{name}: {value}") for value in sorted(carried)]
            for label in labels:
                judge(label not in self.place, BEYOND, f"two counts that count alike: {label[1]}")
                self.add(label, straight(0), None, rule.get("max"), is_raiser=True)
            self.groups += [[self.place[label] for label in labels]] * ("same" in rule)
        known(map(key_of, asked), keys, "there is no column")

    def read_bonuses_and_decorations(self):
        """What each bonus gives at 0, 1, ... pieces: of each skill the last step that is reached; and decorations."""
        lines = sorted((whole(row["piecesrequired"]), whole(row["level"]), name_of(row["skill"]), name_of(row["bonusname"]))
                       for row in self.records("set_bonuses"))
        for bonus in sorted({line[3] for line in lines}):
            steps = [self.added({("skill", skill): level for need, level, skill, of in lines if of == bonus and need <= n})
                     for n in range(1 + lines[-1][0])]
            if ("bonus", bonus) in self.named or any(step != (0, {}) for step in steps):
                self.add(("bonus", bonus), straight(0), is_raiser=True)
                self.steps[self.place["bonus", bonus]] = steps
        for n, row in enumerate(self.records("decorations")):
            where, amounts = row.get("allowedon") or "any", self.amounts(row)
            known([where], ("any", "armor", "weapon"), "a decoration is allowed on")
            kinds = [k for k in range(8) if k % 4 + 1 >= whole(row["slotlevel"]) and where in ("any", ("armor", "weapon")[k > 3])]
            if row.get("available"):
                amounts["stock", n] = 1
                self.add(("stock", n), straight(0), None, whole(row["available"]))
            self.decorations.append(Decoration(*self.added(amounts), kinds, name_of(row["name"])))

    def amounts(self, row, part=None, is_special=False):
        """What a record of the equipment or of the decorations adds to each total."""
        amounts = Counter()
        for kind, name, where, key, how in self.counted if part else ():
            if kind == "column":
                judge((number(row.get(key, "")) / how).denominator == 1, UNREADABLE, f"{how} is no step of the column {name}")
                amounts[kind, name] += int(number(row.get(key, "")) / how)
            elif meets(where, part, row):
                labels = [name] if kind == "count" else [f"{name}: {value}" for value in values(row.get(key, ""), how)]
                amounts.update((kind, label) for label in labels)
        for key, cell in row.items():
            if re.fullmatch("skill[0-9]+", key) and cell:
                amounts["skill", name_of(cell)] += whole(row[f"level{key[5:]}"])
            elif re.fullmatch("slots[1-4]", key):
                amounts["slot", int(key[5]) - 1 + 4 * is_special] += whole(cell)
            elif re.fullmatch("(set|group)bonus[0-9]*", key) and cell:
                amounts["bonus", name_of(cell)] = 1
            elif ("point", key.removesuffix("res")) in self.slopes:
                amounts["point", key.removesuffix("res")] += whole(cell)
        return amounts

    def read_pieces(self):
        """Pieces that pins, exclusions and filters let pass, by position, outermost first, in classes and by name."""
        parts = self.config.get("body_parts") or dict.fromkeys(("Head", "Body", "Arms", "Waist", "Legs", "Charm"), 1)
        parts = {part: rule if isinstance(rule, dict) else {"count": rule} for part, rule in parts.items()}
        known((key for rule in parts.values() for key in rule), ("count", "decorations", "optional"), "a part's key")
        spelt, of_part = {part.lower(): part for part in parts}, {part: [] for part in parts}
        known((row["bodypart"].lower() for row in self.records("equipment")), spelt, "a row of the part")
        for row in self.records("equipment"):
            of_part[spelt[row["bodypart"].lower()]].append(row)
        if "weapons" in self.tables:
            of_part["Weapon"] = self.records("weapons")
        excluded, filters = [*map(name_of, listed(self.config.get("exclude", [])))], self.config.get("filter", {})
        self.classes, self.by_name, self.columns = [], [], []
        for part, rows in of_part.items():
            rule, pins, classes, by_name = parts.get(part, {}), self.config.get("pin", {}).get(part, {}), {}, {}
            count, is_special = int(rule.get("count", 1)), part.lower() == "weapon" or rule.get("decorations") == "weapon"
            needed = [*map(name_of, listed(pins.get("all of", [])))] if isinstance(pins, dict) else []
            for name in needed:
                judge(("pin", name) not in self.slopes, BEYOND, f"a pin in two parts: {name}")
                self.add(("pin", name), straight(0), 1)
            pinned = [*map(name_of, listed(pins if not isinstance(pins, dict) else [row["name"] for row in rows]))]
            for place, row in enumerate([*rows, {}] if rule.get("optional") else rows):
                name = name_of(row.get("name", ""))
                if not row or name in pinned and name not in excluded and meets(filters, part, row):
                    amounts = self.amounts(row, part, is_special) if row else Counter()
                    amounts.update([("pin", name)] * (name in needed))
                    linear, gives = self.added(amounts)
                    alike = (linear, *sorted(gives.items()), place if count > 1 else None)
                    kind = classes.setdefault(alike, Class(linear, gives, []))
                    kind.members.append((place, name))
                    by_name.setdefault(name, []).append((place, kind))
            if rows:  # a part without any is left out
                self.classes, self.by_name = self.classes + count * [[*classes.values()]], self.by_name + count * [by_name]
                self.columns += [part] if count == 1 else [f"{part} {n + 1}" for n in range(count)]
        weapon = self.config.get("weapon", {})
        base = Counter({("skill", name_of(skill)): int(level) for skill, level in weapon.get("skills", {}).items()})
        base.update(("slot", int(level) + 3) for level in weapon.get("slots", ()) if level)
        base.update({("bonus", name_of(bonus)) for bonus in listed(weapon.get("set_bonuses", []))})
        self.base = self.added(base)

    def sums(self, adding):
        """What is linear, and every total, of a build of these (linear, gives): bonuses give by the pieces that count."""
        adding, levels = [self.base, *adding], [0] * len(self.totals)
        counts = {bonus: sum(gives.get(bonus, 0) for _, gives in adding) for bonus in self.steps}
        adding += [steps[min(counts[bonus], len(steps) - 1)] for bonus, steps in self.steps.items()]
        for _, gives in adding:
            for t, n in gives.items(): levels[t] += n
        return sum(linear for linear, _ in adding), levels

    def is_raised(self, t, low, high):
        """Whether the maximum of a total is raised while its raiser has a level in low..high: no, yes, or both."""
        return (False,) if self.totals[t].raiser is None else tuple({low >= 1, high >= 1})

    def clashes(self, levels):
        """Whether a build has several values of a column that all its pieces must have in common."""
        return any(sum(levels[t] > 0 for t in group) > 1 for group in self.groups)

    def score(self, linear, levels):
        linear -= FAR if self.clashes(levels) else 0
        return linear + sum(worth(total, x, total.raiser is not None and levels[total.raiser] >= 1)
                            if total.least <= x <= total.most else -FAR for total, x in zip(self.totals, levels))

class Vector:
    """A price for each total; that of a slot is the most that it holds."""
    def __init__(self, model, prices):
        self.model, self.prices, self.memo = model, prices, {}
        self.worth = [self.value(d.linear, d.gives) for d in model.decorations]
        for k, t in enumerate(model.slots):
            prices[t] = max([model.free[k], *(worth for worth, d in zip(self.worth, model.decorations) if k in d.kinds)])
        self.of_classes = [[self.value(kind.linear, kind.gives) for kind in classes] for classes in model.classes]
        self.tops = [max(values, default=-FAR) for values in self.of_classes]

    def value(self, linear, gives):
        return linear + sum(self.prices[t] * n for t, n in gives.items())

    def share(self, t, low, high, raised):
        """The most that a total with a level in low..high is worth less its price; a function bends at few levels."""
        if (t, low, high, raised) not in self.memo:
            total, price = self.model.totals[t], self.prices[t]
            levels = corners(total, max(low, total.least), min(high, total.most))
            worths = [worth(total, x, mode) - price * x for x in levels for mode in raised]
            if t in self.model.steps:
                steps = self.model.steps[t]
                worths = [self.value(*steps[min(n, len(steps) - 1)]) - price * n for n in range(low, high + 1)]
            self.memo[t, low, high, raised] = max(worths, default=-FAR)
        return self.memo[t, low, high, raised]

class Leaf:
    """A box of the proof: each of its builds is a row, or some vector or the walk of its fillings shows that it is none.

    What the vectors leave a build to lose stands in lanes of one long number, a lane a vector. A loss is subtracted in
    all lanes at once, and counts at most one more than a lane had at first: so the lowest lane that falls below 0
    shows its sign bit, and where no lane is below 0 no sign bit shows.
    """
    def __init__(self, model, box, vectors, least, last, rows):
        for group in model.groups:  # of which a build has one only
            if has := [t for t in group if box.get(t, (0, 0))[0] >= 1]:
                box = {**box, **{t: (-FAR, 0) for t in group if t not in has}}
        self.model, self.box, self.vectors, self.least, self.last, self.rows = model, box, vectors, least, last, rows
        self.memo, self.seen, self.levels = {}, set(), []
        ranges = [(max(low, box.get(t, (low, high))[0]), min(high, box.get(t, (low, high))[1]))
                  for t, (low, high) in enumerate(model.ranges)]
        raised = [model.is_raised(t, *ranges[total.raiser or 0]) for t, total in enumerate(model.totals)]
        self.best = [[v.share(t, *ends, modes) for t, (ends, modes) in enumerate(zip(ranges, raised))] for v in vectors]
        self.slack = [v.value(*model.base) + sum(v.tops) + sum(best) - least for v, best in zip(vectors, self.best)]
        if min(self.slack) < 0: return
        self.width = ((max(self.slack) + 1) * (len(model.totals) + 3)).bit_length() + 1
        self.signs = sum(1 << self.width * (v + 1) - 1 for v in range(len(vectors)))
        self.unit = self.lanes([model.unit] * len(vectors))
        self.loss = [{k: self.lanes([v.prices[model.slots[k]] - v.worth[d] for v in vectors]) for k in decoration.kinds}
                     for d, decoration in enumerate(model.decorations)]
        for at, classes in enumerate(model.classes):
            losses = zip(*([v.tops[at] - value for value in v.of_classes[at]] for v in vectors))
            self.levels.append(sorted((loss[0], n, self.lanes(loss), classes[n]) for n, loss in enumerate(losses)))
        self.walk([], self.lanes(self.slack), self.slack[0])

    def lanes(self, losses):
        return sum(min(loss, slack + 1) << self.width * v for v, (loss, slack) in enumerate(zip(losses, self.slack)))

    def first(self, *picks):
        return tuple(kind.members[0][0] for kind in picks)

    def walk(self, picks, left, lead):
        """Every combination of classes that no vector rules out, in the order of the first vector's losses."""
        at, classes = len(picks), self.model.classes
        if at == len(classes): return self.settle(picks, left)
        is_repeated = at and classes[at] is classes[at - 1]
        for loss, _, losses, kind in self.levels[at]:
            if loss > lead: break
            now = left - losses
            if now & self.signs or is_repeated and kind.members[0] <= picks[-1].members[0] and kind.members[0][1]: continue
            # With the last row's score a build belongs into the list only before that row.
            if self.last is None or not now - self.unit & self.signs or self.first(*picks, kind) <= self.last[:at + 1]:
                self.walk([*picks, kind], now, lead - loss)

    def settle(self, picks, left):
        """A combination of classes: no filling is better than its rows', and all that belong into the list are rows."""
        _, levels = self.model.sums(kind[:2] for kind in picks)
        if any(not low <= levels[t] <= high for t, (low, high) in self.box.items()) or self.model.clashes(levels): return
        first, unit, names = self.first(*picks), self.model.unit, ", ".join(kind.members[0][1] for kind in picks)
        self.seen.add(first)
        rows = self.rows.get(first, {})
        bar = max(rows.values()) if rows else self.least - unit * (self.last is None or first <= self.last)
        left -= self.lanes([bar + unit - self.least] * len(self.vectors))
        what = "a row has a better filling" if rows else "a build is missing"
        judge(not self.fills(levels, left), REFUTED, f"{what}: {names}")
        for places in itertools.product(*([place for place, _ in kind.members] for kind in picks)) if rows else ():
            if bar == self.least and self.last is not None and places > self.last: break
            judge(places in rows, REFUTED, f"a build is missing: one like {names}")

    def stage(self, order):
        """Of decorations still to be placed: totals that they, or their raisers, change, and by what least and most."""
        if order not in self.memo:
            gives, totals = [{}], self.model.totals
            for d in map(self.model.decorations.__getitem__, order):
                gives += [{**d.gives, self.model.slots[k]: -1} for k in d.kinds]
            change = [(min(gains), max(gains)) for gains in ([gain.get(t, 0) for gain in gives] for t in range(len(totals)))]
            moved = {t for t in range(len(totals)) if any(change[t])}
            pairs = [{t, total.raiser} for t, total in enumerate(totals)]
            self.memo[order] = moved.union(*(pair for pair in pairs if None not in pair and pair & moved)), change
        return self.memo[order]

    def shortfall(self, t, change, levels, n_free):
        """In lanes: what a total lacks at least against the best of the box, whatever is put into the free slots."""
        (least, most), raiser, raised = change[t], self.model.totals[t].raiser, (False,)
        if raiser is not None:
            raised = self.model.is_raised(t, *(levels[raiser] + n_free * gain for gain in change[raiser]))
        key = t, levels[t] + n_free * least, levels[t] + n_free * most, raised
        if key not in self.memo:
            self.memo[key] = self.lanes([best[t] - v.share(*key) for v, best in zip(self.vectors, self.best)])
        return self.memo[key]

    def keep(self, states, order, open_before, levels, left):
        """Add a state where no lane is below 0. Totals that are settled leave it: of two alike in the rest the one that lost
        less stays, for they differ in all lanes by as much, by what is settled of their scores."""
        (still, change), n_free = self.stage(order), sum(map(levels.__getitem__, self.model.slots))
        closing = open_before - still
        for t in closing:
            left -= self.shortfall(t, change, levels, n_free)
            if left & self.signs: return
        levels, bound = tuple(0 if t in closing else x for t, x in enumerate(levels)) if closing else levels, left
        for t in still:
            if bound & self.signs: return
            bound -= self.shortfall(t, change, levels, n_free)
        if not bound & self.signs: states[levels] = max(states.get(levels, 0), left)

    def fills(self, levels, left):
        """Whether some filling leaves no lane below 0: states of what is open, decoration by decoration."""
        every, states, slots = tuple(range(len(self.model.decorations))), {}, self.model.slots
        opened = self.stage(every)[0]
        if not left & self.signs: self.keep(states, every, {*range(len(levels))}, tuple(levels), left)
        if not states: return False
        ((levels, left),) = states.items()
        order, states = self.order(levels, left), {}
        self.keep(states, order, opened, levels, left)
        for at, d in enumerate(order):
            opened, frontier, states = self.stage(order[at:])[0], states, {}
            while frontier:
                grown = {}
                for levels, left in frontier.items():
                    self.keep(states, order[at + 1:], opened, levels, left)
                    for k in self.kinds(d, levels):
                        gives = {**self.model.decorations[d].gives, slots[k]: -1}
                        more = tuple(x + gives.get(t, 0) for t, x in enumerate(levels))
                        self.keep(grown, order[at:], opened, more, left - self.loss[d][k])
                frontier = grown
        return bool(states)

    def kinds(self, d, levels):
        """Slots to try: of armour and of weapons the lowest that takes it, unless a lower one is worth more when free."""
        ascends = self.model.free[:4] == sorted(self.model.free[:4])
        free = [k for k in self.loss[d] if levels[self.model.slots[k]]]
        return [k for k in free if not ascends or not any(lower < k and k // 4 == lower // 4 for lower in free)]

    def order(self, levels, left):
        """Decorations that do not lose too much alone; first the total that leaves fewest open, so that it is soon settled."""
        gives, order, opened = [d.gives for d in self.model.decorations], [], set()
        usable = [d for d in range(len(gives)) if any(not left - self.loss[d][k] & self.signs for k in self.kinds(d, levels))]
        while usable:
            touched = {t: {u for d in usable if t in gives[d] for u in gives[d]} for d in usable for t in gives[d]}
            t = min(touched, key=lambda t: (len(touched[t] | opened), t), default=None)
            order += [d for d in usable if t is None or t in gives[d]]
            opened, usable = (opened | touched.get(t, set())) - {t}, [d for d in usable if d not in order]
        return tuple(order)

def read_rows(data, model):
    """Of each row its score by its own filling, negative, the places of its pieces, and the first places of their classes."""
    slots, rows = {t: k for k, t in enumerate(model.slots)}, []
    for record in table(data, "the list", str)[1]:
        picks = []
        for title, by_name in zip(model.columns, model.by_name):
            found = by_name.get(name_of(record[title]), [])
            judge(len(found) < 2, BEYOND, f"several pieces are called {record[title]}")
            judge(found and (found[0] not in picks or not record[title]), REFUTED, f"no piece for {title}: {record[title]}")
            picks += found
        adding = [kind[:2] for _, kind in picks]
        free = {tuple(model.sums(adding)[1][t] for t in slots)}
        for text in filter(None, record.get("Decorations", "").split("; ")):
            count, _, name = text.partition("x ")
            found = [d for d in model.decorations if d.name == " ".join(name.split())]
            judge(len(found) < 2 and not any(";" in d.name for d in model.decorations), BEYOND, f"the decorations {text}")
            judge(found and count.isdigit(), REFUTED, f"the decorations {text}")
            for _ in range(int(count)):
                adding.append(found[0][:2])
                free = {tuple(n - (i == k) for i, n in enumerate(left)) for left in free for k in found[0].kinds if left[k]}
        linear, levels = model.sums(adding)
        scores = [model.score(linear, [left[slots[t]] if t in slots else x for t, x in enumerate(levels)]) for left in free]
        is_true = max(scores, default=-FAR) == Fraction(record["Score"]) * model.scale
        judge(is_true, REFUTED, f"this does not score {record['Score']}: {', '.join(map(record.get, model.columns))}")
        rows.append((-max(scores), tuple(place for place, _ in picks), tuple(kind.members[0][0] for _, kind in picks)))
    judge(rows == sorted(rows) and len({*rows}) == len(rows), REFUTED, "rows are not in order, or twice there")
    return rows

def check(builds, equipment, config_path, proof):
    """Read everything, hold the proof's claims against it, and walk its boxes; returns what to say."""
    claim = {}
    def read(key, *paths):
        """Bytes of files whose hashes the proof names."""
        contents = []
        for path in paths:
            with open(path, "rb") as file:
                contents.append(file.read())
        hashes = sorted([hashlib.sha256(content).hexdigest()] for content in contents)
        judge(sorted(claim.get(key, hashes)) == hashes, REFUTED, f"another {key} than the proof was made of: {', '.join(paths)}")
        return contents

    lines = read("proof", proof)[0].decode().split("\n")
    judge(lines[0] == VERSION and lines[-2:] == ["end", ""], UNREADABLE, f"{proof} is no whole file of the form: {VERSION}")
    claim.update({key: [] for key in "equipment config file list total bonus stock prices".split()})
    for word, *words in map(str.split, lines[1:-2]):
        is_box = word in ("cut", "leaf")
        claim.setdefault("tree" if is_box else word, []).append([word, *words] if is_box else words)
    config = json.loads(read("config", config_path)[0].decode("utf-8-sig"), parse_float=exact, parse_int=exact)
    beside = {key: os.path.join(os.path.dirname(config_path), name) for key, name in config.get("files", {}).items()}
    tables = {key: table(content, key) for key, content in zip(beside, read("file", *beside.values()))}
    tables["equipment"] = table(read("equipment", equipment)[0], "the equipment file")
    steps = {("column", " ".join(words)): Fraction(step) for kind, step, *words in claim["total"] if kind == "column"}
    names = [(kind, words[0].lower() if kind == "point" else " ".join(words[kind == "column":]))
             for kind, *words in claim["total"]]
    names += [("bonus", " ".join(words)) for words in claim["bonus"]] + [("stock", int(words[0])) for words in claim["stock"]]
    limit, (precision, digits) = int(claim["limit"][0][0]), map(int, claim["scale"][0])
    model = Model(config, tables, precision * 10**digits, {**dict.fromkeys(names), **steps})
    rows, vectors = [] if claim["list"] == [["none"]] else read_rows(read("list", builds)[0], model), []
    judge(len(rows) <= limit, REFUTED, f"{len(rows)} rows of {limit}")
    for numbers in claim["prices"]:
        prices = [total.functions[0][0][2] for total in model.totals]
        for key, price in zip(names, map(int, numbers), strict=True):
            prices[model.place[key]] = -price if key[0] == "stock" else price
        vectors.append(Vector(model, prices))
    least, last = (-rows[-1][0], rows[-1][1]) if len(rows) == limit else (model.floor, None)
    by_class, seen, boxes, changed = {}, set(), [{}], {t for d in model.decorations for t in d.gives} | {*model.slots}
    for score, places, kinds in rows: by_class.setdefault(kinds, {})[places] = -score
    for kind, *words in claim["tree"]:
        box = boxes.pop()
        if kind == "leaf":
            seen |= Leaf(model, box, [vectors[int(n)] for n in words], least, last, by_class).seen
            continue
        t, value = model.place[names[int(words[0])]], int(words[1])
        judge(t not in changed, UNREADABLE, "a cut of what decorations change")
        low, high = box.get(t, (-FAR, FAR))
        boxes += [{**box, t: (value, high)}, {**box, t: (low, value - 1)}]
    judge(not boxes and by_class.keys() <= seen, REFUTED, "boxes of the proof are missing")
    return f"proved: {len(rows)} rows"

def main(paths):
    try:
        judge(len(paths) == 4, UNREADABLE, "usage: python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF")
        SPELT.clear()
        print(check(*paths))
        return 0
    except Verdict as verdict:
        print({REFUTED: "refuted", UNREADABLE: "unreadable", BEYOND: "cannot judge"}[verdict.args[0]] + ": " + verdict.args[1])
        return verdict.args[0]
    except (OSError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, csv.Error, RecursionError) as error:
        print(f"unreadable: {type(error).__name__}: {error}")
        return UNREADABLE

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
