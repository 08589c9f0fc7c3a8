/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A journal of a hundred thousand deliveries, followed by an agent that is started ten times. */
#include <stdlib.h>
#include <time.h>

#include "maillog.h"
#include "meta.h"
#include "outbox.h"
#include "outcome.h"
#include "unit/agent/agent_kit.h"
#include "world/proc.h"

#define LINES  100000
#define STARTS 10
#define OURS   10 /* every tenth line ends a mail of ours; the rest are of others */
#define REMOTE "/lib/systemd/systemd-journal-remote"

static void write_journal(struct scope *sc, const char *folder)
{
	const char *in = arena_printf(sc->mem, "%s/export", folder);
	FILE *f = fopen(in, "w");

	NEED(f != NULL);
	for (int64_t i = 0; i < LINES; i++)
		fprintf(f,
			"__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
			"_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=6\n"
			"CONTAINER_ID=0123456789ab\nCONTAINER_NAME=mailu-smtp-1\n"
			"CONTAINER_TAG=mailu-smtp\nSYSLOG_IDENTIFIER=mailu-smtp\n"
			"_TRANSPORT=journal\n_SYSTEMD_UNIT=docker.service\n_COMM=dockerd\n"
			"MESSAGE=Nov 22 13:17:59 mail postfix/smtp[16983]: 4bz%08lldQ: "
			"to=<p%lld@dest.example>, relay=mx.dest.example[203.0.113.5]:25, "
			"delay=0.53, delays=0.31/0.09/0.06/0.07, dsn=2.0.0, status=sent "
			"(250 2.0.0 Ok: queued as 4XyzAB12cd)\n\n",
			(long long)(1795353479000000 + i * 100), (long long)(1000000 + i * 100),
			(long long)i, (long long)i);
	fclose(f);
	NEED(system(arena_printf(sc->mem,
		     REMOTE " --output=%s/mail.journal %s >/dev/null 2>&1 && rm %s", folder, in,
		     in)) == 0);
}

/* As if somebody had begun before there was anything. */
static enum err begin_at_head(struct scope *sc, void *arg)
{
	return meta_set(sc, META_CURSOR, 0, "mailu:");
}

static void put_items(struct scope *sc, struct agent_kit *ak)
{
	const char *sql = arena_printf(sc->mem,
		"sqlite3 '%s/agent.db' \"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + %d "
		"FROM n WHERE i + %d < %d) INSERT INTO item (id, state, mailbox, follow_up, due, "
		"not_after, recipient, sender, queue_id, queued_at) SELECT i + 1, 2, 77, 0, 0, "
		"9000000000000, 'x', 'b+' || i, printf('4bz%%08dQ', i), 1 FROM n\"",
		ak->config.state_dir, OURS, OURS, LINES);

	NEED(system(sql) == 0);
}

static enum err apply(struct scope *sc, void *arg)
{
	struct maillog_read *r = arg;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < r->count && !e; i++)
		e = outcome_logged(sc, &r->lines[i]);
	return e ? e : maillog_store(sc, r);
}

/* Reads MOST times, or to the end; lines read. */
static int64_t follow(struct agent_kit *ak, int most, bool *end)
{
	struct scope *sc = &ak->scope;
	struct maillog *log;
	struct maillog_read r = { 0 };
	int64_t lines = 0;

	OK(maillog_open(sc, &ak->config, true, &log));
	*end = false;
	for (int i = 0; i < most && !*end; i++) {
		OK(maillog_read(sc, log, &r));
		CHECK(!r.broken);
		*end = r.at_end;
		lines += (int64_t)r.count;
		OK(outbox_write(sc, apply, &r));
		maillog_keep(log);
		arena_reset(sc->mem);
	}
	/* One reading more, which nobody keeps: it comes again. */
	if (!*end)
		OK(maillog_read(sc, log, &r));
	maillog_close(log);
	return lines;
}

static const char *ask(struct scope *sc, struct agent_kit *ak, const char *sql)
{
	const char *argv[] = { "sqlite3",
		arena_printf(sc->mem, "%s/agent.db", ak->config.state_dir), sql, NULL };
	const char *text = "";

	OK(proc_run(sc, &(struct proc_spec){ .name = "sqlite3", .argv = argv }, 30000, &text));
	return str_trim(sc->mem, text);
}

TEST(a_hundred_thousand_lines_over_ten_starts_count_once_each)
{
	char *folder = arena_printf(sc->mem, "%s/journal-XXXXXX", kit_folder(sc));
	struct agent_kit ak;
	struct timespec cpu[2];
	int64_t began, lines = 0;
	bool end = false;
	double took, used;

	NEED(mkdtemp(folder) != NULL);
	write_journal(sc, folder);
	agent_kit_open(sc, kit, &ak);
	ak.config.log_journal = folder;
	put_items(sc, &ak);
	OK(db_write(&ak.scope, begin_at_head, NULL));
	began = clock_mono();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[0]);
	for (int start = 0; !end; start++) {
		lines += follow(&ak, start < STARTS - 1 ? LINES / STARTS / 1000 : LINES, &end);
		agent_kit_restart(&ak);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[1]);
	took = (double)(clock_mono() - began) / 1000;
	used = (double)(cpu[1].tv_sec - cpu[0].tv_sec) +
	       (double)(cpu[1].tv_nsec - cpu[0].tv_nsec) / 1e9;
	CHECK_INT(lines, LINES);
	CHECK_TEXT(ask(sc, &ak,
			   "SELECT count(*) || ' ' || count(DISTINCT message) FROM fact "
			   "WHERE kind = 3"),
		"10000 10000");
	CHECK_TEXT(ask(sc, &ak, "SELECT count(*) FROM item"), "0");
	printf("{\"bench\":\"log_lines_per_s\",\"value\":%.0f,\"unit\":\"/s\",\"limit\":null,"
	       "\"ratio\":null}\n",
		LINES / took);
	fprintf(stderr, "%.2f s of this processor, %.2f s in all\n", used, took);
	agent_kit_close(&ak);
}
