/* SPDX-License-Identifier: Apache-2.0 */
#include "run/wave.h"

#include "run/announce.h"

void wave_tell(struct core *c, const struct journal_decision *d)
{
	journal_decision(d);
	announce_change(c, d->verdict, d->zone_before);
}
