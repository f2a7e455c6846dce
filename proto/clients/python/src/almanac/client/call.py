"""What happens to every call on its way: deadline, metadata, snapshot and errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """How fresh the answers of reads must be: as of one snapshot, or not older than what was
    seen.

    What was seen is one token of each service that was written to, or watched, since the last
    read. A read asks for all of them, and its own token then stands in their place: it holds
    them all.
    """

    def __init__(self, *, pinned: str = "", seen: Mapping[str, str] | None = None) -> None:
        self._pinned = pinned
        self._seen = dict(seen or {})
        self._lock = threading.Lock()

    @property
    def pinned(self) -> str:
        """Token of the snapshot that all reads are answered as of; empty without one."""
        return self._pinned

    @property
    def tokens(self) -> tuple[str, ...]:
        """Tokens that the next read asks for; none before the first answer."""
        with self._lock:
            return (self._pinned,) if self._pinned else tuple(self._seen.values())

    def copy(self) -> Freshness:
        """One that begins with what this one has seen, and is pinned to nothing."""
        with self._lock:
            seen = {"": self._pinned} if self._pinned else self._seen
            return Freshness(seen=seen)

    def ask(self, request: RequestT) -> RequestT:
        """The request with the consistency to ask for, unless it says so itself.

        A later page, and the rest of a stream, stand where the first one stood.
        """
        if not _is_read(request) or _requirement(request) or _continues(request):
            return request
        if getattr(request, "request_id", "") and not self._pinned:
            # It may be sent again, and must then be the same.
            return request
        tokens = self.tokens
        if not tokens:
            return request
        asked: RequestT = type(request)()
        asked.CopyFrom(request)
        if self._pinned:
            asked.consistency.at_snapshot = self._pinned
        else:
            asked.consistency.at_least_as_fresh.tokens[:] = tokens
        return asked

    def see(self, method: str, request: Any, answer: Any) -> None:
        """Remembers the snapshot of an answer, unless something newer was seen meanwhile."""
        token = getattr(answer, "snapshot", "")
        if not token or self._pinned:
            return
        origin, covered = _origin(method), set[str]()
        if _is_read(request):
            if _continues(request) or _requirement(request) == "at_snapshot":
                return
            covered.update(request.consistency.at_least_as_fresh.tokens)
        with self._lock:
            known = self._seen.get(origin)
            if _is_read(request) and known is not None and known not in covered:
                return
            kept = {at: seen for at, seen in self._seen.items() if seen not in covered}
            self._seen = {**kept, origin: token}

    def forget(self) -> None:
        """Asks for nothing that was seen so far any more."""
        with self._lock:
            self._seen = {}


def _is_read(request: Any) -> bool:
    return isinstance(request, Message) and "consistency" in request.DESCRIPTOR.fields_by_name


def _requirement(request: Any) -> str | None:
    """What a read itself asks for."""
    requirement: str | None = request.consistency.WhichOneof("requirement")
    return requirement


def _continues(request: Any) -> bool:
    """Whether a read goes on with the answer of an earlier one."""
    return bool(getattr(request, "page_token", "") or getattr(request, "cursor", ""))


def _origin(method: str) -> str:
    """What a token is kept by: its service, of which only the newest one matters. A watch may
    be behind what was written, so its tokens are kept beside.
    """
    service, _, name = method.strip("/").partition("/")
    return method if name == "WatchChanges" else service


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Called:
    """A call on its way. What it is not asked here is asked of gRPC."""

    def __init__(
        self, call: Any, method: str, request: Any, terms: Terms, freshness: Freshness
    ) -> None:
        self._call = call
        self._method = method
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
            raise self._refused(error) from None
        self._freshness.see(self._method, self._request, heard)
        return heard

    def _refused(self, error: grpc.RpcError) -> AlmanacError:
        refused = AlmanacError.from_rpc(error, self._terms.target)
        if refused.reason == "SNAPSHOT_TOKEN_EXPIRED":
            # Nothing that was seen is there any more; the next read is of what is.
            self._freshness.forget()
        return refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class _Answer(_Called):
    """A call with one answer, which may still be awaited."""

    def result(self, timeout: float | None = None) -> Any:
        return self._hear(lambda: self._call.result(timeout))

    def exception(self, timeout: float | None = None) -> BaseException | None:
        error: BaseException | None = self._call.exception(timeout)
        if isinstance(error, grpc.RpcError):
            return self._refused(error)
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
        call = continuation(details, asked)
        return _Answer(call, details.method, asked, self._terms, self._freshness)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        """A request with a stream of answers, which may take as long as it takes."""
        details = self._details(client_call_details, None)
        asked = self._freshness.ask(request)
        call = continuation(details, asked)
        return _Answers(call, details.method, asked, self._terms, self._freshness)

    def intercept_stream_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request_iterator: Any
    ) -> Any:
        """A stream each way."""
        details = self._details(client_call_details, None)
        call = continuation(details, request_iterator)
        return _Answers(call, details.method, None, self._terms, self._freshness)

    def _details(self, details: Any, timeout: float | None) -> _Details:
        return _Details(
            method=details.method,
            timeout=timeout if details.timeout is None else details.timeout,
            metadata=(*(details.metadata or ()), *self._terms.metadata),
            credentials=details.credentials,
            wait_for_ready=getattr(details, "wait_for_ready", None),
            compression=getattr(details, "compression", None),
        )
