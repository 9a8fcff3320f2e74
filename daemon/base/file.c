/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

int file_read(const char *path, size_t max, uint8_t **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;

	_cleanup_free_ uint8_t *content = malloc((size_t)st.st_size + 1);
	size_t n = 0;

	if (!content)
		return -ENOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, content + n, (size_t)st.st_size - n);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret = TAKE_PTR(content);
	*ret_n = n;
	return 0;
}

int file_write(int fd, struct bytes content)
{
	while (content.n > 0) {
		const ssize_t n = write(fd, content.p, content.n);

		if (n < 0)
			return -errno;
		content = bytes_of(content.p + n, content.n - (size_t)n);
	}
	return 0;
}
