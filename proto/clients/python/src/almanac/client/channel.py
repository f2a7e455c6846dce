"""A channel that can be closed while others still hold it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import grpc

from .error import ClosedError


class SharedChannel(grpc.Channel):
    """The channel that all views of a connection use, and whether it was closed.

    gRPC looks a method up in its channel at every call, and where the channel is gone it
    ends the process rather than the call. So nothing is looked up once `close` has begun,
    and `close` waits for the look-ups that have.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._closed = False
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises ClosedError once the channel is closed."""
        if self._closed:
            raise ClosedError("this connection is closed; make another one with connect()")

    def unary_unary(self, *arguments: Any, **options: Any) -> Any:
        """A method with one request and one answer."""
        return self._look_up(self._channel.unary_unary, arguments, options)

    def unary_stream(self, *arguments: Any, **options: Any) -> Any:
        """A method with one request and a stream of answers."""
        return self._look_up(self._channel.unary_stream, arguments, options)

    def stream_unary(self, *arguments: Any, **options: Any) -> Any:
        """A method with a stream of requests and one answer."""
        return self._look_up(self._channel.stream_unary, arguments, options)

    def stream_stream(self, *arguments: Any, **options: Any) -> Any:
        """A method with a stream each way."""
        return self._look_up(self._channel.stream_stream, arguments, options)

    def subscribe(self, *arguments: Any, **options: Any) -> None:
        """Has somebody told how the connection is."""
        with self._lock:
            self.check()
            self._channel.subscribe(*arguments, **options)

    def unsubscribe(self, *arguments: Any, **options: Any) -> None:
        """Has somebody told no more."""
        self._channel.unsubscribe(*arguments, **options)

    def close(self) -> None:
        """Ends every call, and lets none begin any more. Safe to repeat."""
        with self._lock:
            already, self._closed = self._closed, True
        if not already:
            self._channel.close()

    def __enter__(self) -> SharedChannel:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _look_up(
        self, method: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> _Method:
        with self._lock:
            self.check()
            return _Method(self, method(*arguments, **options))


class _Method:
    """A method that was looked up before its channel was closed, and may be called after."""

    def __init__(self, channel: SharedChannel, method: Any) -> None:
        self._channel = channel
        self._method = method

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._begin(self._method, arguments, options)

    def with_call(self, *arguments: Any, **options: Any) -> Any:
        return self._begin(self._method.with_call, arguments, options)

    def future(self, *arguments: Any, **options: Any) -> Any:
        return self._begin(self._method.future, arguments, options)

    def _begin(
        self, begin: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        try:
            return begin(*arguments, **options)
        except ValueError:
            # Which is what gRPC says of a channel that is closed, among other things.
            self._channel.check()
            raise
