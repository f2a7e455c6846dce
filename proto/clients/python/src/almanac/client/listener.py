"""Answers of a stream, waited for no longer than one wants to."""

from __future__ import annotations

import queue
import threading
from typing import Any, Generic, TypeVar

from google.rpc import code_pb2, status_pb2

from .error import AlmanacError

AnswerT = TypeVar("AnswerT")

# Answers that are kept for whoever is slow to take them; the server waits with the others.
_AHEAD = 16
# Seconds in which a cancelled stream has ended; it takes no answer of the server.
_ENDING = 5.0


class Listener(Generic[AnswerT]):
    """A thread of its own that listens to a stream.

    Whoever waits for an answer of gRPC waits for as long as the stream is open, which a server
    that hangs leaves open.
    """

    def __init__(self, answers: Any, name: str) -> None:
        self._answers = answers
        self._heard: queue.Queue[AnswerT | Exception] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._listen, name=name, daemon=True)
        self._thread.start()

    def hear(self, timeout: float, limit: float) -> AnswerT:
        """Waits for the next answer, `timeout` seconds from now on. The error that ends the
        wait says that it was `limit` seconds, some of which may have passed before.
        """
        try:
            answer = self._heard.get(timeout=timeout)
        except queue.Empty:
            raise _broken(f"the server has said nothing for {limit:g} seconds") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Ends the stream, whatever has come of it, and the thread that listens to it: one
        that is still listening when the interpreter ends takes a lock of gRPC with it, for
        which the end then waits for good.
        """
        self._answers.cancel()
        # What nobody takes any more must not keep the thread from hearing of the end.
        while self._thread.is_alive() and not self._heard.empty():
            self._heard.get_nowait()
            self._thread.join(0.01)
        self._thread.join(_ENDING)

    def _listen(self) -> None:
        try:
            for answer in self._answers:
                self._heard.put(answer)
            self._heard.put(_broken("the server ended the stream"))
        except Exception as error:
            self._heard.put(error)


def _broken(message: str) -> AlmanacError:
    return AlmanacError(status_pb2.Status(code=code_pb2.UNAVAILABLE, message=message))
