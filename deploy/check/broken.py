"""Breaks the chart in one way after the other, to see that the assertions notice."""

import pathlib
import shutil
import tempfile

import assertions
import network
import notes
import render

CASE = render.CHART / "ci" / "full-values.yaml"
DEFAULT = render.CHART / "ci" / "default-values.yaml"
TRIAL = render.CHART / "ci" / "trial-values.yaml"

# Where, what, instead of what, what must be said.
FAULTS = [
    ("values.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "may run as root"),
    ("values.yaml", "seccompProfile: {type: RuntimeDefault}", "", "no seccomp profile"),
    ("values.yaml", "drop: [ALL]", "drop: [NET_RAW]", "has capabilities"),
    ("values.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can write to its image"),
    ("values.yaml", "requests: {cpu: 50m, memory: 64Mi}", "requests: {cpu: 50m}", "no requests of memory"),
    ("templates/_pod.tpl", "automountServiceAccountToken: false", "", "mounts a token"),
    ("templates/deployment.yaml", "port: 7431\n              service: live", "port: 7430\n              service: live", "does not ask the health port"),
    ("templates/deployment.yaml", "              service: live\n", "", "asks about ``"),
    ("templates/_config.tpl", '"0.0.0.0:7431"', '"0.0.0.0:7433"', "a port that the server does not open"),
    ("templates/deployment.yaml", "drainSeconds 5 }}", "drainSeconds 0 }}", "is less than"),
    ("values.yaml", "drainSeconds: 30", "drainSeconds: 20", "cut off requests"),
    ("values.yaml", "limits: {memory: 4608Mi}", "limits: {memory: 4Gi}", "that printing may take"),
    ("templates/deployment.yaml", "if not $own.autoscaling.enabled", "if true", "replicas and an autoscaler"),
    ("templates/disruption.yaml", "gt (int $pods) 1", "gt (int $pods) 0", "blocks the node for ever"),
    ("templates/serviceaccount.yaml", "kind: ServiceAccount", "kind: Role", "nothing here needs it"),
    ("templates/_pod.tpl", "serviceAccountName: {{ .account }}", "serviceAccountName: nobody", "which nobody makes"),
    ("templates/migrate.yaml", '(dict "weight" "0")', '(dict "weight" "-20")', "runs before the ServiceAccount"),
    ("templates/secret.yaml", "if and $migrating (eq", "if and false (eq", "runs before the Secret"),
    ("templates/_database.tpl", "{{ if .migrating }}-migrate{{ end }}", "", "deleted with its hook"),
    ("templates/deployment.yaml", '      {{- include "almanac.selector" $of | nindent 6 }}', '      {{- include "almanac.labels" $of | nindent 6 }}', "selects by"),
    ("templates/_names.tpl", "gt (len $name) 44", "gt (len $name) 99", "characters"),
    ("templates/deployment.yaml", '"almanac.podLabels" $of | nindent 8', '"almanac.labels" $of | nindent 8', "the version of the chart"),
    ("templates/_names.tpl", '| trimAll "-._"', "", "the label app.kubernetes.io/version cannot be"),
    ("templates/service.yaml", "type: ClusterIP", "type: ClusterIP\n  type: ClusterIP", "type is there twice"),
    ("templates/service.yaml", "clusterIP: None", "", "not one Service for all"),
    ("templates/service.yaml", "targetPort: grpc", "targetPort: api", "goes to no port"),
    ("templates/service.yaml", "appProtocol: {{ $.Values.service.appProtocol }}", "", "what it speaks"),
    ("templates/_config.tpl", '"http://%s-%%s:%d"', '"http://%s-%%s:9%d"', "finds no registry"),
    ("templates/_database.tpl", "path: ca.crt", "path: other", "reads"),
    ("templates/_pod.tpl", "image: {{", "image: other/{{ .Template.Name }}{{", "images"),
    ("templates/grpcroute.yaml", ' "google.longrunning.Operations"', "", "leads google.longrunning.Operations to None"),
    ("templates/grpcroute.yaml", "port: {{ $.Values.service.port }}", "port: 7431", "RegistryService to None"),
    ("templates/migrate.yaml", "{{ if not $hook }}-{{ sha256sum $template | trunc 8 }}{{ end }}", "", "does not tell its content"),
    ("templates/_pod.tpl", "before-hook-creation,", "", "still there"),
    ("templates/networkpolicy.yaml", "    - port: 53\n      protocol: UDP\n", "", "names over UDP"),
    ("templates/networkpolicy.yaml", "        - port: 7431\n          protocol: TCP\n", "        - port: 7432\n", "the node cannot probe it"),
    ("templates/networkpolicy.yaml", '(list "registry" "metrics")', '(list "registry")', "cannot reach"),
    ("templates/networkpolicy.yaml", ':[0-9]+(/|$)', ':[0-9]+', "cannot reach the collector"),
    ("templates/networkpolicy.yaml", "      from:\n", "      nobody:\n", "anybody may call it"),
    ("templates/networkpolicy.yaml", '"part" "") | nindent 14', '"part" "x") | nindent 14', "its own release may not call it"),
    ("templates/networkpolicy.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", "not under one policy"),
    ("templates/networkpolicy.yaml", "    - port: {{ . }}\n", "    - port: 53\n", "cannot reach a database"),
    ("templates/networkpolicy.yaml", 'if eq .Values.migrations.mode "hook"', "if false", "is not there when it runs"),
    ("templates/NOTES.txt", "enforced, pods of this namespace", "enforced,  pods of this namespace", "blanks too many"),
    ("templates/NOTES.txt", "when they have the label:", "when they have the label", "a colon without a command"),
    ("templates/NOTES.txt", "\n\n2. Let it", "\n\n\n2. Let it", "two empty lines"),
    ("templates/NOTES.txt", "as release {{ .Release.Name }}.", "as release {{ .Release.Name }}", "breaks off"),
    ("templates/NOTES.txt", "  helm test", "  then helm test", "not a command"),
]
# Which rendering shows the fault, where it is not the fullest one.
SHOWN_BY = {
    "cut off requests": DEFAULT,
    "that printing may take": DEFAULT,
    "cannot reach the collector": render.CHART / "ci" / "startup-values.yaml",
    "cannot reach a database": DEFAULT,
    "runs before the Secret": TRIAL,
    "deleted with its hook": TRIAL,
    "does not tell its content": render.CHART / "ci" / "job-values.yaml",
}


def complaints():
    for file, what, instead, expected in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            chart = pathlib.Path(folder) / "chart"
            shutil.copytree(render.CHART, chart)
            text = (chart / file).read_text()
            if what not in text:
                yield f"{file} has no `{what}` to break"
                continue
            (chart / file).write_text(text.replace(what, instead))
            look = look_at_notes if file.endswith("NOTES.txt") else noticed
            said = "\n".join(look(chart, SHOWN_BY.get(expected, CASE)))
        if expected not in said:
            yield f"{file} without `{what}`: nobody says `{expected}`, but: {said or 'nothing'}"


def look_at_notes(chart, case):
    return notes.faults(render.notes([case], chart=chart))


def noticed(chart, case):
    from chart import given

    try:
        objects = render.objects(render.text([case], chart=chart, release="r" * 53))
    except render.Refused as refused:
        return [str(refused)]
    names = given(case)
    checks = [*assertions.ALL, network.policies_let_through_what_is_needed]
    return [complaint for check in checks for complaint in check(objects, names)]
