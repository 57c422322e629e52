/* SPDX-License-Identifier: Apache-2.0 */
#include "base/console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* The longest message is an error with its excerpt, or a denial that lists what is accepted. */
#define MESSAGE_MAX (64UL * 1024)

/* The one thing that is said about this process and not by its callers. */
static const char *name = "hawser";

void console_init(const char *program)
{
    name = program;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            /* The lowest free descriptor is this one. The mode is the one that is of no use. */
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

static int stdout_error(struct err *err)
{
    const char *reason = strerror(errno); // NOLINT(concurrency-mt-unsafe): one thread

    return err_set(err, ERR_IO, "cannot write to standard output: %s", reason);
}

int console_write(const struct buf *text, struct err *err)
{
    if (buf_check(text, "the output", err) < 0) {
        return -1;
    }
    if (file_write_all(STDOUT_FILENO, buf_text(text), text->len) < 0) {
        return stdout_error(err);
    }
    return 0;
}

int console_close(struct err *err)
{
    return close(STDOUT_FILENO) < 0 ? stdout_error(err) : 0;
}

void console_clean(char *bytes, size_t len, bool lines)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        unsigned char next = i + 1 < len ? (unsigned char)bytes[i + 1] : 0;
        if (c == '\n' && lines) {
            continue;
        }
        if (c < 0x20 || c == 0x7f) { /* C0, DEL */
            bytes[i] = '?';
        } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* C1, as UTF-8 has it */
            bytes[i] = '?';
            bytes[i + 1] = '?';
        }
    }
}

void console_add_clean(struct buf *out, const char *text)
{
    const size_t begin = out->len;

    buf_add_text(out, text);
    if (out->len > begin) {
        console_clean(out->bytes + begin, out->len - begin, false);
    }
}

/* Write the line or lines in @text, or what fits of them, to standard error. Nobody can be told
 * when that fails. */
static void say(struct buf *text)
{
    if (text->bytes != NULL) {
        console_clean(text->bytes, text->len, true);
    }
    (void)!file_write_all(STDERR_FILENO, buf_text(text), text->len);
    (void)!file_write_all(STDERR_FILENO, "\n", 1);
}

/* Append @text, each of its lines behind @indent. */
static void add_indented(struct buf *out, const char *text, const char *indent)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        buf_add_char(out, '\n');
        buf_add_text(out, indent);
        buf_add(out, text, len);
        text += len;
        text += *text == '\n' ? 1 : 0;
    }
}

void console_error(const struct err *err)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(MESSAGE_MAX);

    buf_printf(&text, "%s: %s", name, err->msg);
    add_indented(&text, err->excerpt, "    ");
    say(&text);
}

void console_say(const char *fmt, ...)
{
    CLEANUP(buf_clear) struct buf text = BUF_INIT(MESSAGE_MAX);
    CLEANUP(free) char *line = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&line, fmt, args) < 0) {
        line = NULL;
    }
    va_end(args);
    buf_printf(&text, "%s: %s", name, line != NULL ? line : "out of memory");
    say(&text);
}

void console_warn(const char *object, const char *text)
{
    CLEANUP(buf_clear) struct buf line = BUF_INIT(MESSAGE_MAX);

    buf_add_text(&line, "Warning: ");
    if (object != NULL) {
        buf_printf(&line, "%s: ", object);
    }
    buf_add_text(&line, text);
    say(&line);
}

bool console_wants_color(void)
{
    const char *no_color = getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe): one thread
    const char *term = getenv("TERM");         // NOLINT(concurrency-mt-unsafe): one thread

    return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}
