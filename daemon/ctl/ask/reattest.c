/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl reattest`: new evidence of one device, within a time. */
#include <stddef.h>

#include "base/log.h"
#include "base/when.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

struct wish {
	const char *device;
	uint32_t seconds;
};

static int append(sd_bus_message *m, const void *userdata)
{
	const struct wish *w = userdata;

	return sd_bus_message_append(m, "su", w->device, w->seconds);
}

static void show(const struct page *page, const struct value *a)
{
	int64_t by_sec = value_number(a, "attest_by"), until_sec = value_number(a, "until");
	char when[WHEN_SIZE];

	page_line(page, "device", "%s, %s", value_text(a, "product"), value_text(a, "device"));
	page_line(page, "attest by", "%s", when_to_text(by_sec, page->now_sec, when));
	page_line(page, "zone", "%s until %s; longer once it has attested", value_text(a, "zone"),
		  when_to_text(until_sec, page->now_sec, when));
	if (!value_flag(a, "kernel"))
		page_line(page, "KERNEL", "has not accepted it yet; the daemon tries again, and its journal says why");
	page_line(page, "record", "%s", value_text(a, "record"));
}

enum ctl_exit ctl_reattest(const struct ctl *ctl)
{
	int64_t sec = 0; /* the daemon's own */

	if (ctl->for_ && (!when_parse_span(ctl->for_, &sec) || sec > HALLMARK_BUS_REATTEST_MAX_SEC)) {
		log_error("--for \"%s\": give how long it may take, as 90s, 30m or 2h; at most 24h", ctl->for_);
		return CTL_FAULT;
	}

	const struct wish wish = { ctl->operand, (uint32_t)sec };

	return ask_daemon(ctl,
			  &(struct peer_question){
				  .method = "Reattest", .text = ctl->operand, .append = append, .userdata = &wish },
			  show, NULL);
}
