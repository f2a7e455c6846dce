"""Work that takes longer than a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from google.longrunning import operations_pb2
from google.protobuf import duration_pb2
from google.protobuf.message import Message

from almanac.reporting.v1.reporting_service_pb2 import (
    RunReportMetadata,
    RunReportRequest,
    RunReportResponse,
)

from .connection import Almanac
from .error import AlmanacError

MetadataT = TypeVar("MetadataT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message)

# Seconds one call waits for the end: long where nobody watches, short where somebody does.
_PATIENT, _WATCHED = 20.0, 0.25


class Running(Generic[MetadataT, ResponseT]):
    """An operation of a server, which goes on whether or not anybody waits for it."""

    def __init__(
        self,
        almanac: Almanac,
        operation: operations_pb2.Operation,
        metadata: type[MetadataT],
        response: type[ResponseT],
    ) -> None:
        self._almanac = almanac
        self._metadata = metadata
        self._response = response
        self.operation = operation
        """The operation as it was when it was last asked for."""

    @property
    def name(self) -> str:
        """`operations/{operation}`, by which another process can find it."""
        name: str = self.operation.name
        return name

    @property
    def is_done(self) -> bool:
        """It had ended when it was last asked for, well or not."""
        return bool(self.operation.done)

    @property
    def metadata(self) -> MetadataT:
        """How far it was when it was last asked for."""
        metadata = self._metadata()
        self.operation.metadata.Unpack(metadata)
        return metadata

    def wait(
        self,
        timeout: float | None = None,
        progress: Callable[[MetadataT], None] | None = None,
    ) -> ResponseT:
        """Waits for the end and returns the response; raises AlmanacError if it failed.

        `progress` is called whenever more is done. After `timeout` seconds TimeoutError is
        raised and the operation goes on; `cancel()` stops it.
        """
        until = None if timeout is None else time.monotonic() + timeout
        told: MetadataT | None = None
        while True:
            if progress is not None and (told is None or told != self.metadata):
                told = self.metadata
                progress(told)
            if self.is_done:
                return self._outcome()
            left = _PATIENT if progress is None else _WATCHED
            if until is not None:
                left = min(left, until - time.monotonic())
                if left <= 0:
                    raise TimeoutError(f"{self.name} has not ended after {timeout} seconds")
            self._look(left)

    def cancel(self) -> None:
        """Asks the server to stop it. `wait` then raises OPERATION_CANCELLED, unless it
        ended before.
        """
        self._almanac.operations.CancelOperation(
            operations_pb2.CancelOperationRequest(name=self.name)
        )

    def _look(self, seconds: float) -> None:
        longest = duration_pb2.Duration()
        longest.FromNanoseconds(int(seconds * 1e9))
        request = operations_pb2.WaitOperationRequest(name=self.name, timeout=longest)
        self.operation = self._almanac.operations.WaitOperation(request, timeout=seconds + 10)

    def _outcome(self) -> ResponseT:
        if self.operation.HasField("error"):
            raise AlmanacError(self.operation.error)
        response = self._response()
        self.operation.response.Unpack(response)
        return response


def run_report(
    almanac: Almanac, request: RunReportRequest
) -> Running[RunReportMetadata, RunReportResponse]:
    """Starts to make a report."""
    operation = almanac.reporting.RunReport(request)
    return Running(almanac, operation, RunReportMetadata, RunReportResponse)
