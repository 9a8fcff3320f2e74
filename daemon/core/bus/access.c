/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel identifies the peer of the private socket; the system bus identifies its clients. */
#include "core/bus/access.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"

/* A query to the bus, which has limited time to answer (core/bus/systembus.h). */
static int uid_on_bus(sd_bus_message *call, uid_t *ret)
{
	_cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	int r = sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds);

	return r < 0 ? r : sd_bus_creds_get_euid(creds, ret);
}

static int uid_of_peer(sd_bus *bus, uid_t *ret)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(sd_bus_get_fd(bus), SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return -errno;
	*ret = peer.uid;
	return 0;
}

/* Whether the caller is root, or `too`. */
static bool may(sd_bus_message *call, uid_t too, uint32_t *ret_uid, sd_bus_error *error)
{
	sd_bus *bus = sd_bus_message_get_bus(call);
	bool is_peer = sd_bus_is_bus_client(bus) == 0;
	uid_t uid = (uid_t)-1;
	int r = is_peer ? uid_of_peer(bus, &uid) : uid_on_bus(call, &uid);

	if (r >= 0 && (uid == 0 || uid == too)) {
		if (ret_uid)
			*ret_uid = uid;
		return true;
	}
	if (r < 0)
		(void)sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
					TO_TRANSLATE("only root may do that, and it is not known who is asking") ": %s",
					strerror(-r));
	else
		(void)sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "only root may do that; use sudo");
	return false;
}

bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error)
{
	return may(call, 0, ret_uid, error);
}

bool command_may_reload(sd_bus_message *call, sd_bus_error *error)
{
	return may(call, geteuid(), NULL, error);
}
