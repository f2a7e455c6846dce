"""Watches and streams that go on after a break, over restarts of the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import grpc
import pytest
from conftest import Serve, Server
from corpus import days, new_entity, new_release, row, write

from almanac.client import AlmanacError, ClosedError, connect, figures, quantity, watch
from almanac.metrics.v1 import metrics_service_pb2 as metrics
from almanac.metrics.v1.claim_pb2 import Claim, Series
from almanac.registry.v1 import registry_service_pb2 as registry
from almanac.reporting.v1 import reporting_service_pb2 as reporting
from almanac.snapshot.v1.snapshot_pb2 import CHANGE_TYPE_CREATED, WatchStart

REGISTRY = "almanac.registry.v1.RegistryService"
METRICS = "almanac.metrics.v1.MetricsService"


def test_changes_of_every_service_are_told(own: Server) -> None:
    with connect(own.target) as almanac:
        start = WatchStart(after_snapshot=almanac.snapshot())
        entity = new_entity(almanac)
        release = write(almanac, [row(entity, "2001", quantity.exact(1))])
        request = registry.WatchChangesRequest(start=start)
        told = next(watch(almanac.registry.WatchChanges, request)).changes
        assert [(change.name, change.type) for change in told] == [(entity, CHANGE_TYPE_CREATED)]
        kinds = [metrics.RECORD_KIND_SERIES]
        asked = metrics.WatchChangesRequest(start=start, kinds=kinds)
        (change,) = next(watch(almanac.metrics.WatchChanges, asked)).changes
        assert (change.release, change.claim_count) == (release, 1)
        # A checkpoint, since there is nothing new.
        later = reporting.WatchChangesRequest(start=start)
        assert next(watch(almanac.reporting.WatchChanges, later)).is_checkpoint


def test_a_watch_goes_on_over_restarts_and_tells_every_change_once(own: Server) -> None:
    with connect(own.target) as almanac:
        start = WatchStart(after_snapshot=almanac.snapshot())
        kinds = [registry.RECORD_KIND_ENTITY]
        request = registry.WatchChangesRequest(start=start, kinds=kinds)
        watched = watch(almanac.registry.WatchChanges, request)
        written: list[str] = []
        for end in (own.stop, own.kill, lambda: None):
            written.append(new_entity(almanac))
            told = next(message for message in watched if message.changes)
            assert [change.name for change in told.changes] == written[-1:]
            end()
            if own.process is None:
                own.start()
        watched.close()
        # The request stays as it was given.
        assert request.start == start


def test_a_watch_can_be_ended_and_gone_on_with(own: Server) -> None:
    with connect(own.target) as almanac:
        watched = watch(almanac.registry.WatchChanges, registry.WatchChangesRequest())
        token = next(watched).resume_token
        watched.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "almanac watch"]
        entity = new_entity(almanac)
        request = registry.WatchChangesRequest(start=WatchStart(resume_token=token))
        told = next(watch(almanac.registry.WatchChanges, request))
        assert [change.name for change in told.changes] == [entity]
        # What was told is seen by reads of other services too.
        assert told.snapshot in almanac.tokens


def test_a_token_that_is_none_is_refused_at_once(own: Server) -> None:
    request = registry.WatchChangesRequest(start=WatchStart(resume_token="none"))  # noqa: S106
    with connect(own.target) as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError, match="RESUME_TOKEN_INVALID"):
            next(watch(almanac.registry.WatchChanges, request))
        assert time.monotonic() - begin < 2


class Feed:
    """A service that tells one change with each call, and then does what a test says."""

    def __init__(self, then: Callable[[grpc.ServicerContext], object]) -> None:
        self.starts: list[str] = []
        self._then = then

    def __call__(
        self, request: registry.WatchChangesRequest, context: grpc.ServicerContext
    ) -> Iterator[registry.WatchChangesResponse]:
        self.starts.append(request.start.resume_token)
        yield registry.WatchChangesResponse(resume_token=str(len(self.starts)))
        self._then(context)


def feeding(serve: Serve, feed: Feed) -> str:
    handler = grpc.unary_stream_rpc_method_handler(
        feed,
        request_deserializer=registry.WatchChangesRequest.FromString,
        response_serializer=registry.WatchChangesResponse.SerializeToString,
    )
    return serve(REGISTRY, {"WatchChanges": handler})


def be_silent(context: grpc.ServicerContext) -> None:
    over = threading.Event()
    context.add_callback(over.set)
    over.wait(30)


def go_away(context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNAVAILABLE, "away")


@pytest.mark.parametrize("then", [be_silent, go_away, lambda context: None])
def test_a_watch_is_opened_again_after_its_last_message(
    serve: Serve, then: Callable[[grpc.ServicerContext], object]
) -> None:
    feed = Feed(then)
    with connect(feeding(serve, feed)) as almanac:
        request = registry.WatchChangesRequest()
        watched = watch(almanac.registry.WatchChanges, request, silence=0.5)
        assert [next(watched).resume_token for _ in range(3)] == ["1", "2", "3"]
        watched.close()
    assert feed.starts == ["", "1", "2"]


def test_patience_with_a_watch_that_does_not_come_about_has_an_end() -> None:
    with connect("127.0.0.1:1") as almanac:
        request = registry.WatchChangesRequest()
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            next(watch(almanac.registry.WatchChanges, request, patience=1))
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE
        assert 0.9 < time.monotonic() - begin < 5


def test_what_is_done_with_a_message_may_take_longer_than_patience(serve: Serve) -> None:
    with connect(feeding(serve, Feed(go_away))) as almanac:
        request = registry.WatchChangesRequest()
        watched = watch(almanac.registry.WatchChanges, request, patience=0.5)
        next(watched)
        time.sleep(1)
        next(watched)
        watched.close()


def test_a_watch_ends_with_its_connection(own: Server) -> None:
    with connect(own.target) as almanac:
        watched = watch(almanac.registry.WatchChanges, registry.WatchChangesRequest())
        next(watched)
        threading.Timer(0.3, almanac.close).start()
        with pytest.raises(ClosedError):
            list(watched)


def test_a_stream_of_series_that_breaks_goes_on_after_its_cursor(serve: Serve) -> None:
    cursors: list[str] = []

    def stream(
        request: metrics.StreamSeriesRequest, context: grpc.ServicerContext
    ) -> Iterator[metrics.StreamSeriesResponse]:
        assert request.filter == "some"
        cursors.append(request.cursor)
        for number in range(int(request.cursor or 0), 7):
            claim = Claim(name=str(number))
            claim.period.code = "2001"
            part = metrics.SeriesData(series=Series(name="series/s"), claims=[claim])
            yield metrics.StreamSeriesResponse(series=[part], cursor=str(number + 1))
            if number % 3 == 2:
                context.abort(grpc.StatusCode.UNAVAILABLE, "away")

    handler = grpc.unary_stream_rpc_method_handler(
        stream,
        request_deserializer=metrics.StreamSeriesRequest.FromString,
        response_serializer=metrics.StreamSeriesResponse.SerializeToString,
    )
    with connect(serve(METRICS, {"StreamSeries": handler})) as almanac:
        read = figures(almanac, metrics.StreamSeriesRequest(filter="some"))
        assert [figure.claim for figure in read] == list("0123456")
    assert cursors == ["", "3", "6"]


def test_a_stream_of_series_that_cannot_be_is_refused_at_once(own: Server) -> None:
    with connect(own.target) as almanac:
        for request, reason in (
            (metrics.StreamSeriesRequest(filter="no = "), "FILTER_INVALID"),
            (metrics.StreamSeriesRequest(cursor="none"), "CURSOR_INVALID"),
        ):
            with pytest.raises(AlmanacError, match=reason):
                list(figures(almanac, request))


def test_all_series_are_of_one_snapshot_whatever_is_written_meanwhile(own: Server) -> None:
    with connect(own.target) as almanac:
        for _ in range(3):
            write(almanac, days(new_entity(almanac), 4))
        read = figures(almanac, metrics.StreamSeriesRequest())
        first = next(read)
        write(almanac, days(new_entity(almanac), 4), new_release(almanac))
        rest = list(read)
        assert len(rest) == 11
        assert first.number == Decimal("0.50")
        assert len(list(figures(almanac, metrics.StreamSeriesRequest()))) == 16
