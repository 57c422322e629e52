/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/mount_path.h"

#include <string.h>

#include "policies/variables.h"

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/*
 * Argo mounts its own things at the first four, and main's file system below /mainctrfs of its
 * sidecars (argo-workflows workflow/common/common.go); the rest belongs to the kubelet and to the
 * operating system. /var/run is a link to /run in most images.
 */
static const char *const reserved[] = {
    "/argo", "/argo-bin",        "/var/run/argo", "/run/argo", "/mainctrfs", "/hawser", "/dev",
    "/etc",  "/var/run/secrets", "/run/secrets",  "/proc",     "/sys",       "/bin",    "/sbin",
    "/lib",  "/lib64",           "/boot",
};

/* The programs of the image: a mount would hide them, but there is room below. */
static const char *const hiding[] = {"/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64"};

static bool is_segment(const char *path, size_t len, const char *segment)
{
    return len == strlen(segment) && strncmp(path, segment, len) == 0;
}

bool mount_path_normalize(const char *path, char out[static MOUNT_PATH_MAX])
{
    size_t used = 0;

    if (path[0] != '/' || strstr(path, "{{") != NULL || strlen(path) >= MOUNT_PATH_MAX) {
        return false;
    }
    while (*path != '\0') {
        size_t len;
        path += strspn(path, "/");
        len = strcspn(path, "/");
        if (is_segment(path, len, "..")) {
            return false;
        }
        if (len > 0 && !is_segment(path, len, ".")) {
            out[used++] = '/';
            memcpy(out + used, path, len);
            used += len;
        }
        path += len;
    }
    if (used == 0) {
        out[used++] = '/';
    }
    out[used] = '\0';
    return true;
}

/* Whether the normal path @path lies below @folder. */
static bool lies_below(const char *path, const char *folder)
{
    size_t len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

    return strncmp(path, folder, len) == 0 && path[len] == '/' && path[len + 1] != '\0';
}

enum mount_path_relation mount_path_relate(const char *a, const char *b)
{
    if (strcmp(a, b) == 0) {
        return MOUNT_PATH_EQUAL;
    }
    if (lies_below(a, b)) {
        return MOUNT_PATH_INSIDE;
    }
    return lies_below(b, a) ? MOUNT_PATH_OUTSIDE : MOUNT_PATH_APART;
}

static int refuse_hiding(const char *path, const char *hidden, struct err *err)
{
    return err_set(err, ERR_INVALID,
                   "'%.100s' would hide '%s', which Argo, Kubernetes or the image needs; expected "
                   "e.g. '/workdir'",
                   path, hidden);
}

static int check_reserved(const char *path, const char *normal, struct err *err)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        enum mount_path_relation relation = mount_path_relate(normal, reserved[i]);
        if (relation == MOUNT_PATH_OUTSIDE) {
            return refuse_hiding(path, reserved[i], err);
        }
        if (relation != MOUNT_PATH_APART) {
            return err_set(err, ERR_INVALID,
                           "'%.100s' is at or below '%s', which belongs to Argo, Kubernetes or the "
                           "image; expected e.g. '/workdir'",
                           path, reserved[i]);
        }
    }
    for (size_t i = 0; i < sizeof(hiding) / sizeof(hiding[0]); i++) {
        enum mount_path_relation relation = mount_path_relate(normal, hiding[i]);
        if (relation == MOUNT_PATH_EQUAL || relation == MOUNT_PATH_OUTSIDE) {
            return refuse_hiding(path, hiding[i], err);
        }
    }
    return 0;
}

int mount_path_check(const char *path, struct err *err)
{
    char normal[MOUNT_PATH_MAX] = "";

    if (path[0] != '/') {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is not an absolute path; expected e.g. '/workdir'", path);
    }
    if (strlen(path) >= MOUNT_PATH_MAX) {
        return err_set(err, ERR_INVALID, "'%.40s...' is longer than %d bytes", path,
                       MOUNT_PATH_MAX - 1);
    }
    if (path[strspn(path, ALPHANUMERIC "._/-")] != '\0') {
        return err_set(err, ERR_INVALID,
                       "'%.100s' has characters other than letters, digits and ._/-; expected "
                       "e.g. '/workdir'",
                       path);
    }
    if (!mount_path_normalize(path, normal)) {
        return err_set(err, ERR_INVALID, "'%.100s' has a '..'; expected e.g. '/workdir'", path);
    }
    return check_reserved(path, normal, err);
}

/* Pass over a segment's plain characters and variables, which were checked. */
static const char *skip_segment(const char *at)
{
    for (;;) {
        at += strspn(at, ALPHANUMERIC " ._@+=~-");
        if (strncmp(at, "{{", 2) != 0) {
            return at;
        }
        at = strstr(at, "}}") + 2;
    }
}

int sub_path_check(const char *path, struct err *err)
{
    const char *at = path;

    if (path[0] == '/') {
        return err_set(err, ERR_INVALID,
                       "'%.100s' is an absolute path; expected one inside the volume, e.g. "
                       "'team/data'",
                       path);
    }
    if (strlen(path) >= SUB_PATH_MAX) {
        return err_set(err, ERR_INVALID, "'%.40s...' is longer than %d bytes", path,
                       SUB_PATH_MAX - 1);
    }
    if (variables_check(path, err) < 0) {
        return -1;
    }
    for (;;) {
        const char *end = skip_segment(at);
        size_t len = (size_t)(end - at);
        if (*end != '\0' && *end != '/') {
            return err_set(err, ERR_INVALID,
                           "'%.100s' has characters other than letters, digits, spaces, variables "
                           "and ._/@+=~-; expected e.g. 'team/data'",
                           path);
        }
        if (len == 0 || is_segment(at, len, ".") || is_segment(at, len, "..")) {
            return err_set(err, ERR_INVALID,
                           "'%.100s' has an empty segment, '.' or '..'; expected e.g. 'team/data'",
                           path);
        }
        if (*end == '\0') {
            return 0;
        }
        at = end + 1;
    }
}
