"""Files of reports, kept only when they are what the report says they are."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from pathlib import Path
from typing import BinaryIO

from almanac.reporting.v1.report_pb2 import Artefact
from almanac.reporting.v1.reporting_service_pb2 import DownloadArtefactRequest, GetReportRequest

from .connection import Almanac
from .error import AlmanacError
from .patience import Patience


class DigestMismatchError(Exception):
    """What arrived is not what the report describes; nothing was kept."""


def download(
    almanac: Almanac,
    name: str,
    path: str | os.PathLike[str],
    *,
    timeout: float | None = None,
    patience: float = 60.0,
) -> Artefact:
    """Saves `reports/{report}/artefacts/{format}` as a file, and returns what it is.

    The file appears under its name only when it is complete and its sha256 digest is the one
    that the report states. A download that breaks goes on where it broke, unless nothing has
    come for `patience` seconds. It may take `timeout` seconds, after which AlmanacError says
    DEADLINE_EXCEEDED; without it, as long as the server is alive.
    """
    until = None if timeout is None else time.monotonic() + timeout
    described = _describe(almanac, name, timeout)
    target = Path(path)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("xb") as file:
            _receive(almanac, described, file, until, patience)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return described


def _describe(almanac: Almanac, name: str, timeout: float | None) -> Artefact:
    request = GetReportRequest(name=name.partition("/artefacts/")[0])
    report = almanac.reporting.GetReport(request, timeout=timeout)
    for artefact in report.report.artefacts:
        if artefact.name == name:
            return artefact
    formats = ", ".join(artefact.name for artefact in report.report.artefacts)
    raise FileNotFoundError(f"there is no {name}; there is {formats or 'none'}")


def _receive(
    almanac: Almanac, described: Artefact, file: BinaryIO, until: float | None, patience: float
) -> None:
    digest, waiting = hashlib.sha256(), Patience(patience)
    while True:
        request = DownloadArtefactRequest(name=described.name, offset=file.tell())
        left = None if until is None else max(until - time.monotonic(), 0.0)
        try:
            for piece in almanac.reporting.DownloadArtefact(request, timeout=left):
                file.write(piece.chunk)
                digest.update(piece.chunk)
                waiting.renew()
            break
        except AlmanacError as error:
            if not error.is_break or not waiting.once_more(error.retry_after):
                raise
    arrived, size = f"sha256:{digest.hexdigest()}", file.tell()
    if (arrived, size) != (described.digest, described.size_bytes):
        raise DigestMismatchError(
            f"{described.name} has {size} bytes with {arrived}; "
            f"the report says {described.size_bytes} with {described.digest}"
        )
