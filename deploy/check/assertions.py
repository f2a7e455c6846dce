"""What must be true of every rendering of the chart. Each assertion yields complaints."""

import re

import server
from server import AFTER_GRACE
from shape import (
    HOOK, WEIGHT, annotations, containers, label, matches, name, of_kind, pods, ports,
    references, settings,
)

SELECTOR_LABELS = {
    "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component",
}
# Who answers which gRPC service.
SERVICES = {
    "almanac.registry.v1.RegistryService": "registry",
    "almanac.metrics.v1.MetricsService": "metrics",
    "almanac.reporting.v1.ReportingService": "reporting",
    "google.longrunning.Operations": "reporting",
    "almanac.server.v1.ServerService": "registry",
}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def pods_are_restricted(objects, given):
    for o, _, spec in pods(objects):
        of = label(o)
        context = spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
            yield f"{of} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{of} has no seccomp profile"
        if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
            yield f"{of} shares a namespace with its node"
        for volume in spec.get("volumes", []):
            kinds = volume.keys() - {"name"}
            if not kinds <= {"configMap", "secret", "emptyDir", "projected"}:
                yield f"{of} mounts {kinds}"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{of} mounts a token"
        if spec.get("enableServiceLinks") is not False:
            yield f"{of} gets the addresses of all Services as variables"


def containers_are_restricted(objects, given):
    for o, _, container in containers(objects):
        of = f"{label(o)}, container {container['name']}"
        context = container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
            yield f"{of} may gain privileges"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{of} can write to its image"
        capabilities = context.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
            yield f"{of} has capabilities"


def containers_say_what_they_need(objects, given):
    for o, _, container in containers(objects):
        resources = container.get("resources", {})
        for kind, what in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            if what not in resources.get(kind, {}):
                yield f"{label(o)}, container {container['name']}: no {kind} of {what}"


def probes_ask_the_health_port(objects, given):
    for o in of_kind(objects, "Deployment"):
        spec = o["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        told = settings(objects, spec)
        listen, health = told.get("listen", ":0"), told.get("health_listen", ":0")
        for probe in PROBES:
            asked = container.get(probe, {}).get("grpc", {})
            if asked.get("port") != ports(container).get("health"):
                yield f"{label(o)}: {probe} does not ask the health port"
            if f":{asked.get('port')}" != health[health.rindex(":"):]:
                yield f"{label(o)}: {probe} asks a port that the server does not open"
            service = "" if probe == "readinessProbe" else "live"
            if asked.get("service", "") != service:
                yield f"{label(o)}: {probe} asks about `{asked.get('service', '')}`"
        if listen == health:
            yield f"{label(o)}: health has no port of its own"
        if f":{ports(container).get('grpc')}" != listen[listen.rindex(":"):]:
            yield f"{label(o)}: the port grpc is not the one of the server"


def a_pod_has_time_to_end(objects, given):
    for o in of_kind(objects, "Deployment"):
        spec = o["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        hook = container.get("lifecycle", {}).get("preStop", {})
        if hook and "sleep" not in hook:
            yield f"{label(o)}: preStop needs a program that the image does not have"
        pause = hook.get("sleep", {}).get("seconds", 0)
        drain = settings(objects, spec).get("shutdown_grace_secs", 0)
        grace = spec.get("terminationGracePeriodSeconds", 30)
        if not drain or grace < pause + drain + AFTER_GRACE:
            yield f"{label(o)}: grace {grace} is less than {pause} + {drain} + {AFTER_GRACE}"
        longest = server.longest_request(settings(objects, spec))
        if drain < longest:
            yield f"{label(o)}: {drain} s cut off requests that were let in for {longest} s"


def printing_has_room(objects, given):
    needed = server.most_memory_of_reporting()
    for o, _, container in containers(objects):
        limit = container.get("resources", {}).get("limits", {}).get("memory")
        prints = o["kind"] == "Deployment" and container["name"] == "reporting"
        if prints and limit and server.in_bytes(limit) < needed:
            yield f"{label(o)}: {limit} are less than the {needed >> 20}Mi that printing may take"


def an_autoscaler_has_the_replicas_to_itself(objects, given):
    scalers = of_kind(objects, "HorizontalPodAutoscaler")
    scaled = {s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in scalers}
    for o in of_kind(objects, "Deployment"):
        if (name(o) in scaled) == ("replicas" in o["spec"]):
            yield f"{label(o)}: replicas and an autoscaler, or neither"
        spec = scaled.pop(name(o), None)
        if spec and spec["minReplicas"] > spec["maxReplicas"]:
            yield f"{label(o)}: the autoscaler cannot keep its bounds"
    for unknown in scaled:
        yield f"an autoscaler of {unknown}, which there is not"


def a_budget_protects_more_than_one_pod(objects, given):
    scalers = of_kind(objects, "HorizontalPodAutoscaler")
    fewest = {s["spec"]["scaleTargetRef"]["name"]: s["spec"]["minReplicas"] for s in scalers}
    for budget in of_kind(objects, "PodDisruptionBudget"):
        spec = budget["spec"]
        if "minAvailable" in spec or "maxUnavailable" not in spec:
            yield f"{label(budget)}: does not say maxUnavailable alone"
        selector = spec["selector"]["matchLabels"]
        protected = [
            o for o in of_kind(objects, "Deployment")
            if matches(selector, o["spec"]["template"]["metadata"]["labels"])
        ]
        if len(protected) != 1:
            yield f"{label(budget)}: selects {len(protected)} Deployments"
        for o in protected:
            if fewest.get(name(o), o["spec"].get("replicas", 0)) < 2:
                yield f"{label(budget)}: with one pod it blocks the node for ever"


def nothing_talks_to_kubernetes(objects, given):
    for o in of_kind(objects, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{label(o)}: nothing here needs it"
    for o in of_kind(objects, "ServiceAccount"):
        if o.get("automountServiceAccountToken") is not False:
            yield f"{label(o)}: mounts its token"


def what_a_pod_needs_is_there_before_it(objects, given):
    made = {(o["kind"], name(o)): o for o in objects}
    for o, _, spec in pods(objects):
        hook = annotations(o).get(HOOK, "")
        early = "pre-install" in hook
        for kind, needed in references(spec):
            other = made.get((kind, needed))
            if other is None:
                if needed not in given:
                    yield f"{label(o)} needs the {kind} {needed}, which nobody makes"
                continue
            weight = int(annotations(other).get(WEIGHT, "0"))
            other_hook = annotations(other).get(HOOK)
            if early and (other_hook != hook or weight >= int(annotations(o)[WEIGHT])):
                yield f"{label(o)} runs before the {kind} {needed} is made"
            if not early and other_hook:
                yield f"{label(o)} needs the {kind} {needed}, which is deleted with its hook"


def selectors_never_change(objects, given):
    for o in of_kind(objects, "Deployment"):
        selector = o["spec"]["selector"]["matchLabels"]
        if selector.keys() != SELECTOR_LABELS:
            yield f"{label(o)}: selects by {sorted(selector)}"
        if not matches(selector, o["spec"]["template"]["metadata"]["labels"]):
            yield f"{label(o)}: does not select its own pods"
    for o in of_kind(objects, "Service"):
        selector = o["spec"]["selector"]
        found = [label(p) for p, labels, _ in pods(objects) if matches(selector, labels)]
        if selector.keys() != SELECTOR_LABELS or len(found) != 1:
            yield f"{label(o)}: selects {found} by {sorted(selector)}"


def a_chart_alone_restarts_nothing(objects, given):
    for o in of_kind(objects, "Deployment"):
        if "helm.sh/chart" in o["spec"]["template"]["metadata"]["labels"]:
            yield f"{label(o)}: its pods carry the version of the chart"


def names_fit(objects, given):
    seen = set()
    for o in objects:
        # A Pod's name continues that of its Job or Deployment, which is cut if need be.
        if len(name(o)) > 63:
            yield f"{label(o)}: {len(name(o))} characters"
        if (o["kind"], name(o)) in seen:
            yield f"{label(o)}: twice"
        seen.add((o["kind"], name(o)))
        for key, value in (o["metadata"].get("labels") or {}).items():
            if not LABEL_VALUE.fullmatch(str(value)) or len(key.split("/")[-1]) > 63:
                yield f"{label(o)}: the label {key} cannot be {value}"


def each_service_has_two_doors(objects, given):
    services = of_kind(objects, "Service")
    for o in of_kind(objects, "Deployment"):
        (container,) = o["spec"]["template"]["spec"]["containers"]
        own = [
            s for s in services
            if matches(s["spec"]["selector"], o["spec"]["template"]["metadata"]["labels"])
        ]
        headless = [s["spec"].get("clusterIP") == "None" for s in own]
        if sorted(headless) != [False, True]:
            yield f"{label(o)}: not one Service for all and one for balancing clients"
        for port in (port for s in own for port in s["spec"]["ports"]):
            if not port.get("appProtocol"):
                yield f"{label(o)}: its Service does not say what it speaks"
            if port["targetPort"] not in ports(container):
                yield f"{label(o)}: its Service goes to no port"


def peers_are_found(objects, given):
    doors = {
        f"http://{name(s)}:{port['port']}"
        for s in of_kind(objects, "Service") for port in s["spec"]["ports"]
        if s["spec"].get("clusterIP") != "None"
    }
    needed = {"registry": set(), "metrics": {"registry"}, "reporting": {"registry", "metrics"}}
    for o in of_kind(objects, "Deployment"):
        (container,) = o["spec"]["template"]["spec"]["containers"]
        peers = settings(objects, o["spec"]["template"]["spec"]).get("peers", {})
        if peers.keys() != needed[container["name"]]:
            yield f"{label(o)}: looks for {sorted(peers)}"
        for peer, url in peers.items():
            if url not in doors or f"-{peer}:" not in url:
                yield f"{label(o)}: finds no {peer} at {url}"


def a_route_leads_to_every_service(objects, given):
    doors = {
        (name(s), port["port"]): s["spec"]["selector"]["app.kubernetes.io/component"]
        for s in of_kind(objects, "Service") for port in s["spec"]["ports"]
    }
    for o in of_kind(objects, "GRPCRoute"):
        if o["apiVersion"] != "gateway.networking.k8s.io/v1" or not o["spec"]["parentRefs"]:
            yield f"{label(o)}: belongs to no gateway"
        led = {}
        for rule in o["spec"]["rules"]:
            (backend,) = rule["backendRefs"]
            to = doors.get((backend["name"], backend["port"]))
            for match in rule["matches"]:
                if match["method"]["service"] in led:
                    yield f"{label(o)}: leads {match['method']['service']} to two places"
                led[match["method"]["service"]] = to
        for service, to in SERVICES.items():
            if led.get(service) != to:
                yield f"{label(o)}: leads {service} to {led.get(service)}"


def mounts_hold_what_is_read(objects, given):
    for o, spec, container in containers(objects):
        files = set()
        volumes = {v["name"]: v for v in spec.get("volumes", [])}
        for mount in container.get("volumeMounts", []):
            volume = volumes.get(mount["name"])
            if volume is None or not mount.get("readOnly") or "subPath" in mount:
                yield f"{label(o)}: the mount {mount['name']} is not sound"
                continue
            items = volume.get("secret", {}).get("items", [{"path": "almanac.toml"}])
            files |= {f"{mount['mountPath']}/{item['path']}" for item in items}
        read = {v["value"] for v in container.get("env", []) if str(v.get("value", "")).startswith("/")}
        if read != files:
            yield f"{label(o)}, container {container['name']}: reads {read}, mounted {files}"


def one_image_for_all(objects, given):
    images = {container["image"] for _, _, container in containers(objects)}
    if len(images) != 1 or any(i.endswith((":latest", ":")) for i in images):
        yield f"images: {sorted(images)}"


def a_job_is_never_changed(objects, given):
    for o in of_kind(objects, "Job"):
        hook = annotations(o).get(HOOK)
        if hook and "before-hook-creation" not in annotations(o)["helm.sh/hook-delete-policy"]:
            yield f"{label(o)}: the next upgrade finds it still there"
        if not hook and not re.search(r"-[0-9a-f]{8}$", name(o)):
            yield f"{label(o)}: its name does not tell its content"


ALL = [
    pods_are_restricted, containers_are_restricted, containers_say_what_they_need,
    probes_ask_the_health_port, a_pod_has_time_to_end, printing_has_room,
    an_autoscaler_has_the_replicas_to_itself, a_budget_protects_more_than_one_pod,
    nothing_talks_to_kubernetes, what_a_pod_needs_is_there_before_it,
    selectors_never_change, a_chart_alone_restarts_nothing, names_fit, each_service_has_two_doors,
    peers_are_found, a_route_leads_to_every_service, mounts_hold_what_is_read, one_image_for_all,
    a_job_is_never_changed,
]
