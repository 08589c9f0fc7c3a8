/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 16
#define NOTHING SIZE_MAX
#define SHOWN   65536

/* What a worker answers, whole in one write. */
struct result {
	size_t test;
	int64_t ms;
	bool passed;
};

struct worker {
	pid_t pid;   /* 0: none */
	int tell;    /* numbers of tests go in; closed when there are no more */
	int hear;    /* results come out */
	int output;  /* file of what it and its children say */
	off_t shown; /* so far */
	size_t test; /* in its hands, or NOTHING */
};

struct crew {
	const struct test *const *list;
	size_t n, next;
	bool (*run)(const struct test *);
	struct worker workers[WORKERS];
	int jobs;
	struct crew_count count;
	char *last_failed; /* one for each test: a TEST_LAST one that failed somewhere */
	FILE *story;       /* what failed tests said, for the end */
	char *text;
	size_t len;
};

/* ---- a worker ---- */

static void close_all(struct crew *c)
{
	for (int i = 0; i < WORKERS; i++)
		if (c->workers[i].pid) {
			close(c->workers[i].tell);
			close(c->workers[i].hear);
			close(c->workers[i].output);
		}
}

static void do_test(const struct crew *c, size_t test, int out)
{
	int64_t began = clock_mono();
	bool passed = c->run(c->list[test]);
	const struct result r = { test, clock_mono() - began, passed };

	fflush(NULL);
	if (write(out, &r, sizeof r) != sizeof r)
		exit(1);
}

_Noreturn static void work(const struct crew *c, int in, int out)
{
	size_t test;

	while (read(in, &test, sizeof test) == sizeof test)
		do_test(c, test, out);
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i]->when == TEST_LAST)
			do_test(c, i, out);
	exit(0);
}

static void must(bool worked, const char *what)
{
	if (worked)
		return;
	perror(what);
	exit(2);
}

static int scratch_file(void)
{
	char path[] = "/tmp/penguin-tests.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC | O_APPEND);

	must(fd >= 0, path);
	unlink(path);
	return fd;
}

static void start_worker(struct crew *c, struct worker *w)
{
	int in[2], out[2], output = scratch_file();
	pid_t pid;

	must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "pipe");
	fflush(NULL);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		/* Another one's pipe held open here would hide its end. */
		close_all(c);
		close(in[1]);
		close(out[0]);
		dup2(output, 1);
		dup2(output, 2);
		work(c, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	*w = (struct worker){ pid, in[1], out[0], output, 0, NOTHING };
}

/* ---- what is told ---- */

/* What was said since the last time goes into the story of failures, or is passed over. */
static void take_output(struct crew *c, struct worker *w, const char *failed)
{
	off_t end = lseek(w->output, 0, SEEK_END), from = w->shown;
	char *text;
	ssize_t n;

	w->shown = end;
	if (!failed)
		return;
	if (end - from > SHOWN)
		from = end - SHOWN;
	text = malloc((size_t)(end - from) + 1);
	must(text != NULL, "malloc");
	n = pread(w->output, text, (size_t)(end - from), from);
	fprintf(c->story, "\n==== %s\n%.*s\n", failed, (int)(n > 0 ? n : 0), text);
	free(text);
}

static void note(struct crew *c, size_t test, bool passed)
{
	if (c->list[test]->when == TEST_LAST) {
		c->last_failed[test] |= !passed;
		return;
	}
	c->count.passed += passed;
	c->count.failed += !passed;
}

static void take_result(struct crew *c, struct worker *w, const struct result *r)
{
	const char *name = c->list[r->test]->name;

	printf("%6lld ms %s%s\n", (long long)r->ms, r->passed ? "" : "FAILED ", name);
	fflush(stdout);
	note(c, r->test, r->passed);
	take_output(c, w, r->passed ? NULL : name);
	w->test = NOTHING;
}

/* Its end: none may be left in its hands, and it must have been a good one. */
static void take_end(struct crew *c, struct worker *w)
{
	char reason[256];
	int status = 0;

	waitpid(w->pid, &status, 0);
	if (w->test != NOTHING || status != 0) {
		snprintf(reason, sizeof reason, "%s: its process ended with %s %d",
			w->test == NOTHING ? "at the end" : c->list[w->test]->name,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		printf("          FAILED %s\n", reason);
		take_output(c, w, reason);
		c->count.failed++;
	}
	close(w->hear);
	close(w->output);
	if (w->tell >= 0)
		close(w->tell);
	w->pid = 0;
}

/* ---- giving out ---- */

static int busy(const struct crew *c)
{
	int n = 0;

	for (int i = 0; i < c->jobs; i++)
		n += c->workers[i].pid && c->workers[i].test != NOTHING;
	return n;
}

static bool solo_runs(const struct crew *c)
{
	for (int i = 0; i < c->jobs; i++)
		if (c->workers[i].pid && c->workers[i].test != NOTHING &&
			c->list[c->workers[i].test]->when == TEST_SOLO)
			return true;
	return false;
}

/* The next test that may begin now. *MORE is false when none will ever be left. */
static size_t next_test(struct crew *c, bool *more)
{
	while (c->next < c->n && c->list[c->next]->when == TEST_LAST)
		c->next++;
	*more = c->next < c->n;
	if (!*more || solo_runs(c) || (c->list[c->next]->when == TEST_SOLO && busy(c) > 0))
		return NOTHING;
	return c->next++;
}

static void give_out(struct crew *c)
{
	for (int i = 0; i < c->jobs; i++) {
		struct worker *w = &c->workers[i];
		bool more;
		size_t test;

		if (w->pid && (w->test != NOTHING || w->tell < 0))
			continue;
		test = next_test(c, &more);
		if (test != NOTHING) {
			if (!w->pid)
				start_worker(c, w);
			w->test = test;
			/* A worker that is gone is seen by its results' end. */
			if (write(w->tell, &test, sizeof test) != sizeof test)
				continue;
		} else if (!more && w->pid) {
			close(w->tell);
			w->tell = -1;
		}
	}
}

static bool listen_once(struct crew *c)
{
	struct pollfd fds[WORKERS];
	struct worker *of[WORKERS];
	struct result r;
	nfds_t n = 0;

	for (int i = 0; i < c->jobs; i++)
		if (c->workers[i].pid) {
			of[n] = &c->workers[i];
			fds[n++] = (struct pollfd){ .fd = c->workers[i].hear, .events = POLLIN };
		}
	if (n == 0)
		return false;
	must(poll(fds, n, -1) > 0 || errno == EINTR, "poll");
	for (nfds_t i = 0; i < n; i++) {
		if (!fds[i].revents)
			continue;
		if (read(fds[i].fd, &r, sizeof r) == sizeof r)
			take_result(c, of[i], &r);
		else
			take_end(c, of[i]);
	}
	return true;
}

struct crew_count crew_run(
	const struct test *const *list, size_t n, int jobs, bool (*run)(const struct test *))
{
	struct crew c = { .list = list, .n = n, .run = run };

	c.jobs = jobs < 1 ? 1 : jobs > WORKERS ? WORKERS : jobs;
	c.last_failed = calloc(n + 1, 1);
	c.story = open_memstream(&c.text, &c.len);
	must(c.last_failed && c.story, "memory");
	signal(SIGPIPE, SIG_IGN);
	do
		give_out(&c);
	while (listen_once(&c));
	for (size_t i = 0; i < n; i++)
		if (list[i]->when == TEST_LAST && c.count.passed + c.count.failed > 0) {
			c.count.passed += !c.last_failed[i];
			c.count.failed += c.last_failed[i];
		}
	fclose(c.story);
	fputs(c.text, stdout);
	free(c.text);
	free(c.last_failed);
	return c.count;
}
