/* SPDX-License-Identifier: Apache-2.0 */
/* The names are those of libresolv, which checks each length, and ends when a compressed name runs in a circle. */
#include "attester/dns_answer.h"

#include <errno.h>
#include <resolv.h>
#include <strings.h>

#define CLASS_MASK 0x7fff /* multicast DNS has a flag in the upper bit: RFC 6762 section 10.2 */

/* The name fills the record's data from `at` to the end. */
static int take_name(const ns_msg *message, const ns_rr *rr, size_t at, struct dns_record *record)
{
	int n;

	if (ns_rr_rdlen(*rr) <= at)
		return -EBADMSG;
	n = ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(*rr) + at, record->name,
			       sizeof(record->name));
	return n >= 0 && (size_t)n == ns_rr_rdlen(*rr) - at ? 0 : -EBADMSG;
}

static bool is_of_one_host(const union endpoint *e)
{
	const struct in6_addr *six = &e->in6.sin6_addr;
	uint32_t four = ntohl(e->in.sin_addr.s_addr);

	if (e->any.sa_family == AF_INET)
		return four >> 24 != 0 && four >> 24 != IN_LOOPBACKNET && four >> 28 < 0xe;
	return !IN6_IS_ADDR_UNSPECIFIED(six) && !IN6_IS_ADDR_LOOPBACK(six) && !IN6_IS_ADDR_MULTICAST(six) &&
	       !IN6_IS_ADDR_V4MAPPED(six);
}

/* Returns 1 for a record that is of use, 0 for one that is not. */
static int take_address(const ns_rr *rr, union endpoint *ret)
{
	bool is_four = ns_rr_type(*rr) == ns_t_a;
	void *to = is_four ? (void *)&ret->in.sin_addr : (void *)&ret->in6.sin6_addr;
	size_t n = is_four ? sizeof(ret->in.sin_addr) : sizeof(ret->in6.sin6_addr);

	if (ns_rr_rdlen(*rr) != n)
		return -EBADMSG;
	ret->any.sa_family = is_four ? AF_INET : AF_INET6;
	memcpy(to, ns_rr_rdata(*rr), n);
	return is_of_one_host(ret);
}

static int take_service(const ns_msg *message, const ns_rr *rr, struct dns_record *record)
{
	const uint8_t *p = ns_rr_rdata(*rr);
	int r = take_name(message, rr, 6, record);

	if (r < 0)
		return r;
	record->priority = (uint16_t)ns_get16(p);
	record->port = (uint16_t)ns_get16(p + 4);
	return record->port != 0 && strcmp(record->name, ".") != 0;
}

static int take_record(const ns_msg *message, const ns_rr *rr, struct dns_record *record)
{
	*record = (struct dns_record){ 0 };
	switch (ns_rr_type(*rr)) {
	case ns_t_a:
	case ns_t_aaaa:
		return take_address(rr, &record->address);
	case ns_t_srv:
		return take_service(message, rr, record);
	default:
		return take_name(message, rr, 0, record) < 0 ? -EBADMSG : strcmp(record->name, ".") != 0;
	}
}

/* Of several links, or versions of IP, each brings the same answer. */
static bool is_there(const struct dns_records *records, const struct dns_record *record)
{
	for (size_t i = 0; i < records->n; i++) {
		const struct dns_record *other = &records->at[i];

		if (strcmp(other->name, record->name) == 0 && other->port == record->port &&
		    memcmp(&other->address, &record->address, sizeof(other->address)) == 0)
			return true;
	}
	return false;
}

bool dns_records_add(struct dns_records *records, const struct dns_record *record)
{
	if (records->n == DNS_RECORDS_MAX || is_there(records, record))
		return false;
	records->at[records->n++] = *record;
	return true;
}

int dns_answer_take(struct bytes message, const char *name, int type, struct dns_records *records)
{
	ns_msg decoded;
	ns_rr rr;

	if (message.n > NS_MAXMSG || ns_initparse(message.p, (int)message.n, &decoded) < 0 ||
	    ns_msg_getflag(decoded, ns_f_qr) != 1 || ns_msg_getflag(decoded, ns_f_opcode) != ns_o_query ||
	    ns_msg_getflag(decoded, ns_f_rcode) != ns_r_noerror)
		return -EBADMSG;
	for (int i = 0; i < ns_msg_count(decoded, ns_s_an) && records->n < DNS_RECORDS_MAX; i++) {
		struct dns_record record;
		int r;

		if (ns_parserr(&decoded, ns_s_an, i, &rr) < 0)
			return -EBADMSG;
		if ((int)ns_rr_type(rr) != type || (ns_rr_class(rr) & CLASS_MASK) != ns_c_in ||
		    strcasecmp(ns_rr_name(rr), name) != 0)
			continue;
		r = take_record(&decoded, &rr, &record);
		if (r < 0)
			return r;
		if (r > 0)
			(void)dns_records_add(records, &record);
	}
	return 0;
}
