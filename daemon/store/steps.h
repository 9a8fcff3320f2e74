/* SPDX-License-Identifier: Apache-2.0 */
/* Private to store/: the tables of each version of the file. */
#pragma once

#define STORE_APPLICATION_ID 0x48414c4d /* "HALM" */

/* The SQL that leads from this version to the next one; NULL: this program knows no later one. */
const char *store_step(unsigned from);
