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

{{/* What selects the pods of a part, for ever the same. Takes root and part. */}}
{{- define "almanac.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .part }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Labels of the objects of a part. Takes root and part. */}}
{{- define "almanac.labels" -}}
{{ include "almanac.selector" . }}
app.kubernetes.io/part-of: almanac
app.kubernetes.io/version: {{ default .root.Chart.AppVersion .root.Values.image.tag | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 }}
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
