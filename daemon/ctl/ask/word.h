/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the daemon's answers. */
#pragma once

/*
 * One of the daemon's own words in the language of who reads it: the state of a check, the fate of a rule. Any other text is
 * returned as it is: a name that an operator or a maker chose is never translated.
 */
const char *word(const char *text);
