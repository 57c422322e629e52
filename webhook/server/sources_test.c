/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/server/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "certs/certs_test.h"
#include "tests/folder.h"
#include "webhook/server/parts_test.h"

#define POLICY                           \
    "apiVersion: hawser.dev/v1\n"        \
    "kind: VolumePolicy\n"               \
    "metadata: {name: mine}\n"           \
    "spec:\n"                            \
    "  volumes:\n"                       \
    "    - name: v\n"                    \
    "      persistent: {claimName: c}\n" \
    "      mountPath: /v\n"

static const char *name_items[] = {"hawser.svc"};
static const struct text_list one_name = {.items = name_items, .n = 1};

/* Where the values of files go. */
struct fixture {
    void *folder; /* of folder_enter() */
    struct certs_test *ca;
    struct certs_test *leaf;
    struct settings settings;
    struct current policies;
    struct identity *identity;
    struct callers callers;
    struct metrics *metrics;
    struct sources sources;
};

/* Certificates are judged by the clock on the wall here. */
static struct certs_test *
make_leaf(const struct certs_test *issuer, const char *names, long long until_s)
{
    return certs_test_new(&(struct certs_test_options){
        .issuer = issuer,
        .names = names,
        .constraints = "critical,CA:FALSE",
        .extended_key_usage = "serverAuth",
        .from_s = clock_wall_s() - 1000,
        .until_s = until_s,
    });
}

static struct certs_test *make_ca(void)
{
    return certs_test_new(&(struct certs_test_options){
        .common_name = "ca",
        .constraints = "critical,CA:TRUE",
        .from_s = clock_wall_s() - 1000,
        .until_s = clock_wall_s() + 1000,
    });
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct err err = {0};

    assert_non_null(f);
    assert_int_equal(folder_enter(&f->folder), 0);
    f->ca = make_ca();
    f->leaf = make_leaf(f->ca, "DNS:hawser.svc", clock_wall_s() + 1000);
    f->settings = (struct settings){
        .tls_cert_file = "tls.crt",
        .tls_private_key_file = "tls.key",
        .tls_ca_file = "ca.crt",
        .client_ca_file = "clients.crt",
        .policies = "policies",
    };
    f->identity = identity_new(&one_name, &err);
    f->metrics = metrics_new("0", &err);
    assert_non_null(f->identity);
    assert_non_null(f->metrics);
    parts_init_policies(&f->policies);
    callers_init(&f->callers, &no_names);
    f->sources = (struct sources){
        .settings = &f->settings,
        .policies = &f->policies,
        .identity = f->identity,
        .callers = &f->callers,
        .metrics = f->metrics,
    };
    assert_int_equal(mkdir("policies", 0700), 0);
    assert_int_equal(folder_write("policies/a.yaml", POLICY), 0);
    assert_int_equal(folder_write("tls.crt", f->leaf->pem), 0);
    assert_int_equal(folder_write("tls.key", f->leaf->key_pem), 0);
    assert_int_equal(folder_write("ca.crt", f->ca->pem), 0);
    assert_int_equal(folder_write("clients.crt", f->ca->pem), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    int status;

    callers_clear(&f->callers);
    current_clear(&f->policies);
    metrics_free(f->metrics);
    identity_free(f->identity);
    certs_test_free(f->leaf);
    certs_test_free(f->ca);
    status = folder_leave(&f->folder);
    free(f);
    return status;
}

static const struct reload_source *find(const struct fixture *f, const char *what)
{
    size_t i = 0;

    while (i < f->sources.n && strcmp(f->sources.items[i].what, what) != 0) {
        i++;
    }
    assert_true(i < f->sources.n);
    return &f->sources.items[i];
}

/* Load a source and put it in force, as reload.h does; false with an error. */
static bool load(struct fixture *f, const char *what, struct err *err)
{
    const struct reload_source *source = find(f, what);
    void *value;

    *err = (struct err){0};
    value = source->load(source->data, err);
    if (value != NULL) {
        source->use(source->data, value);
    }
    return value != NULL;
}

static void load_all(struct fixture *f)
{
    sources_init(&f->sources);
    for (size_t i = 0; i < f->sources.n; i++) {
        struct err err = {0};
        if (!load(f, f->sources.items[i].what, &err)) {
            fail_msg("%s", err.msg);
        }
    }
}

static void all_that_the_settings_name_comes_into_force(void **state)
{
    struct fixture *f = *state;
    CLEANUP(policy_set_unref) struct policy_set *policies = NULL;
    CLEANUP(trust_unref) struct trust *clients = NULL;
    struct err err = {0};

    load_all(f);
    assert_int_equal(f->sources.n, 4);
    assert_int_equal(identity_check(f->identity, clock_wall_s(), &err), 0);
    policies = current_get(&f->policies);
    clients = current_get(&f->callers.trust);
    assert_non_null(clients);
    assert_int_equal(policies->policies.n, 1);
    assert_string_equal(policies->policies.items[0].name, "mine");
}

static void without_settings_the_shipped_policies_are_all(void **state)
{
    struct fixture *f = *state;
    CLEANUP(policy_set_unref) struct policy_set *policies = NULL;

    f->settings = (struct settings){.policies = NULL};
    load_all(f);
    assert_int_equal(f->sources.n, 1);
    policies = current_get(&f->policies);
    assert_true(policies->policies.n > 1);
    assert_null(identity_get_pair(f->identity));
}

static void the_authorities_come_before_what_they_judge(void **state)
{
    struct fixture *f = *state;

    sources_init(&f->sources);
    assert_true(find(f, "CA bundle of the certificate") < find(f, "certificate"));
}

static void a_pair_is_judged_by_the_authorities_of_its_own_generation(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *other_ca = make_ca();
    CLEANUP(certs_test_free)
    struct certs_test *foreign = make_leaf(other_ca, "DNS:hawser.svc", clock_wall_s() + 1000);
    struct err err = {0};

    sources_init(&f->sources);
    assert_int_equal(folder_write("tls.crt", foreign->pem), 0);
    assert_int_equal(folder_write("tls.key", foreign->key_pem), 0);
    assert_int_equal(rename("ca.crt", "later"), 0);
    assert_false(load(f, "certificate", &err)); /* no authorities: no pair */
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "ca.crt"));
    assert_int_equal(rename("later", "ca.crt"), 0);
    assert_true(load(f, "CA bundle of the certificate", &err));
    assert_int_equal(folder_write("ca.crt", other_ca->pem), 0);
    assert_true(load(f, "certificate", &err)); /* the bundle in force is one behind */
    assert_int_equal(folder_write("ca.crt", f->ca->pem), 0);
    assert_false(load(f, "certificate", &err));
    assert_non_null(strstr(err.msg, "is not trusted"));
}

/* What is wrong with the pair, and what the message must say. */
struct bad_pair {
    const char *what;
    const char *certificates;
    const char *key;
    const char *expected;
};

/* Whether twenty characters of the key's Base64, anywhere in it, stand in @text. */
static bool shows_key(const char *text, const char *key_pem)
{
    const char *end = strstr(key_pem, "\n-----END");
    const size_t n = 20;

    for (const char *at = strchr(key_pem, '\n') + 1; at + n <= end; at++) {
        char piece[21] = "";
        memcpy(piece, at, n);
        if (strstr(text, piece) != NULL) {
            return true;
        }
    }
    return false;
}

static void a_bad_pair_is_refused_and_named_and_its_key_never_told(void **state)
{
    struct fixture *f = *state;
    CLEANUP(certs_test_free) struct certs_test *other_ca = make_ca();
    CLEANUP(certs_test_free)
    struct certs_test *misnamed = make_leaf(f->ca, "DNS:other", clock_wall_s() + 1000);
    CLEANUP(certs_test_free)
    struct certs_test *expired = make_leaf(f->ca, "DNS:hawser.svc", clock_wall_s() - 1);
    CLEANUP(certs_test_free)
    struct certs_test *foreign = make_leaf(other_ca, "DNS:hawser.svc", clock_wall_s() + 1000);
    CLEANUP(free) char *half = strndup(f->leaf->key_pem, strlen(f->leaf->key_pem) / 2);
    CLEANUP(free) char *headless = strdup(strchr(f->leaf->key_pem, '\n') + 1);
    CLEANUP(free) char *doubled = certs_test_join(f->leaf->key_pem, f->leaf->key_pem);
    CLEANUP(free) char *followed = certs_test_join(f->leaf->key_pem, headless);
    const struct bad_pair rows[] = {
        {"half-written key", f->leaf->pem, half, "key"},
        {"empty key", f->leaf->pem, "", "key"},
        {"key without its first line", f->leaf->pem, headless, "key"},
        {"two keys", f->leaf->pem, doubled, "key"},
        {"key and more of it", f->leaf->pem, followed, "key"},
        {"key in the place of the certificate", f->leaf->key_pem, f->leaf->pem, "certificates"},
        {"key of another", f->leaf->pem, misnamed->key_pem, "the key is not the one"},
        {"wrong name", misnamed->pem, misnamed->key_pem, "is not for 'hawser.svc'"},
        {"expired", expired->pem, expired->key_pem, "was valid until"},
        {"other CA", foreign->pem, foreign->key_pem, "is not trusted"},
    };
    CLEANUP(identity_pair_unref) struct identity_pair *good = NULL;

    load_all(f);
    good = identity_get_pair(f->identity);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(identity_pair_unref) struct identity_pair *now = NULL;
        struct err err = {0};
        assert_int_equal(folder_write("tls.crt", rows[i].certificates), 0);
        assert_int_equal(folder_write("tls.key", rows[i].key), 0);
        assert_false(load(f, "certificate", &err));
        print_message("# %s: %s\n", rows[i].what, err.msg);
        assert_non_null(strstr(err.msg, "'tls.crt'"));
        assert_non_null(strstr(err.msg, "'tls.key'"));
        assert_non_null(strstr(err.msg, rows[i].expected));
        assert_false(shows_key(err.msg, f->leaf->key_pem));
        assert_false(shows_key(err.excerpt, f->leaf->key_pem));
        now = identity_get_pair(f->identity);
        assert_ptr_equal(now, good);
    }
}

static void a_file_that_is_missing_is_named(void **state)
{
    static const struct {
        const char *source;
        const char *file;
    } rows[] = {
        {"certificate", "tls.crt"},   {"certificate", "tls.key"},
        {"certificate", "ca.crt"},    {"CA bundle of the certificate", "ca.crt"},
        {"client CA", "clients.crt"},
    };
    struct fixture *f = *state;

    sources_init(&f->sources);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};
        assert_int_equal(rename(rows[i].file, "gone"), 0);
        assert_false(load(f, rows[i].source, &err));
        assert_int_equal(err.code, ERR_NOT_FOUND);
        assert_non_null(strstr(err.msg, rows[i].file));
        assert_int_equal(rename("gone", rows[i].file), 0);
    }
}

static void a_file_that_is_too_big_is_refused(void **state)
{
    struct fixture *f = *state;
    CLEANUP(free) char *big = calloc(1, TRUST_PEM_BYTES_MAX + 2);
    struct err err = {0};

    assert_non_null(big);
    memset(big, '\n', TRUST_PEM_BYTES_MAX + 1);
    sources_init(&f->sources);
    assert_int_equal(folder_write("ca.crt", big), 0);
    assert_false(load(f, "CA bundle of the certificate", &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
    assert_int_equal(folder_write("tls.key", big), 0);
    assert_false(load(f, "certificate", &err));
    assert_int_equal(err.code, ERR_TOO_BIG);
}

static void bad_authorities_and_policies_are_refused_and_named(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};

    sources_init(&f->sources);
    assert_int_equal(folder_write("ca.crt", f->leaf->pem), 0);
    assert_false(load(f, "CA bundle of the certificate", &err));
    assert_non_null(strstr(err.msg, "CA bundle 'ca.crt'"));
    assert_int_equal(folder_write("clients.crt", ""), 0);
    assert_false(load(f, "client CA", &err));
    assert_non_null(strstr(err.msg, "CA bundle 'clients.crt'"));
    assert_int_equal(folder_write("policies/b.yaml", "apiVersion: nonsense\n"), 0);
    assert_false(load(f, "policies", &err));
    assert_non_null(strstr(err.msg, "policies/b.yaml"));
}

static void what_is_not_to_be_used_is_dropped(void **state)
{
    struct fixture *f = *state;

    sources_init(&f->sources);
    for (size_t i = 0; i < f->sources.n; i++) {
        const struct reload_source *source = &f->sources.items[i];
        struct err err = {0};
        void *value = source->load(source->data, &err);
        assert_non_null(value); /* ASan counts */
        source->drop(value);
    }
    assert_null(current_get(&f->policies));
    assert_null(identity_get_pair(f->identity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_that_the_settings_name_comes_into_force, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_settings_the_shipped_policies_are_all, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_authorities_come_before_what_they_judge, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_pair_is_judged_by_the_authorities_of_its_own_generation,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_pair_is_refused_and_named_and_its_key_never_told,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_missing_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_too_big_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_authorities_and_policies_are_refused_and_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_to_be_used_is_dropped, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
