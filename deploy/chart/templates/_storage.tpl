{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* "true" where the controller keeps NFS servers and claims. */}}
{{- define "hawser.keepsStorage" -}}
{{- if and .Values.controller.enabled .Values.storage.enabled -}}true{{- end -}}
{{- end -}}

{{/*
What the policies ask for, by name, as YAML: {servers: [{name, namespace, storageClass}], claims: []}.
Of those built into hawser it is what `hawser policies` prints; a ConfigMap cannot be read here, and
then the values say it.
*/}}
{{- define "hawser.storage" -}}
{{- $servers := list -}}
{{- $claims := list -}}
{{- $_ := include "hawser.policiesConfigMap" . -}}{{/* two sources are refused there */}}
{{- $said := or .Values.storage.servers .Values.storage.claims -}}
{{- if and $said (not .Values.policiesConfigMap) -}}
{{- fail "storage.servers and storage.claims are for policiesConfigMap: of other policies the chart sees itself what they ask for" -}}
{{- else if $said -}}
{{- range .Values.storage.servers -}}
{{- $servers = append $servers (dict "name" .name "namespace" (default "hawser-nfs" .namespace) "storageClass" .storageClass) -}}
{{- end -}}
{{- $claims = .Values.storage.claims -}}
{{- else if .Values.policiesConfigMap -}}
{{- fail "storage.servers and storage.claims: expected what the policies in policiesConfigMap ask for, as the controller's rights are for these names alone; or storage.enabled=false" -}}
{{- else if .Values.policies -}}
{{- range .Values.policies -}}
{{- if eq .kind "NFSProvisioner" -}}
{{- $class := dig "storageClass" "name" "" .spec | required (printf "policies: NFSProvisioner '%s' has no spec.storageClass.name" .metadata.name) -}}
{{- $servers = append $servers (dict "name" .metadata.name "namespace" (default "hawser-nfs" .spec.namespace) "storageClass" $class) -}}
{{- else -}}
{{- range .spec.volumes -}}
{{- with .persistent -}}
{{- if .create -}}
{{- $claims = append $claims .claimName -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $servers = list (dict "name" "ebs" "namespace" "hawser-nfs" "storageClass" "nfs-ebs") (dict "name" "ephemeral" "namespace" "hawser-nfs" "storageClass" "nfs-ephemeral") -}}
{{- $claims = list "hawser-cache" -}}
{{- end -}}
{{- dict "servers" $servers "claims" (uniq $claims) | toYaml -}}
{{- end -}}

{{/* The rules of what an NFS server may do: an API server lets nobody hand on what he may not do
himself. Without servers, what is left of them that claims need. */}}
{{- define "hawser.serverRules" -}}
- apiGroups: [""]
  resources: [persistentvolumes]
  verbs: [create, delete, get, list, watch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, update, watch]
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch, update]
- apiGroups: [""]
  resources: [endpoints, services]
  verbs: [get]
{{- end -}}

{{- define "hawser.noServerRules" -}}
- apiGroups: [""]
  resources: [persistentvolumeclaims, persistentvolumes]
  verbs: [list, watch]
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}

{{/* Rules for one kind of objects: (dict "group" G "resources" R "all" VERBS "names" N "named" VERBS),
of which either VERBS, or the names, may be missing. */}}
{{- define "hawser.kindRules" -}}
{{- with .all }}
- apiGroups: [{{ $.group | quote }}]
  resources: [{{ join ", " $.resources }}]
  verbs: [{{ join ", " . }}]
{{- end }}
{{- with .names }}
- apiGroups: [{{ $.group | quote }}]
  resources: [{{ join ", " $.resources }}]
  resourceNames:
    {{- toYaml . | nindent 4 }}
  verbs: [{{ join ", " $.named }}]
{{- end }}
{{- end -}}

{{/*
What the controller may do about storage. What NFS servers may do aside, rights to write are for the
names that policies ask for: a server-side apply names the object in its path, so that `create` is
narrowed too. But claims of policies are POSTed, so that nobody else's is taken over, and may be made
under any name. Nothing can be narrowed to a namespace: that of the servers is yet to be made, and
claims go where policies say. `delete` is for what cannot be changed otherwise and nothing depends on.
*/}}
{{- define "hawser.storageRules" -}}
{{- $storage := include "hawser.storage" . | fromYaml -}}
{{- $objects := list -}}
{{- $namespaces := list -}}
{{- $classes := list -}}
{{- range $storage.servers -}}
{{- $objects = append $objects (printf "hawser-nfs-%s" .name) -}}
{{- if ne .namespace $.Release.Namespace -}}
{{- $namespaces = append $namespaces .namespace -}}
{{- end -}}
{{- $classes = append $classes .storageClass -}}
{{- end -}}
{{- $look := list "list" "watch" -}}
{{- $keep := list "create" "get" "patch" -}}
{{- $replace := list "create" "delete" "get" "patch" -}}
{{- $rbac := "rbac.authorization.k8s.io" -}}
{{- include (ternary "hawser.serverRules" "hawser.noServerRules" (not (empty $objects))) . -}}
{{- range list
    (dict "group" "" "resources" (list "namespaces") "all" $look "names" (uniq $namespaces) "named" $keep)
    (dict "group" "" "resources" (list "serviceaccounts") "all" $look "names" $objects "named" $keep)
    (dict "group" "" "resources" (list "services") "all" $look "names" $objects "named" (list "create" "patch"))
    (dict "group" "" "resources" (list "persistentvolumeclaims") "names" $objects "named" (list "create" "patch"))
    (dict "group" "" "resources" (list "persistentvolumeclaims") "all" (ternary (list "create") list (not (empty $storage.claims))) "names" $storage.claims "named" (list "patch"))
    (dict "group" "apps" "resources" (list "statefulsets") "all" $look "names" $objects "named" $keep)
    (dict "group" "networking.k8s.io" "resources" (list "networkpolicies") "all" $look "names" $objects "named" $keep)
    (dict "group" "policy" "resources" (list "poddisruptionbudgets") "all" $look "names" $objects "named" $replace)
    (dict "group" $rbac "resources" (list "clusterroles" "roles") "all" $look "names" $objects "named" $keep)
    (dict "group" $rbac "resources" (list "clusterrolebindings" "rolebindings") "all" $look "names" $objects "named" $replace)
    (dict "group" "scheduling.k8s.io" "resources" (list "priorityclasses") "all" $look "names" (ternary (list "hawser-nfs") list (not (empty $objects))) "named" $replace)
    (dict "group" "storage.k8s.io" "resources" (list "storageclasses") "names" $classes "named" (list "create" "delete" "patch"))
    (dict "group" "" "resources" (list "pods") "all" $look)
    (dict "group" "argoproj.io" "resources" (list "workflows") "all" $look)
}}
{{- include "hawser.kindRules" . }}
{{- end }}
{{- end -}}
