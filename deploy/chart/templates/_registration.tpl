{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* "true" where the API server itself looks who opted in. */}}
{{- define "hawser.hasMatchConditions" -}}
{{- if eq (toString .Values.registration.matchConditions) "auto" -}}
{{- semverCompare ">=1.28-0" .Capabilities.KubeVersion.Version -}}
{{- else -}}
{{- .Values.registration.matchConditions -}}
{{- end -}}
{{- end -}}

{{- define "hawser.failurePolicy" -}}
{{- if eq .Values.registration.failurePolicy "auto" -}}
{{- ternary "Fail" "Ignore" (eq (include "hawser.hasMatchConditions" .) "true") -}}
{{- else -}}
{{- .Values.registration.failurePolicy -}}
{{- end -}}
{{- end -}}

{{/* What is asked about that lies in a namespace. A Workflow is judged when it is created; Argo writes
the status of those that run by UPDATE. */}}
{{- define "hawser.namespacedRules" -}}
- apiGroups: [argoproj.io]
  apiVersions: [v1alpha1]
  operations: [CREATE]
  resources: [workflows]
  scope: Namespaced
- apiGroups: [argoproj.io]
  apiVersions: [v1alpha1]
  operations: [CREATE, UPDATE]
  resources: [workflowtemplates, cronworkflows]
  scope: Namespaced
{{- end -}}

{{- define "hawser.clusterRules" -}}
- apiGroups: [argoproj.io]
  apiVersions: [v1alpha1]
  operations: [CREATE, UPDATE]
  resources: [clusterworkflowtemplates]
  scope: Cluster
{{- end -}}

{{/* A requirement of a namespaceSelector. Kubernetes 1.20 sets no such label; then it excludes
nothing, which does no harm. */}}
{{- define "hawser.otherNamespaces" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    {{- range concat (list .Release.Namespace "kube-system" "kube-public" "kube-node-lease") .Values.registration.excludeNamespaces | uniq }}
    - {{ . }}
    {{- end }}
{{- end -}}

{{/*
CEL, in parts. Each may be asked of any object: nothing in it fails where a field is absent or null.
`request.namespace` is absent for what has none.
*/}}
{{- define "hawser.cel.notKube" -}}
!has(request.namespace) || !request.namespace.startsWith('kube-')
{{- end -}}

{{- define "hawser.cel.annotations" -}}
({{ . }} != null && has({{ . }}.metadata) && has({{ . }}.metadata.annotations) && {{ . }}.metadata.annotations != null ? {{ . }}.metadata.annotations : {})
{{- end -}}

{{- define "hawser.cel.spec" -}}
({{ . }} != null && has({{ . }}.spec) ? {{ . }}.spec : null)
{{- end -}}

{{- define "hawser.cel.changes" -}}
request.operation != 'UPDATE' || {{ include "hawser.cel.spec" "object" }} != {{ include "hawser.cel.spec" "oldObject" }} || {{ include "hawser.cel.annotations" "object" }} != {{ include "hawser.cel.annotations" "oldObject" }}
{{- end -}}

{{- define "hawser.cel.optsOut" -}}
{{ include "hawser.cel.annotations" "object" }}.exists(k, k == 'hawser.dev/inject' && object.metadata.annotations[k] == 'false')
{{- end -}}
