/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl metrics`: to standard output as OpenMetrics, or to a file for node_exporter's textfile collector. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/ask/metrics_text.h"
#include "ctl/ask/peer.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct value *, value_free);

#define ANSWER_USEC (10 * USEC_PER_SEC) /* a hanging daemon must show before the next collection */

static int ask(const struct ctl *ctl, struct value **ret)
{
	const struct peer_errand errand = { .path = ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET,
					    .method = "Metrics",
					    .timeout_usec = ANSWER_USEC };
	char why[PEER_WHY_SIZE];
	int r = peer_ask(&errand, ret, why);

	if (r < 0)
		log_error("%s: %s; is hallmarkd running (`systemctl status hallmarkd`), and are you allowed to ask it?",
			  errand.path, why);
	return r;
}

static void write_text(const struct ctl *ctl, const struct value *answer, FILE *out)
{
	int64_t now_sec = clock_realtime_sec();

	if (ctl->json && answer)
		value_to_json(answer, out);
	else if (ctl->json)
		(void)fprintf(out, "{\"up\":false,\"written\":%" PRId64 "}\n", now_sec);
	else
		metrics_write(answer, ctl->output ? METRICS_PROMETHEUS : METRICS_OPENMETRICS, now_sec, out);
}

/*
 * Writes the whole file or nothing, so that a reader sees the old or the new one. The collector is not root and must be
 * able to read it.
 */
static int save(const struct ctl *ctl, const struct value *answer)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	mode_t mask;
	int r;

	if (!out)
		return log_errno(-ENOMEM, "%s", ctl->output);
	write_text(ctl, answer, out);
	if (fclose(out) != 0)
		return log_errno(-ENOMEM, "%s", ctl->output);
	mask = umask(022);
	r = file_replace(ctl->output, bytes_of(text, n));
	(void)umask(mask);
	return r < 0 ? log_errno(r,
				 "%s: cannot be written; does its directory exist, and are you allowed to write there?",
				 ctl->output) :
		       0;
}

/* That the daemon does not answer is a result, too, so the file is written anyway. */
enum ctl_exit ctl_metrics(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *answer = NULL;
	int r = ask(ctl, &answer);

	if (answer && ctl->json)
		value_add_number(answer, "written", clock_realtime_sec());
	if (ctl->output)
		return save(ctl, answer) < 0 || r < 0 ? CTL_FAULT : CTL_YES;
	if (r < 0)
		return CTL_FAULT;
	write_text(ctl, answer, ctl->out);
	return CTL_YES;
}
