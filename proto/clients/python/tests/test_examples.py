"""The examples, as somebody would run them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Server

import almanac

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
CONTRACT = Path(__file__).resolve().parents[3] / "almanac"


def run(name: str, *arguments: str | Path) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> object:
    server = Server(tmp_path_factory.mktemp("examples") / "data")
    server.start()
    yield server
    server.stop()


def test_a_table_is_loaded_asked_for_drawn_and_reported(empty: Server, tmp_path: Path) -> None:
    assert "48 written" in run("import_csv.py", empty.target)
    assert "loaded before" in run("import_csv.py", empty.target)
    said = run("ask.py", empty.target, "gdp-in-dollars", "china", "2010")
    assert "6087191746679.489 units/usd (actual)" in said
    picture = tmp_path / "series.svg"
    told = run("plot_series.py", empty.target, "gdp-in-dollars", "china", "--out", picture)
    assert "china: 24 figures" in told
    if importlib.util.find_spec("matplotlib"):
        first = picture.read_bytes()
        assert first.startswith(b"<?xml")
        run("plot_series.py", empty.target, "gdp-in-dollars", "china", "--out", picture)
        assert picture.read_bytes() == first
    page = tmp_path / "report.html"
    command = ("make_report.py", empty.target, "gdp-in-dollars", "china", "2010", "2023")
    told = run(*command, "--out", page)
    # (17794781986104.457 - 6087191746679.489) / 6087191746679.489, in percent
    assert "[3] 192.3%" in told
    assert "192.3%" in page.read_text(encoding="utf-8")


def test_a_question_without_an_answer_says_why(empty: Server) -> None:
    command = [sys.executable, str(EXAMPLES / "ask.py"), empty.target, "none", "nobody", "2010"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "LINE_NOT_FOUND" in done.stderr


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
