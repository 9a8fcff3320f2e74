/* SPDX-License-Identifier: Apache-2.0 */
/* hallmark-attester: attests the device that it runs on to a gateway, once or repeatedly. The code is in attester/. */
#include "attester/attest.h"
#include "attester/gateway.h"
#include "attester/options.h"
#include "attester/serve.h"
#include "base/cleanup.h"

static enum outcome attest_and_show(const struct options *options)
{
	struct gateways gateways = { 0 };
	struct attestation attestation;
	enum outcome outcome = attest(options, options->admission, &gateways, &attestation);

	attestation_show(&attestation, outcome, options->json, stdout);
	return outcome;
}

int main(int argc, char **argv)
{
	_cleanup_(options_done) struct options options = { 0 };

	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_SHOWN:
		return 0;
	case OPTIONS_RUN:
		return options.daemon ? serve(&options, stdout) : attest_and_show(&options);
	default:
		return OUTCOME_USAGE;
	}
}
