/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decode.h"

#include <string.h>

#include "base/cleanup.h"
#include "tests/test.h"

enum colour { COLOUR_RED, COLOUR_GREEN };

struct label {
    const char *key;
    const char *value;
};

struct wheel {
    const char *maker;
    unsigned int inches;
};

struct cart {
    const char *name;
    const char *note;
    bool sold;
    unsigned int seats;
    enum colour colour;
    unsigned int extras;
    LIST_OF(const char *) owners;
    LIST_OF(struct label) labels;
    struct wheel spare;
    struct wheel *fifth;
    LIST_OF(struct wheel) wheels;
    const json_t *load;
    const char *price;
};

static int check_lower(const char *text, struct err *err)
{
    if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz")] != '\0') {
        return err_set(err, ERR_INVALID, "'%s' is not lower case", text);
    }
    return 0;
}

static const struct decode_name colour_names[] = {
    {"Red", COLOUR_RED},
    {"Green", COLOUR_GREEN},
    {NULL, 0},
};

static const struct decode_name extra_names[] = {{"bell", 1}, {"lamp", 2}, {NULL, 0}};

static const struct decode_field wheel_fields[] = {
    {"maker", DECODE_TEXT, offsetof(struct wheel, maker), .required = true},
    {"inches", DECODE_UINT, offsetof(struct wheel, inches), .min = 10, .max = 30},
    {.name = NULL},
};

static const struct decode_field load_shape = {.kind = DECODE_PAIRS, .integer = true, .max = 2};

static const struct decode_field cart_fields[] = {
    {"name", DECODE_TEXT, offsetof(struct cart, name), .required = true, .max = 8,
     .check = check_lower},
    {"note", DECODE_TEXT, offsetof(struct cart, note), .empty = true, .max = 4},
    {"sold", DECODE_BOOL, .offset = offsetof(struct cart, sold)},
    {"seats", DECODE_UINT, offsetof(struct cart, seats), .max = 9},
    {"colour", DECODE_ENUM, offsetof(struct cart, colour), .names = colour_names},
    {"extras", DECODE_FLAGS, offsetof(struct cart, extras), .min = 1, .names = extra_names},
    {"owners", DECODE_TEXTS, offsetof(struct cart, owners), .max = 2, .check = check_lower},
    {"labels", DECODE_PAIRS, offsetof(struct cart, labels), .empty = true, .check_key = check_lower,
     .check = check_lower},
    {"spare", DECODE_STRUCT, offsetof(struct cart, spare), .fields = wheel_fields},
    {"fifth", DECODE_POINTER, offsetof(struct cart, fifth), .size = sizeof(struct wheel),
     .fields = wheel_fields},
    {"wheels", DECODE_LIST, offsetof(struct cart, wheels), .max = 4, .size = sizeof(struct wheel),
     .fields = wheel_fields},
    {"load", DECODE_JSON, offsetof(struct cart, load), .shape = &load_shape},
    {"price", DECODE_TEXT, offsetof(struct cart, price), .integer = true},
    {.name = NULL},
};

/* A text on its way to a struct; release with close_input(). */
struct input {
    struct yaml_reader *reader;
    json_t *document;
    struct source source;
    struct arena *arena;
};

static void close_input(struct input *input)
{
    yaml_reader_free(input->reader);
    json_decref(input->document);
    arena_free(input->arena);
}

static int decode_text(struct input *input, const char *text, struct cart *cart, struct err *err)
{
    struct decode in = {.source = &input->source};

    *cart = (struct cart){0};
    input->arena = arena_new(1 << 20);
    assert_non_null(input->arena);
    input->reader = yaml_reader_new("cart.yaml", text, strlen(text), YAML_STRICT, err);
    assert_non_null(input->reader);
    if (yaml_reader_next(input->reader, &input->document, err) < 0) {
        fail_msg("%s", err->msg);
    }
    input->source = (struct source){
        .name = "cart.yaml",
        .text = text,
        .len = strlen(text),
        .reader = input->reader,
        .document = input->document,
    };
    in.arena = input->arena;
    return decode_object(&in, "", input->document, cart_fields, cart, err);
}

static void every_kind_of_value_reaches_its_field(void **state)
{
    struct input input = {0};
    struct cart cart;
    struct err err = {0};

    (void)state;
    assert_int_equal(decode_text(&input,
                                 "name: tilbury\n"
                                 "note: 'äöü'\n"
                                 "sold: true\n"
                                 "seats: 2\n"
                                 "colour: Green\n"
                                 "extras: [lamp, bell]\n"
                                 "owners: [ann, bob]\n"
                                 "labels: {a: x, b: ''}\n"
                                 "spare: {maker: oak, inches: 30}\n"
                                 "fifth: {maker: elm}\n"
                                 "wheels: [{maker: a}, {maker: b, inches: 10}, {maker: c}]\n"
                                 "load: {hay: 5, straw: 5kg}\n"
                                 "price: 12\n",
                                 &cart, &err),
                     0);
    assert_string_equal(cart.name, "tilbury");
    assert_string_equal(cart.note, "äöü");
    assert_true(cart.sold);
    assert_int_equal(cart.seats, 2);
    assert_int_equal(cart.colour, COLOUR_GREEN);
    assert_int_equal(cart.extras, 3);
    assert_int_equal(cart.owners.n, 2);
    assert_string_equal(cart.owners.items[1], "bob");
    assert_int_equal(cart.labels.n, 2);
    assert_string_equal(cart.labels.items[0].key, "a");
    assert_string_equal(cart.labels.items[0].value, "x");
    assert_string_equal(cart.labels.items[1].value, "");
    assert_int_equal(cart.spare.inches, 30);
    assert_string_equal(cart.fifth->maker, "elm");
    assert_int_equal(cart.wheels.n, 3);
    assert_int_equal(cart.wheels.items[1].inches, 10);
    assert_string_equal(cart.wheels.items[2].maker, "c");
    assert_int_equal(json_object_size(cart.load), 2);
    assert_string_equal(cart.price, "12");
    close_input(&input);
}

static void what_is_absent_or_empty_stays_zero(void **state)
{
    struct input input = {0};
    struct cart cart;
    struct err err = {0};

    (void)state;
    assert_int_equal(decode_text(&input, "{name: gig, note: '', owners: []}", &cart, &err), 0);
    assert_null(cart.note);
    assert_null(cart.fifth);
    assert_null(cart.load);
    assert_int_equal(cart.owners.n, 0);
    assert_int_equal(cart.colour, COLOUR_RED);
    close_input(&input);
}

static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"[]", "cart.yaml:1:1: expected an object, found a list"},
    {"{}", "cart.yaml:1:1: key 'name' is missing"},
    {"name: a\nnota: b", "cart.yaml:2:1: key 'nota' is unknown; did you mean 'note'? accepted: "
                         "name, note, sold, seats, colour, extras, owners, labels, spare, "
                         "fifth, wheels, load, price"},
    {"name: a\nspare: {maker: b, diameter: 4}",
     "cart.yaml:2:19: spare: key 'diameter' is unknown; accepted: maker, inches"},
    {"name: a\nspare: {}", "cart.yaml:2:8: spare: key 'maker' is missing"},
    {"name: a\nwheels:\n- maker: b\n- inches: 12",
     "cart.yaml:4:3: wheels[1]: key 'maker' is missing"},
    {"name: 7", "cart.yaml:1:7: name: expected a string, found a number; quote it"},
    {"name:", "cart.yaml:1:6: name: expected a string, found null"},
    {"name: ''", "cart.yaml:1:7: name: must not be empty"},
    {"name: A", "cart.yaml:1:7: name: 'A' is not lower case"},
    {"name: abcdefghi", "cart.yaml:1:7: name: is longer than 8 characters"},
    {"{name: a, note: äöüßé}", "cart.yaml:1:17: note: is longer than 4 characters"},
    {"{name: a, sold: 1}", "cart.yaml:1:17: sold: expected true or false, found a number"},
    {"{name: a, sold: 'true'}", "cart.yaml:1:17: sold: expected true or false, found a string"},
    {"{name: a, seats: '2'}", "cart.yaml:1:18: seats: expected a whole number, found a string"},
    {"{name: a, seats: 2.5}", "cart.yaml:1:18: seats: expected a whole number, found a number"},
    {"{name: a, seats: -1}",
     "cart.yaml:1:18: seats: expected a whole number from 0 to 9, found -1"},
    {"{name: a, seats: 10}",
     "cart.yaml:1:18: seats: expected a whole number from 0 to 9, found 10"},
    {"{name: a, seats: 4294967297}",
     "cart.yaml:1:18: seats: expected a whole number from 0 to 9, found 4294967297"},
    {"{name: a, colour: 1}", "cart.yaml:1:19: colour: expected a string, found a number; quote it"},
    {"{name: a, colour: green}", "cart.yaml:1:19: colour: 'green' is unknown; did you mean "
                                 "'Green'? accepted: Red, Green"},
    {"{name: a, colour: Blue}", "cart.yaml:1:19: colour: 'Blue' is unknown; accepted: Red, Green"},
    {"{name: a, extras: bell}", "cart.yaml:1:19: extras: expected a list, found a string"},
    {"{name: a, extras: []}", "cart.yaml:1:19: extras: expected at least 1, found 0"},
    {"{name: a, extras: [bell, bell]}",
     "cart.yaml:1:26: extras[1]: 'bell' stands twice in the list"},
    {"{name: a, extras: [{}]}", "cart.yaml:1:20: extras[0]: expected a string, found an object"},
    {"{name: a, owners: [b, c, d]}", "cart.yaml:1:19: owners: expected at most 2, found 3"},
    {"{name: a, owners: [b, b]}", "cart.yaml:1:23: owners[1]: 'b' stands twice in the list"},
    {"{name: a, owners: [b, '']}", "cart.yaml:1:23: owners[1]: must not be empty"},
    {"{name: a, owners: [b, true]}",
     "cart.yaml:1:23: owners[1]: expected a string, found a boolean; quote it"},
    {"{name: a, owners: {b: c}}", "cart.yaml:1:19: owners: expected a list, found an object"},
    {"{name: a, labels: [b]}", "cart.yaml:1:19: labels: expected an object, found a list"},
    {"{name: a, labels: {b: c, D/e: f}}", "cart.yaml:1:26: labels: 'D/e' is not lower case"},
    {"{name: a, labels: {b: C}}", "cart.yaml:1:23: labels.b: 'C' is not lower case"},
    {"{name: a, labels: {b: 1}}",
     "cart.yaml:1:23: labels.b: expected a string, found a number; quote it"},
    {"{name: a, load: {b: 1.5}}",
     "cart.yaml:1:21: load.b: expected a string or a whole number, found a number; quote it"},
    {"{name: a, load: {b: 1, c: 2, d: 3}}", "cart.yaml:1:17: load: expected at most 2, found 3"},
    {"{name: a, fifth: []}", "cart.yaml:1:18: fifth: expected an object, found a list"},
    {"{name: a, wheels: [[]]}", "cart.yaml:1:20: wheels[0]: expected an object, found a list"},
};

static void what_the_table_does_not_allow_is_refused_with_its_place(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct input input = {0};
        struct cart cart;
        struct err err = {0};
        print_message("# row %zu: %s\n", i, refused[i].message);
        assert_int_equal(decode_text(&input, refused[i].text, &cart, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, refused[i].message);
        assert_non_null(strchr(err.excerpt, '^'));
        close_input(&input);
    }
}

static void a_full_arena_is_an_error(void **state)
{
    const char *text = "{name: a, owners: [b], labels: {c: d}, fifth: {maker: e}, wheels: "
                       "[{maker: f}], load: {g: h}, price: 1}";
    json_t *document = json_loads("{\"name\":\"a\",\"owners\":[\"b\"],\"labels\":{\"c\":\"d\"},"
                                  "\"fifth\":{\"maker\":\"e\"},\"wheels\":[{\"maker\":\"f\"}],"
                                  "\"load\":{\"g\":\"h\"},\"price\":1}",
                                  0, NULL);
    const struct source source = {
        .name = "x", .text = text, .len = strlen(text), .document = document};
    size_t room = 0;
    int result = -1;

    (void)state;
    for (; result < 0 && room < 1024; room += 16) {
        CLEANUP(arena_free) struct arena *arena = arena_new(room);
        const struct decode in = {.source = &source, .arena = arena};
        struct cart cart = {0};
        struct err err = {0};
        assert_non_null(arena);
        result = decode_object(&in, "", document, cart_fields, &cart, &err);
        if (result < 0) {
            assert_int_equal(err.code, ERR_INTERNAL);
        }
    }
    assert_true(room > 64);
    assert_int_equal(result, 0);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_reaches_its_field),
        cmocka_unit_test(what_is_absent_or_empty_stays_zero),
        cmocka_unit_test(what_the_table_does_not_allow_is_refused_with_its_place),
        cmocka_unit_test(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
