"""The figures of a series, the same whether they came as claims or packed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

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
from almanac.metrics.v1.metrics_service_pb2 import SeriesData

from .decimals import shift_block
from .interval import Interval
from .period import Period
from .quantity import exact, number_of

_OPEN_START = -(2**31)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SeriesFigure:
    """One live figure of a series."""

    claim: str
    """Name of the claim, to cite it by."""
    # Messages have no hash; the others tell figures apart.
    series: Series = field(hash=False)
    period: Period
    provenance: Provenance = field(hash=False)
    quantity: figure_pb2.Quantity = field(hash=False)
    """What was said, bound included."""
    interval: Interval
    """What follows for the value in the plain unit."""
    nature: figure_pb2.Nature.ValueType
    release: str
    withdrawn: bool = False
    flags: tuple[str, ...] = ()
    role: figure_pb2.PeriodRole.ValueType = figure_pb2.PERIOD_ROLE_UNSPECIFIED
    approximate: bool = False
    message: Claim | None = field(default=None, repr=False, hash=False)
    """The whole claim with its texts; none where figures came packed."""

    @property
    def number(self) -> Decimal | None:
        """The printed number in the plain unit, its bound left aside."""
        return number_of(self.quantity)


def figures(data: SeriesData) -> Iterator[SeriesFigure]:
    """The figures of a series, in either view, by period and then in order of preference.

    Figures that came packed have no texts, and the slack of their interval is not worked out.
    """
    for claim in data.claims:
        yield _of_claim(data.series, claim)
    if data.HasField("block"):
        yield from _of_block(data, data.block)


def _of_claim(series: Series, claim: Claim) -> SeriesFigure:
    return SeriesFigure(
        claim=claim.name,
        series=series,
        period=Period.from_message(claim.period),
        provenance=claim.provenance,
        quantity=claim.quantity,
        interval=Interval.from_message(claim.interval),
        nature=claim.nature,
        release=claim.release,
        withdrawn=claim.withdrawn,
        flags=tuple(claim.flags),
        role=claim.period.role,
        approximate=claim.period.approximate,
        message=claim,
    )


def _of_block(data: SeriesData, block: Block) -> Iterator[SeriesFigure]:
    withdrawn, approximate = set(block.withdrawn), set(block.approximate)
    for index in range(len(block.start_days)):
        period = _period(block.start_days[index], block.lengths[index])
        provenance = data.provenances[block.provenance[index]]
        quantity = _quantity(block, index)
        token = str(period).replace("/", "_")
        flags = block.flags.get(index, "")
        yield SeriesFigure(
            claim=f"{data.series.name}/claims/{token}.{block.n[index]}",
            series=data.series,
            period=period,
            provenance=provenance,
            quantity=quantity,
            interval=Interval.from_quantity(quantity),
            nature=block.natures[index]
            if index in block.natures
            else _first_nature(provenance.nature_class),
            release=data.releases[block.release[index]],
            withdrawn=index in withdrawn,
            flags=tuple(flags.split(",")) if flags else (),
            role=block.roles.get(index, figure_pb2.PERIOD_ROLE_UNSPECIFIED),
            approximate=index in approximate,
        )


def _quantity(block: Block, index: int) -> figure_pb2.Quantity:
    if index in block.other:
        return block.other[index]
    if index in set(block.withdrawn):
        return figure_pb2.Quantity()
    if index in block.long_numbers:
        return exact(block.long_numbers[index])
    return exact(shift_block(block.mantissas[index], block.scales[index]))


def _period(start_day: int, length: int) -> Period:
    if start_day == _OPEN_START:
        return Period(None, date.min + timedelta(days=length - 1))
    start = _EPOCH + timedelta(days=start_day)
    return Period(start, start + timedelta(days=length - 1) if length else None)


def _first_nature(nature_class: NatureClass.ValueType) -> figure_pb2.Nature.ValueType:
    if nature_class == NATURE_CLASS_FORECAST:
        return figure_pb2.NATURE_FORECAST
    if nature_class == NATURE_CLASS_TARGET:
        return figure_pb2.NATURE_TARGET
    return figure_pb2.NATURE_ACTUAL
