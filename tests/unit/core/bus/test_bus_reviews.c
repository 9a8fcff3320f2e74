/* SPDX-License-Identifier: Apache-2.0 */
/* links: bus */
/* wraps: getsockopt */
/*
 * Reloads, trials and replays that an operator asks for at the socket: what is not begun, what he reads at the end, and what is
 * then in the kernel. The judge is a double that takes the place of core/review/judging.c at link time; it answers in the event
 * loop, with facts that the test gives.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "appraise/news.h"
#include "base/signed_inputs.h"
#include "bus_calls.h"
#include "core/review/judging.h"
#include "core/review/review_inside.h"
#include "links_double.h"
#include "log_kit.h"

/* --- the judge --- */

static const struct judging_callbacks *judge;
static void *judge_of;
static sd_event_source *work;
static uint64_t asked_ids[IDS];
static size_t n_asked;
static bool has_begun, is_broken;
static uint8_t level_of[PLACES]; /* what the label of a device is judged to be by now */

static void judge_next(void)
{
	uint64_t id = asked_ids[--n_asked];
	uint8_t device = core.reviewer.review ? core.reviewer.review->subjects[id].device[0] : 1;
	struct facts facts = facts_of(device, true);

	facts.labels[0].level = device < PLACES ? level_of[device] : 2;
	judge->on_judged(id, 0, &facts, judge_of);
	judge->on_pause(judge_of);
}

static int on_work(sd_event_source *source, void *userdata)
{
	static const struct changes all = { .is_all = true };

	(void)userdata;
	assert_true(sd_event_source_set_enabled(source, SD_EVENT_ON) >= 0);
	if (is_broken) {
		judge->on_failure(judge_of);
	} else if (!has_begun) {
		has_begun = true;
		judge->on_changes(&all, judge_of);
	} else if (n_asked > 0) {
		judge_next();
	}
	return 0;
}

int judging_new(sd_event *event, const struct judges_material *material, struct timekeeper_record clock,
		const struct judging_callbacks *callbacks, void *userdata, struct judging **ret)
{
	(void)material, (void)clock;
	judge = callbacks;
	judge_of = userdata;
	has_begun = false;
	n_asked = 0;
	*ret = (struct judging *)&judge_of;
	return sd_event_add_defer(event, &work, on_work, NULL);
}

void judging_free(struct judging *j)
{
	if (j)
		work = sd_event_source_disable_unref(work);
}

struct inquiries *judging_inquiries(struct judging *j)
{
	(void)j;
	return NULL; /* nobody is there to adopt them */
}

int judging_ask(struct judging *j, uint64_t id, const struct ipc_case *c, const struct signed_inputs *inputs)
{
	(void)j, (void)c, (void)inputs;
	asked_ids[n_asked++] = id;
	return 0;
}

/* --- the kernel --- */

static int ruleset_result;

static int check_ruleset(void)
{
	return ruleset_result;
}

static int ensure_table(const struct element *elements, size_t n, bool *ret_loaded)
{
	memset(zone_of, 0, sizeof(zone_of));
	for (size_t i = 0; i < n; i++)
		zone_of[elements[i].mac[5]] = elements[i].zone;
	*ret_loaded = true;
	return 0;
}

/* --- the configuration, and the keys that it names --- */

static const char *file(const char *name)
{
	static char path[2][96];
	static unsigned i;

	i = !i;
	must(snprintf(path[i], sizeof(path[i]), "%s/%s", store_folder, name) > 0);
	return path[i];
}

static void put(const char *name, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(file(name), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static const char rule_basic[] = "{ name = \"Basic\"; zone = \"trusted\"; lifetime = \"8h\"; require = [ \"identity\", "
				 "\"label\" ]; level = \"Basic\"; },";

/* One rule more or less, and what is to stand in `gateway` and in `network`, and beside them. */
static void configure(const char *rule, const char *gateway, const char *network, const char *beside)
{
	_cleanup_free_ char *text = NULL, *top = getcwd(NULL, 0);

	assert_true(
		asprintf(&text,
			 "law = \"%s/conf\";\n"
			 "gateway = { name = \"test-gateway\"; home = \"KR-CIC\"; policy = \"test\";"
			 " certificate = \"%s/gateway.crt\"; key = \"%s/gateway.key\"; result-key = \"%s/result.key\";"
			 " control = \"%s/control\"; %s };\n"
			 "network = { guarded = [ \"port1\" ]; uplinks = [ \"wan0\" ]; %s };\n%s\n"
			 "zones = ( { name = \"trusted\"; reach = [ \"internet\" ]; },"
			 " { name = \"restricted\"; reach = [ \"192.0.2.1 tcp/443\" ]; } );\n"
			 "rules = ( %s { name = \"elsewhere\"; zone = \"restricted\"; lifetime = \"1h\";"
			 " require = [ \"identity\", \"label\" ]; } );\n",
			 top, store_folder, store_folder, store_folder, store_folder, gateway, network, beside,
			 rule) > 0);
	put("gateway.conf", text);
}

static void put_keys(void)
{
	struct pki_node gateway = pki_issue(NULL, &(struct pki_request){ .ca = true });
	EVP_PKEY *result = pki_key_new(PKI_P256);
	_cleanup_free_ char *certificate = pki_certificate_pem(&gateway), *key = pki_private_pem(gateway.key),
			    *result_key = pki_private_pem(result);

	put("gateway.crt", certificate);
	put("gateway.key", key);
	put("result.key", result_key);
	EVP_PKEY_free(result);
	pki_done(&gateway);
}

static int set_up_reviews(void **state)
{
	if (set_up_bus(state) < 0)
		return -1;
	core.linkwatch.links = &links_double;
	kernel_double.ensure_table = ensure_table;
	kernel_double.check_ruleset = check_ruleset;
	kernel_double.list = list_zones;
	kernel_double.write = write_zones;
	ruleset_result = 0;
	is_broken = false;
	memset(level_of, 2, sizeof(level_of));
	put_keys();
	configure(rule_basic, "", "", "");
	config_free(core.in_force.config);
	core.in_force.config = NULL;
	return config_load(file("gateway.conf"), &core.in_force.config);
}

static int tear_down_reviews(void **state)
{
	static const char *const names[] = { "gateway.crt", "gateway.key", "result.key", "gateway.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(file(names[i]));
	held_free(core.due.held);
	if (core.in_force.material_fd >= 0)
		(void)close(core.in_force.material_fd);
	return tear_down_bus(state);
}

static void submit_with_inputs(uint8_t device, uint8_t place)
{
	static const uint8_t bytes[16] = "signed";
	struct said s = { .origin = at(place), .facts = facts_of(device, true), .fresh = fresh() };

	s.inputs = (struct signed_inputs){ .chain = { BYTES(bytes) }, .n_chain = 1, .evidence = BYTES(bytes) };
	say(s);
}

static void two_devices(void)
{
	submit_with_inputs(1, 1);
	submit_with_inputs(2, 2);
	(void)run(2);
	assert_int_equal(zone_of[1], TRUSTED);
}

/* --- reloads and trials --- */

static void test_a_reload_that_changes_nothing(void **state)
{
	(void)state;
	two_devices();
	ask("Reload", "");
	expect("outcome: applied, admitted: 2");
	expect("moved: 0, refused: 0, demoted: 0, reinstated: 0, stopped: 0, moves: []");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_true(core.in_force.material_fd >= 0); /* what the judges have now */
}

/* A rule is gone: a trial says what that would take, and takes nothing; a reload does. */
static void test_a_rule_that_is_gone(void **state)
{
	(void)state;
	two_devices();
	configure("", "", "", "");
	ask("Try", "s", "");
	expect("outcome: tried, admitted: 2");
	expect("moved: 2");
	expect("before: trusted, after: restricted, lesser: true, refused: false");
	assert_int_equal(zone_of[1], TRUSTED);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_null(core.due.held);

	ask("Reload", "");
	expect("moved: 2");
	expect("outcome: applied");
	assert_string_equal(zone_in_registry(1), "restricted");
	expect_stored(2, "restricted");
	assert_int_equal(zone_of[1], 2);
}

static void test_what_the_brake_holds_is_dropped(void **state)
{
	(void)state;
	two_devices();
	submit_with_inputs(3, 3);
	(void)run(1);
	core.in_force.config->brake_devices = 0; /* in force counts */
	configure("", "", "", "");
	ask("Reload", "");
	expect("outcome: held, admitted: 3");
	assert_int_equal(zone_of[1], TRUSTED);
	ask("Status", "");
	expect("held: reload");
	expect("held_demoted: 3");
	ask("Discard", "");
	assert_string_equal(answer, "{}");
	ask("Status", "");
	expect("held: , ");
	ask("Confirm", "");
	expect("org.hallmarkd.Error.NothingHeld");
	assert_int_equal(zone_of[1], TRUSTED);
}

static void expect_refused(const char *error, const char *why)
{
	listen_in();
	ask("Reload", "");
	if (count_said(why, true) == 0)
		fail_msg("it was not said: %s", why);
	expect(error);
	assert_string_equal(zone_in_registry(1), "trusted");
	assert_null(core.reviewer.review);
}

/* Each is wrong in one thing, and the configuration in force stays. */
static void test_configurations_that_are_not_good(void **state)
{
	(void)state;
	two_devices();
	configure(rule_basic, "", "", "listen = { port = 5690; };");
	expect_refused("org.hallmarkd.Error.NeedsRestart: ", "listen.port has changed; that needs a restart");
	configure(rule_basic, "", "", "");
	ruleset_result = -EPROTO;
	expect_refused("org.hallmarkd.Error.BadConfiguration: ", "the table made from it cannot be loaded");
	ruleset_result = 0;
	put("result.key", "not a key");
	expect_refused("org.hallmarkd.Error.BadConfiguration: ", "gateway.result-key");
	put_keys();
	put("gateway.key", "not a key");
	expect_refused("org.hallmarkd.Error.BadConfiguration: ", "gateway.key");
	put_keys();
	is_broken = true;
	ask("Reload", "");
	expect("outcome: failed");
	is_broken = false;
	ask("Reload", ""); /* the twin */
	expect("outcome: applied");
}

/* Sets that have no room for those who are in them would not be loaded. */
static void test_sets_that_are_too_small(void **state)
{
	(void)state;
	two_devices();
	for (uint8_t i = 0; i < 63; i++) {
		struct verdict v = { .facts = facts_of(100 + i, true), .zone = "trusted", .interface = "port1" };

		v.decision = (struct decision){ .zone = TRUSTED, .expiry.at_sec = clock_realtime_sec() + 3600 };
		assert_int_equal(registry_put(core.settler.registry, &v), 0);
	}
	configure(rule_basic, "", "set-size = 64;", "");
	expect_refused("org.hallmarkd.Error.BadConfiguration: ",
		       "network.set-size = 64 is too small: zone trusted has 65 devices");
	configure(rule_basic, "", "set-size = 65;", ""); /* the twin */
	ask("Try", "s", "");
	expect("outcome: tried");
}

/* --- replays --- */

static void test_replay(void **state)
{
	(void)state;
	two_devices();
	ask("Replay", "sx", "0100", INT64_C(0));
	expect("same: true, at: ");
	expect("differences: []");
	level_of[1] = 0;
	ask("Replay", "sx", "0100", INT64_C(0));
	expect("same: false");
	expect("{what: zone, stored: trusted, derived: ");
	assert_int_equal(zone_of[1], TRUSTED); /* nothing but the answer comes of it */
	is_broken = true;
	ask("Replay", "sx", "0100", INT64_C(0));
	expect("org.hallmarkd.Error.NoInputs: the verdict could not be derived");
	assert_null(core.reviewer.replay);
}

#define REVIEW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_reviews, tear_down_reviews)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REVIEW_TEST(test_a_reload_that_changes_nothing),   REVIEW_TEST(test_a_rule_that_is_gone),
		REVIEW_TEST(test_what_the_brake_holds_is_dropped), REVIEW_TEST(test_configurations_that_are_not_good),
		REVIEW_TEST(test_sets_that_are_too_small),         REVIEW_TEST(test_replay),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
