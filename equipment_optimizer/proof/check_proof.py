"""Check the proof that a list holds the best builds: one file, the standard library alone, to be copied anywhere:
    python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF
Exit code 0: proved. 1: refuted, and why. 2: a file cannot be read. 6: the job has something that is not judged here.

Pieces, decorations and set bonuses add amounts to totals (a skill, defence, free slots of a kind, decorations in use); a
score is a sum of functions of totals. A vector of the proof gives each total a price. At any prices, score = bound - losses
- shortfalls: a piece's loss is what its amounts at their prices lack against the best piece of its part, a decoration's
against the best for its slot, and a total's shortfall what its function less its price lacks against its best level. None is
below 0: a build that has lost too much for the last row is out, whatever else it takes. What no vector rules out is walked,
part by part, and filled. A wrong proof leaves more to walk; it proves nothing untrue. """
# fmt: off
# ruff: noqa
import csv, functools, hashlib, io, itertools, json, math, os, pathlib, re, sys, unicodedata
from collections import Counter, namedtuple
from fractions import Fraction
VERSION, FAR, SPELT, REFUTED, UNREADABLE, BEYOND = "equipment-optimizer proof 1", 10**60, {}, 1, 2, 6
FILES = "equipment weapons skills set_bonuses decorations".split()
KNOWN = """defence limit unlisted_skill_weight over_max min_defence max_defence resistances totals counts pin exclude filter
files weapon body_parts title note author game version""".split() + FILES
HEADERS = (("piece|equipmentpiecename", "name"), ("part", "bodypart"), ("base(?:def|defen[cs]e)|def|defense", "defence"),
    ("(?:skill|stat)([0-9]+)(?:name)?", r"skill\1"), ("(?:skill|stat)([0-9]+)(?:level|lvl|lv)", r"level\1"), ("(?:num)?"
    "lvl([1-4])decoslots|(?:deco)?slotslvl([1-4])", r"slots\1\2"), ("(fire|water|thunder|ice|dragon)resistance", r"\1res"))
Total = namedtuple("Total", "functions least most raiser bends")  # the second function holds while the raiser has a level
Model = namedtuple("Model", "unit totals place ranges slots ascends steps groups base decorations titles classes by_name")
Class = namedtuple("Class", "gives members part")  # pieces of a part that differ in nothing but (place, name)
Decoration = namedtuple("Decoration", "gives kinds name")
class Verdict(Exception): """The exit code, and why."""
def judge(is_well, code, text):
    if not is_well: raise Verdict(code, text)
def known(names, judged, what): any(judge(name in judged, BEYOND, f"{what}: {name}") for name in names)
def name_of(cell):  # where two spellings may be one name, nothing is judged
    name = " ".join(cell.split())
    key = re.sub("[\u2019\u2018\u00b4\u02bc`]", "'", re.sub("[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", name)))
    return known([name], [SPELT.setdefault(key, name)], "a name in two spellings") or name
def listed(value, read=name_of): return [*map(read, value if isinstance(value, list) else [value])]
def number(cell, form="[+-]?[0-9]{1,9}([.][0-9]{1,6})?"):
    judge(cell in ("", "-") or re.fullmatch(form, cell), BEYOND, f"a number not in plain digits: {cell}")
    return Fraction(0 if cell in ("", "-") else cell)
def whole(cell): return int(number(cell, "[+-]?[0-9]{1,9}"))
def exact(text):
    return judge(len(re.sub("[eE].*|[^0-9]", "", text)) <= 15, BEYOND, f"a number of many digits: {text}") or Fraction(text)
def key_of(title):
    key = re.sub("[ _.]", "", title).lower()
    return next((match.expand(ours) for pattern, ours in HEADERS if (match := re.fullmatch(pattern, key))), key)
def table(data, what, key_of=key_of):  # the headers of a plain CSV file, and its records by them
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    head, *rows = [row for row in rows if any(row)] or [[]]
    keys = [*map(key_of, head)]
    is_plain = len({*keys}) == len(keys) > 1 and all(len(row) == len(keys) and row[0][:1] != "#" for row in (head, *rows))
    judge(is_plain, BEYOND, f"{what} is no plain CSV file: a header first, records as long as it, no comments")
    return keys, [dict(zip(keys, row)) for row in rows]
def plain(value):  # as filters compare it: a number, or text
    text = str(value).upper() if isinstance(value, bool) else str(value)
    return Fraction(text) if re.fullmatch("[+-]?[0-9]+([./][0-9]+)?", text) else text
def meets(rules, part, row):  # whether a record meets conditions; a blank cell meets no other than not, or blank
    for title, rule in rules.items():
        known(rule, ("min", "max", "in", "not", "blank", "parts"), "a condition's key")
        cell, is_compared = plain(row.get(key_of(title), "")), "min" in rule or "max" in rule
        if part not in listed(rule.get("parts", part)): continue
        if cell in ("", "-") and (rule.get("blank") or not ("in" in rule or is_compared)): continue
        judge(not is_compared or cell in ("", "-") or not isinstance(cell, str), BEYOND, f"a cell under min or max: {cell}")
        if cell in ("", "-") or is_compared and not rule.get("min", -FAR) <= cell <= rule.get("max", FAR): return False
        if "in" in rule and cell not in listed(rule["in"], plain) or cell in listed(rule.get("not", []), plain): return False
    return True
def worth(total, x, is_raised):  # what a level scores; nothing makes up for one beyond the limits
    _, at_0, slope = max(segment for segment in total.functions[is_raised] if segment[0] <= x)
    return at_0 + slope * x if total.least <= x <= total.most else -FAR
def priced(prices, given): return sum(prices[t] * n for t, n in given.items())
def first(picks, n=0): return tuple(kind.members[0][n] for kind in picks)
def read_job(config, tables, scale, named):
    """The job, read anew, in whole numbers of `1 / scale` of a score: totals by number, what adds to them, classes."""
    totals, place, weights, columns, units, get = [], {}, {}, {}, [0], config.get
    known((key for key in (*config, *get("files", {})) if key[:1] not in "_$"), KNOWN, "the config's key")
    equipment, weapons, caps, bonuses, gems = (tables.get(key, ((), [])) for key in FILES)
    records = equipment[1] + [{**row, "bodypart": "Weapon"} for row in weapons[1]]
    def scaled(weight):  # as a whole number; every score is a sum of multiples of such
        value = Fraction(weight) * scale
        judge(value.denominator == 1 and abs(value) < 10**36, UNREADABLE, "the proof's numbers have fewer digits than a weight")
        return units.append(int(value)) or int(value)
    def add(key, rule, column=None, step=1, functions=None, raiser=None, is_kept=False):
        known(rule, "weight min max where each same separator".split(), f"a key of {key[1]}")
        least, most = (end if rule.get(key) is None else rule[key] / step for key, end in (("min", -FAR), ("max", FAR)))
        functions = functions or 2 * [[(-FAR, 0, scaled(rule.get("weight", 0) * step))]]
        weights[key], columns[column] = functions[0][0][2], (*key, step)
        if not (is_kept or key in named or len(functions[0]) > 1 or (least, most) != (-FAR, FAR)): return  # all is linear
        weights[key], place[key], ends = 1, len(totals), (math.ceil(least), math.floor(most))
        bends = {start - n for of in functions for start, *_ in of for n in (0, 1)}
        totals.append(Total(functions, *ends, raiser, bends.union(ends)))
    def gives(amounts):  # what amounts add to each total; the first is of all that needs no total of its own
        gives = Counter()
        for key, n in amounts.items(): gives[place.get(key, 0)] += n * weights.get(key, unlisted * (key[0] == "skill"))
        return {t: n for t, n in gives.items() if n}
    def carried(name, rule, row):  # what a record counts as: a piece, or the values of a column
        cell, separator = row.get(key_of(rule.get("each", rule.get("same", ""))), ""), rule.get("separator")
        judge(cell.lower() not in ("n/a", "nan", "null", "none", "#n/a"), BEYOND, f"a cell that may be blank: {cell}")
        carried = {value.strip() for value in (cell.split(separator) if separator else [cell])} - {"", "-"}
        return {("value", f"{name}: {value}") for value in carried} if {"each", "same"} & rule.keys() else {("count", name)}
    def amounts_of(row, part=None, is_special=False):
        counted = [of for of in counts.items() if part and row and meets(of[1].get("where", {}), part, row)]
        amounts = Counter(label for of in counted for label in carried(*of, row))
        for key, cell in row.items():
            if re.fullmatch("skill[0-9]+", key) and cell: amounts["skill", name_of(cell)] += whole(row[f"level{key[5:]}"])
            if re.fullmatch("(set|group)bonus[0-9]*", key) and cell: amounts["bonus", name_of(cell)] = 1
            kind, name, step = columns.get(key, ("", "", 1))
            if not kind or kind == "column" and not part: continue  # totals of columns are of pieces
            judge((number(cell) / step).denominator == 1, UNREADABLE, f"{cell} is no number of steps of {step}")
            amounts[kind, name + 4 * is_special if kind == "slot" else name] += int(number(cell) / step)
        return amounts
    add("linear", {}, functions=2 * [[(-FAR, 0, 1)]], is_kept=True)
    add("clashes", {"max": 0})  # columns that have several values where all pieces must have one in common
    rules = {f"{of}res": rule if isinstance(rule, dict) else {"weight": rule} for of, rule in get("resistances", {}).items()}
    rules["defence"] = {"weight": get("defence", 1), "min": get("min_defence"), "max": get("max_defence")}
    for key, rule in rules.items(): add(("point", key.removesuffix("res")), rule, key)
    for k, rule in enumerate(8 * [get("decorations", {})]):  # free slots of level 1 to 4 of armour, then of weapons
        weight = rule.get(f"deco_{k % 4 + 1}", Fraction(1)) + rule.get("num_decos", 1)
        add(("slot", k), {"weight": weight, "min": 0 if "decorations" in tables else None}, f"slots{k + 1}")
    rules, unlisted, is_capped = get("skills", {}), scaled(get("unlisted_skill_weight", 1)), get("over_max") == "cap"
    rules = {name_of(of): rules[of] if isinstance(rules[of], dict) else {"weight": rules[of], "max": None} for of in rules}
    caps = {name_of(row["name"]): row for row in caps[1]}
    caps = {name: caps.get(name, {"maxlevel": "1"}) for name, rule in rules.items() if not {"max", "values"} & rule.keys()}
    raisers = {name_of(cap["capraisedby"]) for cap in caps.values() if cap.get("capraisedby")}
    for skill in [*rules, *sorted(raisers - rules.keys())]:  # above the maximum that scores, or the whole level by the penalty
        rule, cap = rules.get(skill, {"weight": get("unlisted_skill_weight", 1), "max": None}), caps.get(skill, {})
        known(rule, ("weight", "max", "penalty", "min", "at_most", "values"), "a skill's key")
        tops = [whole(cap[key]) for key in ("capwithoutunlock", "maxlevel") if cap.get(key)] or [rule.get("max")]
        weight, penalty = scaled(rule.get("weight", 1)), 0 if is_capped else scaled(rule.get("penalty", 1))
        above = [[(int(top) + 1, weight * int(top) * is_capped, penalty)] if top is not None else [] for top in tops]
        by_level = [(x or -FAR, scaled(value), 0) for x, value in enumerate(rule.get("values", ()))]
        functions = [by_level or [(-FAR, 0, weight), *above[at]] for at in (0, -1 if cap.get("capraisedby") else 0)]
        limits, raiser = {"min": rule.get("min"), "max": rule.get("at_most")}, name_of(cap.get("capraisedby", ""))
        add(("skill", skill), limits, None, 1, functions, ("skill", raiser), skill in raisers or by_level)
    counts, groups, ours = get("counts", {}), [], "(skill|level)[0-9]+|slots[1-4]|[a-z]+res"
    skills, keys = {*map(key_of, raisers.union(rules))}, {*equipment[0], *weapons[0]}
    for key in keys:
        is_half = key[:5] in ("skill", "level") and not {"skill" + key[5:], "level" + key[5:]} <= keys
        is_odd = re.search("skill|slot|stat[0-9]|lvl|^level", key) or key in skills
        judge(not is_half and (not is_odd or re.fullmatch(ours, key)), BEYOND, f"the column {key}")
    asked = [(*rule.get("where", {}), rule.get("each", rule.get("same", "name"))) for rule in counts.values()]
    known(map(key_of, itertools.chain(get("filter", {}), get("totals", {}), *asked)), keys, "there is no column")
    for title, rule in get("totals", {}).items():
        judge(not re.fullmatch(f"{ours}|defence", key_of(title)), BEYOND, f"a total of the column {title}")
        step = f"1/{math.lcm(*(number(row.get(key_of(title), '')).denominator for row in records))}"
        add(("column", title), rule, key_of(title), Fraction(named.get(("column", title), step)))
    for name, rule in counts.items():
        labels = sorted({label for row in records for label in carried(name, rule, row)})
        known([label[1] for label in labels if label in place], (), "two counts that count alike")
        for label in labels: add(label, rule, is_kept=True)
        groups += [[place[label] for label in labels]] * ("same" in rule)
    lines, steps, decorations = sorted((*(whole(row[key]) for key in ("piecesrequired", "level")), name_of(row["skill"]),
                                        name_of(row["bonusname"])) for row in bonuses[1]), {}, []
    for bonus in sorted({line[3] for line in lines}):  # gives at 0, 1, ... pieces of each skill the last step that is reached
        given = [gives({("skill", x[2]): x[1] for x in lines if x[3] == bonus and x[0] <= n}) for n in range(1 + lines[-1][0])]
        if not any(given) and ("bonus", bonus) not in named: continue
        add(("bonus", bonus), {}, functions=2 * [[(n or -FAR, 0, 0) for n in range(len(given))]], is_kept=True)
        steps[place["bonus", bonus]] = given
    for n, row in enumerate(gems[1]):
        where, stock, lowest = row.get("allowedon") or "any", row.get("available"), whole(row["slotlevel"]) - 1
        known([where], ("any", "armor", "weapon"), "a decoration is allowed on")
        kinds = [k for k in range(4 * (where == "weapon"), 4 if where == "armor" else 8) if k % 4 >= lowest]
        add(("stock", n), {"max": whole(stock) if stock else None})
        decorations.append(Decoration(gives({**amounts_of(row), ("stock", n): 1}), kinds, name_of(row["name"])))
    parts = get("body_parts") or dict.fromkeys("Head Body Arms Waist Legs Charm".split(), 1)
    parts = {part: rule if isinstance(rule, dict) else {"count": rule} for part, rule in parts.items()}
    known((key for rule in parts.values() for key in rule), ("count", "decorations", "optional"), "a part's key")
    if weapons[1]: parts.setdefault("Weapon", {})
    known((row["bodypart"].lower() for row in records), [*map(str.lower, parts)], "a row of the part")
    positions, excluded, filters = [], listed(get("exclude", [])), get("filter", {})
    for part, rule, classes, by_name in ((*item, {}, {}) for item in parts.items()):
        pin, rows = get("pin", {}).get(part, {}), [row for row in records if row["bodypart"].lower() == part.lower()]
        count, is_special = int(rule.get("count", 1)), part.lower() == "weapon" or rule.get("decorations") == "weapon"
        needed, allowed = (listed(pin.get("all of", [])), None) if isinstance(pin, dict) else ([], listed(pin))
        known([name for name in needed if ("pin", name) in weights], (), "a pin in two parts")
        for name in needed: add(("pin", name), {"min": 1})
        for at, row in enumerate([*rows, {}] if rule.get("optional") else rows):
            name = name_of(row.get("name", ""))
            if row and (name in excluded or name not in (allowed or [name]) or not meets(filters, part, row)): continue
            given = gives({**amounts_of(row, part, is_special), ("pin", name): name in needed})
            kind = classes.setdefault((*sorted(given.items()), at if count > 1 else None), Class(given, [], part))
            kind.members.append((at, name))
            by_name.setdefault(name, []).append((at, kind))
        titles = ([part] if count == 1 else [f"{part} {n + 1}" for n in range(count)]) if rows else ()
        positions += [(title, pieces, by_name) for pieces in [[*classes.values()]] for title in titles]
    weapon = get("weapon", {})
    base = {("skill", name_of(skill)): int(level) for skill, level in weapon.get("skills", {}).items()}
    base |= Counter(("slot", int(level) + 3) for level in weapon.get("slots", ()) if level)
    base = gives(base | dict.fromkeys((("bonus", name) for name in listed(weapon.get("set_bonuses", []))), 1))
    totals = [total._replace(raiser=place.get(total.raiser, t)) for t, total in enumerate(totals)]
    slots = [place["slot", k] for k in range(8) if ("slot", k) in place]
    ascends = sorted(free := [totals[t].functions[0][0][2] for t in slots[:4]]) == free
    sources = [[base], *([kind.gives for kind in part] or [{}] for _, part, _ in positions), *steps.values()]
    n_slots = sum(max(sum(given.get(t, 0) for t in slots) for given in source) for source in sources)
    sources += n_slots * [[{}, dict.fromkeys(slots, -1), *(d.gives for d in decorations)]]
    ranges = [[sum(end(of.get(t, 0) for of in source) for source in sources) for end in (min, max)] for t in range(len(totals))]
    unit = math.gcd(*units) or 1
    return Model(unit, totals, place, ranges, slots, ascends, steps, groups, base, decorations, *zip(*positions))
def levels_of(model, adding):  # every total of a build of what some things give: bonuses give by the pieces that count
    levels = [0] * len(model.totals)
    for t, n in itertools.chain(*(given.items() for given in (model.base, *adding))): levels[t] += n
    for bonus, steps in model.steps.items():
        for t, n in steps[min(levels[bonus], len(steps) - 1)].items(): levels[t] += n
    return levels[0], sum(sum(levels[t] > 0 for t in group) > 1 for group in model.groups), *levels[2:]
def plus(levels, gives): return tuple(x + gives.get(t, 0) for t, x in enumerate(levels))
def score(model, levels): return sum(worth(of, x, levels[of.raiser] >= 1) for of, x in zip(model.totals, levels))
def check_box(model, box, vectors, least, last, rows):
    """Each build of a box is a row, or some vector or the walk of its fillings shows that it is none. What the vectors leave
    it to lose stands in lanes of one long number, a lane a vector. A loss is subtracted in all lanes, and counts at most one
    more than a lane had at first: the lowest lane below 0 shows its sign bit, and where none is below 0 no sign bit shows. """
    for group in model.groups:  # of which a build has one only
        if has := {t for t in group if box.get(t, (0, 0))[0] >= 1}: box |= dict.fromkeys({*group} - has, (-FAR, 0))
    totals, decorations, classes, slots = model.totals, model.decorations, model.classes, model.slots
    def share(prices, t, low, high, *modes):  # most of a total in low..high less its price; a function bends at few levels
        steps, levels = model.steps.get(t), [x for x in {low, high, *totals[t].bends} if low <= x <= high]
        return max([(priced(prices, steps[min(x, len(steps) - 1)]) if steps else worth(totals[t], x, mode)) - prices[t] * x
                    for x in levels for mode in modes or [False]], default=-FAR)
    ends = [(max(end[0], box.get(t, end)[0]), min(end[1], box.get(t, end)[1])) for t, end in enumerate(model.ranges)]
    pairs = [{t, total.raiser} for t, total in enumerate(totals) if total.raiser != t]
    raised = [[end >= 1 for end in ends[total.raiser]] * (total.raiser != t) for t, total in enumerate(totals)]
    best = [[share(prices, t, *ends[t], *raised[t]) for t in range(len(totals))] for prices in vectors]
    values = [[[priced(prices, kind.gives) for kind in part] for part in classes] for prices in vectors]
    tops = [sum(max(of, default=-FAR) for of in parts) for parts in values]
    slack = [priced(prices, model.base) + top + sum(of) - least for prices, top, of in zip(vectors, tops, best)]
    if min(slack) < 0: return
    width = ((max(slack) + 1) * (len(totals) + 3)).bit_length() + 1
    signs = sum(1 << width * v - 1 for v in range(1, len(vectors) + 1))
    def lanes(losses): return sum(min(loss, most + 1) << width * v for v, (loss, most) in enumerate(zip(losses, slack)))
    loss = [{k: lanes([of[slots[k]] - priced(of, d.gives) for of in vectors]) for k in d.kinds} for d in decorations]
    losses = [zip(*([max(of[at]) - x for x in of[at]] for of in values)) for at in range(len(classes))]
    choices = [sorted((of[0], n, lanes(of), part[n]) for n, of in enumerate(lost)) for part, lost in zip(classes, losses)]
    unit, states = lanes([model.unit] * len(vectors)), {}
    def walk(picks, left, lead):  # every combination of classes that no vector rules out, by the first vector's losses
        if (at := len(picks)) == len(classes): return settle(picks, left)
        repeated = picks[-1].members[0] if at and classes[at] is classes[at - 1] else ()
        for lost, _, losses, kind in choices[at]:
            if lost > lead: break
            if (now := left - losses) & signs or kind.members[0][1] and kind.members[0] <= repeated: continue
            if last is None or first([*picks, kind]) <= last[:at + 1] or not now - unit & signs:
                walk([*picks, kind], now, lead - lost)
    def settle(picks, left):  # no filling is better than the rows', and all builds that belong into the list are rows
        levels, place, names = levels_of(model, [kind.gives for kind in picks]), first(picks), ", ".join(first(picks, 1))
        if any(not low <= levels[t] <= high for t, (low, high) in box.items()): return
        bar = max(alike.values()) if (alike := rows.get(place, {})) else least - model.unit * (last is None or place <= last)
        left -= lanes([bar + model.unit - least] * len(vectors))
        is_better = not left & signs and fills(tuple(range(len(loss))), dict(enumerate(levels)), left, True)
        judge(not is_better, REFUTED, f"{'a row has a better filling' if alike else 'a build is missing'}: {names}")
        for places in itertools.product(*([place for place, _ in kind.members] for kind in picks)) if alike else ():
            if bar == least and last is not None and places > last: break
            judge(places in alike, REFUTED, f"a build is missing: one like {names}")
    @functools.cache
    def terms(order):  # of each total: whether decorations still to be placed change it or its raiser, and by what
        change, some = [[0, 0] for _ in totals], [decorations[d] for d in order]
        for t, n in (item for of in some for item in (*of.gives.items(), *((slots[k], -1) for k in of.kinds))):
            change[t] = [min(n, change[t][0]), max(n, change[t][1])]
        changed = {t for t in range(len(totals)) if any(change[t])}
        for pair in pairs * len(pairs): changed |= pair if pair & changed else set()
        return [(t in changed, *change[t], r, *(change[r] * (r != t))) for t, (_, _, _, r, _) in enumerate(totals)]
    lacks = functools.cache(lambda t, *at: lanes([of[t] - share(prices, t, *at) for prices, of in zip(vectors, best)]))
    def fills(order, levels, left, is_first=False):
        """Whether some filling by these decorations leaves no lane below 0: a total loses what it lacks at least against its
        best in the box. What is settled leaves the state; one that led nowhere with as much left in all lanes leads nowhere."""
        of, bound, live, n_free = terms(order), left, {}, sum(empty := [levels.get(t, 0) for t in slots])
        for t, x in levels.items():
            is_open, least, most, raiser, *ends = of[t]
            lost = lacks(t, x + n_free * least, x + n_free * most, *[levels[raiser] + n_free * end >= 1 for end in ends])
            if (bound := bound - lost) & signs: return False
            if is_open: live[t] = x
            else: left -= lost
        if is_first:  # first what few change, so that it is soon settled
            usable = [d for d in order if any(empty[k] and not left - lost & signs for k, lost in loss[d].items())]
            n_of = Counter(t for d in usable for t in decorations[d].gives)
            usable = tuple(sorted(usable, key=lambda d: sorted((n_of[t], t) for t in decorations[d].gives)))
            return fills(usable, live, left)
        if not states.get(key := (order, *live.values()), -1) - left & signs: return False
        states[key] = left
        if not order or fills(order[1:], live, left): return True
        for k in (fit := [k for k in loss[order[0]] if empty[k]]):  # the lowest, unless a lower one is worth more when free
            if model.ascends and any(lower < k and k // 4 == lower // 4 for lower in fit): continue
            gives = {**decorations[order[0]].gives, slots[k]: -1}
            if fills(order, {t: x + gives.get(t, 0) for t, x in live.items()}, left - loss[order[0]][k]): return True
        return False
    walk([], lanes(slack), slack[0])
def read_rows(data, model, scale):  # of each its score by its filling, negative, the places of its pieces, and of their classes
    rows = []
    for record in table(data, "the list", str)[1]:
        picks = []
        for title, by_name in zip(model.titles, model.by_name):
            named = by_name.get(name_of(record[title]), [])
            judge(len(named) < 2, BEYOND, f"several pieces are called {record[title]}")
            judge(named and (named[0] not in picks or not record[title]), REFUTED, f"no piece for {title}: {record[title]}")
            picks += named
        filled = {levels_of(model, [kind.gives for _, kind in picks])}
        for text in filter(None, record.get("Decorations", "").split("; ")):
            count, _, name = text.partition("x ")
            named = [d for d in model.decorations if d.name == " ".join(name.split())]
            judge(len(named) < 2 and not any(";" in d.name for d in model.decorations), BEYOND, f"the decorations {text}")
            judge(named and count.isdigit(), REFUTED, f"the decorations {text}")
            for of in named * int(count):  # in every slot that takes it
                filled = {plus(x, {**of.gives, model.slots[k]: -1}) for x in filled for k in of.kinds if x[model.slots[k]]}
        scores = [score(model, levels) for levels in filled]
        judge(max(scores, default=-FAR) == Fraction(record["Score"]) * scale, REFUTED,
              f"this does not score {record['Score']}: {', '.join(map(record.get, model.titles))}")
        rows.append((-max(scores), tuple(place for place, _ in picks), first(kind for _, kind in picks)))
    return judge(rows == sorted(rows) and len({*rows}) == len(rows), REFUTED, "rows are not in order, or twice there") or rows
def check(builds, equipment, config_path, proof):  # the proof's claims held against everything; returns what to say
    def read(key, *paths):  # bytes of files whose hashes the proof names
        contents = [pathlib.Path(path).read_bytes() for path in paths]
        hashes = sorted([hashlib.sha256(content).hexdigest()] for content in contents)
        judge(sorted(claim.get(key, [])) == hashes, REFUTED, f"another {key} than the proof was made of: {', '.join(paths)}")
        return contents
    lines = pathlib.Path(proof).read_text(encoding="utf-8").split("\n")
    judge(lines[0] == VERSION and lines[-2:] == ["end", ""], UNREADABLE, f"{proof} is no whole file of the form: {VERSION}")
    said = [*map(str.split, lines[1:-2])]
    claim = {word: [words for key, *words in said if key == word] for word, *_ in said}
    config = json.loads(read("config", config_path)[0].decode("utf-8-sig"), parse_float=exact, parse_int=exact)
    beside = {key: os.path.join(os.path.dirname(config_path), name) for key, name in config.get("files", {}).items()}
    tables = {key: table(content, key) for key, content in zip(beside, read("file", *beside.values()))}
    tables["equipment"] = table(read("equipment", equipment)[0], "the equipment file")
    named = {(kind, int(of[0]) if kind == "stock" else of[0].lower() if kind == "point" else " ".join(of[kind == "column":])):
             of[0] for kind, *of in (at[at[0] == "total":] for at in said if at[0] in ("total", "bonus", "stock"))}
    (limit,), (precision, digits) = map(int, claim["limit"][0]), map(int, claim["scale"][0])
    model = read_job(config, tables, precision * 10**digits, named)
    rows, vectors = [] if claim["list"] == [["none"]] else read_rows(read("list", builds)[0], model, precision * 10**digits), []
    judge(len(rows) <= limit, REFUTED, f"{len(rows)} rows of {limit}")
    for numbers in claim["prices"]:
        prices = [total.functions[0][0][2] for total in model.totals]
        for key, n in zip(named, numbers, strict=True): prices[model.place[key]] = -int(n) if key[0] == "stock" else int(n)
        for k, t in enumerate(model.slots):  # a slot's price is the most that it holds
            prices[t] = max([prices[t], *(priced(prices, d.gives) for d in model.decorations if k in d.kinds)])
        vectors.append(prices)
    least, last = (-rows[-1][0], rows[-1][1]) if len(rows) == limit else (-FAR // 2, None)
    by_class, boxes, changed = {}, [{}], {*model.slots, *(t for d in model.decorations for t in d.gives)}
    for score, places, kinds in rows: by_class.setdefault(kinds, {})[places] = -score
    for kind, *words in said:
        if kind == "leaf": check_box(model, boxes.pop(), [vectors[int(n)] for n in words], least, last, by_class)
        if kind == "cut":
            box, t, value = boxes.pop(), model.place[[*named][int(words[0])]], int(words[1])
            judge(t not in changed, UNREADABLE, "a cut of what decorations change")
            low, high = box.get(t, (-FAR, FAR))
            boxes += [{**box, t: (value, high)}, {**box, t: (low, value - 1)}]
    return judge(not boxes, REFUTED, "boxes of the proof are missing") or f"proved: {len(rows)} rows"
def main(paths):
    SPELT.clear()
    try:
        judge(len(paths) == 4, UNREADABLE, "usage: python check_proof.py OUT.csv EQUIPMENT.csv CONFIG.json PROOF")
        code, text = 0, check(*paths)
    except Verdict as verdict: code, text = verdict.args
    except (OSError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, csv.Error, RecursionError) as error:
        code, text = UNREADABLE, f"{type(error).__name__}: {error}"
    print({0: "", REFUTED: "refuted: ", UNREADABLE: "unreadable: ", BEYOND: "cannot judge: "}[code] + text)
    return code
if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
