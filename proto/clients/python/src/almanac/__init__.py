"""Almanac: figures as cited claims.

`almanac.client` is where to start. `almanac.figure.v1`, `almanac.registry.v1`,
`almanac.metrics.v1`, `almanac.reporting.v1` and `almanac.server.v1` are generated from the
contract, whose comments they carry.
"""

__version__ = "0.1.0"
