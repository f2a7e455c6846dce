{{/*
The first part of all names, short enough for the longest second part, "-reporting-headless".
A name that was cut carries a hash of the whole, so that two releases stay apart.
*/}}
{{- define "almanac.fullname" -}}
{{- $chart := default .Chart.Name .Values.nameOverride -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{- $name = default $name .Values.fullnameOverride | trimSuffix "-" -}}
{{- if gt (len $name) 44 -}}
{{- printf "%s-%s" (trunc 35 $name | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{/* The services, those that others call first. */}}
{{- define "almanac.services" -}}
registry metrics reporting
{{- end -}}

{{/* A text as the value of a label: cut, and with a letter or a digit at both ends. */}}
{{- define "almanac.labelValue" -}}
{{ trunc 63 . | trimAll "-._" }}
{{- end -}}

{{/* What selects the pods of a part, for ever the same. Takes root and part. */}}
{{- define "almanac.selector" -}}
app.kubernetes.io/name: {{ include "almanac.labelValue" (default .root.Chart.Name .root.Values.nameOverride) }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .part }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/*
Labels of the pods of a part. The version of the chart is not among them: another chart with the
same pods restarts none. Takes root and part.
*/}}
{{- define "almanac.podLabels" -}}
{{ include "almanac.selector" . }}
app.kubernetes.io/part-of: almanac
app.kubernetes.io/version: {{ include "almanac.labelValue" (default .root.Chart.AppVersion .root.Values.image.tag) | quote }}
{{- end -}}

{{/* Labels of the objects of a part. Takes root and part. */}}
{{- define "almanac.labels" -}}
{{ include "almanac.podLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | include "almanac.labelValue" }}
{{- end -}}

{{/* The label that lets pods of the same namespace call the services. */}}
{{- define "almanac.clientLabel" -}}
{{ include "almanac.fullname" . }}-client
{{- end -}}

{{- define "almanac.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $name := .Values.image.repository -}}
{{- if $registry }}{{ $name = printf "%s/%s" (trimSuffix "/" $registry) $name }}{{ end -}}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "almanac.pullSecrets" -}}
{{- $names := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets | uniq -}}
{{- $names = append $names (dict "name" .) -}}
{{- end -}}
{{- if $names }}{{ toYaml $names }}{{ end -}}
{{- end -}}

{{/* Annotations whose values may be templates. Takes root and annotations. */}}
{{- define "almanac.annotations" -}}
{{- $rendered := dict -}}
{{- range $key, $value := .annotations -}}
{{- $_ := set $rendered $key (tpl $value $.root) -}}
{{- end -}}
{{- toYaml $rendered -}}
{{- end -}}

{{- define "almanac.serviceAccount" -}}
{{- default (include "almanac.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "almanac.migrationServiceAccount" -}}
{{- default (printf "%s-migrate" (include "almanac.fullname" .)) .Values.migrations.serviceAccount.name -}}
{{- end -}}
