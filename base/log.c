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

#include "base/clock.h"
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

/* How much of a text matters: a whole character more than is shown. */
#define TEXT_LOOKED_AT (LOG_TEXT_MAX + 4)

/* The lines of one level and message since @start_us. */
struct kind {
    uint64_t start_us;
    unsigned int n_written; /* 0: the place is free */
    long long n_suppressed;
    enum log_level level;
    char message[TEXT_LOOKED_AT + 1];
};

/* The only static state in the program. */
static struct {
    pthread_mutex_t lock;
    enum log_level most;
    bool is_set; /* log_set() chose the form */
    bool json;
    long long n_dropped; /* lines since the last one that was taken */
    uint64_t window_us;
    uint64_t end_us; /* no window is over before */
    struct kind kinds[LOG_KINDS_MAX];
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .most = LOG_INFO,
    .window_us = LOG_BURST_WINDOW_MS * 1000UL,
    .end_us = UINT64_MAX,
};

void log_set(enum log_level most, bool json)
{
    (void)pthread_mutex_lock(&state.lock);
    state.most = most;
    state.is_set = true;
    state.json = json;
    (void)pthread_mutex_unlock(&state.lock);
}

void log_set_window(unsigned int window_ms)
{
    (void)pthread_mutex_lock(&state.lock);
    state.window_us = (uint64_t)window_ms * 1000;
    state.end_us = 0;
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
    const size_t len = strnlen(text, TEXT_LOOKED_AT);
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

/* False when the line was dropped. */
static bool write_line(struct line *line)
{
    ssize_t n = -1;

    if (state.n_dropped > 0) {
        add_number(line, "dropped", state.n_dropped);
    }
    add(line, line->json ? "}\n" : "\n");
    if (is_writable(state.n_dropped > 0 ? 0 : WAIT_MS)) {
        n = write(STDERR_FILENO, line->bytes, line->len);
    }
    if (n != (ssize_t)line->len) {
        state.n_dropped++;
        return false;
    }
    state.n_dropped = 0;
    return true;
}

static bool write_event(enum log_level level, const char *message, const struct log_field *fields)
{
    struct line line = {.max = sizeof(line.bytes)};

    line.json = state.is_set ? state.json : isatty(STDERR_FILENO) == 0;
    add_head(&line, level, message);
    add_fields(&line, fields);
    return write_line(&line);
}

static void end_window(struct kind *kind)
{
    const struct log_field fields[] = {{.name = "suppressed", .number = kind->n_suppressed},
                                       {.name = NULL}};

    if (kind->n_suppressed > 0 && !write_event(kind->level, kind->message, fields)) {
        state.n_dropped += kind->n_suppressed; /* nobody was told of them otherwise */
    }
    kind->n_written = 0;
    kind->n_suppressed = 0;
}

/* The window of @kind is open. */
static void note_end(const struct kind *kind)
{
    const uint64_t end_us = kind->start_us + state.window_us;

    state.end_us = end_us < state.end_us ? end_us : state.end_us;
}

/* End the windows that are over @now_us, or all of them. */
static void end_windows(uint64_t now_us, bool all)
{
    if (!all && now_us < state.end_us) {
        return; /* most lines of a flood: they cost no look at the kinds */
    }
    state.end_us = UINT64_MAX;
    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        struct kind *kind = &state.kinds[i];
        if (kind->n_written > 0 && (all || now_us - kind->start_us >= state.window_us)) {
            end_window(kind);
        } else if (kind->n_written > 0) {
            note_end(kind);
        }
    }
}

/* A free place, made by ending the oldest window where there is none. */
static struct kind *find_place(void)
{
    struct kind *oldest = &state.kinds[0];

    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        struct kind *kind = &state.kinds[i];
        if (kind->n_written == 0) {
            return kind;
        }
        if (kind->start_us < oldest->start_us) {
            oldest = kind;
        }
    }
    end_window(oldest);
    return oldest;
}

/* The window that a line is counted in, opened @now_us where it is the first of its kind. */
static struct kind *find_kind(enum log_level level, const char *message, uint64_t now_us)
{
    struct kind *kind;

    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        kind = &state.kinds[i];
        if (kind->n_written > 0 && kind->level == level &&
            strncmp(kind->message, message, TEXT_LOOKED_AT) == 0) {
            return kind;
        }
    }
    kind = find_place();
    *kind = (struct kind){.start_us = now_us, .level = level};
    memcpy(kind->message, message, strnlen(message, TEXT_LOOKED_AT));
    note_end(kind);
    return kind;
}

void log_line(enum log_level level, const char *message, const struct log_field *fields)
{
    const int saved_errno = errno;

    (void)pthread_mutex_lock(&state.lock); /* also between poll() and write() */
    if (level <= state.most) {
        const uint64_t now_us =
            clock_monotonic_us(); /* under the lock, so that it never goes back */
        struct kind *kind;
        end_windows(now_us, false);
        kind = find_kind(level, message, now_us);
        if (kind->n_written < LOG_BURST_MAX) {
            kind->n_written++;
            (void)write_event(level, message, fields); /* what is dropped is counted */
        } else {
            kind->n_suppressed++;
        }
    }
    (void)pthread_mutex_unlock(&state.lock);
    errno = saved_errno;
}

void log_text(const char *text)
{
    const int saved_errno = errno;
    const size_t len = strlen(text);

    (void)pthread_mutex_lock(&state.lock);
    if (len <= PIPE_BUF && is_writable(state.n_dropped > 0 ? 0 : WAIT_MS)) {
        (void)!write(STDERR_FILENO, text, len); /* nobody can be told */
    }
    (void)pthread_mutex_unlock(&state.lock);
    errno = saved_errno;
}

static void flush(bool all)
{
    const int saved_errno = errno;

    (void)pthread_mutex_lock(&state.lock);
    end_windows(clock_monotonic_us(), all);
    (void)pthread_mutex_unlock(&state.lock);
    errno = saved_errno;
}

void log_flush(void)
{
    flush(false);
}

void log_flush_all(void)
{
    flush(true);
}
