"""Makes the Python modules of the contract, with types for messages and stubs.

Run by the build of the wheel, and by hand to work on the client in place. What it makes is
not kept beside the sources: the contract is, and a wheel or sdist carries the modules, so
nobody who installs one needs a generator.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parents[1]
TARGET = HERE / "src"
# googleapis-common-protos has the modules of this schema under its proper name, but the schema
# itself under another one.
OPERATIONS = ("google/longrunning/operations_proto.proto", "google/longrunning/operations.proto")


def generate(contract: Path = CONTRACT, target: Path = TARGET) -> list[str]:
    """Generates modules for every schema below `contract/almanac` into `target/almanac`.

    Returns the schemas. Modules of schemas that are no longer there are removed.
    """
    schemas = sorted(
        str(path.relative_to(contract)) for path in contract.glob("almanac/**/*.proto")
    )
    if not schemas:
        raise FileNotFoundError(f"no schemas below {contract / 'almanac'}")
    with tempfile.TemporaryDirectory() as folder:
        staged, made = Path(folder) / "in", Path(folder) / "out"
        made.mkdir()
        theirs, ours = OPERATIONS
        (staged / ours).parent.mkdir(parents=True)
        shutil.copyfile(_schemas_of_google() / theirs, staged / ours)
        shutil.copytree(contract / "almanac", staged / "almanac")
        services = [schema for schema in schemas if _has_service(staged / schema)]
        _protoc(staged, ["--python_out", "--mypy_out=quiet"], made, schemas)
        _protoc(staged, ["--grpc_python_out", "--mypy_grpc_out=quiet"], made, services)
        for package in sorted({Path(schema).parts[1] for schema in schemas}):
            shutil.rmtree(target / "almanac" / package, ignore_errors=True)
            shutil.copytree(made / "almanac" / package, target / "almanac" / package)
            for inner in [target / "almanac" / package, *(target / "almanac" / package).iterdir()]:
                (inner / "__init__.py").touch()
    return schemas


def _has_service(schema: Path) -> bool:
    lines = schema.read_text(encoding="utf-8").splitlines()
    return any(line.startswith("service ") for line in lines)


def _protoc(staged: Path, plugins: list[str], made: Path, schemas: list[str]) -> None:
    outputs = [f"{plugin}{':' if '=' in plugin else '='}{made}" for plugin in plugins]
    scripts = Path(sys.executable).parent
    plugged = [
        f"--plugin={name}={found}"
        for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
        if (found := shutil.which(name) or shutil.which(name, path=str(scripts)))
    ]
    includes = [f"-I{folder}" for folder in (staged, _schemas_of_google(), _well_known())]
    command = [sys.executable, "-m", "grpc_tools.protoc", *includes, *plugged, *outputs, *schemas]
    subprocess.run(command, check=True)


def _schemas_of_google() -> Path:
    """Where googleapis-common-protos keeps its schemas."""
    return _folder("google.rpc").parents[1]


def _well_known() -> Path:
    return _folder("grpc_tools") / "_proto"


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


if __name__ == "__main__":
    print(f"generated from {len(generate())} schemas into {TARGET}")
