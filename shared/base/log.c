/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define LINE_MAX_BYTES 2048

/* What several loops say every tick while a database is away is said once in a while instead. */
#define QUIET_MS   5000
#define QUIET_KEPT 16

struct quiet {
	char what[48]; /* as far as it fits */
	int64_t until; /* clock_mono() */
	int64_t times; /* that it was not said */
};

struct log {
	int fd;              /* borrowed */
	const char *program; /* static */
	enum log_level level;
	pthread_mutex_t lock; /* over quiet */
	struct quiet quiet[QUIET_KEPT];
};

struct log *log_new(int fd, const char *program, enum log_level level)
{
	struct log *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	*l = (struct log){ .fd = fd, .program = program, .level = level };
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void log_free(struct log *l)
{
	if (l)
		pthread_mutex_destroy(&l->lock);
	free(l);
}

static size_t put_escaped(char *line, size_t at, const char *text)
{
	for (; *text && at + 5 < LINE_MAX_BYTES; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			line[at++] = '\\';
			line[at++] = (char)c;
		} else if (c < 0x20 || c == 0x7f) {
			at += (size_t)snprintf(line + at, 5, "\\x%02x", c);
		} else {
			line[at++] = (char)c;
		}
	}
	return at;
}

static char *put_text(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len);
	return at + len;
}

static char *put_number(char *at, int64_t n)
{
	char digits[STR_NUMBER];

	return put_text(at, str_number(n, digits));
}

/* No printf: each request writes such a line. Far below LINE_MAX_BYTES: all in it is short. */
static size_t put_head(char *line, const struct scope *sc, enum log_level level)
{
	static const char *const names[] = { [LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug" };
	char *at = line, when[32];

	*at++ = '<';
	at = put_number(at, level);
	at = put_text(at, ">time=");
	at = put_text(at, clock_iso(sc->world->clock ? now_real(sc).ms : 0, when));
	at = put_text(at, " level=");
	at = put_text(at, names[level]);
	if (sc->kind) {
		*at++ = ' ';
		at = put_text(at, sc->kind);
		*at++ = '=';
		at = put_number(at, sc->number);
	}
	if (sc->tenant) {
		at = put_text(at, " tenant=");
		at = put_number(at, sc->tenant);
	}
	if (sc->actor.kind) {
		at = put_text(at, " actor=");
		at = put_number(at, sc->actor.kind);
		*at++ = ':';
		at = put_number(at, sc->actor.id);
	}
	at = put_text(at, " msg=\"");
	return (size_t)(at - line);
}

__attribute__((format(printf, 3, 0))) static void put_line(
	const struct scope *sc, enum log_level level, const char *fmt, va_list args)
{
	struct log *l = sc->world ? sc->world->log : NULL;
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	size_t n;

	if (!l || level > l->level)
		return;
	vsnprintf(text, sizeof text, fmt, args);
	n = put_escaped(line, put_head(line, sc, level), text);
	line[n++] = '"';
	line[n++] = '\n';
	/* One write, so that lines of several threads never mix. A log that is gone is nobody's
	 * error. */
	if (write(l->fd, line, n) < 0)
		return;
}

#define DEFINE_LEVEL(name, level)                                                                  \
	void name(const struct scope *sc, const char *fmt, ...)                                    \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, fmt);                                                               \
		put_line(sc, level, fmt, args);                                                    \
		va_end(args);                                                                      \
	}

DEFINE_LEVEL(log_info, LOG_LEVEL_INFO)
DEFINE_LEVEL(log_warn, LOG_LEVEL_WARNING)
DEFINE_LEVEL(log_error, LOG_LEVEL_ERROR)
DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG)

static bool is_about(const struct quiet *q, const char *what)
{
	return strncmp(q->what, what, sizeof q->what - 1) == 0;
}

/* False where the same was said within QUIET_MS; *TIMES is how often it was kept back before. */
static bool is_news(struct log *l, const char *what, int64_t *times)
{
	int64_t now = clock_mono();
	struct quiet *q = NULL;
	bool news;

	*times = 0;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < QUIET_KEPT && !q; i++)
		if (is_about(&l->quiet[i], what))
			q = &l->quiet[i];
	for (size_t i = 0; i < QUIET_KEPT && !q; i++)
		if (l->quiet[i].until < now)
			q = &l->quiet[i];
	news = !q || !is_about(q, what) || q->until < now;
	if (q && news) {
		*times = is_about(q, what) ? q->times : 0;
		*q = (struct quiet){ .until = now + QUIET_MS };
		snprintf(q->what, sizeof q->what, "%s", what);
	} else if (q) {
		q->times++;
	}
	pthread_mutex_unlock(&l->lock);
	return news;
}

void log_failure(const struct scope *sc, const char *what)
{
	const char *why = sc->why ? sc->why : "no reason recorded";
	struct log *l = sc->world ? sc->world->log : NULL;
	int64_t times = 0;

	if (!l || (sc->err == ERR_AWAY && !is_news(l, what, &times)))
		return;
	if (sc->err == ERR_INTERNAL)
		log_error(sc, "%s: %s: %s", what, err_name(sc->err), why);
	else if (times)
		log_warn(sc, "%s: %s: %s (and %lld times before)", what, err_name(sc->err), why,
			(long long)times);
	else
		log_warn(sc, "%s: %s: %s", what, err_name(sc->err), why);
}
