"""Lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import grpc
from google.protobuf.message import Message


class Page(Protocol):
    """An answer of a list."""

    @property
    def next_page_token(self) -> str:
        """Token of the next page; empty at the end."""


RequestT = TypeVar("RequestT", bound=Message)
PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")


def pages(
    method: grpc.UnaryUnaryMultiCallable[RequestT, PageT], request: RequestT
) -> Iterator[PageT]:
    """All pages of a list, as they are asked for. A page may be empty and not the last.

    A page may also be shorter than asked for, where its items would not fit into an answer.
    Every page is of the snapshot of the first one, whatever is written in between.
    """
    asked = type(request)()
    asked.CopyFrom(request)
    while True:
        page = method(asked)
        yield page
        if not page.next_page_token:
            return
        setattr(asked, "page_token", page.next_page_token)  # noqa: B010


def items(
    method: grpc.UnaryUnaryMultiCallable[RequestT, PageT],
    request: RequestT,
    of: Callable[[PageT], Iterable[ItemT]],
) -> Iterator[ItemT]:
    """All items: `items(almanac.metrics.ListSeries, request, lambda page: page.series)`."""
    for page in pages(method, request):
        yield from of(page)
