/* SPDX-License-Identifier: Apache-2.0 */
#include "run/announce.h"

void announce_change(struct core *c, const struct verdict *v, const char *zone_before)
{
	(void)c;
	(void)v;
	(void)zone_before;
}

void announce_wave(struct core *c, const struct wave_summary *w)
{
	(void)c;
	(void)w;
}
