"""Runs the commands of a guide and compares what they print with what the guide shows.

    guide.py README.md            compares
    guide.py --write README.md    writes what is printed into the guide

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


def parts(guide: str) -> Iterator[tuple[str | None, list[str]]]:
    """The guide in parts: commands with the lines that they print, and all other lines."""
    command: str | None = None
    lines: list[str] = []
    inside = False
    for line in guide.splitlines():
        begins = inside and line.startswith("$ ")
        if begins or line.startswith("```"):
            if command is not None or lines:
                yield command, lines
            command, lines = (line[2:], []) if begins else (None, [line])
            inside = begins or line == "```console"
        else:
            lines.append(line)
    yield command, lines


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


def run(command: str, folder: Path, address: str) -> list[str]:
    """What a command prints."""
    done = subprocess.run(
        ["bash", "-c", command.replace(SHOWN, address)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).replace(address, SHOWN).splitlines()


def play(guide: Path, write: bool) -> int:
    """Runs the commands of a guide; answers how many print something else than it shows."""
    differing, written = 0, []
    with server() as address:
        for command, shown in parts(guide.read_text(encoding="utf-8")):
            if command is None:
                written += shown
                continue
            printed = run(command, guide.parent, address)
            written += [f"$ {command}", *printed]
            if printed != shown and not write:
                differing += 1
                difference = difflib.unified_diff(shown, printed, "shown", "printed", lineterm="")
                print(f"$ {command}", *difference, sep="\n")
    if write:
        guide.write_text("\n".join(written) + "\n", encoding="utf-8")
    return differing


if __name__ == "__main__":
    sys.exit(min(play(Path(sys.argv[-1]).resolve(), "--write" in sys.argv), 1))
