/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/server/material.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/folder.h"

#define DATA       "..data"
#define DATA_TMP   "..data_tmp"
#define GENERATION "..generation-XXXXXX"

struct material {
    char *path;
};

static inline void closedir_p(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

struct material *material_new(struct err *err)
{
    const char *root = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    CLEANUP(material_free) struct material *material = calloc(1, sizeof(*material));
    CLEANUP(free) char *path = NULL;

    if (asprintf(&path, "%s/hawser-test-XXXXXX", root != NULL ? root : "/tmp") < 0) {
        path = NULL;
    }
    if (material == NULL || path == NULL) {
        (void)err_no_memory(err);
        return NULL;
    }
    if (mkdtemp(path) == NULL) {
        (void)err_set_errno(err, "folder '%s'", path);
        return NULL;
    }
    material->path = TAKE(path);
    return TAKE(material);
}

void material_free(struct material *material)
{
    if (material != NULL) {
        if (material->path != NULL) {
            (void)folder_remove(material->path);
        }
        free(material->path);
        free(material);
    }
}

char *material_path(const struct material *material, const char *name)
{
    char *path;

    if (*name == '\0') {
        return strdup(material->path);
    }
    return asprintf(&path, "%s/%s", material->path, name) >= 0 ? path : NULL;
}

/* Write the file @name in the folder @at. */
static int write_file(int at, const char *name, const char *text, struct err *err)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    CLEANUP(close) int fd = openat(at, name, flags, S_IRUSR | S_IWUSR);
    const size_t len = strlen(text);
    size_t done = 0;

    if (fd < 0) {
        return err_set_errno(err, "file '%s'", name);
    }
    while (done < len) {
        const ssize_t n = write(fd, text + done, len - done);
        if (n < 0 && errno != EINTR) {
            return err_set_errno(err, "file '%s'", name);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int open_folder(const char *path, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? fd : err_set_errno(err, "folder '%s'", path);
}

int material_write(const struct material *material,
                   const char *name,
                   const char *text,
                   struct err *err)
{
    CLEANUP(close) int folder = open_folder(material->path, err);

    return folder >= 0 ? write_file(folder, name, text, err) : -1;
}

/* Write @files into a new folder in the folder @path, and its name to @name. */
static int write_generation(char name[static sizeof(GENERATION)],
                            const char *path,
                            const struct material_file *files,
                            size_t n,
                            struct err *err)
{
    CLEANUP(free) char *made = NULL;
    CLEANUP(close) int folder = -1;

    if (asprintf(&made, "%s/" GENERATION, path) < 0) {
        made = NULL;
        return err_no_memory(err);
    }
    if (mkdtemp(made) == NULL) {
        return err_set_errno(err, "folder '%s'", made);
    }
    memcpy(name, strrchr(made, '/') + 1, sizeof(GENERATION));
    folder = open_folder(made, err);
    if (folder < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (write_file(folder, files[i].name, files[i].text, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Let "..data" lead to @generation, in one step. */
static int swap(int folder, const char *generation, struct err *err)
{
    if (symlinkat(generation, folder, DATA_TMP) < 0 ||
        renameat(folder, DATA_TMP, folder, DATA) < 0) {
        return err_set_errno(err, "link '%s'", DATA);
    }
    return 0;
}

/* See that each of @files has its link through "..data". */
static int link_files(int folder, const struct material_file *files, size_t n, struct err *err)
{
    char target[sizeof(DATA) + NAME_MAX + 1];

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(target, sizeof(target), DATA "/%s", files[i].name);
        if (symlinkat(target, folder, files[i].name) < 0 && errno != EEXIST) {
            return err_set_errno(err, "link '%s'", files[i].name);
        }
    }
    return 0;
}

/* Remove the links that lead nowhere now. */
static int unlink_stale(const char *path, struct err *err)
{
    CLEANUP(closedir) DIR *list = opendir(path);
    const struct dirent *entry;

    if (list == NULL) {
        return err_set_errno(err, "folder '%s'", path);
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream */
    while ((entry = readdir(list)) != NULL) {
        if (entry->d_type == DT_LNK && faccessat(dirfd(list), entry->d_name, F_OK, 0) < 0 &&
            unlinkat(dirfd(list), entry->d_name, 0) < 0) {
            return err_set_errno(err, "link '%s'", entry->d_name);
        }
    }
    return 0;
}

/* The folder that "..data" leads to, to be freed; NULL when there is none yet. */
static char *current_generation(const char *path, int folder)
{
    char name[NAME_MAX + 1] = "";
    char *full;
    const ssize_t n = readlinkat(folder, DATA, name, sizeof(name) - 1);

    return n > 0 && asprintf(&full, "%s/%s", path, name) >= 0 ? full : NULL;
}

int material_publish(const struct material *material,
                     const char *name,
                     const struct material_file *files,
                     size_t n,
                     struct err *err)
{
    CLEANUP(free) char *path = material_path(material, name);
    CLEANUP(free) char *before = NULL;
    CLEANUP(close) int folder = -1;
    char generation[] = GENERATION;

    if (path == NULL) {
        return err_no_memory(err);
    }
    if (mkdir(path, S_IRWXU) < 0 && errno != EEXIST) {
        return err_set_errno(err, "folder '%s'", path);
    }
    folder = open_folder(path, err);
    if (folder < 0) {
        return -1;
    }
    before = current_generation(path, folder);
    if (write_generation(generation, path, files, n, err) < 0 ||
        swap(folder, generation, err) < 0 || link_files(folder, files, n, err) < 0 ||
        unlink_stale(path, err) < 0) {
        return -1;
    }
    if (before != NULL) {
        (void)folder_remove(before);
    }
    return 0;
}
