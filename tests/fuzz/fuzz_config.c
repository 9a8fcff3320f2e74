/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/* dictionary: config */
/* A configuration's text; seed it with conf/. Includes, the managed file and the inventory are left out: they would open whatever files they name. */
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"

/* libconfig 1.5 itself forgets a text that a syntax error follows; ours is not suppressed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yy";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct config *c = NULL;
	char path[64];

	log_set_level(-1);
	if (fd < 0 || memmem(data, size, "@include", 8) || memmem(data, size, "managed", 7) ||
	    memmem(data, size, "inventory", 9) ||
	    (size > 1 && (data[0] ^ data[1]) == 1 && (data[0] | data[1]) == 0xff) || /* UTF-16 could name files, too */
	    write(fd, data, size) != (ssize_t)size)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(path, &c) == 0)
		config_free(c);
	return 0;
}
