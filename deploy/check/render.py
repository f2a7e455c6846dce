"""Renders the chart with helm, as text and as objects."""

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


def objects(rendered):
    return [o for o in yaml.safe_load_all(rendered) if o]


def cases():
    """The values files that every check goes through."""
    return sorted((CHART / "ci").glob("*-values.yaml"))
