"""One stream of an ingest: what was said in it and has not been answered."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from google.rpc import code_pb2, status_pb2

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
from .error import AlmanacError
from .patience import Patience

_DECLARED_AT_ONCE = 2000
# Seconds in which a cancelled stream has ended; it takes no answer of the server.
_ENDING = 5.0


class Stream:
    """A stream from its opening on.

    A thread of its own listens to it: whoever waits for an answer of gRPC waits for as long as
    the stream is open, which a server that hangs leaves open.
    """

    def __init__(self, almanac: Almanac, opening: OpenIngest) -> None:
        self._requests: queue.SimpleQueue[IngestClaimsRequest | None] = queue.SimpleQueue()
        self._requests.put(IngestClaimsRequest(open=opening))
        self._answers = almanac.metrics.IngestClaims(iter(self._requests.get, None))
        self._heard: queue.SimpleQueue[IngestClaimsResponse | Exception] = queue.SimpleQueue()
        self._declared: set[int] = set()
        self.unanswered = 0
        self._listener = threading.Thread(target=self._listen, name="almanac ingest", daemon=True)
        self._listener.start()

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
        try:
            answer = self._heard.get(timeout=patience.left)
        except queue.Empty:
            raise _broken(f"the server has said nothing for {patience.seconds:g} seconds") from None
        if isinstance(answer, Exception):
            raise answer
        if answer.WhichOneof("message") != kind:
            raise RuntimeError(f"the server said {answer.WhichOneof('message')} and not {kind}")
        if kind == "acknowledged":
            self.unanswered -= 1
        return answer

    def close(self) -> None:
        """Ends the stream, whatever has come of it, and the thread that listens to it: one
        that is still listening when the interpreter ends takes a lock of gRPC with it, for
        which the end then waits for good.
        """
        self._requests.put(None)
        self._answers.cancel()
        self._listener.join(_ENDING)

    def _listen(self) -> None:
        try:
            for answer in self._answers:
                self._heard.put(answer)
            self._heard.put(_broken("the server ended the stream of the ingest"))
        except Exception as error:
            self._heard.put(error)


def _broken(message: str) -> AlmanacError:
    return AlmanacError(status_pb2.Status(code=code_pb2.UNAVAILABLE, message=message))
