"""Reports: made, watched, cancelled, downloaded, and recomputed from their claims.

The demo pack is loaded once by its own script. Nothing here knows a figure of it: which
numbers are printed, and from which claims, is asked of the server.
"""

from __future__ import annotations

import ast
import hashlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import grpc
import pytest
from conftest import Methods, Serve, Server
from corpus import new_entity, row, write
from google.longrunning import operations_pb2

from almanac.client import (
    Almanac,
    AlmanacError,
    DigestMismatchError,
    Interval,
    Running,
    artefact,
    connect,
    download,
    find_report,
    items,
    quantity,
    run_report,
)
from almanac.figure.v1 import figure_pb2
from almanac.metrics.v1.claim_pb2 import Claim
from almanac.metrics.v1.metrics_service_pb2 import GetClaimRequest, ListUnitsRequest
from almanac.reporting.v1.report_pb2 import Artefact, Figure, Report
from almanac.reporting.v1.reporting_service_pb2 import (
    CreateTemplateRequest,
    DownloadArtefactRequest,
    DownloadArtefactResponse,
    GetReportRequest,
    GetReportResponse,
    ListFiguresRequest,
    ListReportsRequest,
    RunReportMetadata,
    RunReportRequest,
    RunReportResponse,
)
from almanac.reporting.v1.template_pb2 import Binding, ObservationRef, Section, Template
from almanac.snapshot.v1.snapshot_pb2 import Consistency

SCALES = {"trillion": 12, "billion": 9, "million": 6, "thousand": 3}
BOUNDS = {
    "more than": figure_pb2.BOUND_GREATER_THAN,
    "at least": figure_pb2.BOUND_AT_LEAST,
    "less than": figure_pb2.BOUND_LESS_THAN,
    "at most": figure_pb2.BOUND_AT_MOST,
    "about": figure_pb2.BOUND_ABOUT,
    "nearly": figure_pb2.BOUND_NEARLY,
}
# Seconds a report may take on a busy machine.
PATIENCE = 120
CLAIM = re.compile(r"series/[0-9a-f]+/claims/[0-9A-Za-z._-]+")


@pytest.fixture
def reader(demo: Server) -> Iterator[Almanac]:
    with connect(demo.target) as connected:
        yield connected


@pytest.fixture
def report(reader: Almanac) -> Report:
    reports = list(
        items(reader.reporting.ListReports, ListReportsRequest(), lambda page: page.reports)
    )
    assert reports, "the demo makes one"
    # Newest first; the others are made by these tests.
    return reports[-1]


@pytest.fixture
def template(almanac: Almanac) -> str:
    """A template of one figure, so that its reports are made soon."""
    entity = new_entity(almanac)
    write(almanac, [row(entity, "2001", quantity.more_than(500))])
    observation = ObservationRef(indicator="indicators/gdp", entity=entity, period="2001")
    section = Section(
        id="only",
        heading="One figure",
        paragraphs=["It was {figure}."],
        bindings=[Binding(key="figure", observation=observation)],
    )
    created = almanac.reporting.CreateTemplate(
        CreateTemplateRequest(
            template_id=f"one-{uuid.uuid4().hex[:12]}",
            template=Template(title="One figure", sections=[section]),
        )
    )
    return created.template.name


def request_as_of(template: str, year: int) -> RunReportRequest:
    request = RunReportRequest(template=template)
    request.as_of.FromJsonString(f"{year}-01-01T00:00:00Z")
    return request


def html_of(report: Report) -> Artefact:
    return next(found for found in report.artefacts if found.name.endswith("/artefacts/html"))


def test_a_run_tells_how_far_it_is(almanac: Almanac, template: str) -> None:
    told: list[RunReportMetadata] = []
    running = run_report(almanac, RunReportRequest(template=template))
    assert running.name.startswith("operations/")
    made = running.wait(timeout=PATIENCE, progress=told.append).report
    assert (made.template, made.figure_count) == (template, 1)
    assert running.is_done
    assert told[-1].steps_done == told[-1].steps_total > 0
    assert [step.steps_done for step in told] == sorted(step.steps_done for step in told)


def test_a_report_of_the_same_snapshot_is_the_same(reader: Almanac, report: Report) -> None:
    same = RunReportRequest(
        template=report.template,
        parameters=report.parameters,
        consistency=Consistency(at_snapshot=report.snapshot),
    )
    assert run_report(reader, same).wait(timeout=PATIENCE).report.name == report.name


def test_a_run_that_fails_says_why(almanac: Almanac, template: str) -> None:
    running = run_report(almanac, request_as_of(template, 1990))
    with pytest.raises(AlmanacError) as caught:
        running.wait(timeout=PATIENCE)
    assert caught.value.reason == "FIGURE_MISSING"
    assert caught.value.code is grpc.StatusCode.FAILED_PRECONDITION


def test_a_run_can_be_cancelled(almanac: Almanac, template: str) -> None:
    # More runs than are made at the same time, so that the last one still waits.
    runs = [run_report(almanac, request_as_of(template, 2030 + year)) for year in range(6)]
    runs[-1].cancel()
    with pytest.raises(AlmanacError) as caught:
        runs[-1].wait(timeout=PATIENCE)
    assert caught.value.reason == "OPERATION_CANCELLED"
    assert runs[0].wait(timeout=PATIENCE).report.figure_count == 1


def test_waiting_has_an_end_and_the_run_goes_on(almanac: Almanac, template: str) -> None:
    running = run_report(almanac, RunReportRequest(template=template))
    with pytest.raises(TimeoutError):
        running.wait(timeout=0.0)
    assert running.wait(timeout=PATIENCE).report.figure_count == 1


@pytest.mark.parametrize("progress", [None, lambda metadata: None])
def test_waiting_for_a_server_that_hangs_has_the_same_end(
    silent: str, progress: Callable[[RunReportMetadata], None] | None
) -> None:
    with connect(silent) as almanac:
        operation = operations_pb2.Operation(name="operations/any")
        running = Running(almanac, operation, RunReportMetadata, RunReportResponse)
        begin = time.monotonic()
        with pytest.raises(TimeoutError):
            running.wait(timeout=1.5, progress=progress)
        assert 1.4 < time.monotonic() - begin < 5


def test_a_run_is_found_again_by_its_name(
    server: Server, almanac: Almanac, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = run_report(almanac, RunReportRequest(template=template))
    with connect(server.target) as other:
        found = find_report(other, started.name).wait(timeout=PATIENCE)
    assert found.report == started.wait(timeout=PATIENCE).report
    assert find_report(almanac, started.name).is_done
    with pytest.raises(AlmanacError, match="OPERATION_NOT_FOUND"):
        find_report(almanac, "operations/reporting.none")
    monkeypatch.setattr(
        almanac.operations,
        "GetOperation",
        lambda request: operations_pb2.Operation(name=request.name),
    )
    with pytest.raises(ValueError, match="does not make a report"):
        find_report(almanac, "operations/something-else")


CONTENT = b"<!doctype html><p>Many figures.</p>"


def report_with_a_file(
    request: GetReportRequest, context: grpc.ServicerContext
) -> GetReportResponse:
    html = Artefact(
        name=f"{request.name}/artefacts/html",
        size_bytes=len(CONTENT),
        digest=f"sha256:{hashlib.sha256(CONTENT).hexdigest()}",
    )
    return GetReportResponse(report=Report(name=request.name, artefacts=[html]))


def downloading(serve: Serve, behaviour: Callable[..., Iterator[DownloadArtefactResponse]]) -> str:
    methods: Methods = {
        "GetReport": grpc.unary_unary_rpc_method_handler(
            report_with_a_file,
            request_deserializer=GetReportRequest.FromString,
            response_serializer=GetReportResponse.SerializeToString,
        ),
        "DownloadArtefact": grpc.unary_stream_rpc_method_handler(
            behaviour,
            request_deserializer=DownloadArtefactRequest.FromString,
            response_serializer=DownloadArtefactResponse.SerializeToString,
        ),
    }
    return serve("almanac.reporting.v1.ReportingService", methods)


def stuck_download(
    request: DownloadArtefactRequest, context: grpc.ServicerContext
) -> Iterator[DownloadArtefactResponse]:
    """Sends the beginning of a file and then nothing more."""
    over = threading.Event()
    context.add_callback(over.set)
    yield DownloadArtefactResponse(chunk=CONTENT[:9])
    over.wait(30)


def test_a_download_has_an_end(serve: Serve, tmp_path: Path) -> None:
    with connect(downloading(serve, stuck_download)) as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            download(almanac, "reports/any/artefacts/html", tmp_path / "any.html", timeout=1)
        assert 0.9 < time.monotonic() - begin < 5
    assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert not list(tmp_path.iterdir())


def test_a_download_that_breaks_goes_on_where_it_broke(serve: Serve, tmp_path: Path) -> None:
    offsets: list[int] = []

    def break_off(
        request: DownloadArtefactRequest, context: grpc.ServicerContext
    ) -> Iterator[DownloadArtefactResponse]:
        offsets.append(request.offset)
        for start in range(request.offset, len(CONTENT), 8):
            yield DownloadArtefactResponse(chunk=CONTENT[start : start + 8])
            if start - request.offset >= 8:
                context.abort(grpc.StatusCode.UNAVAILABLE, "away")

    with connect(downloading(serve, break_off)) as almanac:
        download(almanac, "reports/any/artefacts/html", tmp_path / "any.html")
    assert (tmp_path / "any.html").read_bytes() == CONTENT
    assert offsets == [0, 16, 32]


def test_patience_with_a_download_has_an_end(serve: Serve, tmp_path: Path) -> None:
    def go_away(
        request: DownloadArtefactRequest, context: grpc.ServicerContext
    ) -> Iterator[DownloadArtefactResponse]:
        context.abort(grpc.StatusCode.UNAVAILABLE, "away")

    with connect(downloading(serve, go_away)) as almanac:
        begin = time.monotonic()
        with pytest.raises(AlmanacError) as caught:
            download(almanac, "reports/any/artefacts/html", tmp_path / "any.html", patience=1)
        assert 0.9 < time.monotonic() - begin < 5
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert not list(tmp_path.iterdir())


def test_a_download_is_what_the_report_says(
    reader: Almanac, report: Report, tmp_path: Path
) -> None:
    target = tmp_path / "report.html"
    described = download(reader, html_of(report).name, target)
    content = target.read_bytes()
    assert described.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert described.size_bytes == len(content) > 64 << 10
    assert list(tmp_path.iterdir()) == [target]


def test_a_download_that_is_not_what_it_should_be_is_not_kept(
    reader: Almanac, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Artefact()
    wrong.CopyFrom(html_of(report))
    wrong.digest = "sha256:" + "0" * 64
    monkeypatch.setattr(artefact, "_describe", lambda almanac, name, timeout: wrong)
    (tmp_path / "report.html").write_text("as it was")
    with pytest.raises(DigestMismatchError):
        download(reader, wrong.name, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "as it was"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_a_report_does_not_have(
    reader: Almanac, report: Report, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        download(reader, f"{report.name}/artefacts/none", tmp_path / "none")
    with pytest.raises(AlmanacError, match="REPORT_NOT_FOUND"):
        download(reader, "reports/none/artefacts/html", tmp_path / "none")
    assert not list(tmp_path.iterdir())


def test_every_printed_number_follows_from_its_claims(
    reader: Almanac, report: Report, tmp_path: Path
) -> None:
    download(reader, html_of(report).name, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    checked = recompute(reader, report, html)
    assert checked.computed >= 10
    assert checked.quoted >= 40
    assert checked.worded + checked.computed + checked.quoted == report.figure_count
    # Whether this could fail: a report with one digit changed is found out.
    figures = list(figures_of(reader, report))
    for kind in (True, False):
        changed = next(f for f in figures if f.HasField("result") is kind and numbers(f.text))
        digit = numbers(changed.text)[0].text[-1]
        forged = changed.text.replace(digit, str((int(digit) + 1) % 10))
        with pytest.raises(AssertionError):
            recompute(reader, report, html.replace(changed.text, forged))


@dataclass
class Checked:
    """How many figures were found to be right, by what they are."""

    computed: int = 0
    quoted: int = 0
    worded: int = 0


def recompute(reader: Almanac, report: Report, html: str) -> Checked:
    """Compares every figure as it stands in the file with what its claims say."""
    printed = Printed()
    printed.feed(html)
    pinned = reader.at(report.snapshot)
    checked = Checked()
    units = reader.metrics.ListUnits(ListUnitsRequest(page_size=1000)).units
    counted = {unit.name for unit in units if unit.counted}
    for figure in figures_of(reader, report):
        # A figure that its series tells has no entry of its own, and one that is printed with
        # fewer digits has all of them in its entry.
        text = printed.texts.get(f"c{figure.number}", figure.text)
        assert figure.rounded or text == figure.text
        claims = {
            name: pinned.metrics.GetClaim(GetClaimRequest(name=name)).claim
            for name in figure.claims
        }
        if figure.HasField("result"):
            check_computed(figure, text, claims, figure.result.unit in counted)
            checked.computed += 1
        elif numbers(text):
            check_quoted(text, claims[figure.claims[0]], text == figure.text and figure.rounded)
            checked.quoted += 1
        else:
            assert claims, f"{text} rests on nothing"
            checked.worded += 1
    return checked


def figures_of(reader: Almanac, report: Report) -> Iterator[Figure]:
    request = ListFiguresRequest(report=report.name, page_size=20)
    return items(reader.reporting.ListFigures, request, lambda page: page.figures)


def check_quoted(text: str, claim: Claim, rounded: bool) -> None:
    """The printed number is that of the claim, with its bound, or that number rounded."""
    interval = Interval.from_message(claim.interval)
    number = numbers(text)[0]
    if rounded:
        assert interval.point is not None
        check_rounded(number, interval.point, text)
    else:
        assert number.value == interval.point, f"{text}: {claim.name} says {interval}"
    said = next((word for word in BOUNDS if text.startswith(word)), "")
    bound = BOUNDS.get(said, figure_pb2.BOUND_EXACT)
    assert claim.quantity.bound == bound, f"{text}: {claim.name} is {claim.quantity.bound}"


def check_computed(figure: Figure, text: str, claims: dict[str, Claim], counted: bool) -> None:
    """The printed number is what the expression gives, rounded to the printed digits."""
    named = sorted(set(CLAIM.findall(figure.result.expression)))
    assert set(named) == set(claims), figure.result.expression
    points, slacks = [], []
    for name in named:
        interval = Interval.from_message(claims[name].interval)
        assert interval.point is not None, f"{name} has no number"
        points.append(interval.point)
        slacks.append(interval.slack or Decimal(0))
    shown = numbers(text)
    if len(shown) == 1:
        check_rounded(shown[0], evaluate(figure, named, points), text)
        return
    # A range: with every input moved by as much as its rounding allows. A scale word that both
    # ends have is said once, behind the second.
    if shown[1].scale and not shown[0].scale:
        lower, scale = shown[0], shown[1].scale
        shown[0] = Number(lower.text, lower.value.scaleb(scale), lower.places, scale)
    ends = [(point - slack, point + slack) for point, slack in zip(points, slacks, strict=True)]
    corners = [evaluate(figure, named, list(corner)) for corner in product(*ends)]
    least, most = min(corners), max(corners)
    if counted and not shown[1].scale:
        least, most = whole(least, most)
    # Outwards, so that nothing which the inputs allow is left out.
    check_rounded(shown[0], least, text, ROUND_FLOOR)
    check_rounded(shown[1], most, text, ROUND_CEILING)


def whole(least: Decimal, most: Decimal) -> tuple[Decimal, Decimal]:
    """Where a number of things can lie: between the whole numbers inside of the ends."""
    inside = (
        least.to_integral_value(rounding=ROUND_CEILING),
        most.to_integral_value(rounding=ROUND_FLOOR),
    )
    return inside if inside[0] <= inside[1] else (least, most)


def check_rounded(
    shown: Number, value: Decimal, text: str, rounding: str = ROUND_HALF_EVEN
) -> None:
    digits = Decimal(1).scaleb(shown.scale - shown.places)
    with localcontext() as context:
        # A quotient that comes out even must not seem to lie beside its last digit.
        context.prec = 30
        value = +value
        context.prec = 60
        rounded = value.quantize(digits, rounding=rounding)
    assert rounded == shown.value, f"{text}: recomputed {value}"


def evaluate(figure: Figure, named: list[str], values: list[Decimal]) -> Decimal:
    """The value of an expression of the four operations, with these values for its claims."""
    expression = figure.result.expression
    for index, name in enumerate(named):
        expression = expression.replace(name, f"claim{index}")
    known = {f"claim{index}": value for index, value in enumerate(values)}
    with localcontext() as context:
        context.prec = 60
        return _value(ast.parse(expression, mode="eval").body, known)


def _value(node: ast.expr, known: dict[str, Decimal]) -> Decimal:
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    assert isinstance(node, ast.BinOp), ast.dump(node)
    left, right = _value(node.left, known), _value(node.right, known)
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    assert isinstance(node.op, ast.Div), ast.dump(node)
    return left / right


@dataclass
class Number:
    """A number as printed."""

    text: str
    value: Decimal
    """In the plain unit."""
    places: int
    """Digits behind the point."""
    scale: int
    """Power of ten of its scale word."""


def numbers(text: str) -> list[Number]:
    """The numbers that a text prints; "more than 500 million USD" has one of 500,000,000."""
    found = []
    for match in re.finditer(r"([+−-]?)(\d[\d,]*(?:\.\d+)?)(?: (\w+))?", text):
        sign, digits, word = match.groups()
        scale = SCALES.get(word or "", 0)
        plain = digits.replace(",", "")
        value = Decimal(plain).scaleb(scale)
        places = len(plain.partition(".")[2])
        found.append(Number(digits, -value if sign in ("−", "-") else value, places, scale))
    return found


class Printed(HTMLParser):
    """The numbers of a report as they stand in its list of figures, by anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._entry = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        anchor = dict(attrs).get("id") or ""
        if tag == "li" and re.fullmatch(r"c\d+", anchor):
            self._entry = anchor
        elif tag == "strong" and self._entry and self._entry not in self.texts:
            self._inside = True
            self.texts[self._entry] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "strong":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[self._entry] += data
