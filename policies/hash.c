/* SPDX-License-Identifier: Apache-2.0 */
#include "policies/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

#define HASHES_BYTES_MAX ((size_t)POLICY_HASH_SIZE * 1024)

/* Of a document as JSON, which needs at most a few bytes for one of YAML. */
#define CONTENT_BYTES_MAX ((size_t)8 * 1024 * 1024)

static int
hash_bytes(const char *bytes, size_t len, char out[static POLICY_HASH_SIZE], struct err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;

    if (EVP_Digest(bytes, len, digest, &size, EVP_sha256(), NULL) != 1) {
        return err_set(err, ERR_INTERNAL, "cannot compute a SHA-256");
    }
    for (size_t i = 0; i < (POLICY_HASH_SIZE - 1) / 2; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return 0;
}

int hash_document(const char *kind,
                  const char *name,
                  json_t *spec,
                  char out[static POLICY_HASH_SIZE],
                  struct err *err)
{
    json_auto_t *content = json_pack("{s:s, s:s, s:O}", "kind", kind, "name", name, "spec", spec);
    CLEANUP(buf_clear) struct buf text = BUF_INIT(CONTENT_BYTES_MAX);

    if (content == NULL) {
        return err_no_memory(err);
    }
    json_sorted(&text, content);
    if (buf_check(&text, "the document as JSON", err) < 0) {
        return -1;
    }
    return hash_bytes(buf_text(&text), text.len, out, err);
}

int hash_set(const struct policy_set *set, char out[static POLICY_HASH_SIZE], struct err *err)
{
    CLEANUP(buf_clear) struct buf hashes = BUF_INIT(HASHES_BYTES_MAX);

    for (size_t i = 0; i < set->policies.n; i++) {
        buf_add_text(&hashes, set->policies.items[i].hash);
    }
    for (size_t i = 0; i < set->provisioners.n; i++) {
        buf_add_text(&hashes, set->provisioners.items[i].hash);
    }
    if (buf_check(&hashes, "the list of hashes", err) < 0) {
        return -1;
    }
    return hash_bytes(buf_text(&hashes), hashes.len, out, err);
}
