"""The scenario that all clients play; scenario.json has what is sent and what comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
from conftest import Server
from google.protobuf.json_format import ParseDict

from almanac.client import (
    Almanac,
    AlmanacError,
    IngestOptions,
    Interval,
    Row,
    claim_name,
    connect,
    download,
    figures,
    ingest,
    items,
    pages,
    quantity,
    run_report,
    unpack,
    watch,
)
from almanac.figure.v1.batch_pb2 import ON_ERROR_SKIP_ROWS
from almanac.figure.v1.figure_pb2 import Period
from almanac.metrics.v1.claim_pb2 import (
    ClaimInput,
    ClaimSetState,
    PreferenceReason,
    Provenance,
    SeriesKey,
)
from almanac.metrics.v1.metrics_service_pb2 import (
    SERIES_VIEW_CLAIMS,
    SERIES_VIEW_PACKED,
    GetClaimSetRequest,
    GetSeriesRequest,
    ListClaimVintagesRequest,
    ListIndicatorsRequest,
    SeriesView,
    StreamSeriesRequest,
)
from almanac.registry.v1.entity_pb2 import Entity, Name
from almanac.registry.v1.registry_service_pb2 import (
    RECORD_KIND_ENTITY,
    CreateEntityRequest,
    GetEntityRequest,
    GetEntityResponse,
    WatchChangesRequest,
)
from almanac.reporting.v1.reporting_service_pb2 import (
    DownloadArtefactRequest,
    ListFiguresRequest,
    RunReportMetadata,
    RunReportRequest,
)
from almanac.server.v1.server_pb2 import GetServerInfoRequest
from almanac.snapshot.v1.snapshot_pb2 import WatchStart

SCENARIO = Path(__file__).resolve().parents[2] / "scenario/scenario.json"
EXPECTED: dict[str, Any] = json.loads(SCENARIO.read_text(encoding="utf-8"))
ANSWER_BYTES: int = EXPECTED["large"]["answer_bytes"]


@pytest.fixture
def player(seeded: Server) -> Iterator[Almanac]:
    with connect(seeded.target) as connected:
        yield connected


def key_of(about: dict[str, Any]) -> SeriesKey:
    return ParseDict(about["series_key"], SeriesKey())


def create(player: Almanac, named: str, kind: str, text: str) -> str:
    request = CreateEntityRequest(
        entity_id=named, entity=Entity(kind=kind, names=[Name(text=text, language="en")])
    )
    return player.registry.CreateEntity(request).entity.name


def test_pages(player: Almanac) -> None:
    want = EXPECTED["pages"]
    request = ListIndicatorsRequest(page_size=want["page_size"])
    listed = list(pages(player.metrics.ListIndicators, request))
    named = [indicator.name for page in listed for indicator in page.indicators]
    assert named == want["indicators"]
    assert len(listed) == want["pages"]
    assert [bool(page.next_page_token) for page in listed] == [True] * (len(listed) - 1) + [False]


def test_claim_set(player: Almanac) -> None:
    want = EXPECTED["claim_set"]
    request = GetClaimSetRequest(series_key=key_of(want), period=want["period"])
    said = player.metrics.GetClaimSet(request).claim_set
    assert ClaimSetState.Name(said.state) == want["state"]
    assert PreferenceReason.Name(said.rule.reason) == want["rule"]
    assert said.spread_percent == want["spread_percent"]
    spread = Interval.from_message(said.spread)
    ends = [Decimal(want["spread"][end]) for end in ("lower", "upper")]
    assert [spread.lower, spread.upper] == ends
    assert [claim.quantity.number for claim in said.claims] == want["numbers"]
    assert {claim.quantity.multiplier for claim in said.claims} == {want["multiplier"]}
    assert [claim.provenance.source for claim in said.claims] == want["sources"]
    assert [claim.name for claim in said.claims] == want["claims"]
    for claim in said.claims:
        assert claim.name == claim_name(
            claim.source_series, claim.period.code, claim.release, claim.ordinal
        )


def test_as_of(player: Almanac) -> None:
    want = EXPECTED["as_of"]
    key = key_of(want)
    request = GetClaimSetRequest(series_key=key, period=want["period"])
    request.as_of.FromJsonString(want["as_of"])
    claim = player.metrics.GetClaimSet(request).claim_set.claims[0]
    assert (claim.quantity.number, claim.release) == (want["number"], want["release"])
    listed = ListClaimVintagesRequest(series_key=key, period=want["period"], page_size=1)
    vintages = items(player.metrics.ListClaimVintages, listed, lambda page: page.claims)
    assert [vintage.quantity.number for vintage in vintages] == want["vintages"]


def test_name_and_key(player: Almanac) -> None:
    want = EXPECTED["mismatch"]
    other = ParseDict(want["series_of"], SeriesKey())
    name = player.metrics.GetSeries(GetSeriesRequest(key=other)).data.series.name
    request = GetSeriesRequest(name=name, key=ParseDict(want["key"], SeriesKey()))
    with pytest.raises(AlmanacError) as caught:
        player.metrics.GetSeries(request)
    assert caught.value.reason == want["reason"]


def test_ingest(player: Almanac) -> None:
    want = EXPECTED["ingest"]
    rows = [
        Row(
            series=key_of(want),
            provenance=Provenance(unit=want["unit"]),
            claim=ClaimInput(
                period=Period(code=row["period"]), quantity=quantity.exact(row["number"])
            ),
        )
        for row in want["rows"]
    ]
    options = IngestOptions(on_error=ON_ERROR_SKIP_ROWS)
    ingested = ingest(player, want["release"], want["ingest_id"], rows, options)
    counts = ingested.counts
    assert (counts.written, counts.rejected) == (want["written"], want["rejected"])
    (rejected,) = ingested.rejected
    bad = want["bad_row"]
    assert (rejected.index, rejected.error.reason) == (bad["index"], bad["reason"])
    assert rejected.error.violations[0].field == bad["field"]
    entity = want["entity"]
    created = create(player, entity["id"], entity["kind"], entity["name"])
    # Both tokens go with the next read, of whichever service.
    assert len(player.tokens) == 2
    assert ingested.snapshot in player.tokens
    read = list(figures(player.session(), GetSeriesRequest(key=key_of(want))))
    assert len(read) == want["written"]
    found = player.session().registry.GetEntity(GetEntityRequest(name=created)).entity
    assert found.display_name == entity["name"]


@pytest.mark.parametrize("view", [SERIES_VIEW_CLAIMS, SERIES_VIEW_PACKED])
def test_a_series_of_very_many_days(player: Almanac, view: SeriesView.ValueType) -> None:
    limits = player.server.GetServerInfo(GetServerInfoRequest()).limits
    assert limits.answer_bytes == ANSWER_BYTES
    want = EXPECTED["large"]["daily"]
    count, total, last = 0, Decimal(0), None
    request = GetSeriesRequest(key=key_of(want), view=view)
    for page in pages(player.metrics.GetSeries, request):
        assert page.ByteSize() <= ANSWER_BYTES
        for figure in unpack(page.data):
            assert figure.number is not None
            count, total, last = count + 1, total + figure.number, figure
    assert (count, str(total)) == (want["figures"], want["sum"])
    assert last is not None
    found = {"period": str(last.period), "number": str(last.number), "claim": last.claim}
    assert found == want["last"]


def test_very_many_claims_of_very_many_notes(player: Almanac) -> None:
    want = EXPECTED["large"]["noted"]
    request = GetClaimSetRequest(series_key=key_of(want), period=want["period"])
    claims: set[str] = set()
    notes = 0
    for page in pages(player.metrics.GetClaimSet, request):
        assert page.ByteSize() <= ANSWER_BYTES
        assert page.claim_set.claim_count == want["claims"]
        claims.update(claim.name for claim in page.claim_set.claims)
        notes += sum(len(claim.text.notes) for claim in page.claim_set.claims)
    assert (len(claims), notes) == (want["claims"], want["claims"] * want["notes"])


def test_cursor(player: Almanac) -> None:
    whole = [figure.claim for figure in figures(player, StreamSeriesRequest())]
    assert len(whole) == len(set(whole))
    stream = player.metrics.StreamSeries(StreamSeriesRequest())
    first = next(stream)
    stream.cancel()
    assert first.ByteSize() <= ANSWER_BYTES
    begun = [figure.claim for data in first.series for figure in unpack(data)]
    rest = figures(player, StreamSeriesRequest(cursor=first.cursor))
    assert begun + [figure.claim for figure in rest] == whole
    assert 0 < len(begun) < len(whole)


def test_watch(seeded: Server, player: Almanac) -> None:
    want = EXPECTED["watch"]
    start = WatchStart(after_snapshot=player.snapshot())
    request = WatchChangesRequest(start=start, kinds=[RECORD_KIND_ENTITY])
    watched = watch(player.registry.WatchChanges, request)
    told = (change.name for message in watched for change in message.changes)
    before = create(player, want["before"], want["kind"], "Before")
    assert next(told) == before
    seeded.stop()
    seeded.start()
    after = create(player, want["after"], want["kind"], "After")
    assert next(told) == after
    # Up to here there is nothing else.
    checkpoint = next(message for message in watched if not message.changes)
    assert checkpoint.is_checkpoint
    watched.close()


def test_report(player: Almanac, tmp_path: Path) -> None:
    want = EXPECTED["report"]
    told: list[RunReportMetadata] = []
    running = run_report(player, RunReportRequest(template=want["template"]))
    report = running.wait(timeout=120, progress=told.append).report
    assert told[-1].steps_done == told[-1].steps_total > 0
    assert (report.figure_count, report.title) == (want["figures"], want["title"])
    listed = ListFiguresRequest(report=report.name)
    printed = items(player.reporting.ListFigures, listed, lambda page: page.figures)
    assert [claim for figure in printed for claim in figure.claims] == want["claims"]
    file = tmp_path / "report"
    artefact = download(player, report.artefacts[0].name, file)
    content = file.read_bytes()
    assert artefact.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    half = len(content) // 2
    request = DownloadArtefactRequest(name=artefact.name, offset=half)
    pieces = player.reporting.DownloadArtefact(request)
    assert b"".join(piece.chunk for piece in pieces) == content[half:]


def check(error: AlmanacError, want: dict[str, Any]) -> None:
    assert (error.code.name, error.reason) == (want["code"], want["reason"])
    assert error.domain == EXPECTED["errors"]["domain"]


def test_errors(player: Almanac) -> None:
    want = EXPECTED["errors"]["period"]
    key = key_of(EXPECTED["claim_set"])
    with pytest.raises(AlmanacError) as caught:
        player.metrics.GetClaimSet(GetClaimSetRequest(series_key=key, period=want["period"]))
    check(caught.value, want)
    violation = caught.value.violations[0]
    assert (violation.field, violation.reason) == (want["field"], want["reason"])
    want = EXPECTED["errors"]["entity"]
    with pytest.raises(AlmanacError) as caught:
        player.registry.GetEntity(GetEntityRequest(name=want["name"]))
    check(caught.value, want)
    assert caught.value.resource == want["resource"]


def test_a_method_of_no_service(seeded: Server) -> None:
    want = EXPECTED["errors"]["method"]
    with grpc.insecure_channel(seeded.target) as channel:
        method = channel.unary_unary(
            want["path"],
            request_serializer=GetEntityRequest.SerializeToString,
            response_deserializer=GetEntityResponse.FromString,
        )
        with pytest.raises(grpc.RpcError) as caught:
            method(GetEntityRequest())
    check(AlmanacError.from_rpc(caught.value), want)
