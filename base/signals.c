/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>

static sigset_t handled(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    return set;
}

void signals_block(void)
{
    const sigset_t set = handled();

    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

enum signals_word signals_wait(unsigned int timeout_ms)
{
    const struct timespec timeout = {
        .tv_sec = timeout_ms / 1000,
        .tv_nsec = (long)(timeout_ms % 1000) * 1000000,
    };
    const sigset_t set = handled();

    switch (sigtimedwait(&set, NULL, &timeout)) {
    case SIGHUP:
        return SIGNALS_RELOAD;
    case SIGTERM:
        return SIGNALS_STOP;
    case SIGINT:
        return SIGNALS_INTERRUPT;
    default:
        return SIGNALS_NONE;
    }
}

int signals_open(struct err *err)
{
    const sigset_t set = handled();
    const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

    return fd >= 0 ? fd : err_set_errno(err, "signalfd");
}
