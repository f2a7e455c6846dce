"""The stubs for asyncio, as typed as the others."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest
from conftest import Server

from almanac.client import AlmanacError, aio
from almanac.metrics.v1.metrics_service_pb2 import ListIndicatorsRequest, StreamSeriesRequest
from almanac.registry.v1.registry_service_pb2 import GetEntityRequest
from almanac.reporting.v1.reporting_service_pb2 import ListReportsRequest
from almanac.server.v1.server_pb2 import GetServerInfoRequest


def test_every_service_has_its_stub(server: Server) -> None:
    async def ask() -> list[str]:
        async with grpc.aio.insecure_channel(server.target) as channel:
            info = await aio.server(channel).GetServerInfo(GetServerInfoRequest())
            found = await aio.registry(channel).GetEntity(GetEntityRequest(name="entities/china"))
            metrics = aio.metrics(channel)
            listed = await metrics.ListIndicators(ListIndicatorsRequest())
            async for part in metrics.StreamSeries(StreamSeriesRequest()):
                assert part.series
            await aio.reporting(channel).ListReports(ListReportsRequest())
            assert info.version
            return [found.entity.kind, *(indicator.name for indicator in listed.indicators)]

    assert asyncio.run(ask()) == ["country", "indicators/firms", "indicators/gdp"]


def test_their_errors_can_be_read(server: Server) -> None:
    from google.longrunning.operations_pb2 import GetOperationRequest

    async def ask() -> None:
        async with grpc.aio.insecure_channel(server.target) as channel:
            operations = aio.operations(channel)
            await operations.GetOperation(GetOperationRequest(name="operations/reporting.none"))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        asyncio.run(ask())
    error = AlmanacError.from_rpc(caught.value)
    assert (error.code, error.domain) == (grpc.StatusCode.NOT_FOUND, "almanac.dev")
    assert error.reason
