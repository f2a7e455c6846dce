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


class DigestMismatchError(Exception):
    """What arrived is not what the report describes; nothing was kept."""


def download(
    almanac: Almanac,
    name: str,
    path: str | os.PathLike[str],
    *,
    timeout: float | None = None,
) -> Artefact:
    """Saves `reports/{report}/artefacts/{format}` as a file, and returns what it is.

    The file appears under its name only when it is complete and its sha256 digest is the one
    that the report states. It may take `timeout` seconds, after which AlmanacError says
    DEADLINE_EXCEEDED; without it, as long as the server is alive.
    """
    until = None if timeout is None else time.monotonic() + timeout
    described = _describe(almanac, name, timeout)
    target = Path(path)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("xb") as file:
            _receive(almanac, described, file, until)
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


def _receive(almanac: Almanac, described: Artefact, file: BinaryIO, until: float | None) -> None:
    digest, size = hashlib.sha256(), 0
    request = DownloadArtefactRequest(name=described.name)
    left = None if until is None else max(until - time.monotonic(), 0.0)
    for piece in almanac.reporting.DownloadArtefact(request, timeout=left):
        file.write(piece.chunk)
        digest.update(piece.chunk)
        size += len(piece.chunk)
    arrived = f"sha256:{digest.hexdigest()}"
    if (arrived, size) != (described.digest, described.size_bytes):
        raise DigestMismatchError(
            f"{described.name} has {size} bytes with {arrived}; "
            f"the report says {described.size_bytes} with {described.digest}"
        )
