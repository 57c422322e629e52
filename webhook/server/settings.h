/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings of the admission server
 *
 * One table knows each setting: its flag, its key in a configuration file, its default, the least
 * and the most it may be, and its line of help. Flags win over the file, the file over the
 * defaults.
 *
 * A configuration file is one strict YAML document of at most 64 KiB, read as a policy is: unknown
 * keys, wrong types and values out of range are errors with file, line, column and an excerpt. A
 * key is the flag in camelCase. A list holds at most 64 names, each once.
 *
 *     apiVersion: hawser.dev/v1
 *     kind: ServerConfiguration
 *     listen: ":8443"
 *     tlsCertFile: /etc/hawser/tls/tls.crt
 *     tlsPrivateKeyFile: /etc/hawser/tls/tls.key
 *     gracePeriod: 10s
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "policies/policy.h"

/* Texts live in the arena that they were read with, or in argv. */
struct settings {
    /* listening */
    const char *listen;        /* "127.0.0.1:8443": admission, over TLS */
    const char *health_listen; /* "127.0.0.1:8080": health and metrics, plain HTTP */
    unsigned int max_connections;

    /* the serving certificate; none: one is made in memory */
    const char *tls_cert_file;
    const char *tls_private_key_file;
    const char *tls_ca_file;           /* the certificate must lead to one of these; NULL: any */
    struct text_list tls_server_names; /* the certificate must have each of these */

    /* the API server's certificate; none is asked for without the file */
    const char *client_ca_file;
    struct text_list client_allowed_names; /* empty: any from that CA */

    /* what is injected */
    const char *policies; /* a file or folder; NULL: the shipped ones */
    const char *copier_image;

    /* time, in milliseconds */
    unsigned int request_timeout_ms;
    unsigned int idle_timeout_ms;
    unsigned int grace_period_ms;
    unsigned int start_timeout_ms;

    /* the log */
    unsigned int log_level;  /* of enum log_level */
    unsigned int log_format; /* of enum setting_log_format */
};

/*
 * Read @argv (argv[0] is the command's name), and the file that --config names.
 *
 * Errors: ERR_INVALID for wrong flags, and for a file that is wrong, with its place; ERR_IO,
 * ERR_NOT_FOUND and ERR_TOO_BIG for a file that cannot be read; ERR_INTERNAL when @arena is full.
 * Settings that contradict each other (a certificate without its key) are ERR_INVALID too.
 */
int settings_read(int argc,
                  char **argv,
                  const char *copier_image,
                  struct arena *arena,
                  struct settings *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the flags, grouped by topic, with their defaults, and a word on the configuration file. */
void settings_write_help(struct buf *out) __attribute__((nonnull));
