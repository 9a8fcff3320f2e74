/* SPDX-License-Identifier: Apache-2.0 */
/* hallmarkctl: asks and controls a gateway. Its commands are in ctl/commands.h, their code in the rooms of ctl/. */
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/language.h"
#include "ctl/program.h"
#include "ctl/usage.h"

static const struct command commands[] = { HALLMARKCTL_COMMANDS(COMMAND_ROW) };

int main(int argc, char **argv)
{
	const struct program program = {
		.name = "hallmarkctl",
		.summary = TO_TRANSLATE("asks hallmarkd, and gives it orders"),
		.always = "[--json] [--socket PATH] [--config FILE]",
		.elsewhere = HALLMARK_LABEL_COMMANDS(COMMAND_NAME) ",label,status build,",
		.other = "hallmark-label",
		.package = "hallmark-label",
		.commands = commands,
		.n = ARRAY_SIZE(commands),
	};

	if (!log_is_journal()) /* which other programs read */
		language_open("hallmark");
	return program_run(&program, argc, argv);
}
