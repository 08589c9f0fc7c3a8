/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "box/box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/out.h"
#include "box/box_priv.h"

#define PROGRAM "penguin-box"

struct child {
	pid_t pid; /* 0 once it was waited for */
	int fd;    /* our end of its standard input and output; -1 once closed */
	bool given;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_child(struct child *c)
{
	close_fd(&c->fd);
	if (c->pid <= 0)
		return;
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	c->pid = 0;
}

/* ---- starting ---- */

/* Beside the program that runs, whatever it is called and wherever it was put. */
static enum err find_program(struct scope *sc, const char **path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n <= 0)
		return fail(sc, ERR_AWAY, "where this program lies cannot be read: %m");
	self[n] = 0;
	slash = strrchr(self, '/');
	*slash = 0;
	*path = arena_printf(sc->mem, "%s/" PROGRAM, self);
	return ERR_NONE;
}

static int spawn(pid_t *pid, const char *path, int fd)
{
	char name[] = PROGRAM, verb[] = "mail";
	char *argv[] = { name, verb, NULL }, *env[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	r = posix_spawn(pid, path, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

static enum err start(struct scope *sc, struct child *c)
{
	int ends[2] = { -1, -1 };
	const char *path;
	enum err e = find_program(sc, &path);
	int r = 0;

	if (!e && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		e = fail(sc, ERR_AWAY, "no descriptor is left: %m");
	if (!e && (r = spawn(&c->pid, path, ends[1])) != 0)
		e = fail(sc, ERR_AWAY, "%s: %s", path, strerror(r));
	close_fd(&ends[1]);
	c->fd = ends[0];
	return e;
}

/* ---- talking ---- */

/* What is left goes in as far as it goes. */
static void give(struct child *c, struct bytes *left)
{
	ssize_t n = send(c->fd, left->data, left->len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		*left = bytes_of((const char *)left->data + n, left->len - (size_t)n);
	/* A child that reads no more may have answered already. */
	c->given = left->len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (c->given)
		shutdown(c->fd, SHUT_WR);
}

static enum err take(struct scope *sc, struct child *c, struct out *answer)
{
	char buf[4096];
	ssize_t n = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);

	if (n > 0)
		out_bytes(answer, buf, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&c->fd);
	return answer->len > BOX_MAX_ANSWER ? fail(sc, ERR_INPUT, "the child's answer is too long")
					    : ERR_NONE;
}

static enum err talk(
	struct scope *sc, struct child *c, int64_t until, struct bytes mail, struct out *answer)
{
	enum err e = ERR_NONE;

	while (c->fd >= 0 && !e) {
		struct pollfd p = { .fd = c->fd,
			.events = (short)(c->given ? POLLIN : POLLIN | POLLOUT) };
		int64_t left = until - clock_mono();

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return fail(sc, ERR_INPUT, "the child did not end in time");
		if (p.revents & (POLLIN | POLLHUP | POLLERR))
			e = take(sc, c, answer);
		if (c->fd >= 0 && !c->given && p.revents & POLLOUT)
			give(c, &mail);
	}
	return e;
}

static bool has_ended(int pidfd, int64_t until)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = until - clock_mono();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static enum err judge(struct scope *sc, int status)
{
	if (WIFSIGNALED(status))
		return fail(sc, ERR_INPUT, "the mail cost its child: signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == BOX_NO_MAIL)
		return fail(sc, ERR_INPUT, "this is no mail");
	if (WEXITSTATUS(status) != 0)
		return fail(
			sc, ERR_INPUT, "the mail cost its child: status %d", WEXITSTATUS(status));
	return ERR_NONE;
}

enum err box_reap(struct scope *sc, pid_t pid, int64_t until)
{
	int fd CLEANUP(close_fd) = pidfd_open(pid, 0);
	bool ended = fd >= 0 && has_ended(fd, until);
	int status = 0;

	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(sc, ERR_INTERNAL, "the child cannot be waited for: %m");
	if (fd < 0)
		return fail(sc, ERR_AWAY, "no descriptor is left: %m");
	return ended ? judge(sc, status) : fail(sc, ERR_INPUT, "the child did not end in time");
}

enum err box_read_mail(struct scope *sc, struct bytes mail, struct box_mail *m)
{
	CLEANUP(end_child) struct child c = { 0, -1, false };
	int64_t until = clock_mono() + BOX_WALL_MS;
	struct out answer;
	enum err e = start(sc, &c);
	pid_t pid;

	out_init(&answer, sc->mem);
	if (mail.len > BOX_MAX_MAIL)
		mail.len = BOX_MAX_MAIL;
	if (!e)
		e = talk(sc, &c, until, mail, &answer);
	if (e)
		return e;
	pid = c.pid;
	c.pid = 0;
	e = box_reap(sc, pid, until);
	return e ? e : box_mail_get(sc, bytes_of(answer.data, answer.len), m);
}
