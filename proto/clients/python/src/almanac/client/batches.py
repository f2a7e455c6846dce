"""The rows of an ingest cut into batches, the same rows always alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from almanac.metrics.v1.claim_pb2 import ClaimInput, SourceSeriesDeclaration

from .row import Row, Unread

# A batch is sent once it has so many bytes, whatever its rows: a server takes 4 MiB.
_BATCH_BYTES = 1 << 20


@dataclass
class Batch:
    """Rows that are sent, and acknowledged, together."""

    sequence: int
    first_row: int
    """How many rows the batches before it have."""
    rows: list[Row] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Where each row stands among all that were given."""
    claims: list[ClaimInput] = field(default_factory=list)
    size: int = 0
    """Bytes of the claims."""


class Batches:
    """Iterates over batches of so many rows at most, and knows what it has come across."""

    def __init__(self, rows: Iterable[Row | Unread], batch_rows: int) -> None:
        self.source_series: list[SourceSeriesDeclaration] = []
        """The source series of the rows by their number."""
        self.rows = 0
        """Rows cut so far."""
        self.unread = 0
        """Of what was given so far, what could not be read."""
        self._numbers: dict[bytes, int] = {}
        self._batch_rows = batch_rows
        self._cut = self._batches(rows)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        return next(self._cut)

    def _batches(self, rows: Iterable[Row | Unread]) -> Iterator[Batch]:
        batch = Batch(sequence=1, first_row=0)
        for index, row in enumerate(rows):
            if isinstance(row, Unread):
                self.unread += 1
                continue
            self._add(batch, row, index)
            if len(batch.rows) == self._batch_rows or batch.size >= _BATCH_BYTES:
                yield batch
                batch = Batch(batch.sequence + 1, first_row=self.rows)
        if batch.rows:
            yield batch

    def _add(self, batch: Batch, row: Row, index: int) -> None:
        claim = ClaimInput()
        claim.CopyFrom(row.claim)
        claim.source_series = self._number(row)
        batch.rows.append(row)
        batch.indexes.append(index)
        batch.claims.append(claim)
        batch.size += claim.ByteSize()
        self.rows += 1

    def _number(self, row: Row) -> int:
        source_series = SourceSeriesDeclaration(series=row.series, provenance=row.provenance)
        key = source_series.SerializeToString(deterministic=True)
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == len(self.source_series):
            source_series.source_series = number
            self.source_series.append(source_series)
        return number
