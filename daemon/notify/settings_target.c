/* SPDX-License-Identifier: Apache-2.0 */
/* The targets of notify.conf: each type has a table of keys. */
#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "config/credential.h"
#include "config/reader.h"
#include "notify/settings.h"
#include "notify/settings_inside.h"

#define EXAMPLE_ID "hallmark@32473" /* RFC 5612: the number for documentation */

static const char *const types[] = {
	[TARGET_NONE] = "",           [TARGET_PROGRAM] = "program", [TARGET_MAIL] = "mail",
	[TARGET_WEBHOOK] = "webhook", [TARGET_MQTT] = "mqtt",       [TARGET_SYSLOG] = "syslog",
};

const char *target_kind_name(enum target_kind kind)
{
	return types[kind];
}

/* clang-format off */
#define INTO(member) KEY_INTO(struct target_settings, member)
#define OF_ALL(wait_sec) \
	REQUIRED("name", KEY_WORD, INTO(name)), \
	REQUIRED("type", KEY_WORD), \
	OPTIONAL("queue", KEY_NUMBER, INTO(queue), KEY_RANGE(1, 10000, 1000)), \
	OPTIONAL("timeout", KEY_SPAN, INTO(timeout_sec), KEY_RANGE(1, 600, (wait_sec)))

static const struct key program_keys[] = {
	OF_ALL(30),
	REQUIRED("command", KEY_TEXTS),
};

static const struct key mail_keys[] = {
	OF_ALL(60),
	REQUIRED("to", KEY_TEXTS),
	REQUIRED("from", KEY_TEXT, INTO(from)),
	OPTIONAL("sendmail", KEY_PATH, INTO(sendmail), .text = "/usr/sbin/sendmail"),
};

static const struct key webhook_keys[] = {
	OF_ALL(10),
	REQUIRED("url", KEY_TEXT, INTO(url)),
	OPTIONAL("key", KEY_PATH, INTO(key)),
	OPTIONAL("ca", KEY_PATH, INTO(ca)),
	OPTIONAL("insecure", KEY_FLAG, INTO(insecure)),
};

static const struct key mqtt_keys[] = {
	OF_ALL(30),
	REQUIRED("host", KEY_TEXT, INTO(host)),
	OPTIONAL("port", KEY_NUMBER, INTO(port), KEY_RANGE(1, UINT16_MAX, 8883)),
	OPTIONAL("tls", KEY_FLAG, INTO(tls), .number = true),
	OPTIONAL("insecure", KEY_FLAG, INTO(insecure)),
	OPTIONAL("ca", KEY_PATH, INTO(ca)),
	OPTIONAL("user", KEY_TEXT, INTO(user)),
	OPTIONAL("password", KEY_PATH, INTO(password)),
	OPTIONAL("topic", KEY_TEXT, INTO(topic), .text = "hallmark"),
	OPTIONAL("discovery", KEY_TEXT, INTO(discovery)),
};

static const struct key syslog_keys[] = {
	OF_ALL(10),
	REQUIRED("host", KEY_TEXT, INTO(host)),
	OPTIONAL("port", KEY_NUMBER, INTO(port), KEY_RANGE(1, UINT16_MAX, 514)),
	OPTIONAL("transport", KEY_WORD),
	OPTIONAL("facility", KEY_WORD),
	OPTIONAL("id", KEY_TEXT, INTO(id), .text = EXAMPLE_ID),
};
/* clang-format on */

/* --- What a table cannot say --- */

static void check_program(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	const config_setting_t *at = reader_member(group, "command");

	settings_read_texts(r, group, "command", &t->command);
	if (t->command.n == 0 || t->command.list[0][0] != '/')
		reader_error(r, at,
			     "\"command\" must begin with the program's absolute path, as [ \"/usr/local/bin/bell\" ]");
	else if (access(t->command.list[0], X_OK) < 0)
		reader_error(r, at, "\"%s\" cannot be run; correct the path, or make the file executable for all",
			     t->command.list[0]);
}

/* An address in a header of its own: nothing in it ends the line, or begins another address. */
static bool is_address(const char *text)
{
	return strchr(text, '@') && text[strcspn(text, " ,;:<>()[]\\\"\t\r\n")] == '\0' && text[0] != '-';
}

static void check_mail(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	settings_read_texts(r, group, "to", &t->to);
	if (t->to.n == 0)
		reader_error(r, reader_member(group, "to"), "\"to\" is empty; name an address");
	for (size_t i = 0; i < t->to.n; i++)
		if (!is_address(t->to.list[i]))
			reader_error(r, reader_member(group, "to"),
				     "\"%s\" is not a mail address; give it as name@example.com", t->to.list[i]);
	if (!is_address(t->from))
		reader_error(r, reader_member(group, "from"),
			     "\"%s\" is not a mail address; give it as name@example.com", t->from);
}

/* What a file holds, without the end of its line. systemd passes it as a credential of the same name. */
static void read_secret(struct reader *r, const config_setting_t *group, const char *key, const char *configured,
			struct target_settings *t)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	char passed[PATH_MAX];
	const char *path = credential_path(configured, passed);
	size_t n = 0;
	int e;

	if (!configured[0])
		return;
	e = file_read(path, SECRET_MAX, &bytes, &n);
	while (e == 0 && n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	if (e < 0 || n == 0)
		reader_error(
			r, reader_member(group, key),
			"\"%s\": %s; it must be a file of 1 to %d bytes that this service can read, or that its unit "
			"passes with LoadCredential=",
			path, e < 0 ? strerror(-e) : "it is empty", SECRET_MAX);
	else
		memcpy(t->secret, bytes, t->n_secret = n);
	if (bytes)
		explicit_bzero(bytes, n);
}

/* Of a server: a file with no certificate in it would stop this target later. */
static void check_ca(struct reader *r, const config_setting_t *group, const struct target_settings *t)
{
	X509_STORE *store;

	if (!t->ca[0])
		return;
	store = X509_STORE_new();
	if (!store || X509_STORE_load_file(store, t->ca) != 1)
		reader_error(r, reader_member(group, "ca"),
			     "\"%s\" holds no certificate that can be read; it must be a file of PEM certificates that "
			     "this service can read",
			     t->ca);
	X509_STORE_free(store);
	ERR_clear_error();
}

static bool is_itself(const char *host)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1", "[::1]" };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		if (strcmp(hosts[i], host) == 0)
			return true;
	return false;
}

/* As libcurl understands it: a host may stand behind a user. */
static bool leads_to_itself(const char *url)
{
	CURLU *parts = curl_url();
	char *host = NULL;
	bool ret;

	ret = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	      curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && is_itself(host);
	curl_free(host);
	curl_url_cleanup(parts);
	return ret;
}

static void check_webhook(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	const config_setting_t *at = reader_member(group, "url");

	read_secret(r, group, "key", t->key, t);
	check_ca(r, group, t);
	if (strncmp(t->url, "https://", 8) == 0)
		return;
	if (strncmp(t->url, "http://", 7) != 0)
		reader_error(r, at, "\"url\" must begin with https://");
	else if (!t->insecure && !leads_to_itself(t->url))
		reader_error(r, at,
			     "http to another machine can be read and changed on the way; use https, or add "
			     "insecure = true if that network is yours alone");
}

static void check_mqtt(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	if (t->topic[strcspn(t->topic, "+#")] != '\0' || t->topic[0] == '$')
		reader_error(r, reader_member(group, "topic"),
			     "a topic has no '+' or '#' and does not begin with '$'; choose another");
	if (t->discovery[strcspn(t->discovery, "+#")] != '\0')
		reader_error(r, reader_member(group, "discovery"), "a topic has no '+' or '#'; use \"homeassistant\"");
	if (t->password[0] && !t->user[0])
		reader_error(r, reader_member(group, "password"), "a password needs a \"user\"; add it");
	if (t->password[0] && !t->tls && !t->insecure && !is_itself(t->host))
		reader_error(r, reader_member(group, "tls"),
			     "without TLS the password can be read on the way to another machine; use TLS, or add "
			     "insecure = true if that network is yours alone");
	read_secret(r, group, "password", t->password, t);
	check_ca(r, group, t);
}

static void check_syslog(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	static const char *const transports[] = { "udp", "tcp", NULL };
	static const char *const facilities[] = { "daemon", "auth",   "local0", "local1", "local2", "local3",
						  "local4", "local5", "local6", "local7", NULL };
	static const unsigned numbers[] = { 3, 4, 16, 17, 18, 19, 20, 21, 22, 23 };
	const char *at = strchr(t->id, '@');

	t->is_stream = reader_choice(r, reader_member(group, "transport"), transports) == 1;
	t->facility = numbers[reader_choice(r, reader_member(group, "facility"), facilities)];
	if (!at || at == t->id || strlen(t->id) > 32 || t->id[strcspn(t->id, " =]\"")] != '\0' ||
	    at[1 + strspn(at + 1, "0123456789.")] != '\0' || !at[1])
		reader_error(r, reader_member(group, "id"),
			     "\"%s\" must be a name, '@' and your private enterprise number, as " EXAMPLE_ID, t->id);
}

static const struct type {
	const struct key *keys;
	size_t n;
	void (*check)(struct reader *r, const config_setting_t *group, struct target_settings *t);
} by_type[] = {
	[TARGET_PROGRAM] = { program_keys, ARRAY_SIZE(program_keys), check_program },
	[TARGET_MAIL] = { mail_keys, ARRAY_SIZE(mail_keys), check_mail },
	[TARGET_WEBHOOK] = { webhook_keys, ARRAY_SIZE(webhook_keys), check_webhook },
	[TARGET_MQTT] = { mqtt_keys, ARRAY_SIZE(mqtt_keys), check_mqtt },
	[TARGET_SYSLOG] = { syslog_keys, ARRAY_SIZE(syslog_keys), check_syslog },
};

static enum target_kind read_type(struct reader *r, const config_setting_t *group)
{
	const char *type = reader_text(group, "type");

	for (int i = TARGET_NONE + 1; i < _TARGET_MAX; i++)
		if (strcmp(types[i], type) == 0)
			return (enum target_kind)i;
	reader_error(
		r, reader_member(group, "type") ? reader_member(group, "type") : group,
		"\"type\" must say what this target is: \"program\", \"mail\", \"webhook\", \"mqtt\" or \"syslog\"");
	return TARGET_NONE;
}

static void read_target(struct reader *r, const config_setting_t *group, struct target_settings *t)
{
	const struct type *type;

	t->kind = read_type(r, group);
	if (t->kind == TARGET_NONE)
		return;
	type = &by_type[t->kind];
	if (reader_keys(r, group, type->keys, type->n, t))
		type->check(r, group, t);
}

void settings_read_targets(struct reader *r, struct settings *s)
{
	const config_setting_t *list = reader_member(r->root, "targets");
	const size_t n = reader_length(list);

	if (n > TARGETS_MAX) {
		reader_error(r, list, "%zu targets are more than %d; join some", n, TARGETS_MAX);
		return;
	}
	s->targets = reader_alloc(r, n, sizeof(*s->targets));
	for (size_t i = 0; i < n && s->targets; i++)
		read_target(r, reader_group(list, i), &s->targets[s->n_targets++]);
	reader_check_unique(r, list, "name");
}
