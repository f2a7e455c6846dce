"""Whether the compose file confines its services, and gives them room and time."""

import subprocess

import yaml

import render
import server

FILE = render.DEPLOY / "compose.yaml"


def complaints():
    check = [render.HELM.parent / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(check, capture_output=True, text=True)
    if done.returncode:
        yield done.stdout + done.stderr
    composition = yaml.safe_load(FILE.read_text())
    for name, service in composition["services"].items():
        for check in (confined, hidden, roomy, patient):
            for complaint in check(name, service, composition):
                yield f"{name} {complaint}"


def confined(name, service, composition):
    user, _, group = service.get("user", "0:0").partition(":")
    if "0" in (user, group) or not service.get("read_only"):
        yield "runs as root or can write to its image"
    if service.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in service.get("security_opt", []):
        yield "has or may gain capabilities"
    for port in service.get("ports", []):
        if not port.startswith("127.0.0.1:"):
            yield "is open to other machines"


def hidden(name, service, composition):
    for secret in service.get("secrets", []):
        if secret not in composition["secrets"]:
            yield f"needs the secret {secret}"
    for variable, value in service.get("environment", {}).items():
        mounted = value.startswith("/run/secrets/") and value.rsplit("/")[-1] in service["secrets"]
        if ("PASSWORD" in variable or "URL" in variable) and not mounted:
            yield f"has {variable} outside a secret it mounts"


def roomy(name, service, composition):
    needed = server.most_memory_of_reporting() if name == "reporting" else 0
    if "mem_limit" in service and server.in_bytes(service["mem_limit"]) < needed:
        yield f"has {service['mem_limit']}, and may need {needed >> 20}m"


def patient(name, service, composition):
    if "serve" not in service.get("command", []):
        return
    drain = int(service["environment"]["ALMANAC__SHUTDOWN_GRACE_SECS"])
    grace = int(service["stop_grace_period"].removesuffix("s"))
    if drain < server.longest_request({}):
        yield f"cuts off requests: {drain} s are less than {server.longest_request({})} s"
    if grace < drain + server.AFTER_GRACE:
        yield f"is killed: {grace} s are less than {drain} + {server.AFTER_GRACE} s"
