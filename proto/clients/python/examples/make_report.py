"""Makes a report of a series, in which every number is cited, and saves it.

    python make_report.py HOST:PORT INDICATOR ENTITY FIRST LAST [--out report.html]

for example `python make_report.py 127.0.0.1:7430 gdp-in-dollars china 2010 2023`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from almanac.client import (
    Almanac,
    AlmanacError,
    DigestMismatchError,
    connect,
    download,
    items,
    run_report,
)
from almanac.figure.v1.figure_pb2 import CALCULATION_CHANGE
from almanac.reporting.v1.reporting_service_pb2 import (
    CreateTemplateRequest,
    ListFiguresRequest,
    RunReportMetadata,
    RunReportRequest,
)
from almanac.reporting.v1.template_pb2 import (
    PARAMETER_TYPE_ENTITY,
    PARAMETER_TYPE_PERIOD,
    Bibliography,
    Binding,
    Chart,
    ChartLine,
    Computed,
    ObservationRef,
    Parameter,
    Section,
    Template,
)


def template(almanac: Almanac, indicator: str) -> str:
    """Saves the template, unless it is there from an earlier run."""
    first, last = (
        ObservationRef(indicator=f"indicators/{indicator}", entity="${who}", period=f"${{{end}}}")
        for end in ("first", "last")
    )
    story = Section(
        id="story",
        heading="From ${first} to ${last}",
        paragraphs=["It was {before} in ${first} and {after} in ${last}: a change of {change}."],
        bindings=[
            Binding(key="before", observation=first),
            Binding(key="after", observation=last),
            Binding(
                key="change",
                computed=Computed(calculation=CALCULATION_CHANGE, a=first, b=last, decimals=1),
            ),
        ],
        chart=Chart(
            lines=[ChartLine(indicators=[f"indicators/{indicator}"], entity="${who}")],
            multiplier=12,
            description="The figure by year, in trillions, from zero.",
        ),
    )
    wanted = Template(
        title="${who} in figures",
        parameters=[
            Parameter(key="who", label="About", type=PARAMETER_TYPE_ENTITY),
            Parameter(key="first", label="From", type=PARAMETER_TYPE_PERIOD),
            Parameter(key="last", label="To", type=PARAMETER_TYPE_PERIOD),
        ],
        sections=[story, Section(id="sources", heading="Sources", bibliography=Bibliography())],
    )
    name = f"{indicator}-in-two-years"
    try:
        almanac.reporting.CreateTemplate(CreateTemplateRequest(template_id=name, template=wanted))
    except AlmanacError as error:
        if error.reason != "TEMPLATE_EXISTS":
            raise
    return f"templates/{name}"


def tell(progress: RunReportMetadata) -> None:
    """Prints how far the report is."""
    print(f"  {progress.steps_done} of {progress.steps_total}: {progress.step or 'waiting'}")


def main() -> None:
    """Makes the report that the arguments name."""
    parser = argparse.ArgumentParser(description="Makes a report of a series.")
    parser.add_argument("target", metavar="HOST:PORT")
    parser.add_argument("indicator", metavar="INDICATOR")
    parser.add_argument("entity", metavar="ENTITY")
    parser.add_argument("first", metavar="FIRST")
    parser.add_argument("last", metavar="LAST")
    parser.add_argument("--out", type=Path, default=Path("report.html"))
    chosen = parser.parse_args()
    with connect(chosen.target) as almanac:
        parameters = {
            "who": f"entities/{chosen.entity}",
            "first": chosen.first,
            "last": chosen.last,
        }
        request = RunReportRequest(
            template=template(almanac, chosen.indicator), parameters=parameters
        )
        report = run_report(almanac, request).wait(timeout=300, progress=tell).report
        artefact = download(almanac, f"{report.name}/artefacts/html", chosen.out, timeout=60)
        print(f"{chosen.out}: {artefact.size_bytes} bytes, {artefact.digest}")
        listed = ListFiguresRequest(report=report.name)
        for figure in items(almanac.reporting.ListFigures, listed, lambda page: page.figures):
            print(f"  [{figure.number}] {figure.text}  {' '.join(figure.claims)}")


if __name__ == "__main__":
    try:
        main()
    except (AlmanacError, DigestMismatchError, OSError, ValueError) as error:
        sys.exit(str(error))
