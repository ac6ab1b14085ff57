"""The score as a product of factors, which takes the place of all weights.

In: nodes of the JSON file through `JsonValues`. Out: a formula whose terms may still be
columns, counts or skills, which only the equipment tells; faults of weights beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ...errors import member_path
from ...files.findings import shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues, is_number, mend_of_number
from ...records.config import Config, zero_weights
from ...records.formula import MOST_FACTORS, Factor, Formula, Kind, Sum, Term
from .skills import MAX_LOCATED_LEVELS

__all__ = ["with_formula"]

ZERO = Decimal(0)

_SUM_KEYS = ("base", "of", "min", "max")
_PREFIXES: dict[str, Kind] = {"column": "column", "skill": "skill"}

#: A number of a formula has no more digits before the point, or behind it.
_MOST_DIGITS = 18
_EXAMPLE = '{"name": "raw", "base": 230, "of": {"Attack": 1}}'


def with_formula(values: JsonValues, config: Config, node: JsonNode) -> Config:
    """The configuration with its formula; a written weight that is not 0 is a fault."""
    for path, weight, mend in _weights(config):
        if weight and path in values.locations:
            message = f"{weight} beside a formula, which is the whole score [{shown_source(path)}]"
            values.findings.fault(*values.locations[path], message, mend)
    formula = _Reader(values).formula(node, "$.formula")
    return replace(config, formula=formula, **zero_weights(config))


def _weights(config: Config) -> Iterator[tuple[str, Decimal, str]]:
    """The JSON path of each weight, what it is, and where it belongs."""

    def term(name: str, weight: object) -> str:
        return f'remove it; it may be a term of a factor: "of": {{"{shown_source(name)}": {weight}}}'

    for name, rule in config.skills.items():
        path = member_path("$.skills", name)
        yield f"{path}.weight", rule.weight, term(name, rule.weight)
        yield f"{path}.penalty", rule.penalty, "remove it: in a formula a skill counts up to its maximum"
        scores = rule.values or ()
        worth = next(filter(None, scores), ZERO)
        yield f"{path}.values", worth, term(name, f"[{', '.join(map(str, scores[:3]))}, ...]")
    yield "$.defence", config.defence_weight, term("column:Defence", config.defence_weight)
    for name, resistance in config.resistances.items():
        path = f"$.resistances.{name.lower()}.weight"
        yield path, resistance.weight, term(f"column:{name} Res", resistance.weight)
    for name, total in config.totals.items():
        yield f"{member_path('$.totals', name)}.weight", total.weight, term(f"column:{name}", total.weight)
    for name, count in config.counts.items():
        yield f"{member_path('$.counts', name)}.weight", count.weight, term(name, count.weight)
    for level, weight in enumerate(config.slot_weights, 1):
        yield f"$.decorations.deco_{level}", weight, "remove it: a free slot is worth nothing in a formula"
    yield "$.decorations.num_decos", config.slot_count_weight, "remove it: a free slot is worth nothing in a formula"
    mend = "remove it: name each skill that counts in a factor"
    yield "$.unlisted_skill_weight", config.unlisted_skill_weight, mend


class _Reader:
    """Reads one formula."""

    def __init__(self, values: JsonValues) -> None:
        self.values = values
        self.names: set[str | None] = set()

    def formula(self, node: JsonNode, path: str) -> Formula | None:
        """The formula; None after a fault."""
        values = self.values
        n_faults = values.findings.n_faults
        members = values.known(node, path, ("name", "factors"))
        if not isinstance(node.value, dict):
            return None
        name = values.name(members["name"], f"{path}.name") if "name" in members else ""
        factors: dict[str, Factor] = {}
        if "factors" not in members:
            values.fault(node, path, "the formula has no factors", f'write "factors": [{_EXAMPLE}]')
        else:
            for number, (item, item_path) in enumerate(values.items(members["factors"], f"{path}.factors")):
                if number == MOST_FACTORS:
                    mend = "join some: numbers multiply into one base"
                    values.fault(item, item_path, f"more than {MOST_FACTORS} factors", mend)
                    break
                self._factor(item, item_path, factors)
            if members["factors"].value == []:
                values.fault(members["factors"], f"{path}.factors", "factors is an empty list", f"write [{_EXAMPLE}]")
        if values.findings.n_faults > n_faults:
            return None
        return Formula(name=name or "", factors=tuple(factors.values()))

    def _factor(self, node: JsonNode, path: str, factors: dict[str, Factor]) -> None:
        """Read one factor and add it to the others."""
        values = self.values
        n_faults = values.findings.n_faults
        members = values.known(node, path, ("name", *_SUM_KEYS, "times"))
        if not isinstance(node.value, dict):
            return
        name = values.name(members["name"], f"{path}.name") if "name" in members else None
        if "name" not in members:
            mend = 'write "name": "raw", or what it is: the builds have a column of that name'
            values.fault(node, path, "the factor has no name", mend)
        elif name is not None and name in self.names:
            mend = "name each otherwise: they are columns of the builds"
            values.fault(members["name"], f"{path}.name", f'the factor "{shown_source(name)}" is here twice', mend)
        self.names.add(name)
        if not {"base", "of", "times"} & members.keys():
            mend = 'write "base", "of" or "times": without them it is 0, and every score is'
            values.fault(node, path, "nothing says what the factor is", mend)
        if "of" in members and "times" in members:
            mend = 'put "of" into one of the two sums of times, or make two factors of it'
            values.key_fault(members["of"], f"{path}.of", "of beside times", mend)
        times = self._times(members["times"], f"{path}.times") if "times" in members else None
        fields = self._sum_fields(members, path)
        if name is not None and values.findings.n_faults == n_faults:
            factors[name] = Factor(name=name, times=times, **fields)

    def _times(self, node: JsonNode, path: str) -> tuple[Sum, Sum] | None:
        """The two sums whose product a factor is."""
        values = self.values
        n_faults = values.findings.n_faults
        sums = []
        for item, item_path in values.items(node, path):
            members = values.known(item, item_path, _SUM_KEYS)
            if isinstance(item.value, dict):
                sums.append(self._sum(members, item_path))
        if isinstance(node.value, list) and len(node.value) != 2:
            mend = "write two sums; a factor of one is base and of without times"
            values.fault(node, path, f"times holds {len(node.value)} sums, not 2", mend)
        return (sums[0], sums[1]) if values.findings.n_faults == n_faults and len(sums) == 2 else None

    def _sum(self, members: dict[str, JsonNode], path: str) -> Sum:
        """One sum; any after a fault."""
        n_faults = self.values.findings.n_faults
        fields = self._sum_fields(members, path)
        return Sum(**fields) if self.values.findings.n_faults == n_faults else Sum()

    def _sum_fields(self, members: dict[str, JsonNode], path: str) -> dict[str, Any]:
        """Base, terms and ends, as far as they are there."""
        numbers = {key: self._number(members[key], f"{path}.{key}") for key in ("base", "min", "max") if key in members}
        low, high = numbers.get("min"), numbers.get("max")
        if low is not None and high is not None and low > high:
            message = f"min {low} is above max {high}"
            self.values.fault(members["min"], f"{path}.min", message, "exchange the two, or remove one")
        terms = tuple(self._terms(members["of"], f"{path}.of")) if "of" in members else ()
        return {"base": numbers.get("base") or ZERO, "terms": terms, "minimum": low, "maximum": high}

    def _terms(self, node: JsonNode, path: str) -> Iterator[Term]:
        """The terms of a sum."""
        values = self.values
        for key, member, term_path in values.named(node, path):
            prefix, colon, title = key.partition(":")
            kind = _PREFIXES.get(prefix.strip().lower()) if colon else None
            name = key if kind is None else title.strip()
            if not name:
                values.key_fault(member, term_path, f"there is no name behind {prefix}:", f"write {prefix}:NAME")
                continue
            if kind is not None:
                values.locate(member, member_path(path, f"{kind}:{name}"))
            if isinstance(member.value, list):
                table = self._table(member, term_path)
                if table:
                    yield Term(name=name, kind=kind, table=table)
            elif is_number(member.value):
                weight = self._number(member, term_path)
                if weight is not None:
                    yield Term(name=name, kind=kind, weight=weight)
            else:
                mend = "write what one of it adds, or a list: what 0, 1, 2, ... add"
                mend = mend_of_number(member.value) if isinstance(member.value, str) else mend
                values.expected("a number, or a list of numbers", member, term_path, mend)

    def _table(self, node: JsonNode, path: str) -> tuple[Decimal, ...] | None:
        """What a total of 0, 1, 2, ... adds; None after a fault."""
        values = self.values
        if values.has_mixed_commas(node):
            n_numbers = len(node.value) if isinstance(node.value, list) else 0
            message = f"the table holds {n_numbers} numbers: a comma ends a number, a point is a decimal point"
            values.notice(node, path, message, kind="commas of tables", brief=path)
        items = list(values.items(node, path))
        if not items:
            values.fault(node, path, "the table is empty", "write what 0, 1, 2, ... add: the last holds above the end")
        read = [
            self._number(item, item_path, located=place < MAX_LOCATED_LEVELS)
            for place, (item, item_path) in enumerate(items)
        ]
        numbers = tuple(number for number in read if number is not None)
        return numbers if len(numbers) == len(items) else None

    def _number(self, node: JsonNode, path: str, *, located: bool = True) -> Decimal | None:
        """A number that has no more digits than are read."""
        value = self.values.number(node, path, located=located)
        if value is None:
            return None
        _, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)  # JSON has no other numbers
        behind = -exponent - (len(digits) - len(bytes(digits).rstrip(b"\0")))
        if value and (value.adjusted() >= _MOST_DIGITS or behind > _MOST_DIGITS):
            message = f"a number of a formula has at most {_MOST_DIGITS} digits before the point and behind it"
            self.values.fault(node, path, message, "write fewer digits")
            return None
        return value
