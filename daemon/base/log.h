/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for the operator on stderr. When stderr is the journal, each begins with its level as sd-daemon(3) defines it.
 * A program that speaks another language (base/language.h) says its formats in it.
 * Only processes, store/, enforce/, config/ and the programs log; the stages from token/ to decide/ return reasons.
 */
#pragma once

#include <stdbool.h>
#include <syslog.h>

#define log_error(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_DEBUG, __VA_ARGS__)

/* Shows lines of this level and of more severe ones; LOG_INFO at start. */
void log_set_level(int level);
int log_level(void);

/* Whether lines of this level are shown. */
bool log_shows(int level);

/*
 * True when stderr is the journal's stream (systemd.exec(5), JOURNAL_STREAM), and not a file or a terminal. It is looked at once: a
 * sandbox refuses it later.
 */
bool log_is_journal(void);

void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Logs at LOG_ERR and returns r, so that `return log_errno(r, "...")` keeps call and check together. */
int log_errno(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));
