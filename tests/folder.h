/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A folder of a test's own
 *
 * folder_enter() and folder_leave() are a set-up and a tear-down as cmocka wants them: the test
 * runs in a new, empty folder, which is removed with all that is in it.
 */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_DEPTH 16

static inline int folder_enter(void **state)
{
    const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    char *path = NULL;

    if (asprintf(&path, "%s/hawser-test-XXXXXX", parent != NULL ? parent : P_tmpdir) < 0) {
        return -1;
    }
    *state = path;
    return mkdtemp(path) != NULL && chdir(path) == 0 ? 0 : -1;
}

static inline int
folder_remove_entry(const char *path, const struct stat *found, int type, struct FTW *place)
{
    (void)found;
    (void)type;
    (void)place;
    return remove(path);
}

/* Remove the folder @path and all in it. */
static inline int folder_remove(const char *path)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): unsafe with FTW_CHDIR only */
    return nftw(path, folder_remove_entry, FOLDER_DEPTH, FTW_DEPTH | FTW_PHYS);
}

static inline int folder_leave(void **state)
{
    char *path = *state;
    int status = folder_remove(path);

    free(path);
    return chdir("/") == 0 ? status : -1;
}

/* Write the file at @path, replacing what is there in place. */
static inline int folder_write_bytes(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "we");
    size_t n;

    if (file == NULL) {
        return -1;
    }
    n = fwrite(bytes, 1, len, file);
    return fclose(file) == 0 && n == len ? 0 : -1;
}

/* The same, for a text. */
static inline int folder_write(const char *path, const char *text)
{
    return folder_write_bytes(path, text, strlen(text));
}

/*
 * Make @folder look as Kubernetes mounts a ConfigMap: the file @name with @text lies in a folder
 * ".." @generation, to which the link "..data" leads, and beside it is a link to "..data/@name".
 * Called again with another generation, it replaces the old as the kubelet does.
 */
static inline int
folder_publish(const char *folder, const char *generation, const char *name, const char *text)
{
    char path[256];
    char link[256];
    char target[256];

    (void)mkdir(folder, 0700);
    (void)snprintf(path, sizeof(path), "%s/..%s", folder, generation);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/..%s/%s", folder, generation, name);
    if (folder_write(path, text) < 0) {
        return -1;
    }
    (void)snprintf(target, sizeof(target), "..%s", generation);
    (void)snprintf(link, sizeof(link), "%s/..data_tmp", folder);
    (void)snprintf(path, sizeof(path), "%s/..data", folder);
    if (symlink(target, link) < 0 || rename(link, path) < 0) {
        return -1;
    }
    (void)snprintf(target, sizeof(target), "..data/%s", name);
    (void)snprintf(link, sizeof(link), "%s/%s", folder, name);
    (void)!symlink(target, link); /* from the second generation on it is there */
    return access(link, R_OK);
}
