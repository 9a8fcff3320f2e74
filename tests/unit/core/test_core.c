/* SPDX-License-Identifier: Apache-2.0 */
/* links: core serve */
/* wraps: sandbox_enter clock_realtime_sec sd_event_add_time_relative sd_event_source_set_time_relative store_check drift_mend */
/*
 * The whole core in a process of its own, without enforcement: what the service manager, the journal and an operator at the
 * control socket see of it. Its edge, and the zygote of its judges, are this program, too.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "bus_answer.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/settle/drift.h"
#include "core/settle/settler.h"
#include "ctl_config.h"
#include "hallmark/bus.h"
#include "manager_kit.h"
#include "process_kit.h"
#include "store/store.h"
#include "verdict_kit.h"

#define PAUSE_USEC      20000 /* between two looks */
#define LOOKS_MAX       (PATIENCE_MSEC * 1000 / PAUSE_USEC)
#define SWEEP_USEC      (5 * USEC_PER_SEC)
#define SWEEPS_MORE     20 /* a core of these tests sweeps so many times as often */
#define AHEAD_SEC       7200
#define CLOCK_IS_AHEAD  "clock-is-ahead"  /* while this file is there, real time is by AHEAD_SEC more */
#define NO_SWEEPS       "no-sweeps"       /* while this file is there, nothing is done in a sweep */
#define ZYGOTE_WAITS    "zygote-waits"    /* while this file is there, no zygote begins */
#define EDGE_FAILS      "edge-fails"      /* while this file is there, each edge ends at its start */
#define ZYGOTE_FAILS    "zygote-fails"    /* the same for zygotes */
#define EDGE_IS_TAKEN   "edge-is-taken"   /* the edge that finds this file sends a record that is none */
#define ZYGOTE_IS_TAKEN "zygote-is-taken" /* the same for zygotes */
#define ZYGOTE_LEAVES   "zygote-leaves"   /* the zygote that finds this file closes its socket, and stays */

#define STORE_IS_DAMAGED "store-is-damaged" /* while this file is there, the check of the store finds it so */
#define IS_MENDED        "is-mended" /* in it: how many devices the core knew when it last corrected the kernel */

static struct place place;
static pid_t running; /* the core; 0: none */
static pid_t first;   /* beside it */
static bool is_core;  /* this process */
static uint16_t port;

int64_t __real_clock_realtime_sec(void);
int64_t __wrap_clock_realtime_sec(void);
int __real_sd_event_add_time_relative(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
				      uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);
int __wrap_sd_event_add_time_relative(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
				      uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);
int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);

int64_t __wrap_clock_realtime_sec(void)
{
	return __real_clock_realtime_sec() + (is_core && access(CLOCK_IS_AHEAD, F_OK) == 0 ? AHEAD_SEC : 0);
}

static sd_event_time_handler_t on_sweep; /* the core's */

static int on_sweep_if_any(sd_event_source *source, uint64_t usec, void *userdata)
{
	if (access(NO_SWEEPS, F_OK) < 0)
		return on_sweep(source, usec, userdata);
	(void)sd_event_source_set_time_relative(source, SWEEP_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static uint64_t sooner(uint64_t usec)
{
	return usec == SWEEP_USEC ? usec / SWEEPS_MORE : usec;
}

int __wrap_sd_event_add_time_relative(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
				      uint64_t accuracy, sd_event_time_handler_t handler, void *userdata)
{
	if (usec != SWEEP_USEC)
		return __real_sd_event_add_time_relative(event, ret, clock, usec, accuracy, handler, userdata);
	on_sweep = handler;
	return __real_sd_event_add_time_relative(event, ret, clock, sooner(usec), accuracy, on_sweep_if_any, userdata);
}

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec)
{
	return __real_sd_event_source_set_time_relative(source, sooner(usec));
}

int __real_store_check(struct store *s);
int __wrap_store_check(struct store *s);
int __real_drift_mend(struct settler *settler);
int __wrap_drift_mend(struct settler *settler);

int __wrap_store_check(struct store *s)
{
	return access(STORE_IS_DAMAGED, F_OK) == 0 ? -EBADMSG : __real_store_check(s);
}

int __wrap_drift_mend(struct settler *settler)
{
	char known[16];

	must(snprintf(known, sizeof(known), "%zu", registry_count(settler->registry)) > 0);
	(void)put_text(&place, IS_MENDED, known);
	return __real_drift_mend(settler);
}

/* --- The core --- */

/* As hallmarkd does it. Its folder is the place, and its journal a file there. */
static _Noreturn void be_core(void)
{
	struct config *loaded = NULL;
	int journal = open(in(&place, "journal"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	is_core = true;
	(void)close(manager);
	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
	must(journal >= 0 && dup2(journal, STDERR_FILENO) >= 0 && chdir(place.path) == 0);
	log_set_level(LOG_INFO);
	exit(config_load(in(&place, "hallmarkd.conf"), &loaded) < 0 ? 99 : core_run(loaded, true));
}

static void core_begin(void)
{
	(void)told();
	(void)unlink(in(&place, "journal"));
	running = fork();
	assert_true(running >= 0);
	if (running == 0)
		be_core();
}

/* Its exit status, for which it is waited. */
static int core_end(void)
{
	int status = -1;
	pid_t ended = 0;

	for (int i = 0; i < LOOKS_MAX && ended == 0; i++) {
		ended = waitpid(running, &status, WNOHANG);
		if (ended == 0)
			(void)usleep(PAUSE_USEC);
	}
	assert_int_equal(ended, running);
	running = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void core_start(void)
{
	core_begin();
	assert_true(is_told("READY=1\nSTATUS=MONITOR ONLY: "));
}

static void core_stop(void)
{
	assert_int_equal(kill(running, SIGTERM), 0);
	assert_true(is_told("STOPPING=1"));
	assert_int_equal(core_end(), EXIT_SUCCESS);
}

static bool is_said(const char *line)
{
	struct bytes b = get_file(in(&place, "journal"));

	return memmem(b.p, b.n, line, strlen(line)) != NULL;
}

static void expect_said(const char *line)
{
	for (int i = 0; i < LOOKS_MAX && !is_said(line); i++)
		(void)usleep(PAUSE_USEC);
	if (!is_said(line)) {
		struct bytes b = get_file(in(&place, "journal"));

		fail_msg("\"%s\" is not in: %.*s", line, (int)b.n, (const char *)b.p);
	}
}

/* --- The operator --- */

static void ask(const char *method)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *address = NULL;
	sd_bus *bus = NULL;

	assert_true(asprintf(&address, "unix:path=%s", in(&place, "control")) > 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_address(bus, address) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	if (sd_bus_call_method(bus, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, method, &error, &m, "") < 0)
		must(snprintf(answer, sizeof(answer), "%s: %s", error.name, error.message) > 0);
	else
		take_answer(m);
	sd_bus_close_unref(bus);
}

/* Until the answer has this in it, or has it not. */
static void ask_until(const char *method, const char *part, bool is_there)
{
	ask(method);
	for (int i = 0; i < LOOKS_MAX && (strstr(answer, part) != NULL) != is_there; i++) {
		(void)usleep(PAUSE_USEC);
		ask(method);
	}
	if ((strstr(answer, part) != NULL) != is_there)
		fail_msg("\"%s\" is %s: %s", part, is_there ? "not in" : "still in", answer);
}

/* Of a process that the status names, once devices are heard. */
static pid_t pid_of(const char *name)
{
	char key[32];
	const char *at;

	(void)snprintf(key, sizeof(key), " %s: ", name);
	ask_until("Status", "listens: 1,", true);
	at = strstr(answer, key);
	assert_non_null(at);
	return atoi(at + strlen(key));
}

/* --- The installation --- */

/* Puts it where `find` stands in the configuration. */
static void edit(const char *find, const char *with)
{
	struct bytes b = get_file(in(&place, "hallmarkd.conf"));
	_cleanup_free_ char *text = strndup((const char *)b.p, b.n), *edited = NULL;
	const char *at = strstr(text, find);

	if (!at)
		fail_msg("\"%s\" is not in: %s", find, text);
	assert_true(asprintf(&edited, "%.*s%s%s", (int)(at - text), text, with, at + strlen(find)) > 0);
	(void)put_text(&place, "hallmarkd.conf", edited);
}

/* Returns a socket on a port that was free. */
static int bind_port(uint16_t *ret_port)
{
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(own);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && bind(fd, (const struct sockaddr *)&own, size) == 0);
	must(getsockname(fd, (struct sockaddr *)&own, &size) == 0);
	*ret_port = ntohs(own.sin6_port);
	return fd;
}

static void put_good_config(void)
{
	(void)put_config_at(&place, port, "");
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	must(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1) == 0);
	must(unsetenv("LISTEN_FDS") == 0 && unsetenv("JOURNAL_STREAM") == 0 && unsetenv("WATCHDOG_USEC") == 0);
	place = place_new();
	put_installation(&place);
	(void)close(bind_port(&port));
	put_good_config();
	manager_start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	process_end(running);
	process_end(first);
	running = first = 0;
	place_done(&place);
	return close(manager);
}

/* --- Start and stop --- */

static void test_serves_until_it_is_stopped(void **state)
{
	char line[64];

	(void)state;
	core_begin();
	assert_true(is_told("READY=1\nSTATUS=MONITOR ONLY: 0 trusted, 0 in quarantine"));
	(void)snprintf(line, sizeof(line), " for test-gateway listens on UDP port %u", port);
	expect_said(line);
	expect_said("NOTHING IS ENFORCED (--no-enforcement)");
	ask("Status");
	expect("gateway: test-gateway");
	expect("listens: 1,");
	expect("edge_restarts: 0");
	expect("zygote_restarts: 0");
	expect("enforcement: monitor");
	ask("List");
	assert_string_equal(answer, "[]");

	core_stop();
	expect_said("hallmarkd stops: the tables stay");
	assert_int_equal(access(in(&place, "control"), F_OK), -1);
	core_start(); /* port, store and socket are free again */
	assert_int_equal(kill(running, SIGINT), 0);
	assert_int_equal(core_end(), EXIT_SUCCESS);
}

static void expect_refused(const char *find, const char *with, const char *line)
{
	edit(find, with);
	core_begin();
	assert_int_equal(core_end(), EXIT_FAILURE);
	assert_null(strstr(told(), "READY"));
	expect_said(line);
	put_good_config();
}

static void test_refused_starts(void **state)
{
	(void)state;
	(void)put_text(&place, "text", "no key");
	assert_int_equal(mkdir(in(&place, "odd"), 0700), 0);
	assert_int_equal(mkdir(in(&place, "odd/" STORE_FILE), 0700), 0);

	expect_refused("\"result.key\"", "\"absent.key\"", "Cannot read the result key");
	expect_refused("\"result.key\"", "\"text\"", "gateway.result-key");
	expect_refused("\"gateway.key\"", "\"result.key\"", "is not the private key of gateway.certificate");
	expect_refused("\"gateway.crt\"", "\"absent.crt\"", "Cannot read gateway.certificate");
	expect_refused("/state\"", "/absent/state\"", "Cannot make the state directory");
	expect_refused("/state\"", "/odd\"", "Cannot open the store");
	expect_refused("/control\"", "/absent/control\"", "Cannot listen on the control socket");
	expect_refused("trust = { ", "trust = { anchors = ( { name = \"a\"; file = \"absent.pem\"; } ); ",
		       "absent.pem; check the path in the configuration");
	core_start();
	core_stop();
}

static void test_port_in_use(void **state)
{
	uint16_t used;
	int fd = bind_port(&used);
	char other[32], own[32];

	(void)state;
	(void)snprintf(own, sizeof(own), "port = %u;", port);
	(void)snprintf(other, sizeof(other), "port = %u;", used);
	expect_refused(own, other, "is another hallmarkd running?");
	(void)close(fd);
	edit(own, other);
	core_start();
	core_stop();
}

/* A second one of the same configuration does not disturb the first, which keeps the control socket. */
static void test_second_core(void **state)
{
	(void)state;
	core_start();
	first = running;
	core_begin();
	assert_int_equal(core_end(), EXIT_FAILURE);
	expect_said("is another hallmarkd running?");
	running = first;
	first = 0;
	ask("Status");
	expect("gateway: test-gateway");
	expect("listens: 1,");
	core_stop();
	core_start();
	core_stop();
}

/* --- Reload --- */

static void hang_up(void)
{
	assert_int_equal(kill(running, SIGHUP), 0);
	assert_true(is_told("RELOADING=1\nMONOTONIC_USEC="));
	assert_true(is_told("READY=1"));
}

static void test_reload_by_signal(void **state)
{
	(void)state;
	core_start();
	edit("\"test-gateway\"", "\"renamed\"");
	hang_up();
	ask("Status");
	expect("gateway: renamed");

	edit("zone = \"trusted\"", "zone = \"nowhere\"");
	edit("\"renamed\"", "\"wrong\"");
	hang_up();
	expect_said("The new configuration is not valid, and the one in force stays");
	ask("Status");
	expect("gateway: renamed");
	expect("listens: 1,");

	put_good_config();
	hang_up();
	ask("Status");
	expect("gateway: test-gateway");
	core_stop();
}

/* Whoever waits for READY finds the new configuration in force, whatever an edge does meanwhile. */
static void test_ready_when_it_is_in_force(void **state)
{
	(void)state;
	core_start();
	(void)put_text(&place, ZYGOTE_WAITS, "");
	edit("\"test-gateway\"", "\"renamed\"");
	assert_int_equal(kill(running, SIGHUP), 0);
	assert_true(is_told("RELOADING=1"));
	assert_int_equal(kill(pid_of("edge"), SIGKILL), 0);
	ask_until("Status", "edge_restarts: 1,", true);
	(void)pid_of("edge");
	expect("gateway: test-gateway");
	assert_null(strstr(told(), "READY"));

	assert_int_equal(unlink(in(&place, ZYGOTE_WAITS)), 0);
	assert_true(is_told("READY=1"));
	ask("Status");
	expect("gateway: renamed");
	core_stop();
}

static void test_reload_by_an_operator(void **state)
{
	(void)state;
	core_start();
	edit("\"test-gateway\"", "\"renamed\"");
	edit("/state\"", "/elsewhere\"");
	ask("Reload");
	expect("restart");
	expect_said("gateway.state has changed; that needs a restart");
	ask("Status");
	expect("gateway: test-gateway");

	put_good_config();
	edit("\"test-gateway\"", "\"renamed\"");
	ask("Reload");
	expect("outcome: applied");
	ask("Status");
	expect("gateway: renamed");
	core_stop();
}

/* An edge has its certificate and key from its start: others are a new edge's. */
static void test_another_certificate_is_a_new_edges(void **state)
{
	pid_t before;

	(void)state;
	core_start();
	before = pid_of("edge");
	put_keys(&place);
	hang_up();
	assert_int_not_equal(pid_of("edge"), before);
	expect("edge_restarts: 0");
	core_stop();
}

/* The same with trust material and a zygote; the edge stays, and with it the devices' sessions. */
static void test_other_trust_is_a_new_zygotes(void **state)
{
	struct pki_node anchor = pki_issue(NULL, &(struct pki_request){ .ca = true });
	_cleanup_free_ char *pem = pki_certificate_pem(&anchor);
	pid_t edge, zygote;

	(void)state;
	(void)put_text(&place, "anchor.pem", pem);
	pki_done(&anchor);
	core_start();
	edge = pid_of("edge");
	zygote = pid_of("zygote");
	edit("trust = { ", "trust = { anchors = ( { name = \"a\"; file = \"anchor.pem\"; } ); ");
	hang_up();
	assert_int_not_equal(pid_of("zygote"), zygote);
	assert_int_equal(pid_of("edge"), edge);
	expect("zygote_restarts: 0");
	expect("edge_restarts: 0");
	core_stop();
}

/* --- Processes that end --- */

static void test_dead_edge_is_replaced(void **state)
{
	pid_t before, zygote;

	(void)state;
	core_start();
	before = pid_of("edge");
	zygote = pid_of("zygote");
	assert_int_equal(kill(before, SIGKILL), 0);
	ask_until("Status", "edge_restarts: 1,", true);
	assert_int_not_equal(pid_of("edge"), before);
	assert_int_equal(pid_of("zygote"), zygote);
	expect_said("was killed by SIGKILL; it is replaced. All admissions stay; its devices make new handshakes");
	core_stop();
}

static void test_dead_zygote_is_replaced(void **state)
{
	pid_t before, edge;

	(void)state;
	core_start();
	before = pid_of("zygote");
	edge = pid_of("edge");
	assert_int_equal(kill(before, SIGKILL), 0);
	ask_until("Status", "zygote_restarts: 1,", true);
	assert_int_not_equal(pid_of("zygote"), before);
	assert_int_equal(pid_of("edge"), edge);
	expect_said("was killed by SIGKILL; it is replaced. All admissions and sessions stay");
	core_stop();
}

static void test_edge_that_was_taken(void **state)
{
	pid_t zygote;

	(void)state;
	(void)put_text(&place, EDGE_IS_TAKEN, "");
	core_start();
	expect_said("sent a malformed record and is stopped. Was the gateway attacked?");
	zygote = pid_of("zygote");
	expect("edge_restarts: 1,");
	expect("zygote_restarts: 0,");
	assert_true(zygote > 0);
	core_stop();
}

/* The first zygote that finds the file does it. On a busy machine that may be a review's: then once more. */
static void start_with_zygote(const char *file, const char *line)
{
	(void)put_text(&place, file, "");
	core_start();
	for (int i = 0; i < LOOKS_MAX && !is_said(line) && !is_said("Judging the stored devices has failed"); i++)
		(void)usleep(PAUSE_USEC);
	if (!is_said(line) && is_said("Judging the stored devices has failed")) {
		core_stop();
		start_with_zygote(file, line);
	}
	expect_said(line);
}

static void test_zygote_that_was_taken(void **state)
{
	(void)state;
	start_with_zygote(ZYGOTE_IS_TAKEN, "sent a malformed record; it is replaced");
	assert_true(pid_of("edge") > 0);
	expect("zygote_restarts: 1,");
	expect("edge_restarts: 0,");
	core_stop();
}

static void test_zygote_that_leaves(void **state)
{
	(void)state;
	start_with_zygote(ZYGOTE_LEAVES, "was killed by SIGKILL; it is replaced");
	assert_true(pid_of("zygote") > 0);
	expect("zygote_restarts: 1,");
	core_stop();
}

/* While the file is there, hallmarkd does not start, and says so. */
static void expect_no_start(const char *file, const char *line)
{
	(void)put_text(&place, file, "");
	core_begin();
	assert_int_equal(core_end(), EXIT_FAILURE);
	expect_said("exited with status 1; it is replaced");
	expect_said(line);
	assert_null(strstr(told(), "READY"));
	assert_int_equal(unlink(in(&place, file)), 0);
	core_start();
	core_stop();
}

static void test_no_edge_listens(void **state)
{
	(void)state;
	expect_no_start(EDGE_FAILS, "No edge became ready in 3 tries, so hallmarkd does not start");
}

static void test_no_zygote_is_ready(void **state)
{
	(void)state;
	expect_no_start(ZYGOTE_FAILS, "No judge became ready in 3 tries, so hallmarkd does not start");
}

/* --- What the store remembers --- */

/* Returns the store that the next core finds. */
static struct store *stored(void)
{
	struct store *s = NULL;

	assert_int_equal(store_open(in(&place, "state/" STORE_FILE), &s), 0);
	return s;
}

/* A verdict that ends so many seconds from now. */
static void remember(struct store *s, uint8_t device, const char *zone, int64_t left_sec)
{
	struct verdict v = trusted(device);
	int64_t now_sec = clock_realtime_sec();

	set_text(v.zone, zone);
	v.decision.zone = 1;
	v.decision.decided_sec = v.attested_sec = now_sec - HOUR;
	v.decision.expiry.at_sec = now_sec + left_sec;
	assert_int_equal(store_put(s, &v, NULL), 0);
}

/* In the last answer, of the device whose name begins so. */
static void expect_of(const char *device, const char *part)
{
	char begin[32];
	const char *at, *end, *found;

	(void)snprintf(begin, sizeof(begin), "{device: %s", device);
	at = strstr(answer, begin);
	if (!at)
		fail_msg("no %s in: %s", begin, answer);
	end = strchr(at, '}');
	found = strstr(at, part);
	if (!found || found > end)
		fail_msg("\"%s\" is not in: %s", part, at);
}

static void test_remembers_devices(void **state)
{
	struct store *s = stored();

	(void)state;
	remember(s, 1, "trusted", HOUR);
	remember(s, 2, "of old", HOUR); /* of a configuration that had such a zone */
	remember(s, 3, "trusted", -HOUR);
	remember(s, 4, "trusted", -31 * 24 * HOUR);
	store_free(s);

	(void)put_text(&place, NO_SWEEPS, "");
	core_start();
	ask("List");
	expect_of("01", "zone: trusted, reason: admitted");
	expect_of("02", "zone: quarantine");
	expect_of("03", "zone: quarantine, reason: expired");
	expect_of("04", "zone: quarantine, reason: expired");
	assert_int_equal(unlink(in(&place, NO_SWEEPS)), 0);
	ask_until("List", "device: 04", false); /* a month after its end nobody asks any more */
	expect_of("03", "zone: quarantine, reason: expired");
	core_stop();
}

/* Admissions that were to end meanwhile have ended. */
static void test_clock_that_is_set(void **state)
{
	struct store *s = stored();

	(void)state;
	remember(s, 1, "trusted", AHEAD_SEC / 2);
	remember(s, 2, "trusted", AHEAD_SEC * 2);
	store_free(s);
	(void)put_text(&place, NO_SWEEPS, "");
	core_start();
	ask("List");
	expect_of("01", "zone: trusted");
	expect_of("02", "zone: trusted");

	(void)put_text(&place, CLOCK_IS_AHEAD, "");
	assert_int_equal(unlink(in(&place, NO_SWEEPS)), 0);
	expect_said("Time was set, by +720");
	expect_said("Judged again (clock)");
	ask("List");
	expect_of("01", "zone: quarantine, reason: expired");
	core_stop();
}

static void test_clock_behind_the_store(void **state)
{
	struct store *s;

	(void)state;
	core_start();
	core_stop();
	assert_false(is_said("The clock is behind"));

	s = stored();
	assert_int_equal(store_set_time_floor(s, clock_realtime_sec() + 24 * HOUR), 0);
	store_free(s);
	core_start();
	expect_said("The clock is behind the latest time that the store has seen");
	core_stop();
}

static int64_t floor_stored(void)
{
	struct store *s = stored();
	int64_t floor_sec = 0;

	assert_int_equal(store_time_floor(s, &floor_sec), 0);
	store_free(s);
	return floor_sec;
}

/* What was put into the kernel before the check is taken out: nobody is known when the kernel is corrected. */
static void test_damaged_store_admits_nobody(void **state)
{
	struct store *s = stored();
	struct bytes known;

	(void)state;
	remember(s, 1, "trusted", HOUR);
	store_free(s);
	(void)put_text(&place, NO_SWEEPS, "");
	(void)put_text(&place, STORE_IS_DAMAGED, "");
	core_begin();
	assert_int_equal(core_end(), EXIT_FAILURE);
	expect_said("Cannot use the store");
	known = get_file(in(&place, IS_MENDED));
	assert_int_equal(known.n, 1);
	assert_memory_equal(known.p, "0", 1);
	assert_int_equal(floor_stored(), 0);

	assert_int_equal(unlink(in(&place, STORE_IS_DAMAGED)), 0);
	assert_int_equal(unlink(in(&place, IS_MENDED)), 0);
	core_start();
	ask("List");
	expect_of("01", "zone: trusted");
	assert_int_equal(access(in(&place, IS_MENDED), F_OK), -1);
	assert_true(floor_stored() > 0); /* at once, and not in the first sweep */
	core_stop();
}

/* --- */

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static int test_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_serves_until_it_is_stopped),
		TEST(test_refused_starts),
		TEST(test_port_in_use),
		TEST(test_second_core),
		TEST(test_reload_by_signal),
		TEST(test_ready_when_it_is_in_force),
		TEST(test_reload_by_an_operator),
		TEST(test_another_certificate_is_a_new_edges),
		TEST(test_other_trust_is_a_new_zygotes),
		TEST(test_dead_edge_is_replaced),
		TEST(test_dead_zygote_is_replaced),
		TEST(test_edge_that_was_taken),
		TEST(test_zygote_that_was_taken),
		TEST(test_zygote_that_leaves),
		TEST(test_no_edge_listens),
		TEST(test_no_zygote_is_ready),
		TEST(test_remembers_devices),
		TEST(test_clock_that_is_set),
		TEST(test_clock_behind_the_store),
		TEST(test_damaged_store_admits_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a role does here beside what it is. Returns an exit status, or -1: it goes on. */
static int misbehave(int ipc_fd, const char *fails, const char *is_taken)
{
	if (access(fails, F_OK) == 0)
		return EXIT_FAILURE;
	if (unlink(is_taken) < 0)
		return -1;
	must(write(ipc_fd, "", 1) == 1);
	(void)sleep(PATIENCE_MSEC / 1000); /* until it is stopped */
	return EXIT_FAILURE;
}

static int leave(void)
{
	struct timekeeper_record clock;

	if (unlink(ZYGOTE_LEAVES) < 0)
		return -1;
	must(ipc_receive_clock(ZYGOTE_IPC, IPC_TO_ZYGOTE, &clock) == 0);
	(void)close(ZYGOTE_IPC);
	(void)sleep(PATIENCE_MSEC / 1000);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	bool is_edge = argc > 1 && strcmp(argv[1], "--edge") == 0;
	bool is_zygote = argc > 1 && strcmp(argv[1], "--zygote") == 0;
	int status = -1;

	for (int i = 0; is_zygote && i < LOOKS_MAX && access(ZYGOTE_WAITS, F_OK) == 0; i++)
		(void)usleep(PAUSE_USEC);
	if (is_edge)
		status = misbehave(EDGE_IPC, EDGE_FAILS, EDGE_IS_TAKEN);
	else if (is_zygote)
		status = misbehave(ZYGOTE_IPC, ZYGOTE_FAILS, ZYGOTE_IS_TAKEN);
	if (is_zygote && status < 0)
		status = leave();
	if (status < 0)
		status = be_child(argc, argv);
	return status >= 0 ? status : test_all();
}
