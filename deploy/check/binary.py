"""Whether the binary takes what the chart gives it: settings, environment, arguments."""

import json
import os
import pathlib
import subprocess
import tempfile
import tomllib

import render
from shape import containers, label, name, of_kind, settings

BUILT = render.DEPLOY.parent / "target/debug/almanac"
ALMANAC = pathlib.Path(os.environ.get("ALMANAC") or BUILT).resolve()
# What the chart decides by itself, so that values cannot.
OWN_KEYS = {
    "listen", "health_listen", "shutdown_grace_secs", "peers.registry", "peers.metrics",
    "registry.database.url", "metrics.database.url", "reporting.database.url",
}


def run(arguments, environment):
    done = subprocess.run(
        [ALMANAC, *arguments], env=environment, capture_output=True, text=True, cwd="/"
    )
    return done.returncode, done.stdout, done.stderr


def environment_of(container, folder, toml):
    """The environment of a container, with its files in a folder of ours."""
    environment = {}
    for variable in container.get("env", []):
        value = variable.get("value", "part")
        if value.endswith("/url"):
            path = folder / "url"
            path.write_text("postgresql://u:p@h/d\n")
            value = str(path)
        elif value.endswith("/almanac.toml"):
            path = folder / "almanac.toml"
            path.write_text(toml)
            value = str(path)
        environment[variable["name"]] = value
    return environment


def container_complaints(objects, help_texts):
    maps = {name(o): o["data"].get("almanac.toml", "") for o in of_kind(objects, "ConfigMap") if "data" in o}
    for o, spec, container in containers(objects):
        volumes = spec.get("volumes", [])
        toml = "".join(maps.get(v.get("configMap", {}).get("name"), "") for v in volumes)
        with tempfile.TemporaryDirectory() as folder:
            environment = environment_of(container, pathlib.Path(folder), toml)
            code, out, err = run(["config"], environment)
        of = f"{label(o)}, container {container['name']}"
        if code:
            yield f"{of}: the binary refuses its settings: {err.strip()}"
            continue
        effective = flat(tomllib.loads(out))
        for key, value in flat(settings(objects, spec)).items():
            overridden = f"ALMANAC__{key.upper().replace('.', '__')}" in environment
            if effective.get(key) != value and not overridden:
                yield f"{of}: {key} is {effective.get(key)} and not {value}"
        command, *rest = container["args"]
        flags = [a.split("=")[0] for a in rest if a.startswith("--")]
        for flag in flags:
            if flag not in help_texts(command):
                yield f"{of}: `almanac {command}` has no {flag}"


def flat(table, prefix=""):
    """A table of tables as one, by dotted keys."""
    leaves = {}
    for key, value in table.items():
        if isinstance(value, dict):
            leaves |= flat(value, f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves


def help_texts():
    told = {}

    def of(command):
        if command not in told:
            told[command] = run([command, "--help"], {})[1]
        return told[command]

    return of


def schema_complaints():
    """The settings that values may have are those of the binary, and of the same kind."""
    code, out, err = run(["config"], {})
    if code:
        yield f"`almanac config` fails: {err}"
        return
    known = flat(tomllib.loads(out)).keys() - OWN_KEYS
    schema = json.loads((render.CHART / "values.schema.json").read_text())
    allowed = set(properties(schema["properties"]["config"]))
    for key in sorted(known ^ allowed):
        where = "the binary" if key in known else "the schema"
        yield f"config.{key} is known to {where} alone"


def properties(schema, prefix=""):
    for key, value in schema["properties"].items():
        if "properties" in value:
            yield from properties(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
