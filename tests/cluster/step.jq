# SPDX-License-Identifier: Apache-2.0
#
# The pod that Argo makes of the template called $name in a Workflow, as far as tests need it
# (argo-workflows workflow/controller/workflowpod.go): its volumes, init containers behind one of
# Argo's own, and its containers, each run by a stand-in for the emissary, which waits for those
# that it depends on. Claim templates are taken from claims of the same name.

# A stand-in for `argoexec emissary`, for the busybox that the first init container has put there.
def emissary: "
name=$1
shift
codes=/var/run/argo/codes
end() { echo $1 >$codes/$name; exit $1; }
for one in $1; do
    while ! [ -e $codes/$one ]; do sleep 0.1; done
    [ $(cat $codes/$one) = 0 ] || end 64
done
shift
child=
trap '[ -z $child ] || kill -TERM $child' TERM
\"$@\" &
child=$!
wait $child
code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
end $code
";

def argo: {name: "var-run-argo", mountPath: "/var/run/argo"};

# The container as the emissary runs it.
def wrapped($mounts):
    (.command // []) as $command
    | (.args // []) as $args
    | {name, image, securityContext, resources}
    + {
        command: ["/var/run/argo/busybox", "sh", "-c", "\(emissary)", "emissary"],
        args: ([.name, (.dependencies // [] | join(" "))] + $command + $args),
        volumeMounts: ((.volumeMounts // []) + $mounts + [argo]),
        imagePullPolicy: "IfNotPresent",
    }
    | del(.. | nulls);

def containers:
    if .containerSet then
        .containerSet.volumeMounts as $mounts
        | .containerSet.containers[] | wrapped($mounts)
    elif .script then
        .script | .name = "main" | .args += ["/var/run/argo/script"] | wrapped([])
    else
        .container | .name = "main" | wrapped([])
    end;

def first: {
    name: "init",
    image: "busybox:1.36",
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-ec", "cp /bin/busybox /var/run/argo; mkdir -m 777 /var/run/argo/codes
        printf %s \"$SCRIPT\" >/var/run/argo/script"],
    securityContext: {runAsUser: 1000},
    env: [{name: "SCRIPT", value: (.script.source // "")}],
    volumeMounts: [argo],
};

.spec as $spec
| $spec.templates[] | select(.name == $name)
| {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {name: $name},
    spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 10,
        securityContext: (.securityContext // {}),
        volumes: ([{name: "var-run-argo", emptyDir: {}}] + (.volumes // [])
            + [$spec.volumeClaimTemplates[] | .metadata.name
                | {name: ., persistentVolumeClaim: {claimName: .}}]),
        initContainers: ([first] + [(.initContainers // [])[]
            | .imagePullPolicy = "IfNotPresent" | .volumeMounts += [argo]]),
        containers: [containers],
    },
}
| walk(if type == "string" then gsub("\\{\\{pod\\.name\\}\\}"; $name) else . end)
