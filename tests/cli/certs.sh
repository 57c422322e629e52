#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: certs.sh HAWSER-CONTROLLER
#
# What `hawser-controller certs` prints, and what it makes of what exists.
# shellcheck source=tests/cli/cli.bash
source "$(dirname -- "$0")/cli.bash"

controller() {
    hawser "$@"
}

# certs ARGUMENT...: and keep what it prints as $1.yaml.
certs() {
    local name=$1
    shift

    controller certs -n hawser "$@"
    exits 0
    says_nothing
    mv out "$name.yaml"
}

# The documents of a file that have the line $2.
documents() {
    awk -v RS='---\n' -v line="$2" 'index("\n" $0, "\n" line "\n") { print "---\n" $0 }' "$1.yaml"
}

value() {
    sed -n "s/^  $2: //p" "$1.yaml" | base64 -d
}

# What a cluster has: the registration is whole there.
whole() {
    documents "$1" 'kind: Secret'
    cat <<END
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: hawser}
webhooks:
- name: inject.hawser.dev
  clientConfig:
    service: {name: hawser, namespace: hawser}
    caBundle: $(sed -n 's/^    caBundle: //p' "$1.yaml" | head -n 1)
END
}

not_cases+=$'\ncontroller\ncerts\ndocuments\nvalue\nwhole'

of_the_registration_the_bundle_alone_is_printed() {
    certs first
    documents first 'kind: MutatingWebhookConfiguration' >registration
    ! grep -qE 'rules|failurePolicy|service' registration || fail 'more than that'
    [[ $(grep -c 'caBundle: ' registration) == 2 ]] || fail 'not both entries'
}

what_is_not_due_stays_byte_for_byte() {
    certs first
    whole first >exists.yaml
    certs second -f exists.yaml
    documents first 'kind: Secret' >before
    documents second 'kind: Secret' >after
    diff before after >out || fail 'it does not'
}

a_new_ca_waits_until_the_bundle_has_it() {
    certs first
    whole first | awk -v RS='---\n' '!/name: hawser-ca/ && NF { print "---\n" $0 }' >exists.yaml
    certs second -f exists.yaml
    [[ $(value first tls.crt) == "$(value second tls.crt)" ]] || fail 'the certificate is new'
    whole second >exists.yaml
    certs third -f exists.yaml
    [[ $(value second tls.crt) != "$(value third tls.crt)" ]] || fail 'the certificate is old'
}

# `kubectl get ... | hawser-controller certs -f - | kubectl apply -f -`, and the get fails.
an_empty_file_is_no_reason_for_a_new_ca() {
    : >empty.yaml
    controller certs -n hawser -f empty.yaml
    exits 2
    prints_nothing
    says "empty.yaml: there is no Secret 'hawser-tls' of namespace 'hawser' in it"
}

a_file_without_the_registration_is_refused() {
    certs first
    documents first 'kind: Secret' >exists.yaml
    controller certs -n hawser -f exists.yaml
    exits 2
    prints_nothing
    says "there is no MutatingWebhookConfiguration 'hawser' with an entry for Service 'hawser'"
}

the_namespace_is_asked_for() {
    controller certs
    exits 2
    says 'no namespace, expected --namespace NAME'
}

run_cases "$@"
