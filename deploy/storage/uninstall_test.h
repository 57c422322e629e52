/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tests of uninstalling share: objects as a cluster has them
 */

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "deploy/kube/kube.h"
#include "deploy/storage/server_objects.h"
#include "tests/test.h"

/* An object with our labels, those that are not NULL; its uid is made of its name. */
static inline json_t *uninstall_test_object(const char *namespace_,
                                            const char *name,
                                            const char *home,
                                            const char *server)
{
    json_t *object = json_pack(
        "{s:{s:s*, s:s, s:o, s:{s:s, s:s, s:s*, s:s*}}}", "metadata", "namespace", namespace_,
        "name", name, "uid", json_sprintf("uid-%s", name), "labels", "app.kubernetes.io/managed-by",
        KUBE_MANAGER, "app.kubernetes.io/name", "hawser-nfs", SERVER_OBJECTS_LABEL_HOME, home,
        SERVER_OBJECTS_LABEL_SERVER, server);

    assert_non_null(object);
    return object;
}

/* Somebody else's. */
static inline json_t *uninstall_test_stranger(const char *namespace_, const char *name)
{
    json_t *object = json_pack("{s:{s:s*, s:s, s:s}}", "metadata", "namespace", namespace_, "name",
                               name, "uid", name);

    assert_non_null(object);
    return object;
}

/* A volume of the server @server in the class @class, for the claim @claim of namespace "argo". */
static inline json_t *uninstall_test_volume(
    const char *name, const char *server, const char *class_, const char *claim, const char *phase)
{
    json_t *object = json_pack(
        "{s:{s:s, s:o, s:{s:o}}, s:{s:s, s:{s:s, s:s}}, s:{s:s}}", "metadata", "name", name, "uid",
        json_sprintf("uid-%s", name), "annotations", "pv.kubernetes.io/provisioned-by",
        json_sprintf("hawser.dev/nfs-%s", server), "spec", "storageClassName", class_, "claimRef",
        "namespace", "argo", "name", claim, "status", "phase", phase);

    assert_non_null(object);
    return object;
}

/* A claim in namespace "argo"; @volume may be NULL. */
static inline json_t *uninstall_test_claim(const char *name, const char *class_, const char *volume)
{
    json_t *object =
        json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s*}}", "metadata", "namespace", "argo", "name",
                  name, "uid", name, "spec", "storageClassName", class_, "volumeName", volume);

    assert_non_null(object);
    return object;
}

static inline void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in:\n%s", part, text);
    }
}

static inline void lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("'%s' is in:\n%s", part, text);
    }
}
