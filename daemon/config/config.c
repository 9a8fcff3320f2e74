/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file → one struct config, or all that is wrong with it. Here are the sections without logic of
 * their own; the others are in config_*.c. No file that the configuration names is opened.
 */
#include "config/config.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/reader.h"
#include "token/product.h"

#define TRUST_MAX 4096 /* files of one kind: more vendors than any gateway has met */

static const struct key root_keys[] = {
	REQUIRED("gateway", KEY_GROUP),  OPTIONAL("listen", KEY_GROUP),        REQUIRED("network", KEY_GROUP),
	OPTIONAL("trust", KEY_GROUP),    REQUIRED("zones", KEY_GROUPS),        REQUIRED("rules", KEY_GROUPS),
	REQUIRED("schemes", KEY_GROUPS), OPTIONAL("arrangements", KEY_GROUPS), OPTIONAL("categories", KEY_TEXTS),
	OPTIONAL("fields", KEY_TEXTS),
};

static const struct key gateway_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config, gateway)),
	REQUIRED("home", KEY_WORD, KEY_INTO(struct config, recognition.home)),
	OPTIONAL("policy", KEY_TEXT, KEY_INTO(struct config, policy.name), .text = "default"),
	REQUIRED("certificate", KEY_PATH, KEY_INTO(struct config, certificate)),
	REQUIRED("key", KEY_PATH, KEY_INTO(struct config, key)),
	REQUIRED("result-key", KEY_PATH, KEY_INTO(struct config, result_key)),
	OPTIONAL("state", KEY_PATH, KEY_INTO(struct config, state), .text = "/var/lib/hallmark"),
	OPTIONAL("control", KEY_PATH, KEY_INTO(struct config, control), .text = "/run/hallmark/control"),
	OPTIONAL("record-keep", KEY_NUMBER, KEY_INTO(struct config, record_keep), KEY_RANGE(1, 10000000, 100000)),
	OPTIONAL("record-days", KEY_NUMBER, KEY_INTO(struct config, record_days), KEY_RANGE(1, 3650, 400)),
	OPTIONAL("nft", KEY_PATH, KEY_INTO(struct config, nft), .text = "/usr/sbin/nft"),
	OPTIONAL("brake-percent", KEY_NUMBER, KEY_INTO(struct config, brake_percent), KEY_RANGE(0, 100, 20)),
	OPTIONAL("brake-devices", KEY_NUMBER, KEY_INTO(struct config, brake_devices), KEY_RANGE(0, 1000000, 10)),
};

static const struct key listen_keys[] = {
	OPTIONAL("port", KEY_NUMBER, KEY_INTO(struct config, port), KEY_RANGE(1, UINT16_MAX, HALLMARK_PORT)),
	OPTIONAL("sessions", KEY_NUMBER, KEY_INTO(struct config, limits.sessions), KEY_RANGE(1, 65536, 4096)),
	OPTIONAL("handshakes", KEY_NUMBER, KEY_INTO(struct config, limits.handshakes), KEY_RANGE(1, 65536, 256)),
	OPTIONAL("idle-seconds", KEY_NUMBER, KEY_INTO(struct config, limits.idle_sec), KEY_RANGE(5, 86400, 60)),
	OPTIONAL("handshake-seconds", KEY_NUMBER, KEY_INTO(struct config, limits.handshake_sec), KEY_RANGE(2, 300, 15)),
	OPTIONAL("new-flows-per-second", KEY_NUMBER, KEY_INTO(struct config, ruleset.new_flows_per_sec),
		 KEY_RANGE(1, 10000, 10)),
};

static const struct key trust_keys[] = {
	OPTIONAL("anchors", KEY_GROUPS), OPTIONAL("issuers", KEY_GROUPS),      OPTIONAL("registers", KEY_GROUPS),
	OPTIONAL("crls", KEY_GROUPS),    OPTIONAL("status-lists", KEY_GROUPS), OPTIONAL("references", KEY_GROUPS),
};

static const struct key anchor_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
};

static const struct key issuer_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("key", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("schemes", KEY_TEXTS),
	OPTIONAL("makers", KEY_TEXTS),
};

/* Registers, status lists and reference statements: each says inside who signed it. */
static const struct key signed_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
};

static const struct key crl_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
	OPTIONAL("stale", KEY_WORD, KEY_INTO(struct config_file, scope), .text = "refuse"),
};

/* --- Sections --- */

static void read_gateway(struct reader *r)
{
	const config_setting_t *group = reader_member(r->root, "gateway");

	if (group && reader_keys(r, group, gateway_keys, ARRAY_SIZE(gateway_keys), r->config))
		(void)reader_scheme(r, reader_member(group, "home"), r->config->recognition.home);
}

static void read_listen(struct reader *r)
{
	const config_setting_t *group = reader_member(r->root, "listen");
	const struct edge_limits *limits = &r->config->limits;

	if (!reader_keys(r, group, listen_keys, ARRAY_SIZE(listen_keys), r->config))
		return;
	if (limits->handshakes > limits->sessions)
		reader_error(r, reader_member(group, "handshakes"),
			     "%u handshakes are more than %u sessions, which count them too; lower it",
			     limits->handshakes, limits->sessions);
	r->config->ruleset.port = r->config->port;
}

/* Appends one word to a comma-separated list. Returns false when it does not fit. */
static bool list_add(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	return (size_t)snprintf(list + used, size - used, "%s%s", used > 0 ? "," : "", word) < size - used;
}

static bool scheme_is_good(struct reader *r, const config_setting_t *at, const char *id)
{
	return reader_scheme(r, at, id);
}

static bool maker_is_good(struct reader *r, const config_setting_t *at, const char *maker)
{
	uint8_t space[32];
	struct writer w = WRITER(space);

	if (product_encode_maker(maker, &w) == 0)
		return true;
	reader_error(r, at,
		     "\"%s\" is no maker; write it as \"pen:32473\", \"ieee:acde48\" or \"random:\" and 32 digits",
		     maker);
	return false;
}

/* One list of words of an issuer: its name in the file, where it goes, and what makes a word good. */
struct issuer_list {
	const char *name;
	size_t offset, size;
	bool (*is_good)(struct reader *r, const config_setting_t *at, const char *word);
};

static const struct issuer_list issuer_lists[] = {
	{ "schemes", offsetof(struct config_file, scope), sizeof(((struct config_file *)0)->scope), scheme_is_good },
	{ "makers", offsetof(struct config_file, makers), sizeof(((struct config_file *)0)->makers), maker_is_good },
};

static void read_issuer_list(struct reader *r, const config_setting_t *issuer, const struct issuer_list *l, char *ret)
{
	const config_setting_t *list = reader_member(issuer, l->name);

	if (list && reader_length(list) == 0)
		reader_error(r, list, "\"%s\" is empty: name one of those that this issuer may speak for", l->name);
	for (size_t i = 0; i < reader_length(list); i++) {
		const char *word = reader_element(list, i);

		if (!l->is_good(r, list, word) || list_add(ret, l->size, word))
			continue;
		reader_error(r, list, "issuer \"%s\" has too many %s; split it in two", reader_text(issuer, "name"),
			     l->name);
		return;
	}
}

static void read_issuer(struct reader *r, const config_setting_t *group, struct config_file *issuer)
{
	if (!reader_member(group, "schemes") && !reader_member(group, "makers"))
		reader_error(r, group, "issuer \"%s\" may speak for nothing; give it schemes, makers or both",
			     issuer->name);
	for (size_t i = 0; i < ARRAY_SIZE(issuer_lists); i++)
		read_issuer_list(r, group, &issuer_lists[i], (char *)issuer + issuer_lists[i].offset);
}

static void check_crl(struct reader *r, const config_setting_t *group, struct config_file *crl)
{
	static const char *const choices[] = { "refuse", "accept", NULL };

	(void)crl;
	(void)reader_choice(r, reader_member(group, "stale"), choices);
}

/* One list of files: what it is called, and by which key no two of it are the same. */
struct trust_section {
	const char *name, *unique;
	const struct key *keys;
	size_t n_keys;
	void (*finish)(struct reader *r, const config_setting_t *group, struct config_file *file); /* or NULL */
};

#define SECTION(name_, unique_, keys_, ...)                                                                            \
	{                                                                                                              \
		.name = (name_), .unique = (unique_), .keys = (keys_), .n_keys = ARRAY_SIZE(keys_), ##__VA_ARGS__      \
	}

/* Reads one list of files. Returns it, and how many. */
static struct config_file *read_files(struct reader *r, const struct trust_section *section, size_t *ret_n)
{
	const config_setting_t *list = reader_member(reader_member(r->root, "trust"), section->name);
	const size_t n = reader_length(list);

	if (n > TRUST_MAX) {
		reader_error(r, list, "too many %s; at most %d", section->name, TRUST_MAX);
		return NULL;
	}

	struct config_file *files = reader_alloc(r, n, sizeof(*files));

	if (!files)
		return NULL;
	*ret_n = n;
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *group = reader_group(list, i);

		if (reader_keys(r, group, section->keys, section->n_keys, &files[i]) && section->finish)
			section->finish(r, group, &files[i]);
	}
	reader_check_unique(r, list, section->unique);
	return files;
}

static void read_trust(struct reader *r)
{
	static const struct trust_section anchors = SECTION("anchors", "name", anchor_keys);
	static const struct trust_section issuers = SECTION("issuers", "name", issuer_keys, .finish = read_issuer);
	static const struct trust_section registers = SECTION("registers", "file", signed_keys);
	static const struct trust_section crls = SECTION("crls", "file", crl_keys, .finish = check_crl);
	static const struct trust_section status_lists = SECTION("status-lists", "file", signed_keys);
	static const struct trust_section references = SECTION("references", "file", signed_keys);
	struct config *c = r->config;

	if (!reader_keys(r, reader_member(r->root, "trust"), trust_keys, ARRAY_SIZE(trust_keys), c))
		return;
	c->anchors = read_files(r, &anchors, &c->n_anchors);
	c->issuers = read_files(r, &issuers, &c->n_issuers);
	c->registers = read_files(r, &registers, &c->n_registers);
	c->crls = read_files(r, &crls, &c->n_crls);
	c->status_lists = read_files(r, &status_lists, &c->n_status_lists);
	c->references = read_files(r, &references, &c->n_references);
}

/* Later sections refer to earlier ones; each is read although another was wrong, so that all errors show. */
static void read_sections(struct reader *r)
{
	(void)reader_keys(r, r->root, root_keys, ARRAY_SIZE(root_keys), r->config);
	config_read_recognition(r);
	read_gateway(r);
	read_listen(r);
	config_read_network(r);
	config_read_policy(r);
	read_trust(r);
}

/* --- The file --- */

DEFINE_CLEANUP(struct config *, config_free);

static void tree_done(config_t *tree)
{
	config_destroy(tree);
}

/* The file's directory, absolute, so that the daemon may change its own. Returns NULL when there is none. */
static char *directory_of(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy ? realpath(dirname(copy), NULL) : NULL;
}

/* Anything but a regular file could block for ever, or never end. */
static int check_file(struct reader *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		reader_error_at(r, path, 1, "cannot be read: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		reader_error_at(r, path, 1, "is not a file; name the configuration file itself");
	return r->n_errors > 0 ? -EINVAL : 0;
}

static int parse_file(struct reader *r, const char *path, config_t *tree)
{
	int e = check_file(r, path);

	if (e < 0)
		return e;
	config_set_include_dir(tree, r->directory);
	if (config_read_file(tree, path) != CONFIG_TRUE) {
		reader_error_at(r, config_error_file(tree), (unsigned)config_error_line(tree),
				"%s; look for a missing ';', quote, bracket or file at this line "
				"or before it",
				config_error_text(tree));
		return -EINVAL;
	}
	for (unsigned i = 0; i < tree->num_filenames; i++)
		config_scan_numbers(r, tree->filenames[i]);
	r->root = config_root_setting(tree);
	return 0;
}

static int reader_result(const struct reader *r)
{
	if (r->out_of_memory)
		return log_errno(-ENOMEM, "%s", r->path);
	if (r->n_errors > CONFIG_ERRORS_MAX)
		log_error("%s: %u more errors are not shown", r->path, r->n_errors - CONFIG_ERRORS_MAX);
	return r->n_errors > 0 ? -EINVAL : 0;
}

static bool set_path(struct config *c, const char *directory, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	int n = snprintf(c->path, sizeof(c->path), "%s/%s", directory, name);

	return n > 0 && (size_t)n < sizeof(c->path);
}

int config_load(const char *path, struct config **ret)
{
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));
	_cleanup_free_ char *directory = directory_of(path);
	_cleanup_(tree_done) config_t tree;
	struct reader r = { .config = c, .path = path, .directory = directory };

	config_init(&tree);
	if (!c)
		return -ENOMEM;
	if (!directory) {
		log_error("%s:1: cannot be read: %s", path, strerror(errno));
		return -EINVAL;
	}
	c->ruleset.policy = &c->policy;
	if (!set_path(c, directory, path))
		return log_errno(-ENAMETOOLONG, "%s", path);
	if (parse_file(&r, path, &tree) == 0)
		read_sections(&r);

	int e = reader_result(&r);

	if (e < 0)
		return e;
	*ret = TAKE_PTR(c);
	return 0;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	ruleset_done(&c->ruleset);
	recognition_rules_done(&c->recognition);
	free(c->anchors);
	free(c->issuers);
	free(c->registers);
	free(c->crls);
	free(c->status_lists);
	free(c->references);
	free(c);
}

void config_describe(const struct config *c, const char *path, FILE *out)
{
	(void)fprintf(out, "%s: %u rules, %zu arrangements, %zu anchors, %zu issuers, %zu registers: all good\n", path,
		      c->policy.n_rules, c->recognition.n_arrangements, c->n_anchors, c->n_issuers, c->n_registers);
}
