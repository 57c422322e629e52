/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/golden/golden_folders.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

void golden_folders_clear(struct golden_folders *folders)
{
    for (size_t i = 0; i < folders->n; i++) {
        free(folders->names[i]);
        free(folders->paths[i]);
    }
    free(folders->names);
    free(folders->paths);
    *folders = (struct golden_folders){0};
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Byte order: strcoll() of alphasort() is the same in the C locale, but a promise of it alone. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Take up @name when it is a folder. There is room. */
static int add(struct golden_folders *folders, const char *root, const char *name, struct err *err)
{
    CLEANUP(free) char *path = NULL;
    char *copy;
    struct stat status;

    if (asprintf(&path, "%s/%s", root, name) < 0) {
        path = NULL;
        return err_no_memory(err);
    }
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
        return 0;
    }
    copy = strdup(name);
    if (copy == NULL) {
        return err_no_memory(err);
    }
    folders->names[folders->n] = copy;
    folders->paths[folders->n++] = TAKE(path);
    return 0;
}

/* Take up what is a folder among the @n @entries. */
static int add_all(struct golden_folders *folders,
                   const char *root,
                   struct dirent *const *entries,
                   size_t n,
                   struct err *err)
{
    folders->names = calloc(n, sizeof(char *));
    folders->paths = calloc(n, sizeof(char *));
    if (folders->names == NULL || folders->paths == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (add(folders, root, entries[i]->d_name, err) < 0) {
            return -1;
        }
    }
    if (folders->n == 0) {
        return err_set(err, ERR_NOT_FOUND, "no folders in '%s'", root);
    }
    return 0;
}

int golden_folders_find(const char *root, struct golden_folders *out, struct err *err)
{
    CLEANUP(golden_folders_clear) struct golden_folders folders = {0};
    struct dirent **entries = NULL;
    int n = scandir(root, &entries, is_visible, by_name);
    int status;

    if (n < 0) {
        return err_set(err, ERR_IO, "cannot read folder '%s'", root);
    }
    status = add_all(&folders, root, entries, (size_t)n, err);
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    if (status == 0) {
        *out = folders;
        folders = (struct golden_folders){0};
    }
    return status;
}
