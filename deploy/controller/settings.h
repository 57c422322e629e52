/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings of the controller's commands
 *
 * One table knows each setting: its flag, its default, the least and the most it may be, and its
 * line of help. A command takes the topics that it needs.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "deploy/controller/certificates.h"
#include "deploy/kube/kube_config.h"

/* Topics, as bits. */
enum settings_topic {
    SETTINGS_CLUSTER = 1,      /* which cluster, and as whom */
    SETTINGS_NAMESPACE = 2,    /* in which of its namespaces */
    SETTINGS_CERTIFICATES = 4, /* what is called how, and lasts how long */
    SETTINGS_RUN = 8,          /* what only a controller that runs needs */
    SETTINGS_FILES = 16,       /* what exists already, from files */
    SETTINGS_SELFTEST = 32,
    SETTINGS_POLICIES = 64,
    SETTINGS_VERSION = 128, /* of a cluster that is not asked */
    SETTINGS_LEASE = 256,   /* by what a controller that leads is known */
    SETTINGS_STATUS = 512,  /* where it says how things are */
    SETTINGS_OUTPUT = 1024,
    SETTINGS_UNINSTALL = 2048,
};

enum settings_output { SETTINGS_OUTPUT_TABLE, SETTINGS_OUTPUT_JSON };

enum settings_job { SETTINGS_JOB_MANAGED, SETTINGS_JOB_OFF };

/* Texts live in the arena that they were read with, or in argv. */
struct settings {
    /* the cluster */
    const char *kubeconfig; /* NULL: see settings_find_cluster() */
    const char *context;
    const char *namespace_; /* NULL: that of the service account or the context */

    /* the certificates */
    const char *service;
    const char *cluster_domain;
    const char *configuration;
    const char *tls_secret;
    const char *ca_secret;
    unsigned int ca_validity_s;
    unsigned int leaf_validity_s;

    /* a controller that runs */
    unsigned int certificates; /* of enum settings_job */
    unsigned int storage;      /* the same */
    const char *excluded;      /* "a,b"; NULL: none */
    unsigned int settle_ms;
    const char *identity; /* NULL: the host's name */
    unsigned int lease_duration_ms;
    unsigned int renew_deadline_ms;
    unsigned int retry_period_ms;
    const char *health_listen;
    unsigned int log_level;  /* of enum log_level */
    unsigned int log_format; /* of enum setting_log_format */

    /* what it writes for others to read */
    const char *lease;
    const char *status_config_map;

    /* files */
    const char *filename;

    /* the self-test */
    const char *policy; /* NULL: the default ones */

    /* the policies */
    const char *policies; /* a file or a folder; NULL: the shipped ones */

    /* a cluster that is not asked */
    const char *kubernetes_version; /* as written; NULL: the newest */

    /* what is printed */
    unsigned int output; /* of enum settings_output */

    /* uninstalling */
    const char *server;        /* NULL: all */
    unsigned int deletes_data; /* these two: whether */
    unsigned int is_dry_run;
};

/*
 * Read @argv (argv[0] is the command's name) by the topics @topics. Settings of other topics get
 * their defaults.
 *
 * Errors: ERR_INVALID for wrong flags, and for settings that contradict each other; ERR_INTERNAL
 * when @arena is full.
 */
int settings_read(unsigned int topics,
                  int argc,
                  char **argv,
                  struct arena *arena,
                  struct settings *out,
                  struct err *err) __attribute__((nonnull, warn_unused_result));

/* Append the flags of the topics, with their defaults. */
void settings_write_help(unsigned int topics, struct buf *out) __attribute__((nonnull));

/* What they say of the certificates. Texts are borrowed. */
struct certificate_options settings_certificate(const struct settings *settings)
    __attribute__((nonnull));

/*
 * The cluster that the settings mean: the kubeconfig they name; without one the service account of
 * the pod; outside of a pod the file in KUBECONFIG, or ~/.kube/config. `namespace_` is filled where
 * the settings name none and the cluster's configuration does; else it is an error.
 *
 * Errors: those of kube_config.h; ERR_INVALID.
 */
int settings_find_cluster(struct settings *settings,
                          struct arena *arena,
                          struct kube_config *out,
                          struct err *err) __attribute__((nonnull, warn_unused_result));
