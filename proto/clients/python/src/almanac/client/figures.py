"""The figures of series: asked for to their end, and the same in either view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from almanac.figure.v1 import figure_pb2
from almanac.metrics.v1.claim_pb2 import (
    NATURE_CLASS_FORECAST,
    NATURE_CLASS_TARGET,
    Block,
    Claim,
    NatureClass,
    Provenance,
    Series,
)
from almanac.metrics.v1.metrics_service_pb2 import (
    GetSeriesRequest,
    SeriesData,
    StreamSeriesRequest,
)

from .decimals import shift_block
from .error import AlmanacError
from .interval import Interval
from .page import pages
from .patience import Patience
from .period import Period
from .quantity import number_of

if TYPE_CHECKING:
    from .connection import Almanac

_EPOCH = date(1970, 1, 1)
_HASH = 12


@dataclass(frozen=True)
class SeriesFigure:
    """One live figure of a series."""

    claim: str
    """Name of the claim, to cite it by."""
    # Messages have no hash; the others tell figures apart.
    series: Series = field(hash=False)
    """Its name, and what it is about: `figure.series.key.entity`."""
    period: Period
    source_series: str
    """Name of the source series: the figures of this provenance."""
    provenance: Provenance = field(hash=False)
    quantity: figure_pb2.Quantity = field(hash=False)
    """What was said, bound included."""
    interval: Interval
    """What follows for the value in the plain unit."""
    nature: figure_pb2.Nature.ValueType
    release: str
    ordinal: int = 1
    """1 for what the release said first, one more for each correction within it."""
    withdrawn: bool = False
    flags: tuple[str, ...] = ()
    role: figure_pb2.PeriodRole.ValueType = figure_pb2.PERIOD_ROLE_WHOLE
    approximate: bool = False
    message: Claim | None = field(default=None, repr=False, hash=False)
    """The whole claim with its texts; none where figures came packed."""

    @property
    def number(self) -> Decimal | None:
        """The printed number in the plain unit, its bound left aside; none for a range and
        where there is no number.
        """
        return number_of(self.quantity)


def figures(
    almanac: Almanac, request: GetSeriesRequest | StreamSeriesRequest, *, patience: float = 60.0
) -> Iterator[SeriesFigure]:
    """All figures of one series, or of many: by series, by period, then in order of preference.

    Pages are asked for one after the other, and a stream that breaks goes on after what came
    of it, for as long as `patience` says. Everything is of one snapshot, whatever is written
    meanwhile. In the packed view, which is the faster one, figures have no texts, and the
    slack of their intervals is not worked out.
    """
    if isinstance(request, GetSeriesRequest):
        for page in pages(almanac.metrics.GetSeries, request):
            yield from unpack(page.data)
    else:
        for data in stream_series(almanac, request, patience=patience):
            yield from unpack(data)


def stream_series(
    almanac: Almanac, request: StreamSeriesRequest, *, patience: float = 60.0
) -> Iterator[SeriesData]:
    """The parts of a stream of series, which goes on after its last cursor where it breaks.

    A series with many figures comes in several parts, one after the other. Raises AlmanacError
    where the server stays away for longer than `patience` seconds.
    """
    waiting, cursor = Patience(patience), request.cursor
    while True:
        asked = StreamSeriesRequest()
        asked.CopyFrom(request)
        asked.cursor = cursor
        stream = almanac.metrics.StreamSeries(asked)
        try:
            for message in stream:
                cursor = message.cursor
                yield from message.series
                waiting.renew()
            return
        except AlmanacError as error:
            if not error.is_break or not waiting.once_more(error.retry_after):
                raise
        finally:
            stream.cancel()


def unpack(data: SeriesData) -> Iterator[SeriesFigure]:
    """The figures of a part of a series, in either view."""
    for claim in data.claims:
        yield _of_claim(data.series, claim)
    if data.HasField("block"):
        figure = _unpacker(data)
        yield from map(figure, range(len(data.block.start_days)))


def claim_name(source_series: str, period: Period | str, release: str, ordinal: int = 1) -> str:
    """Name of what a release says of a period of a source series, which follows from these.

    Args:
        source_series: `series/{series}/sourceSeries/{source_series}`.
        period: The period, or its canonical code.
        release: `releases/{release}`.
        ordinal: 1 for what the release said first, one more for each correction within it.

    """
    series, between, provenance = source_series.partition("/sourceSeries/")
    kind, _, named = release.partition("/")
    if not between or kind != "releases" or not named:
        raise ValueError(f"{source_series!r} and {release!r} are no source series and release")
    content = f"{provenance}\n{named}\n{ordinal}".encode()
    digest = hashlib.sha256(content).hexdigest()[:_HASH]
    return f"{series}/claims/{str(period).replace('/', '_')}.{digest}"


def _of_claim(series: Series, claim: Claim) -> SeriesFigure:
    return SeriesFigure(
        claim=claim.name,
        series=series,
        period=Period.from_message(claim.period),
        source_series=claim.source_series,
        provenance=claim.provenance,
        quantity=claim.quantity,
        interval=Interval.from_message(claim.interval),
        nature=claim.nature,
        release=claim.release,
        ordinal=claim.ordinal,
        withdrawn=claim.withdrawn,
        flags=tuple(claim.flags),
        role=claim.period.role,
        approximate=claim.period.approximate,
        message=claim,
    )


def _unpacker(data: SeriesData) -> Callable[[int], SeriesFigure]:
    """What makes the figure of an index of a block."""
    block = data.block
    withdrawn, approximate = set(block.withdrawn), set(block.approximate)
    open_starts, open_ends = set(block.open_starts), set(block.open_ends)

    def figure(index: int) -> SeriesFigure:
        start = None if index in open_starts else block.start_days[index]
        period = _period(start, None if index in open_ends else block.lengths[index])
        source_series = data.source_series[block.source_series[index]]
        quantity = figure_pb2.Quantity() if index in withdrawn else _quantity(block, index)
        release = data.releases[block.releases[index]]
        ordinal = block.ordinals.get(index, 1)
        first = _first_nature(source_series.provenance.nature_class)
        flags = block.flags.get(index, "")
        return SeriesFigure(
            claim=claim_name(source_series.name, period, release, ordinal),
            series=data.series,
            period=period,
            source_series=source_series.name,
            provenance=source_series.provenance,
            quantity=quantity,
            interval=Interval.from_quantity(quantity),
            nature=block.natures.get(index, first),
            release=release,
            ordinal=ordinal,
            withdrawn=index in withdrawn,
            flags=tuple(flags.split(",")) if flags else (),
            role=block.roles.get(index, figure_pb2.PERIOD_ROLE_WHOLE),
            approximate=index in approximate,
        )

    return figure


def _quantity(block: Block, index: int) -> figure_pb2.Quantity:
    if index in block.other:
        return block.other[index]
    number = block.long_numbers.get(index) or shift_block(
        block.mantissas[index], block.scales[index]
    )
    return figure_pb2.Quantity(bound=figure_pb2.BOUND_EXACT, number=number)


def _period(start_day: int | None, length: int | None) -> Period:
    """The period of a block; `None` where it is open."""
    start = None if start_day is None else _EPOCH + timedelta(days=start_day)
    end = None if length is None else (start or date.min) + timedelta(days=length - 1)
    return Period(start, end)


def _first_nature(nature_class: NatureClass.ValueType) -> figure_pb2.Nature.ValueType:
    if nature_class == NATURE_CLASS_FORECAST:
        return figure_pb2.NATURE_FORECAST
    if nature_class == NATURE_CLASS_TARGET:
        return figure_pb2.NATURE_TARGET
    return figure_pb2.NATURE_ACTUAL
