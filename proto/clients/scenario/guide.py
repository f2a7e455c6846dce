"""Runs the commands of a guide and compares what they print with what the guide shows.

    guide.py README.md

Every line of a `console` block that begins with `$ ` is run in the folder of the guide, against
a server over a copy of the seeded data (ALMANAC_BIN, ALMANAC_SEED); the lines after it are what
must come out. The guide calls the server 127.0.0.1:7430; here it has a free port.
"""

from __future__ import annotations

import difflib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHOWN = "127.0.0.1:7430"


def examples(guide: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a guide, each with the lines that it shows as printed."""
    command, printed, inside = "", [], False
    for line in guide.splitlines():
        if line.startswith("```"):
            if command:
                yield command, printed
            command, printed, inside = "", [], line == "```console"
        elif inside and line.startswith("$ "):
            if command:
                yield command, printed
            command, printed = line[2:], []
        elif inside:
            printed.append(line)


@contextmanager
def server() -> Iterator[str]:
    """The address of a server over a copy of the seeded data."""
    program = os.environ["ALMANAC_BIN"]
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        data = Path(folder) / "data"
        shutil.copytree(os.environ["ALMANAC_SEED"], data)
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        settings = {**os.environ, "ALMANAC__LISTEN": address}
        with (
            (Path(folder) / "log").open("w+b") as log,
            subprocess.Popen(
                [program, "--data-dir", data, "serve"], env=settings, stdout=log, stderr=log
            ) as process,
        ):
            health = [program, "health", "--server", f"http://{address}"]
            deadline = time.monotonic() + 30
            while subprocess.run(health, capture_output=True, check=False).returncode:
                if time.monotonic() > deadline or process.poll() is not None:
                    log.seek(0)
                    sys.exit(f"the server does not serve:\n{log.read().decode()}")
                time.sleep(0.05)
            try:
                yield address
            finally:
                process.terminate()


def check(guide: Path) -> int:
    """Runs the commands of a guide; answers how many print something else."""
    differing = 0
    with server() as address:
        for command, shown in examples(guide.read_text(encoding="utf-8")):
            run = subprocess.run(
                ["bash", "-c", command.replace(SHOWN, address)],
                cwd=guide.parent,
                capture_output=True,
                text=True,
                check=False,
            )
            printed = (run.stdout + run.stderr).replace(address, SHOWN).splitlines()
            if printed != shown:
                differing += 1
                print(f"$ {command}")
                print("\n".join(difflib.unified_diff(shown, printed, "shown", "printed", lineterm="")))
    return differing


if __name__ == "__main__":
    sys.exit(min(check(Path(sys.argv[1]).resolve()), 1))
