/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

/* What the end of a line may need: our own two fields, a bracket and a newline. */
#define TAIL_BYTES 64

/* How long a line waits for standard error. Once one was dropped, the following do not wait. */
#define WAIT_MS 100

struct line {
    char bytes[PIPE_BUF]; /* one write() of so much is atomic, and does not wait if poll() saw room
                           */
    size_t len;
    size_t max;
    bool overflow; /* something did not fit */
    bool json;
};

/* The only static state in the program. */
static struct {
    pthread_mutex_t lock;
    enum log_level most;
    bool is_set; /* log_set() chose the form */
    bool json;
    long long n_dropped; /* lines since the last one that was taken */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .most = LOG_INFO};

void log_set(enum log_level most, bool json)
{
    (void)pthread_mutex_lock(&state.lock);
    state.most = most;
    state.is_set = true;
    state.json = json;
    (void)pthread_mutex_unlock(&state.lock);
}

static void add_bytes(struct line *line, const char *bytes, size_t len)
{
    if (len > line->max - line->len) {
        line->overflow = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void add(struct line *line, const char *text)
{
    add_bytes(line, text, strlen(text));
}

/* Room for one character as it stands in a JSON string: "\u202e" is the longest. */
#define ESCAPED_SIZE 8

/* Write the character of the @len bytes at @text to @out, escaped; none stands for invalid UTF-8.
 */
static size_t escape(uint32_t code, const char *text, size_t len, char out[static ESCAPED_SIZE])
{
    if (len == 0) {
        return (size_t)snprintf(out, ESCAPED_SIZE, "\xef\xbf\xbd"); /* U+FFFD */
    }
    if (utf8_is_control(code)) {
        return (size_t)snprintf(out, ESCAPED_SIZE, "\\u%04x", code & 0xffffU);
    }
    if (code == '"' || code == '\\') {
        return (size_t)snprintf(out, ESCAPED_SIZE, "\\%c", (char)code);
    }
    memcpy(out, text, len);
    return len;
}

/* Add @text as the inside of a JSON string of at most LOG_TEXT_MAX bytes; "..." marks a cut. */
static void add_escaped(struct line *line, const char *text)
{
    static const char mark[] = "...";
    const size_t mark_len = sizeof(mark) - 1;
    const size_t len = strnlen(text, LOG_TEXT_MAX + 4); /* a whole character more than is shown */
    char room[LOG_TEXT_MAX];
    size_t used = 0;
    size_t kept = 0; /* what stays when the mark must fit */

    for (size_t at = 0; at < len;) {
        uint32_t code = 0;
        size_t n = utf8_decode(text + at, len - at, &code);
        char escaped[ESCAPED_SIZE];
        size_t n_escaped = escape(code, text + at, n, escaped);
        if (used + n_escaped > sizeof(room)) {
            memcpy(room + kept, mark, mark_len);
            used = kept + mark_len;
            break;
        }
        memcpy(room + used, escaped, n_escaped);
        used += n_escaped;
        if (used + mark_len <= sizeof(room)) {
            kept = used;
        }
        at += n > 0 ? n : 1;
    }
    add_bytes(line, room, used);
}

static void add_name(struct line *line, const char *name)
{
    if (line->json) {
        add(line, line->len > 0 ? ",\"" : "{\"");
        add_escaped(line, name);
        add(line, "\":");
    } else {
        add(line, " ");
        add_escaped(line, name);
        add(line, "=");
    }
}

static void add_text(struct line *line, const char *name, const char *text)
{
    add_name(line, name);
    add(line, "\"");
    add_escaped(line, text);
    add(line, "\"");
}

static void add_number(struct line *line, const char *name, long long number)
{
    char text[sizeof("-9223372036854775808")];

    (void)snprintf(text, sizeof(text), "%lld", number);
    add_name(line, name);
    add(line, text);
}

/* The time in RFC 3339, UTC, with milliseconds. */
static void format_time(char *out, size_t size)
{
    struct timespec now = {0};
    struct tm utc = {0};
    size_t len;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    (void)gmtime_r(&now.tv_sec, &utc);         /* nor this before the year 2^31 */
    len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out + len, size - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void add_head(struct line *line, enum log_level level, const char *message)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char time_text[40];
    char text[64];

    format_time(time_text, sizeof(time_text));
    if (line->json) {
        add_text(line, "ts", time_text);
        add_text(line, "level", names[level]);
        add_text(line, "msg", message);
    } else {
        (void)snprintf(text, sizeof(text), "%s %-5s ", time_text, names[level]);
        add(line, text);
        add_escaped(line, message);
    }
}

/* Add those of @fields that fit. */
static void add_fields(struct line *line, const struct log_field *fields)
{
    bool is_cut = false;

    line->max = sizeof(line->bytes) - TAIL_BYTES;
    for (; fields != NULL && fields->name != NULL; fields++) {
        size_t before = line->len;
        if (fields->text != NULL) {
            add_text(line, fields->name, fields->text);
        } else {
            add_number(line, fields->name, fields->number);
        }
        if (line->overflow) {
            line->overflow = false;
            line->len = before;
            is_cut = true;
        }
    }
    line->max = sizeof(line->bytes);
    if (is_cut) {
        add_name(line, "cut");
        add(line, "true");
    }
}

/* Whether standard error takes a line now. A pipe whose reader is gone would kill us. */
static bool is_writable(int timeout_ms)
{
    struct pollfd poll_fd = {.fd = STDERR_FILENO, .events = POLLOUT};

    while (poll(&poll_fd, 1, timeout_ms) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return poll_fd.revents == POLLOUT;
}

static void write_line(struct line *line)
{
    ssize_t n = -1;

    if (state.n_dropped > 0) {
        add_number(line, "dropped", state.n_dropped);
    }
    add(line, line->json ? "}\n" : "\n");
    if (is_writable(state.n_dropped > 0 ? 0 : WAIT_MS)) {
        n = write(STDERR_FILENO, line->bytes, line->len);
    }
    state.n_dropped = n == (ssize_t)line->len ? 0 : state.n_dropped + 1;
}

void log_line(enum log_level level, const char *message, const struct log_field *fields)
{
    const int saved_errno = errno;

    (void)pthread_mutex_lock(&state.lock); /* also between poll() and write() */
    if (level <= state.most) {
        struct line line = {.max = sizeof(line.bytes)};
        line.json = state.is_set ? state.json : isatty(STDERR_FILENO) == 0;
        add_head(&line, level, message);
        add_fields(&line, fields);
        write_line(&line);
    }
    (void)pthread_mutex_unlock(&state.lock);
    errno = saved_errno;
}
