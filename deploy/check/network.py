"""What the network policies must let through, and what not."""

import urllib.parse

from shape import HOOK, annotations, label, matches, name, of_kind, pods, settings


def policies_let_through_what_is_needed(objects, given):
    policies = of_kind(objects, "NetworkPolicy")
    if not policies:
        return
    for o, labels, spec in pods(objects):
        if o["kind"] == "Pod":
            continue
        own = [p for p in policies if matches(p["spec"]["podSelector"]["matchLabels"], labels)]
        if len(own) != 1 or sorted(own[0]["spec"]["policyTypes"]) != ["Egress", "Ingress"]:
            yield f"{label(o)}: not under one policy of both directions"
            continue
        policy = own[0]
        if annotations(policy).get(HOOK) != annotations(o).get(HOOK):
            yield f"{label(o)}: its policy is not there when it runs"
        yield from egress(objects, o, policy, settings(objects, spec))
        if o["kind"] == "Deployment":
            yield from ingress(o, policy, labels)


def egress(objects, o, policy, told):
    rules = policy["spec"]["egress"]
    for protocol in ("UDP", "TCP"):
        if not any(opens(rule, 53, protocol) for rule in rules):
            yield f"{label(o)}: cannot ask for names over {protocol}"
    # The first rule is about names; some other one has to lead to the database.
    if not any(
        not opens(rule, 53, "TCP") and "podSelector" not in str(rule.get("to", "")) for rule in rules
    ):
        yield f"{label(o)}: cannot reach a database"
    for url in told.get("peers", {}).values():
        host = url.removeprefix("http://").split(":")[0]
        (service,) = [s for s in of_kind(objects, "Service") if name(s) == host]
        if not any(opens(rule, 7430, "TCP") and allows(rule.get("to"), service["spec"]["selector"]) for rule in rules):
            yield f"{label(o)}: cannot reach {host}"
    collector = told.get("telemetry", {}).get("otlp_endpoint", "")
    if collector:
        port = urllib.parse.urlsplit(collector).port or 80
        if not any(opens(rule, port, "TCP") for rule in rules):
            yield f"{label(o)}: cannot reach the collector"


def ingress(o, policy, labels):
    rules = policy["spec"]["ingress"]
    if not any(opens(rule, 7431, "TCP") and "from" not in rule for rule in rules):
        yield f"{label(o)}: the node cannot probe it"
    for rule in rules:
        if opens(rule, 7430, "TCP") and not rule.get("from"):
            yield f"{label(o)}: anybody may call it"
    # A pod of the same release, whatever its part.
    release = {k: v for k, v in labels.items() if not k.endswith("/component")}
    if not any(opens(rule, 7430, "TCP") and allows(rule.get("from"), release) for rule in rules):
        yield f"{label(o)}: its own release may not call it"


def opens(rule, port, protocol):
    return any(
        p["port"] == port and p.get("protocol", "TCP") == protocol for p in rule.get("ports", [])
    )


def allows(peers, labels):
    if not peers:
        return True
    selectors = [p["podSelector"]["matchLabels"] for p in peers if "podSelector" in p]
    return any(matches(selector, labels) for selector in selectors)
