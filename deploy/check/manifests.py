"""The plain manifests of deploy/kubernetes: renderings of the chart for kubectl."""

import re

import render

FOLDER = render.DEPLOY / "kubernetes"
VALUES = render.DEPLOY / "check" / "kubernetes-values.yaml"
HEAD = "# Rendered from deploy/chart by `make manifests`; change the chart and not this file.\n"


def files():
    """The text of each file by its name: what has to be there first, then the servers."""
    whole = render.text([VALUES], namespace="almanac")
    parts = {"migrate.yaml": [], "almanac.yaml": []}
    for document in re.split(r"^---\n", whole, flags=re.M):
        source = re.match(r"# Source: almanac/templates/(.*)\n", document)
        if not source or source[1].startswith("tests/"):
            continue
        body = document[source.end():].strip("\n").replace("managed-by: Helm", "managed-by: kubectl")
        to = "migrate.yaml" if "component: migrate" in body else "almanac.yaml"
        body = re.sub(r"^ *helm\.sh/chart: .*\n", "", body, flags=re.M)
        parts[to].append(f"---\n{body}\n")
    return {name: HEAD + "".join(bodies) for name, bodies in parts.items()}


def complaints():
    for name, text in files().items():
        for o in render.objects(text):
            # What deploy/README.md selects, to apply it before the rest.
            early = o["metadata"]["labels"]["app.kubernetes.io/component"] == "migrate"
            if early != (name == "migrate.yaml") or early != (o["metadata"]["name"].startswith("almanac-migrate")):
                yield f"deploy/kubernetes/{name}: {o['kind']} {o['metadata']['name']} is not selected as migration or not there"
        path = FOLDER / name
        if not path.exists() or path.read_text() != text:
            yield f"deploy/kubernetes/{name} is stale: run `make manifests`"


def write():
    for name, text in files().items():
        (FOLDER / name).write_text(text)
