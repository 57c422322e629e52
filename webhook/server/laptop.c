/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/laptop.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json_out.h"
#include "certs/issue.h"

int laptop_identify(struct identity *identity, long long now_s, struct buf *pin, struct err *err)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
    const struct issue_options options = {
        .common_name = "hawser on a laptop",
        .names = names,
        .n_names = sizeof(names) / sizeof(names[0]),
        .now_s = now_s,
        .validity_s = LAPTOP_VALIDITY_S,
    };
    CLEANUP(issue_clear) struct issue_pem pem = {0};
    struct identity_pair *pair;
    char key_pin[ISSUE_PIN_SIZE];

    if (issue_self_signed(&options, &pem, err) < 0 ||
        issue_pin(pem.certificates, key_pin, err) < 0) {
        return -1;
    }
    pair = identity_pair_new(pem.certificates, strlen(pem.certificates), pem.key, strlen(pem.key),
                             err);
    if (pair == NULL) {
        return -1;
    }
    identity_use_pair(identity, pair);
    buf_printf(pin, "sha256//%s", key_pin);
    return buf_check(pin, "the key's pin", err);
}

static void write_request_kind(struct json_out *out)
{
    json_out_key(out, "kind");
    json_out_object(out);
    json_out_pair(out, "group", "argoproj.io");
    json_out_pair(out, "version", "v1alpha1");
    json_out_pair(out, "kind", "Workflow");
    json_out_object_end(out);
}

/* The first default policy, or else the first of all; "" where there is none. */
static const char *choose_policy(const struct policy_set *policies)
{
    for (size_t i = 0; i < policies->policies.n; i++) {
        if (policies->policies.items[i].is_default) {
            return policies->policies.items[i].name;
        }
    }
    return policies->policies.n > 0 ? policies->policies.items[0].name : "";
}

static void write_metadata(struct json_out *out, const struct policy_set *policies)
{
    json_out_key(out, "metadata");
    json_out_object(out);
    json_out_pair(out, "generateName", "hello-");
    json_out_key(out, "annotations");
    json_out_object(out);
    json_out_pair(out, "hawser.dev/policy", choose_policy(policies));
    json_out_object_end(out);
    json_out_object_end(out);
}

/* A workflow of one step, without a quote that a shell would mind. */
static void write_workflow(struct json_out *out, const struct policy_set *policies)
{
    json_out_object(out);
    json_out_pair(out, "apiVersion", "argoproj.io/v1alpha1");
    json_out_pair(out, "kind", "Workflow");
    write_metadata(out, policies);
    json_out_key(out, "spec");
    json_out_raw(out, "{\"entrypoint\":\"main\",\"templates\":[{\"name\":\"main\","
                      "\"container\":{\"image\":\"busybox\",\"command\":[\"ls\"]}}]}");
    json_out_object_end(out);
}

static void write_review(struct buf *buf, const struct policy_set *policies)
{
    struct json_out out = {.buf = buf};

    json_out_object(&out);
    json_out_pair(&out, "apiVersion", "admission.k8s.io/v1");
    json_out_pair(&out, "kind", "AdmissionReview");
    json_out_key(&out, "request");
    json_out_object(&out);
    json_out_pair(&out, "uid", "1");
    write_request_kind(&out);
    json_out_pair(&out, "operation", "CREATE");
    json_out_pair(&out, "namespace", "default");
    json_out_key(&out, "object");
    write_workflow(&out, policies);
    json_out_object_end(&out);
    json_out_object_end(&out);
}

void laptop_write_hint(struct buf *out,
                       const char *address,
                       const char *pin,
                       const struct policy_set *policies)
{
    buf_printf(out,
               "There is no certificate among the settings, so one was made for this run.\n"
               "Ask as the API server does, in another terminal:\n"
               "\n"
               "  curl -s --insecure --pinnedpubkey '%s' 'https://%s/mutate'"
               " -H 'Content-Type: application/json' -d '",
               pin, address);
    write_review(out, policies);
    buf_add_text(out, "'\n"
                      "\n"
                      "The answer carries the patch in base64.\n"
                      "\n");
}
