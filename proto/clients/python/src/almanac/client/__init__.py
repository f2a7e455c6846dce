"""What generated stubs lack: connections, exact numbers, pages, loads, reports, errors."""

from . import quantity
from .artefact import DigestMismatchError, download
from .connection import Almanac, connect
from .error import AlmanacError, FieldViolation
from .figures import LineFigure, figures
from .frame import to_frame
from .interval import Interval
from .load import Loaded, LoadOptions, RejectedRow, Row, load
from .operation import Running, run_report
from .page import items, pages
from .period import Period

__all__ = [
    "Almanac",
    "AlmanacError",
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
    "connect",
    "download",
    "figures",
    "items",
    "load",
    "pages",
    "quantity",
    "run_report",
    "to_frame",
]
