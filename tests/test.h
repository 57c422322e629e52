/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every test includes
 *
 * cmocka.h needs the four headers before it, in this order; here the formatter leaves them alone.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
