/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "tail.h"

/* Longer than what a file is known by. */
#define LINE(n)                                                                                    \
	"a line that is long enough to know its file again by it, whatever stands behind, " n

static void append(const char *path, const char *text)
{
	FILE *f = fopen(path, "a");

	NEED(f != NULL);
	fputs(text, f);
	fclose(f);
}

/* Reads to the end, keeping all. The lines joined by '|'; *CURSOR is the last one. */
static const char *drain(struct scope *sc, struct tail *t, const char **cursor, bool *broken)
{
	struct tail_read r;
	struct out o;

	out_init(&o, sc->mem);
	*broken = false;
	do {
		OK(tail_read(sc, t, 100, &r));
		for (size_t i = 0; i < r.count; i++) {
			const char *line = arena_copy(sc->mem, r.lines[i].data, r.lines[i].len);
			const char *mark = strstr(line, "behind, ");

			out_printf(&o, "%s%s", o.len ? "|" : "",
				mark ? mark + strlen("behind, ") : line);
		}
		*broken = *broken || r.broken;
		if (r.cursor && cursor)
			*cursor = r.cursor;
		tail_keep(t);
	} while (r.more);
	return o.data;
}

struct fixture {
	const char *path, *old;
	const char *cursor;
	struct tail *tail;
	bool broken;
};

static struct fixture begin(struct scope *sc)
{
	const char *folder = kit_folder(sc);
	struct fixture f = { .path = arena_printf(sc->mem, "%s/mail.log", folder),
		.old = arena_printf(sc->mem, "%s/mail.log.1", folder) };

	append(f.path, LINE("before\n"));
	OK(tail_open(sc, f.path, NULL, &f.tail));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "");
	return f;
}

TEST(without_a_cursor_reading_begins_at_the_end)
{
	struct fixture f = begin(sc);

	append(f.path, LINE("one\n") LINE("two\n") "half");
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "one|two");
	append(f.path, " done\n");
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "half done");
	CHECK(!f.broken);
	tail_close(f.tail);
}

TEST(a_log_that_is_not_there_yet_is_read_from_its_beginning)
{
	const char *path = arena_printf(sc->mem, "%s/mail.log", kit_folder(sc));
	struct tail *t;
	bool broken;

	OK(tail_open(sc, path, NULL, &t));
	CHECK_TEXT(drain(sc, t, NULL, &broken), "");
	append(path, LINE("one\n"));
	CHECK_TEXT(drain(sc, t, NULL, &broken), "one");
	CHECK(!broken);
	tail_close(t);
}

TEST(lines_that_were_not_kept_come_again)
{
	struct fixture f = begin(sc);
	struct tail_read r;

	append(f.path, LINE("one\n") LINE("two\n"));
	OK(tail_read(sc, f.tail, 1, &r));
	CHECK_INT(r.count, 1);
	OK(tail_read(sc, f.tail, 1, &r));
	CHECK_INT(r.count, 1);
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "one|two");
	tail_close(f.tail);
}

TEST(a_restart_goes_on_from_the_cursor)
{
	struct fixture f = begin(sc);

	append(f.path, LINE("one\n"));
	drain(sc, f.tail, &f.cursor, &f.broken);
	tail_close(f.tail);
	append(f.path, LINE("two\n"));
	OK(tail_open(sc, f.path, f.cursor, &f.tail));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "two");
	CHECK(!f.broken);
	tail_close(f.tail);
}

TEST(rotation_under_our_hands_loses_nothing)
{
	struct fixture f = begin(sc);

	append(f.path, LINE("one\n"));
	CHECK_INT(rename(f.path, f.old), 0);
	append(f.old, LINE("two\n"));
	usleep(20000);
	append(f.path, LINE("three\n"));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "one|two|three");
	append(f.path, LINE("four\n"));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "four");
	CHECK(!f.broken);
	tail_close(f.tail);
}

TEST(rotations_while_we_were_away_lose_nothing)
{
	struct fixture f = begin(sc);
	const char *older = arena_printf(sc->mem, "%s.2", f.path);

	append(f.path, LINE("one\n"));
	tail_close(f.tail);
	CHECK_INT(rename(f.path, older), 0);
	usleep(20000);
	append(f.old, LINE("two\n"));
	usleep(20000);
	append(f.path, LINE("three\n"));
	OK(tail_open(sc, f.path, f.cursor, &f.tail));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "one|two|three");
	CHECK(!f.broken);
	tail_close(f.tail);
}

TEST(a_rotated_log_that_was_packed_is_a_break)
{
	struct fixture f = begin(sc);

	append(f.path, LINE("one\n"));
	drain(sc, f.tail, &f.cursor, &f.broken);
	tail_close(f.tail);
	CHECK_INT(unlink(f.path), 0);
	append(f.old, "\x1f\x8bxxxxxxxxxxxxxxxxx");
	append(f.path, LINE("two\n"));
	OK(tail_open(sc, f.path, f.cursor, &f.tail));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "two");
	CHECK(f.broken);
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "");
	CHECK(!f.broken);
	tail_close(f.tail);
}

TEST(a_log_cut_off_is_a_break)
{
	struct fixture f = begin(sc);

	append(f.path, LINE("one\n"));
	drain(sc, f.tail, &f.cursor, &f.broken);
	CHECK_INT(truncate(f.path, 0), 0);
	append(f.path, "two\n");
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "two");
	CHECK(f.broken);
	tail_close(f.tail);
}

TEST(a_log_cut_off_and_grown_again_is_a_break_too)
{
	struct fixture f = begin(sc);

	drain(sc, f.tail, &f.cursor, &f.broken);
	tail_close(f.tail);
	CHECK_INT(truncate(f.path, 0), 0);
	append(f.path, "another beginning, " LINE("one\n") LINE("two\n"));
	OK(tail_open(sc, f.path, f.cursor, &f.tail));
	CHECK_TEXT(drain(sc, f.tail, &f.cursor, &f.broken), "one|two");
	CHECK(f.broken);
	tail_close(f.tail);
}

TEST(a_break_that_was_not_kept_is_said_again)
{
	struct fixture f = begin(sc);
	struct tail_read r;

	CHECK_INT(truncate(f.path, 0), 0);
	append(f.path, LINE("one\n"));
	for (int i = 0; i < 2; i++) {
		OK(tail_read(sc, f.tail, 10, &r));
		CHECK(r.broken);
		CHECK_INT(r.count, 1);
	}
	tail_keep(f.tail);
	OK(tail_read(sc, f.tail, 10, &r));
	CHECK(!r.broken);
	CHECK_INT(r.count, 0);
	tail_close(f.tail);
}
