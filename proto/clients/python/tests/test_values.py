"""Numbers, bounds and periods, alone and as the server reads them."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from corpus import days, new_entity, row, write
from google.protobuf.descriptor import Descriptor

from almanac.client import (
    Almanac,
    Interval,
    Period,
    claim_name,
    figures,
    ingest,
    pages,
    quantity,
    unpack,
)
from almanac.figure.v1 import batch_pb2, figure_pb2, label_pb2
from almanac.figure.v1.figure_pb2 import MISSING_REASON_NOT_STATED, TREND_INCREASING, Quantity
from almanac.metrics.v1 import claim_pb2, definition_pb2, metrics_service_pb2, release_pb2
from almanac.metrics.v1.claim_pb2 import Block, SeriesKey, SourceSeries
from almanac.metrics.v1.metrics_service_pb2 import (
    SERIES_VIEW_CLAIMS,
    SERIES_VIEW_PACKED,
    GetClaimRequest,
    GetSeriesRequest,
    SeriesData,
)
from almanac.registry.v1 import entity_pb2, registry_service_pb2, relation_pb2, vocabulary_pb2
from almanac.reporting.v1 import report_pb2, reporting_service_pb2, template_pb2
from almanac.server.v1 import server_pb2
from almanac.snapshot.v1 import snapshot_pb2

CONTRACT = (
    batch_pb2,
    figure_pb2,
    label_pb2,
    claim_pb2,
    definition_pb2,
    metrics_service_pb2,
    release_pb2,
    entity_pb2,
    registry_service_pb2,
    relation_pb2,
    vocabulary_pb2,
    report_pb2,
    reporting_service_pb2,
    template_pb2,
    server_pb2,
    snapshot_pb2,
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
    key = SeriesKey(indicator="indicators/gdp", entity=entity)
    return almanac.metrics.GetSeries(GetSeriesRequest(key=key)).data


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
        assert claim.quantity == sent
        theirs, ours = Interval.from_message(claim.interval), Interval.from_quantity(sent)
        assert (theirs.point, theirs.lower, theirs.upper) == (ours.point, ours.lower, ours.upper)
        assert (theirs.lower_open, theirs.upper_open) == (ours.lower_open, ours.upper_open)


def test_numbers_keep_every_digit(almanac: Almanac) -> None:
    read = {str(figure.period): figure for figure in unpack(stored(almanac, SAID))}
    assert read["2010"].number == Decimal(LONG)
    assert read["2001"].number == Decimal(45_500_000_000_000)
    assert str(read["2011"].number) == "-0.000001"
    assert read["2012"].number == Decimal(10**30)
    assert read["2009"].number is None
    assert read["2008"].number is None
    assert str(read["2008"].interval) == "[1500000000, 2000000000)"


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
    assert len({*unpack(data), *unpack(data)}) == len(SAID)


def test_packed_figures_are_the_same_figures(almanac: Almanac) -> None:
    data = stored(almanac, SAID | {"../1999": quantity.exact(1), "2020/..": quantity.exact(2)})
    request = GetSeriesRequest(name=data.series.name)
    plain = list(figures(almanac, request))
    request.view = SERIES_VIEW_PACKED
    packed = list(figures(almanac, request))
    assert len(plain) == len(SAID) + 2
    assert {figure.message is None for figure in packed} == {True}
    for ours, theirs in zip(packed, plain, strict=True):
        without_texts = Quantity()
        without_texts.CopyFrom(theirs.quantity)
        without_texts.as_published = ""
        assert ours == replace(
            theirs,
            message=None,
            interval=replace(theirs.interval, slack=None),
            quantity=without_texts,
        )


def test_the_figures_of_a_series_come_in_pages(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    write(almanac, days(entity, 25))
    key = SeriesKey(indicator="indicators/gdp", entity=entity)
    for view in (SERIES_VIEW_CLAIMS, SERIES_VIEW_PACKED):
        request = GetSeriesRequest(key=key, view=view, page_size=10)
        assert len(list(pages(almanac.metrics.GetSeries, request))) == 3
        read = list(figures(almanac, request))
        assert [figure.number for figure in read] == [Decimal(f"{day}.50") for day in range(25)]


def test_a_claim_is_named_by_what_it_says_of_what(almanac: Almanac) -> None:
    # As the contract says, in other words: sha256 of "9cc1e592542e0c99\nr\n1".
    name = claim_name("series/s/sourceSeries/9cc1e592542e0c99", "2016-01/2016-05", "releases/r")
    assert name == "series/s/claims/2016-01_2016-05.9946934e4817"
    entity = new_entity(almanac)
    release = write(almanac, [row(entity, "2001", quantity.exact(1))])
    # A correction within the release.
    ingest(almanac, release, "correction", [row(entity, "2001", quantity.exact(2))])
    key = SeriesKey(indicator="indicators/gdp", entity=entity)
    for view in (SERIES_VIEW_CLAIMS, SERIES_VIEW_PACKED):
        (figure,) = figures(almanac, GetSeriesRequest(key=key, view=view))
        assert (figure.number, figure.ordinal) == (Decimal(2), 2)
        first, second = (
            claim_name(figure.source_series, figure.period, release, ordinal) for ordinal in (1, 2)
        )
        assert figure.claim == second
    corrected = almanac.metrics.GetClaim(GetClaimRequest(name=first)).claim
    assert quantity.number_of(corrected.quantity) == 1


@pytest.mark.parametrize(
    ("source_series", "release"),
    [("series/s", "releases/r"), ("series/s/sourceSeries/x", "r"), ("", "releases/")],
)
def test_what_has_no_claims_names_none(source_series: str, release: str) -> None:
    with pytest.raises(ValueError, match="are no source series and release"):
        claim_name(source_series, "2001", release)


def block_of(*starts: int | None) -> SeriesData:
    """A block of figures that no server would pack like this."""
    block = Block(mantissas=[1] * len(starts), scales=[0] * len(starts))
    for index, start in enumerate(starts):
        block.start_days.append(start or 0)
        block.lengths.append(date(1999, 12, 31).toordinal() if start is None else 0)
        (block.open_starts if start is None else block.open_ends).append(index)
        block.source_series.append(0)
        block.releases.append(0)
    source_series = SourceSeries(name="series/s/sourceSeries/x")
    return SeriesData(block=block, source_series=[source_series], releases=["releases/r"])


def test_open_ends_of_a_block_are_told_by_their_lists() -> None:
    # The first day of 1970 is day 0, as an open start is.
    assert [str(figure.period) for figure in unpack(block_of(None, 0))] == ["../1999", "1970/.."]


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
    key = SeriesKey(indicator="indicators/gdp", entity=entity)
    data = almanac.metrics.GetSeries(GetSeriesRequest(key=key)).data
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


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (Quantity(number="1"), "EXACT"),
        (quantity.more_than(1), "GREATER_THAN"),
        (quantity.between(1, 2), "RANGE"),
        (quantity.in_words(TREND_INCREASING), "TREND"),
        (quantity.missing(MISSING_REASON_NOT_STATED), "MISSING"),
        (Quantity(as_published="rose"), "WORDS"),
    ],
)
def test_a_bound_in_one_word(said: Quantity, word: str) -> None:
    assert quantity.bound_of(said) == word


def test_no_field_of_the_contract_is_a_word_of_python() -> None:
    names = {
        field.name
        for module in CONTRACT
        for message in messages(module.DESCRIPTOR.message_types_by_name.values())
        for field in message.fields
    }
    assert len(names) > 200
    assert not [name for name in names if keyword.iskeyword(name)]


def messages(of: Iterable[Descriptor]) -> Iterator[Descriptor]:
    for message in of:
        yield message
        yield from messages(message.nested_types)
