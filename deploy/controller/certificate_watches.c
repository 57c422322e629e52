/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificate_watches.h"

#include <stdio.h>

static const struct kube_resource secrets = {
    .group = "",
    .version = "v1",
    .plural = "secrets",
    .kind = "Secret",
    .is_namespaced = true,
};
static const struct kube_resource registrations = {
    .group = "admissionregistration.k8s.io",
    .version = "v1",
    .plural = "mutatingwebhookconfigurations",
    .kind = "MutatingWebhookConfiguration",
};

void certificate_watches_name(const struct certificate_watches *watches,
                              enum certificate_object object,
                              struct kube_request *request)
{
    const struct certificate_names *names = watches->names;

    if (object == CERTIFICATE_REGISTRATION) {
        request->resource = &registrations;
        request->namespace_ = NULL;
        request->name = names->configuration;
        return;
    }
    request->resource = &secrets;
    request->namespace_ = names->namespace_;
    request->name = object == CERTIFICATE_CA_SECRET ? names->ca_secret : names->tls_secret;
}

void certificate_watches_select(const char *name,
                                char out[static CERTIFICATE_WATCHES_SELECTOR_SIZE])
{
    (void)snprintf(out, CERTIFICATE_WATCHES_SELECTOR_SIZE, "metadata.name=%s", name);
}

int certificate_watches_open(struct certificate_watches *watches,
                             struct kube *kube,
                             const struct certificate_names *names,
                             kube_watch_changed_fn *changed,
                             void *data,
                             struct err *err)
{
    watches->names = names;
    for (enum certificate_object i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        struct kube_request request = {.verb = KUBE_LIST};
        char selector[CERTIFICATE_WATCHES_SELECTOR_SIZE];
        struct kube_watch_scope scope = {.field_selector = selector};
        certificate_watches_name(watches, i, &request);
        certificate_watches_select(request.name, selector);
        scope.resource = request.resource;
        scope.namespace_ = request.namespace_;
        watches->items[i] = kube_watch_new(kube, &scope, changed, data, err);
        if (watches->items[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

void certificate_watches_clear(struct certificate_watches *watches)
{
    for (size_t i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        kube_watch_free(watches->items[i]);
        watches->items[i] = NULL;
    }
}

void certificate_watches_take(const struct certificate_watches *watches,
                              json_t *out[static CERTIFICATE_N_OBJECTS])
{
    for (enum certificate_object i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        struct kube_request request = {.verb = KUBE_GET};
        certificate_watches_name(watches, i, &request);
        out[i] = json_incref(kube_watch_get(watches->items[i], request.namespace_, request.name));
    }
}

bool certificate_watches_are_whole(const struct certificate_watches *watches)
{
    for (size_t i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        if (!kube_watch_is_whole(watches->items[i])) {
            return false;
        }
    }
    return true;
}

int certificate_watches_check(const struct certificate_watches *watches, struct err *err)
{
    for (enum certificate_object i = 0; i < CERTIFICATE_N_OBJECTS; i++) {
        struct kube_request request = {.verb = KUBE_GET};
        char what[ERR_MSG_SIZE / 2];
        certificate_watches_name(watches, i, &request);
        (void)snprintf(what, sizeof(what), "%s '%s'", request.resource->kind, request.name);
        if (kube_watch_check(watches->items[i], what, err) < 0) {
            return -1;
        }
    }
    return 0;
}
