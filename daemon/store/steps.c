/* SPDX-License-Identifier: Apache-2.0 */
#include "store/steps.h"

#include "store/store.h"

#define SCHEMA_VERSION 10
#define NUMBER(x)      NUMBER_(x)
#define NUMBER_(x)     #x

/*
 * The step from each version to the next; no data is lost. A new file takes all the steps, so it equals a converted
 * one. A column keeps its name only while it keeps its meaning: an earlier version takes back the columns that it knows
 * (store/earlier.h).
 */
static const char *const steps[SCHEMA_VERSION] = {
	"CREATE TABLE verdict (device BLOB PRIMARY KEY, ueid BLOB NOT NULL, zone TEXT NOT NULL,"
	" admitted INTEGER NOT NULL, until INTEGER NOT NULL, layout TEXT NOT NULL, digest BLOB NOT NULL,"
	" record BLOB NOT NULL) STRICT;"
	"CREATE INDEX verdict_ueid ON verdict (ueid);"
	"CREATE TABLE input (device BLOB NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, PRIMARY KEY (device, kind, position)) STRICT;"
	"CREATE TABLE time_floor (id INTEGER PRIMARY KEY CHECK (id = 1), seconds INTEGER NOT NULL) STRICT;"
	"PRAGMA application_id = " NUMBER(STORE_APPLICATION_ID) "; PRAGMA user_version = 1",

	"CREATE TABLE record (sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, device BLOB NOT NULL,"
	" cause INTEGER NOT NULL, zone_before TEXT NOT NULL, zone_after TEXT NOT NULL, rule TEXT NOT NULL,"
	" reason INTEGER NOT NULL, missing INTEGER NOT NULL, scheme TEXT NOT NULL, level INTEGER NOT NULL,"
	" home_level INTEGER NOT NULL, arrangement TEXT NOT NULL, label TEXT NOT NULL, until INTEGER NOT NULL,"
	" expiry_cause INTEGER NOT NULL, inputs BLOB NOT NULL, trust BLOB NOT NULL, previous BLOB NOT NULL,"
	" hash BLOB NOT NULL) STRICT;"
	"CREATE INDEX record_device ON record (device);"
	"CREATE TABLE record_foot (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL,"
	" hash BLOB NOT NULL) STRICT;"
	"CREATE TABLE trust_set (kind INTEGER NOT NULL, identity TEXT NOT NULL, path TEXT NOT NULL,"
	" sequence INTEGER NOT NULL, issued INTEGER NOT NULL, until INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY (kind, identity)) STRICT;"
	"PRAGMA user_version = 2",

	"CREATE TABLE operator_order (device BLOB PRIMARY KEY, kind INTEGER NOT NULL, zone TEXT NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL, uid INTEGER NOT NULL,"
	" boot BLOB NOT NULL) STRICT;"
	"PRAGMA user_version = 3",

	/* NULL in existing rows */
	"ALTER TABLE verdict ADD COLUMN sum BLOB;"
	"ALTER TABLE verdict ADD COLUMN expires_first TEXT;"
	"ALTER TABLE verdict ADD COLUMN decided INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reason TEXT;"
	"ALTER TABLE verdict ADD COLUMN interface TEXT;"
	"ALTER TABLE verdict ADD COLUMN port TEXT;"
	"ALTER TABLE verdict ADD COLUMN mac BLOB;"
	"ALTER TABLE verdict ADD COLUMN address TEXT;"
	"ALTER TABLE verdict ADD COLUMN address4 BLOB;"
	"ALTER TABLE verdict ADD COLUMN address6 BLOB;"
	"ALTER TABLE verdict ADD COLUMN attested INTEGER;"
	"ALTER TABLE verdict ADD COLUMN provisional INTEGER;"
	"ALTER TABLE verdict ADD COLUMN boot BLOB;"
	"ALTER TABLE verdict ADD COLUMN monitored_until INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reattest_by INTEGER;"
	"ALTER TABLE verdict ADD COLUMN reattest_boot BLOB;"
	"ALTER TABLE verdict ADD COLUMN ended TEXT;"
	"ALTER TABLE verdict ADD COLUMN unstored INTEGER;"
	"ALTER TABLE verdict ADD COLUMN possession TEXT;"
	"ALTER TABLE verdict ADD COLUMN freshness TEXT;"
	"ALTER TABLE verdict ADD COLUMN same_device TEXT;"
	"ALTER TABLE verdict ADD COLUMN handles BLOB;"
	"ALTER TABLE verdict ADD COLUMN result BLOB;"
	"PRAGMA user_version = 4",

	("CREATE TABLE held (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER NOT NULL) STRICT;"
	 "PRAGMA user_version = 5"),

	("ALTER TABLE verdict ADD COLUMN place TEXT;" /* NULL in the rows that are there */
	 "PRAGMA user_version = 6"),

	("ALTER TABLE record_foot ADD COLUMN kept BLOB NOT NULL DEFAULT "
	 "x'0000000000000000000000000000000000000000000000000000000000000000';" /* no entry is kept */
	 "PRAGMA user_version = 7"),

	("ALTER TABLE verdict ADD COLUMN renewals INTEGER;" /* NULL in the rows that are there */
	 "ALTER TABLE record ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;"
	 "ALTER TABLE record ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;"
	 "PRAGMA user_version = 8"),

	("ALTER TABLE record ADD COLUMN encoding INTEGER NOT NULL DEFAULT 1;" /* of the entries that are there */
	 "ALTER TABLE record ADD COLUMN ordered_by TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN ordered_login TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN ordered_role TEXT NOT NULL DEFAULT '';"
	 "PRAGMA user_version = 9"),

	("ALTER TABLE record ADD COLUMN name TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN segment TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN place TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN interface TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN port TEXT NOT NULL DEFAULT '';"
	 "ALTER TABLE record ADD COLUMN mac BLOB NOT NULL DEFAULT x'000000000000';"
	 "PRAGMA user_version = 10"),
};

unsigned store_version(void)
{
	return SCHEMA_VERSION;
}

const char *store_step(unsigned from)
{
	return from < SCHEMA_VERSION ? steps[from] : NULL;
}
