/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The pause container
 *
 * Holds a pod's namespaces and buries processes that lost their parent. It is process 1 of the pod,
 * which a signal ends only where it says so.
 */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void end(int signal)
{
    (void)signal;
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    struct sigaction ends = {.sa_handler = end};
    struct sigaction buries = {.sa_handler = SIG_IGN}; /* children then leave no zombies */

    if (sigaction(SIGINT, &ends, NULL) < 0 || sigaction(SIGTERM, &ends, NULL) < 0 ||
        sigaction(SIGCHLD, &buries, NULL) < 0) {
        return EXIT_FAILURE;
    }
    for (;;) {
        (void)pause();
    }
}
