"""Ingests: acknowledged, broken, resumed, with bad rows as data."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal

import grpc
import pytest
from conftest import Serve, Server
from corpus import SOURCE, days, new_entity, new_release, row

from almanac.client import (
    Almanac,
    AlmanacError,
    IngestOptions,
    Row,
    Unread,
    connect,
    figures,
    ingest,
    quantity,
)
from almanac.figure.v1.batch_pb2 import ON_ERROR_SKIP_ROWS
from almanac.metrics.v1.claim_pb2 import SeriesKey
from almanac.metrics.v1.metrics_service_pb2 import (
    BatchAcknowledged,
    CreateReleaseRequest,
    GetSeriesRequest,
    IngestClaimsRequest,
    IngestClaimsResponse,
    IngestCounts,
    IngestFinished,
    IngestOpened,
)
from almanac.metrics.v1.release_pb2 import COVERAGE_COMPLETE, Release


def numbers(almanac: Almanac, entity: str) -> list[Decimal | None]:
    request = GetSeriesRequest(key=SeriesKey(indicator="indicators/gdp", entity=entity))
    return [figure.number for figure in figures(almanac, request)]


def expected(count: int) -> list[Decimal]:
    return [Decimal(index) + Decimal("0.5") for index in range(count)]


def test_an_ingest_of_many_batches_and_source_series_is_all_there(almanac: Almanac) -> None:
    entities = [new_entity(almanac) for _ in range(3)]
    rows = [one for entity in entities for one in days(entity, 400)]
    told: list[IngestCounts] = []
    options = IngestOptions(batch_rows=250, progress=told.append)
    ingested = ingest(almanac, new_release(almanac), "many", rows, options)
    assert (ingested.counts.received, ingested.counts.written) == (1200, 1200)
    assert (ingested.breaks, ingested.resumed_after, ingested.was_finished) == (0, 0, False)
    assert [counts.received for counts in told] == [250, 500, 750, 1000, 1200]
    for entity in entities:
        assert numbers(almanac, entity) == expected(400)


def test_an_ingest_survives_a_server_that_is_killed_in_the_middle(own: Server) -> None:
    with connect(own.target) as almanac:
        entity, release = new_entity(almanac), new_release(almanac)
        restarts: list[threading.Thread] = []

        def kill_once(counts: IngestCounts) -> None:
            if counts.received >= 900 and not restarts:
                own.kill()
                restarts.append(threading.Thread(target=own.start))
                restarts[0].start()

        options = IngestOptions(batch_rows=300, ahead=3, progress=kill_once)
        ingested = ingest(almanac, release, "killed", days(entity, 3000), options)
        restarts[0].join()
        assert ingested.breaks >= 1
        assert ingested.counts.received == 3000
        assert ingested.counts.written == 3000
        assert numbers(almanac, entity) == expected(3000)


def test_an_ingest_whose_process_died_goes_on_where_it_was(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    rows = days(entity, 1000)

    def die(counts: IngestCounts) -> None:
        if counts.received >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(almanac, release, "died", rows, IngestOptions(batch_rows=100, ahead=1, progress=die))
    sent: list[int] = []
    ingested = ingest(
        almanac,
        release,
        "died",
        rows,
        IngestOptions(batch_rows=100, progress=lambda counts: sent.append(counts.received)),
    )
    assert ingested.resumed_after == 5
    # Only the other half is sent.
    assert sent == [100, 200, 300, 400, 500]
    assert (ingested.counts.received, ingested.counts.written) == (1000, 1000)
    assert numbers(almanac, entity) == expected(1000)
    again = ingest(almanac, release, "died", rows, IngestOptions(batch_rows=100))
    assert again.was_finished
    assert again.counts.written == 1000


def begun(almanac: Almanac, release: str, rows: list[Row]) -> None:
    """An ingest that dies after 500 of its rows, in batches of 100."""

    def die(counts: IngestCounts) -> None:
        if counts.received >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(
            almanac, release, release, rows, IngestOptions(batch_rows=100, ahead=1, progress=die)
        )


def test_an_ingest_does_not_go_on_with_other_rows(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    rows = days(entity, 1000)
    begun(almanac, release, rows)
    as_before = IngestOptions(batch_rows=100)
    for others, options in (
        # Cut otherwise, the sixth batch would begin after other rows than the first five have.
        (rows, IngestOptions(batch_rows=50)),
        (rows, IngestOptions(batch_rows=150)),
        # These end before what the server has, or would seem to.
        (rows[:450], as_before),
        (rows, IngestOptions(batch_rows=1000)),
        ([], as_before),
    ):
        with pytest.raises(ValueError, match="has 500 rows in its first 5 batches"):
            ingest(almanac, release, release, others, options)
    assert ingest(almanac, release, release, rows, as_before).counts.received == 1000
    assert numbers(almanac, entity) == expected(1000)
    # Nor is an ingest that is finished taken for one of more rows, or of fewer.
    for others in (days(entity, 1001), rows[:999]):
        with pytest.raises(ValueError, match="has 1000 rows"):
            ingest(almanac, release, release, others, as_before)


def test_rejected_rows_count_as_rows_that_the_server_has(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    rows = days(entity, 40)
    rows[3].claim.period.code = "2001-13"

    def die(counts: IngestCounts) -> None:
        raise KeyboardInterrupt

    options = IngestOptions(ON_ERROR_SKIP_ROWS, batch_rows=10, ahead=1, progress=die)
    with pytest.raises(KeyboardInterrupt):
        ingest(almanac, release, release, rows, options)
    options = IngestOptions(ON_ERROR_SKIP_ROWS, batch_rows=10)
    ingested = ingest(almanac, release, release, rows, options)
    assert ingested.resumed_after == 1
    assert (ingested.counts.received, ingested.counts.rejected) == (40, 1)


def complete_release(almanac: Almanac, published: str) -> str:
    """A release that withdraws what it does not contain."""
    created = almanac.metrics.CreateRelease(
        CreateReleaseRequest(
            release_id=f"whole-{uuid.uuid4().hex[:12]}",
            release=Release(
                source=SOURCE,
                title="Yearbook",
                published=published,
                coverage=COVERAGE_COMPLETE,
                scope=["indicators/gdp"],
            ),
        )
    )
    return created.release.name


def test_a_row_that_cannot_be_read_is_not_a_withdrawal(own: Server) -> None:
    with connect(own.target) as almanac:
        entity = new_entity(almanac)
        rows = days(entity, 6)
        first = ingest(almanac, complete_release(almanac, "2024-10-21"), "first", rows)
        assert (first.withheld, first.unread) == (False, 0)
        release = complete_release(almanac, "2024-10-22")
        damaged: list[Row | Unread] = [*rows]
        damaged[2] = Unread("line 4 is cut off")
        ingested = ingest(almanac, release, "second", damaged, IngestOptions(batch_rows=2))
        assert (ingested.counts.received, ingested.counts.withdrawn) == (5, 0)
        assert (ingested.withheld, ingested.unread) == (True, 1)
        assert numbers(almanac, entity) == expected(6)
        # What was withheld is told to whoever did not hear of the end, too.
        again = ingest(almanac, release, "second", damaged, IngestOptions(batch_rows=2))
        assert (again.was_finished, again.withheld, again.unread) == (True, True, 1)
        # The row left out is what would have been withdrawn.
        release = complete_release(almanac, "2024-10-23")
        ingested = ingest(almanac, release, "third", [*rows[:2], *rows[3:]])
        assert (ingested.counts.withdrawn, ingested.withheld) == (1, False)


def test_rejected_rows_are_found_among_those_that_could_not_be_read(almanac: Almanac) -> None:
    rows: list[Row | Unread] = [*days(new_entity(almanac), 5)]
    rows[1] = Unread()
    bad = rows[3]
    assert isinstance(bad, Row)
    bad.claim.period.code = "2001-13"
    options = IngestOptions(on_error=ON_ERROR_SKIP_ROWS)
    ingested = ingest(almanac, new_release(almanac), str(uuid.uuid4()), rows, options)
    assert [rejected.index for rejected in ingested.rejected] == [3]
    assert rows[ingested.rejected[0].index] is bad
    assert not ingested.withheld


@pytest.mark.parametrize("options", [{"ahead": 0}, {"batch_rows": 0}, {"batch_rows": 10_001}])
def test_options_that_ingest_nothing_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        IngestOptions(**options)  # type: ignore[arg-type]


def test_bad_rows_are_data_and_the_others_go_in(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    rows = days(entity, 30)
    rows[7].claim.period.code = "2001-13"
    rows[23].claim.quantity.number = "1,5"
    rows.append(row("entities/atlantis", "2001", quantity.exact(1)))
    options = IngestOptions(on_error=ON_ERROR_SKIP_ROWS, batch_rows=10)
    ingested = ingest(almanac, new_release(almanac), "bad", rows, options)
    found = {rejected.index: rejected for rejected in ingested.rejected}
    reasons = {index: rejected.error.reason for index, rejected in found.items()}
    assert reasons == {7: "PERIOD_INVALID", 23: "NUMBER_INVALID", 30: "ENTITY_UNKNOWN"}
    assert found[7].row.claim.period.code == "2001-13"
    assert found[23].error.violations[0].field.endswith("quantity.number")
    assert (ingested.counts.written, ingested.counts.rejected) == (28, 3)


def test_a_bad_row_ends_an_ingest_that_skips_none(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    rows = days(entity, 5)
    rows[3].claim.period.code = "2001-13"
    with pytest.raises(AlmanacError) as caught:
        ingest(almanac, new_release(almanac), "strict", rows)
    assert caught.value.reason == "PERIOD_INVALID"
    with pytest.raises(AlmanacError, match="SERIES_NOT_FOUND"):
        numbers(almanac, entity)


def test_a_check_writes_nothing(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    options = IngestOptions(validate_only=True)
    ingested = ingest(almanac, new_release(almanac), "dry", days(entity, 20), options)
    assert ingested.counts.written == 20
    with pytest.raises(AlmanacError, match="SERIES_NOT_FOUND"):
        numbers(almanac, entity)


def test_a_check_that_breaks_is_not_resumed(own: Server) -> None:
    with connect(own.target) as almanac:
        rows, release = days(new_entity(almanac), 900), new_release(almanac)
        options = IngestOptions(
            validate_only=True,
            batch_rows=100,
            ahead=1,
            patience=20,
            progress=lambda counts: own.kill() if counts.received == 300 else None,
        )
        begin = time.monotonic()
        with pytest.raises(AlmanacError):
            ingest(almanac, release, "broken check", rows, options)
        assert time.monotonic() - begin < 10


def test_the_same_figures_again_write_nothing(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    ingest(almanac, release, "first", days(entity, 20))
    ingested = ingest(almanac, release, "second", days(entity, 20))
    assert (ingested.counts.written, ingested.counts.unchanged) == (0, 20)


def test_an_unknown_release_is_refused_and_not_tried_again(almanac: Almanac) -> None:
    begin = time.monotonic()
    with pytest.raises(AlmanacError, match="RELEASE_NOT_FOUND"):
        ingest(almanac, "releases/none", "none", [])
    assert time.monotonic() - begin < 2


def test_patience_with_a_server_that_is_away_has_an_end() -> None:
    def none() -> Iterator[Row]:
        yield from ()

    with connect("127.0.0.1:1") as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            ingest(almanac, "releases/any", "away", none(), IngestOptions(patience=1.0))
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE
        assert 0.9 < time.monotonic() - begin < 5


def silent_ingest(
    requests: Iterator[IngestClaimsRequest], context: grpc.ServicerContext
) -> Iterator[IngestClaimsResponse]:
    """Opens an ingest and then says nothing more."""
    over = threading.Event()
    context.add_callback(over.set)
    yield IngestClaimsResponse(opened=IngestOpened())
    over.wait(30)


def slow_ingest(
    requests: Iterator[IngestClaimsRequest], context: grpc.ServicerContext
) -> Iterator[IngestClaimsResponse]:
    """Takes its time with every batch."""
    for request in requests:
        if request.HasField("open"):
            yield IngestClaimsResponse(opened=IngestOpened())
        elif request.HasField("batch"):
            time.sleep(0.5)
            said = BatchAcknowledged(sequence=request.batch.sequence)
            yield IngestClaimsResponse(acknowledged=said)
        elif request.HasField("finish"):
            yield IngestClaimsResponse(finished=IngestFinished())


def ingesting(serve: Serve, behaviour: Callable[..., Iterator[IngestClaimsResponse]]) -> str:
    handler = grpc.stream_stream_rpc_method_handler(
        behaviour,
        request_deserializer=IngestClaimsRequest.FromString,
        response_serializer=IngestClaimsResponse.SerializeToString,
    )
    return serve("almanac.metrics.v1.MetricsService", {"IngestClaims": handler})


def test_patience_with_a_server_that_says_nothing_has_an_end(serve: Serve) -> None:
    rows = days("entities/any", 3)
    with connect(ingesting(serve, silent_ingest)) as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError, match="has said nothing for 1 seconds"):
            ingest(almanac, "releases/any", "silent", rows, IngestOptions(patience=1))
        assert 0.9 < time.monotonic() - begin < 5


def test_an_ingest_that_gets_on_may_take_longer_than_patience(serve: Serve) -> None:
    options = IngestOptions(batch_rows=1, ahead=1, patience=1)
    with connect(ingesting(serve, slow_ingest)) as almanac:
        ingested = ingest(almanac, "releases/any", "slow", days("entities/any", 4), options)
    assert ingested.breaks == 0


def test_rows_may_take_longer_than_patience(almanac: Almanac) -> None:
    entity = new_entity(almanac)

    def slowly() -> Iterator[Row]:
        for one in days(entity, 2):
            time.sleep(1.5)
            yield one

    options = IngestOptions(batch_rows=1, ahead=1, patience=1)
    ingested = ingest(almanac, new_release(almanac), str(uuid.uuid4()), slowly(), options)
    assert (ingested.counts.written, ingested.breaks) == (2, 0)
