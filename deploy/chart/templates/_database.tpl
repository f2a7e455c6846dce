{{/*
The access of a service to its database, as YAML. Takes root, service, and whether it is for
migrations, which may have another one.
*/}}
{{- define "almanac.database" -}}
{{- $values := .root.Values -}}
{{- $own := index $values .service -}}
{{- $overlays := list $values.database $own.database -}}
{{- if .migrating -}}
{{- $overlays = concat $overlays (list $values.migrations.database $own.migrationDatabase) -}}
{{- end -}}
{{- $access := dict -}}
{{- range $overlay := $overlays -}}
{{- $access = include "almanac.overlay" (dict "below" $access "above" $overlay) | fromYaml -}}
{{- end -}}
{{- toYaml $access -}}
{{- end -}}

{{/* One access over another: whoever names another Secret or URL means it instead of the one
below, and a URL in the keys instead of parts, or the other way round. */}}
{{- define "almanac.overlay" -}}
{{- $below := deepCopy .below -}}
{{- $above := deepCopy .above -}}
{{- if or $above.url $above.existingSecret -}}
{{- $below = omit $below "url" "existingSecret" -}}
{{- end -}}
{{- $keys := default dict $above.keys -}}
{{- if $keys.uri -}}
{{- $below = omit $below "keys" -}}
{{- else if $keys.host -}}
{{- $_ := set $above "keys" (mergeOverwrite (dict "uri" "") $keys) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $below $above) -}}
{{- end -}}

{{/* Name of the Secret. Takes root, service, migrating. */}}
{{- define "almanac.databaseSecret" -}}
{{- $access := include "almanac.database" . | fromYaml -}}
{{- if $access.url -}}
{{ include "almanac.fullname" .root }}-{{ .service }}{{ if .migrating }}-migrate{{ end }}
{{- else -}}
{{ $access.existingSecret }}
{{- end -}}
{{- end -}}

{{/* Environment of a container that uses the database. Takes root, service, migrating. */}}
{{- define "almanac.databaseEnv" -}}
{{- $access := include "almanac.database" . | fromYaml -}}
{{- $secret := include "almanac.databaseSecret" . -}}
{{- $key := printf "%s__DATABASE__URL" (upper .service) -}}
{{- if or $access.url $access.keys.uri }}
- name: ALMANAC_FILE__{{ $key }}
  value: /etc/almanac/{{ .service }}/url
{{- else }}
# Without parts of its own, so that those of the environment count.
- name: ALMANAC__{{ $key }}
  value: "postgresql:///"
{{- range $variable, $part := dict "PGHOST" "host" "PGPORT" "port" "PGUSER" "user" "PGPASSWORD" "password" "PGDATABASE" "dbname" }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ index $access.keys $part }}
{{- end }}
{{- end }}
- name: PGSSLMODE
  value: {{ $access.sslMode }}
{{- if $access.caSecret }}
- name: PGSSLROOTCERT
  value: /etc/almanac/{{ .service }}-ca/ca.crt
{{- end }}
{{- end -}}

{{/* Its mounts. Takes root, service, migrating. */}}
{{- define "almanac.databaseMounts" -}}
{{- $access := include "almanac.database" . | fromYaml -}}
{{- if or $access.url $access.keys.uri }}
- name: {{ .service }}-database
  mountPath: /etc/almanac/{{ .service }}
  readOnly: true
{{- end }}
{{- if $access.caSecret }}
- name: {{ .service }}-ca
  mountPath: /etc/almanac/{{ .service }}-ca
  readOnly: true
{{- end }}
{{- end -}}

{{/* Its volumes. Takes root, service, migrating. */}}
{{- define "almanac.databaseVolumes" -}}
{{- $access := include "almanac.database" . | fromYaml -}}
{{- if or $access.url $access.keys.uri }}
- name: {{ .service }}-database
  secret:
    secretName: {{ include "almanac.databaseSecret" . }}
    defaultMode: 0440
    items:
      - key: {{ ternary "url" $access.keys.uri (not (empty $access.url)) }}
        path: url
{{- end }}
{{- if $access.caSecret }}
- name: {{ .service }}-ca
  secret:
    secretName: {{ $access.caSecret }}
    defaultMode: 0440
    items:
      - key: {{ $access.caKey }}
        path: ca.crt
{{- end }}
{{- end -}}
