/* SPDX-License-Identifier: Apache-2.0 */
/* The machine: its kernel, the programs and libraries that hallmark needs, and its clock. */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/interfaces.h"
#include "ctl/doctor/doctor.h"
#include "enforce/kernel.h"
#include "store/store.h"

DEFINE_CLEANUP(struct kernel *, kernel_free);
DEFINE_CLEANUP(struct store *, store_free);

#define OPENSSL_NEEDS_PATCH 22 /* patch release of 3.0 */

/* --- The kernel --- */

static void find_lack(const struct kernel_lack *lack, void *userdata)
{
	doctor_find(userdata, DOCTOR_FAULT, lack->remedy, "its nf_tables lack %s: %s, and hallmarkd does not start",
		    translated(lack->what), translated(lack->effect));
}

/* Without these an address counts as a sender. */
static void find_marks(struct doctor *d)
{
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &on, sizeof(on)) < 0)
		doctor_find(d, DOCTOR_WARNING, "use a kernel, 5.19 or later",
			    "it does not tell hallmarkd who sent a datagram (SO_RCVMARK: %s): a device with many "
			    "addresses has as many shares of hallmarkd",
			    strerror(errno));
}

static void find_abilities(struct doctor *d, const struct kernel *k)
{
	struct kernel_abilities abilities = { 0 };
	int r = kernel_probe(k, &d->config->ruleset, &abilities), lacks;

	if (r < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "see the finding about nft", "nft could not ask the kernel: %s",
			    strerror(-r));
	else if (!abilities.has_inet)
		doctor_find(d, DOCTOR_FAULT,
			    "use a kernel with CONFIG_NF_TABLES_INET; in a container, give it CAP_NET_ADMIN",
			    "it has no nf_tables for IPv4 and IPv6: nothing can be enforced");
	else if (!abilities.has_routes)
		doctor_find(
			d, DOCTOR_FAULT,
			"use a kernel, 5.19 or later, with CONFIG_NFT_FIB_INET; with modules, `modprobe nft_fib_inet`",
			"it cannot look up whether an address is routed to where a packet comes from (`fib` of "
			"nf_tables): devices could send with each other's addresses, and hallmarkd does not start");
	else if (!abilities.has_bridge && d->config->ruleset.n_bridges > 0)
		doctor_find(d, DOCTOR_FAULT, "use a kernel with CONFIG_NF_TABLES_BRIDGE, or a VLAN for each household",
			    "it has no nf_tables for bridges: their ports are not isolated");
	else if ((lacks = kernel_lacks(k, &d->config->ruleset, find_lack, d)) < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "run this as root", "what its nf_tables lack could not be tried: %s",
			    strerror(-lacks));
	else if (lacks == 0)
		doctor_find(d, DOCTOR_OK, NULL,
			    abilities.has_bridge ? TO_TRANSLATE("it has nf_tables, for bridges too") :
						   TO_TRANSLATE("it has nf_tables"));
	find_marks(d);
}

/* A full table of flows drops new ones, whatever their zone. */
static void find_flows(struct doctor *d)
{
	char count[32], max[32];

	if (!doctor_read_line("/proc/sys/net/netfilter/nf_conntrack_count", count, sizeof(count)) ||
	    !doctor_read_line("/proc/sys/net/netfilter/nf_conntrack_max", max, sizeof(max)))
		return; /* nf_conntrack is loaded with the tables */
	if (atoll(count) > atoll(max) / 10 * 8)
		doctor_find(d, DOCTOR_WARNING, "raise net.netfilter.nf_conntrack_max in /etc/sysctl.d",
			    "%s of %s tracked flows are in use: beyond that new ones are dropped", count, max);
	else
		doctor_find(d, DOCTOR_OK, NULL, "%s of %s tracked flows are in use", count, max);
}

void doctor_kernel(struct doctor *d)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	int r;

	find_flows(d);
	if (!d->config)
		return;
	if (!d->is_root) {
		doctor_find(d, DOCTOR_UNKNOWN, "run this as root", "only root can find out what it can do");
		return;
	}
	r = kernel_new(d->config->nft, &k);
	if (r < 0)
		doctor_find(d, DOCTOR_FAULT, "use a kernel with CONFIG_NF_TABLES",
			    "its netlink interface does not open: %s", strerror(-r));
	else
		find_abilities(d, k);
}

static bool is_on(const char *path)
{
	char line[16];

	return doctor_read_line(path, line, sizeof(line)) && line[0] != '0' && line[0] != '\0';
}

void doctor_forwarding(struct doctor *d)
{
	const bool four = is_on("/proc/sys/net/ipv4/ip_forward"), six = is_on("/proc/sys/net/ipv6/conf/all/forwarding"),
		   bridged = interfaces_route_bridges();

	if (!four)
		doctor_find(d, DOCTOR_FAULT, "set net.ipv4.ip_forward = 1 in /etc/sysctl.d, then `sysctl --system`",
			    "IPv4 is not forwarded: no device reaches anything, whatever its zone");
	if (!six)
		doctor_find(d, DOCTOR_WARNING,
			    "set net.ipv6.conf.all.forwarding = 1 in /etc/sysctl.d, then `sysctl --system`",
			    "IPv6 is not forwarded");
	if (bridged && d->config && d->config->ruleset.n_bridges > 0)
		doctor_find(
			d, DOCTOR_FAULT,
			"set net.bridge.bridge-nf-call-iptables and -ip6tables = 0 in /etc/sysctl.d, then `sysctl "
			"--system`",
			"br_netfilter shows bridged frames to the routed table: devices of one household on a bridge "
			"cannot reach each other");
	else if (four && six)
		doctor_find(d, DOCTOR_OK, NULL, "IPv4 and IPv6 are forwarded");
}

/* --- Programs and libraries --- */

void doctor_nft(struct doctor *d)
{
	const char *nft = d->config ? d->config->nft : "nft";
	char text[256];
	int r = doctor_run((const char *const[]){ nft, "--version", NULL }, text, sizeof(text));

	if (r == 0)
		doctor_find(d, DOCTOR_OK, NULL, "%s", text);
	else if (r == -ENOENT)
		doctor_find(d, DOCTOR_FAULT, "install the package nftables, or correct gateway.nft",
			    "there is no program \"%s\": the tables cannot be loaded", nft);
	else
		doctor_find(d, DOCTOR_FAULT, "install the package nftables again, or correct gateway.nft",
			    "\"%s --version\" fails: %s", nft, r < 0 ? strerror(-r) : translated("it is not nft"));
}

void doctor_openssl(struct doctor *d)
{
	const char *version = OpenSSL_version(OPENSSL_VERSION_STRING);

	if (OPENSSL_version_major() == 3 && OPENSSL_version_minor() == 0 &&
	    OPENSSL_version_patch() < OPENSSL_NEEDS_PATCH)
		doctor_find(d, DOCTOR_WARNING, "install the security update of libssl3, then restart hallmarkd",
			    "version %s, before 3.0.%d: anybody can end DTLS sessions with a forged short record "
			    "(CVE-2026-75806)",
			    version, OPENSSL_NEEDS_PATCH);
	else
		doctor_find(d, DOCTOR_OK, NULL, "version %s", version);
}

/* --- The clock --- */

/*
 * The latest time in the store. Only read while a daemon has the store open: otherwise SQLite would create a WAL file,
 * and the doctor writes nothing.
 */
static bool find_floor(const struct doctor *d, int64_t *ret_sec)
{
	_cleanup_(store_freep) struct store *s = NULL;
	char path[sizeof(d->config->state) + 32];

	if (!d->status || !d->config)
		return false;
	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE "-shm", d->config->state);
	if (access(path, R_OK) != 0)
		return false;
	path[strlen(path) - strlen("-shm")] = '\0';
	return access(path, R_OK) == 0 && store_open_to_read(path, &s) == 0 && store_time_floor(s, ret_sec) == 0;
}

void doctor_clock(struct doctor *d)
{
	int64_t floor_sec = 0;
	char text[32];

	if (find_floor(d, &floor_sec) && !time_has_come(floor_sec, d->now_sec))
		doctor_find(d, DOCTOR_FAULT,
			    "set the clock, and let it be set by NTP: `apt-get install systemd-timesyncd`",
			    "it is earlier than a time seen before, %s: what ended by then stays ended",
			    time_to_text(floor_sec, text));
	if (clock_is_synchronised())
		doctor_find(d, DOCTOR_OK, NULL, "it is synchronised");
	else
		doctor_find(d, DOCTOR_WARNING, "`apt-get install systemd-timesyncd`, or another NTP client",
			    "nothing synchronises it: admissions are provisional");
}
