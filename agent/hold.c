/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hold.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "base/log.h"
#include "base/out.h"
#include "lanes.h"
#include "mailu/mailu.h"
#include "queue.h"
#include "spool.h"

#define MOST_WORDS 16
#define MOST_ITEMS 100000
#define PATIENCE   (30 * SECOND_MS) /* for one run of the program */
#define REPEAT_MS  (5 * SECOND_MS)  /* between two holds of the same mails */
#define AGAIN_MS   INT64_C(500)     /* until what it did not do is asked for again */

/* An item, or where it is gone what is left of it in Postfix. */
struct freeing {
	int64_t item; /* 0: gone */
	char queue_id[40];
};

struct hold {
	char *command;          /* owned; cut into words */
	char *argv[MOST_WORDS]; /* within command */
	size_t words;
	char *sockets;           /* owned; the folder */
	const char *who;         /* within one of these, or constant: who was asked last */
	int door;                /* owned; the socket that is open, or -1 */
	pid_t pid;               /* of the program, 0 while none runs */
	int said;                /* owned; a file of its words, or -1 */
	int64_t began;           /* monotonic ms */
	int64_t again;           /* the same; not before */
	int64_t repeat;          /* the same, for mails that were to be held before */
	struct freeing *freeing; /* owned; what the run releases */
	size_t freeing_count;
	bool good;  /* the program said that it did it */
	bool vain;  /* it was to release some, and did not say so: there may have been nothing to do
		     */
	bool freed; /* it did; to be written down */
	bool marks; /* there may be marked items */
	char why[200];
};

struct hold_look {
	struct spool_item *hold, *free; /* for the next run; of one that is gone the id is 0 */
	size_t hold_count, free_count;
	struct spool_item *loose; /* Postfix holds them no longer, whoever let them go */
	size_t loose_count;
	const struct freeing *freed; /* by the last one */
	size_t freed_count;
	struct queue_file *held; /* what Postfix holds, where that can be seen */
	size_t held_count;
	bool readable;
};

struct hold *hold_new(const char *command, const char *sockets)
{
	struct hold *h = calloc(1, sizeof *h);
	char *state = NULL, *word;

	if (!h || !(h->command = strdup(command ? command : "")) ||
		!(h->sockets = strdup(sockets ? sockets : "")))
		abort();
	for (word = strtok_r(h->command, " ", &state); word && h->words < MOST_WORDS;
		word = strtok_r(NULL, " ", &state))
		h->argv[h->words++] = word;
	h->said = h->door = -1;
	h->marks = true;
	return h;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	if (h->pid) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
	}
	if (h->said >= 0)
		close(h->said);
	if (h->door >= 0)
		close(h->door);
	free(h->freeing);
	free(h->command);
	free(h->sockets);
	free(h);
}

bool hold_busy(const struct hold *h)
{
	return h->pid != 0 || h->door >= 0;
}

const char *hold_why(const struct hold *h)
{
	return h->why[0] ? h->why : NULL;
}

/* ---- the program ---- */

/* What the program said, and did not do. */
static void set_why(struct hold *h, const char *what)
{
	char text[120] = "";
	ssize_t n = h->said >= 0 ? pread(h->said, text, sizeof text - 1, 0) : 0;

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	snprintf(h->why, sizeof h->why, "%s: %s%s%s", h->who, what, *text ? ": " : "", text);
}

static void end(struct hold *h, bool good)
{
	h->pid = 0;
	h->again = clock_mono() + AGAIN_MS;
	h->vain = !good && h->freeing_count > 0;
	if (good) {
		h->why[0] = 0;
		h->freed = h->freeing_count > 0;
	} else {
		set_why(h, "failed");
		h->freeing_count = 0;
	}
}

/* Has it ended? */
static void reap(struct hold *h)
{
	int status = 0;
	pid_t got = waitpid(h->pid, &status, WNOHANG);

	if (got != 0)
		end(h, got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	else if (clock_mono() - h->began > PATIENCE)
		kill(h->pid, SIGKILL);
}

/* Signals that this process keeps for its loop are none of the program's business. */
static int spawn(struct hold *h, const char *const *argv, int in)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, h->said, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, h->said, STDERR_FILENO);
	error = posix_spawnp(&h->pid, argv[0], &files, &attr, (char **)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* Its answers go into a file of their own, which nobody has to read while it runs. */
static int run_program(
	struct hold *h, const char *const *words, size_t n, const char *flag, const struct out *ids)
{
	const char *argv[MOST_WORDS + 3];
	int in = memfd_create("queue ids", MFD_CLOEXEC), error = EMFILE;

	memcpy(argv, words, n * sizeof *argv);
	argv[n] = flag;
	argv[n + 1] = "-";
	argv[n + 2] = NULL;
	if (in >= 0 && pwrite(in, ids->data, ids->len, 0) == (ssize_t)ids->len)
		error = spawn(h, argv, in);
	if (in >= 0)
		close(in);
	return error;
}

static int run_command(struct hold *h, const char *flag, const struct out *ids)
{
	h->who = h->argv[0];
	return run_program(h, (const char *const *)h->argv, h->words, flag, ids);
}

/* MailU's Postfix has its own postsuper, in its container. */
static int run_in_mailu(struct scope *sc, struct hold *h, const char *flag, const struct out *ids)
{
	struct mailu *m = agent_of(sc)->mailu;
	const char *const words[] = { "docker", "--host",
		arena_printf(sc->mem, "unix://%s", mailu_engine(m)), "exec", "--interactive",
		mailu_postfix(sc, m), "postsuper" };

	h->who = "postsuper of MailU";
	return words[5] ? run_program(h, words, COUNT(words), flag, ids) : ENOENT;
}

static const char *door_path(struct scope *sc, const struct hold *h, const char *flag)
{
	return arena_printf(sc->mem, "%s/%s", h->sockets, flag[1] == 'h' ? "hold" : "release");
}

static bool has_door(struct scope *sc, const struct hold *h, const char *flag)
{
	return h->sockets[0] && access(door_path(sc, h, flag), F_OK) == 0;
}

static int knock(struct scope *sc, struct hold *h, const char *flag, const struct out *ids)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 1 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	h->who = h->sockets;
	if (fd < 0)
		return errno;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", door_path(sc, h, flag));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		send(fd, ids->data, ids->len, MSG_NOSIGNAL) == (ssize_t)ids->len &&
		shutdown(fd, SHUT_WR) == 0) {
		h->door = fd;
		return 0;
	}
	error = errno ? errno : EPIPE;
	close(fd);
	return error;
}

/* Whoever is behind the door closes it when the program has ended; its last line says that it did
   what it was told. */
static void listen_at_door(struct hold *h)
{
	char text[4096];
	ssize_t n;

	while ((n = recv(h->door, text, sizeof text, MSG_DONTWAIT)) > 0) {
		if (write(h->said, text, (size_t)n) != n)
			break;
		text[n < (ssize_t)sizeof text ? n : (ssize_t)sizeof text - 1] = 0;
		h->good = h->good || strstr(text, "Placed on hold:") ||
			  strstr(text, "Released from hold:");
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && clock_mono() - h->began <= PATIENCE)
		return;
	close(h->door);
	h->door = -1;
	end(h, h->good);
}

static void start(struct scope *sc, struct hold *h, const char *flag,
	const struct spool_item *items, size_t n)
{
	bool mailu = mailu_rules(agent_of(sc)->mailu);
	struct out ids;
	int error;

	out_init(&ids, sc->mem);
	for (size_t i = 0; i < n; i++)
		out_printf(&ids, "%s\n", items[i].queue_id);
	if (h->said >= 0)
		close(h->said);
	h->said = memfd_create("answers", MFD_CLOEXEC);
	h->began = clock_mono();
	h->good = false;
	h->who = "postsuper";
	error = h->said < 0             ? EMFILE
		: mailu                 ? run_in_mailu(sc, h, flag, &ids)
		: has_door(sc, h, flag) ? knock(sc, h, flag, &ids)
		: h->words              ? run_command(h, flag, &ids)
					: ENOENT;
	if (error) {
		end(h, false);
		set_why(h, strerror(error));
	}
	log_info(sc, "postfix %s of %zu mails%s%s", flag[1] == 'h' ? "hold" : "release", n,
		error ? ": " : "", error ? h->why : "");
}

/* ---- what is wanted ---- */

/* The mails that Postfix holds, where its queue can be read. */
static void read_held(struct scope *sc, struct hold_look *look)
{
	look->readable = queue_held(sc, mailu_queue(sc, agent_of(sc)->mailu), &look->held,
				 &look->held_count) == ERR_NONE;
	scope_clear(sc);
}

/* Postsuper says nothing where there is nothing to release, as if it had failed. */
static void let_go(const struct hold *h, struct hold_look *look, const struct spool_item *item)
{
	bool gone = h->vain && look->readable &&
		    !queue_has(look->held, look->held_count, item->queue_id);

	if (gone)
		look->loose[look->loose_count++] = *item;
	else
		look->free[look->free_count++] = *item;
}

static void compare(struct scope *sc, struct hold *h, const struct spool_item *items, size_t n,
	struct hold_look *look)
{
	struct lanes *lanes = agent_of(sc)->lanes;
	bool again = clock_mono() >= h->again, repeat = again && clock_mono() >= h->repeat;

	for (size_t i = 0; i < n; i++) {
		const struct spool_item *item = &items[i];
		bool want = lanes_stopped(lanes, item) != 0;
		/* What cannot be looked at was done, unless the program said otherwise. */
		bool missing = look->readable
				       ? !queue_has(look->held, look->held_count, item->queue_id)
				       : h->why[0] != 0;

		h->marks = h->marks || item->held;
		if (want && (!item->held || (repeat && missing)))
			look->hold[look->hold_count++] = *item;
		else if (!want && item->held && again)
			let_go(h, look, item);
	}
}

/* Into LOOK what the queue should be other than it is. */
static enum err examine(struct scope *sc, struct hold *h, struct hold_look *look)
{
	bool again = clock_mono() >= h->again;
	const char **loose = NULL;
	struct spool_item *items;
	size_t n, loose_count = 0;
	enum err e = spool_list(sc, ITEM_QUEUED, MOST_ITEMS, &items, &n);

	if (!e)
		e = spool_loose(sc, &loose, &loose_count);
	if (e)
		return e;
	look->hold = arena_array(sc->mem, n, sizeof *look->hold);
	look->free = arena_array(sc->mem, n + loose_count, sizeof *look->free);
	look->loose = arena_array(sc->mem, n + loose_count, sizeof *look->loose);
	if (n + loose_count)
		read_held(sc, look);
	h->marks = loose_count > 0;
	compare(sc, h, items, n, look);
	for (size_t i = 0; again && i < loose_count; i++)
		let_go(h, look, &(struct spool_item){ .queue_id = loose[i] });
	return ERR_NONE;
}

/* Whoever can do it is known. */
static bool has_way(struct scope *sc, const struct hold *h)
{
	struct mailu *m = agent_of(sc)->mailu;

	if (mailu_rules(m))
		return mailu_postfix(sc, m) != NULL;
	return h->words || has_door(sc, h, "-h");
}

enum err hold_look(struct scope *sc, struct hold *h, struct hold_look **out)
{
	struct hold_look *look = arena_alloc(sc->mem, sizeof *look);
	enum err e = ERR_NONE;

	*out = NULL;
	*look = (struct hold_look){ 0 };
	if (h->pid)
		reap(h);
	if (h->door >= 0)
		listen_at_door(h);
	if (hold_busy(h) || !has_way(sc, h))
		return ERR_NONE;
	if (h->freed) {
		look->freed = h->freeing;
		look->freed_count = h->freeing_count;
	} else if (h->marks || lanes_any_stopped(agent_of(sc)->lanes)) {
		e = examine(sc, h, look);
	}
	if (!e && (look->freed_count || look->hold_count || look->free_count || look->loose_count))
		*out = look;
	return e;
}

/* An item, or where it is gone what is left of it in Postfix. */
static enum err mark_free(struct scope *sc, int64_t item, const char *queue_id)
{
	return item ? spool_hold(sc, item, false) : spool_loosened(sc, queue_id);
}

enum err hold_mark(struct scope *sc, const struct hold_look *look)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; look && i < look->freed_count && !e; i++)
		e = mark_free(sc, look->freed[i].item, look->freed[i].queue_id);
	for (size_t i = 0; look && i < look->loose_count && !e; i++)
		e = mark_free(sc, look->loose[i].id, look->loose[i].queue_id);
	for (size_t i = 0; look && i < look->hold_count && !e; i++)
		if (!look->hold[i].held)
			e = spool_hold(sc, look->hold[i].id, true);
	return e;
}

static void remember(struct hold *h, const struct hold_look *look)
{
	h->freeing = realloc(h->freeing, look->free_count * sizeof *h->freeing);
	if (!h->freeing)
		abort();
	for (size_t i = 0; i < look->free_count; i++) {
		h->freeing[i].item = look->free[i].id;
		snprintf(h->freeing[i].queue_id, sizeof h->freeing[i].queue_id, "%s",
			look->free[i].queue_id);
	}
	h->freeing_count = look->free_count;
}

void hold_run(struct scope *sc, struct hold *h, const struct hold_look *look)
{
	if (!look)
		return;
	if (h->freed) {
		h->freed = false;
		h->freeing_count = 0;
	}
	h->marks = h->marks || look->hold_count > 0;
	/* There was nothing to do: that it said nothing is no trouble. */
	if (look->loose_count && !look->free_count) {
		h->vain = false;
		h->why[0] = 0;
	}
	/* Each release is done once, while a hold may have to be repeated. */
	if (look->free_count) {
		remember(h, look);
		h->repeat = 0;
		start(sc, h, "-H", look->free, look->free_count);
	} else if (look->hold_count) {
		h->repeat = clock_mono() + REPEAT_MS;
		start(sc, h, "-h", look->hold, look->hold_count);
	}
}
