/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file → one struct config, or all that is wrong with it. Here are the sections without logic of
 * their own; the others are in config_*.c. No file that the configuration names is opened.
 */
#include "run/config.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config_reader.h"

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
	OPTIONAL("nft", KEY_PATH, KEY_INTO(struct config, nft), .text = "/usr/sbin/nft"),
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
	OPTIONAL("anchors", KEY_GROUPS),
	OPTIONAL("issuers", KEY_GROUPS),
	OPTIONAL("registers", KEY_GROUPS),
};

static const struct key anchor_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
};

static const struct key issuer_keys[] = {
	REQUIRED("name", KEY_TEXT, KEY_INTO(struct config_file, name)),
	REQUIRED("key", KEY_PATH, KEY_INTO(struct config_file, path)),
	REQUIRED("schemes", KEY_TEXTS),
};

static const struct key register_keys[] = {
	REQUIRED("file", KEY_PATH, KEY_INTO(struct config_file, path)),
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

/* The schemes of an issuer, comma-separated. */
static void read_scope(struct reader *r, const config_setting_t *list, struct config_file *issuer)
{
	size_t used = 0;

	if (reader_length(list) == 0)
		reader_error(r, list, "issuer \"%s\" may speak for no scheme; name one", issuer->name);
	for (size_t i = 0; i < reader_length(list); i++) {
		const char *id = reader_element(list, i);

		if (!reader_scheme(r, list, id))
			continue;
		used += (size_t)snprintf(issuer->scope + used, sizeof(issuer->scope) - used, "%s%s",
					 used > 0 ? "," : "", id);
		if (used < sizeof(issuer->scope))
			continue;
		reader_error(r, list, "issuer \"%s\" has too many schemes; split it in two", issuer->name);
		return;
	}
}

struct trust_section {
	const char *name;
	const struct key *keys;
	size_t n_keys;
};

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
		const config_setting_t *schemes = reader_member(group, "schemes");

		if (reader_keys(r, group, section->keys, section->n_keys, &files[i]) && schemes)
			read_scope(r, schemes, &files[i]);
	}
	return files;
}

static void read_trust(struct reader *r)
{
	static const struct trust_section anchors = { "anchors", anchor_keys, ARRAY_SIZE(anchor_keys) };
	static const struct trust_section issuers = { "issuers", issuer_keys, ARRAY_SIZE(issuer_keys) };
	static const struct trust_section registers = { "registers", register_keys, ARRAY_SIZE(register_keys) };
	const config_setting_t *trust = reader_member(r->root, "trust");
	struct config *c = r->config;

	if (!reader_keys(r, trust, trust_keys, ARRAY_SIZE(trust_keys), c))
		return;
	c->anchors = read_files(r, &anchors, &c->n_anchors);
	c->issuers = read_files(r, &issuers, &c->n_issuers);
	c->registers = read_files(r, &registers, &c->n_registers);
	reader_check_unique(r, reader_member(trust, "anchors"), "name");
	reader_check_unique(r, reader_member(trust, "issuers"), "name");
	reader_check_unique(r, reader_member(trust, "registers"), "file");
}

/* Later sections refer to earlier ones; each is read although another was wrong, so that all errors
 * show. */
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

/* The file's directory, absolute, so that the daemon may change its own. Returns NULL when there is
 * none. */
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
	free(c);
}
