/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Running a command as if we were not there
 *
 * Its standard input, output and error are ours and nothing is added to them: what a container
 * writes to standard output is a result to Argo. The same goes for all descriptors that are not
 * closed on exec, for the signal mask and for the signals that were ignored when we were started.
 * All descriptors of our own are therefore opened with O_CLOEXEC.
 *
 * The command leads a process group of its own, in our session. Argo's emissary signals the whole
 * group that it started us in, the kubelet the first process of a container only, and nothing tells
 * the two apart when a signal comes. In our group, a signal that we forward would come twice where
 * the group was meant, and many programs take a second SIGTERM or SIGINT for "at once"; one that we
 * do not forward would be lost where we alone were meant. In its own group each process gets each
 * signal once. Under the emissary a command leads a group without us too.
 *
 * What follows from that group:
 * - SIGKILL cannot be forwarded: the kernel kills the command when we are gone. It does not kill
 *   what has changed its user since, nor the command's children; these go with the container.
 * - SIGSTOP to us does not stop it. A command that is stopped is waited for, and we do not stop
 *   with it: whoever lets it go on need not know of us. This is no job control for a shell.
 * - Where we have the foreground of a terminal the command gets it and may read, and Control-C is
 *   for it alone. We take it back when the command has ended.
 *
 * All signals are forwarded, to the whole group of the command, but for those that are about the
 * process that gets them and no word from others: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS
 * (a fault of its own), SIGPIPE, SIGXFSZ (its own write), SIGXCPU, SIGURG (its own socket),
 * SIGTTIN, SIGTTOU (its own use of the terminal) and SIGCHLD. The emissary forwards as much, and an
 * image may name any signal as the one that stops it. None of them ends us while the command runs.
 *
 * Only the command is waited for. What it leaves running in the background is neither waited for,
 * which may be for ever, nor killed: the container's end would come at the same moment without us
 * and ends it all, and until then it may finish what it writes. What of it is copied is what is
 * there when it is copied.
 *
 * While a command runs this process has no other thread, which would take the signals, and no
 * other child: as the first process of a container, or a subreaper, we reap whatever ended.
 */

#include <signal.h>

#include "base/err.h"

/* How this process was started. */
struct child_signals {
    sigset_t mask;    /* blocked */
    sigset_t ignored; /* with SIG_IGN */
};

/* How a command ended. Plain data. */
struct child_end {
    int exit_code;    /* what a shell would say: its own, or 128 + signal */
    int signal;       /* that killed it, or 0 when it ended by itself */
    int asked_to_end; /* the first of SIGTERM, SIGINT, SIGQUIT that came while it ran, or 0 */
};

/* What signals are like now. The first call of a program, before any is blocked or ignored. */
void child_signals_read(struct child_signals *out) __attribute__((nonnull));

/*
 * Run @argv, which is found as execvp() does, with the mask and ignored signals of @signals, and
 * wait until it has ended. @argv ends with NULL and is not empty.
 *
 * By fork(): whatever memory we have is not copied as long as nothing is written to it, and we do
 * nothing but wait until the command is executed. posix_spawn() knows no parent death signal.
 *
 * The mask and SIGCHLD are as before when it returns. A signal that comes after the command's end
 * waits until then and does what it does to the caller.
 *
 * An error means that the command was never started; child_refusal_code() says what a shell would
 * exit with. Errors: ERR_NOT_FOUND, ERR_IO.
 */
int child_run(char *const argv[],
              const struct child_signals *signals,
              struct child_end *out,
              struct err *err) __attribute__((nonnull, warn_unused_result));

/* 127 when the command was not found, 126 when it could not be executed (POSIX sh, 2.8.2). */
int child_refusal_code(const struct err *err) __attribute__((nonnull));
