/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start, in this order: signing key, store, kernel's tables with the admissions that the store still has, a check of the whole
 * store (when it fails, they are taken back), sockets, bus, edges and judges. Then the event loop runs. A stop does not change the tables: they stay, and the kernel ends
 * each admission.
 */
#include "core/core.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "config/keys.h"
#include "config/roles.h"
#include "core/act/brake.h"
#include "core/act/enforcement.h"
#include "core/act/expiry.h"
#include "core/act/hearing.h"
#include "core/act/material.h"
#include "core/act/ordering.h"
#include "core/act/turn.h"
#include "core/bus/announce.h"
#include "core/bus/bus.h"
#include "core/devices/orders.h"
#include "core/devices/registry.h"
#include "core/listening.h"
#include "core/review/reload.h"
#include "core/review/replay.h"
#include "core/review/review.h"
#include "core/service.h"
#include "core/settle/admissions.h"
#include "core/settle/drift.h"
#include "core/settle/ledger.h"
#include "core/settle/renewal.h"
#include "core/settle/settle.h"
#include "decide/policy.h"
#include "hallmark/journal.h"
#include "ipc/ipc.h"
#include "ipc/supervisor.h"
#include "store/store.h"

#define STARTS_MAX      3  /* of edges, and of zygotes, before the first one is ready: then the start has failed */
#define THOROUGH_SWEEPS 60 /* in every such sweep old data is removed: every 5 minutes */
#define FORGET_SEC      (30 * 86400)       /* operators rarely ask about devices that have been away for longer */
#define FORGET_MAX      64                 /* in one sweep */
#define SWEEP_USEC      (5 * USEC_PER_SEC) /* how often ended admissions and the table are checked */

static void core_free(struct core *c)
{
	wave_stop(&c->teller);
	replay_cancel(&c->reviewer);
	review_cancel(&c->reviewer);
	bus_free(c->bus);
	held_free(c->due.held);
	supervisor_free(c->settler.supervisor);
	c->settler.supervisor = NULL; /* the last writes may still use it */
	hearings_free(c->hearings);
	turn_free(c->turn);
	settle_stop(&c->settler);
	registry_free(c->settler.registry);
	orders_free(c->orders);
	ending_done(&c->settler.ending);
	refusals_done(&c->teller.refusals);
	expectations_done(&c->teller.expectations);
	store_free(c->settler.store);
	enforcement_stop(&c->enforcement);
	kernel_free(c->settler.kernel);
	EVP_PKEY_free(c->in_force.result_key);
	while (c->sockets.n > 0)
		closep(&c->sockets.fds[--c->sockets.n]);
	OPENSSL_cleanse(&c->in_force.edges, sizeof(c->in_force.edges));
	closep(&c->in_force.material_fd);
	closep(&c->in_force.edge_fd);
	closep(&c->clock_fd);
	sd_event_source_disable_unref(c->sweep);
	sd_event_source_disable_unref(c->beat);
	sd_event_unref(c->event);
	linkwatch_stop(&c->linkwatch);
	unknowns_done(&c->unknowns);
	config_free(c->in_force.config);
	free(c);
}

DEFINE_CLEANUP(struct core *, core_free);

/* --- What the store holds --- */

static void on_stored_verdict(const struct verdict *stored, void *userdata)
{
	struct core *c = userdata;
	struct verdict v = *stored;
	int zone = zone_by_name(&c->in_force.config->policy, v.zone);
	bool is_of_future =
		c->settler.time.is_disciplined && v.attested_sec > c->started_sec; /* its real time is unknown */

	v.decision.zone = zone < 0 ? ZONE_QUARANTINE : (uint8_t)zone; /* a zone that no longer exists */
	if (v.decision.zone != ZONE_QUARANTINE && !decision_is_ordered(&v.decision) &&
	    (is_of_future || v.decision.expiry.at_sec <= c->started_sec))
		verdict_end(&v, &c->in_force.config->policy, c->started_sec);
	if (registry_put(c->settler.registry, &v) < 0)
		log_error("Out of memory: a stored verdict is not loaded; its device must attest again");
	else
		renewal_loaded(registry_row(c->settler.registry, v.facts.device), &v);
}

static int load_store(struct core *c)
{
	char path[sizeof(c->in_force.config->state) + 16];
	int64_t floor_sec = 0;
	int r;

	if (mkdir(c->in_force.config->state, 0700) < 0 && errno != EEXIST)
		return log_errno(-errno, "Cannot make the state directory %s", c->in_force.config->state);
	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, c->in_force.config->state);
	r = store_open(path, &c->settler.store);
	if (r < 0)
		return log_errno(r, "Cannot open the store %s", path);
	c->teller.store = c->settler.store;
	r = store_time_floor(c->settler.store, &floor_sec);
	if (r < 0)
		return log_errno(r, "Cannot read the store %s", path);
	timekeeper_init(&c->settler.time, floor_sec);
	c->started_sec = timekeeper_now(&c->settler.time);
	if (clock_realtime_sec() < floor_sec)
		journal_event(
			LOG_WARNING, HALLMARK_MESSAGE_CLOCK,
			"The clock is behind the latest time that the store has seen (%s); check it with timedatectl",
			c->settler.time.is_disciplined ? "which was wrong" : "which counts until it is set");
	r = orders_load(c->settler.store, &c->orders);
	c->reviewer.orders = c->orders;
	if (r >= 0)
		r = brake_load(&c->due, c->settler.store, c->started_sec);
	if (r >= 0)
		r = store_load(c->settler.store, on_stored_verdict, c);
	if (r < 0)
		return log_errno(r, "Cannot read the store %s", path);
	ordering_complete(c->orders, c->settler.registry, &c->in_force.config->policy, c->started_sec);
	return 0;
}

/* --- Callbacks of the event loop --- */

static void send_beacon(int ipc_fd, const uint8_t beacon[static BEACON_LEN])
{
	struct ipc_record record = { .kind = IPC_BEACON };

	memcpy(record.beacon.bytes, beacon, BEACON_LEN);
	(void)ipc_send(ipc_fd, &record, NULL); /* an edge that cannot take it uses the former one */
}

/* The oldest first: cookies that other edges made, or this one's predecessor, are good. */
static void send_beacons(const struct core *c, int ipc_fd)
{
	for (uint32_t age = BEACONS_OF_COOKIES; age > 0; age--)
		if (beacons_before(&c->beacons, age - 1))
			send_beacon(ipc_fd, beacons_before(&c->beacons, age - 1));
}

static void on_start(unsigned edge, void *userdata)
{
	struct core *c = userdata;
	const int ipc_fd = supervisor_ipc_fd(c->settler.supervisor, edge);
	struct ipc_record record = { .kind = IPC_CLOCK, .clock = timekeeper_record(&c->settler.time) };

	ending_forget(&c->settler.ending, edge); /* the former edge's sessions ended with it */
	hearings_drop(c->hearings, edge);
	traffic_end(&c->traffic, edge);
	(void)ipc_send(ipc_fd, &record, NULL); /* the socket is empty and accepts them */
	send_beacons(c, ipc_fd);
}

/* Once all edges listen and judges take cases, the start or a reload is complete. */
static void note_listening(struct core *c)
{
	if (hearings_deaf_usec(c->hearings) > 0)
		return;
	if (c->service.is_ready) {
		service_reloaded(c);
		return;
	}
	journal_event(LOG_INFO, HALLMARK_MESSAGE_STARTED,
		      "hallmarkd " HALLMARK_VERSION
		      " for %s listens on UDP port %u; interfaces and patterns that it guards: %zu",
		      c->in_force.config->gateway, c->in_force.config->port, c->in_force.config->ruleset.n_guarded);
	service_started(c);
}

static void on_records(unsigned edge, void *userdata)
{
	struct core *c = userdata;
	int r = hearings_run(c->hearings, edge);

	note_listening(c);
	if (r == -EBADMSG)
		journal_event(LOG_CRIT, HALLMARK_MESSAGE_PROCESS,
			      "Edge %d sent a malformed record and is stopped. Was the gateway attacked?",
			      (int)supervisor_pid(c->settler.supervisor, edge));
	if (r < 0)
		supervisor_replace(c->settler.supervisor, edge);
}

/* None was ever ready, and that many have ended: the lines in the journal say why. */
static void give_up(struct core *c, const char *what, unsigned restarts)
{
	if (c->service.is_ready || restarts < STARTS_MAX)
		return;
	journal_event(
		LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		"No %s became ready in %d tries, so hallmarkd does not start. The lines above say why each failed",
		what, STARTS_MAX);
	(void)sd_event_exit(c->event, EXIT_FAILURE);
}

static void on_edge_death(unsigned edge, pid_t pid, const char *how, void *userdata)
{
	struct core *c = userdata;

	traffic_end(&c->traffic, edge);
	journal_event(LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		      "Edge %d %s; it is replaced. All admissions stay; its devices make new handshakes", (int)pid,
		      how);
	give_up(c, "edge", supervisor_restarts(c->settler.supervisor) / supervisor_edges(c->settler.supervisor));
}

static void on_judges_ready(void *userdata)
{
	note_listening(userdata);
}

static void on_judges_end(pid_t zygote, const char *how, void *userdata)
{
	struct core *c = userdata;
	struct hearings_report report;

	hearings_get_report(c->hearings, &report);
	journal_event(LOG_ERR, HALLMARK_MESSAGE_PROCESS,
		      "Process %d, of which all judges are forks, %s; it is replaced. All admissions and sessions stay",
		      (int)zygote, how);
	give_up(c, "judge", report.restarts);
}

/* Verdicts that ended long ago, to be forgotten. */
struct ended {
	int64_t before_sec;
	const struct orders *orders; /* a device under an order stays known */
	uint8_t devices[FORGET_MAX][SHA256_LEN];
	size_t n;
};

static void find_ended(const struct verdict *v, void *userdata)
{
	struct ended *e = userdata;

	if (v->decision.expiry.at_sec < e->before_sec && e->n < FORGET_MAX && !orders_find(e->orders, v->facts.device))
		memcpy(e->devices[e->n++], v->facts.device, SHA256_LEN);
}

static void forget_ended(struct core *c)
{
	struct ended e = { .before_sec = admissions_now(&c->settler) - FORGET_SEC, .orders = c->orders };

	registry_each(c->settler.registry, find_ended, &e);
	for (size_t i = 0; i < e.n; i++) {
		settle_forget(&c->settler, e.devices[i]);
	}
}

static void keep_floor(struct core *c)
{
	int64_t now_sec = admissions_now(&c->settler);

	if (c->settler.time.is_disciplined)
		(void)store_set_time_floor(c->settler.store, now_sec);
	else
		(void)store_raise_time_floor(c->settler.store, now_sec);
}

/* Work that need not be done in every sweep. */
static void sweep_thoroughly(struct core *c)
{
	keep_floor(c);
	if (c->settler.tables.has_tables)
		tables_name_gateway(&c->settler);
	forget_ended(c);
	ledger_prune(&c->settler);
}

/* After a start, and after time was set: it is unknown which devices are affected. Due until one review succeeded. */
static void review_if_due(struct core *c)
{
	struct review_order order = { .cause = c->due.cause, .is_everyone = true, .proposal = PROPOSAL_NONE };

	(void)admissions_now(&c->settler); /* notices that time was set */
	if (c->reviewer.review || clock_monotonic_usec() < c->reviewer.retry_usec)
		return;
	if (c->is_reload_due && reload_begin(&c->reviewer, NULL, false, NULL, NULL) >= 0)
		c->is_reload_due = false;
	else if (c->due.cause && !c->due.is_put_off && !c->due.held)
		(void)review_start(&c->reviewer, &order, NULL, NULL);
}

static void look_at_traffic(struct core *c)
{
	struct edge_counters all;

	traffic_sum(&c->traffic, &all);
	(void)flood_sweep(&c->flood, &all, clock_monotonic_usec());
}

static void replace_silent(struct core *c)
{
	struct supervisor *edges = c->settler.supervisor;

	for (unsigned i = 0; i < supervisor_edges(edges); i++) {
		if (!supervisor_is_silent(edges, i))
			continue;
		journal_event(LOG_ERR, HALLMARK_MESSAGE_PROCESS, "Edge %d stopped answering and is stopped",
			      (int)supervisor_pid(edges, i));
		supervisor_replace(edges, i);
	}
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct core *c = userdata;

	(void)usec;
	enforcement_sweep(&c->enforcement);
	linkwatch_sweep(&c->linkwatch);
	unknowns_sweep(&c->unknowns);
	hearings_tell_clock(c->hearings);
	ordering_sweep(&c->settler, c->orders);
	expiry_sweep(&c->settler, c->orders); /* an ended order restores the device's own verdict */
	wave_sweep(&c->teller);
	look_at_traffic(c);
	ending_send(&c->settler.ending, c->settler.supervisor);
	if (brake_sweep(&c->reviewer))
		(void)reload_carry_out(&c->reviewer);
	review_if_due(c);
	replace_silent(c);
	if (c->sweeps++ % THOROUGH_SWEEPS == 0)
		sweep_thoroughly(c);
	service_sweep(c);
	(void)sd_event_source_set_time_relative(source, SWEEP_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Without randomness the latest beacon stays, and none gets older: evidence with it still counts once. */
static int on_beat(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct core *c = userdata;
	int r = beacons_make(&c->beacons);

	(void)usec;
	if (r < 0)
		log_errno(r, "Cannot make random bytes");
	for (unsigned i = 0; r == 0 && i < supervisor_edges(c->settler.supervisor); i++)
		if (supervisor_ipc_fd(c->settler.supervisor, i) >= 0)
			send_beacon(supervisor_ipc_fd(c->settler.supervisor, i), beacons_newest(&c->beacons));
	(void)sd_event_source_set_time_relative(source, BEACON_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- Time --- */

/* A timer in the far future, which the kernel cancels when real time is set (timerfd_create(2)). */
static int arm_clock_watch(int fd)
{
	const struct itimerspec far = { .it_value.tv_sec = INT64_C(9000000000) }; /* the year 2255 */

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) < 0 && errno != ECANCELED ?
		       -errno :
		       0;
}

static int on_clock_step(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct core *c = userdata;
	uint64_t expirations;

	(void)source;
	(void)revents;
	(void)!read(fd, &expirations, sizeof(expirations)); /* ECANCELED is expected */
	review_if_due(c);
	(void)drift_mend(&c->settler);
	return arm_clock_watch(fd);
}

/* --- Start --- */

static int load_result_key(struct core *c)
{
	return keys_load_result(c->in_force.config->result_key, &c->in_force.result_key);
}

static void on_reloaded(const struct review_report *report, void *userdata)
{
	(void)report; /* already logged */
	service_reloaded(userdata);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct core *c = userdata;

	(void)source;
	(void)info;
	service_reloading(c);

	int r = reload_begin(&c->reviewer, NULL, false, on_reloaded, c);

	c->is_reload_due = r == -EBUSY; /* the sweep tries again */
	if (r < 0)
		service_reloaded(c);
	return 0;
}

static int start_loop(struct core *c)
{
	sigset_t signals;
	int r = sd_event_new(&c->event);

	c->reviewer.event = c->event;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	if (r >= 0)
		r = sd_event_add_signal(c->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(c->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(c->event, NULL, SIGHUP, on_hangup, c);
	c->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (r >= 0)
		r = c->clock_fd < 0 ? -errno : arm_clock_watch(c->clock_fd);
	if (r >= 0)
		r = sd_event_add_io(c->event, NULL, c->clock_fd, EPOLLIN, on_clock_step, c);
	if (r >= 0)
		r = sd_event_add_time_relative(c->event, &c->sweep, CLOCK_MONOTONIC, SWEEP_USEC, 0, on_sweep, c);
	if (r >= 0)
		r = sd_event_add_time_relative(c->event, &c->beat, CLOCK_MONOTONIC, BEACON_USEC, 0, on_beat, c);
	if (r >= 0)
		r = beacons_make(&c->beacons);
	return r < 0 ? log_errno(r, "Cannot set up the event loop") : 0;
}

/* The interfaces first: which bridges exist determines what the tables must enforce. */
static int start_enforcement(struct core *c)
{
	int r = interfaces_check(c->in_force.config);

	roles_warn_of_missing(c->in_force.config);
	if (r == 0)
		r = linkwatch_start(&c->linkwatch, c->event);
	return r < 0 ? r : enforcement_start(&c->enforcement, c->event);
}

/* The settler has moved the verdicts' times. Dates of labels and lists do not move, so all devices are judged again. */
static void on_step(int64_t step_sec, void *userdata)
{
	struct core *c = userdata;

	ordering_move_time(&c->settler, c->orders, step_sec);
	brake_move_time(&c->due, c->settler.store, step_sec);
	if (c->hearings)
		hearings_tell_clock(c->hearings);
	c->due.cause = "clock";
	c->due.is_put_off = false;
}

static void on_change(const struct verdict *v, const char *zone_before, void *userdata)
{
	const struct core *c = userdata;

	announce_change(c, v, zone_before);
}

static void on_unknown(const struct seen *s, void *userdata)
{
	const struct core *c = userdata;

	announce_unknown(c, s);
}

static void on_summary(const struct wave_summary *s, void *userdata)
{
	const struct core *c = userdata;

	announce_wave(c, s);
}

static int open_sockets(struct core *c)
{
	const struct config *config = c->in_force.config;
	int n = listening_open(config->port, listening_wanted(config->edges), c->sockets.fds);

	if (n < 0)
		return n;
	c->sockets.n = c->in_force.edges.n = (unsigned)n;
	if (RAND_bytes(c->in_force.edges.cookie_secret, COOKIE_SECRET_LEN) != 1)
		return log_errno(-EIO, "Cannot make random bytes");
	return 0;
}

static int start_edges(struct core *c)
{
	static const struct supervisor_callbacks callbacks = { .on_start = on_start,
							       .on_readable = on_records,
							       .on_death = on_edge_death };
	const struct supervisor_parts parts = { .socket_fds = c->sockets.fds,
						.n = c->sockets.n,
						.material_fd = c->in_force.edge_fd };

	return supervisor_new(c->event, &parts, &callbacks, c, &c->settler.supervisor);
}

static int start_service(struct core *c)
{
	static const struct hearings_callbacks of_hearings = { .on_ready = on_judges_ready, .on_end = on_judges_end };
	int r = settle_start(&c->settler, c->event);

	if (r == 0)
		r = turn_new(&c->settler, c->orders, &c->due, &c->beacons, &c->turn);
	if (r < 0)
		return log_errno(r, "Cannot set up the event loop");
	r = keys_check_gateway(c->in_force.config);
	if (r < 0)
		return r;
	c->in_force.material_fd = material_seal(c->in_force.config, c->settler.store);
	if (c->in_force.material_fd < 0)
		return c->in_force.material_fd;
	r = ledger_start(&c->settler);
	if (r == 0)
		r = open_sockets(c);
	if (r < 0)
		return r;
	c->in_force.edge_fd = material_seal_edge(c->in_force.config, &c->in_force.edges);
	if (c->in_force.edge_fd < 0)
		return c->in_force.edge_fd;
	c->teller.on_change = on_change;
	c->teller.on_summary = on_summary;
	c->teller.userdata = c;
	c->unknowns.on_unknown = on_unknown;
	c->unknowns.userdata = c;
	r = bus_new(c, &c->bus);
	if (r < 0)
		return r;
	r = hearings_new(c->event, &c->settler, &c->in_force, c->turn, &c->traffic, &of_hearings, c, &c->hearings);
	if (r < 0)
		return r;
	c->reviewer.hearings = c->hearings;
	return start_edges(c);
}

/* What a damaged store says admits nobody. The kernel would keep it, and each restart would give it again. */
static void take_back(struct core *c)
{
	int r;

	registry_clear(c->settler.registry);
	r = drift_mend(&c->settler);
	if (r < 0)
		log_errno(r, "Cannot take back the admissions of a damaged store; each ends by itself");
}

static int check_store(struct core *c)
{
	int r = store_check(c->settler.store);

	if (r < 0) {
		take_back(c);
		return log_errno(r, "Cannot use the store");
	}
	keep_floor(c); /* the time of a start that fails from here on counts, too */
	return 0;
}

/* Admissions on bridges of which it is not known on which port they are end. */
static int look_at_links(struct core *c)
{
	linkwatch_sweep(&c->linkwatch);
	return 0;
}

static int core_start(struct core *c)
{
	static int (*const steps[])(struct core *) = {
		load_result_key, start_loop, load_store, start_enforcement, check_store, start_service, look_at_links,
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](c);

		if (r < 0)
			return r;
	}
	return 0;
}

int core_run(struct config *config, bool has_no_enforcement)
{
	_cleanup_(core_freep) struct core *c = calloc(1, sizeof(*c));

	if (!c) {
		config_free(config);
		return EXIT_FAILURE;
	}
	*c = (struct core){
		.in_force = { .config = config, .material_fd = -1, .edge_fd = -1 },
		.clock_fd = -1,
		.due = { .cause = "start" },
		.teller = { .in_force = &c->in_force },
		.settler = { .in_force = &c->in_force,
			     .registry = registry_new(),
			     .teller = &c->teller,
			     .tables = { .has_no_enforcement = has_no_enforcement },
			     .on_step = on_step,
			     .userdata = c },
		.enforcement = { .settler = &c->settler },
		.reviewer = { .settler = &c->settler,
			      .in_force = &c->in_force,
			      .due = &c->due,
			      .unknowns = &c->unknowns },
		.linkwatch = { .settler = &c->settler, .enforcement = &c->enforcement },
		.unknowns = { .settler = &c->settler, .links = &c->linkwatch.links },
	};
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the signing key is in this memory */
	if (!c->settler.registry || core_start(c) < 0)
		return EXIT_FAILURE;

	int r = sd_event_loop(c->event);

	service_stopping();
	journal_event(LOG_INFO, HALLMARK_MESSAGE_STOPPED,
		      "hallmarkd stops: the tables stay, each admission ends by itself, no new device is admitted");
	return r == EXIT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
