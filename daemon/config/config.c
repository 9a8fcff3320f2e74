/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file → one struct config, or a list of all errors in it. Sections without logic of their own are here; the others
 * have files of their own. Of the files that the
 * configuration names, only those of the inventory are opened, which belong to it.
 */
#include "config/config.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "config/inventory.h"
#include "config/reader.h"
#include "hallmark/protocol.h"

#define DAY_SEC 86400

static const struct key root_keys[] = {
	REQUIRED("gateway", KEY_GROUP),
	OPTIONAL("listen", KEY_GROUP),
	REQUIRED("network", KEY_GROUP),
	OPTIONAL("trust", KEY_GROUP),
	REQUIRED("zones", KEY_GROUPS),
	REQUIRED("rules", KEY_GROUPS),
	OPTIONAL("schemes", KEY_GROUPS),
	OPTIONAL("arrangements", KEY_GROUPS),
	OPTIONAL("categories", KEY_TEXTS),
	OPTIONAL("fields", KEY_TEXTS),
	OPTIONAL("inventory", KEY_GROUP),
	OPTIONAL("roles", KEY_GROUPS),
	OPTIONAL("law", KEY_TEXT, KEY_INTO(struct config, law), .text = HALLMARK_DATADIR),
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
	OPTIONAL("record-age", KEY_SPAN, KEY_INTO(struct config, record_age_sec),
		 KEY_RANGE(DAY_SEC, 3650 * DAY_SEC, 400 * DAY_SEC)),
	OPTIONAL("monitor", KEY_FLAG), /* for all zones: config_read_policy() */
	OPTIONAL("nft", KEY_PATH, KEY_INTO(struct config, nft), .text = "/usr/sbin/nft"),
	OPTIONAL("brake-percent", KEY_NUMBER, KEY_INTO(struct config, brake_percent), KEY_RANGE(0, 100, 20)),
	OPTIONAL("brake-devices", KEY_NUMBER, KEY_INTO(struct config, brake_devices), KEY_RANGE(0, 1000000, 10)),
	OPTIONAL("brake-hold", KEY_SPAN, KEY_INTO(struct config, brake_hold_sec), KEY_RANGE(1, 30 * 86400, 86400)),
};

static const struct key listen_keys[] = {
	OPTIONAL("port", KEY_NUMBER, KEY_INTO(struct config, port), KEY_RANGE(1, UINT16_MAX, HALLMARK_PORT)),
	OPTIONAL("edges", KEY_NUMBER, KEY_INTO(struct config, edges), KEY_RANGE(0, EDGES_MAX, 0)),
	OPTIONAL("sessions", KEY_NUMBER, KEY_INTO(struct config, limits.sessions), KEY_RANGE(1, 65536, 4096)),
	OPTIONAL("handshakes", KEY_NUMBER, KEY_INTO(struct config, limits.handshakes), KEY_RANGE(1, 65536, 512)),
	OPTIONAL("idle-time", KEY_SPAN, KEY_INTO(struct config, limits.idle_sec), KEY_RANGE(5, DAY_SEC, 60)),
	OPTIONAL("handshake-time", KEY_SPAN, KEY_INTO(struct config, limits.handshake_sec), KEY_RANGE(2, 60, 60)),
	OPTIONAL("sender-handshakes", KEY_NUMBER, KEY_INTO(struct config, limits.sender_handshakes),
		 KEY_RANGE(1, 65536, 4)),
	OPTIONAL("sender-sessions", KEY_NUMBER, KEY_INTO(struct config, limits.sender_sessions),
		 KEY_RANGE(1, 65536, 8)),
	OPTIONAL("session-requests", KEY_NUMBER, KEY_INTO(struct config, limits.session_requests),
		 KEY_RANGE(1, 65536, 10)),
	OPTIONAL("device-attestations", KEY_NUMBER, KEY_INTO(struct config, limits.device_attestations),
		 KEY_RANGE(1, 65536, 6)),
	OPTIONAL("new-flows-per-second", KEY_NUMBER, KEY_INTO(struct config, ruleset.new_flows_per_sec),
		 KEY_RANGE(1, 10000, 10)),
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
			     "%u handshakes exceed %u sessions, which include them; lower it", limits->handshakes,
			     limits->sessions);
	r->config->ruleset.port = r->config->port;
}

/*
 * Later sections refer to earlier ones. Each section is read even after an error in another, so that all errors are
 * reported.
 */
static void read_sections(struct reader *r)
{
	(void)reader_keys(r, r->root, root_keys, ARRAY_SIZE(root_keys), r->config);
	config_replace_deprecated(r);
	config_read_law(r);
	config_read_recognition(r);
	read_gateway(r);
	read_listen(r);
	config_read_inventory(r);
	config_read_network(r);
	config_check_inventory(r);
	config_read_policy(r);
	config_read_exceptions(r);
	config_read_roles(r);
	config_read_trust(r);
}

/* --- The file --- */

DEFINE_CLEANUP(struct config *, config_free);

/* The file's directory, absolute, because the daemon may change its working directory. Returns NULL on failure. */
static char *directory_of(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy ? realpath(dirname(copy), NULL) : NULL;
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

/* Reads the sections. For printing, omitted groups are added, so that their defaults are shown. */
static void read_tree(struct reader *r, config_t *tree, FILE *print)
{
	config_setting_t *root = config_root_setting(tree);

	for (size_t i = 0; print && i < ARRAY_SIZE(root_keys); i++)
		if (root_keys[i].kind == KEY_GROUP && !root_keys[i].required)
			(void)config_setting_add(root, root_keys[i].name,
						 CONFIG_TYPE_GROUP); /* NULL: the group exists */
	r->root = root;
	r->keeps_keys = print != NULL;
	read_sections(r);
	if (print && r->n_errors == 0 && !r->out_of_memory)
		config_print_tree(r, print);
}

/* `print` receives the effective configuration; may be NULL. */
static int load(const char *path, const char *managed, FILE *print, struct config **ret)
{
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));
	_cleanup_free_ char *directory = directory_of(path);
	_cleanup_(config_destroy) config_t tree;
	struct reader r = { .config = c, .path = path, .directory = directory, .managed = managed };

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
	if (reader_parse(&r, path, &tree))
		read_tree(&r, &tree, print);

	int e = reader_result(&r);

	if (e < 0)
		return e;
	*ret = TAKE_PTR(c);
	return 0;
}

int config_load_with(const char *path, const char *managed, struct config **ret)
{
	return load(path, managed, NULL, ret);
}

int config_load(const char *path, struct config **ret)
{
	return config_load_with(path, NULL, ret);
}

int config_print(const char *path, FILE *out)
{
	_cleanup_(config_freep) struct config *c = NULL;

	return load(path, NULL, out, &c);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	ruleset_done(&c->ruleset);
	recognition_rules_done(&c->recognition);
	roles_free(c->roles, c->n_roles);
	inventory_free(c->inventory);
	free(c->anchors);
	free(c->issuers);
	free(c->registers);
	free(c->crls);
	free(c->status_lists);
	free(c->references);
	free(c->overrides);
	free(c);
}

static void print_note(const char *text, void *userdata)
{
	(void)fprintf(userdata, "%s\n", text);
}

void config_describe(const struct config *c, const char *path, FILE *out)
{
	(void)fprintf(
		out, translated("%s: %u rules, %zu arrangements, %zu anchors, %zu issuers, %zu registers: all good\n"),
		path, c->policy.n_rules, c->recognition.n_arrangements, c->n_anchors, c->n_issuers, c->n_registers);
	for (uint8_t i = 0; i < c->policy.n_rules; i++)
		if (c->policy.rules[i].accepts_unknown_status)
			(void)fprintf(out,
				      translated("%s: rule \"%s\" accepts labels whose status list is missing, out of "
						 "date or without that label (status-unknown = \"accept\")\n"),
				      path, c->policy.rules[i].name);
	law_each_note(c, print_note, out);
}
