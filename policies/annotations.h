/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The annotations of hawser
 */

#define ANNOTATION_PREFIX "hawser.dev/"

#define ANNOTATION_POLICY ANNOTATION_PREFIX "policy" /* "scratch,cache": these, in this order */
#define ANNOTATION_INJECT ANNOTATION_PREFIX "inject" /* "true": all defaults; "false": nothing */
#define ANNOTATION_STATUS ANNOTATION_PREFIX "status" /* written by hawser */
/* and hawser.dev/VOLUME.FIELD, see policies/override.h */

/* A namespace opts in as a whole by the label ANNOTATION_INJECT with this value. */
#define ANNOTATION_NAMESPACE_VALUE "enabled"
