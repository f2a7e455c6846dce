"""Renders the chart with helm, as text and as objects."""

import json
import pathlib
import subprocess

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
CHART = DEPLOY / "chart"
HELM = DEPLOY.parent / ".tools" / "deploy" / "bin" / "helm"
OLDEST, NEWEST = "1.30", "1.37"


class Refused(Exception):
    """Helm's own words about values or templates that it does not take."""


def text(values, chart=CHART, release="almanac", kube=NEWEST, sets=(), namespace="figures"):
    command = [HELM, "template", release, chart, "--namespace", namespace]
    command += ["--kube-version", f"{kube}.0"]
    for path in values:
        command += ["--values", path]
    for one in sets:
        command += ["--set-json", one]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def notes(values, chart=CHART, release="almanac", namespace="figures"):
    """What Helm prints after the release; `helm template` does not render it."""
    command = [HELM, "install", release, chart, "--namespace", namespace]
    command += ["--dry-run=client", "--output", "json"]
    for path in values:
        command += ["--values", path]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr)
    return json.loads(done.stdout)["info"]["notes"]


class Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Refuses a mapping that has a key twice, of which other readers take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Refused(f"line {node.start_mark.line + 1} and on: {key} is there twice")
        return super().construct_mapping(node, deep)


def objects(rendered):
    return [o for o in yaml.load_all(rendered, Strict) if o]


def cases():
    """The values files that every check goes through."""
    return sorted((CHART / "ci").glob("*-values.yaml"))
