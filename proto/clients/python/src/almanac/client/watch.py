"""Changes of a service, followed over restarts of the server."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol, TypeVar

import grpc

from almanac.metrics.v1 import metrics_service_pb2 as metrics
from almanac.registry.v1 import registry_service_pb2 as registry
from almanac.reporting.v1 import reporting_service_pb2 as reporting

from .error import AlmanacError
from .listener import Listener
from .patience import Patience


class Changes(Protocol):
    """What a watch sends: some changes, or a checkpoint."""

    @property
    def resume_token(self) -> str:
        """Continues after this message."""


RequestT = TypeVar(
    "RequestT",
    registry.WatchChangesRequest,
    metrics.WatchChangesRequest,
    reporting.WatchChangesRequest,
)
ChangesT = TypeVar("ChangesT", bound=Changes)


def watch(
    method: grpc.UnaryStreamMultiCallable[RequestT, ChangesT],
    request: RequestT,
    *,
    silence: float = 30.0,
    patience: float | None = 60.0,
) -> Generator[ChangesT, None, None]:
    """Changes of a service, each once and in commit order, without end:
    `watch(almanac.registry.WatchChanges, WatchChangesRequest())`.

    A stream that breaks, as when the server is restarted, is opened again after the last
    message. To begin where a list ended, start `after_snapshot` of the list; to go on in
    another process, keep the `resume_token` of the last message. Checkpoints are passed on:
    they have no changes, and say up to where there are none. `close()` ends it.

    Args:
        method: `WatchChanges` of the registry, of metrics or of reporting.
        request: Where to start and what to watch.
        silence: Seconds without a word after which a stream counts as broken. The server says
            something at least every ten seconds.
        patience: Seconds after which AlmanacError is raised if no stream comes about; none to
            go on trying for ever. What the caller does with a message is not counted.

    Errors that opening again does not mend are raised at once, RESUME_TOKEN_EXPIRED among them:
    then list anew and watch after the snapshot of that list.

    """
    asked = type(request)()
    asked.CopyFrom(request)
    waiting = Patience(float("inf") if patience is None else patience)
    while True:
        listener = Listener[ChangesT](method(asked), "almanac watch")
        try:
            while True:
                message = listener.hear(silence, silence)
                asked.start.resume_token = message.resume_token
                yield message
                waiting.renew()
        except AlmanacError as error:
            if not error.is_break or not waiting.once_more(error.retry_after):
                raise
        finally:
            listener.close()
