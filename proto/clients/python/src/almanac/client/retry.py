"""Which calls gRPC may repeat by itself: those that the contract says have no side effects."""

from __future__ import annotations

import json
from collections.abc import Iterable

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from almanac.metrics.v1 import metrics_service_pb2
from almanac.registry.v1 import registry_service_pb2
from almanac.reporting.v1 import reporting_service_pb2
from almanac.server.v1 import server_pb2

_FILES = (metrics_service_pb2, registry_service_pb2, reporting_service_pb2, server_pb2)
# Whose contract does not say it.
_OPERATIONS = [
    {"service": "google.longrunning.Operations", "method": method}
    for method in ("GetOperation", "ListOperations", "WaitOperation")
]
# Only UNAVAILABLE is known to have changed nothing.
_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "3s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def service_config() -> str:
    """The service config of a channel that repeats reads, and stops while most calls fail."""
    names = [
        {"service": service.full_name, "method": method.name}
        for service in _services()
        for method in service.methods
        if is_repeated(method)
    ]
    config = {
        "methodConfig": [{"name": names + _OPERATIONS, "retryPolicy": _POLICY}],
        "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.2},
    }
    return json.dumps(config)


def is_repeated(method: MethodDescriptor) -> bool:
    """Whether a call may be repeated: the contract says that it has no side effects.

    A stream is not: one that broke before its first answer, and that gRPC repeats in vain,
    never ends, not even at its deadline.
    """
    if method.client_streaming or method.server_streaming:
        return False
    level = method.GetOptions().idempotency_level
    return bool(level == MethodOptions.NO_SIDE_EFFECTS)


def _services() -> Iterable[ServiceDescriptor]:
    for file in _FILES:
        yield from file.DESCRIPTOR.services_by_name.values()
