"""What a figure says about the true value: ends, open or closed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from almanac.figure.v1 import figure_pb2

from .decimals import expand, from_text


@dataclass(frozen=True)
class Interval:
    """Bounds of a value in the plain unit.

    "more than 500" has a lower end of 500 that it does not reach, and no upper end:
    `str(interval)` is `(500, ∞)`, and `500 in interval` is false. "about 5" has a point and
    no ends, since none follow from it; a figure in words has nothing.
    """

    point: Decimal | None = None
    """The printed number; none for a range and where no number was printed."""
    lower: Decimal | None = None
    upper: Decimal | None = None
    lower_open: bool = True
    """The lower end itself is excluded, or there is none."""
    upper_open: bool = True
    """The upper end itself is excluded, or there is none."""
    slack: Decimal | None = None
    """How far rounding alone can have moved the number; none when nobody worked it out."""

    @classmethod
    def from_message(cls, message: figure_pb2.Interval) -> Interval:
        """Reads the interval that the server derived."""
        lower, upper = from_text(message.lower), from_text(message.upper)
        return cls(
            point=from_text(message.point),
            lower=lower,
            upper=upper,
            lower_open=lower is None or message.lower_exclusive,
            upper_open=upper is None or message.upper_exclusive,
            slack=from_text(message.slack),
        )

    @classmethod
    def from_quantity(cls, quantity: figure_pb2.Quantity) -> Interval:
        """Derives the interval of a quantity, as the server does, but for the slack."""
        if quantity.HasField("range"):
            return cls._of_range(quantity.range, quantity.multiplier)
        printed = from_text(quantity.number)
        if printed is None:
            return cls()
        number = expand(printed, quantity.multiplier)
        bound = quantity.bound
        if bound in (figure_pb2.BOUND_UNSPECIFIED, figure_pb2.BOUND_EXACT):
            return cls(number, number, number, lower_open=False, upper_open=False)
        if bound == figure_pb2.BOUND_GREATER_THAN:
            return cls(number, lower=number)
        if bound == figure_pb2.BOUND_AT_LEAST:
            return cls(number, lower=number, lower_open=False)
        if bound in (figure_pb2.BOUND_LESS_THAN, figure_pb2.BOUND_NEARLY):
            return cls(number, upper=number)
        if bound == figure_pb2.BOUND_AT_MOST:
            return cls(number, upper=number, upper_open=False)
        return cls(number)

    @classmethod
    def _of_range(cls, said: figure_pb2.Range, multiplier: int) -> Interval:
        lower, upper = from_text(said.lower), from_text(said.upper)
        return cls(
            lower=None if lower is None else expand(lower, multiplier),
            upper=None if upper is None else expand(upper, multiplier),
            lower_open=lower is None or said.lower_exclusive,
            upper_open=upper is None or said.upper_exclusive,
        )

    @property
    def is_exact(self) -> bool:
        """The ends leave room for one number only."""
        return self.lower is not None and self.lower == self.upper

    @property
    def is_bounded(self) -> bool:
        """There is at least one end."""
        return self.lower is not None or self.upper is not None

    def __contains__(self, value: Decimal | int) -> bool:
        """Whether the ends leave room for this value; everything where there are none."""
        below = self.lower is not None and (
            value < self.lower or (self.lower_open and value == self.lower)
        )
        above = self.upper is not None and (
            value > self.upper or (self.upper_open and value == self.upper)
        )
        return not (below or above)

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.point if self.point is not None else self.lower:f}"
        if not self.is_bounded:
            return "no number" if self.point is None else f"about {self.point:f}"
        left = "(" if self.lower_open else "["
        right = ")" if self.upper_open else "]"
        lower = "-∞" if self.lower is None else f"{self.lower:f}"
        upper = "∞" if self.upper is None else f"{self.upper:f}"
        return f"{left}{lower}, {upper}{right}"
