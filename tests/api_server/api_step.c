/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/api_server/inside.h"

static bool begins(const char *text, const char *with)
{
    return with == NULL || strncmp(text, with, strlen(with)) == 0;
}

bool api_step_next(struct api_server *server,
                   const struct api_request *request,
                   struct api_step *out)
{
    LOCK(server);
    for (size_t i = 0; i < server->n_steps; i++) {
        struct api_step *step = &server->steps[i];
        if ((step->method != NULL && strcmp(step->method, request->method) != 0) ||
            !begins(request->target, step->target)) {
            continue;
        }
        *out = *step;
        if (step->times == API_FOREVER) {
            return true;
        }
        if (step->times > 1) {
            step->times--;
            return true;
        }
        server->n_steps--;
        memmove(step, step + 1, (server->n_steps - i) * sizeof(*step));
        return true;
    }
    if (server->options.serve == NULL) {
        server->n_unexpected++;
    }
    return false;
}

static void stream(struct api_reply *reply, const struct api_step *step)
{
    api_reply_begin(reply);
    for (const char *const *piece = step->pieces; *piece != NULL; piece++) {
        api_reply_piece(reply, *piece);
        if (step->pause_ms != API_FOREVER && step->pause_ms > 0) {
            (void)api_reply_pause(reply, step->pause_ms);
        }
    }
    if (step->pause_ms == API_FOREVER) {
        (void)api_reply_pause(reply, API_FOREVER);
    }
    if (!step->is_unfinished) {
        api_reply_finish(reply);
    }
}

void api_step_take(struct api_reply *reply, const struct api_step *step)
{
    reply->end = step->end;
    if (step->delay_ms > 0 && !api_reply_pause(reply, step->delay_ms)) {
        return;
    }
    if (step->pieces != NULL) {
        stream(reply, step);
    } else if (step->status != 0) {
        api_reply_send(reply, step->status, step->headers, step->body != NULL ? step->body : "");
    }
}

void api_server_add(struct api_server *server, const struct api_step *step)
{
    LOCK(server);
    if (server->n_steps == API_SERVER_STEPS_MAX) {
        abort(); /* a test of so many wants a function */
    }
    server->steps[server->n_steps++] = *step;
}

void api_server_clear(struct api_server *server)
{
    LOCK(server);
    server->n_steps = 0;
}
