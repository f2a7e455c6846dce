"""Work that takes longer than a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

import grpc
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
# Seconds an answer may take on top of that.
_ANSWER = 10.0


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
        raised, whether or not the server answers, and the operation goes on; `cancel()`
        stops it.
        """
        until = None if timeout is None else time.monotonic() + timeout
        told: MetadataT | None = None
        while True:
            if progress is not None and (told is None or told != self.metadata):
                told = self.metadata
                progress(told)
            if self.is_done:
                return self._outcome()
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"{self.name} has not ended after {timeout} seconds")
            self._look(_PATIENT if progress is None else _WATCHED, left)

    def cancel(self) -> None:
        """Asks the server to stop it. `wait` then raises OPERATION_CANCELLED, unless it
        ended before.
        """
        self._almanac.operations.CancelOperation(
            operations_pb2.CancelOperationRequest(name=self.name)
        )

    def _look(self, seconds: float, left: float | None) -> None:
        """Asks how it is, and lets the server wait for so long before it answers. Where the
        caller has a time `left`, a server that does not answer only uses it up.
        """
        most = seconds + _ANSWER if left is None else min(seconds + _ANSWER, left)
        longest = duration_pb2.Duration()
        longest.FromNanoseconds(int(min(seconds, most) * 1e9))
        request = operations_pb2.WaitOperationRequest(name=self.name, timeout=longest)
        try:
            self.operation = self._almanac.operations.WaitOperation(request, timeout=most)
        except AlmanacError as error:
            if left is None or error.code is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise

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
    return _report(almanac, almanac.reporting.RunReport(request))


def find_report(almanac: Almanac, name: str) -> Running[RunReportMetadata, RunReportResponse]:
    """The making of a report by its `operations/{operation}`, whichever process started it."""
    request = operations_pb2.GetOperationRequest(name=name)
    operation = almanac.operations.GetOperation(request)
    if not operation.metadata.Is(RunReportMetadata.DESCRIPTOR):
        raise ValueError(f"{name} does not make a report")
    return _report(almanac, operation)


def _report(
    almanac: Almanac, operation: operations_pb2.Operation
) -> Running[RunReportMetadata, RunReportResponse]:
    return Running(almanac, operation, RunReportMetadata, RunReportResponse)
