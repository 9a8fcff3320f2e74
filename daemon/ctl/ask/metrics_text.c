/* SPDX-License-Identifier: Apache-2.0 */
/* The two formats differ in the name of a counter's family, in info metrics, in units and in the last line. */
#include "ctl/ask/metrics_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/value.h"

enum layout {
	NUMBER,    /* a number or a flag */
	MAP,       /* label → number */
	MAP_MAP,   /* label → label → number; with the unit seconds of microseconds */
	HISTOGRAM, /* bound → number, with KEY_count and KEY_usec */
	INFO,      /* texts, as labels of a metric with the value 1 */
	SETS,      /* a list of maps; `labels` names their texts, and the second word of `key` their number */
};

struct metric {
	const char *name; /* for a counter without _total */
	const char *type; /* of OpenMetrics */
	const char *unit; /* suffix of the name, or "" */
	enum layout layout;
	const char *key;       /* in the answer */
	const char *labels[3]; /* of the layout: as many as it has */
	const char *help;
};

static const struct metric metrics[] = {
	{ "hallmark_build", "info", "", INFO, "", { "version", "gateway", "home" }, "Which hallmarkd this is" },
	{ "hallmark_start_timestamp_seconds", "gauge", "seconds", NUMBER, "started", { 0 }, "When hallmarkd started" },
	{ "hallmark_enforcing",
	  "gauge",
	  "",
	  NUMBER,
	  "enforcing",
	  { 0 },
	  "1 when hallmarkd holds the kernel's tables to its verdicts and the gateway is not open; 0 also when it does "
	  "not "
	  "answer, although tables stay in the kernel without it" },
	{ "hallmark_open_until_timestamp_seconds",
	  "gauge",
	  "seconds",
	  NUMBER,
	  "open_until",
	  { 0 },
	  "Until when an operator has opened the gateway for all; 0 when it is not open" },
	{ "hallmark_interface_open_until_timestamp_seconds",
	  "gauge",
	  "seconds",
	  MAP,
	  "open_alone_until",
	  { "interface" },
	  "Until when an operator has opened an interface or bridge port alone; none when it is not open" },
	{ "hallmark_zone_monitored",
	  "gauge",
	  "",
	  MAP,
	  "monitored",
	  { "zone" },
	  "1 when packets that the zone would drop are counted and pass" },
	{ "hallmark_devices",
	  "gauge",
	  "",
	  MAP,
	  "devices",
	  { "zone" },
	  "Devices that are known, by the zone they are in" },
	{ "hallmark_segment_devices",
	  "gauge",
	  "",
	  MAP_MAP,
	  "segments",
	  { "segment", "zone" },
	  "Devices that are known, by household and zone, where there are any; none with more than 1,000 segments" },
	{ "hallmark_admissions_desired", "gauge", "", MAP, "desired", { "zone" }, "Admissions by the verdicts" },
	{ "hallmark_admissions_enforced",
	  "gauge",
	  "",
	  MAP,
	  "enforced",
	  { "zone" },
	  "Admissions that the kernel holds" },
	{ "hallmark_unknown_devices",
	  "gauge",
	  "",
	  NUMBER,
	  "unknown",
	  { 0 },
	  "Places from which something came within a day, and where no device was judged" },
	{ "hallmark_exceptions",
	  "gauge",
	  "",
	  NUMBER,
	  "exceptions",
	  { 0 },
	  "Exceptions of the inventory that are in force" },
	{ "hallmark_exceptions_next_end_timestamp_seconds",
	  "gauge",
	  "seconds",
	  NUMBER,
	  "exceptions_next_end",
	  { 0 },
	  "When the next exception ends; 0 when there is none" },
	{ "hallmark_orders", "gauge", "", MAP, "orders", { "kind" }, "Orders of operators that are in force" },
	{ "hallmark_next_expiry_timestamp_seconds",
	  "gauge",
	  "seconds",
	  NUMBER,
	  "next_expiry",
	  { 0 },
	  "When the first admission ends; 0 when there is none" },
	{ "hallmark_admissions_ending",
	  "gauge",
	  "",
	  MAP,
	  "ending",
	  { "within" },
	  "Admissions that end within this time, unless their devices attest again" },
	{ "hallmark_zone_packets",
	  "counter",
	  "",
	  MAP_MAP,
	  "packets",
	  { "zone", "outcome" },
	  "Packets that devices sent, by result" },
	{ "hallmark_zone_bytes",
	  "counter",
	  "bytes",
	  MAP_MAP,
	  "bytes",
	  { "zone", "outcome" },
	  "Bytes that devices sent, by result" },
	{ "hallmark_excess_sender_dropped",
	  "counter",
	  "",
	  NUMBER,
	  "excess_sender_dropped",
	  { 0 },
	  "Datagrams to the daemon above the rate of a sender" },
	{ "hallmark_excess_port_dropped",
	  "counter",
	  "",
	  NUMBER,
	  "excess_port_dropped",
	  { 0 },
	  "Datagrams to the daemon above the rate for a port's new senders" },
	{ "hallmark_excess_full_dropped",
	  "counter",
	  "",
	  NUMBER,
	  "excess_full_dropped",
	  { 0 },
	  "Datagrams to the daemon of new senders for whom a set has no room" },
	{ "hallmark_unguarded_dropped",
	  "counter",
	  "",
	  NUMBER,
	  "unguarded_dropped",
	  { 0 },
	  "Datagrams to the daemon from interfaces that are not guarded" },
	{ "hallmark_unnamed_dropped",
	  "counter",
	  "",
	  NUMBER,
	  "unnamed_dropped",
	  { 0 },
	  "Packets from or to interfaces that the configuration does not name" },
	{ "hallmark_interfaces_unnamed",
	  "gauge",
	  "",
	  NUMBER,
	  "interfaces_unnamed",
	  { 0 },
	  "Interfaces that are present and that the configuration does not name: nothing is forwarded from or to "
	  "them" },
	{ "hallmark_interfaces_missing",
	  "gauge",
	  "",
	  NUMBER,
	  "interfaces_missing",
	  { 0 },
	  "Guarded interfaces, and ports of guarded bridges, that the configuration names and that are missing" },
	{ "hallmark_decisions",
	  "counter",
	  "",
	  MAP_MAP,
	  "decisions",
	  { "zone", "reason" },
	  "Decisions, by zone and reason" },
	{ "hallmark_renewals",
	  "counter",
	  "",
	  NUMBER,
	  "renewals",
	  { 0 },
	  "Decisions that changed nothing but the time" },
	{ "hallmark_returns",
	  "counter",
	  "",
	  NUMBER,
	  "returns",
	  { 0 },
	  "Devices that came back during their admission, without new evidence" },
	{ "hallmark_not_judged", "counter", "", MAP, "not_judged", { "reason" }, "Requests without a decision" },
	{ "hallmark_expiries", "counter", "", NUMBER, "expiries", { 0 }, "Admissions that ended by their time" },
	{ "hallmark_apply_latency_seconds",
	  "histogram",
	  "seconds",
	  HISTOGRAM,
	  "latency",
	  { 0 },
	  "From when the core receives a submission to the answer, after the kernel took the decision" },
	{ "hallmark_waves",
	  "counter",
	  "",
	  NUMBER,
	  "waves",
	  { 0 },
	  "Times that changes were too many to be listed one by one" },
	{ "hallmark_wave_changes", "counter", "", NUMBER, "wave_changes", { 0 }, "Changes that were summed up" },
	{ "hallmark_kernel_refusals",
	  "counter",
	  "",
	  NUMBER,
	  "kernel_refusals",
	  { 0 },
	  "Transactions that the kernel refused in whole or in part" },
	{ "hallmark_drifts",
	  "counter",
	  "",
	  NUMBER,
	  "drifts",
	  { 0 },
	  "Times that the kernel's tables were not as they should be, and were repaired" },
	{ "hallmark_listens",
	  "gauge",
	  "",
	  NUMBER,
	  "listens",
	  { 0 },
	  "Whether all edges listen for devices and judges take cases; 0: some or all devices cannot attest" },
	{ "hallmark_edges", "gauge", "", NUMBER, "edges", { 0 }, "Edges, each of which has a share of the devices" },
	{ "hallmark_edge_restarts",
	  "counter",
	  "",
	  NUMBER,
	  "edge_restarts",
	  { 0 },
	  "Edges that ended without being told to" },
	{ "hallmark_zygote_restarts",
	  "counter",
	  "",
	  NUMBER,
	  "zygote_restarts",
	  { 0 },
	  "Processes of which the judges are forks that ended without being told to" },
	{ "hallmark_judges_replaced",
	  "counter",
	  "",
	  NUMBER,
	  "judges_replaced",
	  { 0 },
	  "Judges that ended or hung with a case, or were found to lie" },
	{ "hallmark_judge_disagreements",
	  "counter",
	  "",
	  NUMBER,
	  "judge_disagreements",
	  { 0 },
	  "Cases in which two judges found different things" },
	{ "hallmark_waiting", "gauge", "", NUMBER, "waiting", { 0 }, "Submissions that are not answered yet" },
	{ "hallmark_datagrams", "counter", "", NUMBER, "datagrams", { 0 }, "Datagrams that all edges read" },
	{ "hallmark_handshakes", "counter", "", NUMBER, "handshakes", { 0 }, "DTLS handshakes that succeeded" },
	{ "hallmark_handshake_failures",
	  "counter",
	  "",
	  MAP,
	  "handshake_failure_causes",
	  { "cause" },
	  "DTLS handshakes that failed, by cause" },
	{ "hallmark_refused_handshakes",
	  "counter",
	  "",
	  NUMBER,
	  "refused_handshakes",
	  { 0 },
	  "DTLS handshakes that were not begun: over a limit of their sender, or without a place" },
	{ "hallmark_refused_requests",
	  "counter",
	  "",
	  NUMBER,
	  "refused_requests",
	  { 0 },
	  "CoAP requests over a limit of their session or device" },
	{ "hallmark_requests", "counter", "", NUMBER, "requests", { 0 }, "CoAP requests" },
	{ "hallmark_sessions", "gauge", "", NUMBER, "sessions", { 0 }, "DTLS sessions" },
	{ "hallmark_half_open_sessions", "gauge", "", NUMBER, "half_open", { 0 }, "Handshakes under way" },
	{ "hallmark_cpu_seconds",
	  "counter",
	  "seconds",
	  MAP_MAP,
	  "cpu_usec",
	  { "process", "stage" },
	  "CPU time of the core, the present edge and the judges of submissions, by what it was spent on" },
	{ "hallmark_trust_set_issued_timestamp_seconds",
	  "gauge",
	  "seconds",
	  SETS,
	  "sets issued",
	  { "kind", "file" },
	  "When a set of trust that is in force was issued" },
	{ "hallmark_trust_set_until_timestamp_seconds",
	  "gauge",
	  "seconds",
	  SETS,
	  "sets until",
	  { "kind", "file" },
	  "Until when a set of trust that is in force is valid" },
	{ "hallmark_trust_oldest_timestamp_seconds",
	  "gauge",
	  "seconds",
	  NUMBER,
	  "trust_oldest",
	  { 0 },
	  "When the oldest set of trust that is in force was issued; 0 when there is none" },
	{ "hallmark_clock_synchronised",
	  "gauge",
	  "",
	  NUMBER,
	  "clock_synchronised",
	  { 0 },
	  "1 when a reference disciplines the clock" },
	{ "hallmark_change_held", "gauge", "", NUMBER, "held", { 0 }, "1 when the brake holds a change back" },
	{ "hallmark_change_held_until_timestamp_seconds",
	  "gauge",
	  "seconds",
	  NUMBER,
	  "held_until",
	  { 0 },
	  "When what the brake holds takes effect; 0 when it holds nothing" },
	{ "hallmark_record_entries", "gauge", "", NUMBER, "record_entries", { 0 }, "Entries of the decision record" },
	{ "hallmark_record_appended",
	  "counter",
	  "",
	  NUMBER,
	  "record_head",
	  { 0 },
	  "Entries that were ever appended to the decision record" },
	{ "hallmark_resident_memory_bytes",
	  "gauge",
	  "bytes",
	  NUMBER,
	  "resident_bytes",
	  { 0 },
	  "Resident memory of the daemon's core" },
};

/* One family while it is written. */
struct family {
	const struct metric *m;
	enum metrics_format format;
	FILE *out;
};

static bool is_type(const struct family *f, const char *type)
{
	return strcmp(f->m->type, type) == 0;
}

/* The suffix of a sample's name; in Prometheus's format also of the family's name. */
static const char *suffix(const struct family *f)
{
	return is_type(f, "counter") ? "_total" : is_type(f, "info") ? "_info" : "";
}

static void write_head(const struct family *f)
{
	const char *end = f->format == METRICS_PROMETHEUS ? suffix(f) : "";
	const char *type = f->format == METRICS_PROMETHEUS && is_type(f, "info") ? "gauge" : f->m->type;

	(void)fprintf(f->out, "# TYPE %s%s %s\n", f->m->name, end, type);
	if (f->format == METRICS_OPENMETRICS && f->m->unit[0])
		(void)fprintf(f->out, "# UNIT %s %s\n", f->m->name, f->m->unit);
	(void)fprintf(f->out, "# HELP %s%s %s\n", f->m->name, end, f->m->help);
}

/* A label's value: backslash, quote and end of line are escaped in both formats. */
static void write_label(const struct family *f, const char *before, const char *label, const char *text)
{
	(void)fprintf(f->out, "%s%s=\"", before, label);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			(void)fputs("\\n", f->out);
		else if (*p == '\\' || *p == '"')
			(void)fprintf(f->out, "\\%c", *p);
		else
			(void)fputc(*p, f->out);
	}
	(void)fputc('"', f->out);
}

static void write_map(const struct family *f, const struct value *map)
{
	for (const struct value *v = map ? map->first : NULL; v; v = v->next) {
		(void)fprintf(f->out, "%s%s", f->m->name, suffix(f));
		write_label(f, "{", f->m->labels[0], v->key);
		(void)fprintf(f->out, "} %" PRId64 "\n", v->number);
	}
}

static void write_usec(const struct family *f, int64_t usec)
{
	(void)fprintf(f->out, "%" PRId64 ".%06" PRId64 "\n", usec / 1000000, usec % 1000000);
}

static void write_map_map(const struct family *f, const struct value *map)
{
	const bool is_usec = strcmp(f->m->unit, "seconds") == 0;

	for (const struct value *outer = map ? map->first : NULL; outer; outer = outer->next)
		for (const struct value *v = outer->first; v; v = v->next) {
			(void)fprintf(f->out, "%s%s", f->m->name, suffix(f));
			write_label(f, "{", f->m->labels[0], outer->key);
			write_label(f, ",", f->m->labels[1], v->key);
			(void)fputs("} ", f->out);
			if (is_usec)
				write_usec(f, v->number);
			else
				(void)fprintf(f->out, "%" PRId64 "\n", v->number);
		}
}

static void write_histogram(const struct family *f, const struct value *answer)
{
	const struct value *buckets = value_get(answer, f->m->key);
	int64_t n = value_number(answer, "latency_count"), usec = value_number(answer, "latency_usec");

	for (const struct value *v = buckets ? buckets->first : NULL; v; v = v->next)
		(void)fprintf(f->out, "%s_bucket{le=\"%s\"} %" PRId64 "\n", f->m->name, v->key, v->number);
	(void)fprintf(f->out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", f->m->name, n);
	(void)fprintf(f->out, "%s_sum ", f->m->name);
	write_usec(f, usec);
	(void)fprintf(f->out, "%s_count %" PRId64 "\n", f->m->name, n);
}

static void write_info(const struct family *f, const struct value *answer)
{
	(void)fprintf(f->out, "%s%s", f->m->name, suffix(f));
	for (size_t i = 0; i < ARRAY_SIZE(f->m->labels); i++)
		write_label(f, i == 0 ? "{" : ",", f->m->labels[i], value_text(answer, f->m->labels[i]));
	(void)fputs("} 1\n", f->out);
}

/* A set without such a time, such as a list that states no end, has no sample. */
static void write_sets(const struct family *f, const struct value *answer)
{
	const struct value *list = value_get(answer, "sets");
	const char *field = strchr(f->m->key, ' ') + 1;

	for (const struct value *v = list ? list->first : NULL; v; v = v->next) {
		int64_t at_sec = value_number(v, field);

		if (at_sec <= 0 || at_sec == TIME_FOREVER)
			continue;
		(void)fprintf(f->out, "%s", f->m->name);
		write_label(f, "{", f->m->labels[0], value_text(v, f->m->labels[0]));
		write_label(f, ",", f->m->labels[1], value_text(v, f->m->labels[1]));
		(void)fprintf(f->out, "} %" PRId64 "\n", at_sec);
	}
}

static void write_samples(const struct family *f, const struct value *answer)
{
	const struct value *v = answer ? value_get(answer, f->m->key) : NULL;

	switch (f->m->layout) {
	case NUMBER:
		if (v || !answer)
			(void)fprintf(f->out, "%s%s %" PRId64 "\n", f->m->name, suffix(f), v ? v->number : 0);
		break;
	case MAP:
		write_map(f, v);
		break;
	case MAP_MAP:
		write_map_map(f, v);
		break;
	case HISTOGRAM:
		write_histogram(f, answer);
		break;
	case INFO:
		write_info(f, answer);
		break;
	case SETS:
		write_sets(f, answer);
		break;
	}
}

/* Metrics about the output itself, whether or not the daemon answers. */
static void write_own(const struct value *answer, enum metrics_format format, int64_t now_sec, FILE *out)
{
	static const struct metric written = { .name = "hallmark_metrics_written_seconds",
					       .type = "gauge",
					       .unit = "seconds",
					       .help = "When these metrics were written, as a Unix time" };
	const struct family f = { .m = &written, .format = format, .out = out };

	(void)fprintf(out, "# TYPE hallmark_up gauge\n# HELP hallmark_up 1 when hallmarkd answers\nhallmark_up %d\n",
		      answer != NULL);
	write_head(&f);
	(void)fprintf(out, "%s %" PRId64 "\n", written.name, now_sec);
}

/* These are 0 when no daemon answers: a dashboard that keeps the last value must not keep 1. */
static bool is_told_down(const struct metric *m)
{
	return strcmp(m->key, "enforcing") == 0 || strcmp(m->key, "listens") == 0;
}

void metrics_write(const struct value *answer, enum metrics_format format, int64_t now_sec, FILE *out)
{
	write_own(answer, format, now_sec, out);
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		const struct family f = { .m = &metrics[i], .format = format, .out = out };

		if (!answer && !is_told_down(&metrics[i]))
			continue;
		write_head(&f);
		write_samples(&f, answer);
	}
	if (format == METRICS_OPENMETRICS)
		(void)fputs("# EOF\n", out);
}
