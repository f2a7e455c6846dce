{{/* Refuses values that contradict each other, with a sentence that says what to do. */}}
{{- define "almanac.check" -}}
{{- $values := .Values -}}
{{- $migrating := list false -}}
{{- if has $values.migrations.mode (list "hook" "job") -}}
{{- $migrating = list false true -}}
{{- end -}}
{{- range $service := splitList " " (include "almanac.services" .) -}}
{{- $own := index $values $service -}}
{{- range $for := $migrating -}}
{{- include "almanac.checkDatabase" (dict "root" $ "service" $service "migrating" $for) -}}
{{- end -}}
{{- with $own.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- fail (printf "%s.autoscaling: minReplicas is %d and maxReplicas %d: the fewest pods cannot be more than the most" $service (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if and .enabled (not .metrics) (not .targetCPUUtilizationPercentage) -}}
{{- fail (printf "%s.autoscaling: set targetCPUUtilizationPercentage or metrics, else nothing decides on the number of pods" $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $none := list "0" "0%" -}}
{{- if and (has (toString $values.updateStrategy.maxUnavailable) $none) (has (toString $values.updateStrategy.maxSurge) $none) -}}
{{- fail "updateStrategy: maxUnavailable and maxSurge are both 0, so no pod could ever be replaced" -}}
{{- end -}}
{{- if $values.gateway.enabled -}}
{{- if not $values.gateway.parentRefs -}}
{{- fail "gateway.parentRefs must name the gateway that the route belongs to" -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled (not $values.networkPolicy.clients) -}}
{{- fail "gateway.enabled: networkPolicy.clients must name the pods of the gateway, else they reach no service" -}}
{{- end -}}
{{- end -}}
{{- include "almanac.checkAccount" (dict "key" "serviceAccount" "account" $values.serviceAccount) -}}
{{- include "almanac.checkMigrations" . -}}
{{- include "almanac.checkExtras" . -}}
{{- end -}}

{{- define "almanac.checkAccount" -}}
{{- if not (or .account.create .account.name) -}}
{{- fail (printf "%s.name is required when %s.create is false: the default account of a namespace is not ours to use" .key .key) -}}
{{- end -}}
{{- end -}}

{{- define "almanac.checkDatabase" -}}
{{- $access := include "almanac.database" . | fromYaml -}}
{{- $whose := printf "the database of %s%s" .service (ternary " for migrations" "" .migrating) -}}
{{- if not (or $access.existingSecret $access.url) -}}
{{- fail (printf "%s: set database.existingSecret to a Secret that holds its URL, or for a trial database.url" $whose) -}}
{{- end -}}
{{- if and $access.existingSecret $access.url -}}
{{- fail (printf "%s: existingSecret and url are both set: leave one of them empty" $whose) -}}
{{- end -}}
{{- $keys := $access.keys -}}
{{- $parts := compact (list $keys.host $keys.port $keys.user $keys.password $keys.dbname) -}}
{{- if and (not $access.url) $keys.uri $parts -}}
{{- fail (printf "%s: keys names both uri and parts: leave uri empty or the parts" $whose) -}}
{{- end -}}
{{- if and (not $access.url) (not $keys.uri) (ne (len $parts) 5) -}}
{{- fail (printf "%s: keys must name either uri, or host, port, user, password and dbname" $whose) -}}
{{- end -}}
{{- end -}}
