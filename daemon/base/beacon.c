/* SPDX-License-Identifier: Apache-2.0 */
#include "base/beacon.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int beacons_make(struct beacons *b)
{
	uint8_t made[BEACON_LEN];
	ssize_t n = getrandom(made, sizeof(made), 0);

	if (n != (ssize_t)sizeof(made))
		return n < 0 ? -errno : -EIO;
	b->newest++;
	memcpy(b->list[b->newest % BEACONS_KEPT], made, sizeof(made));
	return 0;
}

const uint8_t *beacons_newest(const struct beacons *b)
{
	return b->list[b->newest % BEACONS_KEPT];
}

const uint8_t *beacons_before(const struct beacons *b, uint32_t age)
{
	return age < BEACONS_KEPT && age < b->newest ? b->list[(b->newest - age) % BEACONS_KEPT] : NULL;
}

uint32_t beacons_find(const struct beacons *b, const uint8_t beacon[static BEACON_LEN])
{
	for (uint32_t age = 0; age < BEACONS_KEPT && age < b->newest; age++)
		if (memcmp(b->list[(b->newest - age) % BEACONS_KEPT], beacon, BEACON_LEN) == 0)
			return b->newest - age;
	return 0;
}
