"""What Kubernetes objects are made of, for the assertions."""

import tomllib

WORKLOADS = ("Deployment", "Job")
HOOK = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"


def name(o):
    return o["metadata"]["name"]


def label(o):
    return f"{o['kind']} {name(o)}"


def annotations(o):
    return o["metadata"].get("annotations") or {}


def of_kind(objects, *kinds):
    return [o for o in objects if o["kind"] in kinds]


def pods(objects):
    """Each object that makes pods, with the labels and the spec of these."""
    for o in objects:
        if o["kind"] in WORKLOADS:
            template = o["spec"]["template"]
            yield o, template["metadata"]["labels"], template["spec"]
        elif o["kind"] == "Pod":
            yield o, o["metadata"]["labels"], o["spec"]


def containers(objects):
    for o, _, spec in pods(objects):
        for container in spec.get("initContainers", []) + spec["containers"]:
            yield o, spec, container


def matches(selector, labels):
    return selector.items() <= labels.items()


def ports(container):
    return {p["name"]: p["containerPort"] for p in container.get("ports", [])}


def settings(objects, spec):
    """The settings file that a pod mounts, as a table."""
    maps = {name(o): o for o in of_kind(objects, "ConfigMap")}
    for volume in spec.get("volumes", []):
        mapped = maps.get(volume.get("configMap", {}).get("name"))
        if mapped:
            return tomllib.loads(mapped["data"]["almanac.toml"])
    return {}


def references(spec):
    """Names of the Secrets and ConfigMaps that a pod cannot start without."""
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
    for container in spec["containers"]:
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {}).get("secretKeyRef")
            if source:
                yield "Secret", source["name"]
    yield "ServiceAccount", spec.get("serviceAccountName", "default")
