"""Figures as a table of pandas or polars, for those who have one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, overload

from almanac.figure.v1 import figure_pb2

from .figures import SeriesFigure
from .quantity import bound_of

if TYPE_CHECKING:
    import pandas
    import polars

Library: TypeAlias = Literal["pandas", "polars"]
Table: TypeAlias = Mapping[str, Sequence[Any]]

# Digits of a decimal of polars.
_DIGITS = 38


@overload
def to_frame(
    figures: Iterable[SeriesFigure], *, frame: Literal["pandas"], floats: bool = False
) -> pandas.DataFrame: ...
@overload
def to_frame(
    figures: Iterable[SeriesFigure], *, frame: Literal["polars"], floats: bool = False
) -> polars.DataFrame: ...
@overload
def to_frame(
    figures: Iterable[SeriesFigure], *, frame: None = None, floats: bool = False
) -> Any: ...
def to_frame(
    figures: Iterable[SeriesFigure], *, frame: Library | None = None, floats: bool = False
) -> Any:
    """Figures as a data frame, one row each, in the order they came.

    `number`, `lower`, `upper` and `slack` are exact decimals, or nothing; `start` and `end` are
    dates, or nothing where the period is open. A figure "more than 500" has a `number` and a
    `lower` of 500 and a true `lower_open`; whoever plots `number` alone drops the bound.

    Args:
        figures: As `figures` yields them.
        frame: "pandas" or "polars"; none for the one that is installed, pandas where both are.
        floats: Numbers become floats, of 16 digits.

    """
    library = frame_library(frame)
    rows = [_row(figure) for figure in figures]
    table = {column: [row[column] for row in rows] for column in COLUMNS}
    if library == "polars":
        return polars_frame(table, floats)
    return pandas_frame(table, floats)


COLUMNS = (
    "indicator",
    "entity",
    "counterpart",
    "breakdown",
    "period",
    "start",
    "end",
    "number",
    "bound",
    "lower",
    "lower_open",
    "upper",
    "upper_open",
    "slack",
    "unit",
    "nature",
    "as_published",
    "source",
    "originator",
    "release",
    "flags",
    "withdrawn",
    "claim",
)
"""Columns of `to_frame`."""

NUMBERS = ("number", "value", "lower", "upper", "slack")
"""Columns that are numbers."""

DATES = ("start", "end")
"""Columns that are days."""


def frame_library(asked: Library | None) -> Library:
    """The library to make frames with; ModuleNotFoundError where it is not there."""
    if asked not in (None, "pandas", "polars"):
        raise ValueError(f"frame is {asked!r}; there are 'pandas' and 'polars'")
    wanted: tuple[Library, ...] = ("pandas", "polars") if asked is None else (asked,)
    for library in wanted:
        if find_spec(library) is not None:
            return library
    names = " or ".join(wanted)
    extras = " or ".join(f"pip install 'almanac-client[{library}]'" for library in wanted)
    raise ModuleNotFoundError(f"a data frame needs {names}, which is not installed: {extras}")


def pandas_frame(table: Table, floats: bool) -> pandas.DataFrame:
    """A frame of pandas, in which numbers are decimals of Python."""
    import pandas

    made = pandas.DataFrame(table, columns=list(table), dtype=object)
    if floats:
        made = made.astype({name: float for name in NUMBERS if name in table})
    return made


def polars_frame(table: Table, floats: bool) -> polars.DataFrame:
    """A frame of polars, in which a column of numbers has one number of digits after the point.

    ValueError where that takes more digits than its decimals have.
    """
    import polars

    def column(name: str, values: Sequence[Any]) -> polars.Series:
        if name in DATES:
            return polars.Series(name, values, dtype=polars.Date)
        if name not in NUMBERS:
            # Without a row there is nothing to tell the type by.
            return polars.Series(name, values, dtype=None if values else polars.String)
        if floats:
            numbers = [None if value is None else float(value) for value in values]
            return polars.Series(name, numbers, dtype=polars.Float64)
        return polars.Series(name, values, dtype=polars.Decimal(_DIGITS, _scale(name, values)))

    return polars.DataFrame([column(name, values) for name, values in table.items()])


def _scale(name: str, values: Sequence[Decimal | None]) -> int:
    """How many digits after the point hold all numbers."""
    whole = scale = 0
    for value in values:
        if value is not None:
            scale = max(scale, -cast("int", value.as_tuple().exponent))
            whole = max(whole, value.adjusted() + 1)
    if whole + scale > _DIGITS:
        raise ValueError(
            f"column {name} takes {whole} digits before the point and {scale} after it, and "
            f"decimals of polars have {_DIGITS}: ask for floats=True or frame='pandas'"
        )
    return scale


def _row(figure: SeriesFigure) -> dict[str, Any]:
    key, provenance, interval = figure.series.key, figure.provenance, figure.interval
    return {
        "indicator": key.indicator,
        "entity": key.entity,
        "counterpart": key.counterpart,
        "breakdown": ";".join(f"{part}={code}" for part, code in sorted(key.breakdown.items())),
        "period": str(figure.period),
        "start": figure.period.start,
        "end": figure.period.end,
        "number": figure.number,
        "bound": bound_of(figure.quantity),
        "lower": interval.lower,
        "lower_open": interval.lower_open,
        "upper": interval.upper,
        "upper_open": interval.upper_open,
        "slack": interval.slack,
        "unit": provenance.unit,
        "nature": figure_pb2.Nature.Name(figure.nature).removeprefix("NATURE_"),
        "as_published": figure.quantity.as_published,
        "source": provenance.source,
        "originator": provenance.originator,
        "release": figure.release,
        "flags": ",".join(figure.flags),
        "withdrawn": figure.withdrawn,
        "claim": figure.claim,
    }
