"""What happens to every call on its way: deadline, metadata, snapshot and errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import grpc
from google.protobuf.message import Message

from .error import AlmanacError

RequestT = TypeVar("RequestT", bound=Any)


@dataclass(frozen=True)
class Terms:
    """What every call of a connection gets."""

    timeout: float | None
    """Seconds a call with one answer may take, unless it says otherwise."""
    metadata: tuple[tuple[str, str | bytes], ...] = ()
    target: str = ""
    """Where the server is, as whoever connects wrote it."""


class Freshness:
    """The snapshot that reads ask for: pinned to one, or the last one that was seen."""

    def __init__(self, *, pinned: str = "", seen: str = "") -> None:
        self._pinned = pinned
        self._seen = seen
        self._lock = threading.Lock()

    @property
    def snapshot(self) -> str:
        """Token of the pinned snapshot, else of the last answer; empty before the first."""
        with self._lock:
            return self._pinned or self._seen

    def ask(self, request: RequestT) -> RequestT:
        """The request with the snapshot to ask for, unless it names one itself."""
        if not _is_read(request) or request.at_snapshot or request.at_least_as_fresh:
            return request
        if getattr(request, "request_id", "") and not self._pinned:
            # It may be sent again, and must then be the same.
            return request
        pinned, fresh = self._wanted(getattr(request, "page_token", ""))
        asked: RequestT = type(request)()
        asked.CopyFrom(request)
        asked.at_snapshot, asked.at_least_as_fresh = pinned, fresh
        return asked

    def see(self, request: Any, answer: Any) -> None:
        """Remembers the snapshot of an answer, unless an older one was asked for."""
        with self._lock:
            if not _is_read(request) or self._is_newest(request):
                self._seen = getattr(answer, "snapshot", "") or self._seen

    def _is_newest(self, request: Any) -> bool:
        """Whether the answer is not older than what was seen: it was asked not to be. The
        pages of a list are of its beginning.
        """
        if request.at_snapshot or getattr(request, "page_token", ""):
            return False
        return bool(request.at_least_as_fresh == self._seen)

    def _wanted(self, page_token: str) -> tuple[str, str]:
        """What to ask for. A later page of a list asks for nothing: it stands where the first
        one stood.
        """
        with self._lock:
            if self._pinned:
                return self._pinned, ""
            return "", "" if page_token else self._seen


def _is_read(request: Any) -> bool:
    return isinstance(request, Message) and "at_least_as_fresh" in request.DESCRIPTOR.fields_by_name


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Called:
    """A call on its way. What it is not asked here is asked of gRPC."""

    def __init__(self, call: Any, request: Any, terms: Terms, freshness: Freshness) -> None:
        self._call = call
        self._request = request
        self._terms = terms
        self._freshness = freshness

    def _hear(self, answer: Callable[[], Any]) -> Any:
        """The answer, or the error that it is. How gRPC found the error says nothing to
        whoever called, so its own error is only the context of this one.
        """
        try:
            heard = answer()
        except grpc.RpcError as error:
            raise AlmanacError.from_rpc(error, self._terms.target) from None
        self._freshness.see(self._request, heard)
        return heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class _Answer(_Called):
    """A call with one answer, which may still be awaited."""

    def result(self, timeout: float | None = None) -> Any:
        return self._hear(lambda: self._call.result(timeout))

    def exception(self, timeout: float | None = None) -> BaseException | None:
        error: BaseException | None = self._call.exception(timeout)
        if isinstance(error, grpc.RpcError):
            return AlmanacError.from_rpc(error, self._terms.target)
        return error

    def add_done_callback(self, told: Callable[[Any], None]) -> None:
        self._call.add_done_callback(lambda _: told(self))


class _Answers(_Called):
    """A call whose answers come one after the other."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._hear(lambda: next(self._call))


class Interceptor(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Puts the terms and the snapshot into calls, and takes snapshots and errors out."""

    def __init__(self, terms: Terms, freshness: Freshness) -> None:
        self._terms = terms
        self._freshness = freshness

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """A request with one answer."""
        details = self._details(client_call_details, self._terms.timeout)
        asked = self._freshness.ask(request)
        return _Answer(continuation(details, asked), asked, self._terms, self._freshness)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """A request with a stream of answers, which may take as long as it takes."""
        details = self._details(client_call_details, None)
        asked = self._freshness.ask(request)
        return _Answers(continuation(details, asked), asked, self._terms, self._freshness)

    def intercept_stream_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request_iterator: Any
    ) -> Any:
        """A stream each way."""
        details = self._details(client_call_details, None)
        call = continuation(details, request_iterator)
        return _Answers(call, None, self._terms, self._freshness)

    def _details(self, details: Any, timeout: float | None) -> _Details:
        return _Details(
            method=details.method,
            timeout=timeout if details.timeout is None else details.timeout,
            metadata=(*(details.metadata or ()), *self._terms.metadata),
            credentials=details.credentials,
            wait_for_ready=getattr(details, "wait_for_ready", None),
            compression=getattr(details, "compression", None),
        )
