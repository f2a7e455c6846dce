"""Fills a data directory with what the scenario speaks of, through the Python client.

    seed.py BINARY FOLDER            starts BINARY on FOLDER, which is new, and fills it
    seed.py --expect BINARY FOLDER   works out again what scenario.json expects of a filled FOLDER

What is expected follows from what is written here and from the contract, not from what the
server answers: sums are added up, and claims are named by the rule at Claim.name. Only the names
of source series are asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict

from almanac.client import Almanac, Row, connect, figures, ingest, quantity
from almanac.figure.v1.figure_pb2 import CALCULATION_CHANGE, Note, Period, Quantity
from almanac.figure.v1.label_pb2 import Label
from almanac.metrics.v1.claim_pb2 import (
    ClaimInput,
    ClaimText,
    Provenance,
    SeriesKey,
    SourceSeriesDeclaration,
)
from almanac.metrics.v1.definition_pb2 import Indicator, Unit
from almanac.metrics.v1.metrics_service_pb2 import (
    ApplyDefinitionsRequest,
    CreateReleaseRequest,
    GetSeriesRequest,
    WriteClaimsRequest,
)
from almanac.metrics.v1.release_pb2 import COVERAGE_PARTIAL, Release
from almanac.registry.v1.entity_pb2 import Entity, Name
from almanac.registry.v1.registry_service_pb2 import (
    ApplyVocabularyRequest,
    BatchAddEntitiesRequest,
)
from almanac.registry.v1.vocabulary_pb2 import Kind, Vocabulary
from almanac.reporting.v1.reporting_service_pb2 import CreateTemplateRequest
from almanac.reporting.v1.template_pb2 import (
    Binding,
    Computed,
    ObservationRef,
    Section,
    Template,
)
from almanac.server.v1.server_pb2 import GetServerInfoRequest

SCENARIO = Path(__file__).with_name("scenario.json")
WIDTH = 100

KINDS = {"country": False, "region": False, "report": True, "dataset": True, "article": True}
UNITS = {"people": "count", "count": "count", "cny": "money", "usd": "money", "ratio": "ratio"}
INDICATORS = {
    "daily-rate": ("Daily rate", "ratio"),
    "digital-economy-size": ("Size of the digital economy", "money"),
    "gdp-current-usd": ("GDP, current US$", "money"),
    "mentions": ("Mentions", "count"),
    "people-online": ("People online", "count"),
}
ENTITIES = {
    "china": ("country", "China"),
    "resilience-report": ("report", "Resilience report"),
    "transformation-report": ("report", "Transformation report"),
    "development-report": ("report", "Development report"),
    "network-report": ("report", "Network report"),
    "world-bank": ("dataset", "World Bank"),
    "rate-board": ("dataset", "Rate board"),
}
# Day of publication by release.
GDP = {"gdp-2012": "2012-09-20", "gdp-2015": "2015-08-16", "gdp-2024": "2024-10-20"}
SIZES = {
    "resilience-report": ("resilience-2022", "2022-09-01", "development-report"),
    "transformation-report": ("transformation-2023", "2023-06-01", ""),
}
RATES = "rates-2025"
LAST_DAY = date(2024, 12, 31)
NOTE_LETTERS = 400


def fill(almanac: Almanac, scenario: dict[str, Any]) -> None:
    """Writes everything."""
    describe(almanac, scenario)
    add_sizes(almanac, scenario["claim_set"])
    add_vintages(almanac, scenario["as_of"])
    add_rates(almanac, scenario["large"]["daily"])
    add_mentions(almanac, scenario["large"]["noted"])
    release = scenario["ingest"]["release"]
    add_release(almanac, release, "network-report", "2025-01-31")
    add_template(almanac, scenario)


def describe(almanac: Almanac, scenario: dict[str, Any]) -> None:
    """Says what the figures are about."""
    kinds = [
        Kind(id=kind, labels=[Label(text=kind.title(), language="en")], citable=citable)
        for kind, citable in KINDS.items()
    ]
    almanac.registry.ApplyVocabulary(ApplyVocabularyRequest(vocabulary=Vocabulary(kinds=kinds)))
    entities = [entity(named, kind, text) for named, (kind, text) in ENTITIES.items()]
    count = scenario["large"]["noted"]["claims"]
    entities += [entity(article(n), "article", f"Article {n}") for n in range(1, count + 1)]
    almanac.registry.BatchAddEntities(BatchAddEntitiesRequest(entities=entities))
    units = [
        Unit(
            name=f"units/{unit}",
            labels=[Label(text=unit, language="en")],
            dimension=dimension,
            counted=dimension == "count",
        )
        for unit, dimension in UNITS.items()
    ]
    indicators = [
        Indicator(
            name=f"indicators/{indicator}",
            labels=[Label(text=text, language="en")],
            dimension=dimension,
        )
        for indicator, (text, dimension) in INDICATORS.items()
    ]
    almanac.metrics.ApplyDefinitions(ApplyDefinitionsRequest(units=units, indicators=indicators))


def add_sizes(almanac: Almanac, expected: dict[str, Any]) -> None:
    """Two sources that contradict each other, of which one quotes an originator."""
    pairs = zip(SIZES.items(), expected["numbers"], strict=True)
    for (source, (release, published, originator)), number in pairs:
        provenance = Provenance(unit="units/cny")
        if originator:
            provenance.originator = f"entities/{originator}"
        said = quantity.exact(number, multiplier=expected["multiplier"])
        named = add_release(almanac, f"releases/{release}", source, published)
        write(almanac, named, expected, provenance, said, expected["period"])


def add_vintages(almanac: Almanac, expected: dict[str, Any]) -> None:
    """One figure as three releases have it."""
    pairs = zip(GDP.items(), expected["vintages"], strict=True)
    for (release, published), number in pairs:
        named = add_release(almanac, f"releases/{release}", "world-bank", published)
        provenance = Provenance(unit="units/usd")
        write(almanac, named, expected, provenance, quantity.exact(number), expected["period"])


def add_rates(almanac: Almanac, expected: dict[str, Any]) -> None:
    """A figure for each of very many days."""
    release = add_release(almanac, f"releases/{RATES}", "rate-board", "2025-01-01")
    key, provenance = key_of(expected), Provenance(unit="units/ratio")
    rows = (
        Row(
            series=key,
            provenance=provenance,
            claim=ClaimInput(period=Period(code=code), quantity=quantity.exact(number)),
        )
        for code, number in rates(expected["figures"])
    )
    ingest(almanac, release, RATES, rows)


def rates(count: int) -> Iterator[tuple[str, str]]:
    """So many days up to the last one, and the number of each."""
    for index in range(count):
        day = LAST_DAY - timedelta(days=count - 1 - index)
        whole, part = divmod(6_000_000 + index * 7919 % 1_000_003, 1_000_000)
        yield day.isoformat(), f"{whole}.{part:06}"


def add_mentions(almanac: Almanac, expected: dict[str, Any]) -> None:
    """Very many sources that speak of one observation, each with many notes."""
    for number in range(1, expected["claims"] + 1):
        source = article(number)
        release = add_release(almanac, f"releases/{source}", source, "2021-01-01")
        notes = [
            Note(path="quantity", text=note(number, at)) for at in range(1, expected["notes"] + 1)
        ]
        write(
            almanac,
            release,
            expected,
            Provenance(unit="units/count"),
            quantity.exact(number),
            expected["period"],
            ClaimText(notes=notes),
        )


def note(article: int, number: int) -> str:
    """A remark of many words, none like another."""
    sentence = f"Remark {number} on article {article}: it is counted where it is printed. "
    return (sentence * (NOTE_LETTERS // len(sentence) + 1))[:NOTE_LETTERS].strip()


def add_template(almanac: Almanac, scenario: dict[str, Any]) -> None:
    """A template of three observations and a figure computed from two of them."""
    report = scenario["report"]
    bindings = [
        Binding(key=name, observation=observation)
        for name, observation in observations(scenario).items()
    ]
    first, last = bindings[-2].observation, bindings[-1].observation
    change = Computed(calculation=CALCULATION_CHANGE, a=first, b=last)
    section = Section(
        id="figures",
        heading="Figures",
        paragraphs=["Size: {size}. Rates: {before}, then {after}, which is {change} more."],
        bindings=[*bindings, Binding(key="change", computed=change)],
    )
    almanac.reporting.CreateTemplate(
        CreateTemplateRequest(
            template_id=report["template"].removeprefix("templates/"),
            template=Template(title=report["title"], sections=[section]),
        )
    )


def observations(scenario: dict[str, Any]) -> dict[str, ObservationRef]:
    """What the template quotes, in order."""
    size, daily = scenario["claim_set"], scenario["large"]["daily"]
    before, after = list(rates(daily["figures"]))[-2:]
    return {
        "size": ObservationRef(**size["series_key"], period=size["period"]),
        "before": ObservationRef(**daily["series_key"], period=before[0]),
        "after": ObservationRef(**daily["series_key"], period=after[0]),
    }


def expect(almanac: Almanac, scenario: dict[str, Any]) -> None:
    """Fills in what can be said only of the figures: sums, the last figure, names of claims."""
    size, daily = scenario["claim_set"], scenario["large"]["daily"]
    releases = [f"releases/{release}" for release, _, _ in SIZES.values()]
    by_source = source_series(almanac, size)
    sources = zip(size["sources"], releases, strict=True)
    size["claims"] = [
        claim_name(by_source[source], size["period"], release) for source, release in sources
    ]
    numbers = list(rates(daily["figures"]))
    daily["sum"] = f"{sum(Decimal(number) for _, number in numbers):f}"
    (rate_board,) = source_series(almanac, daily).values()
    before, after = (
        claim_name(rate_board, period, f"releases/{RATES}") for period, _ in numbers[-2:]
    )
    period, number = numbers[-1]
    daily["last"] = {"period": period, "number": number, "claim": after}
    # Three observations, then what is computed from the last two.
    scenario["report"]["claims"] = [size["claims"][0], before, after, before, after]


def source_series(almanac: Almanac, about: dict[str, Any]) -> dict[str, str]:
    """Names of the source series of a series by source."""
    request = GetSeriesRequest(key=key_of(about), within=str(LAST_DAY.year))
    if "period" in about:
        request.within = about["period"]
    return {figure.provenance.source: figure.source_series for figure in figures(almanac, request)}


def claim_name(source_series: str, period: str, release: str) -> str:
    """The rule at Claim.name, apart from the client's own."""
    series, _, named = source_series.partition("/sourceSeries/")
    content = "\n".join((named, release.removeprefix("releases/"), "1"))
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"{series}/claims/{period}.{digest[:12]}"


def entity(named: str, kind: str, text: str) -> Entity:
    """An entity with one name."""
    return Entity(name=f"entities/{named}", kind=kind, names=[Name(text=text, language="en")])


def article(number: int) -> str:
    """Id of a source that mentions something."""
    return f"article-{number:03}"


def key_of(about: dict[str, Any]) -> SeriesKey:
    """The series that a part of the scenario is about."""
    return ParseDict(about["series_key"], SeriesKey())


def add_release(almanac: Almanac, name: str, source: str, published: str) -> str:
    """A release that says nothing of what it does not contain."""
    release = Release(
        source=f"entities/{source}",
        title=ENTITIES.get(source, ("", "Article"))[1],
        published=published,
        coverage=COVERAGE_PARTIAL,
    )
    request = CreateReleaseRequest(release_id=name.removeprefix("releases/"), release=release)
    return almanac.metrics.CreateRelease(request).release.name


def write(
    almanac: Almanac,
    release: str,
    about: dict[str, Any],
    provenance: Provenance,
    said: Quantity,
    period: str,
    text: ClaimText | None = None,
) -> None:
    """One figure of a release."""
    declared = SourceSeriesDeclaration(source_series=1, series=key_of(about), provenance=provenance)
    claim = ClaimInput(source_series=1, period=Period(code=period), quantity=said, text=text)
    almanac.metrics.WriteClaims(
        WriteClaimsRequest(release=release, source_series=[declared], claims=[claim])
    )


@contextmanager
def serving(binary: Path, folder: Path) -> Iterator[Almanac]:
    """A connection to a server on a folder, which ends before the server does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{probe.getsockname()[1]}"
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as said:
        server = subprocess.Popen(  # noqa: S603
            [binary, "--data-dir", folder, "serve", "--migrate"],
            env={**os.environ, "ALMANAC__LISTEN": target},
            stdout=said,
            stderr=said,
        )
    try:
        with connect(target) as almanac:
            almanac.server.GetServerInfo(GetServerInfoRequest(), timeout=60, wait_for_ready=True)
            yield almanac
    except BaseException:
        print(log.read_text(encoding="utf-8")[-2000:], file=sys.stderr)
        raise
    finally:
        server.terminate()
        server.wait(60)
    log.unlink()


def render(value: Any, indent: str = "", room: int = WIDTH) -> str:
    """JSON in which everything stands in one line that fits into one."""
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    pairs = value.items() if isinstance(value, dict) else (("", item) for item in value)
    keyed = [(f"{json.dumps(key)}: " if key else "", item) for key, item in pairs]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    space = " " if isinstance(value, dict) else ""
    line = ", ".join(f"{key}{render(item, '', 1 << 30)}" for key, item in keyed)
    if indent and len(line) + 2 * (1 + len(space)) <= room:
        return f"{opening}{space}{line}{space}{closing}"
    inner = f"{indent}  "
    lines = [
        f"{inner}{key}{render(item, inner, WIDTH - len(inner) - len(key) - 1)}"
        for key, item in keyed
    ]
    return "\n".join((opening, ",\n".join(lines), f"{indent}{closing}"))


def main() -> None:
    """Does what the arguments say."""
    parser = argparse.ArgumentParser(description="Fills a data directory for the scenario.")
    parser.add_argument("--expect", action="store_true", help="write scenario.json anew")
    parser.add_argument("binary", metavar="BINARY", type=Path)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    chosen = parser.parse_args()
    scenario = json.loads(SCENARIO.read_text(encoding="utf-8"))
    if not chosen.expect and chosen.folder.exists():
        sys.exit(f"{chosen.folder} exists; name a new folder")
    with serving(chosen.binary.resolve(), chosen.folder.resolve()) as almanac:
        if chosen.expect:
            expect(almanac, scenario)
            SCENARIO.write_text(f"{render(scenario)}\n", encoding="utf-8")
        else:
            fill(almanac, scenario)


if __name__ == "__main__":
    main()
