"""Loads: figures of one release, streamed, and resumed after a break.

The server acknowledges each batch once it is committed. A batch is kept in memory until
then, so a stream that breaks is opened again and goes on where the server says it is. A
process that died goes on the same way: it is started again with the same load id and the
same rows.
"""

from __future__ import annotations

import queue
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import grpc
from google.rpc import code_pb2, status_pb2

from almanac.figure.v1 import batch_pb2
from almanac.metrics.v1.claim_pb2 import ClaimInput, Line, Provenance, SeriesDeclaration
from almanac.metrics.v1.metrics_service_pb2 import (
    BatchAcknowledged,
    ClaimBatch,
    DeclareSeries,
    FinishLoad,
    IngestClaimsRequest,
    IngestClaimsResponse,
    LoadCounts,
    OpenLoad,
)

from .connection import Almanac
from .error import AlmanacError

# A batch is sent once it has so many bytes, whatever its rows: a server takes 4 MiB.
_BATCH_BYTES = 1 << 20
_DECLARED_AT_ONCE = 2000
_BROKEN = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED)


@dataclass(frozen=True)
class Row:
    """One figure, with the series it belongs to."""

    line: Line
    """What it is about, by its fields."""
    provenance: Provenance
    """Whose figure it is; `source` stays empty, `unit` is required."""
    claim: ClaimInput
    """The figure; its `series` is filled in."""


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken."""

    index: int
    """Index among all rows of the load, from 0."""
    row: Row
    error: AlmanacError


@dataclass
class Loaded:
    """What became of a load."""

    counts: LoadCounts = field(default_factory=LoadCounts)
    """Counts of the whole load, those of an earlier process included."""
    rejected: list[RejectedRow] = field(default_factory=list)
    """Rows this process sent that were not taken, when bad rows are skipped."""
    breaks: int = 0
    """How often the stream broke and was resumed."""
    resumed_after: int = 0
    """Batches that an earlier process had got acknowledged."""
    was_finished: bool = False
    """The load was finished before, so nothing was sent."""
    snapshot: str = ""
    """Snapshot token that holds the load."""


@dataclass(frozen=True)
class LoadOptions:
    """How to load."""

    on_error: batch_pb2.OnError.ValueType = batch_pb2.ON_ERROR_ABORT
    """With SKIP_ROWS the good rows are taken and the bad ones listed."""
    backfill: bool = False
    """Accept a PARTIAL release older than the newest of its series."""
    validate_only: bool = False
    """Check every row and write nothing. Not resumed: nothing is kept."""
    actor: str = ""
    """Who loads, for the record."""
    batch_rows: int = 1000
    """Rows of a batch, 1 to 10,000. A load is resumed with the number it began with."""
    ahead: int = 4
    """Batches sent before the first of them is acknowledged."""
    patience: float = 60.0
    """Seconds without any progress after which a broken load is given up."""
    progress: Callable[[LoadCounts], None] | None = None
    """Called with the counts of this process after each acknowledged batch."""


def load(
    almanac: Almanac,
    release: str,
    load_id: str,
    rows: Iterable[Row],
    options: LoadOptions | None = None,
) -> Loaded:
    """Loads the figures of a release and finishes the load.

    Raises AlmanacError when the load is refused, when a row is bad and bad rows are not
    skipped, and when the server stays away for longer than `patience`. Call it again with
    the same id and the same rows to go on from the last acknowledged batch.
    """
    return _Load(almanac, release, load_id, rows, options or LoadOptions()).run()


@dataclass(frozen=True)
class _Batch:
    sequence: int
    first_row: int
    rows: list[Row]
    claims: list[ClaimInput]


class _Load:
    """The rows of a load cut into batches, and how far the server has them."""

    def __init__(
        self,
        almanac: Almanac,
        release: str,
        load_id: str,
        rows: Iterable[Row],
        options: LoadOptions,
    ) -> None:
        self._almanac = almanac
        self._options = options
        self._open = OpenLoad(
            release=release,
            load_id=load_id,
            on_error=options.on_error,
            backfill=options.backfill,
            validate_only=options.validate_only,
            actor=options.actor,
        )
        self._series: list[SeriesDeclaration] = []
        self._batches = self._cut(rows)
        self._unacknowledged: deque[_Batch] = deque()
        self._acknowledged = 0
        self._counts = LoadCounts()
        self._loaded = Loaded()

    def run(self) -> Loaded:
        """Streams until the load is finished, through any number of breaks."""
        waits = _Waits(self._options.patience)
        while True:
            before = self._acknowledged
            try:
                return self._stream()
            except AlmanacError as error:
                if self._options.validate_only or not _is_break(error):
                    raise
                if self._acknowledged > before:
                    waits = _Waits(self._options.patience)
                if not waits.once_more():
                    raise
                self._loaded.breaks += 1

    def _stream(self) -> Loaded:
        """One stream, from opening to the end of the load."""
        stream = _Stream(self._almanac, self._open)
        try:
            opened = stream.hear("opened")
            if opened.opened.finished:
                self._loaded.was_finished = self._acknowledged == 0 and not self._unacknowledged
                return self._finish(opened, opened.opened.counts)
            self._continue_after(opened.opened.acknowledged_through)
            again = deque(self._unacknowledged)
            while True:
                while stream.unanswered < self._options.ahead:
                    batch = again.popleft() if again else self._next_batch()
                    if batch is None:
                        break
                    stream.send(batch, self._series)
                if not stream.unanswered:
                    break
                self._acknowledge(stream.hear("acknowledged").acknowledged)
            stream.finish()
            finished = stream.hear("finished")
            return self._finish(finished, finished.finished.counts)
        finally:
            stream.close()

    def _continue_after(self, sequence: int) -> None:
        if sequence < self._acknowledged:
            raise RuntimeError(
                f"the server has batches up to {sequence} of load {self._open.load_id}, although "
                f"it acknowledged {self._acknowledged}: was it restored from an older copy?"
            )
        if self._acknowledged == 0 and not self._unacknowledged:
            self._loaded.resumed_after = sequence
        self._acknowledged = sequence
        while self._unacknowledged and self._unacknowledged[0].sequence <= sequence:
            self._unacknowledged.popleft()

    def _next_batch(self) -> _Batch | None:
        for batch in self._batches:
            if batch.sequence > self._acknowledged:
                self._unacknowledged.append(batch)
                return batch
        return None

    def _acknowledge(self, said: BatchAcknowledged) -> None:
        batch = self._unacknowledged.popleft()
        if said.sequence != batch.sequence:
            raise RuntimeError(f"batch {said.sequence} was acknowledged before {batch.sequence}")
        self._acknowledged = batch.sequence
        for bad in said.row_errors:
            row, index = batch.rows[bad.index], batch.first_row + bad.index
            self._loaded.rejected.append(RejectedRow(index, row, AlmanacError(bad.status)))
        _add(self._counts, said.counts)
        if self._options.progress is not None:
            self._options.progress(self._counts)

    def _finish(self, said: IngestClaimsResponse, counts: LoadCounts) -> Loaded:
        self._loaded.counts = counts
        self._loaded.snapshot = said.snapshot
        return self._loaded

    def _cut(self, rows: Iterable[Row]) -> Iterator[_Batch]:
        """The same rows always make the same batches, so that a load can be resumed."""
        numbers: dict[bytes, int] = {}
        sequence, first_row = 0, 0
        taken: list[Row] = []
        claims: list[ClaimInput] = []
        size = 0
        for row in rows:
            claim = ClaimInput()
            claim.CopyFrom(row.claim)
            claim.series = self._number(numbers, row)
            taken.append(row)
            claims.append(claim)
            size += claim.ByteSize()
            if len(taken) == self._options.batch_rows or size >= _BATCH_BYTES:
                sequence += 1
                yield _Batch(sequence, first_row, taken, claims)
                first_row += len(taken)
                taken, claims, size = [], [], 0
        if taken:
            yield _Batch(sequence + 1, first_row, taken, claims)

    def _number(self, numbers: dict[bytes, int], row: Row) -> int:
        series = SeriesDeclaration(line=row.line, provenance=row.provenance)
        number = numbers.setdefault(series.SerializeToString(deterministic=True), len(numbers))
        if number == len(self._series):
            series.series = number
            self._series.append(series)
        return number


class _Stream:
    """One stream of a load: what was said in it and has not been answered."""

    def __init__(self, almanac: Almanac, opening: OpenLoad) -> None:
        self._requests: queue.SimpleQueue[IngestClaimsRequest | None] = queue.SimpleQueue()
        self._requests.put(IngestClaimsRequest(open=opening))
        self._answers = almanac.metrics.IngestClaims(iter(self._requests.get, None))
        self._declared: set[int] = set()
        self.unanswered = 0

    def send(self, batch: _Batch, series: Sequence[SeriesDeclaration]) -> None:
        """Sends a batch, and before it the series that this stream has not declared."""
        new = sorted({claim.series for claim in batch.claims} - self._declared)
        self._declared.update(new)
        for start in range(0, len(new), _DECLARED_AT_ONCE):
            declared = [series[number] for number in new[start : start + _DECLARED_AT_ONCE]]
            self._requests.put(IngestClaimsRequest(declare=DeclareSeries(series=declared)))
        said = ClaimBatch(sequence=batch.sequence, claims=batch.claims)
        self._requests.put(IngestClaimsRequest(batch=said))
        self.unanswered += 1

    def finish(self) -> None:
        """Says that the load is complete."""
        self._requests.put(IngestClaimsRequest(finish=FinishLoad()))

    def hear(self, kind: str) -> IngestClaimsResponse:
        """Waits for the next answer."""
        answer = next(self._answers, None)
        if answer is None:
            ended = status_pb2.Status(
                code=code_pb2.UNAVAILABLE, message="the server ended the stream of the load"
            )
            raise AlmanacError(ended)
        if answer.WhichOneof("message") != kind:
            raise RuntimeError(f"the server said {answer.WhichOneof('message')} and not {kind}")
        if kind == "acknowledged":
            self.unanswered -= 1
        return answer

    def close(self) -> None:
        """Ends the stream, whatever has come of it."""
        self._requests.put(None)
        self._answers.cancel()


class _Waits:
    """Waits between attempts: longer each time, spread at random, up to a total."""

    def __init__(self, patience: float) -> None:
        self._until = time.monotonic() + patience
        self._next = 0.2

    def once_more(self) -> bool:
        """Waits; false when the patience is at its end."""
        left = self._until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, self._next * random.uniform(0.5, 1.0)))  # noqa: S311
        self._next = min(self._next * 2, 5.0)
        return True


def _is_break(error: AlmanacError) -> bool:
    """Whether the stream broke, rather than the load being refused."""
    return error.is_transient or (not error.reason and error.code in _BROKEN)


def _add(total: LoadCounts, counts: LoadCounts) -> None:
    for count in LoadCounts.DESCRIPTOR.fields:
        setattr(total, count.name, getattr(total, count.name) + getattr(counts, count.name))
