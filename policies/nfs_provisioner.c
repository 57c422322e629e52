/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/nfs_provisioner.h"

#include <string.h>

#include "policies/amount.h"
#include "policies/cidr.h"
#include "policies/claim.h"
#include "policies/mount_path.h"
#include "policies/names.h"

#define MOUNT_OPTIONS_MAX 32
#define MOUNT_OPTION_MAX  128
#define NODE_SELECTOR_MAX 64
#define TOLERATIONS_MAX   64
#define NODE_CIDRS_MAX    64

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

int nfs_provisioner_check_name(const char *text, struct err *err)
{
    if (strlen(text) > PROVISIONER_NAME_MAX) {
        return err_set(err, ERR_INVALID, "'%.40s...' is longer than %d characters", text,
                       PROVISIONER_NAME_MAX);
    }
    return names_check_label(text, err);
}

/* Unlike a mount path this is one of the node, where "/mnt/x" and "/etc" differ only in wisdom. */
static int check_host_path(const char *text, struct err *err)
{
    char normal[MOUNT_PATH_MAX];

    if (text[strspn(text, ALPHANUMERIC "._/-")] != '\0' || !mount_path_normalize(text, normal) ||
        strcmp(normal, "/") == 0) {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not a folder of the node; expected an absolute path without "
                       "'..', e.g. '/mnt/nvme/hawser'",
                       text);
    }
    return 0;
}

/* StorageClass.mountOptions are joined with commas and end on a command line. */
static int check_mount_option(const char *text, struct err *err)
{
    if (strlen(text) > MOUNT_OPTION_MAX || text[0] == '-' ||
        text[strspn(text, ALPHANUMERIC "._=:/@+-")] != '\0') {
        return err_set(err, ERR_INVALID,
                       "'%.64s' is not one mount option; expected e.g. 'nfsvers=4.1'", text);
    }
    return 0;
}

static int check_reclaim_policy(const char *text, struct err *err)
{
    if (strcmp(text, "Delete") != 0 && strcmp(text, "Retain") != 0) {
        return err_set(err, ERR_INVALID, "'%.40s' is unknown; accepted: Delete, Retain", text);
    }
    return 0;
}

static const struct decode_field empty_dir_fields[] = {
    {"sizeLimit", DECODE_TEXT, offsetof(struct provisioner_empty_dir, size_limit),
     .max = AMOUNT_TEXT_MAX, .check = amount_check_size},
    {.name = NULL},
};

static const struct decode_field host_path_fields[] = {
    {"path", DECODE_TEXT, offsetof(struct provisioner_host_path, path), .required = true,
     .check = check_host_path},
    {.name = NULL},
};

static const struct decode_field backing_fields[] = {
    {"emptyDir", DECODE_POINTER, offsetof(struct provisioner_backing, empty_dir),
     .size = sizeof(struct provisioner_empty_dir), .fields = empty_dir_fields},
    {"hostPath", DECODE_POINTER, offsetof(struct provisioner_backing, host_path),
     .size = sizeof(struct provisioner_host_path), .fields = host_path_fields},
    {"claim", DECODE_POINTER, offsetof(struct provisioner_backing, claim),
     .size = sizeof(struct policy_claim), .fields = claim_fields},
    {.name = NULL},
};

static const struct decode_field storage_class_fields[] = {
    {"name", DECODE_TEXT, offsetof(struct nfs_provisioner, storage_class_name), .required = true,
     .check = names_check_subdomain},
    {"reclaimPolicy", DECODE_TEXT, offsetof(struct nfs_provisioner, reclaim_policy),
     .check = check_reclaim_policy},
    {"mountOptions", DECODE_TEXTS, offsetof(struct nfs_provisioner, mount_options),
     .max = MOUNT_OPTIONS_MAX, .check = check_mount_option},
    {.name = NULL},
};

/*
 * What goes into the pod unchanged is checked for its type only: Kubernetes adds to these objects
 * with every release, and its API server refuses what is wrong in them.
 */
static const struct decode_field node_selector_shape = {
    .kind = DECODE_PAIRS,
    .empty = true,
    .max = NODE_SELECTOR_MAX,
    .check_key = names_check_key,
    .check = names_check_label_value,
};

static const struct decode_field tolerations_shape = {
    .kind = DECODE_LIST,
    .max = TOLERATIONS_MAX,
    .size = 1,
};

static const struct decode_field affinity_shape = {
    .kind = DECODE_POINTER,
    .size = 1,
};

static const struct decode_field spec_fields[] = {
    {"namespace", DECODE_TEXT, offsetof(struct nfs_provisioner, namespace),
     .check = names_check_label},
    {"image", DECODE_TEXT, offsetof(struct nfs_provisioner, image), .check = names_check_image},
    {"backing", DECODE_STRUCT, offsetof(struct nfs_provisioner, backing), .required = true,
     .fields = backing_fields},
    {"storageClass", DECODE_STRUCT, 0, .required = true, .fields = storage_class_fields},
    {"resources", DECODE_JSON, offsetof(struct nfs_provisioner, resources),
     .shape = &amount_resources_shape},
    {"nodeSelector", DECODE_JSON, offsetof(struct nfs_provisioner, node_selector),
     .shape = &node_selector_shape},
    {"tolerations", DECODE_JSON, offsetof(struct nfs_provisioner, tolerations),
     .shape = &tolerations_shape},
    {"affinity", DECODE_JSON, offsetof(struct nfs_provisioner, affinity), .shape = &affinity_shape},
    {"priorityClassName", DECODE_TEXT, offsetof(struct nfs_provisioner, priority_class_name),
     .empty = true, .check = names_check_subdomain},
    {"nodeCIDRs", DECODE_TEXTS, offsetof(struct nfs_provisioner, node_cidrs), .max = NODE_CIDRS_MAX,
     .check = cidr_check},
    {.name = NULL},
};

static int check_backing(const struct source *source,
                         const struct provisioner_backing *backing,
                         struct err *err)
{
    int n = (backing->empty_dir != NULL) + (backing->host_path != NULL) + (backing->claim != NULL);

    if (n != 1) {
        err_set(err, ERR_INVALID,
                "expected exactly one of 'emptyDir', 'hostPath' and 'claim', found %d", n);
        return source_locate(source, false, err, "/spec/backing");
    }
    return 0;
}

static void set_default(const char **text, const char *value)
{
    if (*text == NULL) {
        *text = value;
    }
}

int nfs_provisioner_decode(const struct decode *in,
                           json_t *spec,
                           struct nfs_provisioner *provisioner,
                           struct err *err)
{
    struct policy_claim *claim;

    if (decode_object(in, "/spec", spec, spec_fields, provisioner, err) < 0 ||
        check_backing(in->source, &provisioner->backing, err) < 0 ||
        amount_check_resources(in->source, "/spec/resources", provisioner->resources, err) < 0) {
        return -1;
    }
    set_default(&provisioner->namespace, PROVISIONER_NAMESPACE);
    set_default(&provisioner->image, PROVISIONER_IMAGE);
    set_default(&provisioner->reclaim_policy, "Delete");
    if (json_object_get(spec, "priorityClassName") != NULL) {
        set_default(&provisioner->priority_class_name, "");
    }
    claim = provisioner->backing.claim;
    /* A disk belongs to one node: it is the NFS server on it that many can write to. */
    return claim != NULL ? claim_default_mode(&claim->access_modes, "ReadWriteOnce", in->arena, err)
                         : 0;
}
