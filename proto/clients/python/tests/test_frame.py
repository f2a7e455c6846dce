"""Figures as data frames of pandas and of polars."""

from __future__ import annotations

import importlib
import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from conftest import Server
from corpus import describe, new_entity, new_source, row, write

import almanac as package
from almanac.client import Almanac, Period, connect, figures, frame, quantity, series, to_frame
from almanac.figure.v1.figure_pb2 import TREND_INCREASING
from almanac.metrics.v1.claim_pb2 import SeriesKey
from almanac.metrics.v1.metrics_service_pb2 import GetSeriesRequest

LIBRARIES = ("pandas", "polars")
# More digits than a float keeps.
LONG = "1234567890123456789.25"
SAID = {
    "2001": quantity.exact("45.50", multiplier=12),
    "2002": quantity.more_than(500),
    "2003": quantity.between("1.5", 2, multiplier=3),
    "2004": quantity.in_words(TREND_INCREASING),
    "2005": quantity.exact(LONG),
}
VALUES = [Decimal(45_500_000_000_000), Decimal(500), None, None, Decimal(LONG)]


@pytest.fixture
def entity(almanac: Almanac) -> str:
    """Somebody of whom two sources speak."""
    entity = new_entity(almanac)
    write(almanac, [row(entity, code, said) for code, said in SAID.items()])
    return entity


def columns(made: Any) -> dict[str, list[Any]]:
    """The columns of a frame of either library, with its index."""
    if "polars" in type(made).__module__:
        return {str(name): made[name].to_list() for name in made.columns}
    made = made.reset_index() if made.index.name else made
    return {str(name): list(made[name]) for name in made.columns}


def days_of(values: list[Any]) -> list[date | None]:
    return [None if str(day) == "NaT" else date.fromisoformat(str(day)[:10]) for day in values]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_series_is_a_frame_in_one_line(
    server: Server, entity: str, library: frame.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(library)
    monkeypatch.setenv("ALMANAC_SERVER", f"http://{server.target}")
    made = package.series("gdp", entity.removeprefix("entities/"), frame=library)
    assert type(made).__module__.startswith(library)
    read = columns(made)
    assert list(read) == [
        "start",
        "period",
        "value",
        "bound",
        "unit",
        "source",
        "release",
        "claim",
    ]
    assert days_of(read["start"]) == [date(year, 1, 1) for year in range(2001, 2006)]
    assert read["period"] == list(SAID)
    assert read["value"] == VALUES
    assert {type(value) for value in read["value"]} == {Decimal, type(None)}
    assert read["bound"] == ["EXACT", "GREATER_THAN", "RANGE", "TREND", "EXACT"]
    assert set(read["unit"] + read["source"]) == {"usd", "yearbook"}
    assert all(release.startswith("yearbook-") for release in read["release"])
    assert all(claim.startswith("series/") for claim in read["claim"])


@pytest.mark.parametrize("library", LIBRARIES)
def test_values_can_be_floats(almanac: Almanac, entity: str, library: frame.Library) -> None:
    pytest.importorskip(library)
    read = columns(almanac.series("gdp", entity, frame=library, floats=True))["value"]
    assert {type(value) for value in read} <= {float, type(None)}
    assert [value for value in read if value is not None and not math.isnan(value)] == [
        45.5e12,
        500.0,
        float(LONG),
    ]
    # A series of which nothing is known as a number has the same type.
    made = almanac.series("gdp", entity, within="2003/2004", frame=library, floats=True)
    assert str(made["value"].dtype).lower() == "float64"


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_preferred_claim_of_each_period_or_all(
    almanac: Almanac, entity: str, library: frame.Library
) -> None:
    pytest.importorskip(library)
    other = new_source(almanac)
    write(almanac, [row(entity, "2001", quantity.exact(46, multiplier=12))], source=other)
    preferred = columns(almanac.series("gdp", entity, frame=library))
    every = columns(almanac.series("gdp", entity, frame=library, all_claims=True))
    assert preferred["period"] == list(SAID)
    assert every["period"] == ["2001", *SAID]
    assert preferred["claim"] == [every["claim"][0], *every["claim"][2:]]
    named = other.removeprefix("entities/")
    only = columns(almanac.series("gdp", entity, source=named, frame=library))
    assert (only["source"], only["value"]) == ([named], [Decimal(46 * 10**12)])


@pytest.mark.parametrize("library", LIBRARIES)
def test_part_of_a_series_as_of_a_day(
    almanac: Almanac, entity: str, library: frame.Library
) -> None:
    pytest.importorskip(library)

    def periods(**asked: Any) -> list[str]:
        return columns(almanac.series("gdp", entity, frame=library, **asked))["period"]

    assert periods(within="2002/2003") == ["2002", "2003"]
    assert periods(within=Period.parse("2002")) == ["2002"]
    # The release is of 2024-10-21, which counts as known from the end of that day on.
    on_that_day = (date(2024, 10, 21), "2024-10-21", "2024-10-22T00:30:00+00:30")
    noon = datetime(2024, 10, 21, 12, tzinfo=timezone.utc)
    for as_of in (*on_that_day, "2025-01-01T00:00:00Z"):
        assert periods(as_of=as_of) == list(SAID)
    for before in (date(2024, 10, 20), noon, "2024-10-21T12:00:00Z"):
        assert periods(as_of=before) == []


@pytest.mark.parametrize("as_of", ["2024-13", "today", datetime(2024, 10, 21)])
def test_a_time_that_is_none_is_refused(as_of: str) -> None:
    pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"write a day such as|of no time zone"):
        series("gdp", "china", as_of=as_of)


def test_a_series_is_named_by_all_that_it_has() -> None:
    from almanac.client.series_frame import request_of

    asked = request_of(
        "trade", "entities/china", "germany", {"sector": "cars"}, "yearbook", "2001", None
    )
    key = SeriesKey(
        indicator="indicators/trade",
        entity="entities/china",
        counterpart="entities/germany",
        breakdown={"sector": "cars"},
    )
    assert (asked.key, asked.source, asked.within) == (key, "entities/yearbook", "2001")
    assert not asked.HasField("as_of")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_frame_of_figures_has_all_they_have(
    almanac: Almanac, entity: str, library: frame.Library
) -> None:
    pytest.importorskip(library)
    request = GetSeriesRequest(key=SeriesKey(indicator="indicators/gdp", entity=entity))
    read = columns(to_frame(figures(almanac, request), frame=library))
    assert tuple(read) == frame.COLUMNS
    assert read["number"] == VALUES
    assert read["lower"][1:3] == [Decimal(500), Decimal(1500)]
    assert read["upper"][1:3] == [None, Decimal(2000)]
    assert [bool(is_open) for is_open in read["lower_open"][:3]] == [False, True, False]
    assert read["slack"][0] == Decimal(5_000_000_000)
    assert read["start"] == [date(year, 1, 1) for year in range(2001, 2006)]
    assert set(read["nature"]) == {"ACTUAL"}
    floats = columns(to_frame(figures(almanac, request), frame=library, floats=True))
    assert floats["lower"][1:3] == [500.0, 1500.0]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_frame_without_figures_has_its_columns(library: frame.Library) -> None:
    pytest.importorskip(library)
    assert tuple(to_frame([], frame=library).columns) == frame.COLUMNS


def test_polars_says_where_its_decimals_end(almanac: Almanac) -> None:
    pytest.importorskip("polars")
    entity = new_entity(almanac)
    numbers = [quantity.exact(10**30), quantity.exact("0.000000001")]
    write(almanac, [row(entity, str(2001 + at), said) for at, said in enumerate(numbers)])
    with pytest.raises(ValueError, match="31 digits before the point and 9 after it"):
        almanac.series("gdp", entity, frame="polars")
    assert almanac.series("gdp", entity, frame="polars", floats=True)["value"][0] == 1e30


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Libraries that are not installed."""
    missing: list[str] = []
    find = importlib.util.find_spec

    def find_others(name: str) -> Any:
        return None if name in missing else find(name)

    monkeypatch.setattr(frame, "find_spec", find_others)
    return missing


def test_the_library_that_is_installed_is_taken(without: list[str]) -> None:
    assert frame.frame_library(None) == "pandas"
    without.append("pandas")
    assert frame.frame_library(None) == "polars"
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'almanac-client\[pandas\]'$"):
        frame.frame_library("pandas")
    without.append("polars")
    # Without a server too: nothing is asked of one before.
    with pytest.raises(ModuleNotFoundError, match="pandas or polars, which is not installed"):
        series("gdp", "china", server="127.0.0.1:1")
    with pytest.raises(ValueError, match="there are 'pandas' and 'polars'"):
        frame.frame_library("spark")  # type: ignore[arg-type]


def test_a_series_that_is_not_there_is_told(own: Server) -> None:
    pytest.importorskip("pandas")
    with connect(own.target) as almanac:
        describe(almanac)
    with pytest.raises(package.client.AlmanacError, match="SERIES_NOT_FOUND"):
        series("gdp", "china", server=own.target)
