"""Check the proof that a list holds the best builds: one file, the standard library alone, to be copied anywhere.

    python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF

Exit code 0: proved. 1: refuted, and why. 2: a file cannot be read. 6: the job has something that is not judged here.

The files are read anew, in their plain forms, and every row is scored by its own filling. Pieces, decorations and set
bonuses add amounts to totals: a skill, defence, free slots of a kind, decorations of a kind in use. A score is a sum
of functions of totals. A vector of the proof gives each total a price; at any prices, for every build and filling,

    score = bound - losses - shortfalls

where a piece's loss is what its amounts at their prices lack against the best piece of its part, a decoration's what
it lacks against the best for its slot, and a total's shortfall what its function less its price lacks against the best
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
pin exclude filter files weapon body_parts title note author game version""".split()
HEADERS = (("piece|equipmentpiecename", "name"), ("part", "bodypart"), ("base(?:def|defen[cs]e)|def|defense", "defence"),
           ("(?:skill|stat)([0-9]+)(?:name)?", r"skill\1"), ("(?:skill|stat)([0-9]+)(?:level|lvl|lv)", r"level\1"),
           ("(?:num)?lvl([1-4])decoslots|(?:deco)?slotslvl([1-4])", r"slots\1\2"),
           ("(fire|water|thunder|ice|dragon)res(?:istance)?", r"\1res"))

# function(level, whether it is raised), levels at which that bends, limits, the total that raises it, price where none is given
Total = namedtuple("Total", "function bends least most raiser slope")
# Pieces of a part that differ in nothing but name and place, or a decoration: what is linear, what they add to which total.
Class = namedtuple("Class", "linear gives members")
Decoration = namedtuple("Decoration", "linear gives kinds name")
# Decorations that may still be placed: totals that they change, and by how much one of them does, least and most.
Stage = namedtuple("Stage", "open change")

class Verdict(Exception):
    """The exit code, and why."""

def judge(is_well, code, text):
    if not is_well:
        raise Verdict(code, text)

def known(names, judged, what):
    for name in names:
        judge(name in judged, BEYOND, f"{what}: {name}")

def name_of(cell):
    """A name; where two spellings may be one name, nothing is judged."""
    name = " ".join(cell.split())
    plain = unicodedata.normalize("NFKC", name).translate(dict.fromkeys(map(ord, "\u2019\u2018\u00b4\u02bc`"), "'"))
    known([name], [SPELT.setdefault(re.sub("[\u2010-\u2015\u2212]", "-", plain), name)], "a name in two spellings")
    return name

def names_of(value):
    known([type(value)], (str, list), "names in another form")
    return [name_of(name) for name in ([value] if isinstance(value, str) else value)]

def whole(cell):
    judge(cell in ("", "-") or re.fullmatch("[+-]?[0-9]{1,9}", cell), BEYOND, f"a number not in plain digits: {cell}")
    return int(cell) if cell not in ("", "-") else 0

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
    rows, keys = [row for row in rows if any(row)], []
    for title in rows[0] if rows else ():  # a "Level" right after "Skill 1" is that skill's
        key, before = key_of(title), re.fullmatch("skill([0-9]+)", keys[-1] if keys else "")
        keys.append(f"level{before[1]}" if key == "level" and before else key)
    is_plain = len({*keys}) == len(keys) > 1 and all(len(row) == len(keys) and row[0][:1] != "#" for row in rows)
    judge(is_plain, BEYOND, f"{what} is no plain CSV file: a header first, records as long as it, no comments")
    return keys, [dict(zip(keys, row)) for row in rows[1:]]

def meets(rules, part, row):
    """Whether a record meets the conditions of `filter`."""
    def plain(value):
        text = str(value).upper() if isinstance(value, bool) else str(value)
        return Fraction(text) if re.fullmatch("[+-]?[0-9]+([./][0-9]+)?", text) else text
    def among(value, listed):
        return value in map(plain, listed if isinstance(listed, list) else [listed])
    for title, rule in rules.items():
        known(rule, ("min", "max", "in", "not", "blank", "parts"), "a condition's key")
        known([key_of(title)], row, "a condition on the column")
        cell, is_compared = row[key_of(title)], not {"min", "max"}.isdisjoint(rule)
        if part in names_of(rule.get("parts", part)) and cell not in ("", "-"):
            judge(not is_compared or not isinstance(plain(cell), str), BEYOND, f"a cell under min or max: {cell}")
            is_inside = not is_compared or rule.get("min", -FAR) <= plain(cell) <= rule.get("max", FAR)
            if not is_inside or "in" in rule and not among(plain(cell), rule["in"]) or "not" in rule and among(plain(cell), rule["not"]):
                return False
        elif part in names_of(rule.get("parts", part)) and not rule.get("blank") and (is_compared or "in" in rule):
            return False
    return True

class Model:
    """The job, read anew, in whole numbers of ``1 / scale`` of a score: totals by name, then numbered."""
    def __init__(self, config, tables, scale, named):
        known((key for key in (*config, *config.get("files", {})) if key[:1] not in "_$"), KNOWN, "the config's key")
        self.config, self.tables, self.scale, self.unit, self.rules, get = config, tables, scale, 0, {}, config.get
        self.unlisted, slots = self.scaled(get("unlisted_skill_weight", 1)), get("decorations", {})
        for kind, rule in {**get("resistances", {}), "defence": get("defence", 1)}.items():
            rule = rule if isinstance(rule, dict) else {"weight": rule}
            known(rule, ("weight", "min", "max"), f"a key of {kind}")
            limits = (get("min_defence"), get("max_defence")) if kind == "defence" else (rule.get("min"), rule.get("max"))
            self.add(("point", kind), self.scaled(rule.get("weight", 0)), limits)
        for k in range(8):  # slots of level 1 to 4 of armour, then of weapons
            weight = self.scaled(slots.get(f"deco_{k % 4 + 1}", 1)) + self.scaled(slots.get("num_decos", 1))
            self.add(("slot", k), weight, (0 if "decorations" in tables else None, None))
        self.read_skills()
        self.read_pieces()
        self.read_side_files()
        self.number(named)

    def scaled(self, weight):
        """A weight as a whole number; every score is a sum of multiples of them, so one of `unit`."""
        value = Fraction(weight) * self.scale
        judge(value.denominator == 1, UNREADABLE, "the proof's numbers have fewer digits than a weight")
        self.unit = math.gcd(self.unit, int(value))
        return int(value)

    def add(self, key, slope, limits=(None, None), function=None, bends=(), raiser=None):
        least, most = (end if limit is None else int(limit) for limit, end in zip(limits, (-FAR, FAR)))
        self.rules[key] = Total(function or (lambda x, raised: slope * x), bends, least, most, raiser, slope)

    def read_skills(self):
        caps = {}
        for row in self.tables.get("skills", ((), ()))[1]:
            most, locked = whole(row["maxlevel"]), row.get("capwithoutunlock", "")
            caps[name_of(row["name"])] = (whole(locked) if locked else most, most, name_of(row.get("capraisedby", "")))
        for skill, rule in self.config.get("skills", {}).items():
            rule = rule if isinstance(rule, dict) else {"weight": rule, "max": None}
            cap = (rule["max"], None, "") if "max" in rule else caps.get(name_of(skill), (1, None, ""))
            known(rule, ("weight", "max", "penalty", "min", "at_most", "values"), "a skill's key")
            self.add_skill(("skill", name_of(skill)), rule, (rule.get("min"), rule.get("at_most")), *cap)
        for raiser in {total.raiser for total in self.rules.values()} - {None, *self.rules}:
            self.add(raiser, self.unlisted)

    def add_skill(self, key, rule, limits, locked, most, raiser):
        if "values" in rule:
            values = [self.scaled(value) for value in rule["values"]]
            return self.add(key, 0, limits, lambda x, raised: values[min(max(x, 0), len(values) - 1)], range(len(values)))
        is_capped, weight = self.config.get("over_max") == "cap", self.scaled(rule.get("weight", 1))
        penalty = 0 if is_capped else self.scaled(rule.get("penalty", 1))
        if locked is None:
            return self.add(key, weight, limits)
        locked, most = int(locked), int(locked if most is None else most)
        def function(x, raised):
            top = most if raised else locked
            return weight * x if x <= top else weight * top if is_capped else penalty * x
        self.add(key, weight, limits, function, (locked + 1, most + 1), ("skill", raiser) if raiser and most != locked else None)

    def read_pieces(self):
        """Pieces that pins, exclusions and filters let pass: by part, outermost first, how many are worn, and them."""
        parts = self.config.get("body_parts") or dict.fromkeys(("Head", "Body", "Arms", "Waist", "Legs", "Charm"), 1)
        rules = {part: rule if isinstance(rule, dict) else {"count": rule} for part, rule in parts.items()}
        known((key for rule in rules.values() for key in rule), ("count", "decorations"), "a part's key")
        keys, records = self.tables["equipment"]
        known(("name", "bodypart"), keys, "without the column")
        ours = "bodypart|name|defence|skill[0-9]+|level[0-9]+|slots[1-4]|(set|group)bonus[0-9]*|[a-z]+res"
        skills = {key_of(name) for kind, name in self.rules if kind == "skill"}
        for key in keys:
            is_pair = key[:5] not in ("skill", "level") or f"skill{key[5:]}" in keys and f"level{key[5:]}" in keys
            is_other = not re.search("skill|slot|stat[0-9]|lvl", key) and key not in skills
            judge(is_pair and (re.fullmatch(ours, key) or is_other), BEYOND, f"the column {key}")
        spelt, filters = {part.lower(): part for part in parts}, self.config.get("filter", {})
        pins = {part: names_of(names) for part, names in self.config.get("pin", {}).items()}
        excluded, of_part = names_of(self.config.get("exclude", [])), {part: [] for part in parts}
        for row in records:
            known([row["bodypart"].lower()], spelt, "a row of the part")
            part, name = spelt[row["bodypart"].lower()], name_of(row["name"])
            is_allowed = name not in excluded and name in pins.get(part, [name]) and meets(filters, part, row)
            is_special = part.lower() == "weapon" or rules[part].get("decorations") == "weapon"
            of_part[part].append((name, self.amounts(row, is_special), is_allowed))
        self.parts = [(part, int(rules[part].get("count", 1)), [(place, name, amounts) for place, (name, amounts, is_allowed)
                       in enumerate(pieces) if is_allowed]) for part, pieces in of_part.items() if pieces]
        weapon = self.config.get("weapon", {})
        self.base = Counter({("skill", name_of(skill)): int(level) for skill, level in weapon.get("skills", {}).items()})
        self.base.update(("slot", int(level) + 3) for level in weapon.get("slots", ()) if level)
        self.base.update({("bonus", bonus) for bonus in names_of(weapon.get("set_bonuses", []))})

    def amounts(self, row, is_special=False):
        """What a record of the equipment or of the decorations adds to each total."""
        amounts = Counter()
        for key, cell in row.items():
            if re.fullmatch("skill[0-9]+", key) and cell:
                amounts["skill", name_of(cell)] += whole(row[f"level{key[5:]}"])
            elif re.fullmatch("slots[1-4]", key):
                amounts["slot", int(key[5]) - 1 + 4 * is_special] += whole(cell)
            elif re.fullmatch("(set|group)bonus[0-9]*", key) and cell:
                amounts["bonus", name_of(cell)] = 1
            elif ("point", key.removesuffix("res")) in self.rules:
                amounts["point", key.removesuffix("res")] += whole(cell)
        return amounts

    def read_side_files(self):
        """What each bonus gives at 0, 1, ... pieces (of each skill the last step that is reached), and decorations."""
        lines = sorted((name_of(row["bonusname"]), whole(row["piecesrequired"]), whole(row["level"]), name_of(row["skill"]))
                       for row in self.tables.get("set_bonuses", ((), ()))[1])
        most = 1 + sum(count for _, count, _ in self.parts)
        self.steps = {("bonus", bonus): [Counter({("skill", skill): level for other, need, level, skill in lines
                                                  if other == bonus and need <= n}) for n in range(most + 1)]
                      for bonus in sorted({line[0] for line in lines})}
        self.decorations = []
        for n, row in enumerate(self.tables.get("decorations", ((), ()))[1]):
            where, gives = row.get("allowedon") or "any", self.amounts(row)
            known([where], ("any", "armor", "weapon"), "a decoration is allowed on")
            kinds = [k for k in range(8) if k % 4 + 1 >= whole(row["slotlevel"]) and where in ("any", ("armor", "weapon")[k > 3])]
            if row.get("available"):
                gives["stock", n] = 1
                self.add(("stock", n), 0, (None, whole(row["available"])))
            self.decorations.append((gives, kinds, name_of(row["name"])))

    def number(self, named):
        """Number the totals; what is linear, without limits, and raises nothing is folded into one number."""
        raisers = {total.raiser for total in self.rules.values()}
        kept = [key for key, total in self.rules.items() if total.bends or key in raisers or key in named
                or (total.least, total.most) != (-FAR, FAR)]
        self.place = {key: t for t, key in enumerate(kept)}
        self.totals = [self.rules[key]._replace(raiser=self.place.get(self.rules[key].raiser)) for key in kept]
        for key in [key for key, steps in self.steps.items() if key in named or any(self.folded(step) != (0, {}) for step in steps)]:
            self.place[key] = len(self.totals)
            self.totals.append(Total(lambda x, raised: 0, (), -FAR, FAR, None, 0))
        self.steps = {self.place[key]: [self.folded(step) for step in self.steps[key]] for key in self.steps if key in self.place}
        self.decorations = [Decoration(*self.folded(gives), kinds, name) for gives, kinds, name in self.decorations]
        self.slots = [self.place["slot", k] for k in range(8)] if ("slot", 0) in self.place else []
        self.free = [self.totals[t].slope for t in self.slots]
        self.ascends, self.base, self.classes, self.by_name = self.free[:4] == sorted(self.free[:4]), self.folded(self.base), [], []
        for _, count, pieces in self.parts:
            classes, by_name = {}, {}
            for place, name, amounts in pieces:
                linear, gives = self.folded(amounts)
                alike = (linear, *sorted(gives.items()), place if count > 1 else None)
                kind = classes.setdefault(alike, Class(linear, gives, []))
                kind.members.append((place, name))
                by_name.setdefault(name, []).append((place, kind))
            self.classes += count * [[*classes.values()]]
            self.by_name += count * [by_name]
        n_slots = sum(max((sum(of[1].get(t, 0) for t in self.slots) for of in classes), default=0) for classes in [*self.classes, [self.base]])
        sources = [*self.classes, [self.base], *self.steps.values(), *n_slots * [[(0, {}), (0, dict.fromkeys(self.slots, -1)), *self.decorations]]]
        self.ranges = [tuple(sum(end((of[1].get(t, 0) for of in source), default=0) for source in sources) for end in (min, max))
                       for t in range(len(self.totals))]
        # Less than any build scores.
        self.floor = -1 - sum(max((abs(of[0]) for of in source), default=0) for source in sources) - sum(
            max(abs(total.function(x, mode)) for x in (*ends, *total.bends, *(bend - 1 for bend in total.bends)) for mode in (False, True))
            for total, ends in zip(self.totals, self.ranges))

    def folded(self, amounts):
        """What is linear of some amounts, and the totals."""
        weights = {key: self.rules[key].slope if key in self.rules else self.unlisted * (key[0] == "skill") for key in amounts}
        linear = sum(weights[key] * n for key, n in amounts.items() if key not in self.place)
        return linear, {self.place[key]: n for key, n in amounts.items() if key in self.place and n}

    def sums(self, adding):
        """What is linear, and every total, of a build of these (linear, gives): bonuses give by the pieces that count."""
        linear, levels = 0, [0] * len(self.totals)
        def add(more, gives):
            nonlocal linear
            linear += more
            for t, n in gives.items():
                levels[t] += n
        for more, gives in (self.base, *adding):
            add(more, gives)
        for bonus, steps in self.steps.items():
            add(*steps[levels[bonus]])
        return linear, levels

    def is_raised(self, t, low, high):
        """Whether the maximum of a total is raised while its raiser has a level in low..high: no, yes, or both."""
        return (False,) if self.totals[t].raiser is None else tuple({low >= 1, high >= 1})

    def score(self, linear, levels):
        return linear + sum(total.function(x, total.raiser is not None and levels[total.raiser] >= 1)
                            if total.least <= x <= total.most else -FAR for total, x in zip(self.totals, levels))

class Vector:
    """A price for each total; that of a slot is what it holds at most."""
    def __init__(self, model, prices):
        self.model, self.prices, self.memo = model, prices, {}
        self.worth = [self.value(d.linear, d.gives) for d in model.decorations]
        for k, t in enumerate(model.slots):
            fitting = [worth for worth, d in zip(self.worth, model.decorations) if k in d.kinds]
            prices[t] = max([model.free[k], *fitting])
        self.of_classes = [[self.value(kind.linear, kind.gives) for kind in classes] for classes in model.classes]
        self.tops = [max(values, default=-FAR) for values in self.of_classes]

    def value(self, linear, gives):
        return linear + sum(self.prices[t] * n for t, n in gives.items())

    def share(self, t, low, high, raised):
        """The most that a total with a level in low..high is worth less its price; a function bends at few levels."""
        if (t, low, high, raised) not in self.memo:
            total, price = self.model.totals[t], self.prices[t]
            first, last = max(low, total.least), min(high, total.most)
            if t in self.model.steps:
                worths = [self.value(*self.model.steps[t][n]) - price * n for n in range(max(first, 0), last + 1)]
            else:
                levels = {x for x in (first, last, *total.bends, *(bend - 1 for bend in total.bends)) if first <= x <= last}
                worths = [total.function(x, mode) - price * x for x in levels for mode in raised]
            self.memo[t, low, high, raised] = max(worths, default=-FAR)
        return self.memo[t, low, high, raised]

class Leaf:
    """A box of the proof: each of its builds is a row, or some vector or the walk of its fillings shows that it is none.

    What the vectors leave a build to lose stands in lanes of one long number, a lane a vector. A loss is subtracted in
    all lanes at once, and counts at most one more than a lane had at first: so the lowest lane that falls below 0
    shows its sign bit, and where no lane is below 0 no sign bit shows.
    """
    def __init__(self, model, box, vectors, least, last, rows):
        self.model, self.box, self.vectors, self.least, self.last, self.rows = model, box, vectors, least, last, rows
        self.memo, self.seen = {}, set()
        ranges = [(max(low, box.get(t, (low, high))[0]), min(high, box.get(t, (low, high))[1])) for t, (low, high) in enumerate(model.ranges)]
        raised = [model.is_raised(t, *ranges[total.raiser or 0]) for t, total in enumerate(model.totals)]
        self.best = [[v.share(t, *ends, modes) for t, (ends, modes) in enumerate(zip(ranges, raised))] for v in vectors]
        self.slack = [v.value(*model.base) + sum(v.tops) + sum(best) - least for v, best in zip(vectors, self.best)]
        if min(self.slack) < 0:
            return
        self.width = ((max(self.slack) + 1) * (len(model.totals) + 3)).bit_length() + 1
        self.signs = sum(1 << self.width * (v + 1) - 1 for v in range(len(vectors)))
        self.unit, self.levels = self.lanes([model.unit] * len(vectors)), []
        for at, classes in enumerate(model.classes):
            losses = zip(*([v.tops[at] - value for value in v.of_classes[at]] for v in vectors))
            self.levels.append(sorted((loss[0], n, self.lanes(loss), kind) for n, (kind, loss) in enumerate(zip(classes, losses))))
        self.walk([], self.lanes(self.slack), self.slack[0])

    def lanes(self, losses):
        return sum(min(loss, slack + 1) << self.width * v for v, (loss, slack) in enumerate(zip(losses, self.slack)))

    def walk(self, picks, left, lead):
        """Every combination that no vector rules out, part by part, in the order of the first vector's losses."""
        at, classes = len(picks), self.model.classes
        if at == len(classes):
            return self.settle(picks, left)
        is_repeated = at and classes[at] is classes[at - 1]
        for loss, _, losses, kind in self.levels[at]:
            if loss > lead:
                break
            now = left - losses
            if now & self.signs or is_repeated and kind.members[0] <= picks[-1].members[0]:
                continue
            # With the last row's score a build belongs into the list only before that row.
            if self.last is None or not now - self.unit & self.signs or self.first(*picks, kind) <= self.last[:at + 1]:
                self.walk([*picks, kind], now, lead - loss)

    def first(self, *picks):
        return tuple(kind.members[0][0] for kind in picks)

    def settle(self, picks, left):
        """A combination of classes: no filling is better than its rows', and all that belong into the list are rows."""
        _, levels = self.model.sums(kind[:2] for kind in picks)
        if any(not low <= levels[t] <= high for t, (low, high) in self.box.items()):
            return
        first, unit = self.first(*picks), self.model.unit
        self.seen.add(first)
        rows = self.rows.get(first, {})
        bar = max(rows.values()) if rows else self.least if self.last is not None and first > self.last else self.least - unit
        what = f"{'a row has a better filling' if rows else 'a build is missing'}: {', '.join(kind.members[0][1] for kind in picks)}"
        left -= self.lanes([bar + unit - self.least] * len(self.vectors))
        judge(not self.fills(levels, left), REFUTED, what)
        for places in itertools.product(*([place for place, _ in kind.members] for kind in picks)) if rows else ():
            if bar == self.least and self.last is not None and places > self.last:
                break
            judge(places in rows, REFUTED, f"a build is missing: one like {', '.join(kind.members[0][1] for kind in picks)}")

    def stage(self, order):
        if order not in self.memo:
            gives = [{**d.gives, self.model.slots[k]: -1} for d in map(self.model.decorations.__getitem__, order) for k in d.kinds]
            change = [(min(gains), max(gains)) for gains in ([0, *(gain.get(t, 0) for gain in gives)] for t in range(len(self.model.totals)))]
            changed = {t for t, ends in enumerate(change) if ends != (0, 0)}
            pairs = [{t, total.raiser} for t, total in enumerate(self.model.totals) if total.raiser is not None]
            self.memo[order] = Stage(changed.union(*(pair for pair in pairs if pair & changed)), change)
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

    def keep(self, states, stage, open_before, levels, left):
        """Add a state where no lane is below 0. What is settled by now leaves it: of two that are alike in the rest, the
        one that lost less stays; they differ in all lanes by as much, by what is settled of their scores."""
        n_free, closing = sum(map(levels.__getitem__, self.model.slots)), open_before - stage.open
        for t in closing:
            left -= self.shortfall(t, stage.change, levels, n_free)
            if left & self.signs:
                return
        if closing:
            levels = tuple(0 if t in closing else x for t, x in enumerate(levels))
        bound = left
        for t in stage.open:
            if bound & self.signs:
                return
            bound -= self.shortfall(t, stage.change, levels, n_free)
        if not bound & self.signs:
            states[levels] = max(states.get(levels, 0), left)

    def fills(self, levels, left):
        """Whether some filling leaves no lane below 0: states of what is open, decoration by decoration."""
        every, states = self.stage(tuple(range(len(self.model.decorations)))), {}
        if not left & self.signs:
            self.keep(states, every, {*range(len(levels))}, tuple(levels), left)
        if not states:
            return False
        ((levels, left),) = states.items()
        n_free = sum(map(levels.__getitem__, self.model.slots))
        order, states = self.order(left - sum(self.shortfall(t, every.change, levels, n_free) for t in every.open), levels), {}
        self.keep(states, self.stage(order), every.open, levels, left)
        for at, d in enumerate(order):
            now, later, frontier, states = self.stage(order[at:]), self.stage(order[at + 1:]), states, {}
            while frontier:
                grown = {}
                for levels, left in frontier.items():
                    self.keep(states, later, now.open, levels, left)
                    for k in self.kinds(d, levels):
                        gives = {**self.model.decorations[d].gives, self.model.slots[k]: -1}
                        more = tuple(x + gives.get(t, 0) for t, x in enumerate(levels))
                        self.keep(grown, now, now.open, more, left - self.loss(d, k))
                frontier = grown
        return bool(states)

    def kinds(self, d, levels):
        """Slots to try: of armour and of weapons the lowest that takes it, where no lower one is worth more when it is free."""
        free = [k for k in self.model.decorations[d].kinds if levels[self.model.slots[k]]]
        return [k for k in free if not self.model.ascends or not any(k // 4 == lower // 4 for lower in free if lower < k)]

    def loss(self, d, k):
        if ("loss", d, k) not in self.memo:
            self.memo["loss", d, k] = self.lanes([v.prices[self.model.slots[k]] - v.worth[d] for v in self.vectors])
        return self.memo["loss", d, k]

    def order(self, left, levels):
        """Decorations that do not lose too much alone; first the total that leaves fewest open, so that it is soon settled."""
        gives, order, opened = [d.gives for d in self.model.decorations], [], set()
        usable = [d for d in range(len(gives)) if any(not left - self.loss(d, k) & self.signs for k in self.kinds(d, levels))]
        while usable:
            touched = {t: {u for d in usable if t in gives[d] for u in gives[d]} for d in usable for t in gives[d]}
            t = min(touched, key=lambda t: (len(touched[t] | opened), t), default=None)
            order += [d for d in usable if t is None or t in gives[d]]
            opened = (opened | touched.get(t, set())) - {t}
            usable = [d for d in usable if d not in order]
        return tuple(order)

def read_rows(data, model):
    """Of each row its score by its own filling, negative, the places of its pieces, and the first places of their classes."""
    titles, records = table(data, "the list", str)
    columns = [[title for title in titles if title == part or re.fullmatch(re.escape(part) + " [0-9]+", title)][:count]
               for part, count, _ in model.parts]
    rows = []
    for record in records:
        picks = []
        for title, by_name in zip(itertools.chain(*columns), model.by_name, strict=True):
            found = by_name.get(name_of(record[title]), [])
            judge(len(found) < 2, BEYOND, f"several pieces are called {record[title]}")
            judge(found and found[0] not in picks, REFUTED, f"no piece for {title}: {record[title]}")
            picks += found
        adding = [kind[:2] for _, kind in picks]
        free = {tuple(model.sums(adding)[1][t] for t in model.slots)}
        for text in filter(None, record.get("Decorations", "").split("; ")):
            count, _, name = text.partition("x ")
            found = [d for d in model.decorations if d.name == " ".join(name.split())]
            judge(len(found) < 2 and not any(";" in d.name for d in model.decorations), BEYOND, f"the decorations {text}")
            judge(found and count.isdigit(), REFUTED, f"the decorations {text}")
            adding += [found[0][:2]] * int(count)
            for _ in range(int(count)):
                free = {tuple(n - (i == k) for i, n in enumerate(left)) for left in free for k in found[0].kinds if left[k]}
        linear, levels = model.sums(adding)
        slots = {t: n for n, t in enumerate(model.slots)}
        score = max((model.score(linear, [left[slots[t]] if t in slots else x for t, x in enumerate(levels)]) for left in free), default=-FAR)
        judge(score == Fraction(record["Score"]) * model.scale, REFUTED, f"this does not score {record['Score']}: {record}")
        rows.append((-score, tuple(place for place, _ in picks), tuple(kind.members[0][0] for _, kind in picks)))
    judge(rows == sorted(rows) and len({*rows}) == len(rows), REFUTED, "rows are not in order, or twice there")
    return rows

def check(builds, equipment, config_path, proof):
    """Read everything, hold the proof's claims against it, and walk its boxes; returns what to say."""
    with open(proof, encoding="utf-8") as file:
        lines = file.read().split("\n")
    judge(lines[0] == VERSION and lines[-2:] == ["end", ""], UNREADABLE, f"{proof} is no whole file of the form: {VERSION}")
    claim = {}
    for word, *words in map(str.split, lines[1:-2]):
        claim.setdefault("tree" if word in ("cut", "leaf") else word, []).append([word, *words])

    def read(key, *paths):
        data = []
        for path in paths:
            with open(path, "rb") as file:
                data.append(file.read())
        hashes = sorted([key, hashlib.sha256(each).hexdigest()] for each in data)
        judge(sorted(claim.get(key, [])) == hashes, REFUTED, f"another {key} than the proof was made of: {', '.join(paths)}")
        return data

    SPELT.clear()
    config = json.loads(read("config", config_path)[0].decode("utf-8-sig"), parse_float=exact, parse_int=exact)
    beside = {key: os.path.join(os.path.dirname(config_path), name) for key, name in config.get("files", {}).items()}
    tables = {key: table(data, key) for key, data in zip(beside, read("file", *beside.values()))}
    tables["equipment"] = table(read("equipment", equipment)[0], "the equipment file")
    limit, (precision, digits) = int(claim["limit"][0][1]), map(int, claim["scale"][0][1:])
    names = [(kind, " ".join(words) if kind != "point" else words[0].lower()) for _, kind, *words in claim.get("total", ())]
    names += [("bonus", " ".join(words)) for _, *words in claim.get("bonus", ())]
    stock = [("stock", int(words[1])) for words in claim.get("stock", ())]
    model = Model(config, tables, precision * 10**digits, {*names})
    rows = [] if claim["list"] == [["list", "none"]] else read_rows(read("list", builds)[0], model)
    judge(len(rows) <= limit, REFUTED, f"{len(rows)} rows of {limit}")
    vectors = []
    for _, *numbers in claim.get("prices", ()):
        prices = [total.slope for total in model.totals]
        for key, price in zip([*names, *stock], map(int, numbers), strict=True):
            prices[model.place[key]] = -price if key[0] == "stock" else price
        vectors.append(Vector(model, prices))
    least, last = (-rows[-1][0], rows[-1][1]) if len(rows) == limit else (model.floor, None)
    by_class, seen, boxes, changed = {}, set(), [{}], {t for d in model.decorations for t in d.gives}
    for score, places, kinds in rows:
        by_class.setdefault(kinds, {})[places] = -score
    for kind, *words in claim.get("tree", ()):
        box = boxes.pop()
        if kind == "cut":
            t = model.place[names[int(words[0])]]
            judge(t not in changed, UNREADABLE, "a cut of what decorations change")
            low, high = box.get(t, (-FAR, FAR))
            boxes += [{**box, t: (int(words[1]), high)}, {**box, t: (low, int(words[1]) - 1)}]
        else:
            seen |= Leaf(model, box, [vectors[int(n)] for n in words], least, last, by_class).seen
    judge(not boxes and by_class.keys() <= seen, REFUTED, "boxes of the proof are missing")
    return f"proved: {len(rows)} rows"

def main(paths):
    try:
        judge(len(paths) == 4, UNREADABLE, "usage: python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF")
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
