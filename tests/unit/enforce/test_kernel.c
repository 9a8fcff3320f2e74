/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* Our table and its elements on the real kernel. Skips when it is not root. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decide/policy.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "enforce/watch.h"
#include "kernel_kit.h"

/* --- The table --- */

static void test_ensure(void **state)
{
	/* Each makes the table another one than ours, and for each it must be put back, once. */
	static const char *const meddling[] = {
		"nft delete table inet hallmark",
		"nft flush ruleset",
		"nft flush table inet hallmark",
		"nft flush chain inet hallmark c_from_device",
		"nft insert rule inet hallmark c_pinholes accept",
		"nft delete element inet hallmark guarded '{ dev1 }'",
		"nft 'delete table inet hallmark; table inet hallmark { comment \"sha256:00\"; }'",
		"nft 'table inet hallmark { flags dormant; }'",
		"nft 'flush chain inet hallmark c_from_device; flush chain inet hallmark "
		"c_input_device; "
		"delete set inet hallmark z_trusted'",
	};
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_false(ensure(k));
	for (size_t i = 0; i < ARRAY_SIZE(meddling); i++) {
		assert_true(sh("%s", meddling[i]));
		if (!ensure(k))
			fail_msg("not noticed: %s", meddling[i]);
		assert_false(ensure(k));
	}

	ruleset.set_size++;
	assert_true(ensure(k));
	assert_false(ensure(k));
	ruleset.set_size--;
}

static void test_ensure_keeps_others(void **state)
{
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_true(sh("nft 'table inet other { chain c { accept; }; }'"));
	assert_true(sh("nft delete table inet hallmark"));
	assert_true(ensure(k));
	assert_true(sh("nft list table inet other | grep -q accept"));
	assert_true(sh("nft delete table inet other"));
}

static void test_ensure_with_elements(void **state)
{
	const struct element elements[] = {
		element("dev0", 1, TRUSTED, 100),
		element("dev1", 2, RESTRICTED, 86400 * 40 + 7),
		element("dev1", 3, ZONE_QUARANTINE, 100),
		element("dev1", 4, TRUSTED, 0),
		element("dev1", 5, TRUSTED, 100),
		element("dev1", 5, RESTRICTED, 90), /* of the same key the last counts */
		element("", 6, TRUSTED, 100),
		element("de\"v", 7, TRUSTED, 100),
		element("dev0", 8, 3, 100),
	};
	struct kernel *k = *state;
	bool loaded = false;

	NEEDS_ROOT;
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_ensure_table(k, &ruleset, elements, ARRAY_SIZE(elements), &loaded), 0);
	assert_true(loaded);
	assert_false(kernel_has_all(k)); /* the last three cannot be */
	assert_left(held(k, &elements[0]), 100);
	assert_left(held(k, &elements[1]), 86400 * 40 + 7);
	assert_int_equal(held(k, &elements[2]), -1);
	assert_int_not_equal(held(k, &elements[3]), 0); /* for ever */
	assert_left(held(k, &elements[5]), 90);
	for (size_t i = 6; i < ARRAY_SIZE(elements); i++)
		assert_int_equal(held(k, &elements[i]), -1);
	assert_false(ensure(k));
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_ensure_table(k, &ruleset, elements, 6, &loaded), 0);
	assert_true(kernel_has_all(k));
	assert_true(sh("nft 'delete table inet hallmark; add table inet hallmark'")); /* who knows what is in it */
	assert_int_equal(kernel_ensure_table(k, &ruleset, elements, 6, &loaded), 0);
	assert_true(loaded);
	assert_false(kernel_has_all(k));
}

static void test_ensure_fails(void **state)
{
	struct kernel *k = NULL;
	bool loaded;

	(void)state;
	NEEDS_ROOT;
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_new("/nonexistent/nft", &k), 0);
	assert_int_equal(kernel_ensure_table(k, &ruleset, NULL, 0, &loaded), -ENOENT);
	kernel_free(k);

	/* A text that nft refuses: two sets of one name. */
	struct policy twice = policy;
	struct ruleset bad = ruleset;

	(void)strcpy(twice.zones[2].name, "trusted");
	bad.policy = &twice;
	bad.zones[2].reach[0].host[0] = ':';
	assert_int_equal(kernel_new(NFT, &k), 0);
	assert_int_equal(kernel_ensure_table(k, &bad, NULL, 0, &loaded), -EPROTO);
	assert_false(sh("nft list table inet hallmark 2>/dev/null"));
	kernel_free(k);
}

/* --- Elements --- */

static void test_apply(void **state)
{
	struct element e = element("dev0", 7, TRUSTED, 100), other = element("dev1", 7, TRUSTED, 200);
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_left(held(k, &e), 100);
	assert_true(sh("nft list set inet hallmark z_trusted | grep -q '\"dev0\" . "
		       "02:00:00:00:00:07 timeout 1m40s'"));
	assert_int_equal(kernel_apply(k, &ruleset, &other, 1), 0);
	assert_int_equal(count(k), 2); /* the same MAC on another port is another element */

	e.timeout_sec = 50;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_left(held(k, &e), 50); /* shorter */
	e.timeout_sec = UINT32_MAX;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_left(held(k, &e), UINT32_MAX); /* and longer */

	e.zone = RESTRICTED;
	e.timeout_sec = 60;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_left(held(k, &e), 60);
	e.zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_int_equal(held(k, &e), -1);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 0), 0);
	assert_int_equal(count(k), 1);
}

static void test_apply_last_counts(void **state)
{
	struct element elements[] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, TRUSTED, 100),
				      element("dev0", 1, ZONE_QUARANTINE, 1), element("dev0", 2, RESTRICTED, 50),
				      element("dev0", 2, RESTRICTED, 40) };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_apply(k, &ruleset, elements, ARRAY_SIZE(elements)), 0);
	assert_int_equal(count(k), 1);
	assert_left(held(k, &elements[4]), 40);
}

/* What expired, collected or not, must neither block a later write nor stay; nothing is ever permanent. */
static void test_expiry(void **state)
{
	struct element e = element("dev0", 9, TRUSTED, 0);
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_int_not_equal(held(k, &e), 0); /* for ever */
	(void)usleep(1200000);
	assert_int_equal(held(k, &e), NOWHERE);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_int_not_equal(held(k, &e), 0);
	(void)usleep(1200000);
	e.timeout_sec = 100;
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_left(held(k, &e), 100);
	(void)usleep(1200000);
	assert_left(held(k, &e), 99); /* nothing refreshes it */
}

/* 10,000 in 5 transactions, each number in the zone and with the time of its own; and all taken back. */
static void test_many(void **state)
{
	enum { N = 10000 };

	NEEDS_ROOT; /* before there is anything to leak */

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	_cleanup_free_ struct set_entry *list = NULL;
	struct kernel *k = *state;
	struct nft_sets sets;
	uint64_t start_usec;
	size_t n = 0;

	assert_non_null(elements);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = element(i % 2 ? "dev0" : "dev1", i, i % 3 ? TRUSTED : RESTRICTED, 1000 + i);
	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	(void)fprintf(stderr, "%d elements written twice in %llu us\n", N,
		      (unsigned long long)(clock_monotonic_usec() - start_usec));

	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_list(k, &ruleset, &list, &n), 0);
	(void)fprintf(stderr, "and listed in %llu us\n", (unsigned long long)(clock_monotonic_usec() - start_usec));
	assert_int_equal(n, N);
	sets_of(&ruleset, &sets);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *mac = list[i].key + IFNAMSIZ;
		uint32_t number = (uint32_t)mac[4] << 8 | mac[5];

		assert_string_equal((const char *)list[i].key, elements[number].interface);
		assert_memory_equal(mac, elements[number].mac, 6);
		assert_int_equal(sets.list[list[i].set].zone, elements[number].zone);
		assert_left(list[i].timeout_sec, elements[number].timeout_sec);
	}
	for (size_t i = 0; i < N; i++)
		elements[i].zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_int_equal(count(k), 0);
}

/* The comparison writes what differs, entry by entry. */
static void test_write(void **state)
{
	struct element e = element("dev0", 1, TRUSTED, 100);
	struct set_entry entries[SETS_MAX];
	struct kernel *k = *state;
	struct nft_sets sets;
	size_t n;

	NEEDS_ROOT;
	sets_of(&ruleset, &sets);
	n = element_entries(&sets, &e, entries);
	assert_int_equal(n, 3); /* two zones, and monitored */
	assert_int_equal(kernel_write(k, &ruleset, entries, n, false), 0);
	assert_left(held(k, &e), 100);
	assert_int_equal(count_in(k, -1, -1), 1);
	for (size_t i = 0; i < n; i++)
		entries[i].timeout_sec = 0;
	assert_int_equal(kernel_write(k, &ruleset, entries, n, false), 0);
	assert_int_equal(count_in(k, -1, -1), 0);
	assert_int_equal(kernel_write(k, &ruleset, entries, 0, false), 0);
	entries[0].set = (uint8_t)sets.n;
	assert_int_equal(kernel_write(k, &ruleset, entries, 1, false), -EINVAL);
}

/* As after a boot: into tables that hold nobody, with the known senders. */
static void test_write_into_empty_tables(void **state)
{
	struct element e[3] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, RESTRICTED, 50),
				element("dev0", 3, TRUSTED, 100) };
	struct set_entry entries[ARRAY_SIZE(e) * SETS_MAX];
	struct kernel *k = *state;
	struct nft_sets sets;
	size_t n = 0;

	NEEDS_ROOT;
	sets_of(&ruleset, &sets);
	for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
		e[i].known_sec = i < 2 ? 1000 : 0;
		n += element_entries(&sets, &e[i], entries + n);
	}
	assert_int_equal(kernel_write(k, &ruleset, entries, n, true), 0);
	assert_left(held(k, &e[0]), 100);
	assert_left(held(k, &e[1]), 50);
	assert_int_equal(count_in(k, -1, -1), 3);
	assert_int_equal(kernel_know(k, &ruleset, e, ARRAY_SIZE(e)), 0);
	for (unsigned i = 1; i <= ARRAY_SIZE(e); i++)
		assert_int_equal(sh("nft list set inet hallmark known | grep -q '02:00:00:00:00:0%u'", i), i < 3);
	e[0].known_sec = 2000; /* and later one by one again */
	assert_int_equal(kernel_know(k, &ruleset, e, 1), 0);
	assert_true(sh("nft list set inet hallmark known | tr ',' '\\n' | grep '02:00:00:00:00:01' | grep -q 33m"));
}

/* What somebody made permanent is told as 0, and gets a time when it is written. */
static void test_permanent(void **state)
{
	static const char meddling[] = "nft 'delete table inet hallmark; table inet hallmark {"
				       " set z_trusted { type ifname . ether_addr; flags timeout; elements = { "
				       "\"dev0\" . 02:00:00:00:00:01 }; };"
				       " set z_restricted { type ifname . ether_addr; flags timeout; };"
				       " set monitored { type ifname . ether_addr; flags timeout; }; }'";
	struct element e = element("dev0", 1, TRUSTED, 100);
	_cleanup_free_ struct set_entry *list = NULL;
	struct kernel *k = *state;
	struct set_entry found;
	size_t n = 0;

	NEEDS_ROOT;
	assert_true(sh("%s", meddling));
	assert_int_equal(kernel_list(k, &ruleset, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].timeout_sec, 0);
	assert_int_equal(kernel_look_up(k, &ruleset, &e, &found), 0);
	assert_int_equal(found.timeout_sec, 0);
	list[0].timeout_sec = 100;
	assert_int_equal(kernel_write(k, &ruleset, list, 1, false), 0);
	assert_left(held(k, &e), 100);
}

/* One device, whatever the kernel has for others; what kernel_list() leaves out is not found either. */
static void test_look_up(void **state)
{
	struct element here[] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, RESTRICTED, 50),
				  element("dev1", 1, RESTRICTED, 70) };
	struct element monitored = element("dev0", 3, ZONE_QUARANTINE, 0);
	struct kernel *k = *state;
	struct set_entry found;
	struct nft_sets sets;

	NEEDS_ROOT;
	sets_of(&ruleset, &sets);
	monitored.monitored_sec = 100;
	assert_int_equal(kernel_look_up(k, &ruleset, &here[0], &found), -ENOENT);
	assert_int_equal(kernel_apply(k, &ruleset, here, ARRAY_SIZE(here)), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &monitored, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(here); i++) {
		struct element asked = element(here[i].interface, here[i].mac[5], ZONE_QUARANTINE, 0);

		assert_int_equal(kernel_look_up(k, &ruleset, &asked, &found), 0);
		assert_int_equal(sets.list[found.set].zone, here[i].zone);
		assert_left(found.timeout_sec, here[i].timeout_sec);
	}
	assert_int_equal(kernel_look_up(k, &ruleset, &monitored, &found), -ENOENT); /* in a set that is no zone */
	assert_true(sh("nft delete element inet hallmark z_trusted '{ \"dev0\" . 02:00:00:00:00:01 }'"));
	assert_int_equal(kernel_look_up(k, &ruleset, &here[0], &found), -ENOENT);
	assert_int_equal(kernel_look_up(k, &ruleset, &here[2], &found), 0); /* the same MAC elsewhere */
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_look_up(k, &ruleset, &here[0], &found), -ENOENT);
}

static void test_table_gone(void **state)
{
	struct element elements[] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, RESTRICTED, 100) };
	struct kernel *k = *state;
	struct set_entry *list;
	size_t n;

	NEEDS_ROOT;
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_apply(k, &ruleset, elements, 2), -ENOENT);
	assert_int_equal(elements[0].error, -ENOENT);
	assert_int_equal(elements[1].error, -ENOENT);
	assert_int_equal(kernel_list(k, &ruleset, &list, &n), -ENOENT);
	assert_true(ensure(k));
	assert_int_equal(kernel_apply(k, &ruleset, elements, 2), 0);
	assert_int_equal(elements[0].error, 0);
	assert_int_equal(elements[1].error, 0);
	assert_int_equal(count(k), 2);
}

/* What is no zone or no interface is refused, and taken out of where it is; the others are in force. */
static void test_impossible(void **state)
{
	struct element elements[] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, TRUSTED, 100),
				      element("", 3, TRUSTED, 100), element("dev1", 4, TRUSTED, 100) };
	struct kernel *k = *state;

	NEEDS_ROOT;
	assert_int_equal(kernel_apply(k, &ruleset, elements, 2), 0);
	elements[1].zone = 3;
	assert_int_equal(kernel_apply(k, &ruleset, elements, 4), -EINVAL);
	assert_int_equal(elements[0].error, 0);
	assert_int_equal(elements[1].error, -EINVAL);
	assert_int_equal(elements[2].error, -EINVAL);
	assert_int_equal(elements[3].error, 0);
	assert_left(held(k, &elements[0]), 100);
	assert_int_equal(held(k, &elements[1]), NOWHERE);
	assert_left(held(k, &elements[3]), 100);
	assert_int_equal(count(k), 2);
}

/* Whose change it was, ours or another's, and each is told once. */
static void test_watch(void **state)
{
	struct element one = element("dev0", 1, TRUSTED, 100);
	struct kernel *k = *state;
	struct watch *w = NULL;

	NEEDS_ROOT;
	assert_int_equal(watch_new(&w), 0);
	assert_false(watch_read(w));
	assert_int_equal(kernel_apply(k, &ruleset, &one, 1), 0);
	assert_false(watch_read(w));
	assert_true(sh("nft delete element inet hallmark z_trusted '{ \"dev0\" . 02:00:00:00:00:01 }'"));
	assert_true(watch_read(w));
	assert_false(watch_read(w));
	assert_true(sh("nft flush ruleset"));
	assert_true(watch_read(w));
	assert_true(ensure(k));
	assert_true(watch_read(w)); /* nft is another process, for whomever it works */
	assert_int_equal(kernel_apply(k, &ruleset, &one, 1), 0);
	assert_false(watch_read(w));
	watch_free(w);
}

/* A kernel that has what the tables are made of, and a program that is not there. */
static void test_probe(void **state)
{
	struct kernel_abilities abilities = { 0 };
	struct kernel *k = NULL;

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(kernel_new(NFT, &k), 0);
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), 0);
	assert_true(abilities.has_inet && abilities.has_routes);
	assert_false(abilities.has_bridge); /* not asked for */
	ruleset.n_bridges = 1;
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), 0);
	assert_true(abilities.has_inet && abilities.has_routes && abilities.has_bridge);
	assert_false(sh("nft list tables | grep -q probe"));
	kernel_free(k);
	assert_int_equal(kernel_new("/nonexistent/nft", &k), 0);
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), -ENOENT);
	assert_false(abilities.has_inet || abilities.has_routes || abilities.has_bridge);
	kernel_free(k);
	assert_int_equal(kernel_new("/bin/false", &k), 0);
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), 0);
	assert_false(abilities.has_inet || abilities.has_routes || abilities.has_bridge);
	kernel_free(k);
}

/* A kernel that has all but the look-up of routes. */
static void test_probe_without_routes(void **state)
{
	static const char script[] = "#!/bin/sh\n! grep -q fib\n";
	char path[] = "./nft-XXXXXX";
	struct kernel_abilities abilities;
	struct kernel *k = NULL;
	int fd;

	(void)state;
	NEEDS_ROOT;
	fd = mkstemp(path);
	assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	assert_int_equal(fchmod(fd, 0755), 0);
	(void)close(fd);
	assert_int_equal(kernel_new(path, &k), 0);
	ruleset.n_bridges = 1;
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), 0);
	ruleset.n_bridges = 0;
	assert_true(abilities.has_inet && abilities.has_bridge);
	assert_false(abilities.has_routes);
	kernel_free(k);
	(void)unlink(path);
}

static char lacking[256];

static void note_lack(const struct kernel_lack *lack, void *userdata)
{
	const size_t n = strlen(lacking);

	(void)userdata;
	assert_true(lack->effect[0] && strstr(lack->remedy, "use a kernel with CONFIG_"));
	(void)snprintf(lacking + n, sizeof(lacking) - n, "%s;", lack->what);
}

/* This kernel has all; one that takes no rule with that word lacks that, and nothing else. */
static void test_features(void **state)
{
	static const struct {
		const char *word, *what;
	} rows[] = {
		{ "ct state", "the state of connections (`ct`);" },
		{ "limit rate over", "limits for each sender (`limit` in sets that packets fill);" },
		{ "jhash", "hashes (`jhash`);" },
		{ "log prefix", "the log (`log`);" },
	};
	struct kernel *k = NULL;

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(kernel_new(NFT, &k), 0);
	for (size_t n_bridges = 0; n_bridges < 2; n_bridges++) {
		ruleset.n_bridges = n_bridges;
		assert_int_equal(kernel_lacks(k, &ruleset, note_lack, NULL), 0);
		assert_string_equal(lacking, "");
	}
	assert_false(sh("nft list tables | grep -q probe"));
	kernel_free(k);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[] = "./nft-XXXXXX";
		int fd = mkstemp(path);

		assert_true(dprintf(fd, "#!/bin/sh\n! grep -q '%s'\n", rows[i].word) > 0);
		assert_int_equal(fchmod(fd, 0755), 0);
		(void)close(fd);
		assert_int_equal(kernel_new(path, &k), 0);
		lacking[0] = '\0';
		assert_int_equal(kernel_lacks(k, &ruleset, note_lack, NULL), 1);
		assert_string_equal(lacking, rows[i].what);
		kernel_free(k);
		(void)unlink(path);
	}
	ruleset.n_bridges = 0;
	assert_int_equal(kernel_new("/nonexistent/nft", &k), 0);
	assert_int_equal(kernel_lacks(k, &ruleset, note_lack, NULL), -ENOENT);
	kernel_free(k);
	assert_int_equal(kernel_new(NULL, &k), 0); /* that reads and changes no tables */
	assert_int_equal(kernel_lacks(k, &ruleset, note_lack, NULL), 0);
	kernel_free(k);
}

/* A program that refuses says why; of a probe that is an answer, of a check an error. */
static void test_probe_is_silent(void **state)
{
	static const char script[] = "#!/bin/sh\necho refused >&2\nexit 1\n";
	char path[] = "./nft-XXXXXX", line[64] = "";
	_cleanup_fclose_ FILE *said = tmpfile();
	struct kernel_abilities abilities;
	struct kernel *k = NULL;
	int fd, before;

	(void)state;
	NEEDS_ROOT;
	fd = mkstemp(path);
	assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	assert_int_equal(fchmod(fd, 0755), 0);
	(void)close(fd);
	assert_int_equal(kernel_new(path, &k), 0);
	assert_non_null(said);
	before = dup(STDERR_FILENO);
	assert_int_equal(dup2(fileno(said), STDERR_FILENO), STDERR_FILENO);
	ruleset.n_bridges = 0;
	abilities.has_inet = true;
	assert_int_equal(kernel_probe(k, &ruleset, &abilities), 0);
	assert_int_equal(lseek(fileno(said), 0, SEEK_CUR), 0);
	assert_int_equal(kernel_check_ruleset(k, &ruleset), -EPROTO);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	(void)close(before);
	assert_false(abilities.has_inet);
	rewind(said);
	assert_non_null(fgets(line, sizeof(line), said));
	assert_non_null(strstr(line, "refused"));
	kernel_free(k);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE(test_ensure),
		TABLE(test_ensure_keeps_others),
		TABLE(test_ensure_with_elements),
		TABLE(test_ensure_fails),
		TABLE(test_apply),
		TABLE(test_apply_last_counts),
		TABLE(test_expiry),
		TABLE(test_many),
		TABLE(test_write),
		TABLE(test_write_into_empty_tables),
		TABLE(test_permanent),
		TABLE(test_look_up),
		TABLE(test_table_gone),
		TABLE(test_impossible),
		TABLE(test_watch),
		TABLE(test_probe),
		TABLE(test_probe_without_routes),
		TABLE(test_features),
		TABLE(test_probe_is_silent),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
