"""A connection to a server: its services as generated stubs, with what stubs lack."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any, Protocol

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import empty_pb2

from almanac import __version__
from almanac.metrics.v1 import metrics_service_pb2
from almanac.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from almanac.registry.v1 import registry_service_pb2
from almanac.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from almanac.reporting.v1 import reporting_service_pb2
from almanac.reporting.v1.reporting_service_pb2_grpc import ReportingServiceStub
from almanac.server.v1.server_pb2_grpc import ServerServiceStub

from .call import Freshness, Interceptor, Terms
from .channel import SharedChannel
from .error import AlmanacError
from .frame import Library, frame_library
from .period import Period
from .retry import service_config
from .series_frame import request_of, series_frame
from .target import read_target

_SERVER = "127.0.0.1:7430"
_MEBIBYTE = 1 << 20
# Milliseconds: how often a connection with calls on it is asked for a sign of life, and how
# long one may take. A server that hangs keeps its connections open.
_SIGN_OF_LIFE = 30_000
_SIGN_WITHIN = 10_000


class Operations(Protocol):
    """The methods of google.longrunning.Operations, whose own stub is not typed."""

    GetOperation: grpc.UnaryUnaryMultiCallable[
        operations_pb2.GetOperationRequest, operations_pb2.Operation
    ]
    ListOperations: grpc.UnaryUnaryMultiCallable[
        operations_pb2.ListOperationsRequest, operations_pb2.ListOperationsResponse
    ]
    WaitOperation: grpc.UnaryUnaryMultiCallable[
        operations_pb2.WaitOperationRequest, operations_pb2.Operation
    ]
    CancelOperation: grpc.UnaryUnaryMultiCallable[
        operations_pb2.CancelOperationRequest, empty_pb2.Empty
    ]
    DeleteOperation: grpc.UnaryUnaryMultiCallable[
        operations_pb2.DeleteOperationRequest, empty_pb2.Empty
    ]


class Almanac:
    """The services of one server.

    A read sees what was written or read just before, to and from whichever services: every
    answer carries a snapshot token, and every read asks for a state not older than any of those
    seen. The tokens belong to one thread of work; give each of several a `session()` of its own.

    What `session()` and `at()` return are views of one connection: the connection ends with
    what `connect` returned, and a call on it or on one of its views then raises ClosedError.
    """

    def __init__(
        self, channel: grpc.Channel, terms: Terms, freshness: Freshness, *, is_view: bool = False
    ) -> None:
        self._is_view = is_view
        self._channel = channel
        self._terms = terms
        self._freshness = freshness
        intercepted = grpc.intercept_channel(channel, Interceptor(terms, freshness))
        self.registry = RegistryServiceStub(intercepted)
        self.metrics = MetricsServiceStub(intercepted)
        self.reporting = ReportingServiceStub(intercepted)
        self.server = ServerServiceStub(intercepted)
        untyped: Any = operations_pb2_grpc.OperationsStub
        self.operations: Operations = untyped(intercepted)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Snapshot tokens that the next read asks to be as fresh as; none before the first
        answer. After writes to several services there are several.
        """
        return self._freshness.tokens

    def snapshot(self) -> str:
        """One token of now, for `at()`: of all services, and of everything that was seen.

        Asks each of the services that the server has for it. Of what `at()` returned it is
        the token that was given there, and nothing is asked.
        """
        token = self._freshness.pinned
        if token:
            return token
        for ask in (
            lambda: self.registry.GetSnapshot(registry_service_pb2.GetSnapshotRequest()),
            lambda: self.metrics.GetSnapshot(metrics_service_pb2.GetSnapshotRequest()),
            lambda: self.reporting.GetSnapshot(reporting_service_pb2.GetSnapshotRequest()),
        ):
            try:
                # Each asks for what the one before answered, so the last one holds them all.
                token = ask().snapshot
            except AlmanacError as error:
                if error.reason != "METHOD_UNKNOWN":
                    raise
        return token

    def session(self) -> Almanac:
        """The same connection with snapshot tokens of its own, which starts with these."""
        return self._view(self._freshness.copy())

    def at(self, snapshot: str) -> Almanac:
        """The same connection, with every read answered exactly as of this snapshot.

        A token of an answer speaks of the services that had a part in it; `snapshot()` returns
        one of all services.
        """
        if not snapshot:
            raise ValueError("no snapshot to read at: the token is empty")
        return self._view(Freshness(pinned=snapshot))

    def series(
        self,
        indicator: str,
        entity: str,
        *,
        counterpart: str = "",
        breakdown: Mapping[str, str] | None = None,
        source: str = "",
        within: Period | str = "",
        as_of: date | str | None = None,
        frame: Library | None = None,
        floats: bool = False,
        all_claims: bool = False,
    ) -> Any:
        """The figures of a series as a data frame: `almanac.series` on this connection."""
        request = request_of(indicator, entity, counterpart, breakdown, source, within, as_of)
        return series_frame(self, request, frame=frame, floats=floats, all_claims=all_claims)

    def close(self) -> None:
        """Ends the connection and every call on it. Of a view it ends nothing."""
        if not self._is_view:
            self._channel.close()

    def _view(self, freshness: Freshness) -> Almanac:
        return Almanac(self._channel, self._terms, freshness, is_view=True)

    def __enter__(self) -> Almanac:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def series(
    indicator: str,
    entity: str,
    *,
    counterpart: str = "",
    breakdown: Mapping[str, str] | None = None,
    source: str = "",
    within: Period | str = "",
    as_of: date | str | None = None,
    server: str | None = None,
    frame: Library | None = None,
    floats: bool = False,
    all_claims: bool = False,
) -> Any:
    """The figures of a series as a data frame: `almanac.series("gdp-current-usd", "china")`.

    One row for each period, with the claim that is preferred of what sources say of it: `start`
    (its first day; in pandas the index), `period`, `value`, `bound`, `unit`, `source`, `release`
    and `claim`, by which to cite it. `value` is an exact Decimal, and none for a range and where
    a source gives no number; a `bound` other than EXACT says that it is not the value itself.

    Args:
        indicator: Id of the indicator, or its name.
        entity: Id of the entity, or its name.
        counterpart: Id or name of the other entity, where the indicator is bilateral.
        breakdown: Code by breakdown; a breakdown left out is at its total.
        source: Id or name of a source, to have only its figures.
        within: Only periods within this one, such as "2010/2019".
        as_of: As the sources had it on this day, or at this time with its zone.
        server: Where the server is, as `connect` takes it.
        frame: "pandas" or "polars"; none for the one that is installed, pandas where both are.
        floats: Make floats of the values, which keep 16 digits.
        all_claims: All claims of a period, the preferred one first.

    """
    # Before a connection is made for nothing.
    frame = frame_library(frame)
    request = request_of(indicator, entity, counterpart, breakdown, source, within, as_of)
    with connect(server) as almanac:
        return series_frame(almanac, request, frame=frame, floats=floats, all_claims=all_claims)


def connect(
    target: str | None = None,
    *,
    tls: bool | grpc.ChannelCredentials = False,
    metadata: Iterable[tuple[str, str | bytes]] = (),
    timeout: float | None = 30.0,
    max_message_bytes: int = 4 * _MEBIBYTE,
    retries: bool = True,
    options: Sequence[tuple[str, Any]] = (),
) -> Almanac:
    """Connects to a server, at the first call.

    Args:
        target: `HOST:PORT`; or a URL, where `https` asks for TLS; or any target of gRPC,
            such as `dns:///HOST:PORT`. ValueError where it is none of these. Without one, what
            the environment variable ALMANAC_SERVER says, else 127.0.0.1:7430.
        tls: Off for plain text; on for TLS with the certificates that gRPC comes with; or
            credentials, as `grpc.ssl_channel_credentials` makes them.
        metadata: Sent with every call.
        timeout: Seconds that a call with one answer may take unless it is given a `timeout`
            of its own. Streams take as long as they take, while the server is alive.
        max_message_bytes: Largest answer that is accepted; servers send none above 3.5 MiB.
        retries: Repeat reads that met a server that is away, up to three times; not streams.
        options: More options of the channel.

    """
    if target is None:
        target = os.environ.get("ALMANAC_SERVER") or _SERVER
    address, encrypted = read_target(target)
    arguments = [*_arguments(max_message_bytes, retries), *options]
    if tls or encrypted:
        credentials = grpc.ssl_channel_credentials() if isinstance(tls, bool) else tls
        channel = grpc.secure_channel(address, credentials, arguments)
    else:
        channel = grpc.insecure_channel(address, arguments)
    terms = Terms(timeout, tuple(metadata), target)
    return Almanac(SharedChannel(channel), terms, Freshness())


def _arguments(max_message_bytes: int, retries: bool) -> list[tuple[str, Any]]:
    arguments: list[tuple[str, Any]] = [
        ("grpc.primary_user_agent", f"almanac-python/{__version__}"),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", _SIGN_OF_LIFE),
        ("grpc.keepalive_timeout_ms", _SIGN_WITHIN),
        # Without it gRPC allows a minute, whatever the keepalive says.
        ("grpc.http2.ping_timeout_ms", _SIGN_WITHIN),
        # However long a stream has nothing to say.
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.enable_retries", int(retries)),
    ]
    if retries:
        arguments.append(("grpc.service_config", service_config()))
    return arguments
