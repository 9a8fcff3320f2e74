/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/. */
#pragma once

struct store_outlook;

/* As store_examine(), without explaining what is wrong. */
int outlook(const char *path, struct store_outlook *ret);
