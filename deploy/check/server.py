"""What the server may take of time and memory, read where it says so itself."""

import re
import tomllib

import render

SERVICES = render.DEPLOY.parent / "services"
DEFAULTS = tomllib.loads((SERVICES / "almanac/config.default.toml").read_text())
TYPESETTER = SERVICES / "reporting/src"
# What reporting needs beside the processes that print.
BESIDE_PRINTING = 512 << 20
# What the server may take after its grace: background work, databases, the last traces.
AFTER_GRACE = 5
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def longest_request(settings):
    """Seconds for which a request that was let in may go on."""
    return settings.get("limits", {}).get("unary_timeout_secs", DEFAULTS["limits"]["unary_timeout_secs"])


def most_memory_of_reporting():
    """All processes that print at one time, each as large as it may get, and the server."""
    each = constant(TYPESETTER / "typesetter/apart.rs", r"MOST_MEMORY: u64 = (\d+) << 30;")
    at_once = constant(TYPESETTER / "typesetter.rs", r"PRESSES: Semaphore = Semaphore::const_new\((\d+)\);")
    return at_once * (each << 30) + BESIDE_PRINTING


def constant(path, pattern):
    found = re.search(pattern, path.read_text())
    if not found:
        raise render.Refused(f"{path} has no `{pattern}`: say in deploy/check/server.py where it is now")
    return int(found[1])


def in_bytes(quantity):
    """A quantity of memory as Kubernetes or compose write it: 512Mi, 512m."""
    number, unit = re.fullmatch(r"(\d+)([KkMmGg]?)i?", str(quantity)).groups()
    return int(number) * UNITS[unit.lower()]
