/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/rotating_file.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "deploy/kube/secret.h"

void rotating_file_init(struct rotating_file *file, const char *path, size_t max_bytes)
{
    *file = (struct rotating_file){.path = path, .text = BUF_INIT(max_bytes)};
}

void rotating_file_clear(struct rotating_file *file)
{
    secret_clear(&file->text);
}

void rotating_file_doubt(struct rotating_file *file)
{
    file->seen = (struct stat){0};
}

/* Whether @now is the same file in the same state as @then. */
static bool is_same(const struct stat *now, const struct stat *then)
{
    return now->st_dev == then->st_dev && now->st_ino == then->st_ino &&
           now->st_size == then->st_size && now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now->st_mtim.tv_nsec == then->st_mtim.tv_nsec &&
           now->st_ctim.tv_sec == then->st_ctim.tv_sec &&
           now->st_ctim.tv_nsec == then->st_ctim.tv_nsec;
}

int rotating_file_look(struct rotating_file *file,
                       uint64_t now_ms,
                       unsigned int age_ms,
                       bool *changed,
                       struct err *err)
{
    CLEANUP(secret_clear) struct buf text = BUF_INIT(file->text.max);
    struct stat seen = {0};

    *changed = false;
    /* Before it is read: a file that is replaced in between looks changed the next time. */
    if (stat(file->path, &seen) == 0 && file->is_read && is_same(&seen, &file->seen) &&
        now_ms - file->read_ms < age_ms) {
        return 0;
    }
    rotating_file_doubt(file);
    if (file_read(file->path, &text, err) < 0) {
        return -1;
    }
    *changed = !file->is_read || text.len != file->text.len ||
               memcmp(buf_text(&text), buf_text(&file->text), text.len) != 0;
    if (*changed) {
        const struct buf old = file->text;
        file->text = text;
        text = old; /* to be cleansed */
    }
    file->seen = seen;
    file->read_ms = now_ms;
    file->is_read = true;
    return 0;
}
