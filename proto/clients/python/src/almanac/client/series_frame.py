"""A series as a data frame in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timezone
from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from almanac.metrics.v1.claim_pb2 import SeriesKey
from almanac.metrics.v1.metrics_service_pb2 import SERIES_VIEW_PACKED, GetSeriesRequest

from .figures import SeriesFigure, figures
from .frame import Library, frame_library, pandas_frame, polars_frame
from .period import Period
from .quantity import bound_of

if TYPE_CHECKING:
    from .connection import Almanac

_LAST_OF_DAY = time(23, 59, 59, 999_999, timezone.utc)


def request_of(
    indicator: str,
    entity: str,
    counterpart: str,
    breakdown: Mapping[str, str] | None,
    source: str,
    within: Period | str,
    as_of: date | str | None,
) -> GetSeriesRequest:
    """The request for a series that is named by ids."""
    key = SeriesKey(
        indicator=_name("indicators", indicator),
        entity=_name("entities", entity),
        counterpart=_name("entities", counterpart),
        breakdown=breakdown or {},
    )
    return GetSeriesRequest(
        key=key,
        within=str(within),
        source=_name("entities", source),
        as_of=None if as_of is None else _time(as_of),
        view=SERIES_VIEW_PACKED,
    )


def series_frame(
    almanac: Almanac,
    request: GetSeriesRequest,
    *,
    frame: Library | None,
    floats: bool,
    all_claims: bool,
) -> Any:
    """The figures of a series by the first day of their period."""
    # Before anything is asked for that could not be shown.
    library = frame_library(frame)
    found: Iterable[SeriesFigure] = figures(almanac, request)
    rows = [_row(figure) for figure in (found if all_claims else _preferred(found))]
    table = {column: [row[column] for row in rows] for column in COLUMNS}
    if library == "polars":
        return polars_frame(table, floats)

    made = pandas_frame(table, floats)
    # Years from 1 to 9999, which nanoseconds do not hold.
    made["start"] = made["start"].astype("datetime64[s]")
    return made.set_index("start")


COLUMNS = ("start", "period", "value", "bound", "unit", "source", "release", "claim")
"""Columns of the frame; in pandas the first one is its index."""


def _preferred(found: Iterable[SeriesFigure]) -> Iterator[SeriesFigure]:
    """The first figure of each period: they come by period, the preferred one first."""
    last: Period | None = None
    for figure in found:
        if figure.period != last:
            yield figure
        last = figure.period


def _row(figure: SeriesFigure) -> dict[str, Any]:
    return {
        "start": figure.period.start,
        "period": str(figure.period),
        "value": figure.number,
        "bound": bound_of(figure.quantity),
        "unit": figure.provenance.unit.removeprefix("units/"),
        "source": figure.provenance.source.removeprefix("entities/"),
        "release": figure.release.removeprefix("releases/"),
        "claim": figure.claim,
    }


def _name(collection: str, named: str) -> str:
    """The resource name of an id, or of what is one already."""
    return f"{collection}/{named}" if named and "/" not in named else named


def _time(as_of: date | str) -> Timestamp:
    """A time; a day counts as its end in UTC, like the day of a publication."""
    if isinstance(as_of, str):
        as_of = _read_time(as_of)
    if not isinstance(as_of, datetime):
        as_of = datetime.combine(as_of, _LAST_OF_DAY)
    if as_of.tzinfo is None:
        raise ValueError(f"as_of is {as_of}, of no time zone; give a day, or a time with its zone")
    stamp = Timestamp()
    stamp.FromDatetime(as_of)
    return stamp


def _read_time(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass  # Then it is a time.
    try:
        # Python 3.10 does not read the letter.
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(
            f"as_of is {text!r}; write a day such as 2016-12-31, or a time such as "
            "2016-12-31T12:00:00Z"
        ) from None
