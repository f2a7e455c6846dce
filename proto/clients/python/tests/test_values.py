"""Numbers, bounds and periods, alone and as the server reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from corpus import new_entity, row, write

from almanac.client import Almanac, Interval, Period, figures, quantity, to_frame
from almanac.figure.v1.figure_pb2 import TREND_INCREASING, Quantity
from almanac.metrics.v1.claim_pb2 import Series
from almanac.metrics.v1.metrics_service_pb2 import (
    SERIES_VIEW_PACKED,
    GetSeriesRequest,
    SeriesData,
)

# Thirty-eight digits: more than any float or the default context of decimal keeps.
LONG = "12345678901234567890123456789.123456789"
SAID = {
    "2001": quantity.exact("45.50", multiplier=12),
    "2002": quantity.more_than(500),
    "2003": quantity.at_least("7"),
    "2004": quantity.less_than("10.0"),
    "2005": quantity.at_most(3, multiplier=6),
    "2006": quantity.about("120", multiplier=6),
    "2007": quantity.nearly(20000),
    "2008": quantity.between("1.5", 2, upper_open=True, multiplier=9),
    "2009": quantity.in_words(TREND_INCREASING, as_published="rose year by year"),
    "2010": quantity.exact(LONG),
    "2011": quantity.exact("-0.000001"),
    "2012": quantity.exact("1", multiplier=30),
}


def stored(almanac: Almanac, said: dict[str, Quantity]) -> SeriesData:
    entity = new_entity(almanac)
    write(almanac, [row(entity, code, quantity) for code, quantity in said.items()])
    series = Series(indicator="indicators/gdp", entity=entity)
    return almanac.metrics.GetSeries(GetSeriesRequest(series=series)).data


def test_a_bound_stays_a_bound() -> None:
    more = Interval.from_quantity(quantity.more_than(500))
    assert str(more) == "(500, ∞)"
    assert (more.lower, more.upper, more.lower_open) == (Decimal(500), None, True)
    assert Decimal(500) not in more
    assert Decimal("500.01") in more
    least = Interval.from_quantity(quantity.at_least(500))
    assert Decimal(500) in least
    half_open = Interval.from_quantity(quantity.between(1, 2, upper_open=True))
    assert (str(half_open), 1 in half_open, 2 in half_open) == ("[1, 2)", True, False)
    about = Interval.from_quantity(quantity.about(5))
    assert (str(about), about.is_bounded) == ("about 5", False)


def test_what_is_derived_here_is_what_the_server_derives(almanac: Almanac) -> None:
    data = stored(almanac, SAID)
    assert len(data.claims) == len(SAID)
    for claim in data.claims:
        sent = SAID[claim.period.code]
        assert claim.quantity.number == sent.number
        assert claim.quantity.as_published == sent.as_published
        theirs, ours = Interval.from_message(claim.interval), Interval.from_quantity(sent)
        assert (theirs.point, theirs.lower, theirs.upper) == (ours.point, ours.lower, ours.upper)
        assert (theirs.lower_open, theirs.upper_open) == (ours.lower_open, ours.upper_open)


def test_numbers_keep_every_digit(almanac: Almanac) -> None:
    read = {str(figure.period): figure for figure in figures(stored(almanac, SAID))}
    assert read["2010"].number == Decimal(LONG)
    assert read["2001"].number == Decimal(45_500_000_000_000)
    assert str(read["2011"].number) == "-0.000001"
    assert read["2012"].number == Decimal(10**30)
    assert read["2009"].number is None


@pytest.mark.parametrize(
    "number",
    [
        0.1,
        True,
        "NaN",
        "Infinity",
        "twelve",
        "1_000",
        "１２",
        "1" * 39,
        "-0.12345678901234567890123456789012345678012",
        "1E+300",
        "1E-300",
        "1E+999999999",
        10**39 + 1,
    ],
)
def test_what_is_no_exact_number_is_refused(number: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        quantity.exact(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("9" * 38, "9" * 38),
        ("-0." + "0" * 20 + "1" * 38, "-0." + "0" * 20 + "1" * 38),
        ("000012.50", "12.50"),
        (10**45, "1" + "0" * 45),
        (Decimal("1.5E+3"), "1500"),
        ("0.00", "0.00"),
    ],
)
def test_what_the_contract_can_hold_is_written(number: quantity.Number, text: str) -> None:
    assert quantity.exact(number).number == text


def test_a_figure_can_be_a_key(almanac: Almanac) -> None:
    data = stored(almanac, SAID)
    assert len({*figures(data), *figures(data)}) == len(SAID)


def test_packed_figures_are_the_same_figures(almanac: Almanac) -> None:
    data = stored(almanac, SAID | {"../1999": quantity.exact(1), "2020/..": quantity.exact(2)})
    packed = almanac.metrics.GetSeries(
        GetSeriesRequest(series=data.series, view=SERIES_VIEW_PACKED)
    ).data
    assert not packed.claims
    plain = list(figures(data))
    assert len(plain) == len(SAID) + 2
    for ours, theirs in zip(plain, figures(packed), strict=True):
        assert (ours.claim, ours.period, ours.number) == (
            theirs.claim,
            theirs.period,
            theirs.number,
        )
        assert (ours.nature, ours.release) == (theirs.nature, theirs.release)
        assert ours.provenance == theirs.provenance
        assert str(ours.interval) == str(theirs.interval)


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


CODES = [
    ("2018", "2018-01-01", "2018-12-31"),
    ("2018-H2", "2018-07-01", "2018-12-31"),
    ("2018-Q3", "2018-07-01", "2018-09-30"),
    ("2018-02", "2018-02-01", "2018-02-28"),
    ("2020-W53", "2020-12-28", "2021-01-03"),
    # The first week of a year may begin in the year before.
    ("2019-W01", "2018-12-31", "2019-01-06"),
    ("2018-06-12", "2018-06-12", "2018-06-12"),
    ("195X", "1950-01-01", "1959-12-31"),
    ("2016-01/2016-05", "2016-01-01", "2016-05-31"),
    ("2003/2018", "2003-01-01", "2018-12-31"),
    ("2018-04-01/2019-03-31", "2018-04-01", "2019-03-31"),
    ("2019/..", "2019-01-01", ""),
    ("../2017-06-15", "", "2017-06-15"),
    ("2018-01/2018-12", "2018-01-01", "2018-12-31"),
    ("2018-Q1/2018-Q2", "2018-01-01", "2018-06-30"),
    ("2018-02/2018-04", "2018-02-01", "2018-04-30"),
    ("2018-06-04/2018-06-10", "2018-06-04", "2018-06-10"),
    ("1960/1969", "1960-01-01", "1969-12-31"),
    ("1961/1970", "1961-01-01", "1970-12-31"),
    ("0001", "0001-01-01", "0001-12-31"),
    ("9999-12-31", "9999-12-31", "9999-12-31"),
]


def test_periods_are_read_and_written_as_the_server_does(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    spans: dict[str, Period] = {}
    spellings: dict[Period, str] = {}
    for code, start, end in CODES:
        period = Period.parse(code)
        assert (_text(period.start), _text(period.end)) == (start, end)
        spans[str(period)] = period
        spellings[period] = code
    # The server is sent the spelling of the table, and answers with the canonical one.
    rows = [row(entity, str(period), quantity.exact(1)) for period in spellings]
    for one, spelling in zip(rows, spellings.values(), strict=True):
        one.claim.period.code = spelling
    write(almanac, rows)
    series = Series(indicator="indicators/gdp", entity=entity)
    data = almanac.metrics.GetSeries(GetSeriesRequest(series=series)).data
    answered = [claim.period for claim in data.claims]
    assert {theirs.code for theirs in answered} == set(spans)
    for theirs in answered:
        ours = spans[theirs.code]
        assert (theirs.start_date, theirs.end_date) == (_text(ours.start), _text(ours.end))
    in_order = [str(period) for period in sorted(spans.values())]
    assert [theirs.code for theirs in answered] == in_order


@pytest.mark.parametrize(
    "code",
    [
        "2018-13",
        "18",
        "2018-Q5",
        "2018-H3",
        "2019-W53",
        "2018-02-30",
        "000X",
        "0000",
        "../..",
        "2019/2018",
        "2018/",
        "",
        "２０１８",
        "9999-W53",
        "2018-6",
        "2018-06-12-01",
    ],
)
def test_what_is_no_period_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(code)


@pytest.mark.parametrize("code", [2018, None, date(2018, 1, 1)])
def test_a_period_is_read_from_text_alone(code: str) -> None:
    with pytest.raises(TypeError, match="a period is read from a text"):
        Period.parse(code)


def test_a_frame_keeps_exact_numbers_and_bounds(almanac: Almanac) -> None:
    pytest.importorskip("pandas")
    frame = to_frame([stored(almanac, SAID)]).set_index("period")
    assert frame.loc["2010", "number"] == Decimal(LONG)
    assert isinstance(frame.loc["2001", "number"], Decimal)
    assert frame.loc["2002", "lower"] == Decimal(500)
    assert frame.loc["2002", "upper"] is None
    assert bool(frame.loc["2002", "lower_open"]) is True
    assert frame.loc["2009", "number"] is None
    assert frame.loc["2001", "slack"] == Decimal(5_000_000_000)
    assert frame.loc["2001", "bound"] == "EXACT"
