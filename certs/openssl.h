/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What OpenSSL asks of its callers
 *
 * Why something failed lies in a queue that belongs to the thread. What is left there, other code
 * takes for the reason of its own failure. So each function that others call begins with
 * OPENSSL_ENTER(), and the queue is empty when it begins and on every way out.
 */

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/err.h"

/* Empty the queue, here and where the scope is left. */
#define OPENSSL_ENTER() \
    CLEANUP(openssl_leave) __attribute__((unused)) const int entered_ = openssl_enter()

int openssl_enter(void) __attribute__((warn_unused_result)); /* the value says nothing */
void openssl_leave_p(const int *entered) __attribute__((nonnull));

/*
 * Fill @err with "@fmt: the first reason in the queue", or with ERR_INTERNAL where that is a lack
 * of memory. The reasons are OpenSSL's own texts and hold nothing of the input. Returns -1.
 */
int openssl_fail(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull(1, 3)));

DEFINE_CLEANUP(BIGNUM, BN_free)
DEFINE_CLEANUP(BIO, BIO_free_all)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free)
DEFINE_CLEANUP(X509, X509_free)
