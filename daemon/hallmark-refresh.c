/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-refresh: fetches the trust sets that have a url, and tells the daemon. The code is in ctl/refresh/. */
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/language.h"
#include "ctl/program.h"
#include "ctl/usage.h"

static const struct command commands[] = { HALLMARK_REFRESH_COMMANDS(COMMAND_ROW) };

int main(int argc, char **argv)
{
	const struct program program = {
		.name = "hallmark-refresh",
		.summary = TO_TRANSLATE("keeps a gateway's trust sets as new as their servers have them"),
		.always = "[--json] [--socket PATH] [--config FILE]",
		.commands = commands,
		.n = ARRAY_SIZE(commands),
	};

	if (!log_is_journal()) /* which other programs read */
		language_open("hallmark");
	return program_run(&program, argc, argv);
}
