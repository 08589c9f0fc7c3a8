/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The journal as files of its own, written by systemd's own program. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/out.h"
#include "journal.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define LINE   "Nov 22 13:17:59 mail postfix/qmgr[16983]: 4bABCDEFz: removed"

struct fixture {
	const char *folder;
	int64_t at; /* of the next entry, real µs */
	int files;
	struct journal_config config;
};

static struct fixture begin(struct scope *sc)
{
	struct fixture f = { .folder = arena_printf(sc->mem, "%s/journal-XXXXXX", kit_folder(sc)),
		.at = INT64_C(1795353479000000) };

	NEED(mkdtemp((char *)(uintptr_t)f.folder) != NULL);
	f.config = (struct journal_config){ .tag = "mailu-smtp", .folder = f.folder };
	return f;
}

static void entry(struct out *o, struct fixture *f, const char *fields)
{
	out_printf(o,
		"__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
		"_BOOT_ID=0123456789abcdef0123456789abcdef\n%s\n",
		(long long)f->at, (long long)(f->at % 1000000000), fields);
	f->at += 1000;
}

/* TEXT in the export format becomes a further file. */
static void write_file(struct scope *sc, struct fixture *f, const char *text)
{
	const char *in = arena_printf(sc->mem, "%s/%d.export", f->folder, f->files);
	FILE *file = fopen(in, "w");

	NEED(file != NULL);
	fputs(text, file);
	fclose(file);
	NEED(system(arena_printf(sc->mem, REMOTE " --output=%s/%d.journal %s >/dev/null 2>&1",
		     f->folder, f->files++, in)) == 0);
}

static void put(struct scope *sc, struct fixture *f, int from, int to)
{
	struct out o;

	out_init(&o, sc->mem);
	for (int i = from; i < to; i++) {
		entry(&o, f,
			arena_printf(sc->mem, "CONTAINER_TAG=mailu-smtp\nMESSAGE=line %d\n", i));
		entry(&o, f, "CONTAINER_TAG=mailu-front\nMESSAGE=of somebody else\n");
	}
	write_file(sc, f, o.data);
}

/* Everything there is, in readings of MOST, joined by '|'; the last cursor. */
static const char *drain(
	struct scope *sc, struct fixture *f, size_t most, const char **cursor, bool *broken)
{
	struct journal_read r;
	struct journal *j;
	struct out o;

	out_init(&o, sc->mem);
	*broken = false;
	OK(journal_open(sc, &f->config, *cursor, &j));
	do {
		OK(journal_read(sc, j, most, &r));
		for (size_t i = 0; i < r.count; i++)
			out_printf(&o, "%s%s", o.len ? "|" : "",
				(const char *)r.entries[i].message.data);
		if (r.cursor)
			*cursor = r.cursor;
		*broken = *broken || r.broken;
		journal_keep(j);
	} while (r.more);
	journal_close(j);
	return o.data;
}

TEST(a_journal_without_entries_is_followed_from_its_first)
{
	struct fixture f = begin(sc);
	const char *cursor = NULL;
	bool broken;

	CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "");
	NEED(cursor != NULL);
	CHECK(!broken);
	put(sc, &f, 0, 2);
	CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "line 0|line 1");
	CHECK(!broken);
	CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "");
}

/* Where somebody began is kept with the first reading, so that what comes while nobody reads is
   not passed over. */
TEST(what_was_there_before_is_not_read_and_what_comes_while_nobody_reads_is)
{
	struct fixture f = begin(sc);
	const char *cursor = NULL;
	bool broken;

	put(sc, &f, 0, 3);
	CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "");
	NEED(cursor != NULL);
	put(sc, &f, 3, 8);
	CHECK_TEXT(drain(sc, &f, 2, &cursor, &broken), "line 3|line 4|line 5|line 6|line 7");
	CHECK(!broken);
}

TEST(what_was_not_kept_is_read_again)
{
	struct fixture f = begin(sc);
	const char *cursor = "";
	struct journal_read r;
	struct journal *j;

	put(sc, &f, 0, 4);
	OK(journal_open(sc, &f.config, cursor, &j));
	for (int i = 0; i < 3; i++) {
		OK(journal_read(sc, j, 2, &r));
		CHECK_INT((int64_t)r.count, 2);
		CHECK_TEXT(r.entries[0].message.data, "line 0");
		CHECK(r.cursor != NULL);
	}
	journal_keep(j);
	OK(journal_read(sc, j, 2, &r));
	CHECK_TEXT(r.entries[0].message.data, "line 2");
	journal_close(j);
}

TEST(a_journal_that_began_anew_or_left_lines_out_has_lost_some)
{
	static const char *const said[] = {
		"MESSAGE_ID=f77379a8490b408bbe5f6940505a777b\nMESSAGE=Journal started\n",
		"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=9\n"
		"MESSAGE=Suppressed 9 messages from docker.service\n",
	};

	for (size_t i = 0; i < COUNT(said); i++) {
		struct fixture f = begin(sc);
		const char *cursor = "";
		struct out o;
		bool broken;

		put(sc, &f, 0, 1);
		CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "line 0");
		CHECK(!broken);
		out_init(&o, sc->mem);
		entry(&o, &f, said[i]);
		write_file(sc, &f, o.data);
		put(sc, &f, 1, 2);
		CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "line 1");
		CHECK(broken);
		put(sc, &f, 2, 3);
		CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "line 2");
		CHECK(!broken);
	}
}

TEST(a_cursor_that_is_gone_means_lost_lines)
{
	struct fixture f = begin(sc), other = begin(sc);
	const char *cursor = "";
	bool broken;

	put(sc, &f, 0, 2);
	CHECK_TEXT(drain(sc, &f, 10, &cursor, &broken), "line 0|line 1");
	put(sc, &other, 5, 6);
	CHECK_TEXT(drain(sc, &other, 10, &cursor, &broken), "line 5");
	CHECK(broken);
}

/* A line of the outside world that is long enough to be torn must not be taken for two. */
TEST(the_pieces_of_a_long_line_are_no_lines)
{
	struct fixture f = begin(sc);
	const char *cursor = "", *text;
	struct out o, piece;
	bool broken;

	out_init(&piece, sc->mem);
	for (int i = 0; i < 16 * 1024; i++)
		out_char(&piece, 'x');
	out_init(&o, sc->mem);
	entry(&o, &f,
		arena_printf(sc->mem,
			"CONTAINER_TAG=mailu-smtp\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=%s\n",
			piece.data));
	entry(&o, &f,
		"CONTAINER_TAG=mailu-smtp\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=" LINE "\n");
	entry(&o, &f, "CONTAINER_TAG=mailu-smtp\nMESSAGE=" LINE "\n");
	entry(&o, &f, "CONTAINER_TAG=mailu-smtp\nMESSAGE=whole\n");
	write_file(sc, &f, o.data);
	text = drain(sc, &f, 10, &cursor, &broken);
	CHECK(str_ends(text, "x|whole"));
	CHECK(!strstr(text, "removed"));
}
