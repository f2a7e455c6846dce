"""Almanac: figures as cited claims.

`almanac.series` is a series as a data frame in one line, `almanac.client` is where everything
else starts. `almanac.figure.v1`, `almanac.registry.v1`, `almanac.metrics.v1`,
`almanac.reporting.v1`, `almanac.snapshot.v1` and `almanac.server.v1` are generated from the
contract, whose comments they carry.
"""

__version__ = "0.1.0"

# The client says its version, which must be there first.
from .client import series

__all__ = ["__version__", "series"]
