/* SPDX-License-Identifier: Apache-2.0 */
/* links: backup */
/*
 * `hallmarkctl backup` and `restore` of one installation: what comes back, what is refused with which words, and that a refusal changes
 * nothing. `tar` and `openssl` read what it writes.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "ctl_config.h"
#include "hallmark/record.h"
#include "log_kit.h"
#include "store/record.h"
#include "store/store.h"

DEFINE_CLEANUP(struct store *, store_free);

/* --- A gateway in a folder of its own --- */

/* Two entries. Returns the head. */
static const char *put_store(const char *path)
{
	static char mark[RECORD_MARK_SIZE];
	struct record r = { .time_sec = 1780228800, .cause = CAUSE_ATTESTED };
	struct record_mark head;
	struct store *s = NULL;

	assert_int_equal(store_open(path, &s), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(record_append(s, &r), 0);
	assert_int_equal(record_head(s, &head), 0);
	store_free(s);
	return record_mark_to_text(&head, mark);
}

static const char *head_of(const char *path)
{
	static char mark[RECORD_MARK_SIZE];
	_cleanup_(store_freep) struct store *s = NULL;
	struct record_mark head;

	assert_int_equal(store_open_to_read(path, &s), 0);
	assert_int_equal(record_head(s, &head), 0);
	return record_mark_to_text(&head, mark);
}

/* A certificate for an office, and its key, as NAME.crt and NAME.key. */
static void put_recipient(const struct place *p, const char *name, enum pki_key kind)
{
	struct pki_node node = pki_issue(NULL, &(struct pki_request){ .key = kind, .ca = true });
	_cleanup_free_ char *certificate = pki_certificate_pem(&node), *key = pki_private_pem(node.key);
	char file[32];

	(void)snprintf(file, sizeof(file), "%s.crt", name);
	(void)put_text(p, file, certificate);
	(void)snprintf(file, sizeof(file), "%s.key", name);
	put_private(p, file, key);
	pki_done(&node);
}

/* The place of the test, and in it the gateway's. */
struct gateway {
	struct place desk, home;
	char config[96], state[96], backup[96], head[RECORD_MARK_SIZE];
};

static void gateway_done(struct gateway *g)
{
	place_done(&g->desk);
	place_done(&g->home);
}
#define _cleanup_gateway_ _cleanup_(gateway_done)

/* Below those that the kernel gives away: a gateway may run on this machine. */
static uint16_t a_port(void)
{
	return (uint16_t)(20000 + getpid() % 10000);
}

static void gateway_new(struct gateway *g)
{
	g->desk = place_new();
	g->home = place_new();
	(void)strcpy(g->config, put_config_at(&g->home, a_port(), "managed = \"trust.conf\";"));
	put_installation(&g->home);
	(void)put_text(&g->home, "trust.conf", "anchors = ();\n");
	(void)snprintf(g->state, sizeof(g->state), "%s/state", g->home.path);
	(void)snprintf(g->backup, sizeof(g->backup), "%s/backup.tar", g->desk.path);
	(void)strcpy(g->head, put_store(in(&g->home, "state/" STORE_FILE)));
	put_recipient(&g->desk, "office", PKI_P256);
	put_recipient(&g->desk, "rsa", PKI_RSA);
	put_recipient(&g->desk, "edwards", PKI_ED25519);
	log_set_level(-1);
}

static enum ctl_exit back_up(struct gateway *g, const char *keys_for)
{
	return run(ctl_backup, (struct ctl){ .config = g->config, .output = g->backup, .keys_for = keys_for });
}

static struct ctl to_restore(struct gateway *g, const char *key)
{
	return (struct ctl){ .operand = g->backup, .config = g->config, .state = g->state, .key = key };
}

/* As new hardware is: nothing of the gateway is there. */
static void lose(const struct gateway *g)
{
	struct place home = g->home;

	place_done(&home);
	assert_int_equal(mkdir(g->home.path, 0755), 0);
}

static unsigned count_files(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	for (const struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		(void)closedir(d);
	return n;
}

static void expect_refusal(enum ctl_exit (*command)(const struct ctl *), struct ctl ctl, const char *why)
{
	enum ctl_exit answer;
	bool was_said;

	listen_in();
	answer = run(command, ctl);
	was_said = count_said(why, false) > 0;
	if (!was_said) {
		char all[4096] = "";

		rewind(lines);
		(void)!fread(all, 1, sizeof(all) - 1, lines);
		(void)count_said("", true);
		fail_msg("it was not said: %s, but: %s", why, all);
	}
	(void)count_said("", true);
	assert_int_equal(answer, CTL_FAULT);
}

/* In the desk's folder, by a shell. */
static void expect_shell(const struct gateway *g, const char *command)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "cd %s && { %s; } >out 2>&1", g->desk.path, command);
	if (system(line) != 0)
		fail_msg("%s: %.*s", command, (int)get_file(in(&g->desk, "out")).n,
			 (const char *)get_file(in(&g->desk, "out")).p);
}

/* --- What comes back --- */

static void test_comes_back(void **state)
{
	_cleanup_gateway_ struct gateway g;
	_cleanup_bytes_ struct bytes key = { 0 };
	struct stat st;

	(void)state;
	gateway_new(&g);
	key = exact(get_file(in(&g.home, "gateway.key")));
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	assert_true(printed(g.backup));
	assert_true(printed("test-gateway"));
	assert_true(printed(g.head));
	assert_int_equal(stat(g.backup, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(count_files(g.desk.path), 7); /* the recipients' six, and nothing half done */
	lose(&g);

	(void)put_text(&g.home, "gateway.crt.restore", "of a restore that was interrupted");
	assert_int_equal(mkdir(g.state, 0700), 0);
	(void)put_text(&g.home, "state/verdicts.db.restore-wal", "of the same");
	(void)put_text(&g.home, "hallmarkd.conf", "the package's");
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "office.key"))), CTL_YES);
	assert_int_equal(count_files(in(&g.home, "state")), 1);
	assert_int_equal(count_files(g.home.path),
			 7); /* two configurations, trust.conf, gateway.crt, two keys, state */
	assert_true(bytes_equal_string(get_file(in(&g.home, "hallmarkd.conf.before-restore")), "the package's"));
	assert_true(printed("restored: devices know this gateway"));
	assert_true(printed(g.head));
	assert_string_equal(head_of(in(&g.home, "state/" STORE_FILE)), g.head);
	assert_true(bytes_equal(get_file(in(&g.home, "gateway.key")), key));
	assert_int_equal(stat(in(&g.home, "gateway.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(in(&g.home, "trust.conf"), &st), 0);
}

/* Without a store, as before the first start, and again after it was done. */
static void test_comes_back_without_a_store(void **state)
{
	_cleanup_gateway_ struct gateway g;

	(void)state;
	gateway_new(&g);
	assert_int_equal(unlink(in(&g.home, "state/" STORE_FILE)), 0);
	assert_int_equal(back_up(&g, in(&g.desk, "rsa.crt")), CTL_NO);
	lose(&g);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "rsa.key"))), CTL_YES);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "rsa.key"))), CTL_YES);
	assert_int_equal(count_files(g.home.path), 5); /* nothing was kept of what is the same */
}

static void test_foreign_programs_read_it(void **state)
{
	_cleanup_gateway_ struct gateway g;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	expect_shell(&g, "test \"$(tar -tf backup.tar | tr '\\n' ' ')\" = 'MANIFEST etc/gateway.crt etc/hallmarkd.conf "
			 "etc/trust.conf keys.cms state/verdicts.db '");
	expect_shell(&g, "! tar -xOf backup.tar | grep -a 'PRIVATE KEY'");
	expect_shell(&g, "tar -xOf backup.tar keys.cms | openssl cms -decrypt -inform DER -inkey office.key | tar -xO "
			 "etc/gateway.key etc/result.key | grep -c 'BEGIN PRIVATE KEY' | grep -qx 2");
	expect_shell(&g, "! tar -xOf backup.tar keys.cms | openssl cms -decrypt -inform DER -inkey rsa.key");
	expect_shell(&g, "tar -xOf backup.tar MANIFEST | sed -n 's/^file \\([0-9a-f]*\\) [0-9]* /\\1  /p' >sums && "
			 "mkdir all && tar -C all -xf backup.tar && cd all && sha256sum -c ../sums");
	assert_int_equal(back_up(&g, in(&g.desk, "rsa.crt")), CTL_YES);
	expect_shell(&g, "tar -xOf backup.tar keys.cms | openssl cms -decrypt -inform DER -inkey rsa.key | tar -t");
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	assert_true(printed("--keys-for CERT.pem takes them in"));
	expect_shell(&g, "! tar -tf backup.tar | grep keys");
}

/* Certificate and key in one file, and a key in a file that is named for something else: each is sealed, or left out by name. */
static void test_keys_in_other_files(void **state)
{
	_cleanup_gateway_ struct gateway g;
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	{
		char command[512];

		(void)snprintf(
			command, sizeof(command),
			"cd %s && cat gateway.crt gateway.key >gateway.pem && cat trust.conf gateway.key >managed && "
			"mv managed trust.conf && sed -i 's/^/# /; 1s/# //' trust.conf && chmod 600 gateway.pem && "
			"sed -i 's/gateway\\.crt\\|gateway\\.key/gateway.pem/g' hallmarkd.conf",
			g.home.path);
		expect_shell(&g, command);
	}
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	expect_shell(&g, "test \"$(tar -tf backup.tar | tr '\\n' ' ')\" = 'MANIFEST etc/hallmarkd.conf keys.cms "
			 "state/verdicts.db '");
	expect_shell(&g, "! tar -xOf backup.tar | grep -a 'PRIVATE KEY'");
	expect_shell(&g, "tar -xOf backup.tar keys.cms | openssl cms -decrypt -inform DER -inkey office.key | tar -t | "
			 "sort | tr '\\n' ' ' | grep -qx 'etc/gateway.pem etc/result.key etc/trust.conf '");
	ctl = (struct ctl){ .config = g.config, .output = g.backup };
	listen_in();
	assert_int_equal(run(ctl_backup, ctl), CTL_YES);
	assert_int_equal(count_said("gateway.pem is secret, and not in the backup", false), 1);
	assert_int_equal(count_said("trust.conf is secret, and not in the backup", true), 1);
	expect_shell(&g, "! tar -xOf backup.tar | grep -a 'PRIVATE KEY'");
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	lose(&g);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "office.key"))), CTL_YES);
	assert_int_equal(access(in(&g.home, "gateway.pem"), F_OK), 0);
}

/* What it names comes with it: secrets among the keys, a CA for all to read. What is elsewhere is named. */
static void test_notify(void **state)
{
	_cleanup_gateway_ struct gateway g;
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	(void)put_text(
		&g.home, "notify.conf",
		"targets = ( { name = \"a\"; type = \"webhook\"; key = \"webhook.key\"; ca = \"desk.crt\"; },\n"
		" { name = \"b\"; type = \"mqtt\"; password = \"mqtt.password\"; ca = \"/etc/hostname\"; } );\n");
	put_private(&g.home, "webhook.key", "swordfish");
	put_private(&g.home, "mqtt.password", "swordfish");
	(void)put_text(&g.home, "desk.crt", "a certificate");
	ctl = (struct ctl){ .config = g.config, .output = g.backup, .keys_for = in(&g.desk, "office.crt") };
	listen_in();
	assert_int_equal(run(ctl_backup, ctl), CTL_YES);
	assert_int_equal(count_said("/etc/hostname is in neither", false), 1);
	ctl.keys_for = NULL;
	assert_int_equal(run(ctl_backup, ctl), CTL_YES);
	assert_int_equal(count_said("webhook.key is secret, and not in the backup", false), 1);
	assert_int_equal(count_said("mqtt.password is secret, and not in the backup", true), 1);
	expect_shell(&g, "! tar -xOf backup.tar | grep -a swordfish && tar -tf backup.tar | grep desk.crt");
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	expect_shell(&g, "! tar -xOf backup.tar | grep -a swordfish");
	lose(&g);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "office.key"))), CTL_YES);
	assert_true(bytes_equal_string(get_file(in(&g.home, "webhook.key")), "swordfish"));
	assert_int_equal(access(in(&g.home, "mqtt.password"), F_OK), 0);
	assert_int_equal(access(in(&g.home, "desk.crt"), F_OK), 0);
}

static void test_key_in_the_state(void **state)
{
	_cleanup_gateway_ struct gateway g;
	char command[512];

	(void)state;
	gateway_new(&g);
	(void)snprintf(command, sizeof(command),
		       "cd %s && mv result.key state && sed -i 's,\"result.key\",\"state/result.key\",' hallmarkd.conf",
		       g.home.path);
	expect_shell(&g, command);
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	lose(&g);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "office.key"))), CTL_YES);
	assert_int_equal(access(in(&g.home, "state/result.key"), F_OK), 0);
	lose(&g); /* but no store among the keys */
	expect_shell(&g,
		     "mkdir -p all/state && tar -C all -xf backup.tar && cd all && echo x >state/verdicts.db && tar "
		     "--format=ustar -cf - state/verdicts.db | openssl cms -encrypt -binary -aes-256-gcm -outform DER "
		     "-out keys.cms ../office.crt && tar -xOf ../backup.tar state/verdicts.db >state/verdicts.db && "
		     "sed -i \"s/^file [0-9a-f]* [0-9]* keys.cms/file $(sha256sum <keys.cms | cut -d' ' -f1) $(stat -c "
		     "%s keys.cms) keys.cms/\" MANIFEST && tar --format=ustar -cf ../backup.tar $(find . -mindepth 1 "
		     "! -type d | sed 's,^./,,' | LC_ALL=C sort)");
	expect_refusal(ctl_restore, to_restore(&g, in(&g.desk, "office.key")), "belongs into no folder");
	assert_int_equal(count_files(g.home.path), 0);
}

/* --- What is refused --- */

static void test_backup_is_refused(void **state)
{
	_cleanup_gateway_ struct gateway g;
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY }, few = { 8192, RLIM_INFINITY };
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	ctl = (struct ctl){ .config = g.config, .output = g.backup, .keys_for = in(&g.desk, "edwards.crt") };
	expect_refusal(ctl_backup, ctl, "give a certificate with an EC or RSA key");
	ctl.keys_for = in(&g.desk, "office.key");
	expect_refusal(ctl_backup, ctl, "no certificate in PEM; make one");
	ctl.keys_for = in(&g.desk, "no.crt");
	expect_refusal(ctl_backup, ctl, "No such file");
	ctl.keys_for = in(&g.desk, "office.crt");
	ctl.output = "/nowhere/backup.tar";
	expect_refusal(ctl_backup, ctl, "/nowhere/backup.tar");
	ctl.output = g.backup;
	(void)signal(SIGXFSZ, SIG_IGN); /* a disk that is full, nearly */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	ctl.out = NULL;
	assert_int_equal(run(ctl_backup, ctl), CTL_FAULT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(count_files(g.desk.path), 6);
	assert_int_equal(run(ctl_backup, ctl), CTL_YES);
}

/* As a nightly job would replace the last good one by what is left. */
static void test_good_one_stays(void **state)
{
	_cleanup_gateway_ struct gateway g;
	_cleanup_bytes_ struct bytes good = { 0 };
	const char *store;

	(void)state;
	gateway_new(&g);
	(void)put_text(&g.desk, "backup.tar", "no backup");
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	(void)put_store(in(&g.home, "state/" STORE_FILE)); /* goes on */
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	good = exact(get_file(g.backup));
	assert_int_equal(unlink(in(&g.home, "state/" STORE_FILE)), 0);
	assert_int_equal(back_up(&g, NULL), CTL_NO);
	assert_true(bytes_equal(get_file(g.backup), good));
	(void)unlink(in(&g.home, "state/" STORE_FILE "-wal"));
	(void)unlink(in(&g.home, "state/" STORE_FILE "-shm"));
	store = put_store(in(&g.home, "state/" STORE_FILE)); /* begun again, with fewer entries */
	assert_int_equal(back_up(&g, NULL), CTL_NO);
	assert_true(bytes_equal(get_file(g.backup), good));
	assert_int_equal(unlink(g.backup), 0); /* with no former one, it is good in itself */
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	assert_true(printed(store));
}

static void test_wrong_keys(void **state)
{
	_cleanup_gateway_ struct gateway g;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	lose(&g);
	expect_refusal(ctl_restore, to_restore(&g, in(&g.desk, "rsa.key")), "encrypted for another key");
	expect_refusal(ctl_restore, to_restore(&g, in(&g.home, "no.key")), "No such file");
	expect_refusal(ctl_restore, to_restore(&g, in(&g.desk, "office.crt")), "no private key in PEM");
	assert_int_equal(count_files(g.home.path), 0);
	assert_int_equal(run(ctl_restore, to_restore(&g, in(&g.desk, "office.key"))), CTL_YES);
}

/* A gateway without keys: all but them comes back, and it is said what that means. */
static void test_without_keys(void **state)
{
	_cleanup_gateway_ struct gateway g;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	lose(&g);
	expect_refusal(ctl_restore, to_restore(&g, in(&g.desk, "office.key")), "made without --keys-for");
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
	assert_true(printed("needs a new identity"));
	assert_int_equal(access(in(&g.home, "gateway.key"), F_OK), -1);
	put_keys(&g.home);
	assert_int_equal(unlink(in(&g.home, "state/" STORE_FILE)), 0);
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
	assert_true(printed("those that are here"));
}

/* Each byte of the file counts, up to the end of the archive. */
static void test_damaged(void **state)
{
	_cleanup_gateway_ struct gateway g;
	static uint8_t good[1 << 20];
	size_t n;
	FILE *f;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	lose(&g);
	f = fopen(g.backup, "re");
	assert_non_null(f);
	n = fread(good, 1, sizeof(good), f);
	assert_true(n > 10000 && n < sizeof(good));
	(void)fclose(f);
	for (size_t at = 0; at < n - 1024; at += 509) {
		good[at] ^= 0x20;
		(void)put_file(&g.desk, "backup.tar", bytes_of(good, n));
		if (run(ctl_restore, to_restore(&g, NULL)) == CTL_YES)
			assert_int_equal(count_files(in(&g.home, "state")), 1); /* padding, of which nothing depends */
		else
			assert_int_equal(count_files(g.home.path), 0);
		good[at] ^= 0x20;
		lose(&g);
	}
	for (size_t cut = 0; cut < n; cut += 499) {
		(void)put_file(&g.desk, "backup.tar", bytes_of(good, cut));
		assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_FAULT);
		assert_int_equal(count_files(g.home.path), 0);
	}
	(void)put_file(&g.desk, "backup.tar", bytes_of(good, n / 2));
	expect_refusal(ctl_restore, to_restore(&g, NULL), "cut off: its end is missing; take another copy");
	(void)put_file(&g.desk, "backup.tar", bytes_of(good, n));
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
}

/* The files of a good backup, others by a shell. */
static void test_forged(void **state)
{
	_cleanup_gateway_ struct gateway g;
	const struct {
		const char *change, *why; /* NULL: it is good */
	} cases[] = {
		{ "true", NULL },
		{ "sed -i 's/^hallmark-backup 1$/hallmark-backup 2/' MANIFEST",
		  "a later version of hallmark wrote it" },
		{ "sed -i 's/^schema .*/schema 999/' MANIFEST", "a later version of hallmark wrote its store" },
		{ "sed -i 's/^record sound [0-9]*/record sound 3/' MANIFEST", "does not lead to the entry" },
		{ "sed -i 's/^schema .*/schema 0/; /^record/d' MANIFEST", "it lacks files, or has others" },
		{ "echo x >>etc/trust.conf", "etc/trust.conf in it is damaged" },
		{ "rm etc/trust.conf", "it lacks files, or has others" },
		{ "echo x >etc/x", "it lacks files, or has others" },
		{ "echo nonsense >MANIFEST", "its MANIFEST is missing or damaged" },
		{ "ln -sf /etc/passwd etc/trust.conf", "a link, a folder or a device" },
		{ "mv etc/trust.conf x; sed -i 's,\\(^file.*\\) etc/trust.conf$,\\1 x,' MANIFEST",
		  "its MANIFEST is missing or damaged" }, /* not in the order */
		{ "mv etc/trust.conf f; sed -i 's,\\(^file.*\\) etc/trust.conf$,\\1 f,' MANIFEST",
		  "belongs into no folder" },
		{ "sed -i 's,^state .*,state /etc/cron.d,' MANIFEST", "give --state /etc/cron.d" },
		{ "sed -i 's,^config .*,config /etc/cron.d/x,' MANIFEST", "give --config /etc/cron.d/x" },
	};
	char command[400];

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		lose(&g);
		if (i == 0)
			expect_shell(&g, "cp backup.tar good.tar");
		(void)snprintf(command, sizeof(command),
			       "rm -rf all && mkdir all && tar -C all -xf good.tar && cd all && { %s; } && tar "
			       "--format=ustar -cf "
			       "../backup.tar $(find . -mindepth 1 ! -type d | sed 's,^./,,' | LC_ALL=C sort)",
			       cases[i].change);
		expect_shell(&g, command);
		if (cases[i].why)
			expect_refusal(ctl_restore, to_restore(&g, NULL), cases[i].why);
		else
			assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
		if (cases[i].why)
			assert_true(count_files(g.home.path) == 0 || count_files(in(&g.home, "state")) == 0);
	}
}

static void test_another_place(void **state)
{
	_cleanup_gateway_ struct gateway g;
	char store[256];
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	lose(&g);
	ctl = to_restore(&g, NULL);
	ctl.config = NULL;
	expect_refusal(ctl_restore, ctl, "give --config");
	ctl = to_restore(&g, NULL);
	ctl.state = NULL;
	expect_refusal(ctl_restore, ctl, "give --state");
	ctl = (struct ctl){ .operand = g.backup, .to = in(&g.desk, "look") };
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	assert_false(printed("those that are here")); /* where, is not known */
	assert_int_equal(count_files(g.home.path), 0);
	(void)snprintf(store, sizeof(store), "%s/look%s/state/" STORE_FILE, g.desk.path, g.home.path);
	assert_string_equal(head_of(store), g.head);
}

static void test_what_is_there(void **state)
{
	_cleanup_gateway_ struct gateway g;
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, in(&g.desk, "office.crt")), CTL_YES);
	(void)put_store(in(&g.home, "state/" STORE_FILE)); /* goes on */
	ctl = to_restore(&g, NULL);
	expect_refusal(ctl_restore, ctl, "a gateway is installed here, with a store or keys of its own");
	(void)put_text(&g.home, "state/verdicts.db-wal", "what the former store had not written");
	ctl.force = true;
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	assert_string_equal(head_of(in(&g.home, "state/" STORE_FILE)), g.head);
	assert_int_equal(access(in(&g.home, "state/" STORE_FILE ".before-restore"), F_OK), 0);
	assert_int_equal(access(in(&g.home, "state/" STORE_FILE ".before-restore-wal"), F_OK), 0);

	lose(&g); /* other keys */
	put_keys(&g.home);
	ctl = to_restore(&g, in(&g.desk, "office.key"));
	expect_refusal(ctl_restore, ctl, "a gateway is installed here");
	ctl.force = true;
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	assert_int_equal(access(in(&g.home, "gateway.key.before-restore"), F_OK), 0);
}

/* What the first restore kept is the original: no later one replaces it. */
static void test_what_was_kept(void **state)
{
	_cleanup_gateway_ struct gateway g;
	_cleanup_bytes_ struct bytes original = { 0 };
	char later[RECORD_MARK_SIZE];
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	(void)put_store(in(&g.home, "state/" STORE_FILE));
	original = exact(get_file(in(&g.home, "state/" STORE_FILE)));
	ctl = to_restore(&g, NULL);
	ctl.force = true;
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	(void)strcpy(later, put_store(in(&g.home, "state/" STORE_FILE)));
	expect_refusal(ctl_restore, ctl, STORE_FILE ".before-restore is of an earlier restore");
	assert_string_equal(head_of(in(&g.home, "state/" STORE_FILE)), later);
	assert_true(bytes_equal(get_file(in(&g.home, "state/" STORE_FILE ".before-restore")), original));
	assert_int_equal(unlink(in(&g.home, "state/" STORE_FILE ".before-restore")), 0);
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	assert_string_equal(head_of(in(&g.home, "state/" STORE_FILE)), g.head);
}

/* The store's file is that of the backup, and what came later is beside it. */
static void test_newer_wal(void **state)
{
	_cleanup_gateway_ struct gateway g;
	char command[256];
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	(void)snprintf(command, sizeof(command), "tar -xOf backup.tar state/verdicts.db >%s/verdicts.db", g.state);
	expect_shell(&g, command);
	(void)put_text(&g.home, "state/verdicts.db-wal", "");
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES); /* nothing came later */
	assert_int_equal(access(in(&g.home, "state/verdicts.db.before-restore"), F_OK), -1);
	expect_shell(&g, command);
	(void)put_text(&g.home, "state/verdicts.db-wal", "what came later");
	ctl = to_restore(&g, NULL);
	expect_refusal(ctl_restore, ctl, "a gateway is installed here");
	ctl.force = true;
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
	assert_int_equal(access(in(&g.home, "state/verdicts.db.before-restore"), F_OK), 0);
	assert_int_equal(access(in(&g.home, "state/verdicts.db.before-restore-wal"), F_OK), 0);
}

static void test_another_gateway(void **state)
{
	_cleanup_gateway_ struct gateway g, other;
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	gateway_new(&other);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	expect_shell(&g, "true");
	(void)put_store(in(&g.home, "state/" STORE_FILE));
	{
		char command[256];

		(void)snprintf(command, sizeof(command), "sed -i s/test-gateway/tower-b/ %s", g.config);
		expect_shell(&g, command);
	}
	ctl = to_restore(&g, NULL);
	expect_refusal(ctl_restore, ctl, "this is the gateway \"tower-b\", and ");
	ctl.force = true;
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
}

static void test_running(void **state)
{
	_cleanup_gateway_ struct gateway g;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ctl ctl;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	lose(&g);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/control", g.desk.path);
	assert_true(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0);
	ctl = to_restore(&g, NULL);
	ctl.socket = at.sun_path;
	expect_refusal(ctl_restore, ctl, "systemctl stop hallmarkd.socket hallmarkd");
	assert_int_equal(count_files(g.home.path), 0);
	(void)close(fd);
	assert_int_equal(run(ctl_restore, ctl), CTL_YES);
}

/* As systemd holds the port for hallmarkd.socket. */
static void test_socket_unit(void **state)
{
	_cleanup_gateway_ struct gateway g;
	const struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(a_port()) };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int yes = 1;
	unsigned n, n_state;

	(void)state;
	gateway_new(&g);
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	assert_int_equal(unlink(in(&g.home, "state/" STORE_FILE)), 0);
	n = count_files(g.home.path);
	n_state = count_files(in(&g.home, "state"));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	expect_refusal(ctl_restore, to_restore(&g, NULL), "systemctl stop hallmarkd.socket hallmarkd");
	assert_int_equal(count_files(in(&g.home, "state")), n_state);
	assert_int_equal(count_files(g.home.path), n);
	assert_int_equal(run(ctl_restore, (struct ctl){ .operand = g.backup, .to = in(&g.desk, "look") }), CTL_YES);
	(void)close(fd);
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
}

/* Whoever may write the state must not lead root elsewhere. */
static void test_links_in_its_place(void **state)
{
	_cleanup_gateway_ struct gateway g;
	char sets[128];

	(void)state;
	gateway_new(&g);
	(void)snprintf(sets, sizeof(sets), "%s/sets", g.state);
	assert_int_equal(mkdir(sets, 0700), 0);
	(void)strcpy(g.config, put_config_at(&g.home, a_port(), "crls = ( { file = \"state/sets/a.crl\"; } );"));
	(void)put_text(&g.home, "state/sets/a.crl", "any");
	assert_int_equal(back_up(&g, NULL), CTL_YES);
	lose(&g);
	assert_int_equal(mkdir(g.state, 0700), 0);
	assert_int_equal(symlink(g.desk.path, sets), 0);
	expect_refusal(ctl_restore, to_restore(&g, NULL), "one of its folders is a link or a file; remove it");
	assert_int_equal(access(in(&g.desk, "a.crl"), F_OK), -1);
	assert_int_equal(count_files(g.home.path), 1); /* what was staged is gone */
	assert_int_equal(unlink(sets), 0);
	assert_int_equal(run(ctl_restore, to_restore(&g, NULL)), CTL_YES);
	assert_int_equal(access(in(&g.home, "state/sets/a.crl"), F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_comes_back_without_a_store),
		cmocka_unit_test(test_foreign_programs_read_it),
		cmocka_unit_test(test_keys_in_other_files),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_key_in_the_state),
		cmocka_unit_test(test_backup_is_refused),
		cmocka_unit_test(test_good_one_stays),
		cmocka_unit_test(test_wrong_keys),
		cmocka_unit_test(test_without_keys),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_another_place),
		cmocka_unit_test(test_what_is_there),
		cmocka_unit_test(test_what_was_kept),
		cmocka_unit_test(test_newer_wal),
		cmocka_unit_test(test_another_gateway),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_socket_unit),
		cmocka_unit_test(test_links_in_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
