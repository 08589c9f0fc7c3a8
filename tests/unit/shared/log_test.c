/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <unistd.h>

#include "base/log.h"

/* What was written to the log, at most 8 KiB. */
static const char *read_log(struct scope *sc, int fd)
{
	char *text = arena_alloc(sc->mem, 8192);
	ssize_t n = read(fd, text, 8191);

	NEED(n >= 0);
	return text;
}

static int open_log(struct kit *kit, int *end)
{
	int pipes[2];

	NEED(pipe(pipes) == 0);
	*end = pipes[1];
	kit->world.log = log_new(pipes[1], "test", LOG_LEVEL_INFO);
	return pipes[0];
}

static void close_log(struct kit *kit, int fd, int end)
{
	log_free(kit->world.log);
	kit->world.log = NULL;
	close(fd);
	close(end);
}

TEST(a_line_names_its_scope_and_holds_no_line_break)
{
	int end, fd = open_log(kit, &end);

	sc->number = 7;
	sc->tenant = 8;
	log_debug(sc, "not this");
	log_info(sc, "two\nlines and a \"word\"");
	CHECK_TEXT(read_log(sc, fd), "<6>time=2026-01-01T00:00:00Z level=info test=7 tenant=8 "
				     "msg=\"two\\x0alines and a \\\"word\\\"\"\n");
	close_log(kit, fd, end);
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

TEST(what_is_away_is_said_once_in_a_while_and_other_failures_every_time)
{
	int end, fd = open_log(kit, &end);

	for (int i = 0; i < 5; i++) {
		(void)fail(sc, ERR_AWAY, "no database");
		log_failure(sc, "reading");
		log_failure(sc, "writing");
	}
	CHECK_INT(count_lines(read_log(sc, fd)), 2);
	for (int i = 0; i < 5; i++) {
		(void)fail(sc, ERR_INTERNAL, "broken");
		log_failure(sc, "reading");
	}
	CHECK_INT(count_lines(read_log(sc, fd)), 5);
	close_log(kit, fd, end);
}
