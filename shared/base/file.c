/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/rand.h"

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

enum err file_read(struct scope *sc, const char *path, size_t max, struct bytes *data)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct out o;
	char part[4096];
	ssize_t got;

	if (fd < 0)
		return fail(sc, errno == ENOENT ? ERR_MISSING : ERR_AWAY, "%s: %s", path,
			strerror(errno));
	out_init(&o, sc->mem);
	while ((got = read(fd, part, sizeof part)) > 0) {
		if (o.len + (size_t)got > max)
			return fail(sc, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
		out_bytes(&o, part, (size_t)got);
	}
	if (got < 0)
		return fail(sc, ERR_AWAY, "%s: %s", path, strerror(errno));
	explicit_bzero(part, sizeof part);
	*data = bytes_of(o.data, o.len);
	return ERR_NONE;
}

enum err file_text(struct scope *sc, const char *path, size_t max, const char **text)
{
	struct bytes data;
	enum err e = file_read(sc, path, max, &data);

	if (e)
		return e;
	if (memchr(data.data, 0, data.len))
		return fail(sc, ERR_INPUT, "%s is no text", path);
	*text = str_trim(sc->mem, data.data);
	return ERR_NONE;
}

static bool write_all(int fd, struct bytes data)
{
	const char *at = data.data;

	for (size_t left = data.len; left > 0;) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			at += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

static bool sync_folder(struct scope *sc, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = !slash          ? "."
			     : slash == path ? "/"
					     : arena_copy(sc->mem, path, (size_t)(slash - path));
	CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

enum err file_write(struct scope *sc, const char *path, mode_t mode, struct bytes data)
{
	const char *beside = arena_printf(
		sc->mem, "%s.%08llx", path, (unsigned long long)rand_below(INT64_C(1) << 32));
	CLEANUP(close_fd)
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int error;

	if (fd < 0)
		return fail(sc, ERR_AWAY, "%s: %s", beside, strerror(errno));
	if (write_all(fd, data) && rename(beside, path) == 0 && sync_folder(sc, path))
		return ERR_NONE;
	error = errno;
	unlink(beside);
	return fail(sc, ERR_AWAY, "%s: %s", path, strerror(error));
}

enum err file_folder(struct scope *sc, const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return ERR_NONE;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ERR_NONE;
	return fail(sc, ERR_AWAY, "%s: %s", path, strerror(errno));
}
