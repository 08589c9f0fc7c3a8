/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/sights.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/file.h"
#include "crypt/x509.h"
#include "mailu/login.h"
#include "mailu/token.h"
#include "mailu/unit.h"
#include "net/smtp.h"

#define LOOPING          3 /* restarts by itself within … */
#define LOOPING_MS       (10 * MINUTE_MS)
#define PING_S           5
#define KNOCK_S          20
#define MAX_PING         4096
#define MAX_CERT         (64 * 1024)
#define POOR_DISK        4    /* times the least */
#define LEAST_NODES      2000 /* files that can still be made */
#define LEAST_MEMORY_KIB (48 * 1024)
#define QUEUE_POOR       2000 /* mails */
#define QUEUE_MOST       20000
#define QUEUE_STUCK_MS   (10 * MINUTE_MS)
#define CERT_POOR_MS     (14 * DAY_MS)

__attribute__((format(printf, 3, 4))) static enum check_sight say(
	struct scope *sc, enum check_sight sight, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	scope_clear(sc);
	/* Only the text counts: no look fails for its caller. */
	fail(sc, ERR_UPSTREAM, "%s", arena_vprintf(sc->mem, format, args));
	va_end(args);
	return sight;
}

/* ---- containers ---- */

void sights_begin(struct scope *sc, struct sights *s, const char *domain)
{
	const struct mailu_site *site = s->stack->site;

	s->domain = domain;
	s->refused = false;
	s->boxes = NULL;
	s->box_count = 0;
	s->away = engine_boxes(sc, s->stack->engine, site->project, &s->boxes, &s->box_count) !=
		  ERR_NONE;
	if (s->away)
		unit_explain(sc, site->unit, false);
	s->why = s->away ? arena_text(sc->mem, sc->why) : NULL;
	scope_clear(sc);
}

const struct box *sights_box(const struct sights *s, const char *service)
{
	for (size_t i = 0; i < s->box_count; i++)
		if (str_eq(s->boxes[i].service, service))
			return &s->boxes[i];
	return NULL;
}

enum check_sight sight_docker(struct scope *sc, struct sights *s, const char *name)
{
	return s->away ? say(sc, SIGHT_BAD, "%s", s->why) : SIGHT_GOOD;
}

/* The count of a service; a container made anew begins anew. */
static struct sight_loop *loop_of(struct sights *s, const struct box *b, int64_t now)
{
	struct sight_loop *l = s->loops;

	while (l < s->loops + SIGHT_BOXES - 1 && l->service[0] && !str_eq(l->service, b->service))
		l++;
	if (!str_eq(l->service, b->service) || strncmp(l->id, b->id, sizeof l->id - 1) != 0) {
		*l = (struct sight_loop){ .restarts = b->restarts, .from = now };
		snprintf(l->service, sizeof l->service, "%s", b->service);
		snprintf(l->id, sizeof l->id, "%s", b->id);
	}
	return l;
}

static bool loops(struct sight_loop *l, const struct box *b, int64_t now)
{
	if (b->restarts - l->restarts >= LOOPING)
		return true;
	if (now - l->from >= LOOPING_MS) {
		l->from = now;
		l->restarts = b->restarts;
	}
	return false;
}

enum check_sight sight_box(struct scope *sc, struct sights *s, const char *name)
{
	const struct box *b = sights_box(s, name);
	int64_t now = clock_mono(), patience = s->stack->site->patience_s * SECOND_MS;
	struct sight_loop *l;

	if (s->away)
		return SIGHT_NONE;
	if (!b)
		return say(sc, SIGHT_BAD, "%s is gone", name);
	l = loop_of(s, b, now);
	l->starting = b->state != BOX_STARTS ? 0 : l->starting ? l->starting : now;
	if (b->state == BOX_ENDED || b->state == BOX_UNHEALTHY)
		return say(sc, SIGHT_BAD, "%s is %s", name, box_state_name(b->state));
	if (loops(l, b, now)) {
		/* Counted anew after whatever is done about it. */
		l->restarts = b->restarts;
		l->from = now;
		return say(sc, SIGHT_BAD, "%s restarts again and again", name);
	}
	if (l->starting && now - l->starting >= patience)
		return say(sc, SIGHT_BAD, "%s does not get ready", name);
	return b->state == BOX_RUNS ? SIGHT_GOOD : SIGHT_NONE;
}

/* ---- doors ---- */

/* A service that is down or starting has a check of its own. */
static bool is_up(const struct sights *s, const char *service)
{
	const struct box *b = sights_box(s, service);

	return b && b->state == BOX_RUNS;
}

static enum check_sight ping(struct scope *sc, struct sights *s, const char *service, int port,
	const char *path, const char *answer)
{
	const struct http_request r = { .method = "GET",
		.url = arena_printf(sc->mem, "http://127.0.0.1:%d%s", port, path),
		.max_answer = MAX_PING,
		.timeout_s = PING_S };
	struct http_answer a;

	if (!is_up(s, service))
		return SIGHT_NONE;
	if (http_do(sc, s->http, &r, &a))
		return say(sc, SIGHT_BAD, "%s does not answer", service);
	if (a.status != 200 || (answer && !str_starts(a.body.data, answer)))
		return say(sc, SIGHT_BAD, "%s answers %d to a ping", service, a.status);
	return SIGHT_GOOD;
}

enum check_sight sight_admin(struct scope *sc, struct sights *s, const char *name)
{
	return ping(sc, s, "admin", s->stack->site->admin_port, "/ping", NULL);
}

enum check_sight sight_scan(struct scope *sc, struct sights *s, const char *name)
{
	return ping(sc, s, "antispam", s->stack->site->scan_port, "/ping", "pong");
}

/* Through front, which asks admin, to Postfix: the way of each mail up to its sender. */
enum check_sight sight_submission(struct scope *sc, struct sights *s, const char *name)
{
	const char *user = arena_printf(sc->mem, MAILU_SENDER "@%s", s->domain), *password;
	struct smtp_config c = { .host = "127.0.0.1",
		.port = s->stack->site->smtp_port,
		.user = user,
		.tls = true,
		.unverified = true,
		.timeout_s = KNOCK_S };
	struct smtp *smtp;
	enum err e;

	if (!is_up(s, "front") || !is_up(s, "admin") || !is_up(s, "smtp"))
		return SIGHT_NONE;
	if (token_find(sc, s->tokens, user, &password)) {
		s->refused = true;
		return say(sc, SIGHT_BAD, "%s has no application password", user);
	}
	c.password = password;
	e = smtp_open(sc, &c, &smtp);
	if (!e) {
		e = smtp_knock(sc, smtp);
		smtp_close(smtp);
	}
	/* A wrong password is no fault of front: it is made anew. */
	s->refused = e == ERR_AUTH;
	if (e)
		return say(sc, SIGHT_BAD, "submission: %s", arena_text(sc->mem, sc->why));
	return SIGHT_GOOD;
}

/* ---- what it stands on ---- */

static bool stat_root(const struct sights *s, struct statvfs *fs)
{
	return statvfs(s->stack->site->root, fs) == 0;
}

enum check_sight sight_disk(struct scope *sc, struct sights *s, const char *name)
{
	struct statvfs fs;
	int64_t free_mib;

	if (!stat_root(s, &fs))
		return say(sc, SIGHT_BAD, "%s cannot be looked at", s->stack->site->root);
	free_mib = (int64_t)(fs.f_bavail * fs.f_frsize / (1024 * 1024));
	if (free_mib >= s->disk_min_mib * POOR_DISK)
		return SIGHT_GOOD;
	return say(sc, free_mib < s->disk_min_mib ? SIGHT_BAD : SIGHT_POOR,
		"disk of MailU: %lld MiB left", (long long)free_mib);
}

/* Some file systems count none. */
enum check_sight sight_inodes(struct scope *sc, struct sights *s, const char *name)
{
	struct statvfs fs;

	if (!stat_root(s, &fs) || fs.f_files == 0 || fs.f_favail >= LEAST_NODES)
		return SIGHT_GOOD;
	return say(sc, SIGHT_BAD, "disk of MailU: only %lld more files", (long long)fs.f_favail);
}

enum check_sight sight_memory(struct scope *sc, struct sights *s, const char *name)
{
	struct bytes text;
	const char *at;
	int64_t kib;

	if (file_read(sc, "/proc/meminfo", MAX_PING * 4, &text))
		return SIGHT_NONE;
	at = strstr(text.data, "MemAvailable:");
	kib = at ? strtoll(at + strlen("MemAvailable:"), NULL, 10) : LEAST_MEMORY_KIB;
	return kib >= LEAST_MEMORY_KIB
		       ? SIGHT_GOOD
		       : say(sc, SIGHT_BAD, "only %lld MiB of memory left", (long long)kib / 1024);
}

/* ---- Postfix's queue ---- */

/* Files of folder NAME of the queue and one level below; the oldest writing. False where it cannot
   be looked at. */
static bool count_files(
	struct scope *sc, const char *path, int depth, int64_t *count, int64_t *oldest)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		struct stat st;
		int64_t at;

		if (entry->d_name[0] == '.' ||
			fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < 2)
			count_files(sc, arena_printf(sc->mem, "%s/%s", path, entry->d_name),
				depth + 1, count, oldest);
		if (!S_ISREG(st.st_mode))
			continue;
		at = (int64_t)st.st_mtim.tv_sec * SECOND_MS;
		*oldest = at < *oldest ? at : *oldest;
		++*count;
	}
	closedir(dir);
	return true;
}

static bool count_queue(
	struct scope *sc, const struct sights *s, const char *name, int64_t *count, int64_t *oldest)
{
	return count_files(sc, arena_printf(sc->mem, "%s/mailqueue/%s", s->stack->site->root, name),
		0, count, oldest);
}

enum check_sight sight_queue_size(struct scope *sc, struct sights *s, const char *name)
{
	static const char *const folders[] = { "incoming", "active", "deferred" };
	int64_t count = 0, oldest = INT64_MAX;

	for (size_t i = 0; i < COUNT(folders); i++)
		if (!count_queue(sc, s, folders[i], &count, &oldest))
			return SIGHT_NONE;
	if (count < QUEUE_POOR)
		return SIGHT_GOOD;
	return say(sc, count < QUEUE_MOST ? SIGHT_POOR : SIGHT_BAD, "%lld mails wait in the queue",
		(long long)count);
}

/* What qmgr does not take up: deferred mails have a right to be old. */
enum check_sight sight_queue_age(struct scope *sc, struct sights *s, const char *name)
{
	int64_t count = 0, oldest = INT64_MAX, age;

	if (!count_queue(sc, s, "incoming", &count, &oldest) || !is_up(s, "smtp"))
		return SIGHT_NONE;
	age = count ? now_real(sc).ms - oldest : 0;
	return age < QUEUE_STUCK_MS
		       ? SIGHT_GOOD
		       : say(sc, SIGHT_BAD, "a mail has not been taken up for %lld min",
				 (long long)(age / MINUTE_MS));
}

/* ---- certificate and clock ---- */

enum check_sight sight_certificate(struct scope *sc, struct sights *s, const char *name)
{
	static const char *const files[] = { "certs/letsencrypt/live/mailu/fullchain.pem",
		"certs/cert.pem" };
	struct x509_info info;
	const char *text = NULL;
	int64_t left;

	for (size_t i = 0; i < COUNT(files) && !text; i++) {
		const char *path = arena_printf(sc->mem, "%s/%s", s->stack->site->root, files[i]);

		if (file_text(sc, path, MAX_CERT, &text))
			text = NULL;
		scope_clear(sc);
	}
	if (!text)
		return say(sc, SIGHT_BAD, "there is no certificate");
	if (x509_read(sc, text, &info))
		return say(sc, SIGHT_BAD, "the certificate cannot be read");
	left = info.until - now_real(sc).ms;
	if (left >= CERT_POOR_MS)
		return SIGHT_GOOD;
	if (left <= 0)
		return say(sc, SIGHT_BAD, "the certificate has expired");
	return say(sc, SIGHT_POOR, "the certificate ends in %lld days", (long long)(left / DAY_MS));
}

enum check_sight sight_clock(struct scope *sc, struct sights *s, const char *name)
{
	struct timex clock = { 0 };

	if (!s->clock || adjtimex(&clock) != TIME_ERROR)
		return SIGHT_GOOD;
	return say(sc, SIGHT_BAD, "clock not synchronised");
}
