/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/out.h"

#define KEPT    (64 * 1024)
#define LOOK_MS 100
#define SAID    300 /* bytes of its last words in a reason */

static char **environment(struct scope *sc, const struct run *r)
{
	size_t n = 0;
	char **list;

	while (environ[n])
		n++;
	list = arena_array(sc->mem, n + 4, sizeof *list);
	n = 0;
	for (char **e = environ; *e; e++)
		if (!str_starts(*e, "DOCKER_") && !str_starts(*e, "COMPOSE_"))
			list[n++] = *e;
	list[n++] = arena_printf(sc->mem, "DOCKER_HOST=unix://%s", r->docker);
	list[n++] = arena_text(sc->mem, "COMPOSE_INTERACTIVE_NO_CLI=1");
	list[n] = NULL;
	return list;
}

/* Signals that this process keeps for its loop are none of the child's business. */
static void let_signals_be(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(
		attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static enum err start(struct scope *sc, const struct run *r, pid_t *pid, int *from)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int pipe[2], error;

	if (pipe2(pipe, O_CLOEXEC) != 0)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addchdir_np(&files, r->folder);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, pipe[1], 1);
	posix_spawn_file_actions_adddup2(&files, pipe[1], 2);
	let_signals_be(&attr);
	error = posix_spawnp(
		pid, r->argv[0], &files, &attr, (char **)(uintptr_t)r->argv, environment(sc, r));
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	close(pipe[1]);
	*from = pipe[0];
	if (!error)
		return ERR_NONE;
	close(pipe[0]);
	return fail(sc, error == ENOENT ? ERR_MISSING : ERR_AWAY, "%s: %s", r->argv[0],
		strerror(error));
}

/* Keeps the newest of what is said. False when there will be no more. */
static bool hear(int fd, struct out *said)
{
	char data[4096];
	ssize_t n = read(fd, data, sizeof data);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (said->len + (size_t)n > KEPT) {
		size_t cut = said->len + (size_t)n - KEPT;

		memmove(said->data, said->data + cut, said->len - cut);
		out_cut(said, said->len - cut);
	}
	out_bytes(said, data, (size_t)n);
	return true;
}

/* Its end of the pipe may live on in a grandchild: whoever has ended is not waited for longer. */
static bool attend(const struct run *r, int fd, struct out *said)
{
	int64_t end = clock_mono() + r->timeout_s * SECOND_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (clock_mono() < end && !(r->stop && *r->stop)) {
		int n = poll(&p, 1, LOOK_MS);

		if (n > 0 && !hear(fd, said))
			return true;
	}
	return false;
}

static const char *last_words(struct scope *sc, const struct out *said)
{
	const char *text = str_trim(sc->mem, said->data);
	size_t len = strlen(text);
	char *kept = arena_text(sc->mem, len > SAID ? text + len - SAID : text);

	for (char *p = kept; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = ' ';
	return kept;
}

enum err run_program(struct scope *sc, const struct run *r, const char **output)
{
	struct out said;
	int fd = -1, status;
	bool ended;
	pid_t pid;
	enum err e = start(sc, r, &pid, &fd);

	if (e)
		return e;
	out_init(&said, sc->mem);
	ended = attend(r, fd, &said);
	close(fd);
	if (!ended)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (output)
		*output = said.data;
	if (!ended)
		return fail(sc, ERR_UPSTREAM, "%s did not end within %d s: %s", r->argv[0],
			r->timeout_s, last_words(sc, &said));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_NONE;
	/* A shell's and a spawned child's way of saying that there is no such program. */
	return fail(sc,
		WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ERR_MISSING : ERR_UPSTREAM, "%s",
		said.len ? last_words(sc, &said) : arena_printf(sc->mem, "%s failed", r->argv[0]));
}
