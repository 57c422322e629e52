/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/kube/kube_token.h"

#include <string.h>

#include "base/cleanup.h"
#include "deploy/kube/secret.h"

static const char before[] = "Authorization: Bearer ";

/* Make the header of the token that is the @len bytes at @text; white space around does not count.
 */
static int set_header(struct kube_token *token, const char *text, size_t len, struct err *err)
{
    static const char blank[] = " \t\r\n";
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    CLEANUP(secret_clear)
    struct buf header = BUF_INIT(sizeof(before) + KUBE_TOKEN_BYTES_MAX);
    const char *start = text + strspn(text, blank);
    const size_t n = strspn(start, allowed);
    const char *end = start + n + strspn(start + n, blank);
    struct buf old;

    if (n == 0 && end == text + len) {
        return err_set(err, ERR_INVALID, "there is no token");
    }
    if (n == 0 || end != text + len) {
        return err_set(err, ERR_INVALID, "there is a character that no token has");
    }
    buf_add_text(&header, before);
    buf_add(&header, start, n);
    if (buf_check(&header, "the token", err) < 0) {
        return -1;
    }
    old = token->header;
    token->header = header;
    header = old; /* to be cleansed */
    return 0;
}

int kube_token_look(struct kube_token *token, uint64_t now_ms, unsigned int age_ms, struct err *err)
{
    bool changed;

    if (token->file.path == NULL) {
        return 0;
    }
    if (rotating_file_look(&token->file, now_ms, age_ms, &changed, err) < 0) {
        return -1;
    }
    if (!changed && !token->is_broken) {
        return 0;
    }
    token->is_broken = true;
    if (set_header(token, buf_text(&token->file.text), token->file.text.len, err) < 0) {
        return err_wrap(err, "token file '%s'", token->file.path);
    }
    token->is_broken = false;
    return 0;
}

int kube_token_init(
    struct kube_token *token, const char *text, const char *path, uint64_t now_ms, struct err *err)
{
    *token = (struct kube_token){0};
    if (path != NULL) {
        rotating_file_init(&token->file, path, KUBE_TOKEN_BYTES_MAX);
        return kube_token_look(token, now_ms, 0, err);
    }
    return text != NULL ? set_header(token, text, strlen(text), err) : 0;
}

bool kube_token_doubt(struct kube_token *token)
{
    if (token->file.path == NULL) {
        return false;
    }
    rotating_file_doubt(&token->file);
    return true;
}

void kube_token_clear(struct kube_token *token)
{
    rotating_file_clear(&token->file);
    secret_clear(&token->header);
}
