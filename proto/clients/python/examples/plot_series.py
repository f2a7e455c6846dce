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

from almanac.client import Almanac, AlmanacError, LineFigure, connect, figures
from almanac.metrics.v1.claim_pb2 import Line
from almanac.metrics.v1.metrics_service_pb2 import GetLineRequest


@dataclass
class Cell:
    """What is said for one period."""

    figure: LineFigure
    """The preferred figure."""
    others: list[LineFigure] = field(default_factory=list)

    def __str__(self) -> str:
        count = len(self.others)
        beside = f" and {count} other{'s' if count > 1 else ''}" if count else ""
        return f"{self.figure.period} {self.figure.interval}{beside} ({self.figure.claim})"


def series(almanac: Almanac, indicator: str, entity: str) -> list[Cell]:
    """The figures of a line that have a number and an end, by period."""
    line = Line(indicator=f"indicators/{indicator}", entity=f"entities/{entity}")
    data = almanac.metrics.GetLine(GetLineRequest(line=line)).data
    cells: dict[str, Cell] = {}
    for figure in figures(data):
        if figure.number is None or figure.period.end is None:
            continue
        # The preferred figure of a period comes first.
        cell = cells.setdefault(str(figure.period), Cell(figure))
        if cell.figure is not figure:
            cell.others.append(figure)
    if not cells:
        raise ValueError(f"{indicator} of {entity} has no figure that could be drawn")
    return list(cells.values())


def draw(indicator: str, found: dict[str, list[Cell]], out: Path) -> None:
    """Draws each series as a line, and a figure that is only a bound as an arrow."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures make the same file.
    mpl.rcParams["svg.hashsalt"] = "almanac"
    chart, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    every = [cell.figure for cells in found.values() for cell in cells]
    power, word = scale(max(abs(figure.number or Decimal(0)) for figure in every))
    for number, (entity, cells) in enumerate(found.items()):
        colour = f"C{number}"
        points = [_point(cell.figure, power) for cell in cells]
        years, values = zip(*points, strict=True)
        axes.plot(years, values, marker="o", markersize=3, color=colour, label=entity)
        for cell in cells:
            _mark_bound(axes, cell.figure, power)
            _mark_others(axes, cell, power, colour)
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


def _mark_bound(axes: Any, figure: LineFigure, power: int) -> None:
    if figure.interval.is_bounded and not figure.interval.is_exact:
        year, value = _point(figure, power)
        sign = "^" if figure.interval.upper is None else "v"
        axes.plot([year], [value], marker=sign, markersize=9, color="black", fillstyle="none")


def _mark_others(axes: Any, cell: Cell, power: int, colour: str) -> None:
    for other in cell.others:
        # A number in another unit has no place on this axis.
        if other.provenance.unit == cell.figure.provenance.unit:
            year, value = _point(other, power)
            axes.plot([year], [value], marker="o", markersize=6, color=colour, fillstyle="none")


def _point(figure: LineFigure, power: int) -> tuple[float, float]:
    # Only here, for the eye, numbers become floats.
    return _year(figure), float((figure.number or 0) / 10**power)


def _year(figure: LineFigure) -> float:
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
    for entity, cells in found.items():
        print(f"{entity}: {len(cells)} figures, {cells[-1]}")
    try:
        draw(chosen.indicator, found, chosen.out)
    except ModuleNotFoundError:
        for entity, cells in found.items():
            for cell in cells:
                print(f"{entity} {cell}")
    else:
        print(f"drawn in {chosen.out}")


if __name__ == "__main__":
    try:
        main()
    except (AlmanacError, OSError, ValueError) as error:
        sys.exit(str(error))
