/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/folder.h"
#include "tests/test.h"

#define KIB ((size_t)1024)

static void a_file_is_read_whole(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(1000);
    struct err err = {0};

    (void)state;
    assert_int_equal(folder_write_bytes("a", "one\0two", 7), 0);
    assert_int_equal(folder_write("empty", ""), 0);
    buf_add_text(&text, "before ");
    assert_int_equal(file_read("a", &text, &err), 0);
    assert_int_equal(file_read("empty", &text, &err), 0);
    assert_int_equal(text.len, 14);
    assert_memory_equal(text.bytes, "before one\0two", 15);
}

static void a_file_may_be_as_large_as_the_limit_and_not_larger(void **state)
{
    static const size_t sizes[] = {1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, 100 * KIB};
    CLEANUP(free) char *bytes = calloc(1, 100 * KIB);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CLEANUP(buf_clear) struct buf fits = BUF_INIT(sizes[i]);
        CLEANUP(buf_clear) struct buf small = BUF_INIT(sizes[i] - 1);
        struct err err = {0};
        char expected[100];
        assert_int_equal(folder_write_bytes("a", bytes, sizes[i]), 0);
        assert_int_equal(file_read("a", &fits, &err), 0);
        assert_int_equal(fits.len, sizes[i]);
        assert_int_equal(file_read("a", &small, &err), -1);
        assert_int_equal(err.code, ERR_TOO_BIG);
        (void)snprintf(expected, sizeof(expected), "file 'a': the content is larger than %zu bytes",
                       sizes[i] - 1);
        assert_string_equal(err.msg, expected);
    }
}

static void what_is_not_a_regular_file_is_refused(void **state)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    CLEANUP(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    static const struct {
        const char *path;
        enum err_code code;
        const char *expected;
    } rows[] = {
        {"absent", ERR_NOT_FOUND, "file 'absent': No such file or directory"},
        {"", ERR_NOT_FOUND, "file '': No such file or directory"},
        {"dangling", ERR_NOT_FOUND, "file 'dangling': No such file or directory"},
        {"folder", ERR_IO, "file 'folder': expected a regular file, found a folder"},
        {"fifo", ERR_IO, "file 'fifo': expected a regular file, found a FIFO"},
        {"/dev/zero", ERR_IO, "file '/dev/zero': expected a regular file, found a device"},
        {"socket", ERR_IO, "file 'socket': "},
        {"loop", ERR_IO, "file 'loop': "},
        {"a/b", ERR_IO, "file 'a/b': Not a directory"},
    };

    (void)state;
    assert_int_equal(folder_write("a", ""), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_clear) struct buf text = BUF_INIT(1000);
        struct err err = {0};
        print_message("# '%s'\n", rows[i].path);
        assert_int_equal(file_read(rows[i].path, &text, &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_non_null(strstr(err.msg, rows[i].expected));
    }
}

static void a_stream_that_never_ends_is_left_at_the_limit(void **state)
{
    CLEANUP(close) int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(100 * KIB);
    struct err err = {0};

    (void)state;
    assert_int_equal(file_read_fd(fd, "standard input", &text, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "file 'standard input': the content is larger than 102400 bytes");
}

static void a_pipe_is_read_to_its_end(void **state)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(100);
    struct err err = {0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "one ", 4), 4);
    assert_int_equal(write(ends[1], "two", 3), 3);
    (void)close(ends[1]);
    assert_int_equal(file_read_fd(ends[0], "standard input", &text, &err), 0);
    assert_string_equal(buf_text(&text), "one two");
    (void)close(ends[0]);
    assert_int_equal(file_read_fd(ends[0], "standard input", &text, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.msg, "file 'standard input': Bad file descriptor");
}

static void a_folder_is_known_through_links(void **state)
{
    (void)state;
    assert_int_equal(folder_write("a", ""), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(symlink("folder", "link"), 0);
    assert_true(file_is_folder("folder"));
    assert_true(file_is_folder("link/"));
    assert_false(file_is_folder("a"));
    assert_false(file_is_folder("absent"));
    assert_false(file_is_folder(""));
}

static const char *const yaml_suffixes[] = {".yaml", ".yml", NULL};

/* The shape of a mounted ConfigMap: links to "..data/key", itself a link to the generation. */
static void a_mounted_config_map_lists_each_key_once_in_order(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64 * KIB);
    static const char *const names[] = {"b.yaml", "a.yaml", "c.yml", "B.yaml", "note.txt", "yaml"};
    static const char *const expected[] = {"B.yaml", "a.yaml", "b.yaml", "c.yml"};
    struct file_list list = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(mkdir("..2026", 0700), 0);
    assert_int_equal(symlink("..2026", "..data"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char target[100];
        (void)snprintf(target, sizeof(target), "..data/%s", names[i]);
        assert_int_equal(folder_write(target, ""), 0);
        assert_int_equal(symlink(target, names[i]), 0);
    }
    assert_int_equal(folder_write(".hidden.yaml", ""), 0);
    assert_int_equal(mkdir("folder.yaml", 0700), 0);
    assert_int_equal(mkfifo("fifo.yaml", 0600), 0);
    assert_int_equal(file_list_folder(".", yaml_suffixes, 4, arena, &list, &err), 0);
    assert_int_equal(list.paths.n, 4);
    for (size_t i = 0; i < list.paths.n; i++) {
        assert_string_equal(list.paths.items[i] + strlen("./"), expected[i]);
    }
}

static void the_paths_can_be_opened_from_where_the_folder_was_named(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64 * KIB);
    struct file_list list = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(mkdir("p", 0700), 0);
    assert_int_equal(folder_write("p/a.yaml", ""), 0);
    assert_int_equal(file_list_folder("p", yaml_suffixes, 1, arena, &list, &err), 0);
    assert_string_equal(list.paths.items[0], "p/a.yaml");
    assert_int_equal(file_list_folder("p/", yaml_suffixes, 1, arena, &list, &err), 0);
    assert_string_equal(list.paths.items[0], "p/a.yaml");
}

static void a_list_that_would_not_be_whole_is_an_error(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64 * KIB);
    CLEANUP(arena_free) struct arena *tiny = arena_new(16);
    struct file_list list = {.paths = {.n = 7}};
    struct err err = {0};

    (void)state;
    assert_int_equal(file_list_folder("absent", yaml_suffixes, 1, arena, &list, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.msg, "folder 'absent': No such file or directory");
    assert_int_equal(folder_write("a.yaml", ""), 0);
    assert_int_equal(file_list_folder("a.yaml", yaml_suffixes, 1, arena, &list, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(folder_write("b.yaml", ""), 0);
    assert_int_equal(file_list_folder(".", yaml_suffixes, 1, arena, &list, &err), -1);
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_string_equal(err.msg, "folder '.' holds more than 1 files");
    assert_int_equal(file_list_folder(".", yaml_suffixes, 2, tiny, &list, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(symlink("nowhere", "c.yaml"), 0);
    assert_int_equal(file_list_folder(".", yaml_suffixes, 3, arena, &list, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.msg, "file './c.yaml': No such file or directory");
    assert_int_equal(list.paths.n, 7);
}

static void an_empty_folder_is_an_empty_list(void **state)
{
    CLEANUP(arena_free) struct arena *arena = arena_new(64 * KIB);
    struct file_list list = {.paths = {.n = 7}};
    struct err err = {0};

    (void)state;
    assert_int_equal(file_list_folder(".", yaml_suffixes, 0, arena, &list, &err), 0);
    assert_int_equal(list.paths.n, 0);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_enter, folder_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_file_is_read_whole),
        IN_A_FOLDER(a_file_may_be_as_large_as_the_limit_and_not_larger),
        IN_A_FOLDER(what_is_not_a_regular_file_is_refused),
        IN_A_FOLDER(a_stream_that_never_ends_is_left_at_the_limit),
        IN_A_FOLDER(a_pipe_is_read_to_its_end),
        IN_A_FOLDER(a_folder_is_known_through_links),
        IN_A_FOLDER(a_mounted_config_map_lists_each_key_once_in_order),
        IN_A_FOLDER(the_paths_can_be_opened_from_where_the_folder_was_named),
        IN_A_FOLDER(a_list_that_would_not_be_whole_is_an_error),
        IN_A_FOLDER(an_empty_folder_is_an_empty_list),
    };

    (void)alarm(60); /* a FIFO must not be waited for */
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
