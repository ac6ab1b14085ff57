"""Check the proof that a list holds the best builds: one file, the standard library alone, to be copied anywhere.

    python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF

Exit code 0: proved. 1: refuted, and why. 2: a file cannot be read. 6: the job has something
that is not judged here. The files are read anew, in their plain forms, and the rows scored
by their own fillings; then every combination of pieces is walked, save those that some
prices of the proof bound below the last row. Any prices bound: a wrong proof can only fail.
"""
# fmt: off
# ruff: noqa

import csv, hashlib, io, json, os, re, sys, unicodedata
from fractions import Fraction
from math import gcd

VERSION, FAR, SPELT = "equipment-optimizer proof 1", 10**40, {}
REFUTED, UNREADABLE, BEYOND = 1, 2, 6
POINTS = ("fire", "water", "thunder", "ice", "dragon")
KNOWN = """decorations set_bonuses skills defence limit unlisted_skill_weight over_max min_defence max_defence resistances
pin exclude filter files weapon body_parts title note author game version""".split()
OURS = {"piece": "name", "equipmentpiecename": "name", "bodypart": "part", "basedef": "defence", "basedefence": "defence",
        "basedefense": "defence", "def": "defence", "defense": "defence"}

class Verdict(Exception):
    """The exit code, and why."""

def judge(is_well, code, text):
    if not is_well:
        raise Verdict(code, text)

def known(names, judged, what):
    for name in names:
        judge(name in judged, BEYOND, f"{what}: {name}")

def name_of(cell):
    """A name; where our loaders take two spellings for one, nothing is judged."""
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
    return re.sub("[ _.]", "", title).lower()

def table(data, what):
    """Headers and records of a plain CSV file."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    except UnicodeDecodeError:
        raise Verdict(BEYOND, f"{what} is not UTF-8") from None
    rows = [row for row in rows if any(row)]
    plain = rows and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 and not any(row[0][:1] == "#" for row in rows)
    judge(plain, BEYOND, f"{what} is no plain CSV file: a header first, records as long as it, no comments")
    return rows[0], rows[1:]

class Model:
    """The job, read anew, in whole numbers of ``1 / scale``.

    A total has a function: each listed skill, each that raises a maximum, defence, listed resistances; the rest
    is one number a piece. A piece: name, number, levels, bonuses, slots (armour 1-4, weapon 1-4), place in its part.
    """
    def __init__(self, equipment, config, side, scale):
        known((key for key in (*config, *config.get("files", {})) if key[:1] not in "_$"), KNOWN, "the config's key")
        self.scale, self.config, self.unit, get = scale, config, 0, config.get
        self.functions, self.place, caps, raisers = [], {}, {}, {}
        for row in side.get("skills", ()):
            most, locked = whole(row["maxlevel"]), row.get("capwithoutunlock", "")
            caps[name_of(row["name"])] = (whole(locked) if locked else most, most, name_of(row.get("capraisedby", "")))
        self.unlisted = self.scaled(get("unlisted_skill_weight", 1))
        for skill, rule in get("skills", {}).items():
            self.add_skill(name_of(skill), rule if isinstance(rule, dict) else {"weight": rule, "max": 10**9}, caps, raisers)
        for raiser in raisers.values():
            if raiser not in self.place:
                self.add(raiser, lambda x, raised: self.unlisted * x, (), {}, self.unlisted)
        points = {kind: rule if isinstance(rule, dict) else {"weight": rule} for kind, rule in get("resistances", {}).items()}
        points["defence"] = {"weight": get("defence", 1), "min": get("min_defence"), "max": get("max_defence")}
        for kind, rule in points.items():
            weight = self.scaled(rule.get("weight", 0))
            self.add((kind,), lambda x, raised, weight=weight: weight * x, (), rule, weight)
        self.raiser = [self.place.get(raisers.get(name)) for name in self.place]
        self.coupled = {g for f, raiser in enumerate(self.raiser) if raiser is not None for g in (f, raiser)}
        slots = get("decorations", {})
        each = self.scaled(slots.get("num_decos", 1))
        self.free = 2 * [self.scaled(slots.get(f"deco_{level}", 1)) + each for level in (1, 2, 3, 4)]
        self.ascends = self.free[:4] == sorted(self.free[:4])
        lines = sorted((name_of(row["bonusname"]), whole(row["piecesrequired"]), whole(row["level"]), name_of(row["skill"]))
                       for row in side.get("set_bonuses", ()))
        self.bonuses = sorted({line[0] for line in lines})
        # What every bonus gives at 0, 1, 2, ... pieces: of each skill the last step that is reached.
        self.gives = [[self.levels({skill: level for b, need, level, skill in lines if b == bonus and need <= n}.items())
                       for n in range(40)] for bonus in self.bonuses]
        self.are_filled = "decorations" in side
        self.decorations = [self.decoration(row) for row in side.get("decorations", ())]
        self.read_pieces(*table(equipment, "the equipment file"))
        self.most = [max((d[1].get(f, 0) for d in self.decorations), default=0) for f in range(len(self.functions))]
        self.n_slots = sum(self.base[4]) + sum(n * max(sum(p[4]) for p in pieces) for _, n, pieces in self.parts if pieces)
        self.ranges = [(self.extreme(min, f), self.extreme(max, f) + self.n_slots * most) for f, most in enumerate(self.most)]

    def scaled(self, weight):
        """A weight as a whole number; every score is a sum of multiples of them, so one of `unit`."""
        value = Fraction(weight) * self.scale
        judge(value.denominator == 1, UNREADABLE, "the proof's numbers have fewer digits than a weight")
        self.unit = gcd(self.unit, int(value))
        return int(value)

    def add(self, name, function, breaks, rule, slope):
        """A total: its function of the level and whether it is raised, where that bends, limits, its price by default."""
        self.place[name] = len(self.functions)
        least, most = (None if rule.get(key) is None else int(rule[key]) for key in ("min", "max"))
        self.functions.append((function, breaks, -FAR if least is None else least, FAR if most is None else most, slope))

    def add_skill(self, skill, rule, caps, raisers):
        known(rule, ("weight", "max", "penalty", "min", "at_most", "values"), "a skill's key")
        limits = {"min": rule.get("min"), "max": rule.get("at_most")}
        if "values" in rule:
            values = [self.scaled(value) for value in rule["values"]]
            return self.add(skill, lambda x, raised: values[min(max(x, 0), len(values) - 1)], range(1, len(values)), limits, 0)
        cap = self.config.get("over_max") == "cap"
        weight, penalty = self.scaled(rule.get("weight", 1)), 0 if cap else self.scaled(rule.get("penalty", 1))
        locked, most, raiser = (int(rule["max"]), 0, "") if "max" in rule else caps.get(skill, (1, 1, ""))
        if raiser and locked != most:
            raisers[skill] = raiser
        def function(x, raised):
            top = most if raised and skill in raisers else locked
            return weight * x if x <= top else weight * top if cap else penalty * x
        self.add(skill, function, (locked + 1, most + 1), limits, weight)

    def levels(self, pairs):
        """What is linear of some (skill, level), and the levels of totals."""
        linear, levels = 0, {}
        for skill, level in pairs:
            linear += 0 if skill in self.place else self.unlisted * level
            if skill in self.place:
                levels[self.place[skill]] = levels.get(self.place[skill], 0) + level
        return linear, levels

    def decoration(self, row):
        """What is linear, levels, fitting kinds of slots, stock, name."""
        pairs = [(name_of(row[f"skill{k}name"]), whole(row[f"skill{k}level"])) for k in "12" if row.get(f"skill{k}name")]
        where, size = row.get("allowedon") or "any", whole(row["slotlevel"])
        known([where], ("any", "armor", "weapon"), "a decoration is allowed on")
        judge(all(level >= 0 for _, level in pairs), BEYOND, "a decoration that takes levels away")
        kinds = [k for k in range(8) if k % 4 + 1 >= size and where in ("any", ("armor", "weapon")[k > 3])]
        return (*self.levels(pairs), kinds, whole(row["available"]) if row.get("available") else FAR, name_of(row["name"]))

    def piece(self, name, pairs, points, bonuses, slots, place=0):
        linear, levels = self.levels(pairs)
        levels.update({self.place[kind,]: level for kind, level in points if (kind,) in self.place})
        if not self.are_filled:
            linear, slots = linear + sum(w * n for w, n in zip(self.free, slots)), [0] * 8
        return name, linear, levels, {self.bonuses.index(b) for b in bonuses if b in self.bonuses}, slots, place

    def read_pieces(self, head, records):
        """Pieces that pins, exclusions and filters let pass: by part its name, how many are worn, pieces."""
        at, skills, slots, bonuses, skill_keys = {}, {}, {}, [], [key_of(str(name)) for name in self.place]
        for i, key in enumerate(map(key_of, head)):
            if match := re.fullmatch("(?:(?:skill|stat)([0-9]+)|)(?:level|lvl|lv)([0-9]*)", key):
                skills[match[1] or match[2] or re.sub("[^0-9]", "", head[i - 1])].append(i)
            elif match := re.fullmatch("(?:skill|stat)([0-9]+)(?:name)?", key):
                skills[match[1]] = [i]
            elif match := re.fullmatch("(?:num)?(?:lvl(.)decoslots|(?:deco)?slotslvl(.)|slotlvl(.))", key):
                slots[i] = int(match[1] or match[2] or match[3]) - 1
            elif re.fullmatch("(?:set|group)bonus[0-9]*", key):
                bonuses.append(i)
            elif match := re.fullmatch(f"(name|part|defence|{'|'.join(POINTS)})(?:res|resistance)?", OURS.get(key, key)):
                at[match[1]] = i
            else:
                judge(not ("slot" in key or key == "skills" or key in skill_keys), BEYOND, f"the column {head[i]}")
        parts = self.config.get("body_parts") or dict.fromkeys(("Head", "Body", "Arms", "Waist", "Legs", "Charm"), 1)
        rules = {part: rule if isinstance(rule, dict) else {"count": rule} for part, rule in parts.items()}
        known((key for rule in rules.values() for key in rule), ("count", "decorations"), "a part's key")
        spelt, worn, passes = {part.lower(): part for part in parts}, {part: [] for part in parts}, self.selection(head)
        for row in records:
            known([row[at["part"]].lower()], spelt, "a row of the part")
            part, counts = spelt[row[at["part"]].lower()], [0] * 8
            for i, level in slots.items():
                counts[level + 4 * (part.lower() == "weapon" or rules[part].get("decorations") == "weapon")] = whole(row[i])
            pairs = [(name_of(row[i]), whole(row[level])) for i, level in skills.values() if row[i]]
            points = [(kind, whole(row[at[kind]])) for kind in ("defence", *POINTS) if kind in at]
            piece = self.piece(name_of(row[at["name"]]), pairs, points, [name_of(row[i]) for i in bonuses], counts, len(worn[part]))
            worn[part].append(piece if passes(part, piece[0], row) else None)
        self.parts = [(part, int(rules[part].get("count", 1)), [p for p in worn[part] if p]) for part in parts if worn[part]]
        weapon, counts = self.config.get("weapon", {}), [0] * 8
        for level in weapon.get("slots", ()):
            counts[int(level) + 3] += level > 0
        pairs = [(name_of(skill), int(level)) for skill, level in weapon.get("skills", {}).items()]
        self.base = self.piece("", pairs, (), names_of(weapon.get("set_bonuses", [])), counts)

    def selection(self, head):
        pins = {part: names_of(names) for part, names in self.config.get("pin", {}).items()}
        excluded, filters = names_of(self.config.get("exclude", [])), self.config.get("filter", {})
        known(filters, head, "a filter on")
        known((key for rule in filters.values() for key in rule), ("min", "max", "in", "not"), "a filter's key")
        def plain(value):
            text = str(value).upper() if isinstance(value, bool) else str(value)
            return Fraction(text) if re.fullmatch("[+-]?[0-9]+([./][0-9]+)?", text) else text
        def passes(part, name, row):
            for title, rule in filters.items():
                cell = row[head.index(title)]
                value, is_blank = plain(cell), cell in ("", "-")
                inside, outside = ([plain(v) for v in (rule[k] if isinstance(rule.get(k, 0), list) else [rule.get(k)])] for k in ("in", "not"))
                if is_blank and set(rule) != {"not"} or "in" in rule and value not in inside or "not" in rule and value in outside:
                    return False
                if not is_blank and {"min", "max"} & set(rule):
                    judge(not isinstance(value, str), BEYOND, f"a filter's cell: {cell}")
                    if not rule.get("min", value) <= value <= rule.get("max", value):
                        return False
            return name not in excluded and name in pins.get(part, (name,))
        return passes

    def extreme(self, end, f):
        of_pieces = sum(count * end(p[2].get(f, 0) for p in pieces) for _, count, pieces in self.parts if pieces)
        return self.base[2].get(f, 0) + of_pieces + sum(end(levels.get(f, 0) for _, levels in at) for at in self.gives)

    def key(self, kind, words):
        """A total or a bonus that the proof names."""
        if kind == "bonus":
            return kind, self.bonuses.index(" ".join(words))
        return kind, self.place[" ".join(words[1:]) if words[0] == "skill" else (words[1].lower(),)]

    def floor(self):
        """Less than any build scores."""
        worths = [abs(function(x, raised)) for (function, breaks, *_), (low, high) in zip(self.functions, self.ranges)
                  for x in {low, high, *(b - i for b in breaks for i in (0, 1))} for raised in (False, True)]
        linear = [self.base[1]] + [count * max((abs(p[1]) for p in pieces), default=0) for _, count, pieces in self.parts]
        each = max(map(abs, self.free + [d[0] for d in self.decorations]))
        return -sum(worths) - sum(map(abs, linear + [at[0] for give in self.gives for at in give])) - self.n_slots * each - 1

    def sums(self, picks):
        """What is linear, all levels, pieces of each bonus, and slots of a build without decorations."""
        pieces = [self.base, *picks]
        counts, levels = [sum(c in p[3] for p in pieces) for c in range(len(self.bonuses))], [0] * len(self.functions)
        active = [at[n] for at, n in zip(self.gives, counts)]
        for gain in [p[2] for p in pieces] + [gain for _, gain in active]:
            for f, level in gain.items():
                levels[f] += level
        return sum(p[1] for p in pieces) + sum(more for more, _ in active), levels, counts, [sum(p[4][k] for p in pieces) for k in range(8)]

    def value(self, linear, levels, slots):
        """The score with these slots free; far below all where a limit is missed."""
        total = linear + sum(w * n for w, n in zip(self.free, slots))
        for (function, _, least, most, _), level, raiser in zip(self.functions, levels, self.raiser):
            total += function(level, raiser is not None and levels[raiser] >= 1) if least <= level <= most else -FAR
        return total

class Prices:
    """One vector of the proof: what a slot, a piece and a total come to at most at these prices."""
    def __init__(self, model, features, bonuses, stock):
        self.model, self.price, self.of_bonus, self.memo = model, features, bonuses, {}
        self.worth = [d[0] + sum(features[f] * n for f, n in d[1].items()) - r for d, r in zip(model.decorations, stock)]
        self.stock = sum(r * d[3] for d, r in zip(model.decorations, stock) if r)
        self.slot = self.slots(range(len(self.worth)))

    def slots(self, usable):
        best = list(self.model.free)
        for d in usable:
            for k in self.model.decorations[d][2]:
                best[k] = max(best[k], self.worth[d])
        return best

    def of_piece(self, piece):
        levels = sum(self.price[f] * level for f, level in piece[2].items())
        return piece[1] + levels + sum(self.of_bonus[c] for c in piece[3]) + sum(v * n for v, n in zip(self.slot, piece[4]))

    def share(self, f, low, high, modes):
        """The most that a total within low..high is worth less its price; it bends at few places."""
        if (f, low, high, modes) not in self.memo:
            function, breaks, least, most, _ = self.model.functions[f]
            first, last, price = max(low, least), min(high, most), self.price[f]
            places = {x for x in (first, last, *breaks, *(b - 1 for b in breaks)) if first <= x <= last}
            self.memo[f, low, high, modes] = max((function(x, mode) - price * x for x in places for mode in modes), default=-FAR)
        return self.memo[f, low, high, modes]

class Leaf:
    """A box of the proof, with prices: every combination in it is a row, outside, or ruled out."""
    def __init__(self, model, box, vectors, rows, claim):
        self.model, self.box, self.vectors, self.rows, (self.least, self.last) = model, box, vectors, rows, claim
        self.positions = [(b, pieces) for b, (_, count, pieces) in enumerate(model.parts) for _ in range(count)]
        self.seen, self.n_walked = set(), 0

    def walk(self):
        """Every combination that no vector rules out, part by part, in the order of the first vector's losses."""
        levels = [sorted(([[v.of_piece(p) for v in self.vectors], i, p] for i, p in enumerate(pieces)), reverse=True) for _, pieces in self.positions]
        rest = [[0] * len(self.vectors)]
        for pieces in reversed(levels):
            rest.insert(0, [r + max((of[v] for of, _, _ in pieces), default=-FAR) for v, r in enumerate(rest[0])])
        stack = [([], [self.constant(v) for v in self.vectors])]
        while stack:
            picks, sums = stack.pop()
            if (i := len(picks)) == len(levels):
                self.settle(picks)
                continue
            for of, _, piece in levels[i]:
                bounds = [s + v + r for s, v, r in zip(sums, of, rest[i + 1])]
                self.n_walked += 1
                if bounds[0] < self.least:
                    break
                is_twice = i and self.positions[i - 1][0] == self.positions[i][0] and piece[5] <= picks[-1][5]
                # With the last row's score a build belongs into the list only before that row.
                is_tied = self.last is not None and min(bounds) < self.least + self.model.unit
                if min(bounds) >= self.least and not is_twice and not (is_tied and [p[5] for p in (*picks, piece)] > self.last[:i + 1]):
                    stack.append(([*picks, piece], [s + v for s, v in zip(sums, of)]))

    def constant(self, v):
        """What does not depend on the pieces."""
        total = v.stock + v.of_piece(self.model.base)
        for f, (low, high) in enumerate(self.model.ranges):
            total += v.share(f, *self.within(("total", f), low, high), self.modes(f))
        for c, at in enumerate(self.model.gives):
            low, high = self.within(("bonus", c), 0, len(at) - 1)
            total += max((linear + sum(v.price[f] * level for f, level in levels.items()) - v.of_bonus[c] * n
                          for n, (linear, levels) in enumerate(at) if low <= n <= high), default=-FAR)
        return total

    def within(self, key, low, high):
        first, last = self.box.get(key, (low, high))
        return max(low, first), min(high, last)

    def modes(self, f, levels=None):
        """Whether a maximum is raised: no, yes, or open."""
        raiser = self.model.raiser[f]
        if raiser is None or levels is not None and (levels[raiser] >= 1 or not self.model.most[raiser]):
            return (raiser is not None and levels[raiser] >= 1,)
        low, high = self.within(("total", raiser), *self.model.ranges[raiser])
        return (True,) if low >= 1 else (False,) if high < 1 else (False, True)

    def settle(self, picks):
        """A whole combination: a row, or shown to score too little however its slots are filled."""
        key, (linear, levels, counts, slots) = tuple(p[5] for p in picks), self.model.sums(picks)
        if all(low <= (levels, counts)[kind == "bonus"][at] <= high for (kind, at), (low, high) in self.box.items()):
            is_late, row = self.last is not None and list(key) > self.last, self.rows.get(key)
            goal = self.least + self.model.unit * is_late if row is None else row + self.model.unit
            what = "a build is missing" if row is None else "a row has a better filling"
            judge(not Filling(self, goal, levels).beats(linear, levels, slots), REFUTED, f"{what}: {', '.join(p[0] for p in picks)}")
            self.seen.add(key)

class Filling:
    """Whether the slots of one build can be filled so that it scores at least a goal: branch and bound."""
    def __init__(self, leaf, goal, levels):
        self.goal, self.model, self.vectors, self.seen, self.worth = goal, leaf.model, leaf.vectors, {}, {}
        self.raised = [leaf.modes(f, levels) for f in range(len(levels))]

    def beats(self, linear, levels, slots):
        """Bounded by every vector; the one that bounds lowest leads the branching."""
        bound, i = min((self.bound(v, v.slot, self.model.most, linear, levels, slots), i) for i, v in enumerate(self.vectors))
        if bound < self.goal or not self.model.decorations:
            return bound >= self.goal
        v, decorations = self.vectors[i], self.model.decorations
        # Those that lose too much alone are out; then those of several totals first, and total by total: each is soon settled.
        loss = [min(v.slot[k] for k in d[2]) - worth for d, worth in zip(decorations, v.worth)]
        usable = [d for d in range(len(decorations)) if loss[d] <= bound - self.goal]
        usable.sort(key=lambda d: (-len(decorations[d][1]), min(decorations[d][1], default=0), loss[d]))
        # One that another of the same levels can stand in for, as often as wanted, is not needed.
        usable = [d for i, d in enumerate(usable) if not any(
            decorations[e][3] == FAR and decorations[e][1] == decorations[d][1] and decorations[e][0] >= decorations[d][0]
            and set(decorations[e][2]) >= set(decorations[d][2]) for e in usable[:i])]
        self.v, self.order = v, [decorations[d] for d in usable]
        self.after = [(v.slots(usable[j:]), [max((d[1].get(f, 0) for d in self.order[j:]), default=0) for f in range(len(levels))])
                      for j in range(len(usable) + 1)]
        return self.branch(0, linear, levels, slots, 0)

    def bound(self, v, slot, most, linear, levels, slots):
        n, total = sum(slots), linear + v.stock + sum(s * n for s, n in zip(slot, slots))
        return total + sum(v.price[f] * x + v.share(f, x, x + n * most[f], self.raised[f]) for f, x in enumerate(levels))

    def branch(self, j, linear, levels, slots, n_used):
        """Put one more decoration, number j of the order, of which `n_used` are used, or a later one, into any slot."""
        if self.model.value(linear, levels, slots) >= self.goal:
            return True
        # Of two ways to the same slots and totals that can still change, the one with less so far is no better.
        open_ones = [x if n or f in self.model.coupled else None for f, (x, n) in enumerate(zip(levels, self.after[j][1]))]
        for f, level in enumerate(levels):
            if open_ones[f] is None:
                function, _, least, most, _ = self.model.functions[f]
                linear_f = function(level, False) if least <= level <= most else -FAR
                self.worth[f] = linear_f
        settled = linear + sum(self.worth[f] for f, x in enumerate(open_ones) if x is None)
        key = (j, n_used, *slots, *open_ones)
        if self.seen.get(key, -FAR) >= settled:
            return False
        self.seen[key] = settled
        for i in range(j, len(self.order)):
            if self.bound(self.v, *self.after[i], linear, levels, slots) < self.goal:
                return False
            more, gives, kinds, stock, _ = self.order[i]
            for k in kinds if n_used < stock else ():
                # The lowest slot that takes it, where no lower one is worth more when it is free.
                if slots[k] and not (self.model.ascends and any(slots[lower] for lower in kinds if k // 4 * 4 <= lower < k)):
                    left = [n - (k == kind) for kind, n in enumerate(slots)]
                    higher = [x + gives.get(f, 0) for f, x in enumerate(levels)]
                    if self.branch(i, linear + more, higher, left, n_used + 1 if stock < FAR else 0):
                        return True
            n_used = 0
        return False

def read_rows(data, model):
    """Places by position, and score, of each row: scored anew by its own filling."""
    head, records = table(data, "the list")
    places = [[i for i, title in enumerate(head) if title == part or re.fullmatch(re.escape(part) + " [0-9]+", title)][:count]
              for part, count, _ in model.parts]
    rows = []
    for record in records:
        picks = []
        for (part, _, pieces), columns in zip(model.parts, places):
            for i in columns:
                found = [p for p in pieces if p[0] == name_of(record[i])]
                judge(len(found) < 2, BEYOND, f"several pieces are called {record[i]}")
                judge(found and found[0] not in picks, REFUTED, f"no piece for {part}: {record[i]}")
                picks += found
        linear, levels, _, slots = model.sums(picks)
        free = {tuple(slots)}
        for placed in filter(None, (record[head.index("Decorations")] if "Decorations" in head else "").split("; ")):
            count, _, name = placed.partition("x ")
            found = [d for d in model.decorations if d[4] == name_of(name)]
            judge(len(found) < 2 and not any(";" in d[4] for d in model.decorations), BEYOND, f"the decorations {placed}")
            judge(found and count.isdigit() and int(count) <= found[0][3], REFUTED, f"the decorations {placed}")
            linear += found[0][0] * int(count)
            levels = [level + found[0][1].get(f, 0) * int(count) for f, level in enumerate(levels)]
            for _ in range(int(count)):
                free = {tuple(n - (i == k) for i, n in enumerate(left)) for left in free for k in found[0][2] if left[k]}
        score = max((model.value(linear, levels, left) for left in free), default=-FAR)
        judge(score == Fraction(record[-1]) * model.scale, REFUTED, f"this does not score {record[-1]}: {', '.join(p[0] for p in picks)}")
        rows.append((-score, [p[5] for p in picks]))
    judge(rows == sorted(rows) and all(a != b for a, b in zip(rows, rows[1:])), REFUTED, "rows are not in order, or twice there")
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

    config = json.loads(read("config", config_path)[0].decode("utf-8-sig"), parse_float=exact, parse_int=exact)
    named, side = config.get("files", {}), {}
    for key, data in zip(named, read("file", *(os.path.join(os.path.dirname(config_path), name) for name in named.values()))):
        head, records = table(data, key)
        side[key] = [dict(zip(map(key_of, head), record)) for record in records]
    limit, (precision, digits) = int(claim["limit"][0][1]), map(int, claim["scale"][0][1:])
    model = Model(read("equipment", equipment)[0], config, side, precision * 10**digits)
    rows = [] if claim["list"] == [["list", "none"]] else read_rows(read("list", builds)[0], model)
    judge(len(rows) <= limit, REFUTED, f"{len(rows)} rows of {limit}")
    names, vectors = [(kind, words) for key in ("total", "bonus", "stock") for kind, *words in claim.get(key, ())], []
    for _, *prices in claim.get("prices", ()):
        features, bonuses = [function[4] for function in model.functions], [0] * len(model.bonuses)
        stock = [0] * len(model.decorations)
        for (kind, words), price in zip(names, map(int, prices), strict=True):
            at = int(words[0]) if kind == "stock" else model.key(kind, words)[1]
            judge(kind != "stock" or price >= 0 and model.decorations[at][3] < FAR, UNREADABLE, "a price of what does not run out")
            {"total": features, "bonus": bonuses, "stock": stock}[kind][at] = price
        vectors.append(Prices(model, features, bonuses, stock))
    bar = (-rows[-1][0], rows[-1][1]) if len(rows) == limit else (model.floor(), None)
    scores, seen, n_walked, boxes = {tuple(key): -score for score, key in rows}, set(), 0, [{}]
    for kind, *words in claim.get("tree", ()):
        box = boxes.pop()
        if kind == "cut":
            at = model.key(*names[int(words[0])])
            judge(at[0] == "bonus" or not model.most[at[1]], UNREADABLE, "a cut of what decorations change")
            low, high = box.get(at, (-FAR, FAR))
            boxes += [{**box, at: (int(words[1]), high)}, {**box, at: (low, int(words[1]) - 1)}]
        else:
            leaf = Leaf(model, box, [vectors[int(i)] for i in words], scores, bar)
            leaf.walk()
            seen, n_walked = seen | leaf.seen, n_walked + leaf.n_walked
    judge(not boxes and set(scores) <= seen, REFUTED, "boxes of the proof are missing")
    return f"proved: {len(rows)} rows, {n_walked:,} partial builds looked at"

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
