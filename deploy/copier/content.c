/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/copier/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "deploy/copier/ranges.h"

/* Of zeros that are looked for, at places that are multiples of it: what file systems give out. */
#define BLOCK_SIZE ((size_t)4096)

/* In one call: progress is counted between them. */
#define RANGE_AT_ONCE ((size_t)16 * 1024 * 1024)

bool content_is_sparse(const struct stat *stat)
{
    return stat->st_blocks < stat->st_size / 512;
}

off_t content_next_data(int from, off_t at, off_t end)
{
    const off_t data = lseek(from, at, SEEK_DATA);

    if (data < 0) {
        return errno == ENXIO ? end : at;
    }
    return data < end ? data : end;
}

/* So much more is there, holes too. */
static void count(const struct content *content, off_t n)
{
    tally_add(&content->tree->tally->bytes, (uint64_t)n);
    tally_add(content->n_bytes, (uint64_t)n);
}

/* Where the data that begin at @at end; @end where it cannot be told. */
static off_t end_of_data(int from, off_t at, off_t end)
{
    const off_t hole = lseek(from, at, SEEK_HOLE);

    return hole > at && hole < end ? hole : end;
}

/* Copy in the kernel, from *@at on, as far as it can. 1: the rest is for somebody else. */
static int copy_in_kernel(const struct content *content, off_t *at, off_t end, const char **what)
{
    while (*at < end) {
        const size_t left = (size_t)(end - *at);
        off_t to_at = *at;
        const ssize_t n = copy_file_range(content->from, at, content->to, &to_at,
                                          left < RANGE_AT_ONCE ? left : RANGE_AT_ONCE, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 &&
            ranges_note(content->tree->ranges, content->from_device, content->to_device, errno)) {
            return 1;
        }
        if (n < 0) {
            *what = "cannot copy it";
            return -1;
        }
        if (n == 0) {
            return 1; /* the end; or one of the file systems that say so instead of an error */
        }
        count(content, n);
    }
    return 0;
}

static int write_all(int to, const char *bytes, size_t len, off_t at)
{
    while (len > 0) {
        const ssize_t n = pwrite(to, bytes, len, at);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
            at += n;
        }
    }
    return 0;
}

static bool is_zero(const char *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* The same, but for blocks of zeros: they are there already. */
static int write_data(int to, const char *bytes, size_t len, off_t at)
{
    size_t begin = 0;

    while (begin < len) {
        size_t end = begin;
        bool is_data = true;
        while (end < len && is_data) {
            const size_t left = len - end;
            const size_t block = left < BLOCK_SIZE ? left : BLOCK_SIZE;
            is_data = !is_zero(bytes + end, block);
            end += is_data ? block : 0;
        }
        if (write_all(to, bytes + begin, end - begin, at + (off_t)begin) < 0) {
            return -1;
        }
        begin = is_data ? end : end + BLOCK_SIZE;
    }
    return 0;
}

/* The first read is short where it does not begin at a multiple of the buffer's size: then all
 * others do. */
static size_t portion(const struct content *content, off_t at, off_t end)
{
    const size_t size = content->thread->buffer_size;
    const size_t to_boundary = size - (size_t)at % size;

    return (off_t)to_boundary < end - at ? to_boundary : (size_t)(end - at);
}

static int copy_by_buffer(const struct content *content, off_t at, off_t end, const char **what)
{
    while (at < end && !tally_is_stopped(content->tree->tally)) {
        const ssize_t n =
            pread(content->from, content->thread->buffer, portion(content, at, end), at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            *what = "cannot read it";
            return -1;
        }
        if (n == 0) {
            return 0;
        }
        if ((content->is_sparse ? write_data : write_all)(content->to, content->thread->buffer,
                                                          (size_t)n, at) < 0) {
            *what = "cannot write it";
            return -1;
        }
        count(content, n);
        at += n;
    }
    return 0;
}

/* Whether the file system tells of a hole in the file. */
static bool has_known_hole(int from)
{
    const off_t end = lseek(from, 0, SEEK_END);
    const off_t hole = lseek(from, 0, SEEK_HOLE);

    return hole >= 0 && hole < end;
}

/* The kernel copies the zeros that a hole of which nobody knows is read as. */
static bool is_for_kernel(const struct content *content, off_t at, off_t end)
{
    return end - at >= CONTENT_RANGE_LEAST &&
           ranges_may_work(content->tree->ranges, content->from_device, content->to_device) &&
           (!content->is_sparse || has_known_hole(content->from));
}

/* Copy what is no hole. */
static int copy_data(const struct content *content, off_t at, off_t end, const char **what)
{
    if (is_for_kernel(content, at, end)) {
        const int result = copy_in_kernel(content, &at, end, what);
        if (result <= 0) {
            return result;
        }
    }
    return copy_by_buffer(content, at, end, what);
}

int content_copy(const struct content *content, off_t at, off_t end, const char **what)
{
    while (at < end && !tally_is_stopped(content->tree->tally)) {
        off_t data = at;
        off_t hole = end;
        if (content->is_sparse) {
            data = content_next_data(content->from, at, end);
            hole = data < end ? end_of_data(content->from, data, end) : end;
        }
        count(content, data - at);
        if (data < hole && copy_data(content, data, hole, what) < 0) {
            return -1;
        }
        at = hole;
    }
    return 0;
}
