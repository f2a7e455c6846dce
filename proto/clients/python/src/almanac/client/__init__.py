"""What generated stubs lack: connections, exact numbers, pages, loads, reports, errors."""

from . import aio, quantity
from .artefact import DigestMismatchError, download
from .connection import Almanac, connect
from .error import AlmanacError, ClosedError, FieldViolation
from .figures import LineFigure, figures
from .frame import to_frame
from .interval import Interval
from .load import Loaded, LoadOptions, load
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
    "LineFigure",
    "LoadOptions",
    "Loaded",
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
    "load",
    "pages",
    "quantity",
    "run_report",
    "to_frame",
]
