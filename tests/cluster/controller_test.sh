#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: controller_test.sh BUILD-FOLDER
#
# The controller against a real API server with exactly the rights that the chart gives it: trouble
# ends in the right state, and a log line, an Event or a metric says what happened.
set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cluster.bash
source "$here/cluster.bash"
# shellcheck source-path=SCRIPTDIR source=cases.bash
source "$here/cases.bash"

build=$(realpath "$1")
work=$(mktemp -d)
trap 'cluster_stop; rm -rf --one-file-system "$work"' EXIT
# Pauses as long as in use would only make the test longer.
release_values=(--set storage.enabled=false) # storage_test.sh is about that
settings=(--settle=1s --lease-duration=4s --renew-deadline=3s --retry-period=500ms)
# shellcheck source-path=SCRIPTDIR source=controller.bash
source "$here/controller.bash"
# shellcheck source-path=SCRIPTDIR source=token.bash
source "$here/token.bash"
# shellcheck source-path=SCRIPTDIR source=controller_life.bash
source "$here/controller_life.bash"

program=$build/deploy/controller/hawser-controller

# certs RELEASE [ARGUMENT...]: what `hawser-controller certs` prints for it.
certs() {
    local name=$1
    shift

    "$program" certs --namespace="$name" --service="$name" --tls-secret="$name-tls" \
        --ca-secret="$name-ca" --webhook-configuration="$name" "$@"
}

# Before Kubernetes 1.25 kubectl does not know that what is applied need not be whole.
apply() {
    kubectl apply --server-side --field-manager=hawser-controller --validate=false -f -
}

# What certs prints with what the cluster has, applied.
certs_step() {
    kubectl -n "$1" get "secret/$1-ca" "secret/$1-tls" "mutatingwebhookconfiguration/$1" \
        --ignore-not-found -o yaml >"$work/there.yaml"
    certs "$1" -f "$work/there.yaml" | apply
}

# The objects of a release that the controller keeps, as `NAME resourceVersion`.
versions() {
    kubectl -n "$1" get "secret/$1-ca" "secret/$1-tls" "mutatingwebhookconfiguration/$1" \
        -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}'
}

# What they hold. An API server may write down an apply that changes nothing: 1.20 does so where a
# Secret has an empty value.
contents() {
    kubectl -n "$1" get "secret/$1-ca" "secret/$1-tls" "mutatingwebhookconfiguration/$1" -o json |
        jq -cS '.items[] | {kind, data, webhooks, name: .metadata.name, labels: .metadata.labels}'
}

# patch RELEASE JSON-PATCH: of its registration.
patch() {
    kubectl patch mutatingwebhookconfiguration "$1" --type=json -p "$2"
}

spoil() {
    patch "$1" '[{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]'
}

# set_value SECRET KEY TEXT
set_value() {
    kubectl -n "${1%/*}" patch secret "${1#*/}" --type=merge \
        -p "{\"data\": {\"$2\": \"$(base64 -w 0 <<<"$3")\"}}"
}

other_key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
}

# comes_back RELEASE WHAT: wait until it is trusted, for five seconds, and note how long that took.
comes_back() {
    local from=$EPOCHREALTIME

    cluster_wait 5 is_trusted "$1"
    note "$2: back after $(seconds_since "$from")"
}

has_another_ca() {
    local ca

    ca=$(value "$1/$1-ca" ca.crt) && [[ -n $ca && $ca != "$2" ]]
}

# Whether the present CA issued the leaf.
is_issued_by_its_ca() {
    openssl verify -CAfile <(value "$1/$1-ca" ca.crt) <(value "$1/$1-tls" tls.crt)
}

# Two controllers of hawser-two, of which the first leads.
start_two() {
    start first hawser-two "$@"
    cluster_wait 10 leads first
    start second hawser-two "$@"
    cluster_wait 10 is_ready second
}

# hold RELEASE FINALIZER: keep its rights while its namespace goes; no more with "".
hold() {
    kubectl -n "$1" patch "role/$1-controller" "rolebinding/$1-controller" --type=merge \
        -p "{\"metadata\": {\"finalizers\": [${2:+\"$2\"}]}}"
}

is_gone() {
    [[ -z $(kubectl get namespace "$1" --ignore-not-found) ]]
}

# requests NAME SECONDS: how many it sends in so many seconds.
requests() {
    local before

    before=$(asked "$1" .verb | wc -l)
    sleep "$2"
    echo $(($(asked "$1" .verb | wc -l) - before))
}

cases_follow

a_fresh_install_is_completed_and_told() {
    release hawser-fresh
    start fresh hawser-fresh
    cluster_wait 10 is_trusted hawser-fresh
    equal "$(kubectl -n hawser-fresh get secret hawser-fresh-tls -o 'jsonpath={.type}')" \
        kubernetes.io/tls
    equal "$(kubectl -n hawser-fresh get secret hawser-fresh-ca -o 'jsonpath={.type}')" Opaque
    cluster_wait 5 event hawser-fresh AuthorityRenewed ''
    cluster_wait 5 event hawser-fresh CertificateRenewed ''
    cluster_wait 5 event hawser-fresh CABundleWritten ''
    is_ready fresh || fail "$(ask fresh /readyz)"
    leads fresh
    shows fresh hawser_controller_ca_bundle_in_force 1
    for change in authority leaf registration; do
        shows fresh "hawser_controller_certificate_changes_total{change=\"$change\"}" 1
    done
    shows fresh hawser_controller_certificate_failures_total 0
    stop fresh
    said fresh '"stopped"'
}

of_the_registration_only_the_ca_bundles_are_ours() {
    # The name is the key by which an apply finds its entry, so it is said too.
    equal "$(registration hawser-fresh | jq -cS '[.metadata.managedFields[]
        | select(.manager == "hawser-controller") | {operation, fieldsV1}]')" \
        "$(jq -ncS '{".": {}, "f:clientConfig": {"f:caBundle": {}}, "f:name": {}} as $entry
            | [{operation: "Apply", fieldsV1: {"f:webhooks": {
                "k:{\"name\":\"inject.hawser.dev\"}": $entry,
                "k:{\"name\":\"namespace.hawser.dev\"}": $entry}}}]')"
}

a_restart_changes_nothing() {
    local before

    before=$(versions hawser-fresh)
    start again hawser-fresh
    cluster_wait 10 shows again hawser_controller_ca_bundle_in_force 1
    sleep 1
    equal "$(versions hawser-fresh)" "$before"
    equal "$(wrote again)" '"patch configmaps"' # how things are, as another has found them before
    stop again
}

a_registration_that_comes_late_gets_its_bundle() {
    release hawser-late
    kubectl delete mutatingwebhookconfiguration hawser-late
    start late hawser-late
    cluster_wait 10 kubectl -n hawser-late get secret hawser-late-tls
    cluster_wait 5 is_ready late
    shows late hawser_controller_ca_bundle_in_force 0
    helm template hawser-late "$chart" --namespace hawser-late --kube-version 1.20 \
        --show-only templates/registration.yaml | kubectl create -f -
    comes_back hawser-late 'a registration without a bundle'
    cluster_wait 5 event hawser-late CABundleWritten ''
    cluster_wait 5 shows late hawser_controller_ca_bundle_in_force 1
    kubectl delete mutatingwebhookconfiguration hawser-late
    cluster_wait 5 shows late hawser_controller_ca_bundle_in_force 0
    equal "$(kubectl get mutatingwebhookconfiguration hawser-late --ignore-not-found)" ''
    stop late
}

a_bundle_that_somebody_spoils_is_back() {
    local place=/webhooks/0/clientConfig/caBundle

    start bundle hawser-fresh
    cluster_wait 10 leads bundle
    spoil hawser-fresh
    comes_back hawser-fresh 'a bundle that was emptied'
    patch hawser-fresh "[{\"op\": \"replace\", \"path\": \"$place\", \"value\": \"Z2FyYmFnZQ==\"}]"
    comes_back hawser-fresh 'a bundle with garbage'
    patch hawser-fresh "[{\"op\": \"replace\", \"path\": \"${place/0/1}\",
        \"value\": \"$(base64 -w 0 "$CLUSTER/pki/ca.crt")\"}]"
    comes_back hawser-fresh "a bundle with a stranger's CA"
    equal "$(times_said bundle "wrote the caBundle of the webhook's registration")" 3
    shows bundle 'hawser_controller_certificate_changes_total{change="registration"}' 3
    shows bundle 'hawser_controller_certificate_changes_total{change="leaf"}' 0
    stop bundle
}

a_secret_that_somebody_spoils_is_mended() {
    start secret hawser-fresh
    cluster_wait 10 leads secret
    set_value hawser-fresh/hawser-fresh-tls tls.key "$(other_key)"
    comes_back hawser-fresh "another's key"
    set_value hawser-fresh/hawser-fresh-tls tls.crt garbage
    comes_back hawser-fresh 'a certificate that is garbage'
    kubectl -n hawser-fresh delete secret hawser-fresh-tls
    comes_back hawser-fresh 'a Secret that was deleted'
    shows secret 'hawser_controller_certificate_changes_total{change="leaf"}' 3
    equal "$(times_said secret 'issued a new certificate for the webhook')" 3
    cluster_wait 5 event hawser-fresh CertificateRenewed 'key'
    stop secret
}

a_ca_that_somebody_spoils_is_replaced_and_stays_trusted() {
    local spoil ca

    start ca hawser-fresh
    cluster_wait 10 leads ca
    for spoil in 'set_value hawser-fresh/hawser-fresh-ca ca.key garbage' \
        'set_value hawser-fresh/hawser-fresh-ca ca.crt garbage' \
        'kubectl -n hawser-fresh delete secret hawser-fresh-ca'; do
        ca=$(value hawser-fresh/hawser-fresh-ca ca.crt)
        $spoil
        cluster_wait 5 has_another_ca hawser-fresh "$ca"
        cluster_wait 10 is_issued_by_its_ca hawser-fresh
        is_trusted hawser-fresh
    done
    shows ca 'hawser_controller_certificate_changes_total{change="authority"}' 3
    cluster_wait 5 event hawser-fresh AuthorityRenewed ''
    stop ca
}

a_secret_of_the_wrong_type_is_told_and_its_deletion_mends_it() {
    kubectl -n hawser-fresh delete secret hawser-fresh-tls
    kubectl -n hawser-fresh create secret generic hawser-fresh-tls --from-literal=tls.crt=x
    start type hawser-fresh
    cluster_wait 10 said type 'certificates are not as they should be'
    said type 'a type cannot be changed'
    cluster_wait 5 event hawser-fresh CertificatesFailed 'a type cannot be changed'
    sleep 2
    equal "$(times_said type 'certificates are not as they should be')" 1
    shows type hawser_controller_certificate_failures_total 1
    kubectl -n hawser-fresh delete secret hawser-fresh-tls
    comes_back hawser-fresh 'after a Secret of the wrong type was deleted'
    cluster_wait 5 said type 'as they should be again'
    stop type
}

what_has_expired_is_replaced() {
    release hawser-expired
    apply <"$work/expired.yaml"
    ! is_trusted hawser-expired || fail 'it has not expired'
    start expired hawser-expired
    comes_back hawser-expired 'an expired CA with an expired certificate'
    said expired 'the certificate was valid until'
    cluster_wait 5 event hawser-expired AuthorityRenewed 'the certificate was valid until'
    stop expired
}

a_rotation_never_shows_a_leaf_that_is_not_trusted() {
    local ca

    release hawser-rotate
    follow hawser-rotate
    start rotate hawser-rotate --settle=2s --ca-validity=12s --leaf-validity=10s
    cluster_wait 10 is_trusted hawser-rotate
    ca=$(value hawser-rotate/hawser-rotate-ca ca.crt)
    cluster_wait 30 said rotate 'the last certificate of an old CA is over'
    sleep 0.5 # for those who follow
    equal "$(times_said rotate 'made a new CA')" 2
    has_another_ca hawser-rotate "$ca"
    is_issued_by_its_ca hawser-rotate
    equal "$(value hawser-rotate/hawser-rotate-tls ca.crt)" \
        "$(value hawser-rotate/hawser-rotate-ca ca.crt)"
    was_always_trusted hawser-rotate
    # The second CA: its key is kept before anybody trusts it, and it issues last.
    equal "$(asked rotate 'select(.verb == "patch") | .objectRef.name' | jq -r . | uniq |
        sed '1,/-ca$/d' | sed -n '/-ca$/,$p' | head -n 3 | xargs)" \
        'hawser-rotate-ca hawser-rotate hawser-rotate-tls'
    stop rotate
}

of_two_controllers_one_writes() {
    release hawser-two
    start_two
    cluster_wait 10 is_trusted hawser-two
    spoil hawser-two
    comes_back hawser-two 'with two controllers'
    is_ready second || fail "$(ask second /readyz)"
    shows second hawser_controller_leader 0
    [[ -n $(wrote first) ]] || fail 'nobody wrote'
    equal "$(wrote second)" ''
    stop first
    stop second
}

a_leader_that_slept_leads_no_more_and_writes_nothing() {
    local from writes

    start_two
    writes=$(wrote first)
    signal first STOP
    from=$EPOCHREALTIME
    cluster_wait 10 leads second
    note "after SIGSTOP the other leads in $(seconds_since "$from")"
    spoil hawser-two
    comes_back hawser-two 'while the first sleeps'
    signal first CONT
    cluster_wait 5 said first 'not leading any more; writing nothing'
    spoil hawser-two
    comes_back hawser-two 'when the first is awake'
    sleep 1
    equal "$(wrote first)" "$writes"
    shows first hawser_controller_leader 0
    leads second
    stop second
    stop first
}

a_leader_that_stops_hands_over_at_once() {
    local from

    start_two
    from=$EPOCHREALTIME
    stop first
    cluster_wait 2 leads second # the lease's duration is twice that
    note "after SIGTERM the other leads in $(seconds_since "$from")"
    stop second
}

a_rotation_that_is_cut_is_finished_by_another() {
    local ca

    start_two --settle=4s
    ca=$(value hawser-two/hawser-two-ca ca.crt)
    kubectl -n hawser-two delete secret hawser-two-ca
    cluster_wait 5 has_another_ca hawser-two "$ca"
    stop first KILL
    ! is_issued_by_its_ca hawser-two || fail 'the rotation was over'
    is_trusted hawser-two
    cluster_wait 15 said second 'issued a new certificate for the webhook'
    is_issued_by_its_ca hawser-two
    is_trusted hawser-two
    equal "$(times_said second 'made a new CA')" 0
    stop second
}

an_api_server_that_is_away_is_waited_for() {
    local before

    start away hawser-fresh
    cluster_wait 10 leads away
    before=$(versions hawser-fresh)
    cluster_program_stop kube-apiserver KILL
    cluster_wait 10 said away 'not ready; trying on'
    is_unready away
    holds "$(ask away /readyz)" unreachable
    sleep 1
    ask away /healthz >/dev/null
    equal "$(times_said away 'not ready; trying on')" 1
    equal "$(times_said away 'not leading any more')" 1
    cluster_program_start kube-apiserver
    cluster_wait_ready
    cluster_wait 30 leads away
    cluster_wait 30 is_ready away
    equal "$(versions hawser-fresh)" "$before"
    spoil hawser-fresh
    cluster_wait 30 is_trusted hawser-fresh # the watches may pause a little longer
    stop away
}

a_token_that_is_replaced_is_taken() {
    release hawser-token
    token_kubeconfig token
    give_token hawser-token one
    start token hawser-token
    cluster_wait 10 is_trusted hawser-token
    give_token hawser-token two
    take_token hawser-token one
    spoil hawser-token
    comes_back hawser-token 'with the second token'
    equal "$(times_said token 'not leading')" 0
    is_ready token || fail "$(ask token /readyz)"

    take_token hawser-token two
    cluster_wait 15 said token 'not ready; trying on'
    said token unauthorized
    is_unready token
    give_token hawser-token three
    cluster_wait 10 leads token
    spoil hawser-token
    cluster_wait 30 is_trusted hawser-token
    stop token
}

a_namespace_that_goes_is_told_and_a_new_one_is_filled() {
    local n

    release hawser-gone
    start gone hawser-gone --lease-duration=15s --renew-deadline=10s --retry-period=2s
    cluster_wait 10 is_trusted hawser-gone
    hold hawser-gone test.hawser.dev/held
    kubectl delete namespace hawser-gone --wait=false
    cluster_wait 20 said gone 'being terminated'
    n=$(requests gone 4)
    note "while it terminates: $n requests in 4 s"
    ((n <= 12)) || fail 'it spins'
    hold hawser-gone ''
    cluster_wait 30 is_gone hawser-gone
    cluster_wait 20 said gone forbidden
    n=$(requests gone 4)
    note "when it is gone: $n requests in 4 s"
    ((n <= 12)) || fail 'it spins'
    is_unready gone
    kubectl delete mutatingwebhookconfiguration hawser-gone
    release hawser-gone --take-ownership
    cluster_wait 40 is_trusted hawser-gone
    cluster_wait 40 is_ready gone # the watches may pause a little longer
    stop gone
}

certs_makes_a_trusted_registration_without_a_controller() {
    local before

    release hawser-certs --set controller.enabled=false --set certificates.mode=secret
    certs hawser-certs | apply
    is_trusted hawser-certs
    before=$(contents hawser-certs)
    certs_step hawser-certs
    equal "$(contents hawser-certs)" "$before"
}

certs_renews_in_steps_that_are_trusted() {
    local leaf before

    leaf=$(value hawser-certs/hawser-certs-tls tls.crt)
    kubectl -n hawser-certs delete secret hawser-certs-ca
    certs_step hawser-certs
    equal "$(value hawser-certs/hawser-certs-tls tls.crt)" "$leaf"
    is_trusted hawser-certs
    ! is_issued_by_its_ca hawser-certs || fail 'the CA is the old one'
    certs_step hawser-certs
    is_issued_by_its_ca hawser-certs
    is_trusted hawser-certs
    before=$(contents hawser-certs)
    certs_step hawser-certs
    equal "$(contents hawser-certs)" "$before"
}

each_verb_of_the_roles_is_needed() {
    local rows i

    permissions hawser-fresh >"$work/permissions"
    mapfile -t rows <"$work/permissions"
    note "${#rows[@]} verbs"
    ((${#rows[@]} > 5)) || fail 'that are too few'
    rows+=('nothing at all')
    for i in "${!rows[@]}"; do
        deprive "hawser-verb-$i" "${rows[i]}" &
    done
    wait
    for i in "${!rows[@]}"; do
        without "hawser-verb-$i" "${rows[i]}"
        (set -e; life "hawser-verb-$i") >"$work/hawser-verb-$i.life" 2>&1 &
    done
    wait
    for i in "${!rows[@]}"; do
        check_life "hawser-verb-$i" "${rows[i]}"
    done
}

certs hawser-expired --ca-validity=10s --leaf-validity=10s >"$work/expired.yaml"
took 'start of the cluster' cluster_start "$work/cluster" --control-plane
run_cases
