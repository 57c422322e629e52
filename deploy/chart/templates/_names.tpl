{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "hawser.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
The prefix of all names. Services are DNS labels of at most 63 characters that begin with a letter;
the longest thing that is appended has 11. What is cut ends in a hash, so that two long names do not
become one.
*/}}
{{- define "hawser.fullname" -}}
{{- $name := include "hawser.name" . -}}
{{- $full := .Release.Name -}}
{{- if not (contains $name .Release.Name) -}}
{{- $full = printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- $full = default $full .Values.fullnameOverride | replace "." "-" -}}
{{- if regexMatch "^[0-9]" $full -}}
{{- $full = printf "hawser-%s" $full -}}
{{- end -}}
{{- if gt (len $full) 52 -}}
{{- $full = printf "%s-%s" (trunc 43 $full | trimSuffix "-") (sha256sum $full | trunc 8) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{- define "hawser.controllerName" -}}
{{- include "hawser.fullname" . }}-controller
{{- end -}}

{{/*
The name of an object that has no namespace, or lies in one that others share: (list . SUFFIX). It
tells releases in two namespaces apart; the dot is in no other name.
*/}}
{{- define "hawser.sharedName" -}}
{{- $context := first . -}}
{{- $full := include "hawser.fullname" $context -}}
{{- printf "%s%s" $full (last .) -}}
{{- if ne $full $context.Release.Namespace -}}
{{- printf ".%s" $context.Release.Namespace -}}
{{- end -}}
{{- end -}}

{{- define "hawser.registrationName" -}}
{{- include "hawser.sharedName" (list . "") -}}
{{- end -}}

{{- define "hawser.tlsSecret" -}}
{{- $made := printf "%s-tls" (include "hawser.fullname" .) -}}
{{- if eq .Values.certificates.mode "secret" -}}
{{- default $made .Values.certificates.secret.name -}}
{{- else -}}
{{- $made -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap with policies; empty where those count that are built in. */}}
{{- define "hawser.policiesConfigMap" -}}
{{- if and .Values.policies .Values.policiesConfigMap -}}
{{- fail "policies and policiesConfigMap exclude each other: give one of them" -}}
{{- else if .Values.policiesConfigMap -}}
{{- .Values.policiesConfigMap -}}
{{- else if .Values.policies -}}
{{- include "hawser.fullname" . }}-policies
{{- end -}}
{{- end -}}

{{- define "hawser.image" -}}
{{- with .Values.image -}}
{{- .repository }}:{{ default $.Chart.AppVersion .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{/* What a Deployment selects its pods by, which can never change: (list . COMPONENT). */}}
{{- define "hawser.selectorLabels" -}}
{{- $context := first . -}}
app.kubernetes.io/name: {{ include "hawser.name" $context }}
app.kubernetes.io/instance: {{ $context.Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end -}}

{{/* Labels of an object: (list . COMPONENT). */}}
{{- define "hawser.labels" -}}
{{- $context := first . -}}
{{ include "hawser.selectorLabels" . }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" | trunc 63 }}
{{- with $context.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The annotations of an object, if it has any: (list . OWN). */}}
{{- define "hawser.annotations" -}}
{{- $all := merge (dict) (last .) (first .).Values.commonAnnotations -}}
{{- with $all -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* metadata of a namespaced object: (list . NAME COMPONENT). */}}
{{- define "hawser.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $context.Release.Namespace }}
labels:
  {{- include "hawser.labels" (list $context (index . 2)) | nindent 2 }}
{{- with include "hawser.annotations" (list $context (dict)) }}
{{ . }}
{{- end }}
{{- end -}}
