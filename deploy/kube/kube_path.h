/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a request goes
 *
 * The path and query of an object or a list in the API, with every part of them percent-encoded: a
 * name can never become a further segment, another query or another host. Pure.
 */

#include "base/buf.h"
#include "base/err.h"
#include "deploy/kube/kube.h"

/* What is asked beside the request itself; zeroed: nothing. */
struct kube_path_more {
    unsigned int limit;     /* items of a page; 0: all in one */
    const char *continue_;  /* where the page before it ended; NULL: at the beginning */
    const char *watch_from; /* a resourceVersion: watch from there on, with bookmarks */
    unsigned int watch_s;   /* how long the server shall keep the watch open */
};

/*
 * Append "/api/v1/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE?...".
 *
 * Errors: ERR_INVALID where a part that is needed is missing or empty, as the path would be that of
 * something else then (a DELETE without a name is for all objects), or is "." or "..", or where a
 * part is given that the verb does not have.
 */
int kube_path_write(struct buf *out,
                    const struct kube_request *request,
                    const struct kube_path_more *more,
                    struct err *err) __attribute__((nonnull, warn_unused_result));

/* "PATCH" */
const char *kube_path_method(enum kube_verb verb);

/* Of the body that @verb sends: "application/merge-patch+json"; NULL: it sends none. */
const char *kube_path_content_type(enum kube_verb verb);

/* What to accept in answer to @request, or to a watch of what it lists: "application/json", or for
 * metadata alone (RFC 9110 parameters as apimachinery's meta/v1 has them) what a server that does
 * not know them passes over. */
const char *kube_path_accept(const struct kube_request *request, bool is_watch)
    __attribute__((nonnull));
