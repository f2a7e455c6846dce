{{/*
Refuses what is added under a name that the chart uses itself: the object would have it twice,
which a cluster refuses, or takes one of the two for.
*/}}
{{- define "almanac.checkExtras" -}}
{{- $values := .Values -}}
{{- $taken := dict -}}
{{- $_ := set $taken "podLabels" (include "almanac.podLabels" (dict "root" . "part" "server") | fromYaml) -}}
{{- $_ := set $taken "podAnnotations" (dict "checksum/config" "" "checksum/database" "") -}}
{{- if eq $values.migrations.mode "hook" -}}
{{- $hook := include "almanac.hook" (dict "weight" "0") | fromYaml -}}
{{- $_ := set $taken "migrations.annotations" $hook -}}
{{- $_ := set $taken "migrations.serviceAccount.annotations" $hook -}}
{{- end -}}
{{- range $what, $ours := $taken -}}
{{- $given := $values -}}
{{- range splitList "." $what }}{{ $given = index $given . }}{{ end -}}
{{- range $key, $_ := $given -}}
{{- if hasKey $ours $key -}}
{{- fail (printf "%s: %s is said by the chart itself, so leave it out" $what $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "almanac.checkEnv" . -}}
{{- include "almanac.checkVolumes" . -}}
{{- end -}}

{{- define "almanac.checkEnv" -}}
{{- $ours := list "ALMANAC_CONFIG" "ALMANAC__LISTEN" "ALMANAC__HEALTH_LISTEN" "ALMANAC__SHUTDOWN_GRACE_SECS" "ALMANAC__PEERS__REGISTRY" "ALMANAC__PEERS__METRICS" -}}
{{- $job := has .Values.migrations.mode (list "hook" "job") -}}
{{- range $service := splitList " " (include "almanac.services" .) -}}
{{- $ours = append $ours (printf "ALMANAC__%s__DATABASE__URL" (upper $service)) -}}
{{- if $job -}}
{{- $ours = append $ours (printf "ALMANAC__%s__DATABASE__STATEMENT_TIMEOUT_SECS" (upper $service)) -}}
{{- end -}}
{{- range $migrating := ternary (list false true) (list false) $job -}}
{{- range include "almanac.databaseEnv" (dict "root" $ "service" $service "migrating" $migrating) | fromYamlArray -}}
{{- $ours = append $ours .name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- range .Values.extraEnv -}}
{{- if has (upper .name | replace "ALMANAC_FILE__" "ALMANAC__") $ours -}}
{{- fail (printf "extraEnv: %s is set by the chart itself: leave it out and use shutdown, config, database or migrations" .name) -}}
{{- end -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "extraEnv: %s is there twice: leave one of them out" .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- end -}}

{{- define "almanac.checkVolumes" -}}
{{- $ours := list "settings" -}}
{{- range $service := splitList " " (include "almanac.services" .) -}}
{{- $ours = concat $ours (list (printf "%s-database" $service) (printf "%s-ca" $service)) -}}
{{- end -}}
{{- $seen := dict -}}
{{- range .Values.extraVolumes -}}
{{- if or (has .name $ours) (hasKey $seen .name) -}}
{{- fail (printf "extraVolumes: %s is there already: give the volume another name" .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- if not (hasKey $seen .name) -}}
{{- fail (printf "extraVolumeMounts: %s is no volume of extraVolumes: add it there" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
