"""Draws a series: of one indicator, for some entities, with bounds as open-ended marks.

    python plot_series.py HOST:PORT INDICATOR ENTITY [ENTITY ...] [--out series.svg]

Without matplotlib it prints the series instead.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path
from typing import Any

from almanac.client import Almanac, LineFigure, connect, figures
from almanac.metrics.v1.claim_pb2 import Line
from almanac.metrics.v1.metrics_service_pb2 import GetLineRequest


def series(almanac: Almanac, indicator: str, entity: str) -> list[LineFigure]:
    """The figures of a line that have a number and an end, the preferred ones of each period."""
    line = Line(indicator=f"indicators/{indicator}", entity=f"entities/{entity}")
    data = almanac.metrics.GetLine(GetLineRequest(line=line)).data
    preferred: dict[str, LineFigure] = {}
    for figure in figures(data):
        if figure.number is not None and figure.period.end is not None:
            preferred.setdefault(str(figure.period), figure)
    return list(preferred.values())


def draw(indicator: str, found: dict[str, list[LineFigure]], out: Path) -> None:
    """Draws each series as a line, and a figure that is only a bound as an arrow."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    # The same figures make the same file.
    mpl.rcParams["svg.hashsalt"] = "almanac"
    chart, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    every = [figure for those in found.values() for figure in those]
    power, word = scale(max(abs(figure.number or Decimal(0)) for figure in every))
    for number, (entity, those) in enumerate(found.items()):
        # Only here, for the eye, numbers become floats.
        years = [_year(figure) for figure in those]
        values = [float((figure.number or 0) / 10**power) for figure in those]
        axes.plot(years, values, marker="o", markersize=3, color=f"C{number}", label=entity)
        for year, value, figure in zip(years, values, those, strict=True):
            _mark_bound(axes, year, value, figure)
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


def _mark_bound(axes: Any, year: float, value: float, figure: LineFigure) -> None:
    if figure.interval.is_bounded and not figure.interval.is_exact:
        sign = "^" if figure.interval.upper is None else "v"
        axes.plot([year], [value], marker=sign, markersize=9, color="black", fillstyle="none")


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
    for entity, those in found.items():
        last = those[-1]
        print(f"{entity}: {len(those)} figures, {last.period} {last.interval} ({last.claim})")
    try:
        draw(chosen.indicator, found, chosen.out)
    except ModuleNotFoundError:
        for entity, those in found.items():
            for figure in those:
                print(f"{entity} {figure.period}: {figure.interval}")
    else:
        print(f"drawn in {chosen.out}")


if __name__ == "__main__":
    main()
