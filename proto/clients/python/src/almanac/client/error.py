"""What a refused call says, read from the details that every error of Almanac carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, cast

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

DetailT = TypeVar("DetailT", bound=Message)

_DETAILS = "grpc-status-details-bin"
# What gRPC says of a stream whose connection ends.
_BROKEN = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED)
_CODES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class FieldViolation:
    """One thing wrong with one field of a request."""

    field: str
    """Path of the field as the contract spells it, such as `entity.names[2].language`."""
    description: str
    """A sentence that says what is wrong."""
    reason: str
    """Name of an `almanac.server.v1.ErrorReason` without its prefix."""


class ClosedError(RuntimeError):
    """A call was made on a connection that had been closed."""


class AlmanacError(Exception):
    """A call was refused, an operation failed or a row was rejected."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status
        """The whole status as the server sent it."""
        self.code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
        self.message: str = status.message
        info = _detail(status, error_details_pb2.ErrorInfo())
        self.reason: str = info.reason
        """Name of an `almanac.server.v1.ErrorReason` without its prefix; empty when the
        error does not come from the server, as when it cannot be reached."""
        self.domain: str = info.domain
        """`almanac.dev` for every error of the server."""
        self.metadata: Mapping[str, str] = MappingProxyType(dict(info.metadata))
        bad_request = _detail(status, error_details_pb2.BadRequest())
        self.violations = tuple(
            FieldViolation(found.field, found.description, found.reason)
            for found in bad_request.field_violations
        )
        delay = _detail(status, error_details_pb2.RetryInfo()).retry_delay
        self.retry_after: float = delay.seconds + delay.nanos / 1e9
        """Seconds to wait at the least before the same is asked again; 0 where the server does
        not say."""

    @property
    def resource(self) -> str:
        """Name of the resource that the error is about, such as `entities/atlantis`; empty
        when it is about none.
        """
        return self.metadata.get("resource", "")

    @classmethod
    def from_rpc(cls, error: grpc.RpcError, target: str = "") -> AlmanacError:
        """Reads the error of a call made without the helpers of this package.

        Of a call that reached no server the message asks whether there is one at `target`.
        """
        status = status_pb2.Status()
        # Every error that gRPC raises of a call is that call, which its type does not say.
        call = cast("grpc.Call", error)
        for key, value in call.trailing_metadata() or ():
            if key == _DETAILS and isinstance(value, bytes):
                status.ParseFromString(value)
        status.code = call.code().value[0]
        status.message = call.details() or status.message
        read = cls(status)
        if target and not read.reason and read.code is grpc.StatusCode.UNAVAILABLE:
            status.message += f"; is `almanac serve` running at {target}?"
            read = cls(status)
        return read

    @property
    def is_transient(self) -> bool:
        """The same call may succeed a little later: the server was away or busy."""
        return self.code is grpc.StatusCode.UNAVAILABLE or self.reason == "OVERLOADED"

    @property
    def is_break(self) -> bool:
        """A stream broke, rather than being refused: the same stream may be opened again."""
        return self.is_transient or (not self.reason and self.code in _BROKEN)

    def __reduce__(self) -> tuple[type[AlmanacError], tuple[status_pb2.Status]]:
        # As an Exception it would be made again from its message, which is not its argument.
        return type(self), (self.status,)

    def __str__(self) -> str:
        return f"{self.reason or self.code.name}: {self.message}"


def _detail(status: status_pb2.Status, empty: DetailT) -> DetailT:
    """The detail of the type of `empty`, or that as it is."""
    for detail in status.details:
        if detail.Unpack(empty):
            break
    return empty
