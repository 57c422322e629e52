/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/controller/certificate_objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/kube/kube.h"
#include "deploy/kube/secret.h"

/* Names of the chart's entries (deploy/chart/templates). */
static const char *const chart_entries[] = {"inject.hawser.dev", "namespace.hawser.dev"};

/* Keys of the two Secrets, and which texts they are. */
static const struct key {
    const char *name;
    size_t have; /* offsets */
    size_t want;
} ca_keys[] =
    {
        {"ca.crt", offsetof(struct rotation_have, authority),
         offsetof(struct rotation_want, authority)},
        {"ca.key", offsetof(struct rotation_have, authority_key),
         offsetof(struct rotation_want, authority_key)},
        {"old.crt", offsetof(struct rotation_have, old), offsetof(struct rotation_want, old)},
        {"old-leaves.crt", offsetof(struct rotation_have, old_leaves),
         offsetof(struct rotation_want, old_leaves)},
},
  tls_keys[] = {
      {"tls.crt", offsetof(struct rotation_have, leaf), offsetof(struct rotation_want, leaf)},
      {"tls.key", offsetof(struct rotation_have, leaf_key),
       offsetof(struct rotation_want, leaf_key)},
      {"ca.crt", offsetof(struct rotation_have, bundle), offsetof(struct rotation_want, bundle)},
};

#define N_CA_KEYS  (sizeof(ca_keys) / sizeof(ca_keys[0]))
#define N_TLS_KEYS (sizeof(tls_keys) / sizeof(tls_keys[0]))

_Static_assert(N_CA_KEYS + N_TLS_KEYS ==
                   sizeof(((struct certificate_texts *)NULL)->owned) / sizeof(char *),
               "each key has a text");

static const char *have_text(const struct rotation_have *have, const struct key *key)
{
    const char *text;

    memcpy(&text, (const char *)have + key->have, sizeof(text));
    return text;
}

static const char *want_text(const struct rotation_want *want, const struct key *key)
{
    const char *text;

    memcpy(&text, (const char *)want + key->want, sizeof(text));
    return text;
}

static void cleanse(char *text)
{
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
}

void certificate_texts_clear(struct certificate_texts *texts)
{
    for (size_t i = 0; i < N_CA_KEYS + N_TLS_KEYS; i++) {
        cleanse(texts->owned[i]);
    }
    *texts = (struct certificate_texts){.have = {.leaf = NULL}};
}

/* What @encoded stands for, "" when it stands for no text. NULL when there is no memory. */
static char *decode(const char *encoded, size_t len)
{
    struct buf text = BUF_INIT(CERTIFICATE_OBJECTS_BYTES_MAX);
    struct err err = {0};
    const bool is_read = base64_decode(encoded, len, &text, &err) == 0 &&
                         memchr(buf_text(&text), '\0', text.len) == NULL;

    if (!is_read || text.len == 0) {
        secret_clear(&text);
        return strdup("");
    }
    return buf_take(&text);
}

static int read_secret(const json_t *secret,
                       const struct key *keys,
                       size_t n,
                       char **owned,
                       struct certificate_texts *out,
                       struct err *err)
{
    const json_t *data = json_object_get(secret, "data");

    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(data, keys[i].name);
        if (!json_is_string(value)) {
            continue;
        }
        owned[i] = decode(json_string_value(value), json_string_length(value));
        if (owned[i] == NULL) {
            return err_no_memory(err);
        }
        memcpy((char *)&out->have + keys[i].have, &owned[i], sizeof(owned[i]));
    }
    return 0;
}

int certificate_texts_read(const json_t *ca_secret,
                           const json_t *tls_secret,
                           struct certificate_texts *out,
                           struct err *err)
{
    CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};

    if (read_secret(ca_secret, ca_keys, N_CA_KEYS, texts.owned, &texts, err) < 0 ||
        read_secret(tls_secret, tls_keys, N_TLS_KEYS, texts.owned + N_CA_KEYS, &texts, err) < 0) {
        return -1;
    }
    *out = texts;
    texts = (struct certificate_texts){.owned = {NULL}};
    return 0;
}

static bool match(const struct certificate_texts *texts,
                  const struct rotation_want *want,
                  const struct key *keys,
                  size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *have = have_text(&texts->have, &keys[i]);
        if (have == NULL || strcmp(have, want_text(want, &keys[i])) != 0) {
            return false;
        }
    }
    return true;
}

bool certificate_texts_match_ca(const struct certificate_texts *texts,
                                const struct rotation_want *want)
{
    return match(texts, want, ca_keys, N_CA_KEYS);
}

bool certificate_texts_match_tls(const struct certificate_texts *texts,
                                 const struct rotation_want *want)
{
    return match(texts, want, tls_keys, N_TLS_KEYS);
}

/* @text in base64, as a JSON string; NULL when there is no memory. */
static json_t *encode(const char *text)
{
    CLEANUP(secret_clear) struct buf encoded = BUF_INIT(2 * CERTIFICATE_OBJECTS_BYTES_MAX);

    base64_encode(text, strlen(text), &encoded);
    return buf_failed(&encoded) ? NULL : json_string(buf_text(&encoded));
}

/* Only over the version that was read, where one was. */
static bool set_version(json_t *metadata, const json_t *present)
{
    json_t *version = json_object_get(json_object_get(present, "metadata"), "resourceVersion");

    return version == NULL || json_object_set(metadata, "resourceVersion", version) == 0;
}

static json_t *make_secret(const char *namespace_, const char *name, const char *type)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s, s:s}}, s:s, s:{}}", "apiVersion", "v1",
                     "kind", "Secret", "metadata", "name", name, "namespace", namespace_, "labels",
                     "app.kubernetes.io/managed-by", KUBE_MANAGER, "app.kubernetes.io/part-of",
                     "hawser", "type", type, "data");
}

static json_t *fill_secret(json_t *secret,
                           const json_t *present,
                           const struct rotation_want *want,
                           const struct key *keys,
                           size_t n)
{
    json_auto_t *made = secret;
    json_t *data = json_object_get(made, "data");

    if (made == NULL || !set_version(json_object_get(made, "metadata"), present)) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (json_object_set_new(data, keys[i].name, encode(want_text(want, &keys[i]))) < 0) {
            return NULL;
        }
    }
    return json_incref(made);
}

#define CA_TYPE  "Opaque"
#define TLS_TYPE "kubernetes.io/tls"

json_t *certificate_objects_ca_secret(const struct certificate_names *names,
                                      const json_t *present,
                                      const struct rotation_want *want)
{
    return fill_secret(make_secret(names->namespace_, names->ca_secret, CA_TYPE), present, want,
                       ca_keys, N_CA_KEYS);
}

json_t *certificate_objects_tls_secret(const struct certificate_names *names,
                                       const json_t *present,
                                       const struct rotation_want *want)
{
    return fill_secret(make_secret(names->namespace_, names->tls_secret, TLS_TYPE), present, want,
                       tls_keys, N_TLS_KEYS);
}

static int check_type(const json_t *secret, const char *name, const char *type, struct err *err)
{
    const char *present = json_string_value(json_object_get(secret, "type"));

    if (present == NULL || strcmp(present, type) == 0) {
        return 0;
    }
    return err_set(
        err, ERR_INVALID,
        "Secret '%s' is of type '%s', expected '%s', and a type cannot be changed; delete "
        "it, and it is made anew",
        name, present, type);
}

int certificate_objects_check_types(const struct certificate_names *names,
                                    const json_t *ca_secret,
                                    const json_t *tls_secret,
                                    struct err *err)
{
    if (check_type(ca_secret, names->ca_secret, CA_TYPE, err) < 0) {
        return -1;
    }
    return check_type(tls_secret, names->tls_secret, TLS_TYPE, err);
}

static bool is_ours(const struct certificate_names *names, const json_t *entry)
{
    const json_t *service = json_object_get(json_object_get(entry, "clientConfig"), "service");

    return strcmp(json_text_of(service, "name"), names->service) == 0 &&
           strcmp(json_text_of(service, "namespace"), names->namespace_) == 0;
}

bool certificate_objects_is_registered(const struct certificate_names *names, const json_t *present)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(present, "webhooks"), i, entry) {
        if (is_ours(names, entry)) {
            return true;
        }
    }
    return false;
}

/* A registration without entries, for what is applied to it. */
static json_t *make_registration(const char *name)
{
    return json_pack("{s:s, s:s, s:{s:s}, s:[]}", "apiVersion", "admissionregistration.k8s.io/v1",
                     "kind", "MutatingWebhookConfiguration", "metadata", "name", name, "webhooks");
}

static bool add_entry(json_t *registration, const char *name, json_t *bundle)
{
    return json_array_append_new(
               json_object_get(registration, "webhooks"),
               json_pack("{s:s, s:{s:O}}", "name", name, "clientConfig", "caBundle", bundle)) == 0;
}

json_t *certificate_objects_registration(const struct certificate_names *names,
                                         const json_t *present,
                                         const char *bundle)
{
    const json_t *metadata = json_object_get(present, "metadata");
    const char *name = json_string_value(json_object_get(metadata, "name"));
    json_auto_t *made = name != NULL ? make_registration(name) : NULL;
    json_auto_t *encoded = encode(bundle);
    const json_t *entry;
    size_t i;

    if (made == NULL || encoded == NULL || !certificate_objects_is_registered(names, present) ||
        !set_version(json_object_get(made, "metadata"), present)) {
        return NULL;
    }
    json_array_foreach (json_object_get(present, "webhooks"), i, entry) {
        if (is_ours(names, entry) && !add_entry(made, json_text_of(entry, "name"), encoded)) {
            return NULL;
        }
    }
    return json_incref(made);
}

json_t *certificate_objects_chart_registration(const char *name, const char *bundle)
{
    json_auto_t *made = make_registration(name);
    json_auto_t *encoded = encode(bundle);

    if (made == NULL || encoded == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(chart_entries) / sizeof(chart_entries[0]); i++) {
        if (!add_entry(made, chart_entries[i], encoded)) {
            return NULL;
        }
    }
    return json_incref(made);
}

/* The caBundle of an entry as text; "" where there is none. NULL when there is no memory. */
static char *read_bundle(const json_t *entry)
{
    const json_t *value = json_object_get(json_object_get(entry, "clientConfig"), "caBundle");

    return json_is_string(value) ? decode(json_string_value(value), json_string_length(value))
                                 : strdup("");
}

/* Whether each of our entries has a bundle that @is_right; false without an entry. */
static bool all_bundles(const struct certificate_names *names,
                        const json_t *registration,
                        bool (*is_right)(const char *bundle, const char *text),
                        const char *text)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(registration, "webhooks"), i, entry) {
        CLEANUP(free) char *bundle = is_ours(names, entry) ? read_bundle(entry) : NULL;
        if (is_ours(names, entry) && (bundle == NULL || !is_right(bundle, text))) {
            return false;
        }
    }
    return certificate_objects_is_registered(names, registration);
}

static bool is_same(const char *bundle, const char *text)
{
    return strcmp(bundle, text) == 0;
}

bool certificate_objects_has_bundle(const struct certificate_names *names,
                                    const json_t *present,
                                    const char *bundle)
{
    return all_bundles(names, present, is_same, bundle);
}

bool certificate_objects_trusts(const struct certificate_names *names,
                                const json_t *present,
                                const char *authority)
{
    return all_bundles(names, present, rotation_trusts, authority);
}
