/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ruleset may contain, and its complete text. kernel.c loads it; config/network.c decides what may be
 * configured. Names are checked again here, because a quote in a name could inject a rule.
 */
#include "enforce/ruleset.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/ruleset_text.h"

DEFINE_CLEANUP(struct digest *, digest_free);

#define HEADER                                                                                                         \
	"# The tables of hallmarkd, replaced as a whole. No other table is touched, and an\n"                          \
	"# accept here is not final: the gateway's other chains still judge the packet.\n"
#define REPLACE(family) "table " family " " TABLE_NAME " {}\ndelete table " family " " TABLE_NAME "\n"
#define OPEN(family)    "table " family " " TABLE_NAME " {\n"

void ruleset_done(struct ruleset *r)
{
	for (size_t i = 0; i < r->n_segments; i++)
		free(r->segments[i].interfaces);
	for (size_t i = 0; i < r->n_bridges; i++) {
		free(r->bridges[i].ports);
		free(r->bridges[i].excepted);
	}
	for (size_t i = 0; i < r->n_servers; i++)
		free(r->servers[i].segments);
	free(r->segments);
	free(r->places);
	free(r->bridges);
	free(r->servers);
	free(r->guarded);
	free(r->uplinks);
	free(r->trusted);
	free(r->shared);
	*r = (struct ruleset){ 0 };
}

/* --- Names --- */

static bool is_name(const char *name, size_t max)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t n = strnlen(name, max + 1);

	return n > 0 && n <= max && strspn(name, allowed) == n;
}

bool interface_name_is_valid(const char *name)
{
	return is_name(name, IFNAMSIZ - 1) && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool interface_pattern_is_valid(const char *pattern)
{
	char stem[IFNAMSIZ] = "";
	const size_t n = strnlen(pattern, IFNAMSIZ);

	if (!is_pattern(pattern) || n == IFNAMSIZ)
		return interface_name_is_valid(pattern);
	memcpy(stem, pattern, n - 1);
	return is_name(stem, IFNAMSIZ - 1);
}

static bool any_matches(const char (*patterns)[IFNAMSIZ], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (interface_matches(patterns[i], name))
			return true;
	return false;
}

bool segment_has(const struct segment *s, const char *name)
{
	return name[0] && any_matches(s->interfaces, s->n_interfaces, name);
}

/* A pattern is where its stem is. */
static int compare_places(const void *a, const void *b)
{
	const struct segment_place *x = a, *y = b;
	const size_t n = strcspn(x->name, "*"), m = strcspn(y->name, "*");
	const int order = strncmp(x->name, y->name, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

int ruleset_sort_places(struct ruleset *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_segments; i++)
		n += r->segments[i].n_interfaces;
	free(r->places);
	r->n_places = 0;
	r->places = calloc(n + 1, sizeof(*r->places));
	if (!r->places)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_segments; i++)
		for (size_t k = 0; k < r->segments[i].n_interfaces; k++) {
			struct segment_place *place = &r->places[r->n_places++];

			memcpy(place->name, r->segments[i].interfaces[k], IFNAMSIZ);
			place->segment = (uint16_t)i;
		}
	qsort(r->places, n, sizeof(*r->places), compare_places);
	return 0;
}

/* No pattern includes another name, so between a name and the pattern that includes it there is none. */
const struct segment *ruleset_segment_at(const struct ruleset *r, const char *name)
{
	struct segment_place wanted = { 0 };
	size_t low = 0, high = r->n_places;

	(void)snprintf(wanted.name, sizeof(wanted.name), "%s", name);
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_places(&r->places[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || name[0] == '\0' || !interface_matches(r->places[low - 1].name, name))
		return NULL;
	return &r->segments[r->places[low - 1].segment];
}

const struct segment *ruleset_segment(const struct ruleset *r, const char *name)
{
	for (size_t i = 0; i < r->n_segments; i++)
		if (strcmp(r->segments[i].name, name) == 0)
			return &r->segments[i];
	return NULL;
}

bool ruleset_guards(const struct ruleset *r, const char *interface)
{
	return any_matches(r->guarded, r->n_guarded, interface);
}

static bool is_of_server(const struct ruleset *r, const char *interface)
{
	for (size_t i = 0; i < r->n_servers; i++)
		if (strcmp(r->servers[i].interface, interface) == 0)
			return true;
	return false;
}

const char *ruleset_part(const struct ruleset *r, const char *interface)
{
	if (ruleset_guards(r, interface))
		return "guarded";
	if (any_matches(r->uplinks, r->n_uplinks, interface))
		return "an uplink";
	if (is_of_server(r, interface))
		return "a server's";
	return any_matches(r->trusted, r->n_trusted, interface) ? "trusted" : "";
}

bool ruleset_excepts(const struct ruleset *r, const char *port)
{
	for (size_t i = 0; i < r->n_bridges; i++)
		if (any_matches(r->bridges[i].excepted, r->bridges[i].n_excepted, port))
			return true;
	return any_matches(r->trusted, r->n_trusted, port);
}

bool ruleset_shares(const struct ruleset *r, const char *interface, const uint8_t mac[static 6])
{
	for (size_t i = 0; i < r->n_shared; i++)
		if (strcmp(r->shared[i].interface, interface) == 0 &&
		    memcmp(r->shared[i].mac, mac, sizeof(r->shared[i].mac)) == 0)
			return true;
	return false;
}

int ruleset_add_bridge(struct ruleset *r, const char *name)
{
	struct bridge *more;

	if (r->n_bridges == BRIDGES_MAX)
		return -E2BIG;
	more = reallocarray(r->bridges, r->n_bridges + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->bridges = more;
	more[r->n_bridges] = (struct bridge){ 0 };
	(void)snprintf(more[r->n_bridges].name, IFNAMSIZ, "%s", name);
	r->n_bridges++;
	return 0;
}

const struct bridge *ruleset_bridge(const struct ruleset *r, const char *name)
{
	for (size_t i = 0; i < r->n_bridges; i++)
		if (strcmp(r->bridges[i].name, name) == 0)
			return &r->bridges[i];
	return NULL;
}

/* --- What may be rendered --- */

static bool names_are_valid(const char (*names)[IFNAMSIZ], size_t n, bool (*is_valid)(const char *))
{
	for (size_t i = 0; i < n; i++)
		if (!is_valid(names[i]))
			return false;
	return true;
}

static bool host_is_valid(const struct reach *reach)
{
	return strnlen(reach->host, sizeof(reach->host)) < sizeof(reach->host) && reach->host[0] != '\0' &&
	       reach->host[strspn(reach->host, "0123456789abcdefABCDEF.:/")] == '\0';
}

static bool zones_are_valid(const struct ruleset *r)
{
	if (r->policy->n_zones == 0 || r->policy->n_zones > ZONES_MAX)
		return false;
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		if (!is_name(r->policy->zones[z].name, ZONE_NAME_SIZE - 1) || r->zones[z].n_reach > REACH_MAX)
			return false;
		for (uint8_t i = 0; i < r->zones[z].n_reach; i++)
			if (r->zones[z].reach[i].kind == REACH_HOST && !host_is_valid(&r->zones[z].reach[i]))
				return false;
	}
	return true;
}

static bool server_is_valid(const struct ruleset *r, const struct server *server)
{
	if (!interface_name_is_valid(server->interface) || !host_is_valid(&server->host) ||
	    server->n_services > SERVICES_MAX)
		return false;
	for (size_t i = 0; i < server->n_segments; i++)
		if (server->segments[i] >= r->n_segments)
			return false;
	return true;
}

static bool ruleset_is_valid(const struct ruleset *r)
{
	if (!zones_are_valid(r))
		return false;
	for (size_t i = 0; i < r->n_segments; i++)
		if (!names_are_valid(r->segments[i].interfaces, r->segments[i].n_interfaces,
				     interface_pattern_is_valid))
			return false;
	for (size_t i = 0; i < r->n_bridges; i++)
		if (!names_are_valid(r->bridges[i].ports, r->bridges[i].n_ports, interface_pattern_is_valid) ||
		    !names_are_valid(r->bridges[i].excepted, r->bridges[i].n_excepted, interface_pattern_is_valid))
			return false;
	for (size_t i = 0; i < r->n_servers; i++)
		if (!server_is_valid(r, &r->servers[i]))
			return false;
	return names_are_valid(r->guarded, r->n_guarded, interface_pattern_is_valid) &&
	       names_are_valid(r->uplinks, r->n_uplinks, interface_name_is_valid) &&
	       names_are_valid(r->trusted, r->n_trusted, interface_pattern_is_valid);
}

static bool elements_are_valid(const struct ruleset *r, const struct element *elements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!interface_name_is_valid(elements[i].interface) || elements[i].zone >= r->policy->n_zones ||
		    (elements[i].port[0] && !interface_name_is_valid(elements[i].port)))
			return false;
	return true;
}

static bool openings_are_valid(const struct openings *openings)
{
	for (size_t i = 0; openings && i < openings->n; i++)
		if (openings->list[i].alone[0] && !interface_name_is_valid(openings->list[i].alone))
			return false;
	return true;
}

/* --- Comparing rulesets --- */

/* The body of one table, without elements: the input of the digest. */
static int render_to_memory(const struct ruleset *r,
			    void (*put)(struct text *, const struct ruleset *, const struct filling *), char **ret_body,
			    size_t *ret_n, size_t *ret_rules)
{
	struct text t = { .out = open_memstream(ret_body, ret_n) };
	struct filling empty = { .n = 0 };
	bool failed;

	if (!t.out)
		return -ENOMEM;
	sets_of(r, &empty.sets);
	put(&t, r, &empty);
	failed = ferror(t.out) != 0;
	if (fclose(t.out) != 0 || failed)
		return -ENOMEM;

	*ret_rules = t.n_rules;
	return 0;
}

static int digest_bodies(struct bytes inet, struct bytes bridge, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(digest_freep) struct digest *d = digest_new();

	if (!d)
		return -ENOMEM;
	digest_put(d, inet);
	digest_put(d, bridge);
	return digest_end(d, ret);
}

struct summary {
	uint8_t digest[SHA256_LEN];
	size_t n_rules, n_bridge_rules;
};

/* Tables with another seed are the same. */
static int summarise(const struct ruleset *r, struct summary *ret)
{
	_cleanup_free_ char *inet = NULL, *bridge = NULL;
	struct ruleset unseeded = *r;
	size_t n_inet = 0, n_bridge = 0;
	int q;

	*ret = (struct summary){ .n_rules = 0 };
	if (!ruleset_is_valid(r))
		return -EINVAL;
	unseeded.sender_seed = 0;
	q = render_to_memory(&unseeded, put_inet, &inet, &n_inet, &ret->n_rules);
	if (q == 0 && r->n_bridges > 0)
		q = render_to_memory(&unseeded, put_bridge, &bridge, &n_bridge, &ret->n_bridge_rules);
	if (q < 0)
		return q;

	return digest_bodies(bytes_of(inet, n_inet), bytes_of(bridge, n_bridge), ret->digest);
}

int ruleset_digest(const struct ruleset *r, uint8_t ret[static SHA256_LEN])
{
	struct summary summary;
	int q = summarise(r, &summary);

	if (q == 0)
		memcpy(ret, summary.digest, SHA256_LEN);
	return q;
}

int ruleset_mark(const struct ruleset *r, struct ruleset_mark *ret)
{
	static const char prefix[] = "sha256:";
	struct summary summary;
	int q = summarise(r, &summary);

	if (q < 0)
		return q;
	memcpy(ret->comment, prefix, sizeof(prefix));
	bytes_to_hex(BYTES(summary.digest), ret->comment + sizeof(prefix) - 1);
	ret->n_rules = summary.n_rules;
	ret->n_bridge_rules = summary.n_bridge_rules;
	return 0;
}

/* --- The text --- */

/* Elements may share keys, such as two with one MAC: each key is written once. */
static int fill(const struct ruleset *r, const struct element *elements, size_t n, struct filling *ret)
{
	struct set_entry of_one[SETS_MAX];

	sets_of(r, &ret->sets);
	if (n == 0)
		return 0;
	ret->entries = calloc(n * ret->sets.n, sizeof(*ret->entries));
	if (!ret->entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const size_t n_entries = element_entries(&ret->sets, &elements[i], of_one);

		for (size_t k = 0; k < n_entries; k++)
			if (of_one[k].timeout_sec > 0)
				ret->entries[ret->n++] = of_one[k];
	}
	ret->n = entries_merge(ret->entries, ret->n);
	return 0;
}

static void filling_done(struct filling *f)
{
	free(f->entries);
}

static void put_tables(const struct ruleset *r, const struct filling *f, const char *comment, FILE *out)
{
	struct text t = { .out = out };

	(void)fprintf(out, HEADER REPLACE("inet") "%s" OPEN("inet") "\tcomment \"%s\"\n\n",
		      r->n_bridges > 0 ? REPLACE("bridge") : "", comment);
	put_inet(&t, r, f);
	(void)fputs("}\n", out);
	if (r->n_bridges == 0)
		return;
	(void)fprintf(out, OPEN("bridge") "\tcomment \"%s\"\n\n", comment);
	put_bridge(&t, r, f);
	(void)fputs("}\n", out);
}

int ruleset_render(const struct ruleset *r, const struct element *elements, size_t n, const struct openings *openings,
		   FILE *out)
{
	_cleanup_(filling_done) struct filling f = { .openings = openings };
	struct ruleset_mark mark;
	int q = ruleset_mark(r, &mark);

	if (q < 0)
		return q;
	if (!elements_are_valid(r, elements, n) || !openings_are_valid(openings))
		return -EINVAL;
	q = fill(r, elements, n, &f);
	if (q < 0)
		return q;

	put_tables(r, &f, mark.comment, out);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

int ruleset_render_shut(FILE *out)
{
	(void)fputs(HEADER REPLACE("inet") OPEN("inet"), out);
	(void)fputs("\t# No configuration is in force: nothing is forwarded, and the gateway can be reached.\n"
		    "\tset opened {\n"
		    "\t\ttype iface_type\n"
		    "\t\tflags timeout\n"
		    "\t}\n"
		    "\tchain c_forward {\n"
		    "\t\ttype filter hook forward priority filter - 5; policy drop;\n"
		    "\t\tmeta iiftype @opened counter accept\n"
		    "\t\tcounter drop\n"
		    "\t}\n"
		    "}\n",
		    out);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

/* --- A stored text --- */

static bool is_own_line(struct bytes line)
{
	static const char *const own[] = {
		"}",
		"table inet " TABLE_NAME " {}",
		"table inet " TABLE_NAME " {",
		"delete table inet " TABLE_NAME,
		"table bridge " TABLE_NAME " {}",
		"table bridge " TABLE_NAME " {",
		"delete table bridge " TABLE_NAME,
	};

	if (line.n == 0 || line.p[0] == '#' || line.p[0] == '\t')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (bytes_equal_string(line, own[i]))
			return true;
	return false;
}

bool ruleset_text_is_ours(struct bytes text)
{
	static const char begin[] = HEADER REPLACE("inet"), end[] = "\n}\n";

	if (text.n < sizeof(begin) + sizeof(end) || memcmp(text.p, begin, sizeof(begin) - 1) != 0 ||
	    memcmp(text.p + text.n - (sizeof(end) - 1), end, sizeof(end) - 1) != 0)
		return false;
	for (size_t i = 0; i < text.n;) {
		const uint8_t *newline = memchr(text.p + i, '\n', text.n - i);
		const size_t n = (size_t)(newline - (text.p + i));

		if (!is_own_line(bytes_of(text.p + i, n)))
			return false;
		i += n + 1;
	}
	return true;
}
