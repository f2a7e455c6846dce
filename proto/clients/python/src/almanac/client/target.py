"""Where a server is, as somebody writes it."""

from __future__ import annotations

import re
from typing import NamedTuple

# What gRPC resolves by itself; anything else before a colon is a host.
_OF_GRPC = ("dns", "ipv4", "ipv6", "unix", "unix-abstract", "vsock", "xds")
_ADDRESS = re.compile(r"(?:[^\s/?#@:\[\]]+|\[[0-9A-Fa-f:.]+(?:%\w+)?\]):(\d{1,5})", re.ASCII)
_LAST_PORT = 65535


class Target(NamedTuple):
    """A target of gRPC, and whether it was written as one that speaks TLS."""

    address: str
    tls: bool


def read_target(text: str) -> Target:
    """Reads `HOST:PORT`, a URL of these, or a target of gRPC.

    Refused is what gRPC would take for the name of a host, and tell of only at the first call
    that this host is not known.
    """
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if colon and rest and scheme in _OF_GRPC and not rest.isdecimal():
        return Target(f"{scheme}:{rest}", tls=False)
    address = text
    if scheme in ("http", "https") and rest.startswith("//"):
        address = rest.removeprefix("//").removesuffix("/")
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found.group(1)) <= _LAST_PORT:
        raise ValueError(
            f"{text!r} is no address of a server: write HOST:PORT, http://HOST:PORT, "
            "https://HOST:PORT or a target of gRPC such as dns:///HOST:PORT"
        )
    return Target(address, tls=scheme == "https" and address != text)
