/* SPDX-License-Identifier: Apache-2.0 */
#include "base/quantity.h"

#include <stdio.h>
#include <string.h>

#define NANO_PER_UNIT 1000000000

/* 2^63 units. */
#define NANO_LIMIT ((quantity_nano)NANO_PER_UNIT << 63)

/* Only zero could have such an exponent, and Kubernetes refuses that too from 2^63 on. */
#define EXPONENT_MAX 1000

/* A number on its way: digits x 10^tens x 2^twos. */
struct scaled {
    quantity_nano digits;
    int tens;
    int twos;
};

enum outcome { READ, NOT_A_QUANTITY, TOO_LARGE, TOO_FINE };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Append the @len digits at @text to @number. False when there are too many. */
static bool add_digits(struct scaled *number, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (number->digits >= NANO_LIMIT) {
            return false;
        }
        number->digits = number->digits * 10 + (text[i] - '0');
    }
    return true;
}

/* Read "12", "12.", "12.5" or ".5"; *@text moves behind it. */
static enum outcome read_number(const char **text, struct scaled *number)
{
    const char *whole = *text;
    size_t n_whole = count_digits(whole);
    const char *fraction = whole + n_whole;
    size_t n_fraction = 0;

    if (*fraction == '.') {
        fraction++;
        n_fraction = count_digits(fraction);
    }
    if (n_whole + n_fraction == 0) {
        return NOT_A_QUANTITY;
    }
    *text = fraction + n_fraction;
    while (n_fraction > 0 && fraction[n_fraction - 1] == '0') {
        n_fraction--;
    }
    if (!add_digits(number, whole, n_whole) || number->digits >= NANO_LIMIT) {
        return TOO_LARGE;
    }
    if (!add_digits(number, fraction, n_fraction)) {
        return TOO_FINE;
    }
    number->tens = -(int)n_fraction;
    return READ;
}

/* Read the digits of an exponent, up to the end of @text. */
static enum outcome read_exponent(const char *text, struct scaled *number)
{
    const bool negative = *text == '-';
    int exponent = 0;

    if (*text == '+' || *text == '-') {
        text++;
    }
    if (*text == '\0') {
        return NOT_A_QUANTITY;
    }
    for (; is_digit(*text); text++) {
        if (exponent < EXPONENT_MAX) {
            exponent = exponent * 10 + (*text - '0');
        }
    }
    if (*text != '\0') {
        return NOT_A_QUANTITY;
    }
    if (exponent >= EXPONENT_MAX) {
        return negative ? TOO_FINE : TOO_LARGE;
    }
    number->tens += negative ? -exponent : exponent;
    return READ;
}

static enum outcome read_suffix(const char *text, struct scaled *number)
{
    static const struct {
        const char *suffix;
        int tens;
        int twos;
    } suffixes[] = {
        {"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
        {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
        {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
    };

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (strcmp(text, suffixes[i].suffix) == 0) {
            number->tens += suffixes[i].tens;
            number->twos += suffixes[i].twos;
            return READ;
        }
    }
    if (*text == 'e' || *text == 'E') {
        return read_exponent(text + 1, number);
    }
    return NOT_A_QUANTITY;
}

/* Multiply @number out. A step that would lose a digit or pass the limit ends it. */
static enum outcome multiply_out(struct scaled *number)
{
    if (number->digits == 0) {
        return READ;
    }
    for (; number->tens < 0; number->tens++) {
        const int divisor = number->twos > 0 ? 5 : 10; /* a two to come is not multiplied at all */
        if (number->digits % divisor != 0) {
            return TOO_FINE;
        }
        number->digits /= divisor;
        number->twos -= number->twos > 0;
    }
    for (; number->tens > 0 && number->digits < NANO_LIMIT; number->tens--) {
        number->digits *= 10;
    }
    for (; number->twos > 0 && number->digits < NANO_LIMIT; number->twos--) {
        number->digits *= 2;
    }
    return number->digits < NANO_LIMIT ? READ : TOO_LARGE;
}

static enum outcome read_quantity(const char *text, struct quantity *out)
{
    struct scaled number = {0};
    const bool negative = *text == '-';
    enum outcome outcome;

    if (*text == '+' || *text == '-') {
        text++;
    }
    outcome = read_number(&text, &number);
    if (outcome == READ) {
        outcome = read_suffix(text, &number);
    }
    if (outcome == READ) {
        number.tens += 9; /* units to nano-units */
        outcome = multiply_out(&number);
    }
    if (outcome == READ) {
        out->nano = negative ? -number.digits : number.digits;
    }
    return outcome;
}

int quantity_parse(const char *text, struct quantity *out, struct err *err)
{
    switch (read_quantity(text, out)) {
    case READ:
        break;
    case NOT_A_QUANTITY:
        return err_set(err, ERR_INVALID,
                       "'%.64s' is not a quantity: expected a number with a suffix, such as 10Gi, "
                       "500M or 0.5",
                       text);
    case TOO_LARGE:
        return err_set(err, ERR_INVALID,
                       "quantity '%.64s' is too large: expected less than 8Ei (2^63)", text);
    case TOO_FINE:
        return err_set(err, ERR_INVALID,
                       "quantity '%.64s' is too fine: expected nothing below 1n (10^-9)", text);
    }
    return 0;
}

int quantity_compare(struct quantity a, struct quantity b)
{
    return (a.nano > b.nano) - (a.nano < b.nano);
}

bool quantity_is_positive(struct quantity quantity)
{
    return quantity.nano > 0;
}

struct quantity quantity_add(struct quantity a, struct quantity b)
{
    return (struct quantity){.nano = a.nano + b.nano};
}

/* The digits of @number, which is not negative, at the end of @room; returns the first. */
static const char *write_digits(quantity_nano number, char *room, size_t size)
{
    char *at = room + size - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number > 0);
    return at;
}

void quantity_text(struct quantity quantity, char out[static QUANTITY_TEXT_SIZE])
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    const bool negative = quantity.nano < 0;
    quantity_nano units = quantity.nano / NANO_PER_UNIT; /* towards zero: up when negative */
    char digits[QUANTITY_TEXT_SIZE];
    size_t suffix = 0;

    if (quantity.nano % NANO_PER_UNIT > 0) {
        units++;
    }
    if (negative) {
        units = -units;
    }
    while (units != 0 && units % 1024 == 0 && suffix + 1 < sizeof(suffixes) / sizeof(suffixes[0])) {
        units /= 1024;
        suffix++;
    }
    (void)snprintf(out, QUANTITY_TEXT_SIZE, "%s%s%s", negative && units != 0 ? "-" : "",
                   write_digits(units, digits, sizeof(digits)), suffixes[suffix]);
}
