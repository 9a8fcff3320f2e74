/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hallmark-label: issues labels, registers, status lists and reference values, and examines files. It asks no daemon,
 * and a label desk needs nothing else. Its commands are in ctl/commands.h, their code in ctl/issue/ and ctl/inspect/.
 */
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/language.h"
#include "ctl/program.h"
#include "ctl/usage.h"

static const struct command commands[] = { HALLMARK_LABEL_COMMANDS(COMMAND_ROW) };

int main(int argc, char **argv)
{
	const struct program program = {
		.name = "hallmark-label",
		.summary = TO_TRANSLATE("issues labels, registers and lists, verifies files"),
		.always = "[--json] [--config FILE]",
		.elsewhere = HALLMARKCTL_COMMANDS(COMMAND_NAME) ",",
		.other = "hallmarkctl",
		.package = "hallmark",
		.commands = commands,
		.n = ARRAY_SIZE(commands),
	};

	if (!log_is_journal()) /* which other programs read */
		language_open("hallmark-label");
	return program_run(&program, argc, argv);
}
