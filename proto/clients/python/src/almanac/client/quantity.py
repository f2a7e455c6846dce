"""Quantities to write: each function is a way in which a source can say how much.

Numbers are Decimals, ints or texts, never floats. `multiplier` is the power of ten of the
scale word, so "45.5 trillion" is `exact("45.5", multiplier=12)`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from almanac.figure.v1 import figure_pb2
from almanac.figure.v1.figure_pb2 import Quantity

from .decimals import expand, from_text, to_text

Number: TypeAlias = Decimal | int | str


def exact(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """The number itself."""
    return _bounded(figure_pb2.BOUND_EXACT, number, multiplier, as_published)


def about(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "about", "some": no interval follows from it."""
    return _bounded(figure_pb2.BOUND_ABOUT, number, multiplier, as_published)


def nearly(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "nearly", "almost": close to the number and below it."""
    return _bounded(figure_pb2.BOUND_NEARLY, number, multiplier, as_published)


def more_than(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "more than", "over": strictly above the number."""
    return _bounded(figure_pb2.BOUND_GREATER_THAN, number, multiplier, as_published)


def at_least(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "at least": the number or above."""
    return _bounded(figure_pb2.BOUND_AT_LEAST, number, multiplier, as_published)


def less_than(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "less than", "under": strictly below the number."""
    return _bounded(figure_pb2.BOUND_LESS_THAN, number, multiplier, as_published)


def at_most(number: Number, *, multiplier: int = 0, as_published: str = "") -> Quantity:
    """Says "at most", "up to": the number or below."""
    return _bounded(figure_pb2.BOUND_AT_MOST, number, multiplier, as_published)


def between(
    lower: Number,
    upper: Number,
    *,
    lower_open: bool = False,
    upper_open: bool = False,
    multiplier: int = 0,
    as_published: str = "",
) -> Quantity:
    """Between two numbers, which belong to it unless said to be open."""
    span = figure_pb2.Range(
        lower=to_text(lower),
        upper=to_text(upper),
        lower_exclusive=lower_open,
        upper_exclusive=upper_open,
    )
    return Quantity(range=span, multiplier=multiplier, as_published=as_published)


def in_words(trend: figure_pb2.Trend.ValueType, *, as_published: str = "") -> Quantity:
    """A figure in words without a number, such as `TREND_INCREASING`."""
    return Quantity(trend=trend, as_published=as_published)


def missing(reason: figure_pb2.MissingReason.ValueType) -> Quantity:
    """No number, and why."""
    return Quantity(missing=reason)


def number_of(quantity: Quantity) -> Decimal | None:
    """The printed number in the plain unit, its bound left aside; none for a range."""
    printed = from_text(quantity.number)
    return None if printed is None else expand(printed, quantity.multiplier)


def bound_of(quantity: Quantity) -> str:
    """In one word how a figure relates to the true value: a bound of the contract (`EXACT`,
    `GREATER_THAN` …), `RANGE`, `TREND` or `MISSING`; `WORDS` where the source has only text.
    """
    kind = quantity.WhichOneof("value")
    if kind != "number":
        return kind.upper() if kind else "WORDS"
    bound = quantity.bound or figure_pb2.BOUND_EXACT
    return figure_pb2.Bound.Name(bound).removeprefix("BOUND_")


def _bounded(
    bound: figure_pb2.Bound.ValueType, number: Number, multiplier: int, as_published: str
) -> Quantity:
    return Quantity(
        bound=bound, number=to_text(number), multiplier=multiplier, as_published=as_published
    )
