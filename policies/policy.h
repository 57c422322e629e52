/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policy model
 *
 * What a policy document says, as plain data: the fields are the interface. A policy set is made
 * whole by policies/load.h, is never changed afterwards, and is shared by reference count; all
 * pointers below live as long as the set.
 *
 * Names are those of the documents (`policies/schema.json`); each is checked when it is loaded, so
 * a reader of the model may rely on what a comment here says.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/quantity.h"

#define POLICY_API_VERSION "hawser.dev/v1"

/* Hexadecimal digits of a policy's content hash: enough to tell versions of one policy apart. */
#define POLICY_HASH_SIZE 17

/* The kinds of objects that policies apply to, as bits of match.kinds. */
enum policy_kind {
    POLICY_WORKFLOW = 1,
    POLICY_WORKFLOW_TEMPLATE = 2,
    POLICY_CLUSTER_WORKFLOW_TEMPLATE = 4,
    POLICY_CRON_WORKFLOW = 8,
    POLICY_ALL_KINDS = 15,
};

enum policy_mode { POLICY_MODE_INJECT, POLICY_MODE_WARN };
enum policy_on_conflict { POLICY_ON_CONFLICT_SKIP, POLICY_ON_CONFLICT_DENY };
enum policy_init_container { POLICY_INIT_CONTAINER_LAST, POLICY_INIT_CONTAINER_FIRST };
enum policy_missing { POLICY_MISSING_FAIL, POLICY_MISSING_EMPTY };
enum policy_copy_back_when { POLICY_COPY_BACK_SUCCESS, POLICY_COPY_BACK_ALWAYS };

/* Argo's PersistentVolumeClaim garbage collection; UNSET leaves the workflow's own or the default.
 */
enum policy_claim_gc {
    POLICY_CLAIM_GC_UNSET,
    POLICY_CLAIM_GC_ON_COMPLETION,
    POLICY_CLAIM_GC_ON_SUCCESS,
};

/* templateReferencing of the Argo controller's ConfigMap. */
enum policy_referencing {
    POLICY_REFERENCING_NONE,
    POLICY_REFERENCING_STRICT,
    POLICY_REFERENCING_SECURE,
};

enum policy_workflow_template_ref {
    POLICY_WORKFLOW_TEMPLATE_REF_DENY,
    POLICY_WORKFLOW_TEMPLATE_REF_INJECT
};
enum policy_template_ref { POLICY_TEMPLATE_REF_WARN, POLICY_TEMPLATE_REF_INJECT };

/* What an annotation may change, as bits. */
enum policy_override_field {
    POLICY_OVERRIDE_SIZE = 1,
    POLICY_OVERRIDE_MOUNT_PATH = 2,
    POLICY_OVERRIDE_STORAGE_CLASS = 4,
};

enum policy_selector_operator {
    POLICY_SELECTOR_IN,
    POLICY_SELECTOR_NOT_IN,
    POLICY_SELECTOR_EXISTS,
    POLICY_SELECTOR_DOES_NOT_EXIST,
};

struct policy_label {
    const char *key;
    const char *value;
};

struct policy_requirement {
    const char *key;
    enum policy_selector_operator operator;
    struct text_list values; /* one at least for In and NotIn, none for the others */
};

/* A Kubernetes LabelSelector. Empty matches everything. */
struct policy_selector {
    LIST_OF(struct policy_label) match_labels;
    LIST_OF(struct policy_requirement) match_expressions;
};

struct policy_match {
    unsigned int kinds;                  /* POLICY_ALL_KINDS when the document does not say */
    struct text_list namespaces;         /* name globs; empty: any */
    struct text_list exclude_namespaces; /* name globs */
    struct policy_selector selector;
};

/* The oldest Argo controller in use. All zero when the document does not say. */
struct policy_argo_version {
    unsigned int major;
    unsigned int minor;
    unsigned int patch;
};

struct policy_argo {
    const char *version_text; /* as written, NULL when not */
    struct policy_argo_version version;
    enum policy_referencing template_referencing;
    enum policy_workflow_template_ref workflow_template_ref;
    enum policy_template_ref template_ref;
};

/* Which templates: name globs. An empty include means every template. */
struct policy_templates {
    struct text_list include;
    struct text_list exclude;
};

struct policy_transient {
    const char *storage_class_name; /* DNS-1123 subdomain */
    const char *size;               /* a positive quantity, as written */
    struct text_list access_modes;  /* ReadWriteMany when the document does not say */
};

/* A claim that the controller keeps: for a volume, or as the disk of a provisioner. Without access
 * modes in the document that of a volume has ReadWriteMany, and a disk ReadWriteOnce. */
struct policy_claim {
    const char *storage_class_name;
    const char *size;
    struct text_list access_modes;
};

struct policy_persistent {
    const char *claim_name;      /* DNS-1123 subdomain */
    struct policy_claim *create; /* NULL: somebody else keeps the claim */
};

struct policy_volume {
    const char *name;                   /* DNS-1123 label, none that Argo or hawser uses */
    struct policy_transient *transient; /* exactly one of these two is set */
    struct policy_persistent *persistent;
    const char *mount_path; /* normalised and allowed, see policies/mount_path.h */
    const char *sub_path;   /* NULL when none; as policies/mount_path.h accepts it */
    bool read_only;
    struct policy_templates templates;
};

struct policy_copy_back {
    const char *path; /* as sub_path of a volume */
    enum policy_copy_back_when when;
};

struct policy_copy {
    const char *name;         /* DNS-1123 label of at most 56 bytes */
    const char *from_volume;  /* a volume of the same policy */
    const char *from_path;    /* as sub_path of a volume; NULL: the whole volume */
    const char *to;           /* as mount_path of a volume */
    const char *size_limit;   /* a positive quantity, as written; NULL: none */
    const char *medium;       /* "" or "Memory" */
    struct text_list include; /* path globs; empty: everything */
    struct text_list exclude;
    enum policy_missing missing;
    struct policy_copy_back *copy_back; /* NULL: none */
    struct policy_templates templates;
};

struct policy_copier {
    const char *image;       /* NULL: the image that hawser itself comes in */
    const json_t *resources; /* a ResourceRequirements object, or NULL */
    unsigned int threads;    /* 1 to 256 */
};

struct policy_override {
    const char *volume;   /* a volume of the same policy */
    unsigned int fields;  /* bits of enum policy_override_field */
    const char *max_size; /* as written; NULL: no bound */
};

struct volume_policy {
    const char *name;   /* DNS-1123 label */
    const char *source; /* "file:line", for messages */
    char hash[POLICY_HASH_SIZE];
    const char *description; /* NULL when none */
    bool is_default;
    enum policy_mode mode;
    struct policy_match match;
    struct policy_argo argo;
    LIST_OF(struct policy_volume) volumes; /* one at least; names and mount paths differ */
    LIST_OF(struct policy_copy) copies;    /* names and targets differ, also from mount paths */
    enum policy_claim_gc volume_claim_gc;
    enum policy_on_conflict on_conflict;
    enum policy_init_container init_container;
    struct policy_copier copier;
    LIST_OF(struct policy_override) overrides; /* one a volume at most */
    bool is_apart; /* as it was loaded it clashes with no policy of its set (clash.h) */
};

struct provisioner_backing {
    struct provisioner_empty_dir *empty_dir; /* exactly one of these three is set */
    struct provisioner_host_path *host_path;
    struct policy_claim *claim;
};

struct provisioner_empty_dir {
    const char *size_limit; /* NULL: none */
};

struct provisioner_host_path {
    const char *path; /* absolute, no "..", below the root */
};

struct nfs_provisioner {
    const char *name; /* DNS-1123 label of at most 32 bytes */
    const char *source;
    char hash[POLICY_HASH_SIZE];
    const char *namespace;
    const char *image;
    struct provisioner_backing backing;
    const char *storage_class_name; /* of no other provisioner */
    const char *reclaim_policy;     /* "Delete" or "Retain" */
    struct text_list mount_options;
    const json_t *resources; /* these four as the Pod API has them, or NULL */
    const json_t *node_selector;
    const json_t *tolerations;
    const json_t *affinity;
    /* NULL: the one that hawser makes; "": none */
    const char *priority_class_name;
    struct text_list
        node_cidrs; /* networks of the nodes that may mount; empty: whoever reaches it */
};

struct policy_set {
    LIST_OF(struct volume_policy) policies;       /* by name */
    LIST_OF(struct nfs_provisioner) provisioners; /* by name */
    char hash[POLICY_HASH_SIZE];                  /* over the documents of both kinds */
};

/* The policy called @name, or NULL. */
const struct volume_policy *policy_set_find(const struct policy_set *set, const char *name)
    __attribute__((nonnull));

/* The volume of @policy called @name, or NULL. */
const struct policy_volume *policy_find_volume(const struct volume_policy *policy, const char *name)
    __attribute__((nonnull));

/* What @policy lets annotations change of the volume called @name, or NULL for nothing. */
const struct policy_override *policy_find_override(const struct volume_policy *policy,
                                                   const char *volume) __attribute__((nonnull));

/* One more owner; returns @set. The last policy_set_unref() frees it. Accepts NULL. Thread-safe. */
struct policy_set *policy_set_ref(struct policy_set *set);
void policy_set_unref(struct policy_set *set);

static inline void policy_set_unref_p(struct policy_set **set)
{
    policy_set_unref(*set);
}
