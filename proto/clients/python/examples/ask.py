"""Asks what is said about one figure, by whom, and how that changed.

    python ask.py HOST:PORT INDICATOR ENTITY PERIOD

for example `python ask.py 127.0.0.1:7430 gdp-in-dollars china 2010`.
"""

from __future__ import annotations

import argparse
import sys

from almanac.client import AlmanacError, Interval, Period, connect, items
from almanac.figure.v1.figure_pb2 import Nature
from almanac.metrics.v1.claim_pb2 import ClaimSetState, SeriesKey
from almanac.metrics.v1.metrics_service_pb2 import GetClaimSetRequest, ListClaimVintagesRequest


def ask(target: str, indicator: str, entity: str, code: str) -> None:
    """Prints the claims of one observation and its vintages."""
    key = SeriesKey(indicator=f"indicators/{indicator}", entity=f"entities/{entity}")
    period = str(Period.parse(code))
    with connect(target) as almanac:
        said = almanac.metrics.GetClaimSet(GetClaimSetRequest(series_key=key, period=period))
        state = ClaimSetState.Name(said.claim_set.state).removeprefix("CLAIM_SET_STATE_")
        print(f"{indicator} of {entity}, {period}: {state.lower()}")
        for claim in said.claim_set.claims:
            value = Interval.from_message(claim.interval)
            nature = Nature.Name(claim.nature).removeprefix("NATURE_").lower()
            print(f"  {value} {claim.provenance.unit} ({nature}), {claim.release}")
            print(f"    cite as {claim.name}")
        # The same connection reads what the first answer saw, or something newer.
        vintages = ListClaimVintagesRequest(series_key=key, period=period)
        for claim in items(almanac.metrics.ListClaimVintages, vintages, lambda page: page.claims):
            known = claim.known_at.ToDatetime().date()
            print(f"  known since {known}: {Interval.from_message(claim.interval)}")


def main() -> None:
    """Asks what the arguments name."""
    parser = argparse.ArgumentParser(description="Asks what is said about one figure.")
    parser.add_argument("target", metavar="HOST:PORT")
    parser.add_argument("indicator", metavar="INDICATOR")
    parser.add_argument("entity", metavar="ENTITY")
    parser.add_argument("period", metavar="PERIOD")
    chosen = parser.parse_args()
    ask(chosen.target, chosen.indicator, chosen.entity, chosen.period)


if __name__ == "__main__":
    try:
        main()
    except (AlmanacError, ValueError) as error:
        sys.exit(str(error))
