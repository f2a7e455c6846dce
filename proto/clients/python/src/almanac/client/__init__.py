"""What stubs lack: connections, exact numbers, pages, ingests, watches, reports, errors."""

from . import aio, quantity
from .artefact import DigestMismatchError, download
from .connection import Almanac, connect, series
from .error import AlmanacError, ClosedError, FieldViolation
from .figures import SeriesFigure, claim_name, figures, stream_series, unpack
from .frame import to_frame
from .ingest import Ingested, IngestOptions, ingest
from .interval import Interval
from .operation import Running, find_report, run_report
from .page import items, pages
from .period import Period
from .row import RejectedRow, Row, Unread
from .watch import watch

__all__ = [
    "Almanac",
    "AlmanacError",
    "ClosedError",
    "DigestMismatchError",
    "FieldViolation",
    "IngestOptions",
    "Ingested",
    "Interval",
    "Period",
    "RejectedRow",
    "Row",
    "Running",
    "SeriesFigure",
    "Unread",
    "aio",
    "claim_name",
    "connect",
    "download",
    "figures",
    "find_report",
    "ingest",
    "items",
    "pages",
    "quantity",
    "run_report",
    "series",
    "stream_series",
    "to_frame",
    "unpack",
    "watch",
]
