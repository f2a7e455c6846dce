"""The examples and what the README shows, as somebody would run them."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Server

import almanac
from almanac.client import Almanac, connect, quantity
from almanac.metrics.v1.claim_pb2 import ClaimInput, Provenance, SeriesKey, SourceSeriesDeclaration
from almanac.metrics.v1.metrics_service_pb2 import CreateReleaseRequest, WriteClaimsRequest
from almanac.metrics.v1.release_pb2 import Release
from almanac.registry.v1.entity_pb2 import Entity, Name
from almanac.registry.v1.registry_service_pb2 import CreateEntityRequest

CLIENT = Path(__file__).resolve().parents[1]
EXAMPLES = CLIENT / "examples"
CONTRACT = CLIENT.parents[1] / "almanac"
# Where the README has its server.
TARGET = "127.0.0.1:7430"
RING = 'style="fill-opacity: 0; stroke: #1f77b4"'
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python(
    *arguments: str | Path, cwd: Path = EXAMPLES, server: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    # Nothing here takes so long unless it hangs.
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=120,
        env={**os.environ, "ALMANAC_SERVER": server},
    )


def run(name: str, *arguments: str | Path) -> str:
    done = python(EXAMPLES / name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def new_server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the table of the examples."""
    for server in new_server(tmp_path_factory.mktemp("examples")):
        assert "48 written" in run("import_csv.py", server.target)
        yield server


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    yield from new_server(tmp_path)


def test_what_the_readme_shows_is_what_happens(empty: Server, tmp_path: Path) -> None:
    for module in ("matplotlib", "pandas"):
        pytest.importorskip(module)
    text = (CLIENT / "README.md").read_text(encoding="utf-8")
    text = text.replace(TARGET, empty.target).replace("/tmp/", f"{tmp_path}/")  # noqa: S108
    ran = 0
    # What is shown first needs what is imported further down.
    for _, block in blocks(text, "console"):
        for command in block.removeprefix("$ ").split("\n$ "):
            line, _, expected = command.partition("\n")
            check(line, python(*line.split()[1:]), expected)
            ran += 1
    for code, block in blocks(text, "text"):
        check(code, python("-c", code, server=empty.target), block)
        ran += 1
    assert ran >= 7


def test_what_the_readme_of_all_shows_of_python_runs(seeded: Server) -> None:
    pytest.importorskip("pandas")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [block for language, block in BLOCK.findall(text) if language == "python"]
    assert shown
    for code in shown:
        done = python("-c", code, server=seeded.target)
        assert done.returncode == 0, done.stderr


def blocks(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The blocks of a language, each with the code that stands right before it."""
    code = ""
    for kind, block in BLOCK.findall(text):
        if kind == language:
            yield code, block
        code = block if kind == "python" else ""


def check(what: str, done: subprocess.CompletedProcess[str], expected: str) -> None:
    """Whether this came of it; `…` stands for anything."""
    assert done.returncode == 0, f"{what}: {done.stderr}"
    pattern = ".*?".join(re.escape(part.strip("\n")) for part in expected.split("…"))
    # Frames are printed with spaces at the end of lines.
    printed = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    found = re.fullmatch(pattern, printed, re.DOTALL)
    assert found, f"{what}\nsays\n{done.stdout}\nand not\n{expected}"


def test_a_table_that_is_loaded_again_writes_nothing(loaded: Server) -> None:
    assert "imported before" in run("import_csv.py", loaded.target)


def test_lines_that_cannot_be_read_are_told_and_the_others_go_in(
    loaded: Server, tmp_path: Path
) -> None:
    table = tmp_path / "gdp.csv"
    table.write_text(
        "country,code,year,gdp_usd\n"
        "China,china,1980,191149211575.0\n"
        "China,china,198O,197111\n"
        "China,china,1982\n"
        "Nowhere,nowhere,1983,1_000\n"
        "China,china,1984,260747471112.5\n"
    )
    said = run("import_csv.py", loaded.target, table).splitlines()
    assert said[0] == "2 rows: 2 written, 0 unchanged"
    assert [line.partition(":")[0] for line in said[1:]] == ["line 3", "line 4", "line 5"]
    assert "'198O' is not a period" in said[1]
    again = run("import_csv.py", loaded.target, table)
    assert "2 rows: 2 written" in again
    assert "line 5" in again


def test_the_same_series_makes_the_same_picture(loaded: Server, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "series.svg"
    command = ("plot_series.py", loaded.target, "gdp-in-dollars", "germany", "--out", picture)
    run(*command)
    first = picture.read_bytes()
    assert first.startswith(b"<?xml")
    run(*command)
    assert picture.read_bytes() == first


def test_a_contested_figure_is_not_drawn_as_the_only_one(loaded: Server, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "series.svg"
    command = ("plot_series.py", loaded.target, "gdp-in-dollars", "germany", "--out", picture)
    assert "other" not in run(*command)
    alone = picture.read_text(encoding="utf-8")
    with connect(loaded.target) as connected:
        contradict(connected, "germany", "2023")
    assert re.search(r"germany: 24 figures, 2023 \S+ and 1 other \(series/", run(*command))
    contested = picture.read_text(encoding="utf-8")
    # The other one is a ring, which is not filled.
    assert [picture.count(RING) for picture in (alone, contested)] == [0, 1]


def contradict(connected: Almanac, entity: str, period: str) -> None:
    """Has another source say something else."""
    source = connected.registry.CreateEntity(
        CreateEntityRequest(
            entity_id=f"table-{uuid.uuid4().hex[:12]}",
            entity=Entity(kind="dataset", names=[Name(text="Another table")]),
        )
    ).entity.name
    release = connected.metrics.CreateRelease(
        CreateReleaseRequest(
            release_id=f"other-{uuid.uuid4().hex[:12]}",
            release=Release(source=source, title="Other", published="2020-01-01"),
        )
    ).release
    series = SeriesKey(indicator="indicators/gdp-in-dollars", entity=f"entities/{entity}")
    source_series = SourceSeriesDeclaration(
        source_series=1, series=series, provenance=Provenance(unit="units/usd")
    )
    claim = ClaimInput(source_series=1, quantity=quantity.exact("4000000000000"))
    claim.period.code = period
    connected.metrics.WriteClaims(
        WriteClaimsRequest(release=release.name, source_series=[source_series], claims=[claim])
    )


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("import_csv.py", "required: HOST:PORT"),
        ("import_csv.py TARGET none.csv", "none.csv"),
        (f"import_csv.py TARGET {__file__}", "the table has no column code"),
        ("import_csv.py 127.0.0.1", "is no address of a server"),
        ("import_csv.py 127.0.0.1:1", "is `almanac serve` running at 127.0.0.1:1?"),
        ("ask.py TARGET gdp-in-dollars", "required: ENTITY, PERIOD"),
        ("ask.py TARGET gdp-in-dollars china 2010-13", "'2010-13' is not a period"),
        ("ask.py TARGET none nobody 2010", "SERIES_NOT_FOUND"),
        ("plot_series.py TARGET none nobody", "SERIES_NOT_FOUND"),
        ("plot_series.py TARGET gdp-in-dollars china --out none/x.svg", "none/x.svg"),
        ("make_report.py TARGET gdp-in-dollars china 2010 2053", "FIGURE_MISSING"),
        ("make_report.py TARGET gdp-in-dollars china 2010 2023 --out none/x.html", "none/"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    loaded: Server, command: str, why: str, tmp_path: Path
) -> None:
    name, *arguments = command.replace("TARGET", loaded.target).split()
    done = python(EXAMPLES / name, *arguments, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_package_is_typed_and_has_a_module_for_every_schema() -> None:
    packages = [Path(folder) for folder in almanac.__path__]
    made = {
        str(path.relative_to(folder))
        for folder in packages
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert "py.typed" in made
    schemas = sorted(CONTRACT.rglob("*.proto"))
    assert len(schemas) > 10
    for schema in schemas:
        module = str(schema.relative_to(CONTRACT).with_suffix("")) + "_pb2"
        assert {f"{module}.py", f"{module}.pyi"} <= made
        if "\nservice " in schema.read_text(encoding="utf-8"):
            assert {f"{module}_grpc.py", f"{module}_grpc.pyi"} <= made


def test_nothing_of_others_is_in_the_package() -> None:
    files = importlib.metadata.files("almanac-client") or []
    tops = {path.parts[0] for path in files if path.suffix in (".py", ".pyi")}
    assert tops <= {"almanac"}
