{{/* A map as lines of TOML with dotted keys. Takes prefix and values. */}}
{{- define "almanac.toml" -}}
{{- range $key, $value := .values }}
{{- $path := ternary $key (printf "%s.%s" $.prefix $key) (empty $.prefix) }}
{{- if kindIs "map" $value }}
{{- include "almanac.toml" (dict "prefix" $path "values" $value) }}
{{- else if kindIs "string" $value }}
{{ $path }} = {{ toJson $value }}
{{- else if kindIs "bool" $value }}
{{ $path }} = {{ $value }}
{{- else }}
{{ $path }} = {{ int64 $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The settings file of a service. Takes root and service. */}}
{{- define "almanac.settings" -}}
{{- $values := .root.Values -}}
{{- $peer := printf "http://%s-%%s:%d" (include "almanac.fullname" .root) (int $values.service.port) -}}
{{- $ours := dict "listen" "0.0.0.0:7430" "health_listen" "0.0.0.0:7431" "shutdown_grace_secs" $values.shutdown.drainSeconds -}}
{{- $peers := dict -}}
{{- if ne .service "registry" }}{{ $_ := set $peers "registry" (printf $peer "registry") }}{{ end -}}
{{- if eq .service "reporting" }}{{ $_ := set $peers "metrics" (printf $peer "metrics") }}{{ end -}}
{{- if $peers }}{{ $_ := set $ours "peers" $peers }}{{ end -}}
{{- include "almanac.toml" (dict "prefix" "" "values" (mergeOverwrite (deepCopy $values.config) $ours)) | trim -}}
{{- end -}}
