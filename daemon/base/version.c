/* SPDX-License-Identifier: Apache-2.0 */
#include "base/version.h"

#include <limits.h>
#include <link.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* As the libraries declare them, but weak: NULL in a program that does not run with the library. */
__attribute__((weak)) const char *sqlite3_libversion(void);
__attribute__((weak)) const char *coap_package_version(void);
__attribute__((weak)) const char *zlibVersion(void);
__attribute__((weak)) char *curl_version(void);
__attribute__((weak)) int mosquitto_lib_version(int *major, int *minor, int *revision);
struct scmp_version {
	unsigned major, minor, micro;
};
__attribute__((weak)) const struct scmp_version *seccomp_version(void);

static void print_one(FILE *out, const char *name, const char *version)
{
	(void)fprintf(out, ", %s %.*s", name, (int)strcspn(version, " "), version);
}

static void print_numbers(FILE *out, const char *name, unsigned major, unsigned minor, unsigned micro)
{
	(void)fprintf(out, ", %s %u.%u.%u", name, major, minor, micro);
}

/* libcbor says its version only to who compiles with it; the file has it in its name, as libcbor.so.0.8.0. */
static int print_cbor(struct dl_phdr_info *object, size_t size, void *userdata)
{
	static const char name[] = "/libcbor.so.";
	char path[PATH_MAX];
	const char *at;

	(void)size;
	if (!strstr(object->dlpi_name, name) || !realpath(object->dlpi_name, path))
		return 0;
	at = strstr(path, name);
	if (at)
		print_one(userdata, "libcbor", at + strlen(name));
	return 0;
}

void version_print(const char *program, FILE *out)
{
	int major = 0, minor = 0, revision = 0;

	(void)fprintf(out, "%s " HALLMARK_VERSION " (commit " HALLMARK_COMMIT ")\n", program);
	(void)fprintf(out, "OpenSSL %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	if (coap_package_version)
		print_one(out, "libcoap", coap_package_version() + strlen("libcoap "));
	if (sqlite3_libversion)
		print_one(out, "SQLite", sqlite3_libversion());
	(void)dl_iterate_phdr(print_cbor, out);
	if (curl_version)
		print_one(out, "libcurl", curl_version() + strlen("libcurl/"));
	if (mosquitto_lib_version) {
		(void)mosquitto_lib_version(&major, &minor, &revision);
		print_numbers(out, "libmosquitto", (unsigned)major, (unsigned)minor, (unsigned)revision);
	}
	if (zlibVersion)
		print_one(out, "zlib", zlibVersion());
	if (seccomp_version)
		print_numbers(out, "libseccomp", seccomp_version()->major, seccomp_version()->minor,
			      seccomp_version()->micro);
	(void)fputc('\n', out);
}
