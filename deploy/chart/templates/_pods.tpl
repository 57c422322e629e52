{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* metadata of a pod: (list . COMPONENT VALUES). No version in it: what does not change the pods
does not restart them. */}}
{{- define "hawser.podMetadata" -}}
{{- $context := index . 0 -}}
{{- $values := index . 2 -}}
labels:
  {{- include "hawser.selectorLabels" (list $context (index . 1)) | nindent 2 }}
  {{- with merge (dict) $values.podLabels $context.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with include "hawser.annotations" (list $context $values.podAnnotations) }}
{{ . }}
{{- end }}
{{- end -}}

{{/* What all pods have: the pod's part of the "restricted" Pod Security Standard. */}}
{{- define "hawser.podSecurity" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- with .Values.uid }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  # Files of Secrets belong to root and this group, so that no other user can read the key.
  fsGroup: {{ int64 . }}
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "hawser.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  privileged: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* Where pods may run, but for affinity. */}}
{{- define "hawser.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "hawser.containerImage" -}}
image: {{ include "hawser.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{/* The egress rule of a NetworkPolicy that leads to the API server. */}}
{{- define "hawser.apiServer" -}}
- ports:
    {{- range .Values.networkPolicy.apiServerPorts }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with .Values.networkPolicy.apiServerTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
