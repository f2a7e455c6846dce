"""Draws a series: of one indicator, for some entities, with bounds as open-ended marks.

    python plot_series.py HOST:PORT INDICATOR ENTITY [ENTITY ...] [--out series.svg]

Where more than one claim stands for a period, the line goes through the preferred one and
the others are hollow marks. Without matplotlib it prints the series instead.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from almanac.client import Almanac, AlmanacError, SeriesFigure, connect, figures
from almanac.metrics.v1.claim_pb2 import SeriesKey
from almanac.metrics.v1.metrics_service_pb2 import GetSeriesRequest


@dataclass
class Observation:
    """What is said for one period."""

    figure: SeriesFigure
    """The preferred figure."""
    others: list[SeriesFigure] = field(default_factory=list)

    def __str__(self) -> str:
        count = len(self.others)
        beside = f" and {count} other{'s' if count > 1 else ''}" if count else ""
        return f"{self.figure.period} {self.figure.interval}{beside} ({self.figure.claim})"


def series(almanac: Almanac, indicator: str, entity: str) -> list[Observation]:
    """The figures of a series that have a number and an end, by period."""
    about = SeriesKey(indicator=f"indicators/{indicator}", entity=f"entities/{entity}")
    observations: dict[str, Observation] = {}
    for figure in figures(almanac, GetSeriesRequest(key=about)):
        if figure.number is None or figure.period.end is None:
            continue
        # The preferred figure of a period comes first.
        observation = observations.setdefault(str(figure.period), Observation(figure))
        if observation.figure is not figure:
            observation.others.append(figure)
    if not observations:
        raise ValueError(f"{indicator} of {entity} has no figure that could be drawn")
    return list(observations.values())


def draw(indicator: str, found: dict[str, list[Observation]], out: Path) -> None:
    """Draws each series as a line, and a figure that is only a bound as an arrow."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures make the same file.
    mpl.rcParams["svg.hashsalt"] = "almanac"
    chart, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    every = [observation.figure for observations in found.values() for observation in observations]
    power, word = scale(max(abs(figure.number or Decimal(0)) for figure in every))
    for number, (entity, observations) in enumerate(found.items()):
        colour = f"C{number}"
        points = [_point(observation.figure, power) for observation in observations]
        years, values = zip(*points, strict=True)
        axes.plot(years, values, marker="o", markersize=3, color=colour, label=entity)
        for observation in observations:
            _mark_bound(axes, observation.figure, power)
            _mark_others(axes, observation, power, colour)
    units = {figure.provenance.unit.removeprefix("units/") for figure in every}
    axes.set(title=indicator, ylabel=f"{word} {', '.join(sorted(units))}".strip(), ylim=(0, None))
    axes.legend(frameon=False)
    chart.savefig(out, metadata={"Date": None} if out.suffix == ".svg" else None)


def scale(greatest: Decimal) -> tuple[int, str]:
    """The power of ten, and its word, that the axis is divided by."""
    for power, word in ((12, "trillion"), (9, "billion"), (6, "million")):
        if greatest >= 10**power:
            return power, word
    return 0, ""


def _mark_bound(axes: Any, figure: SeriesFigure, power: int) -> None:
    if figure.interval.is_bounded and not figure.interval.is_exact:
        year, value = _point(figure, power)
        sign = "^" if figure.interval.upper is None else "v"
        axes.plot([year], [value], marker=sign, markersize=9, color="black", fillstyle="none")


def _mark_others(axes: Any, observation: Observation, power: int, colour: str) -> None:
    for other in observation.others:
        # A number in another unit has no place on this axis.
        if other.provenance.unit == observation.figure.provenance.unit:
            year, value = _point(other, power)
            axes.plot([year], [value], marker="o", markersize=6, color=colour, fillstyle="none")


def _point(figure: SeriesFigure, power: int) -> tuple[float, float]:
    # Only here, for the eye, numbers become floats.
    return _year(figure), float((figure.number or 0) / 10**power)


def _year(figure: SeriesFigure) -> float:
    """Where the middle of the period stands on an axis of years; a year stands at its number."""
    first, last = figure.period.start or figure.period.end, figure.period.end
    if first is None or last is None:
        raise ValueError(f"{figure.claim} has an open end")
    middle = first + (last - first) / 2
    return middle.year + (middle.timetuple().tm_yday - 183) / 366


def main() -> None:
    """Draws or prints the series that the arguments name."""
    parser = argparse.ArgumentParser(description="Draws a series.")
    parser.add_argument("target", metavar="HOST:PORT")
    parser.add_argument("indicator", metavar="INDICATOR")
    parser.add_argument("entities", metavar="ENTITY", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("series.svg"))
    chosen = parser.parse_args()
    with connect(chosen.target) as almanac:
        found = {entity: series(almanac, chosen.indicator, entity) for entity in chosen.entities}
    for entity, observations in found.items():
        print(f"{entity}: {len(observations)} figures, {observations[-1]}")
    try:
        draw(chosen.indicator, found, chosen.out)
    except ModuleNotFoundError:
        for entity, observations in found.items():
            for observation in observations:
                print(f"{entity} {observation}")
    else:
        print(f"drawn in {chosen.out}")


if __name__ == "__main__":
    try:
        main()
    except (AlmanacError, OSError, ValueError) as error:
        sys.exit(str(error))
