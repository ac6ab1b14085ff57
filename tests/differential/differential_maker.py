"""Random cases: each comes from its seed and its mode alone."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from differential_cases import PLAIN_FEATURES, RESISTANCES, SIZES, Case, Number, most_slots
from differential_formulas import Formulator
from differential_limits import Limiter

from equipment_optimizer.records.vocabulary import DEFAULT_BODY_PARTS

#: Modes whose cases are small enough for brute force.
_JUDGED = frozenset(["quick", "small", "limits", "formula", "fronts", "answers"])

#: Share of cases that have limits, by mode.
_LIMITED = {"quick": 0.35, "small": 0.35, "formula": 0.5, "fronts": 0.5, "answers": 0.35, "filling": 0.3, "large": 0.4}

#: Features that leave fewer builds, or none: drawn half as often.
_NARROWING = frozenset(["minima", "min_defence", "pin", "exclude", "filter"])

_SKILLS = ("Attack", "Guard", "Haste", "Luck", "Focus", "Vigour", "Sight", "Balance")
_AWKWARD_SKILLS = (
    "Score", "Head", "Defence", "Größe", "a, b", 'say "hi"', "=1+1", "two\nlines", "Luck (skill)", "'Eye'"
)  # fmt: skip
_BONUSES = ("Wolf", "Bear", "Crow")
_AWKWARD_BONUSES = ("Wolves; Bears", "Crows (2)", "-x", "'Owl'", "'=Owl")
_AWKWARD_NAMES = (
    "plain", "a, b", 'say "hi"', "=SUM(A1)", "-x", "'quoted'", "Größe", "日本", "two\nlines", "a;b", "007"
)  # fmt: skip
_AWKWARD_GEMS = ("Gem; new", "2x Gem", "=Gem", "Gem (2)", "Ge, m")

_WEIGHTS = {
    "plain": ("0", "1", "1", "2", "-1", "0.5", "0.25", "3", "-0.25", "1.5"),
    "ties": ("0", "1", "1", "1"),
    "zeros": ("0",),
    "negative": ("0", "-1", "-2", "-0.5"),
    "fine": ("0.1", "0.01", "0.333", "-0.07", "1.000001", "2.50"),
    "tiny and huge": ("0.000001", "1000000", "0.001", "123456.789", "-1000000", "1e-6", "0"),
}


_PLAYABLE = ("0.5", "1", "2", "3", "1.5", "0.25")


#: Members of the configuration whose absence means 1, by mode: fillings keep their weights of slots.
_SMALL_DEFAULTS = frozenset(["decorations", "defence", "deco_1", "deco_2", "deco_3", "deco_4", "num_decos", "weight",
                             "max", "penalty", "limit"])  # fmt: skip
_HAS_DEFAULT = {mode: _SMALL_DEFAULTS - ({"decorations"} if mode == "filling" else set()) for mode in SIZES}


# --- making cases -----------------------------------------------------------------------


def random_case(seed: int, mode: str = "small") -> Case:
    """The case of a seed.

    Parameters
    ----------
    seed : int
    mode : {"quick", "small", "limits", "formula", "filling", "large"}
    """
    maker = _Maker(random.Random(f"{mode} {seed}"), "small" if mode == "limits" else mode)
    rng = random.Random(f"limits {mode} {seed}")
    if mode in ("limits", "formula", "fronts") and rng.random() < 0.7:
        # Limits leave fewer builds, too.
        maker.features -= _NARROWING | {"required"}
    case = maker.case()
    if mode == "limits" or rng.random() < _LIMITED[mode]:
        Limiter(rng, case, maker.weight, SIZES[mode]).add()
    if mode == "formula":
        Formulator(random.Random(f"formula {seed}"), case, Number).add()
    return case


class _Maker:
    """Draws one case."""

    def __init__(self, rng: random.Random, mode: str) -> None:
        self.rng = rng
        self.mode = mode
        self.size = SIZES[mode]
        share = rng.choice([0.15, 0.4, 0.4, 0.7])
        self.features = {name for name in PLAIN_FEATURES if rng.random() < (share / 2 if name in _NARROWING else share)}
        if mode == "filling":
            self.features |= {"decorations"}
            self.features -= {"pin", "exclude", "filter"} | ({"negative decorations"} if rng.random() < 0.8 else set())
        if mode == "large":
            self.features -= {"decorations"}
        kinds = [kind for kind in _WEIGHTS if kind != "zeros"]
        # Weights as players use them: levels up to a maximum are worth more than slots.
        self.is_playable = mode == "filling" and rng.random() < 0.5
        self.weights = (
            _PLAYABLE
            if self.is_playable
            else _WEIGHTS["zeros" if rng.random() < 0.04 else rng.choice(["plain", *kinds])]
        )
        self.skills = rng.sample(_SKILLS, rng.randint(1, self.size.n_skills))
        self.bonuses = list(_BONUSES)
        if self.has("awkward names"):
            self.skills += rng.sample(_AWKWARD_SKILLS, rng.randint(1, 2))
            self.bonuses += rng.sample(_AWKWARD_BONUSES, 1)

    def has(self, feature: str) -> bool:
        return feature in self.features

    def weight(self) -> Number:
        return Number(self.rng.choice(self.weights))

    def level(self) -> int:
        if self.has("negative levels") and self.rng.random() < 0.2:
            return self.rng.choice([0, -1, -2])
        return self.rng.choice([1, 1, 1, 2, 3])

    def case(self) -> Case:
        rng = self.rng
        parts = self.parts()
        case = Case(self.pieces(parts), {}, features=tuple(sorted(self.features)))
        config = case.config
        config["decorations"] = self.slot_weights()
        config["defence"] = rng.choice([Number("0"), Number("0.01"), self.weight()])
        config["limit"] = rng.choice([1, 2, 3, 7, 10, 1_000] if self.mode in _JUDGED else [1, 10, 100, 1_000])
        if parts != dict(DEFAULT_BODY_PARTS):
            config["body_parts"] = parts
        config["skills"] = {name: self.rule() for name in rng.sample(self.skills, rng.randint(0, len(self.skills)))}
        if self.has("unlisted weight"):
            config["unlisted_skill_weight"] = self.weight()
        if self.has("over_max cap"):
            config["over_max"] = "cap"
        if self.has("min_defence"):
            config["min_defence"] = rng.choice([0, 2, 5])
        if self.has("resistances"):
            names = rng.sample(RESISTANCES, rng.randint(1, 2))
            config["resistances"] = {name.lower(): self.resistance_rule() for name in names}
        if self.has("weapon"):
            config["weapon"] = self.weapon()
        if self.has("decorations"):
            case.decorations = self.decorations()
        if self.has("set bonuses"):
            case.set_bonuses = self.set_bonuses()
        if self.has("raised caps"):
            case.skills_file = self.skills_file(config["skills"])
        if self.has("decorations") and self.has("required"):
            self.as_required(case)
        elif self.has("decorations") and self.has("popular"):
            self.as_popular(case)
        self.selection(case)
        self.loose_ends(case)
        self.trim_slots(case)
        return case

    # --- equipment -----------------------------------------------------------------

    def parts(self) -> dict[str, int]:
        """Body parts and how many pieces each takes."""
        rng = self.rng
        if not self.has("body parts"):
            return dict(DEFAULT_BODY_PARTS)
        names = rng.sample(["Head", "Weapon", "Ring", "Cloak", "Boots"], rng.randint(1, 5))
        several = [1, 1, 2, 3] if self.has("several pieces") else [1]
        return {name: rng.choice(several) for name in names}

    def pieces(self, parts: dict[str, int]) -> list[dict[str, Any]]:
        rng, size = self.rng, self.size
        small = self.mode in _JUDGED
        most = size.n_per_part
        # Middling sizes of every magnitude.
        n_most = size.n_combinations if small else int(size.n_combinations ** rng.uniform(0.75, 1))
        sizes = {
            part: rng.choice([0, 1, 1, 2, 3, most]) if small else rng.randint(max(1, most // 3), most) for part in parts
        }
        if not any(sizes.values()):
            sizes[next(iter(parts))] = 2
        for part, count in parts.items():
            if sizes[part] and (rng.random() < 0.98 or not small):
                sizes[part] = max(sizes[part], count)
        while math.prod(math.comb(n, parts[part]) for part, n in sizes.items() if n) > n_most:
            largest = max(sizes, key=lambda part: math.comb(sizes[part], parts[part]))
            sizes[largest] -= 1
        resistances = rng.sample(RESISTANCES, rng.randint(1, 3)) if self.has("resistances") else []
        pieces: list[dict[str, Any]] = []
        for part, n_pieces in sizes.items():
            own: list[dict[str, Any]] = []
            while len(own) < n_pieces:
                own.append(self.piece(part, len(own), resistances))
                if self.has("twins") and len(own) < n_pieces and rng.random() < 0.4:
                    own.append({**copy.deepcopy(own[-1]), "name": f"{part} again {len(own)}"})
            pieces += own
        rng.shuffle(pieces)
        if self.has("duplicates"):
            for piece in pieces:
                if rng.random() < 0.4:
                    piece["name"] = "same"
        return pieces

    def piece(self, part: str, number: int, resistances: Sequence[str]) -> dict[str, Any]:
        rng = self.rng
        name = f"{part} {number}"
        if self.has("awkward names") and rng.random() < 0.4:
            name = rng.choice([rng.choice(_AWKWARD_NAMES), f"{rng.choice(_AWKWARD_NAMES)} {number}"])
        skills = [[rng.choice(self.skills), self.level()] for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        bonuses = rng.sample(self.bonuses, rng.choice([0, 0, 1, 1, 2])) if self.has("set bonuses") else []
        if bonuses and rng.random() < 0.1:
            bonuses.append(bonuses[0])
        return {
            "name": name,
            "part": part,
            "defence": rng.choice([0, 1, 1, 5, 10**6 if rng.random() < 0.02 else 2]),
            "slots": [rng.choice([0, 0, 0, 1] if self.mode != "filling" else [0, 0, 1, 1, 2]) for _ in range(4)],
            "skills": skills,
            "resistances": {name: rng.choice([-2, 0, 0, 1, 3]) for name in resistances},
            "bonuses": bonuses,
            "other": {
                "Rarity": rng.choice(["", "1", "2", "10", "9.5", "3"]),
                "Gender": rng.choice(["", "male", "female"]),
            },
        }

    # --- configuration -----------------------------------------------------------------

    def slot_weights(self) -> dict[str, Number]:
        if self.is_playable:
            weights = sorted(map(Number, self.rng.choices(["0", "0.01", "0.1", "0.2"], k=4)), key=Decimal)
            return {**{f"deco_{level}": weight for level, weight in enumerate(weights, 1)}, "num_decos": Number("0")}
        weights = [self.weight() for _ in range(4)]
        if self.mode == "filling" or self.rng.random() < 0.5:
            # Free slots of higher levels worth no less: what bounds on fillings are for.
            weights.sort(key=Decimal)
        return {**{f"deco_{level}": weight for level, weight in enumerate(weights, 1)}, "num_decos": self.weight()}

    def rule(self) -> dict[str, Any]:
        rng = self.rng
        rule: dict[str, Any] = {}
        if self.has("minima") and rng.random() < 0.4:
            rule["min"] = rng.choice([-1, 0, 1, 1, 2, 3])
        if self.has("values") and rng.random() < 0.4:
            return {**rule, "values": [self.weight() for _ in range(rng.choice([1, 2, 3, 5]))]}
        rule["weight"], rule["penalty"] = self.weight(), self.weight()
        if not self.has("raised caps") or rng.random() < 0.4:
            rule["max"] = rng.choice([0, 1, 2, 3, 5, 7])
        return rule

    def resistance_rule(self) -> dict[str, Any]:
        rule: dict[str, Any] = {"weight": self.weight()} if self.rng.random() < 0.8 else {}
        if self.rng.random() < 0.4:
            rule["min"] = self.rng.choice([-3, 0, 1, 2])
        return rule

    def weapon(self) -> dict[str, Any]:
        rng = self.rng
        weapon = {
            "slots": [rng.randint(1, 4) for _ in range(rng.choice([0, 1, 2]))],
            "skills": {name: self.level() for name in rng.sample(self.skills, rng.choice([0, 1]))},
            "set_bonuses": rng.sample(self.bonuses, rng.choice([0, 1])),
        }
        return {key: value for key, value in weapon.items() if value or rng.random() < 0.5}

    def decorations(self) -> list[dict[str, Any]]:
        rng, rows = self.rng, []
        most = self.size.n_decorations
        least = 0 if self.mode in _JUDGED else 2
        for number in range(rng.randint(least, most)):
            n_skills = rng.choice([1, 1, 2]) if self.has("two skills") else 1
            skills = [[rng.choice(self.skills), rng.choice([1, 1, 1, 2, 3])] for _ in range(n_skills)]
            if self.has("negative decorations") and rng.random() < 0.3:
                skills[-1][1] = rng.choice([0, -1])
            name = f"Gem {number}"
            if self.has("awkward names") and rng.random() < 0.3:
                name = f"{rng.choice(_AWKWARD_GEMS)} {number}"
            rows.append(
                {
                    "name": name,
                    "slot_level": rng.choice([1, 1, 2, 3, 4]),
                    "skills": skills if rng.random() < 0.97 else [],
                    "available": rng.choice([None, 0, 1, 1, 2, 3]) if self.has("stock") else None,
                    "allowed_on": rng.choice(["any", "any", "armor", "weapon"]) if self.has("allowed on") else "any",
                }
            )
        return rows

    def set_bonuses(self) -> list[dict[str, Any]]:
        rng = self.rng
        rows: dict[tuple[str, int, str], dict[str, Any]] = {}
        for _ in range(rng.randint(0, 6 if self.has("many thresholds") else 2)):
            row = {
                "bonus": rng.choice(self.bonuses), "pieces": rng.choice([1, 2, 2, 3, 4]),
                "skill": rng.choice(self.skills), "level": self.level(),
            }  # fmt: skip
            rows.setdefault((row["bonus"], row["pieces"], row["skill"]), row)
        return list(rows.values())

    def skills_file(self, rules: dict[str, Any]) -> list[dict[str, Any]]:
        rng = self.rng
        rows = []
        for name in rng.sample(self.skills, rng.randint(1, len(self.skills))):
            others = [other for other in [*self.skills, "Nothing"] if other != name]
            raised_by = rng.choice(others) if rng.random() < 0.7 else None
            locked = rng.choice([0, 1, 2]) if raised_by is not None or rng.random() < 0.3 else None
            rows.append({"name": name, "max": rng.choice([1, 2, 3, 5]), "locked": locked, "raised_by": raised_by})
        return rows

    def as_popular(self, case: Case) -> None:
        """What many decorations give, two skills at a time, weighed to the second decimal; slots are worth the same."""
        rng, config = self.rng, case.config
        config["over_max"] = "cap"
        config["skills"] = {
            name: {"weight": Number(f"{rng.randint(100, 700) / 100:.2f}"), "max": rng.choice([1, 3, 5, 7])}
            for name in self.skills
        }
        config["decorations"] = {**dict.fromkeys((f"deco_{level}" for level in range(1, 5)), Number("0.1"))}
        config["decorations"]["num_decos"] = Number("0.05")
        for row in case.decorations or ():
            names = rng.sample(self.skills, min(len(self.skills), rng.choice([1, 2, 2])))
            row["skills"] = [[name, 1] for name in names] if len(names) == 2 else [[names[0], rng.choice([1, 2, 3])]]
            row["slot_level"] = 4 if len(names) == 2 else row["slot_level"]

    def as_required(self, case: Case) -> None:
        """Levels that some build has, each worth the same."""
        rng, config = self.rng, case.config
        levels: dict[str, int] = {}
        for part in sorted({piece["part"] for piece in case.pieces}):
            piece = rng.choice([piece for piece in case.pieces if piece["part"] == part])
            for name, level in piece["skills"]:
                levels[name] = levels.get(name, 0) + level
        config["skills"] = {
            name: {
                "weight": Number("1"),
                "max": max(1, level),
                "min": min(max(1, level), level + rng.choice([0, 0, 1])),
            }
            for name, level in levels.items()
        }

    # --- the rest ----------------------------------------------------------------------

    def selection(self, case: Case) -> None:
        """Pins, exclusions and filters: usually such that something is left."""
        rng, config = self.rng, case.config
        if self.has("pin"):
            part = rng.choice(case.pieces)["part"]
            names = [piece["name"] for piece in case.pieces if piece["part"] == part]
            config["pin"] = {part: rng.sample(names, rng.randint(1, len(names)))}
        if self.has("exclude"):
            config["exclude"] = [rng.choice(case.pieces)["name"] for _ in range(rng.choice([1, 1, 2]))]
        if self.has("filter"):
            rules = [
                ("Rarity", {"min": rng.choice([Number("1"), Number("9.50")]), "blank": True}),
                ("Rarity", {"max": 9, "not": ["3"]}),
                ("Rarity", {"max": 9, "parts": rng.sample([piece["part"] for piece in case.pieces], 1)}),
                ("Rarity", {"in": [1, 2, "10"], "blank": True}),
                ("Gender", {"not": ["male"]}),
                ("Name", {"not": [rng.choice(case.pieces)["name"]]}),
            ]
            config["filter"] = dict(rng.sample(rules, rng.choice([1, 1, 2])))

    def loose_ends(self, case: Case) -> None:
        """Missing keys, comments, and how the files are written."""
        rng, config = self.rng, case.config
        if self.has("missing keys"):
            slot_weights = [config["decorations"]] if self.mode != "filling" else []
            for members in [config, *slot_weights, *config["skills"].values()]:
                for key in [key for key in members if key in _HAS_DEFAULT[self.mode] and rng.random() < 0.15]:
                    del members[key]
        if self.has("comments"):
            config["_comment"] = {"limit": "any"}
            config["$schema"] = None
        if self.has("file styles"):
            case.style = {
                "delimiter": rng.choice([",", ";", "\t"]),
                "line_end": rng.choice(["\n", "\r\n"]),
                "byte_order_mark": rng.random() < 0.3,
                "encoding": rng.choice(["utf-8", "utf-8", "cp1252"]),
                "titles": rng.choice(["usual", "short", "ancestor", "shouted"]),
                "shuffle": rng.randint(1, 10**6) if rng.random() < 0.5 else 0,
                "blank_lines": rng.random() < 0.3,
                "blank_zeros": rng.random() < 0.5,
                "quote_all": rng.random() < 0.2,
                "unused_column": rng.random() < 0.3,
            }

    def trim_slots(self, case: Case) -> None:
        """Take slots away until no build has more than the size allows."""
        while most_slots(case) > self.size.n_slots:
            holders = [piece["slots"] for piece in case.pieces if any(piece["slots"])]
            weapon = case.config.get("weapon", {}).get("slots")
            if weapon and (not holders or self.rng.random() < 0.2):
                weapon.pop()
                continue
            most = max(map(sum, holders))
            slots = self.rng.choice([own for own in holders if sum(own) == most])
            slots[self.rng.choice([i for i, n in enumerate(slots) if n])] -= 1
