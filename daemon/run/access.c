/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel says who is at the other end of a socket. */
#include "run/access.h"

#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

bool command_may_change(sd_bus_message *call, uint32_t *ret_uid, sd_bus_error *error)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t n = sizeof(peer);

	if (getsockopt(sd_bus_get_fd(sd_bus_message_get_bus(call)), SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	    (peer.uid == 0 || peer.uid == geteuid())) {
		if (ret_uid)
			*ret_uid = peer.uid;
		return true;
	}
	(void)sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "only root may do that; use sudo");
	return false;
}
