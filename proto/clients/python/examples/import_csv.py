"""Loads a small table: GDP of two countries, one figure for each year.

    python import_csv.py HOST:PORT [gdp.csv]

Says first what the figures are about (who is who, what is measured, who published it), then
streams the figures. Run it again and it writes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from almanac.client import Almanac, AlmanacError, LoadOptions, Period, Row, connect, load, quantity
from almanac.figure.v1.batch_pb2 import ON_ERROR_SKIP_ROWS
from almanac.figure.v1.label_pb2 import Label
from almanac.metrics.v1.claim_pb2 import ClaimInput, Line, Provenance
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


def rows(table: list[dict[str, str]]) -> Iterator[Row]:
    """The figures of the table; numbers stay the texts they are, so no digit is lost."""
    for line in table:
        yield Row(
            line=Line(indicator=INDICATOR, entity=f"entities/{line['code']}"),
            provenance=Provenance(unit="units/usd"),
            claim=ClaimInput(
                period=Period.parse(line["year"]).to_message(),
                quantity=quantity.exact(line["gdp_usd"]),
            ),
        )


def main(target: str, path: Path) -> None:
    """Loads the table at `path` into the server at `target`."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    table = list(csv.DictReader(content.decode("utf-8").splitlines()))
    with connect(target) as almanac:
        describe(almanac, {line["code"]: line["country"] for line in table})
        loaded = load(
            almanac,
            release(almanac, digest),
            load_id=digest,
            rows=rows(table),
            options=LoadOptions(on_error=ON_ERROR_SKIP_ROWS, actor="import_csv.py"),
        )
    counts = loaded.counts
    if loaded.was_finished:
        print("this table was loaded before:", end=" ")
    print(f"{counts.received} rows: {counts.written} written, {counts.unchanged} unchanged")
    for rejected in loaded.rejected:
        print(f"row {rejected.index + 2}: {rejected.error}")


def _entity(name: str, kind: str, text: str) -> Entity:
    return Entity(
        name=name, kind=kind, names=[Name(text=text, language="en", type=NAME_TYPE_DISPLAY)]
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "gdp.csv")
