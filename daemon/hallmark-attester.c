/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-attester: attests the device it runs on to a gateway, once. The work is in attester/. */
#include "attester/attest.h"

int main(int argc, char **argv)
{
	struct options options;

	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_SHOWN:
		return 0;
	case OPTIONS_RUN:
		return attest(&options, stdout);
	default:
		return OUTCOME_USAGE;
	}
}
