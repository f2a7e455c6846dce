"""Checks the chart from all sides; see `make chart`. Every complaint is a line."""

import re
import subprocess
import sys
import time
import tomllib

import kubernetes_validate
import yaml

import assertions
import binary
import broken
import compose
import manifests
import network
import notes
import readme
import refusals
import render

LONGEST_RELEASE = "r" * 53


def given(path):
    """Names of what the values say is there already."""
    def texts(value):
        if isinstance(value, dict):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)
        elif isinstance(value, str):
            yield value

    return set(texts(yaml.safe_load(path.read_text())))


def lint():
    for case in render.cases():
        command = [render.HELM, "lint", "--strict", "--quiet", render.CHART, "--values", case]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            yield f"{case.name}: {done.stdout}{done.stderr}"


def schemas():
    for case in render.cases():
        for kube in (render.OLDEST, render.NEWEST):
            for o in render.objects(render.text([case], kube=kube)):
                if o["apiVersion"].startswith("gateway.networking.k8s.io/"):
                    # Not a part of Kubernetes: an assertion looks at it.
                    continue
                try:
                    kubernetes_validate.validate(o, kube, strict=True)
                except kubernetes_validate.ValidationError as error:
                    where = ".".join(map(str, error.path))
                    yield f"{case.name}, {kube}: {o['kind']} {where}: {error.message}"


def objects():
    checks = [*assertions.ALL, network.policies_let_through_what_is_needed]
    for case in render.cases():
        for release in ("almanac", LONGEST_RELEASE):
            rendered = render.objects(render.text([case], release=release))
            for check in checks:
                for complaint in check(rendered, given(case)):
                    yield f"{case.name}, {check.__name__}: {complaint}"


def settings():
    yield from binary.schema_complaints()
    told = binary.help_texts()
    for case in render.cases():
        for complaint in binary.container_complaints(render.objects(render.text([case])), told):
            yield f"{case.name}: {complaint}"


def nothing_is_looked_up():
    """What is rendered depends on values alone, so that it is the same without a cluster."""
    unsteady = re.compile(r"\b(lookup|rand[A-Z]\w*|gen[A-Z]\w*|now|uuidv4|Capabilities|IsInstall|IsUpgrade|Revision)\b")
    for path in (render.CHART / "templates").rglob("*"):
        for word in unsteady.findall(path.read_text()) if path.is_file() else []:
            yield f"{path.name}: {word}"


VERSIONED = {
    "Dockerfile": r"ARG VERSION=(.*)",
    "compose.yaml": r"ALMANAC_IMAGE:-almanac:(.*)}",
    "chart/Chart.yaml": r"appVersion: (.*)",
    "kubernetes/kustomization.yaml": r"newTag: (.*)",
}


def versions():
    """All name the version of the binary."""
    cargo = tomllib.loads((render.DEPLOY.parent / "Cargo.toml").read_text())
    version = cargo["workspace"]["package"]["version"]
    for file, pattern in VERSIONED.items():
        for found in re.findall(pattern, (render.DEPLOY / file).read_text()) or ["none"]:
            if found != version:
                yield f"{file} names the version {found}, and not {version}"


def dockerfile():
    check = [render.HELM.parent / "hadolint", render.DEPLOY / "Dockerfile"]
    done = subprocess.run(check, capture_output=True, text=True)
    if done.returncode:
        yield done.stdout + done.stderr


STEPS = {
    "lint": lint,
    "schemas of Kubernetes": schemas,
    "assertions": objects,
    "the binary takes its settings": settings,
    "refusals": refusals.complaints,
    "notes": notes.complaints,
    "nothing is looked up": nothing_is_looked_up,
    "table of values": readme.complaints,
    "plain manifests": manifests.complaints,
    "assertions notice faults": broken.complaints,
    "versions": versions,
    "Dockerfile": dockerfile,
    "compose file": compose.complaints,
}


def main():
    failed = False
    for title, step in STEPS.items():
        began = time.monotonic()
        try:
            found = list(step())
        except render.Refused as refused:
            found = [refused]
        failed = failed or bool(found)
        print(f"{'failed' if found else 'ok':6} {title} ({time.monotonic() - began:.1f} s)", flush=True)
        for complaint in found:
            print(f"       {complaint}")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        manifests.write()
        readme.write()
    else:
        sys.exit(main())
