/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/openssl.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

int openssl_enter(void)
{
    ERR_clear_error();
    return 0;
}

void openssl_leave_p(const int *entered)
{
    (void)entered;
    ERR_clear_error();
}

int openssl_fail(struct err *err, enum err_code code, const char *fmt, ...)
{
    const unsigned long first = ERR_peek_error();
    const char *reason = ERR_reason_error_string(first);
    char what[ERR_MSG_SIZE];
    va_list args;

    if (ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE) {
        return err_no_memory(err);
    }
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args); /* cut to size, as err_set() does */
    va_end(args);
    if (reason == NULL) {
        return err_set(err, code, "%s", what);
    }
    err_set(err, code, "%s", reason);
    return err_wrap(err, "%s", what);
}
