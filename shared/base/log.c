/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

struct log {
	int fd;              /* borrowed */
	const char *program; /* static */
	enum log_level level;
};

struct log *log_new(int fd, const char *program, enum log_level level)
{
	struct log *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	*l = (struct log){ fd, program, level };
	return l;
}

void log_free(struct log *l)
{
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

static size_t put_head(char *line, const struct scope *sc, enum log_level level)
{
	static const char *const names[] = { [LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug" };
	char when[32];
	int n = snprintf(line, LINE_MAX_BYTES, "<%d>time=%s level=%s", (int)level,
		clock_iso(sc->world->clock ? now_real(sc).ms : 0, when), names[level]);

	if (sc->kind)
		n += snprintf(line + n, LINE_MAX_BYTES - (size_t)n, " %s=%lld", sc->kind,
			(long long)sc->number);
	if (sc->tenant)
		n += snprintf(line + n, LINE_MAX_BYTES - (size_t)n, " tenant=%lld",
			(long long)sc->tenant);
	if (sc->actor.kind)
		n += snprintf(line + n, LINE_MAX_BYTES - (size_t)n, " actor=%d:%lld",
			(int)sc->actor.kind, (long long)sc->actor.id);
	n += snprintf(line + n, LINE_MAX_BYTES - (size_t)n, " msg=\"");
	return (size_t)n;
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

void log_failure(const struct scope *sc, const char *what)
{
	const char *why = sc->why ? sc->why : "no reason recorded";

	if (sc->err == ERR_INTERNAL)
		log_error(sc, "%s: %s: %s", what, err_name(sc->err), why);
	else
		log_warn(sc, "%s: %s: %s", what, err_name(sc->err), why);
}
