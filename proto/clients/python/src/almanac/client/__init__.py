"""What generated stubs lack: connections, exact numbers, pages, ingests, reports, errors."""

from . import aio, quantity
from .artefact import DigestMismatchError, download
from .connection import Almanac, connect
from .error import AlmanacError, ClosedError, FieldViolation
from .figures import SeriesFigure, figures
from .frame import to_frame
from .interval import Interval
from .ingest import Ingested, IngestOptions, ingest
from .operation import Running, find_report, run_report
from .page import items, pages
from .period import Period
from .row import RejectedRow, Row, Unread

__all__ = [
    "Almanac",
    "AlmanacError",
    "ClosedError",
    "DigestMismatchError",
    "FieldViolation",
    "Interval",
    "SeriesFigure",
    "IngestOptions",
    "Ingested",
    "Period",
    "RejectedRow",
    "Row",
    "Running",
    "Unread",
    "aio",
    "connect",
    "download",
    "figures",
    "find_report",
    "items",
    "ingest",
    "pages",
    "quantity",
    "run_report",
    "to_frame",
]
