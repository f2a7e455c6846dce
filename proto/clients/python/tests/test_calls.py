"""Errors, pages, snapshots, deadlines and repeats of calls."""

from __future__ import annotations

import copy
import importlib.metadata
import json
import pickle
import queue
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from conftest import ROOT, Serve, Server
from corpus import new_entity, new_release, row, write
from google.protobuf import duration_pb2
from google.rpc import status_pb2
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo

from almanac import __version__
from almanac.client import Almanac, AlmanacError, connect, items, pages, quantity
from almanac.client.retry import service_config
from almanac.metrics.v1.claim_pb2 import ClaimInput, Provenance, SeriesKey, SourceSeriesDeclaration
from almanac.metrics.v1.metrics_service_pb2 import (
    GetReleaseRequest,
    GetSeriesRequest,
    ListReleasesRequest,
    ListReleasesResponse,
    ListSeriesRequest,
    StreamSeriesRequest,
    WriteClaimsRequest,
)
from almanac.metrics.v1.release_pb2 import Release
from almanac.registry.v1.entity_pb2 import Entity, Name
from almanac.registry.v1.registry_service_pb2 import (
    CreateEntityRequest,
    DeleteEntityRequest,
    GetEntityRequest,
    GetEntityResponse,
    ListEntitiesRequest,
)
from almanac.reporting.v1.reporting_service_pb2 import ListReportsRequest, RunReportRequest
from almanac.server.v1.error_reason_pb2 import ErrorReason
from almanac.server.v1.server_pb2 import GetServerInfoRequest, GetServerInfoResponse
from almanac.server.v1.server_pb2_grpc import (
    ServerServiceServicer,
    add_ServerServiceServicer_to_server,
)
from almanac.snapshot.v1.snapshot_pb2 import Consistency, SnapshotTokens


def test_a_missing_entity_is_not_found(almanac: Almanac) -> None:
    with pytest.raises(AlmanacError) as caught:
        almanac.registry.GetEntity(GetEntityRequest(name="entities/atlantis"))
    error = caught.value
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "ENTITY_NOT_FOUND")
    assert error.domain == "almanac.dev"
    assert error.resource == "entities/atlantis"
    assert "atlantis" in error.message
    assert str(error).startswith("ENTITY_NOT_FOUND: ")
    # What happened within gRPC is not told in its traceback.
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert isinstance(error.__context__, grpc.RpcError)
    assert not error.is_transient


def test_all_bad_fields_are_told_with_their_paths(almanac: Almanac) -> None:
    bad = Entity(kind="", names=[Name(text="x" * 400)])
    with pytest.raises(AlmanacError) as caught:
        almanac.registry.CreateEntity(CreateEntityRequest(entity_id="Wrong Id", entity=bad))
    error = caught.value
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    found = {violation.field: violation.description for violation in error.violations}
    assert {"entity_id", "entity.kind", "entity.names[0].text"} <= set(found)
    assert all(found.values())
    assert error.resource == ""
    reasons = {violation.field: violation.reason for violation in error.violations}
    assert (reasons["entity_id"], reasons["entity.kind"]) == ("FIELD_INVALID", "FIELD_REQUIRED")


def test_every_reason_that_is_told_is_one_of_the_contract(almanac: Almanac) -> None:
    key = SeriesKey(indicator="indicators/gdp", entity="entities/china")
    entity, release = new_entity(almanac), new_release(almanac)
    almanac.registry.DeleteEntity(DeleteEntityRequest(name=entity))
    metrics, registry = almanac.metrics, almanac.registry
    undeclared = ClaimInput(source_series=9, quantity=quantity.exact(1))
    unit = Provenance(unit="units/usd")
    declared = SourceSeriesDeclaration(source_series=1, series=key, provenance=unit)
    filtered = StreamSeriesRequest(filter="no = ")
    calls: list[tuple[str, Callable[[], object]]] = [
        ("FILTER_INVALID", lambda: metrics.ListSeries(ListSeriesRequest(filter="no = "))),
        ("FILTER_INVALID", lambda: list(metrics.StreamSeries(filtered))),
        ("RELEASE_NOT_FOUND", lambda: metrics.GetRelease(GetReleaseRequest(name="releases/no"))),
        (
            "PERIOD_INVALID",
            lambda: metrics.GetSeries(GetSeriesRequest(key=key, within="2018-13")),
        ),
        ("ENTITY_DELETED", lambda: registry.DeleteEntity(DeleteEntityRequest(name=entity))),
        (
            "SNAPSHOT_TOKEN_INVALID",
            lambda: almanac.at("forged").metrics.ListSeries(ListSeriesRequest()),
        ),
        (
            "SOURCE_SERIES_UNDECLARED",
            lambda: metrics.WriteClaims(
                WriteClaimsRequest(release=release, source_series=[declared], claims=[undeclared])
            ),
        ),
    ]
    for reason, call in calls:
        with pytest.raises(AlmanacError) as caught:
            call()
        assert caught.value.reason == reason
        assert f"ERROR_REASON_{reason}" in ErrorReason.keys()  # noqa: SIM118


def test_an_answer_that_is_awaited_later_is_refused_the_same_way(almanac: Almanac) -> None:
    waiting = almanac.registry.GetEntity.future(GetEntityRequest(name="entities/atlantis"))
    with pytest.raises(AlmanacError, match="ENTITY_NOT_FOUND"):
        waiting.result(10)
    assert isinstance(waiting.exception(10), AlmanacError)
    found = almanac.registry.GetEntity.future(GetEntityRequest(name="entities/china"))
    assert found.result(10).entity.kind == "country"
    assert found.exception(10) is None
    told: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    waiting.add_done_callback(lambda done: told.put(done.exception()))
    assert isinstance(told.get(timeout=10), AlmanacError)


def test_an_error_can_be_copied_and_sent_to_another_process(almanac: Almanac) -> None:
    bad = Entity(kind="", names=[Name(text="x" * 400)])
    with pytest.raises(AlmanacError) as caught:
        almanac.registry.CreateEntity(CreateEntityRequest(entity_id="Wrong Id", entity=bad))
    error = caught.value
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(same) is AlmanacError
        assert (same.status, same.code, str(same)) == (error.status, error.code, str(error))
        assert (same.violations, same.metadata) == (error.violations, error.metadata)


def test_an_error_of_a_bare_stub_can_be_read_too(server: Server) -> None:
    from almanac.registry.v1.registry_service_pb2_grpc import RegistryServiceStub

    with grpc.insecure_channel(server.target) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            RegistryServiceStub(channel).GetEntity(GetEntityRequest(name="entities/atlantis"))
        assert AlmanacError.from_rpc(caught.value).reason == "ENTITY_NOT_FOUND"


def test_pages_follow_each_other_and_keep_the_first_snapshot(almanac: Almanac) -> None:
    before = {new_entity(almanac, "page") for _ in range(7)}
    request = ListEntitiesRequest(filter='kind = "country"', page_size=3)
    seen, snapshots = [], set()
    for number, page in enumerate(pages(almanac.registry.ListEntities, request)):
        assert len(page.entities) <= 3
        seen += [entity.name for entity in page.entities]
        snapshots.add(page.snapshot)
        if number == 0:
            late = new_entity(almanac, "a-late-page")
    assert before <= set(seen)
    assert len(seen) == len(set(seen))
    assert late not in seen
    assert len(snapshots) == 1
    assert request.page_token == ""
    again = items(almanac.registry.ListEntities, request, lambda page: page.entities)
    assert late in {entity.name for entity in again}


def test_a_connection_reads_its_own_writes_to_several_services(almanac: Almanac) -> None:
    assert list(almanac.tokens) == []
    # A read of any service sees what was written to the others just before.
    entity = new_entity(almanac)
    (registry,) = almanac.tokens
    release = new_release(almanac)
    assert list(almanac.tokens)[:-1] == [registry]
    found = almanac.registry.GetEntity(GetEntityRequest(name=entity))
    # What it answered holds both, so there is one to ask for again.
    assert list(almanac.tokens) == [found.snapshot]
    write(almanac, [row(entity, "2001", quantity.exact(1))], release)
    key = SeriesKey(indicator="indicators/gdp", entity=entity)
    assert len(almanac.metrics.GetSeries(GetSeriesRequest(key=key)).data.claims) == 1
    assert len(list(almanac.tokens)) == 1


def at_least(*tokens: str) -> Consistency:
    return Consistency(at_least_as_fresh=SnapshotTokens(tokens=tokens))


def test_what_a_read_asks_for(server: Server) -> None:
    with connect(server.target) as almanac:
        seen, watched = recorded(almanac)
        watched.registry.ListEntities(ListEntitiesRequest(page_size=1))
        (first,) = watched.tokens
        page = watched.registry.ListEntities(ListEntitiesRequest(page_size=1))
        watched.registry.ListEntities(
            ListEntitiesRequest(page_size=1, page_token=page.next_page_token)
        )
        watched.at(first).registry.ListEntities(ListEntitiesRequest())
        new_release(watched)
        written = watched.tokens
        watched.registry.ListEntities(ListEntitiesRequest(page_size=1))
        newest = Consistency(newest=True)
        watched.registry.ListEntities(ListEntitiesRequest(page_size=1, consistency=newest))
        # The second page of a list stands where its first one did.
        lists = [said for said in seen.requests if isinstance(said, ListEntitiesRequest)]
        assert [said.consistency for said in lists] == [
            Consistency(),
            at_least(first),
            Consistency(),
            Consistency(at_snapshot=first),
            at_least(*written),
            newest,
        ]
        assert len(written) == 2


def test_what_was_seen_is_not_forgotten_for_something_older(almanac: Almanac) -> None:
    new_entity(almanac)
    (before,) = almanac.tokens
    listed = pages(almanac.registry.ListEntities, ListEntitiesRequest(page_size=1))
    first = next(listed).snapshot
    waiting = almanac.registry.GetEntity.future(GetEntityRequest(name="entities/china"))
    streamed = almanac.metrics.StreamSeries(StreamSeriesRequest())
    new_entity(almanac)
    new_release(almanac)
    written = almanac.tokens
    assert next(listed).snapshot == first
    assert almanac.tokens == written
    pinned = Consistency(at_snapshot=before)
    almanac.registry.GetEntity(GetEntityRequest(name="entities/china", consistency=pinned))
    assert almanac.tokens == written
    # These began before what was written.
    waiting.result(10)
    list(streamed)
    assert almanac.tokens == written


def test_a_request_that_may_be_sent_again_stays_as_it_is(server: Server) -> None:
    with connect(server.target) as almanac:
        seen, watched = recorded(almanac)
        new_entity(watched)
        request = RunReportRequest(template="templates/none", request_id=str(uuid.uuid4()))
        for _ in range(2):
            with pytest.raises(AlmanacError, match="TEMPLATE_NOT_FOUND"):
                watched.reporting.RunReport(request)
            new_entity(watched)
        sent = [said for said in seen.requests if isinstance(said, RunReportRequest)]
        assert sent == [request, request]
        request.request_id = ""
        with pytest.raises(AlmanacError, match="TEMPLATE_NOT_FOUND"):
            watched.reporting.RunReport(request)
        assert seen.requests[-1].consistency == at_least(*watched.tokens)


def test_a_pinned_connection_does_not_see_what_came_later(almanac: Almanac) -> None:
    entity, _ = new_entity(almanac), new_release(almanac)
    pinned = almanac.at(almanac.snapshot())

    def releases(connected: Almanac) -> int:
        request = ListReleasesRequest(page_size=1)
        return sum(1 for _ in items(connected.metrics.ListReleases, request, _releases))

    count = releases(pinned)
    new_release(almanac)
    late = new_entity(almanac)
    assert (releases(pinned), releases(almanac)) == (count, count + 1)
    # One token speaks of all services.
    pinned.reporting.ListReports(ListReportsRequest())
    assert pinned.registry.GetEntity(GetEntityRequest(name=entity)).entity.name == entity
    with pytest.raises(AlmanacError, match="ENTITY_NOT_FOUND"):
        pinned.registry.GetEntity(GetEntityRequest(name=late))
    assert pinned.snapshot() == pinned.tokens[0]


def test_a_session_has_tokens_of_its_own(almanac: Almanac) -> None:
    new_entity(almanac)
    session = almanac.session()
    started = session.tokens
    assert started == almanac.tokens
    new_entity(almanac)
    assert session.tokens == started
    assert almanac.tokens != started
    (token,) = started
    assert almanac.at(token).session().tokens == started


def test_tokens_that_expired_are_asked_for_once(serve: Serve) -> None:
    asked: list[Consistency] = []

    def get(request: GetEntityRequest, context: grpc.ServicerContext) -> GetEntityResponse:
        asked.append(request.consistency)
        if len(asked) == 2:
            status = status_pb2.Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0])
            status.details.add().Pack(ErrorInfo(reason="SNAPSHOT_TOKEN_EXPIRED"))
            context.set_trailing_metadata(
                (("grpc-status-details-bin", status.SerializeToString()),)
            )
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "restored")
        return GetEntityResponse(snapshot=f"token {len(asked)}")

    handler = grpc.unary_unary_rpc_method_handler(
        get,
        request_deserializer=GetEntityRequest.FromString,
        response_serializer=GetEntityResponse.SerializeToString,
    )
    target = serve("almanac.registry.v1.RegistryService", {"GetEntity": handler})
    with connect(target) as almanac:
        almanac.registry.GetEntity(GetEntityRequest())
        with pytest.raises(AlmanacError, match="SNAPSHOT_TOKEN_EXPIRED"):
            almanac.registry.GetEntity(GetEntityRequest())
        almanac.registry.GetEntity(GetEntityRequest())
    assert asked == [Consistency(), at_least("token 1"), Consistency()]


def test_a_token_that_is_empty_pins_nothing_and_is_refused(server: Server) -> None:
    # As that of a connection is before its first answer.
    with connect(server.target) as almanac, pytest.raises(ValueError, match="token is empty"):
        almanac.at("".join(almanac.tokens))


def test_a_list_can_be_handed_over(server: Server, almanac: Almanac) -> None:
    new_entity(almanac)
    asked = ListEntitiesRequest(page_size=1)
    first = almanac.registry.ListEntities(asked)
    asked.page_token = first.next_page_token
    here = almanac.registry.ListEntities(asked)
    with connect(server.target) as other:
        new_entity(other)
        there = other.registry.ListEntities(asked)
    assert there.entities == here.entities != first.entities
    assert there.snapshot == here.snapshot == first.snapshot


def test_a_call_has_a_deadline_unless_it_brings_one(silent: str) -> None:
    with connect(silent, timeout=0.3) as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            almanac.server.GetServerInfo(GetServerInfoRequest(), wait_for_ready=True)
        assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert 0.2 < time.monotonic() - begin < 5
        begin = time.monotonic()
        with pytest.raises(AlmanacError):
            almanac.server.GetServerInfo(GetServerInfoRequest(), timeout=1.2, wait_for_ready=True)
        assert 1.0 < time.monotonic() - begin < 5


class Away(ServerServiceServicer):
    """A server that is away for the first calls."""

    def __init__(self) -> None:
        self.failures = 0
        self.version = "9.9.9"
        self.calls = 0
        self.tenants: list[list[str]] = []
        self.agents: list[str] = []
        self.port = self.secure_port = 0

    def GetServerInfo(
        self, request: GetServerInfoRequest, context: grpc.ServicerContext
    ) -> GetServerInfoResponse:
        sent = context.invocation_metadata()
        self.tenants.append([str(value) for key, value in sent if key == "x-tenant"])
        self.agents += [str(value) for key, value in sent if key == "user-agent"]
        self.calls += 1
        if self.calls <= self.failures:
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        return GetServerInfoResponse(version=self.version)


@pytest.fixture
def away() -> Iterator[Away]:
    """A server that is away when it is told to be; plain on one port, encrypted on another."""
    servicer = Away()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    add_ServerServiceServicer_to_server(servicer, server)
    servicer.port = server.add_insecure_port("127.0.0.1:0")
    local = grpc.local_server_credentials()
    servicer.secure_port = server.add_secure_port("127.0.0.1:0", local)
    server.start()
    yield servicer
    server.stop(None)


def test_a_read_is_repeated_while_the_server_is_away(away: Away) -> None:
    away.failures = 2
    with connect(f"127.0.0.1:{away.port}") as almanac:
        assert almanac.server.GetServerInfo(GetServerInfoRequest()).version == away.version
    assert away.calls == 3
    away.failures, away.calls = 1, 0
    with (
        connect(f"127.0.0.1:{away.port}", retries=False) as almanac,
        pytest.raises(AlmanacError) as caught,
    ):
        almanac.server.GetServerInfo(GetServerInfoRequest())
    assert caught.value.is_transient
    assert away.calls == 1


def test_metadata_goes_with_every_call(away: Away) -> None:
    with connect(f"http://127.0.0.1:{away.port}", metadata=[("x-tenant", "north")]) as almanac:
        almanac.server.GetServerInfo(GetServerInfoRequest())
        almanac.server.GetServerInfo(GetServerInfoRequest(), metadata=(("x-tenant", "south"),))
    assert away.tenants == [["north"], ["south", "north"]]


def test_a_call_says_which_client_it_comes_from(away: Away) -> None:
    with connect(f"127.0.0.1:{away.port}") as almanac:
        almanac.server.GetServerInfo(GetServerInfoRequest())
    assert away.agents[0].startswith(f"almanac-python/{__version__} ")
    assert __version__ == importlib.metadata.version("almanac-client")


def test_credentials_are_used(away: Away) -> None:
    request = GetServerInfoRequest()
    local = grpc.local_channel_credentials()
    with connect(f"127.0.0.1:{away.secure_port}", tls=local) as almanac:
        assert almanac.server.GetServerInfo(request).version == away.version
    # Plain text is what this port speaks, so TLS cannot come about.
    for target, tls in (
        (f"127.0.0.1:{away.port}", True),
        (f"https://127.0.0.1:{away.port}", False),
    ):
        with (
            connect(target, tls=tls, retries=False) as almanac,
            pytest.raises(AlmanacError) as caught,
        ):
            almanac.server.GetServerInfo(request)
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE


def test_an_answer_that_is_too_large_is_refused(away: Away) -> None:
    # More than a server of the contract sends.
    away.version = "9" * (5 << 20)
    target = f"127.0.0.1:{away.port}"
    with connect(target, max_message_bytes=6 << 20) as almanac:
        assert almanac.server.GetServerInfo(GetServerInfoRequest()).version == away.version
    with connect(target) as almanac, pytest.raises(AlmanacError) as caught:
        almanac.server.GetServerInfo(GetServerInfoRequest())
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not caught.value.is_transient


def test_a_server_that_is_busy_says_when_to_come_back() -> None:
    status = status_pb2.Status(code=grpc.StatusCode.RESOURCE_EXHAUSTED.value[0])
    status.details.add().Pack(ErrorInfo(reason="OVERLOADED"))
    delay = duration_pb2.Duration(seconds=1, nanos=500_000_000)
    status.details.add().Pack(RetryInfo(retry_delay=delay))
    error = AlmanacError(status)
    assert (error.is_transient, error.retry_after) == (True, 1.5)
    assert AlmanacError(status_pb2.Status()).retry_after == 0


def test_calls_are_repeated_that_the_contract_says_change_nothing() -> None:
    names = json.loads(service_config())["methodConfig"][0]["name"]
    repeated = {name["method"] for name in names}
    assert {"GetSeries", "SearchEntities", "Calculate", "GetServerInfo"} <= repeated
    assert {"GetOperation", "ListOperations", "WaitOperation"} <= repeated
    published = json.loads((ROOT / "proto/service_config.json").read_text(encoding="utf-8"))
    ours = [name for name in names if name["service"].startswith("almanac.")]
    assert sorted(ours, key=str) == sorted(published["methodConfig"][0]["name"], key=str)
    # Writes, although some may be repeated, and streams.
    assert not repeated & {"CreateEntity", "UpdateEntity", "ApplyDefinitions", "RunReport"}
    assert not repeated & {"StreamSeries", "WatchChanges", "DownloadArtefact", "IngestClaims"}
    assert not repeated & {"CancelOperation", "DeleteOperation"}


def recorded(almanac: Almanac) -> tuple[Recorder, Almanac]:
    """The same connection, and what leaves on it."""
    seen = Recorder()
    listen = grpc.intercept_channel(almanac._channel, seen)
    return seen, Almanac(listen, almanac._terms, almanac._freshness)


class Recorder(grpc.UnaryUnaryClientInterceptor):
    """Keeps the requests as they leave."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        self.requests.append(request)
        return continuation(client_call_details, request)


def _releases(page: ListReleasesResponse) -> Iterable[Release]:
    return page.releases
