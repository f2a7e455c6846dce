"""Imports a small table: GDP of two countries, one figure for each year.

    python import_csv.py HOST:PORT [gdp.csv]

Says first what the figures are about (who is who, what is measured, who published it), then
streams the figures. Run it again and it writes nothing. A line that cannot be read is told to
the server as such: skipped, it would be a figure that the table does not have.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path

from almanac.client import (
    Almanac,
    AlmanacError,
    IngestOptions,
    Period,
    Row,
    Unread,
    connect,
    ingest,
    quantity,
)
from almanac.figure.v1.batch_pb2 import ON_ERROR_SKIP_ROWS
from almanac.figure.v1.label_pb2 import Label
from almanac.metrics.v1.claim_pb2 import ClaimInput, Provenance, SeriesKey
from almanac.metrics.v1.definition_pb2 import MEASURE_VALUE_ADDED, Indicator, Unit
from almanac.metrics.v1.metrics_service_pb2 import ApplyDefinitionsRequest, CreateReleaseRequest
from almanac.metrics.v1.release_pb2 import Release
from almanac.registry.v1.entity_pb2 import NAME_TYPE_DISPLAY, Entity, Name
from almanac.registry.v1.registry_service_pb2 import (
    ApplyVocabularyRequest,
    BatchAddEntitiesRequest,
    GetVocabularyRequest,
)
from almanac.registry.v1.vocabulary_pb2 import Kind

INDICATOR = "indicators/gdp-in-dollars"
SOURCE = "entities/gdp-table"
RELEASE = "gdp-table-2024-10-21"
COLUMNS = {"country", "code", "year", "gdp_usd"}


def describe(almanac: Almanac, countries: dict[str, str]) -> None:
    """Makes sure that the server knows what the table speaks of."""
    vocabulary = almanac.registry.GetVocabulary(GetVocabularyRequest()).vocabulary
    known = {kind.id for kind in vocabulary.kinds}
    for kind in (
        Kind(id="country", labels=[Label(text="Country", language="en")]),
        Kind(id="dataset", labels=[Label(text="Dataset", language="en")], citable=True),
    ):
        if kind.id not in known:
            vocabulary.kinds.append(kind)
    almanac.registry.ApplyVocabulary(ApplyVocabularyRequest(vocabulary=vocabulary))
    entities = [
        _entity(f"entities/{code}", "country", name) for code, name in sorted(countries.items())
    ]
    entities.append(_entity(SOURCE, "dataset", "GDP by country, as a table"))
    almanac.registry.BatchAddEntities(BatchAddEntitiesRequest(entities=entities))
    almanac.metrics.ApplyDefinitions(
        ApplyDefinitionsRequest(
            units=[
                Unit(
                    name="units/usd",
                    labels=[Label(text="US dollar", language="en")],
                    dimension="money",
                    symbol="USD",
                )
            ],
            indicators=[
                Indicator(
                    name=INDICATOR,
                    labels=[Label(text="GDP, current US$", language="en")],
                    measure=MEASURE_VALUE_ADDED,
                    dimension="money",
                    price_basis="current",
                )
            ],
        )
    )


def release(almanac: Almanac, digest: str) -> str:
    """The publication that the figures are cited from."""
    try:
        almanac.metrics.CreateRelease(
            CreateReleaseRequest(
                release_id=RELEASE,
                release=Release(
                    source=SOURCE,
                    title="GDP (current US$)",
                    publisher="World Bank",
                    url="https://github.com/datasets/gdp/blob/1cdcd2e/data/gdp.csv",
                    published="2024-10-21",
                    licence="ODC-PDDL-1.0, data CC-BY-4.0",
                    digest=f"sha256:{digest}",
                ),
            )
        )
    except AlmanacError as error:
        if error.reason != "RELEASE_EXISTS":
            raise
    return f"releases/{RELEASE}"


def read(content: bytes) -> list[dict[str, str]]:
    """The lines of the table by column."""
    table = csv.DictReader(content.decode("utf-8").splitlines())
    missing = COLUMNS - set(table.fieldnames or ())
    if missing:
        raise ValueError(f"the table has no column {', '.join(sorted(missing))}")
    return list(table)


def row(line: dict[str, str]) -> Row | Unread:
    """A figure of the table; numbers stay the texts they are, so no digit is lost."""
    try:
        claim = ClaimInput(
            period=Period.parse(line["year"]).to_message(),
            quantity=quantity.exact(line["gdp_usd"]),
        )
    except (TypeError, ValueError) as error:
        # A line that is too short has None in its last columns.
        return Unread(str(error))
    return Row(
        series=SeriesKey(indicator=INDICATOR, entity=f"entities/{line['code']}"),
        provenance=Provenance(unit="units/usd"),
        claim=claim,
    )


def import_table(target: str, path: Path) -> None:
    """Imports the table at `path` into the server at `target`."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    table = read(content)
    rows = [row(line) for line in table]
    with connect(target) as almanac:
        describe(almanac, {line["code"]: line["country"] for line in table})
        ingested = ingest(
            almanac,
            release(almanac, digest),
            ingest_id=digest,
            rows=rows,
            options=IngestOptions(on_error=ON_ERROR_SKIP_ROWS, actor="import_csv.py"),
        )
    counts = ingested.counts
    if ingested.was_finished:
        print("this table was imported before:", end=" ")
    print(f"{counts.received} rows: {counts.written} written, {counts.unchanged} unchanged")
    tell_bad(rows, {rejected.index: str(rejected.error) for rejected in ingested.rejected})


def tell_bad(rows: list[Row | Unread], rejected: dict[int, str]) -> None:
    """Prints what was not imported, and why, by the line where it stands in the file."""
    for index, one in enumerate(rows):
        why = one.why if isinstance(one, Unread) else rejected.get(index)
        if why:
            print(f"line {index + 2}: {why}")


def _entity(name: str, kind: str, text: str) -> Entity:
    return Entity(
        name=name, kind=kind, names=[Name(text=text, language="en", type=NAME_TYPE_DISPLAY)]
    )


def main() -> None:
    """Imports the table that the arguments name."""
    parser = argparse.ArgumentParser(description="Imports a small table.")
    parser.add_argument("target", metavar="HOST:PORT")
    beside = Path(__file__).parent / "gdp.csv"
    parser.add_argument("table", metavar="gdp.csv", nargs="?", type=Path, default=beside)
    chosen = parser.parse_args()
    import_table(chosen.target, chosen.table)


if __name__ == "__main__":
    try:
        main()
    except (AlmanacError, OSError, ValueError) as error:
        sys.exit(str(error))
