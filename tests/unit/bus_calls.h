/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that takes turns, and an operator at its private socket: ask() makes a call, and its answer is a text that expect()
 * looks into. Wraps getsockopt(2), which says whose user and in which groups the operator is.
 */
#pragma once

#include "bus_answer.h"
#include "bus_kit.h"
#include "core/act/enforcement.h"
#include "turn_kit.h"

/* --- the operator --- */

static uid_t operator_uid;
static gid_t operator_group; /* beside its first one, 100; 0: none */
static int groups_error;     /* instead of the groups */

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	int r = __real_getsockopt(fd, level, name, value, n);

	if (level != SOL_SOCKET)
		return r;
	if (r == 0 && name == SO_PEERCRED) {
		((struct ucred *)value)->uid = operator_uid;
		((struct ucred *)value)->gid = 100;
	} else if (name == SO_PEERGROUPS && groups_error) {
		errno = groups_error;
		return -1;
	} else if (name == SO_PEERGROUPS) {
		*n = operator_group ? sizeof(gid_t) : 0;
		memcpy(value, &operator_group, *n);
		return 0;
	}
	return r;
}

static inline int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	bool *is_there = userdata;

	(void)error;
	take_answer(m);
	*is_there = true;
	return 0;
}

static sd_bus *operator_bus;

/* Calls, and waits for the answer; an error is one, too. */
static inline void ask_at(const char *interface, const char *method, const char *types, va_list arguments)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	bool is_there = false;

	assert_true(sd_bus_message_new_method_call(operator_bus, &m, NULL, HALLMARK_BUS_PATH, interface, method) >= 0);
	assert_true(sd_bus_message_appendv(m, types, arguments) >= 0);
	assert_true(sd_bus_call_async(operator_bus, NULL, m, on_answer, &is_there, 0) >= 0);
	for (int i = 0; i < 1000 && !is_there; i++)
		assert_true(sd_event_run(core.event, 100000) >= 0);
	assert_true(is_there);
}

static inline void ask(const char *method, const char *types, ...)
{
	va_list arguments;

	va_start(arguments, types);
	ask_at(HALLMARK_BUS_INTERFACE, method, types, arguments);
	va_end(arguments);
}

static inline void ask_properties(const char *method, const char *types, ...)
{
	va_list arguments;

	va_start(arguments, types);
	ask_at("org.freedesktop.DBus.Properties", method, types, arguments);
	va_end(arguments);
}

/* --- */

static inline int set_up_bus(void **state)
{
	if (set_up(state) < 0)
		return -1;
	(void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
	core.enforcement.is_mended = true;
	core.enforcement.compared_usec = clock_monotonic_usec();
	core.settler.tables.has_tables = true;
	core.in_force.material_fd = core.in_force.edge_fd = core.clock_fd = -1;
	timekeeper_init(&core.settler.time, 0);
	operator_uid = 0;
	operator_group = 0;
	groups_error = 0;
	(void)snprintf(core.in_force.config->control, sizeof(core.in_force.config->control), "%s/control",
		       store_folder);
	if (bus_new(&core, &core.bus) < 0)
		return -1;
	operator_bus = connect_client();
	return sd_bus_attach_event(operator_bus, core.event, SD_EVENT_PRIORITY_NORMAL);
}

static inline int tear_down_bus(void **state)
{
	sd_bus_close_unref(operator_bus);
	run_loop();
	bus_free(core.bus);
	return tear_down(state);
}

#define BUS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_bus, tear_down_bus)
