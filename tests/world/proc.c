/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rand.h"

#define FILE_MAX_BYTES (64 << 20)
#define OUTPUT_BYTES   (1 << 20)
#define GROUPS         64

/* ---- janitor ---- */

struct janitor {
	int pipe; /* its input: "+pid\n" and "-pid\n"; at the end it cleans up */
	pid_t pid;
};

static void forget(pid_t *groups, pid_t pid)
{
	for (int i = 0; i < GROUPS; i++)
		if (groups[i] == pid)
			groups[i] = 0;
}

static void remember(pid_t *groups, pid_t pid)
{
	for (int i = 0; i < GROUPS; i++)
		if (groups[i] == 0) {
			groups[i] = pid;
			return;
		}
}

/* A moment to end by themselves, then none. */
static void end_groups(const pid_t *groups)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (size_t s = 0; s < COUNT(signals); s++) {
		bool left = false;

		for (int i = 0; i < GROUPS; i++)
			left |= groups[i] > 0 && kill(-groups[i], signals[s]) == 0;
		for (int waited = 0; s == 0 && left && waited < 100; waited++) {
			sleep_ms(20);
			left = false;
			for (int i = 0; i < GROUPS; i++)
				left |= groups[i] > 0 && kill(-groups[i], 0) == 0;
		}
	}
}

static void remove_tree(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void clean_up_at_the_end(int fd, const char *folder, bool keep)
{
	pid_t groups[GROUPS] = { 0 };
	FILE *in = fdopen(fd, "r");
	char sign;
	int pid;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	setsid();
	while (in && fscanf(in, " %c%d", &sign, &pid) == 2)
		if (sign == '+')
			remember(groups, pid);
		else
			forget(groups, pid);
	end_groups(groups);
	if (!keep)
		remove_tree(folder);
	_exit(0);
}

enum err janitor_start(struct scope *sc, const char *folder, bool keep, struct janitor **out)
{
	int ends[2];
	struct janitor *j;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(sc, ERR_AWAY, "cannot make a pipe: %m");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(sc, ERR_AWAY, "cannot fork: %m");
	if (pid == 0) {
		close(ends[1]);
		clean_up_at_the_end(ends[0], folder, keep);
	}
	close(ends[0]);
	j = calloc(1, sizeof *j);
	if (!j)
		abort();
	*j = (struct janitor){ ends[1], pid };
	*out = j;
	return ERR_NONE;
}

void janitor_stop(struct janitor *j)
{
	if (!j)
		return;
	close(j->pipe);
	waitpid(j->pid, NULL, 0);
	free(j);
}

static void tell(struct janitor *j, char sign, pid_t pid)
{
	if (j)
		dprintf(j->pipe, "%c%d\n", sign, (int)pid);
}

/* ---- starting ---- */

static void be_user(const char *user)
{
	const struct passwd *pw = getuid() == 0 && user ? getpwnam(user) : NULL;

	if (!pw)
		return;
	if (initgroups(user, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		_exit(126);
}

static void put_descriptors(const struct proc_spec *s)
{
	int none = open("/dev/null", O_RDWR);
	int log = s->log ? open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0644) : none;

	dup2(s->in > 0 ? s->in : none, 0);
	dup2(s->out > 0 ? s->out : log, 1);
	dup2(log, 2);
}

static void become(const struct proc_spec *s)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	put_descriptors(s);
	be_user(s->user);
	execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
	dprintf(2, "cannot run %s: %m\n", s->argv[0]);
	_exit(127);
}

enum err proc_start(struct scope *sc, struct janitor *j, const struct proc_spec *s, struct proc *p)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail(sc, ERR_AWAY, "cannot fork: %m");
	if (pid == 0)
		become(s);
	setpgid(pid, pid);
	tell(j, '+', pid);
	*p = (struct proc){ pid, s->name };
	return ERR_NONE;
}

bool proc_is_alive(struct proc *p)
{
	int status;

	if (p->pid <= 0)
		return false;
	if (waitpid(p->pid, &status, WNOHANG) == 0)
		return true;
	p->pid = 0;
	return false;
}

/* Waits up to TIMEOUT_MS and our patience for the end; false when it still runs. */
static bool wait_end(pid_t pid, int timeout_ms, int *status)
{
	int64_t until = clock_mono() + (int64_t)timeout_ms * PATIENCE;

	for (;;) {
		if (waitpid(pid, status, WNOHANG) != 0)
			return true;
		if (clock_mono() >= until)
			return false;
		sleep_ms(10);
	}
}

int proc_stop(struct janitor *j, struct proc *p, int timeout_ms)
{
	int status = 0;

	if (p->pid <= 0)
		return -1;
	kill(p->pid, SIGTERM);
	if (!wait_end(p->pid, timeout_ms, &status)) {
		proc_kill(j, p);
		return -1;
	}
	kill(-p->pid, SIGKILL);
	tell(j, '-', p->pid);
	p->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void proc_kill(struct janitor *j, struct proc *p)
{
	if (p->pid <= 0)
		return;
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	tell(j, '-', p->pid);
	p->pid = 0;
}

/* ---- running to the end ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static const char *read_back(struct scope *sc, int fd)
{
	char *text = arena_alloc(sc->mem, OUTPUT_BYTES + 1);
	ssize_t n = pread(fd, text, OUTPUT_BYTES, 0);

	text[n > 0 ? n : 0] = 0;
	return text;
}

static int scratch_file(void)
{
	char path[] = "/tmp/penguin-out.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	unlink(path);
	return fd;
}

enum err proc_run(struct scope *sc, const struct proc_spec *s, int timeout_ms, const char **output)
{
	CLEANUP(close_fd) int out = scratch_file();
	struct proc_spec spec = *s;
	const char *text;
	struct proc p = { 0 };
	int status = 0;
	enum err e;

	if (out < 0)
		return fail(sc, ERR_AWAY, "cannot make a scratch file: %m");
	spec.out = out;
	e = proc_start(sc, NULL, &spec, &p);
	if (e)
		return e;
	if (!wait_end(p.pid, timeout_ms, &status)) {
		proc_kill(NULL, &p);
		return fail(sc, ERR_UPSTREAM, "%s did not end within %d ms", s->name, timeout_ms);
	}
	text = read_back(sc, out);
	if (output)
		*output = text;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(sc, ERR_UPSTREAM, "%s ended with %d: %s (its log: %s)", s->name,
			WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text,
			s->log ? s->log : "none");
	return ERR_NONE;
}

/* ---- ports, time, files ---- */

static int loopback_socket(struct sockaddr_in *at, int port)
{
	*at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Below the ports that the kernel gives to connections (net.ipv4.ip_local_port_range). */
#define PORT_FIRST 10240
#define PORT_COUNT 22000
#define PORT_TRIES 1000

/* The name is held as long as the descriptor, which nobody closes. */
static bool reserve(int port)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "penguin-port-%d", port);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0)
		return true;
	close(fd);
	return false;
}

static bool can_listen(int port)
{
	struct sockaddr_in at;
	CLEANUP(close_fd) int fd = loopback_socket(&at, port);

	return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

enum err port_free(struct scope *sc, int *port)
{
	for (int i = 0; i < PORT_TRIES; i++) {
		*port = PORT_FIRST + (int)rand_below(PORT_COUNT);
		if (can_listen(*port) && reserve(*port))
			return ERR_NONE;
	}
	return fail(sc, ERR_AWAY, "no free port: %m");
}

bool port_answers(int port)
{
	struct sockaddr_in at;
	CLEANUP(close_fd) int fd = loopback_socket(&at, port);

	return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

bool address_answers(const char *ipv4, int port)
{
	struct sockaddr_in at;
	CLEANUP(close_fd) int fd = loopback_socket(&at, port);

	return fd >= 0 && inet_pton(AF_INET, ipv4, &at.sin_addr) == 1 &&
	       connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

void sleep_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

enum err lab_write(struct scope *sc, const char *path, const char *text)
{
	CLEANUP(close_file) FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fflush(f) != 0)
		return fail(sc, ERR_AWAY, "cannot write %s: %m", path);
	return ERR_NONE;
}

enum err lab_read(struct scope *sc, const char *path, struct bytes *data)
{
	CLEANUP(close_file) FILE *f = fopen(path, "re");
	struct stat st;
	char *text;

	if (!f || fstat(fileno(f), &st) < 0)
		return fail(sc, ERR_MISSING, "cannot read %s: %m", path);
	if (st.st_size > FILE_MAX_BYTES)
		return fail(sc, ERR_LIMIT, "%s is too large", path);
	text = arena_alloc(sc->mem, (size_t)st.st_size + 1);
	*data = bytes_of(text, fread(text, 1, (size_t)st.st_size, f));
	return ERR_NONE;
}
