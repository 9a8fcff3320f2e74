/* SPDX-License-Identifier: Apache-2.0 */
/* How a message gets to a target of each type (notify/target.h). */
#pragma once

struct driver;

extern const struct driver driver_program, driver_mail, driver_webhook, driver_mqtt, driver_syslog;
