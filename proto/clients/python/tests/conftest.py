"""Servers to test against: the real binary, on free ports, with data of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from corpus import describe

from almanac.client import Almanac, connect
from almanac.server.v1.server_pb2 import GetServerInfoRequest

ROOT = Path(__file__).resolve().parents[4]
BINARY = Path(os.environ.get("ALMANAC_BIN", ROOT / "target/debug/almanac"))


@dataclass
class Server:
    """A server process that can be killed and started again over the same data."""

    data: Path
    port: int = field(default_factory=lambda: _free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), "serve", "--migrate"],
                env={
                    **kept,
                    "ALMANAC__LISTEN": self.target,
                    "ALMANAC_DATA_DIR": str(self.data),
                },
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_serves()

    def kill(self) -> None:
        """Kills it without a chance to end anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Has it hang: its connections stay open and it says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, sign: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sign)

    def _end(self, sign: signal.Signals) -> None:
        if self.process is not None:
            process, self.process = self.process, None
            process.send_signal(sign)
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()

    def _wait_until_it_serves(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process is not None
            assert self.process.poll() is None, self._log()
            with grpc.insecure_channel(self.target) as channel:
                try:
                    grpc.channel_ready_future(channel).result(1)
                    return
                except grpc.FutureTimeoutError:
                    continue
        raise AssertionError(f"it does not serve: {self._log()}")

    def _log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8")[-2000:]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the small corpus."""
    server = Server(tmp_path_factory.mktemp("almanac") / "data")
    server.start()
    with connect(server.target) as almanac:
        almanac.server.GetServerInfo(GetServerInfoRequest())
        describe(almanac)
    yield server
    server.stop()


@pytest.fixture
def almanac(server: Server) -> Iterator[Almanac]:
    """A connection to the server with the small corpus."""
    with connect(server.target) as connected:
        yield connected


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server with the small corpus that one test alone uses, and may kill or freeze."""
    server = Server(tmp_path / "data")
    server.start()
    with connect(server.target) as almanac:
        describe(almanac)
    yield server
    if server.process is not None:
        server.thaw()
    server.stop()


# The methods of a service by name.
Methods = dict[str, "grpc.RpcMethodHandler[Any, Any]"]
Serve = Callable[[str, Methods], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves what a test makes up of a service, and says where."""
    servers = []

    def start(service: str, methods: Methods) -> str:
        server = grpc.server(futures.ThreadPoolExecutor(2))
        handler = grpc.method_handlers_generic_handler(service, methods)
        server.add_generic_rpc_handlers([handler])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}"

    yield start
    for server in servers:
        server.stop(None).wait()


@pytest.fixture
def silent() -> Iterator[str]:
    """Where connections are taken and never a word is said."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo pack, loaded once."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    subprocess.run(
        ["bash", str(ROOT / "services/almanac/demo/run.sh")],  # noqa: S607
        env={
            **kept,
            "ALMANAC": str(BINARY),
            "ALMANAC_DATA_DIR": str(folder / "data"),
            "ALMANAC_REPORT": str(folder / "report.html"),
        },
        check=True,
        capture_output=True,
    )
    server = Server(folder / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the seeded data."""
    assert "ALMANAC_SEED" in os.environ, "set it to what proto/clients/seed.sh prints"
    server = Server(tmp_path_factory.mktemp("scenario") / "data")
    shutil.copytree(os.environ["ALMANAC_SEED"], server.data)
    server.start()
    yield server
    server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
