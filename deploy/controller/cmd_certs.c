/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"
#include "base/yaml_out.h"
#include "certs/rotation.h"
#include "deploy/controller/certificate_objects.h"
#include "deploy/controller/certificate_terms.h"
#include "deploy/controller/commands.h"
#include "deploy/controller/settings.h"

#define TOPICS    (SETTINGS_NAMESPACE | SETTINGS_CERTIFICATES | SETTINGS_FILES)
#define ARENA_MAX (1024UL * 1024)
#define INPUT_MAX (8UL * 1024 * 1024)
#define TEXT_MAX  (8UL * 1024 * 1024)

/* The objects of the job, as a file has them; NULL: not in it. */
struct found {
    json_t *ca_secret;
    json_t *tls_secret;
    json_t *registration;
};

static void clear_found_p(struct found *found)
{
    json_decref(found->ca_secret);
    json_decref(found->tls_secret);
    json_decref(found->registration);
}

static bool
is_object(const json_t *object, const char *kind, const char *namespace_, const char *name)
{
    const json_t *metadata = json_object_get(object, "metadata");

    return strcmp(json_text_of(object, "kind"), kind) == 0 &&
           strcmp(json_text_of(metadata, "name"), name) == 0 &&
           (namespace_ == NULL || strcmp(json_text_of(metadata, "namespace"), namespace_) == 0);
}

/* Keep @object if it is one of the job's. */
static void keep(struct found *found, json_t *object, const struct certificate_names *names)
{
    const struct {
        const char *kind;
        const char *namespace_;
        const char *name;
        json_t **place;
    } rows[] = {
        {"Secret", names->namespace_, names->ca_secret, &found->ca_secret},
        {"Secret", names->namespace_, names->tls_secret, &found->tls_secret},
        {"MutatingWebhookConfiguration", NULL, names->configuration, &found->registration},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_object(object, rows[i].kind, rows[i].namespace_, rows[i].name)) {
            json_decref(*rows[i].place);
            *rows[i].place = json_incref(object);
        }
    }
}

static int read_file(const char *path,
                     const struct certificate_names *names,
                     struct found *found,
                     struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(INPUT_MAX);
    CLEANUP(yaml_reader_free) struct yaml_reader *reader = NULL;
    const bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;

    if ((is_stdin ? file_read_fd(STDIN_FILENO, name, &text, err) : file_read(path, &text, err)) <
        0) {
        return -1;
    }
    reader = yaml_reader_new(name, buf_text(&text), text.len, YAML_KUBECTL, err);
    if (reader == NULL) {
        return -1;
    }
    for (;;) {
        json_auto_t *document = NULL;
        json_t *item;
        size_t i;
        if (yaml_reader_next(reader, &document, err) < 0) {
            return -1;
        }
        if (document == NULL) {
            return 0;
        }
        keep(found, document, names);
        json_array_foreach (json_object_get(document, "items"), i, item) {
            keep(found, item, names);
        }
    }
}

/* Append @object, which is ours and may be NULL for want of memory. */
static int write_object(struct buf *out, json_t *object, struct err *err)
{
    json_auto_t *owned = object;

    if (owned == NULL) {
        return err_no_memory(err);
    }
    buf_add_text(out, out->len > 0 ? "---\n" : "");
    return yaml_out(out, owned, err);
}

static int write_objects(struct buf *out,
                         const struct certificate_names *names,
                         const struct found *found,
                         const struct rotation_want *want,
                         struct err *err)
{
    json_t *registration =
        found->registration != NULL
            ? certificate_objects_registration(names, found->registration, want->bundle)
            : certificate_objects_chart_registration(names->configuration, want->bundle);

    if (write_object(out, registration, err) < 0) {
        return -1;
    }
    if (write_object(out, certificate_objects_ca_secret(names, found->ca_secret, want), err) < 0) {
        return -1;
    }
    return write_object(out, certificate_objects_tls_secret(names, found->tls_secret, want), err);
}

/*
 * With a file nothing may be missing in it but a CA that shall be replaced: an empty one, of a
 * `kubectl get` that failed, would else bring a new CA that nobody trusts yet.
 */
static int
check_found(const struct certificate_names *names, const struct found *found, struct err *err)
{
    if (found->tls_secret == NULL) {
        return err_set(
            err, ERR_INVALID,
            "there is no Secret '%s' of namespace '%s' in it, expected what `kubectl get` "
            "prints; leave out -f for the first time",
            names->tls_secret, names->namespace_);
    }
    if (!certificate_objects_is_registered(names, found->registration)) {
        return err_set(
            err, ERR_INVALID,
            "there is no MutatingWebhookConfiguration '%s' with an entry for Service '%s' "
            "in it, expected what `kubectl get` prints",
            names->configuration, names->service);
    }
    return certificate_objects_check_types(names, found->ca_secret, found->tls_secret, err);
}

/* Whether the registration that was read trusts the present CA. Whoever applied the bundle has
 * waited since, or knows why not. */
static bool is_settled(const struct certificate_names *names,
                       const struct found *found,
                       const struct certificate_texts *texts)
{
    return found->registration == NULL ||
           (texts->have.authority != NULL &&
            certificate_objects_trusts(names, found->registration, texts->have.authority));
}

static int make(const struct settings *settings, struct buf *out, struct err *err)
{
    const struct certificate_options options = settings_certificate(settings);
    CLEANUP(clear_found) struct found found = {.ca_secret = NULL};
    CLEANUP(certificate_texts_clear) struct certificate_texts texts = {.owned = {NULL}};
    CLEANUP(rotation_clear) struct rotation_want want = {.leaf = NULL};
    const long long now_s = clock_wall_s();
    struct certificate_terms terms;
    struct rotation_plan plan;

    if (certificate_terms_make(&terms, &options, err) < 0) {
        return -1;
    }
    if (settings->filename != NULL) {
        if (read_file(settings->filename, &options.names, &found, err) < 0) {
            return -1;
        }
        if (check_found(&options.names, &found, err) < 0) {
            return err_wrap(err, "%s", settings->filename);
        }
    }
    if (certificate_texts_read(found.ca_secret, found.tls_secret, &texts, err) < 0 ||
        rotation_plan(&texts.have, &terms.rotation, is_settled(&options.names, &found, &texts),
                      now_s, &plan, err) < 0 ||
        rotation_make(&texts.have, &terms.rotation, &plan, now_s, &want, err) < 0) {
        return -1;
    }
    return write_objects(out, &options.names, &found, &want, err);
}

static enum cmd_exit run(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_MAX);
    CLEANUP(buf_clear) struct buf out = BUF_INIT(TEXT_MAX);
    struct settings settings;
    struct err err = {0};

    if (arena == NULL) {
        err_no_memory(&err);
        return cmd_fail(&err);
    }
    json_object_seed(0);
    if (settings_read(TOPICS, argc, argv, arena, &settings, &err) < 0) {
        return cmd_fail(&err);
    }
    if (settings.namespace_ == NULL) {
        (void)err_set(&err, ERR_INVALID, "no namespace, expected --namespace NAME");
        return cmd_fail(&err);
    }
    return make(&settings, &out, &err) < 0 ? cmd_fail(&err) : cmd_print(&out);
}

static void write_flags(struct buf *out)
{
    settings_write_help(TOPICS, out);
}

const struct command cmd_certs = {
    .name = "certs",
    .summary = "print the webhook's certificates, for a cluster without the controller",
    .synopsis = "certs [flags]",
    .about =
        "Print what `run` would apply: the Secrets with the CA and with the serving\n"
        "certificate, and the caBundle of the registration, which is all that is printed of it.\n"
        "Asks no cluster. With what exists already in -f, it prints the next step: what is not\n"
        "due for renewal stays as it is, and a new CA issues nothing before the caBundle that\n"
        "was read has it.\n"
        "\n"
        "The registration is not printed whole, which kubectl does not accept by itself of a\n"
        "cluster before Kubernetes 1.25: give it --validate=false there.\n",
    .write_flags = write_flags,
    .exits = "  0  done\n"
             "  2  wrong usage, or a file that is wrong\n"
             "  3  trouble with files\n",
    .example =
        "  hawser-controller certs -n hawser | kubectl apply --server-side --field-manager=hawser-controller -f -\n"
        "\n"
        "  # later, now and then\n"
        "  kubectl -n hawser get secret/hawser-ca secret/hawser-tls \\\n"
        "      mutatingwebhookconfiguration/hawser -o yaml |\n"
        "      hawser-controller certs -n hawser -f - | kubectl apply --server-side --field-manager=hawser-controller -f -\n",
    .run = run,
};
