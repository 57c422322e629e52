# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Trouble between a controller and the API server: a proxy that ends TLS, spoils some of the requests
# and sends on the others. Who goes through it shows a token, because certificates do not pass. To be
# sourced after cluster.bash by a script that sets $work, and has haproxy.
#
#     proxy_start RULE...                 rules of haproxy, a line each, for all requests
#     proxy_stop                          cuts what goes through it
#     proxy_count [PATTERN]               requests that it answered or sent on, by pattern
#     proxy_writes                        writes that the rules of proxy_write_limit saw, those that
#                                         they hold among them
#     proxy_trouble                       print rules by which requests fail in many ways
#     proxy_expire                        print a rule by which watches are told that they are too old
#     proxy_write_limit N                 print rules that let so many writes through, and hold those
#                                         after that for ever; leases, events and status do not count

: "${work:?}"
proxy_server=https://${CLUSTER_ADDRESS:?}:7443
proxy_pid=

proxy_config() {
    cat <<END
global
    log stdout format raw local0
    stats socket ipv4@127.0.0.1:7444 level admin
defaults
    mode http
    log global
    log-format "%HM %HU %ST %ts"
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tarpit 1h
    option http-no-delay
backend writes
    stick-table type integer size 10 expire 1h store gpc0
frontend proxy
    bind $CLUSTER_ADDRESS:7443 ssl crt $CLUSTER/pki/proxy.pem alpn h2,http/1.1
$(printf '    %s\n' "$@")
    default_backend api
backend api
    server api $CLUSTER_ADDRESS:6443 ssl verify required ca-file $CLUSTER/pki/ca.crt
END
}

proxy_start() {
    if [[ ! -e $CLUSTER/pki/proxy.pem ]]; then
        pki_pair proxy /CN=proxy "IP:$CLUSTER_ADDRESS"
        cat "$CLUSTER/pki/proxy.crt" "$CLUSTER/pki/proxy.key" >"$CLUSTER/pki/proxy.pem"
    fi
    proxy_config "$@" >"$work/proxy.cfg"
    : >"$work/proxy.log"
    (
        exec setpriv --pdeathsig KILL nsenter --target "$CLUSTER_INIT" --net -- \
            haproxy -db -f "$work/proxy.cfg"
    ) >>"$work/proxy.log" 2>&1 &
    proxy_pid=$!
    cluster_wait 5 cluster_run curl -s -o "$work/said" --cacert "$CLUSTER/pki/ca.crt" "$proxy_server"
}

proxy_stop() {
    kill -KILL "$proxy_pid"
    wait "$proxy_pid" || true # as told by the signal
}

proxy_count() {
    grep -cE -- "${1:-.}" "$work/proxy.log" || true # grep fails when there are none
}

proxy_writes() {
    # shellcheck disable=SC2016 # expanded inside
    cluster_run bash -c 'exec 3<>/dev/tcp/127.0.0.1/7444 && echo "show table writes" >&3 && cat <&3' |
        sed -n 's/.* gpc0=//p'
}

proxy_status() {
    echo "{\\\"kind\\\":\\\"Status\\\",\\\"apiVersion\\\":\\\"v1\\\",\\\"status\\\":\\\"Failure\\\",\
\\\"reason\\\":\\\"$2\\\",\\\"code\\\":$1}"
}

# Of a hundred: 30 errors, 5 connections that end without an answer.
proxy_trouble() {
    local row

    echo 'http-request set-var(txn.chance) rand(100)'
    for row in '10 500 InternalError' '20 503 ServiceUnavailable' '30 429 TooManyRequests'; do
        # shellcheck disable=SC2086 # three words
        set -- $row
        echo "http-request return status $2 content-type application/json hdr Retry-After 1 \
string \"$(proxy_status "$2" "$3")\" if { var(txn.chance) -m int lt $1 }"
    done
    echo 'http-request reject if { var(txn.chance) -m int lt 35 }'
}

# Half of them by the status, half in the stream.
proxy_expire() {
    echo 'acl watches url_param(watch) -m found'
    echo "http-request return status 410 content-type application/json \
string \"$(proxy_status 410 Expired)\" if watches { rand(2) eq 0 }"
    # shellcheck disable=SC2028 # haproxy's own escapes
    echo "http-request return status 200 content-type application/json \
string \"{\\\"type\\\":\\\"ERROR\\\",\\\"object\\\":$(proxy_status 410 Expired)}\\n\" if watches"
}

proxy_write_limit() {
    cat <<END
acl writes method POST PUT PATCH DELETE
acl others path_sub /leases /events /configmaps/
http-request track-sc0 int(1) table writes if writes !others
http-request sc-inc-gpc0(0) if writes !others
http-request tarpit if writes !others { sc_get_gpc0(0,writes) gt $1 }
END
}
