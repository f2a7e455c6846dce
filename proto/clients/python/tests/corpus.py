"""A small corpus: two countries, a dataset, two units, two indicators."""

from __future__ import annotations

import uuid

from almanac.client import Almanac, Period, Row, quantity
from almanac.figure.v1.figure_pb2 import Quantity
from almanac.figure.v1.label_pb2 import Label
from almanac.metrics.v1.claim_pb2 import ClaimInput, Provenance, SeriesKey, SourceSeriesDeclaration
from almanac.metrics.v1.definition_pb2 import Indicator, Unit
from almanac.metrics.v1.metrics_service_pb2 import (
    ApplyDefinitionsRequest,
    CreateReleaseRequest,
    WriteClaimsRequest,
)
from almanac.metrics.v1.release_pb2 import Release
from almanac.registry.v1.entity_pb2 import Entity, Name
from almanac.registry.v1.registry_service_pb2 import (
    ApplyVocabularyRequest,
    BatchAddEntitiesRequest,
    CreateEntityRequest,
)
from almanac.registry.v1.vocabulary_pb2 import Kind, Vocabulary

SOURCE = "entities/yearbook"


def describe(almanac: Almanac) -> None:
    """Says what the figures of the tests are about."""
    kinds = [
        Kind(id="country", labels=[Label(text="Country")]),
        Kind(id="dataset", labels=[Label(text="Dataset")], citable=True),
    ]
    almanac.registry.ApplyVocabulary(ApplyVocabularyRequest(vocabulary=Vocabulary(kinds=kinds)))
    entities = [
        Entity(name=f"entities/{name}", kind=kind, names=[Name(text=name.title())])
        for name, kind in (("china", "country"), ("germany", "country"), ("yearbook", "dataset"))
    ]
    almanac.registry.BatchAddEntities(BatchAddEntitiesRequest(entities=entities))
    units = [
        Unit(name="units/usd", labels=[Label(text="US dollar")], dimension="money"),
        Unit(name="units/count", labels=[Label(text="Number")], dimension="count", counted=True),
    ]
    indicators = [
        Indicator(name="indicators/gdp", labels=[Label(text="GDP")], dimension="money"),
        Indicator(name="indicators/firms", labels=[Label(text="Firms")], dimension="count"),
    ]
    almanac.metrics.ApplyDefinitions(ApplyDefinitionsRequest(units=units, indicators=indicators))


def new_entity(almanac: Almanac, prefix: str = "place") -> str:
    """A country that nothing is known of yet."""
    created = almanac.registry.CreateEntity(
        CreateEntityRequest(
            entity_id=f"{prefix}-{uuid.uuid4().hex[:12]}",
            entity=Entity(kind="country", names=[Name(text=prefix)]),
        )
    )
    return created.entity.name


def new_source(almanac: Almanac) -> str:
    """A dataset that has said nothing yet."""
    created = almanac.registry.CreateEntity(
        CreateEntityRequest(
            entity_id=f"source-{uuid.uuid4().hex[:12]}",
            entity=Entity(kind="dataset", names=[Name(text="Source")]),
        )
    )
    return created.entity.name


def new_release(almanac: Almanac, source: str = SOURCE) -> str:
    """A release without figures."""
    created = almanac.metrics.CreateRelease(
        CreateReleaseRequest(
            release_id=f"yearbook-{uuid.uuid4().hex[:12]}",
            release=Release(source=source, title="Yearbook", published="2024-10-21"),
        )
    )
    return created.release.name


def row(entity: str, code: str, said: Quantity, indicator: str = "gdp", unit: str = "usd") -> Row:
    """One figure about an entity."""
    return Row(
        series=SeriesKey(indicator=f"indicators/{indicator}", entity=entity),
        provenance=Provenance(unit=f"units/{unit}"),
        claim=ClaimInput(period=Period.parse(code).to_message(), quantity=said),
    )


def days(entity: str, count: int) -> list[Row]:
    """As many figures, one for each day from 2001 on."""
    first = Period.parse("2001").start
    assert first is not None
    dates = (type(first).fromordinal(first.toordinal() + index) for index in range(count))
    return [
        row(entity, day.isoformat(), quantity.exact(f"{index}.50"))
        for index, day in enumerate(dates)
    ]


def write(almanac: Almanac, rows: list[Row], release: str = "", source: str = SOURCE) -> str:
    """Writes figures of one source series in one call; returns the release."""
    release = release or new_release(almanac, source)
    claims = []
    for one in rows:
        claim = ClaimInput()
        claim.CopyFrom(one.claim)
        claim.source_series = 1
        claims.append(claim)
    source_series = SourceSeriesDeclaration(
        source_series=1, series=rows[0].series, provenance=rows[0].provenance
    )
    almanac.metrics.WriteClaims(
        WriteClaimsRequest(release=release, source_series=[source_series], claims=claims)
    )
    return release
