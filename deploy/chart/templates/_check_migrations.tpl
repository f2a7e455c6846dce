{{/* Refuses values of migrations that their mode does not use, or that hinder each other. */}}
{{- define "almanac.checkMigrations" -}}
{{- if has .Values.migrations.mode (list "hook" "job") -}}
{{- include "almanac.checkJob" . -}}
{{- else -}}
{{- include "almanac.checkNoJob" . -}}
{{- end -}}
{{- if and (ne .Values.migrations.mode "job") (not (kindIs "invalid" .Values.migrations.ttlSecondsAfterFinished)) -}}
{{- fail (printf "migrations.ttlSecondsAfterFinished is for migrations.mode job: leave it null with %s" .Values.migrations.mode) -}}
{{- end -}}
{{- end -}}

{{- define "almanac.checkJob" -}}
{{- $of := .Values.migrations -}}
{{- if ge (int $of.statementTimeoutSeconds) (int $of.activeDeadlineSeconds) -}}
{{- fail (printf "migrations.statementTimeoutSeconds is %d and migrations.activeDeadlineSeconds %d: the Job would end before its longest statement, so make the deadline longer or the statement shorter" (int $of.statementTimeoutSeconds) (int $of.activeDeadlineSeconds)) -}}
{{- end -}}
{{- include "almanac.checkAccount" (dict "key" "migrations.serviceAccount" "account" $of.serviceAccount) -}}
{{- $same := eq (include "almanac.serviceAccount" .) (include "almanac.migrationServiceAccount" .) -}}
{{- if and $same $of.serviceAccount.create -}}
{{- fail (printf "serviceAccount.name and migrations.serviceAccount.name are both %s: give migrations another one, or set create of both to false to share an account that is there already" (include "almanac.serviceAccount" .)) -}}
{{- end -}}
{{- if and $same .Values.serviceAccount.create (eq $of.mode "hook") -}}
{{- fail (printf "migrations.serviceAccount.name is %s, which the release makes only after its hook has run: set migrations.serviceAccount.create to true with another name, or migrations.mode to job" (include "almanac.serviceAccount" .)) -}}
{{- end -}}
{{- end -}}

{{/* Without a Job, what is for it alone has to be left as it is in values.yaml. */}}
{{- define "almanac.checkNoJob" -}}
{{- $of := .Values.migrations -}}
{{- if and (eq $of.mode "startup") (ne (int $of.statementTimeoutSeconds) 1500) -}}
{{- fail "migrations.statementTimeoutSeconds is for a Job: with startup set config.registry.database.statement_timeout_secs, and the same of metrics and reporting" -}}
{{- end -}}
{{- range $key, $unset := dict "statementTimeoutSeconds" 1500 "activeDeadlineSeconds" 1800 "backoffLimit" 6 -}}
{{- if ne (int (index $of $key)) $unset -}}
{{- fail (printf "migrations.%s is for a Job: set migrations.mode to hook or job, or leave it %d with %s" $key $unset $of.mode) -}}
{{- end -}}
{{- end -}}
{{- if $of.grantTo -}}
{{- fail (printf "migrations.grantTo is done by a Job: set migrations.mode to hook or job, or leave it empty with %s" $of.mode) -}}
{{- end -}}
{{- if $of.annotations -}}
{{- fail (printf "migrations.annotations are those of a Job: set migrations.mode to hook or job, or leave them empty with %s" $of.mode) -}}
{{- end -}}
{{- if or $of.serviceAccount.name $of.serviceAccount.annotations -}}
{{- fail (printf "migrations.serviceAccount is that of a Job: set migrations.mode to hook or job, or leave its name and annotations empty with %s" $of.mode) -}}
{{- end -}}
{{- $accesses := dict "migrations.database" $of.database -}}
{{- range $service := splitList " " (include "almanac.services" .) -}}
{{- $_ := set $accesses (printf "%s.migrationDatabase" $service) (index $.Values $service).migrationDatabase -}}
{{- end -}}
{{- range $key, $access := $accesses -}}
{{- if $access -}}
{{- fail (printf "%s is used by a Job: set migrations.mode to hook or job; with %s the access in database counts" $key $of.mode) -}}
{{- end -}}
{{- end -}}
{{- end -}}
