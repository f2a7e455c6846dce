"""Ingests: figures of one release, streamed, and resumed after a break.

The server acknowledges each batch once it is committed. A batch is kept in memory until
then, so a stream that breaks is opened again and goes on where the server says it is. A
process that died goes on the same way: it is started again with the same ingest id and the
same rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from almanac.figure.v1 import batch_pb2
from almanac.metrics.v1.metrics_service_pb2 import (
    BatchAcknowledged,
    GetReleaseRequest,
    IngestClaimsResponse,
    IngestCounts,
    IngestOpened,
    OpenIngest,
)
from almanac.metrics.v1.release_pb2 import COVERAGE_COMPLETE

from .batches import Batch, Batches
from .connection import Almanac
from .error import AlmanacError
from .ingest_stream import Stream
from .patience import Patience
from .row import RejectedRow, Row, Unread

_MOST_ROWS = 10_000


@dataclass
class Ingested:
    """What became of an ingest."""

    counts: IngestCounts = field(default_factory=IngestCounts)
    """Counts of the whole ingest, those of an earlier process included."""
    rejected: list[RejectedRow] = field(default_factory=list)
    """Rows this process sent that were not taken, when bad rows are skipped."""
    unread: int = 0
    """Rows that could not be read."""
    withheld: bool = False
    """The release is COMPLETE, but nothing was withdrawn: rows were rejected or unread, and
    what seems to be left out may stand in them. Ingest the release again, whole, under another
    ingest id."""
    breaks: int = 0
    """How often the stream broke and was resumed."""
    resumed_after: int = 0
    """Batches that an earlier process had got acknowledged."""
    was_finished: bool = False
    """The ingest was finished before, so nothing was sent."""
    snapshot: str = ""
    """Snapshot token that holds the ingest."""


@dataclass(frozen=True)
class IngestOptions:
    """How to ingest."""

    on_error: batch_pb2.OnError.ValueType = batch_pb2.ON_ERROR_ABORT
    """With SKIP_ROWS the good rows are taken and the bad ones listed."""
    backfill: bool = False
    """Accept a PARTIAL release older than the newest of its source series."""
    validate_only: bool = False
    """Check every row and write nothing. Not resumed: nothing is kept."""
    actor: str = ""
    """Who ingests, for the record."""
    batch_rows: int = 1000
    """Rows of a batch, 1 to 10,000. An ingest is resumed with the number it began with."""
    ahead: int = 4
    """Batches sent before the first of them is acknowledged, 1 or more."""
    patience: float = 60.0
    """Seconds without any progress after which an ingest is given up, whether its stream breaks
    again and again or the server says nothing. What the rows themselves take is not counted."""
    progress: Callable[[IngestCounts], None] | None = None
    """Called with the counts of this process after each acknowledged batch."""

    def __post_init__(self) -> None:
        if self.ahead < 1:
            raise ValueError(f"ahead is {self.ahead}; a batch must be sent to be acknowledged")
        if not 1 <= self.batch_rows <= _MOST_ROWS:
            raise ValueError(f"batch_rows is {self.batch_rows}; a batch has 1 to 10,000 rows")


def ingest(
    almanac: Almanac,
    release: str,
    ingest_id: str,
    rows: Iterable[Row | Unread],
    options: IngestOptions | None = None,
) -> Ingested:
    """Ingests the figures of a release and finishes the ingest.

    Give an `Unread` in place of a row that could not be read. Skipped instead, it would be
    taken for a figure that a COMPLETE release leaves out, and withdrawn.

    Raises AlmanacError when the ingest is refused, when a row is bad and bad rows are not
    skipped, and when the server stays away or silent for longer than `patience`. Call it again
    with the same id and the same rows to go on from the last acknowledged batch. ValueError
    tells that the rows cannot be those of before, or are cut into other batches: going on
    would leave some of them out.
    """
    return _Ingest(almanac, release, ingest_id, rows, options or IngestOptions()).run()


class _Ingest:
    """An ingest, and how far the server has it."""

    def __init__(
        self,
        almanac: Almanac,
        release: str,
        ingest_id: str,
        rows: Iterable[Row | Unread],
        options: IngestOptions,
    ) -> None:
        self._almanac = almanac
        self._options = options
        self._open = OpenIngest(
            release=release,
            ingest_id=ingest_id,
            on_error=options.on_error,
            backfill=options.backfill,
            validate_only=options.validate_only,
            actor=options.actor,
        )
        self._batches = Batches(rows, options.batch_rows)
        self._patience = Patience(options.patience)
        self._unacknowledged: deque[Batch] = deque()
        self._acknowledged = 0
        self._counts = IngestCounts()
        self._ingested = Ingested()

    def run(self) -> Ingested:
        """Streams until the ingest is finished, through any number of breaks."""
        while True:
            try:
                return self._stream()
            except AlmanacError as error:
                if self._options.validate_only or not error.is_break:
                    raise
                if not self._patience.once_more(error.retry_after):
                    raise
                self._ingested.breaks += 1

    def _stream(self) -> Ingested:
        """One stream, from opening to the end of the ingest."""
        stream = Stream(self._almanac, self._open)
        try:
            opened = stream.hear("opened", self._patience)
            if opened.opened.finished:
                return self._finished_before(opened)
            self._continue_after(opened.opened)
            self._send_all(stream)
            stream.finish(self._batches.unread)
            finished = stream.hear("finished", self._patience)
            self._ingested.withheld = finished.finished.withheld
            return self._finish(finished, finished.finished.counts)
        finally:
            stream.close()

    def _send_all(self, stream: Stream) -> None:
        again = deque(self._unacknowledged)
        while True:
            while stream.unanswered < self._options.ahead:
                batch = again.popleft() if again else self._next_batch()
                if batch is None:
                    break
                stream.send(batch, self._batches.source_series)
            if not stream.unanswered:
                return
            self._acknowledge(stream.hear("acknowledged", self._patience).acknowledged)

    def _continue_after(self, opened: IngestOpened) -> None:
        sequence = opened.acknowledged_through
        if sequence < self._acknowledged:
            raise RuntimeError(
                f"the server has batches up to {sequence} of ingest {self._open.ingest_id}, "
                f"although it acknowledged {self._acknowledged}: "
                "was it restored from an older copy?"
            )
        if self._acknowledged == 0 and not self._unacknowledged:
            self._ingested.resumed_after = sequence
        self._acknowledged = sequence
        while self._unacknowledged and self._unacknowledged[0].sequence <= sequence:
            self._unacknowledged.popleft()
        following = self._unacknowledged[0] if self._unacknowledged else self._next_batch()
        self._check_rows(opened, following.first_row if following else self._batches.rows)

    def _check_rows(self, opened: IngestOpened, known: int) -> None:
        """Refuses to go on after other rows than those that the server has."""
        if known != opened.counts.received:
            raise ValueError(
                f"ingest {self._open.ingest_id} has {opened.counts.received} rows in its first "
                f"{opened.acknowledged_through} batches, and of the rows given now these are "
                f"{known}: they are other rows, or batch_rows was another number"
            )

    def _next_batch(self) -> Batch | None:
        with self._patience.stopped():
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
            row, index = batch.rows[bad.index], batch.indexes[bad.index]
            self._ingested.rejected.append(RejectedRow(index, row, AlmanacError(bad.status)))
        _add(self._counts, said.counts)
        if self._options.progress is not None:
            told = IngestCounts()
            told.CopyFrom(self._counts)
            self._options.progress(told)
        self._patience.renew()

    def _finished_before(self, said: IngestClaimsResponse) -> Ingested:
        """The ingest is finished: by an earlier process, or by this one, which then did not
        hear of it. What of it was withheld is not said again, but follows.
        """
        self._ingested.was_finished = self._acknowledged == 0 and not self._unacknowledged
        for _ in self._batches:
            pass
        counts = said.opened.counts
        self._check_rows(said.opened, self._batches.rows)
        if self._batches.unread or counts.rejected:
            request = GetReleaseRequest(name=self._open.release)
            release = self._almanac.metrics.GetRelease(request).release
            self._ingested.withheld = release.coverage == COVERAGE_COMPLETE
        return self._finish(said, counts)

    def _finish(self, said: IngestClaimsResponse, counts: IngestCounts) -> Ingested:
        self._ingested.counts = counts
        self._ingested.unread = self._batches.unread
        self._ingested.snapshot = said.snapshot
        return self._ingested


def _add(total: IngestCounts, counts: IngestCounts) -> None:
    for count in IngestCounts.DESCRIPTOR.fields:
        setattr(total, count.name, getattr(total, count.name) + getattr(counts, count.name))
