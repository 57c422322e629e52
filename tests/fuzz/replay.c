/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A fuzz target over files
 *
 * usage: GLIBC_TUNABLES=glibc.malloc.tcache_count=0 replay FILE|FOLDER...
 *
 * Tries each file, and each file directly in a folder, twice: what the second time leaves allocated
 * would grow for ever. (glibc counts what its caches hold as allocated, so they are turned off.)
 * Prints how many there were; one that breaks a promise ends the process.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#define FILES_MAX      10000
#define FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define ARENA_BYTES    ((size_t)16 * 1024 * 1024)

/* What malloc() has handed out; the same number always where a sanitizer stands in for it. */
static size_t allocated(void)
{
    const struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void try(const char *path, const struct buf *text)
{
    CLEANUP(free) char *bytes = fuzz_copy(buf_text(text), text->len);
    size_t before;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, text->len);
    before = allocated();
    (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, text->len);
    if (allocated() != before) {
        fuzz_broken("%s leaves %zd bytes allocated", path, (ssize_t)(allocated() - before));
    }
}

static int replay_file(const char *path, struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_BYTES_MAX);

    if (file_read(path, &text, err) < 0) {
        return -1;
    }
    (void)fprintf(stderr, "%s\n", path); /* the last one before the end is the one */
    try(path, &text);
    return 0;
}

static int replay_folder(const char *path, struct arena *arena, size_t *n, struct err *err)
{
    static const char *const any[] = {"", NULL};
    struct file_list files = {0};

    if (file_list_folder(path, any, FILES_MAX, arena, &files, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < files.paths.n; i++) {
        if (replay_file(files.paths.items[i], err) < 0) {
            return -1;
        }
    }
    *n += files.paths.n;
    return 0;
}

static int replay(const char *path, struct arena *arena, size_t *n, struct err *err)
{
    if (file_is_folder(path)) {
        return replay_folder(path, arena, n, err);
    }
    (*n)++;
    return replay_file(path, err);
}

int main(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(ARENA_BYTES);
    struct err err = {0};
    size_t n = 0;

    if (arena == NULL) {
        return EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i], arena, &n, &err) < 0) {
            (void)fprintf(stderr, "%s\n", err.msg);
            return EXIT_FAILURE;
        }
    }
    printf("%zu inputs\n", n);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
