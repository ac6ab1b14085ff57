"""Decimal weights to integers, by one power of ten for all of them.

In: the weights of a configuration. Out: a `Scale` that turns each into an exact
integer. A weight that cannot be one is refused with its place. What a weight is
multiplied with is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ..errors import Fault, InputError, member_path, printable
from ..records.config import Config
from ..records.equipment import EquipmentTable

__all__ = ["MAX_SCORE", "Scale"]

#: Largest absolute scaled score. Three bits of an int64 are left, so that sums
#: and differences of scores, and a sentinel below all of them, need no checks.
MAX_SCORE = 2**60

#: Decimal places a weight may have: one more would leave no room in 64 bits.
_MAX_DIGITS = 18

#: Misfits described one by one; later ones are only counted.
_MAX_DESCRIBED = 1000


class Scale:
    """Decimal weights to integers: a weight of 1 is ``10**digits``, above the digits that the table's columns have.

    Weights with too many digits, or that by themselves exceed `MAX_SCORE`, are an `InputError` that holds them all:
    every scaled weight fits an int64.
    """

    def __init__(self, config: Config, table: EquipmentTable) -> None:
        self._config = config
        #: Digits of the columns that totals weigh.
        self._digits = {name: table.numbers(name)[1] for name, rule in config.totals.items() if rule.weight}
        self._finest = ""
        self.digits = 0
        fine = []
        for path, weight, digits in self._weights():
            if not weight:
                continue
            places = _decimal_places(weight) + digits
            if not -_MAX_DIGITS <= weight.adjusted() <= _MAX_DIGITS or places > _MAX_DIGITS:
                fine.append(path)
            elif places > self.digits:
                self.digits, self._finest = places, path
        self._refuse(fine)
        self._refuse(path for path, weight, digits in self._weights() if abs(self(weight, digits)) > MAX_SCORE)

    def _weights(self) -> Iterator[tuple[str, Decimal, int]]:
        """Every weight that counts, with its JSON path and the digits of what it is multiplied with."""
        yield from ((path, weight, 0) for path, weight in _weights(self._config))
        for name, digits in self._digits.items():
            yield f"{member_path('$.totals', name)}.weight", self._config.totals[name].weight, digits

    def _refuse(self, paths: Iterable[str]) -> None:
        """Raise an error with all these weights, if there are any."""
        later = Fault(self._config.source, "a further weight that does not fit, counted but not described")
        faults = [self.misfit(path) if i < _MAX_DESCRIBED else later for i, path in enumerate(paths)]
        if faults:
            raise InputError(faults)

    def misfit(self, path: str) -> Fault:
        """The fault of a weight that is too large or too fine."""
        mend = (
            "use fewer digits: with every weight made whole by one power of ten, "
            f"no build's score may exceed {MAX_SCORE:,}"
        )
        if self._finest and self._finest != path:
            mend += f"; most decimal places, {self.digits}, has {printable(self._finest)}"
            for name, digits in self._digits.items():
                if digits and self._finest == f"{member_path('$.totals', name)}.weight":
                    mend += f" with its column: round the numbers of {printable(name)} in the file"
        place = path
        if path not in self._config.locations:
            # Of a long table only the first weights are located.
            place = path.rpartition("[")[0] if path.endswith("]") else path
        return Fault(
            self._config.where(place), f"this weight does not fit the exact arithmetic [{printable(path)}]", mend
        )

    def __call__(self, weight: Decimal, digits_of_total: int = 0) -> int:
        """The scaled weight of one unit of a total that has so many digits, in exact integers of any size."""
        # Not by `Decimal.scaleb`, which would round to the context's precision.
        sign, digits, exponent = weight.as_tuple()
        assert isinstance(exponent, int)  # weights are finite
        whole = int("".join(map(str, digits)))
        shift = exponent + self.digits - digits_of_total
        whole = int(whole * 10**shift if shift >= 0 else whole // 10**-shift)
        return -whole if sign else whole


def _decimal_places(weight: Decimal) -> int:
    """Digits after the point that are not trailing zeros."""
    _, digits, exponent = weight.as_tuple()
    assert isinstance(exponent, int)  # weights are finite
    text = "".join(map(str, digits))
    return max(0, -exponent - (len(text) - len(text.rstrip("0")))) if weight else 0


def _weights(config: Config) -> Iterator[tuple[str, Decimal]]:
    """Every weight that counts, with its JSON path."""
    for level, weight in enumerate(config.slot_weights, 1):
        yield f"$.decorations.deco_{level}", weight
    yield "$.decorations.num_decos", config.slot_count_weight
    yield "$.defence", config.defence_weight
    yield "$.unlisted_skill_weight", config.unlisted_skill_weight
    for name, rule in config.skills.items():
        path = member_path("$.skills", name)
        if rule.values is not None:
            yield from ((f"{path}.values[{i}]", value) for i, value in enumerate(rule.values))
            continue
        yield f"{path}.weight", rule.weight
        if config.over_max == "penalty":
            yield f"{path}.penalty", rule.penalty
    for name, count in config.counts.items():
        yield f"{member_path('$.counts', name)}.weight", count.weight
    for name, resistance in config.resistances.items():
        yield f"$.resistances.{name.lower()}.weight", resistance.weight
