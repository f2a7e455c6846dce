"""Figures as a table of pandas, for those who have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from almanac.figure.v1 import figure_pb2
from almanac.metrics.v1.metrics_service_pb2 import SeriesData

from .figures import SeriesFigure, figures

if TYPE_CHECKING:
    import pandas


def to_frame(series_list: Iterable[SeriesData]) -> pandas.DataFrame:
    """The figures of series, one row each, in the order they came.

    `number`, `lower`, `upper` and `slack` are exact Decimals, or None; `start` and `end` are
    dates, or None where the period is open. A figure "more than 500" has a `number` and a
    `lower` of 500 and a true `lower_open`; whoever plots `number` alone drops the bound.
    """
    import pandas

    rows = [_row(figure) for data in series_list for figure in figures(data)]
    return pandas.DataFrame(rows, columns=list(COLUMNS), dtype=object)


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


def _row(figure: SeriesFigure) -> dict[str, Any]:
    series, provenance, interval = figure.series, figure.provenance, figure.interval
    return {
        "indicator": series.indicator,
        "entity": series.entity,
        "counterpart": series.counterpart,
        "breakdown": dict(series.breakdown),
        "period": str(figure.period),
        "start": figure.period.start,
        "end": figure.period.end,
        "number": figure.number,
        "bound": figure_pb2.Bound.Name(figure.quantity.bound).removeprefix("BOUND_"),
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
