"""Connections: opened, shared, closed, and to servers that are away or hang."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import grpc
import pytest
from conftest import Server

from almanac.client import Almanac, AlmanacError, ClosedError, connect, connection, items
from almanac.client.channel import SharedChannel
from almanac.client.target import read_target
from almanac.metrics.v1.definition_pb2 import Indicator
from almanac.metrics.v1.metrics_service_pb2 import (
    ListIndicatorsRequest,
    ListIndicatorsResponse,
    StreamSeriesRequest,
)
from almanac.registry.v1.registry_service_pb2 import WatchChangesRequest
from almanac.server.v1.server_pb2 import GetServerInfoRequest


def test_a_call_after_the_end_of_a_connection_is_refused(server: Server) -> None:
    with connect(server.target) as almanac:
        listed = items(almanac.metrics.ListIndicators, ListIndicatorsRequest(), _indicators)
        _info(almanac)
        pinned = almanac.at("any")
        session = almanac.session()
    for late in (
        lambda: list(listed),
        lambda: _info(almanac),
        lambda: _info(session),
        lambda: _info(pinned),
        lambda: _info(almanac.session()),
        lambda: list(almanac.metrics.StreamSeries(StreamSeriesRequest())),
        lambda: almanac.metrics.ListIndicators.future(ListIndicatorsRequest()).result(5),
    ):
        with pytest.raises(ClosedError, match="this connection is closed"):
            late()
    almanac.close()


def test_a_call_that_begins_while_its_connection_ends_is_refused(server: Server) -> None:
    channel = SharedChannel(grpc.insecure_channel(server.target))
    one, many = channel.unary_unary("/any/One"), channel.unary_stream("/any/Many")
    channel.close()
    for begin in (one, one.with_call, one.future, many):
        with pytest.raises(ClosedError, match="this connection is closed"):
            begin(b"")


def test_a_view_ends_nothing(server: Server) -> None:
    with connect(server.target) as almanac:
        almanac.metrics.ListIndicators(ListIndicatorsRequest())
        with almanac.session() as session:
            _info(session)
        with almanac.at(almanac.snapshot()) as pinned:
            _info(pinned)
        session.close()
        _info(almanac)
        _info(session)


def test_a_connection_can_end_while_others_use_it(server: Server) -> None:
    for _ in range(5):
        almanac = connect(server.target)
        ends: queue.SimpleQueue[Exception] = queue.SimpleQueue()

        def use(almanac: Almanac = almanac, ends: queue.SimpleQueue[Exception] = ends) -> None:
            try:
                while True:
                    _info(almanac)
            except Exception as error:
                ends.put(error)

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        almanac.close()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()
        for _ in threads:
            # A call that had begun is cancelled.
            assert isinstance(ends.get(), ClosedError | AlmanacError)


@pytest.mark.parametrize(
    ("text", "address", "tls"),
    [
        ("127.0.0.1:7430", "127.0.0.1:7430", False),
        ("almanac.example.org:443", "almanac.example.org:443", False),
        ("[::1]:7430", "[::1]:7430", False),
        ("http://almanac:7430/", "almanac:7430", False),
        ("HTTPS://almanac:7430", "almanac:7430", True),
        ("dns:///almanac:7430", "dns:///almanac:7430", False),
        ("DNS:almanac:7430", "dns:almanac:7430", False),
        ("unix:/run/almanac.sock", "unix:/run/almanac.sock", False),
        # Hosts, whatever they are called.
        ("dns:7430", "dns:7430", False),
        ("https:7430", "https:7430", False),
    ],
)
def test_where_a_server_is(text: str, address: str, tls: bool) -> None:
    assert read_target(text) == (address, tls)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        ":7430",
        "almanac:",
        "almanac:0",
        "almanac:65536",
        "almanac:７４３０",
        "http://",
        "http://almanac",
        "https://almanac/",
        "http://almanac:7430/v1",
        "almanac:7430/",
        "ftp://almanac:7430",
        "http://somebody@almanac:7430",
        "::1:7430",
        " almanac:7430",
    ],
)
def test_what_is_no_place_of_a_server_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="is no address of a server"):
        connect(text)


def test_a_server_that_is_away_is_asked_for_by_name() -> None:
    with connect("http://127.0.0.1:1", retries=False) as almanac:
        with pytest.raises(AlmanacError) as caught:
            _info(almanac)
        with pytest.raises(AlmanacError) as streamed:
            list(almanac.metrics.StreamSeries(StreamSeriesRequest()))
    for error in (caught.value, streamed.value):
        assert error.is_transient
        assert error.message == error.status.message
        assert error.message.endswith("; is `almanac serve` running at http://127.0.0.1:1?")


def test_a_stream_of_a_server_that_hangs_ends(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_SIGN_OF_LIFE", 300)
    monkeypatch.setattr(connection, "_SIGN_WITHIN", 500)
    with connect(own.target) as almanac:
        watched = almanac.registry.WatchChanges(WatchChangesRequest())
        watched.initial_metadata()
        # Long enough for more signs of life than gRPC gives of itself while nothing is said.
        time.sleep(2)
        own.freeze()
        error = _within(10, lambda: list(watched))
    assert isinstance(error, AlmanacError)
    assert error.code is grpc.StatusCode.UNAVAILABLE


def test_a_stream_of_a_server_that_dies_before_its_first_answer_ends(own: Server) -> None:
    with connect(own.target) as almanac:
        almanac.metrics.ListIndicators(ListIndicatorsRequest())
        own.freeze()
        stream = almanac.metrics.StreamSeries(StreamSeriesRequest(), timeout=10)
        threading.Timer(0.5, own.kill).start()
        error = _within(20, lambda: list(stream))
    assert isinstance(error, AlmanacError)
    assert error.code is grpc.StatusCode.UNAVAILABLE


def _within(seconds: float, call: Callable[[], object]) -> Exception:
    """The error of a call that could also never end."""
    ended: queue.SimpleQueue[Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            call()
        except Exception as error:
            ended.put(error)

    threading.Thread(target=run, daemon=True).start()
    return ended.get(timeout=seconds)


def _info(almanac: Almanac) -> str:
    return almanac.server.GetServerInfo(GetServerInfoRequest()).version


def _indicators(page: ListIndicatorsResponse) -> Iterator[Indicator]:
    yield from page.indicators
