"""Rows of an ingest: figures, those that were not taken, and those that could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from almanac.metrics.v1.claim_pb2 import ClaimInput, Provenance, SeriesKey

from .error import AlmanacError


@dataclass(frozen=True)
class Row:
    """One figure, with the source series it belongs to."""

    series: SeriesKey
    """What it is about."""
    provenance: Provenance
    """Whose figure it is; `source` stays empty, `unit` is required."""
    claim: ClaimInput
    """The figure; its `source_series` is filled in."""


@dataclass(frozen=True)
class Unread:
    """Stands among the rows for one that could not be read.

    A COMPLETE release withdraws what it does not contain. A row that is merely skipped would
    withdraw its figure, so the server is told how many there are and then withdraws nothing.
    """

    why: str = ""
    """For whoever reads the rows; it is not sent."""


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken."""

    index: int
    """Index among all rows that were given, those that could not be read included, from 0."""
    row: Row
    error: AlmanacError
