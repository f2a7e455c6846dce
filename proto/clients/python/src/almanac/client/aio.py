"""The stubs for asyncio, on a channel of `grpc.aio`.

They are the generated ones, whose types for asyncio exist for type checkers alone. Nothing of
what `connect` adds is in them: deadlines, snapshots and errors are those of gRPC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from google.longrunning import operations_pb2_grpc

from almanac.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from almanac.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from almanac.reporting.v1.reporting_service_pb2_grpc import ReportingServiceStub
from almanac.server.v1.server_pb2_grpc import ServerServiceStub

if TYPE_CHECKING:
    import grpc.aio
    from google.longrunning import operations_pb2
    from google.protobuf import empty_pb2

    from almanac.metrics.v1.metrics_service_pb2_grpc import MetricsServiceAsyncStub
    from almanac.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub
    from almanac.reporting.v1.reporting_service_pb2_grpc import ReportingServiceAsyncStub
    from almanac.server.v1.server_pb2_grpc import ServerServiceAsyncStub


class Operations(Protocol):
    """The methods of google.longrunning.Operations, whose own stub is not typed."""

    GetOperation: grpc.aio.UnaryUnaryMultiCallable[
        operations_pb2.GetOperationRequest, operations_pb2.Operation
    ]
    ListOperations: grpc.aio.UnaryUnaryMultiCallable[
        operations_pb2.ListOperationsRequest, operations_pb2.ListOperationsResponse
    ]
    WaitOperation: grpc.aio.UnaryUnaryMultiCallable[
        operations_pb2.WaitOperationRequest, operations_pb2.Operation
    ]
    CancelOperation: grpc.aio.UnaryUnaryMultiCallable[
        operations_pb2.CancelOperationRequest, empty_pb2.Empty
    ]
    DeleteOperation: grpc.aio.UnaryUnaryMultiCallable[
        operations_pb2.DeleteOperationRequest, empty_pb2.Empty
    ]


def registry(channel: grpc.aio.Channel) -> RegistryServiceAsyncStub:
    """Entities, relations and the vocabulary."""
    return cast("RegistryServiceAsyncStub", RegistryServiceStub(channel))


def metrics(channel: grpc.aio.Channel) -> MetricsServiceAsyncStub:
    """Figures and what they are about."""
    return cast("MetricsServiceAsyncStub", MetricsServiceStub(channel))


def reporting(channel: grpc.aio.Channel) -> ReportingServiceAsyncStub:
    """Templates and reports."""
    return cast("ReportingServiceAsyncStub", ReportingServiceStub(channel))


def server(channel: grpc.aio.Channel) -> ServerServiceAsyncStub:
    """What the server is."""
    return cast("ServerServiceAsyncStub", ServerServiceStub(channel))


def operations(channel: grpc.aio.Channel) -> Operations:
    """Work that takes longer than a call."""
    untyped: Any = operations_pb2_grpc.OperationsStub
    return cast("Operations", untyped(channel))
