"""One stream of an ingest: what was said in it and has not been answered."""

from __future__ import annotations

import queue
from collections.abc import Sequence

from almanac.metrics.v1.claim_pb2 import SourceSeriesDeclaration
from almanac.metrics.v1.metrics_service_pb2 import (
    ClaimBatch,
    DeclareSourceSeries,
    FinishIngest,
    IngestClaimsRequest,
    IngestClaimsResponse,
    OpenIngest,
)

from .batches import Batch
from .connection import Almanac
from .listener import Listener
from .patience import Patience

_DECLARED_AT_ONCE = 2000


class Stream:
    """A stream from its opening on."""

    def __init__(self, almanac: Almanac, opening: OpenIngest) -> None:
        self._requests: queue.SimpleQueue[IngestClaimsRequest | None] = queue.SimpleQueue()
        self._requests.put(IngestClaimsRequest(open=opening))
        answers = almanac.metrics.IngestClaims(iter(self._requests.get, None))
        self._listener = Listener[IngestClaimsResponse](answers, "almanac ingest")
        self._declared: set[int] = set()
        self.unanswered = 0

    def send(self, batch: Batch, source_series: Sequence[SourceSeriesDeclaration]) -> None:
        """Sends a batch, and before it the source series that this stream has not declared."""
        new = sorted({claim.source_series for claim in batch.claims} - self._declared)
        self._declared.update(new)
        for start in range(0, len(new), _DECLARED_AT_ONCE):
            declared = [source_series[number] for number in new[start : start + _DECLARED_AT_ONCE]]
            self._requests.put(
                IngestClaimsRequest(declare=DeclareSourceSeries(source_series=declared))
            )
        said = ClaimBatch(sequence=batch.sequence, claims=batch.claims)
        self._requests.put(IngestClaimsRequest(batch=said))
        self.unanswered += 1

    def finish(self, unread: int) -> None:
        """Says that the ingest is complete, but for so many rows that could not be read."""
        self._requests.put(IngestClaimsRequest(finish=FinishIngest(unread=unread)))

    def hear(self, kind: str, patience: Patience) -> IngestClaimsResponse:
        """Waits for the next answer."""
        answer = self._listener.hear(patience.left, patience.seconds)
        if answer.WhichOneof("message") != kind:
            raise RuntimeError(f"the server said {answer.WhichOneof('message')} and not {kind}")
        if kind == "acknowledged":
            self.unanswered -= 1
        return answer

    def close(self) -> None:
        """Ends the stream, whatever has come of it."""
        self._requests.put(None)
        self._listener.close()
