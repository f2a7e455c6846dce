"""Loads: acknowledged, broken, resumed, with bad rows as data."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import grpc
import pytest
from conftest import Server
from corpus import days, describe, new_entity, new_release, row

from almanac.client import Almanac, AlmanacError, LoadOptions, Row, connect, figures, load, quantity
from almanac.figure.v1.batch_pb2 import ON_ERROR_SKIP_ROWS
from almanac.metrics.v1.claim_pb2 import Line
from almanac.metrics.v1.metrics_service_pb2 import GetLineRequest, LoadCounts


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that this test may kill."""
    server = Server(tmp_path / "data")
    server.start()
    with connect(server.target) as almanac:
        describe(almanac)
    yield server
    server.stop()


def numbers(almanac: Almanac, entity: str) -> list[Decimal | None]:
    line = Line(indicator="indicators/gdp", entity=entity)
    data = almanac.metrics.GetLine(GetLineRequest(line=line)).data
    return [figure.number for figure in figures(data)]


def expected(count: int) -> list[Decimal]:
    return [Decimal(index) + Decimal("0.5") for index in range(count)]


def test_a_load_of_many_batches_and_series_is_all_there(almanac: Almanac) -> None:
    entities = [new_entity(almanac) for _ in range(3)]
    rows = [one for entity in entities for one in days(entity, 400)]
    told: list[int] = []
    options = LoadOptions(batch_rows=250, progress=lambda counts: told.append(counts.received))
    loaded = load(almanac, new_release(almanac), "many", rows, options)
    assert (loaded.counts.received, loaded.counts.written) == (1200, 1200)
    assert (loaded.breaks, loaded.resumed_after, loaded.was_finished) == (0, 0, False)
    assert told == [250, 500, 750, 1000, 1200]
    for entity in entities:
        assert numbers(almanac, entity) == expected(400)


def test_a_load_survives_a_server_that_is_killed_in_the_middle(own: Server) -> None:
    with connect(own.target) as almanac:
        entity, release = new_entity(almanac), new_release(almanac)
        restarts: list[threading.Thread] = []

        def kill_once(counts: LoadCounts) -> None:
            if counts.received >= 900 and not restarts:
                own.kill()
                restarts.append(threading.Thread(target=own.start))
                restarts[0].start()

        options = LoadOptions(batch_rows=300, ahead=3, progress=kill_once)
        loaded = load(almanac, release, "killed", days(entity, 3000), options)
        restarts[0].join()
        assert loaded.breaks >= 1
        assert loaded.counts.received == 3000
        assert loaded.counts.written == 3000
        assert numbers(almanac, entity) == expected(3000)


def test_a_load_whose_process_died_goes_on_where_it_was(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    rows = days(entity, 1000)

    def die(counts: LoadCounts) -> None:
        if counts.received >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(almanac, release, "died", rows, LoadOptions(batch_rows=100, ahead=1, progress=die))
    sent: list[int] = []
    loaded = load(
        almanac,
        release,
        "died",
        rows,
        LoadOptions(batch_rows=100, progress=lambda counts: sent.append(counts.received)),
    )
    assert loaded.resumed_after == 5
    # Only the other half is sent.
    assert sent == [100, 200, 300, 400, 500]
    assert (loaded.counts.received, loaded.counts.written) == (1000, 1000)
    assert numbers(almanac, entity) == expected(1000)
    again = load(almanac, release, "died", rows, LoadOptions(batch_rows=100))
    assert again.was_finished
    assert again.counts.written == 1000


def test_bad_rows_are_data_and_the_others_go_in(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    rows = days(entity, 30)
    rows[7].claim.period.code = "2001-13"
    rows[23].claim.quantity.number = "1,5"
    rows.append(row("entities/atlantis", "2001", quantity.exact(1)))
    options = LoadOptions(on_error=ON_ERROR_SKIP_ROWS, batch_rows=10)
    loaded = load(almanac, new_release(almanac), "bad", rows, options)
    found = {rejected.index: rejected for rejected in loaded.rejected}
    reasons = {index: rejected.error.reason for index, rejected in found.items()}
    assert reasons == {7: "PERIOD_INVALID", 23: "NUMBER_INVALID", 30: "ENTITY_UNKNOWN"}
    assert found[7].row.claim.period.code == "2001-13"
    assert found[23].error.violations[0].field.endswith("quantity.number")
    assert (loaded.counts.written, loaded.counts.rejected) == (28, 3)


def test_a_bad_row_ends_a_load_that_skips_none(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    rows = days(entity, 5)
    rows[3].claim.period.code = "2001-13"
    with pytest.raises(AlmanacError) as caught:
        load(almanac, new_release(almanac), "strict", rows)
    assert caught.value.reason == "PERIOD_INVALID"
    with pytest.raises(AlmanacError, match="LINE_NOT_FOUND"):
        numbers(almanac, entity)


def test_a_check_writes_nothing(almanac: Almanac) -> None:
    entity = new_entity(almanac)
    options = LoadOptions(validate_only=True)
    loaded = load(almanac, new_release(almanac), "dry", days(entity, 20), options)
    assert loaded.counts.written == 20
    with pytest.raises(AlmanacError, match="LINE_NOT_FOUND"):
        numbers(almanac, entity)


def test_a_check_that_breaks_is_not_resumed(own: Server) -> None:
    with connect(own.target) as almanac:
        rows, release = days(new_entity(almanac), 900), new_release(almanac)
        options = LoadOptions(
            validate_only=True,
            batch_rows=100,
            ahead=1,
            patience=20,
            progress=lambda counts: own.kill() if counts.received == 300 else None,
        )
        begin = time.monotonic()
        with pytest.raises(AlmanacError):
            load(almanac, release, "broken check", rows, options)
        assert time.monotonic() - begin < 10


def test_the_same_figures_again_write_nothing(almanac: Almanac) -> None:
    entity, release = new_entity(almanac), new_release(almanac)
    load(almanac, release, "first", days(entity, 20))
    loaded = load(almanac, release, "second", days(entity, 20))
    assert (loaded.counts.written, loaded.counts.unchanged) == (0, 20)


def test_an_unknown_release_is_refused_and_not_tried_again(almanac: Almanac) -> None:
    begin = time.monotonic()
    with pytest.raises(AlmanacError, match="RELEASE_NOT_FOUND"):
        load(almanac, "releases/none", "none", [])
    assert time.monotonic() - begin < 2


def test_patience_with_a_server_that_is_away_has_an_end() -> None:
    def none() -> Iterator[Row]:
        yield from ()

    with connect("127.0.0.1:1") as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            load(almanac, "releases/any", "away", none(), LoadOptions(patience=1.0))
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE
        assert 0.9 < time.monotonic() - begin < 5
