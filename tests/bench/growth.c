/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What one delivery costs with ten million events in the log, over what it costs with a hundred
 * thousand: two installations, measured in turns.
 */
#include "bench.h"

#include <fcntl.h>
#include <unistd.h>

#include "stream.h"

#define MAILS 10000
#define SMALL 100000
#define LARGE 10000000
/* Events of one campaign: ten thousand mails. */
#define CAMPAIGN 50000

/* Without a journal, and indexes made at the end: in minutes, not hours. */
static enum err begin_fill(struct scope *sc, struct place *p, int n)
{
	return raw_run(sc, p->db,
		"PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE; "
		"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; "
		"BEGIN IMMEDIATE; DROP INDEX event_subject; DROP INDEX event_pos; "
		"DROP INDEX detail_keep; DROP INDEX detail_contact; "
		"UPDATE slot SET head = head + %d",
		n);
}

static enum err end_fill(struct scope *sc, struct place *p)
{
	enum err e = raw_run(sc, p->db,
		"CREATE INDEX event_pos ON event (slot, pos); CREATE INDEX event_subject ON "
		"event (tenant, subject, pos); CREATE INDEX detail_keep ON detail (keep_until); "
		"CREATE INDEX detail_contact ON detail (tenant, contact); "
		"UPDATE cursor SET pos = (SELECT head FROM slot); COMMIT; "
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-2000");
	int fd = e ? -1 : open(p->file, O_RDONLY | O_CLOEXEC);

	/* What was written lies on the disk before anything is measured. */
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return e;
}

/* Events of the shape a mail leaves, five to a mail, about mails that are gone, ten thousand to a
   campaign, whose ids lie together in one of a thousand places as the hub's do; the reply of its
   end is sealed beside it. */
static enum err fill_log(struct scope *sc, struct place *p, int n)
{
	long long now = now_real(sc).ms, tenant = p->tenant;
	enum err e;

	lab_stop_part(p->lab, &p->lab->hub);
	e = begin_fill(sc, p, n);
	if (!e)
		e = raw_run(sc, p->db,
			"WITH RECURSIVE k (n, s) AS (SELECT 1, abs(random()) UNION ALL SELECT n + 1, "
			"CASE WHEN n %% 5 = 0 THEN abs(random()) ELSE s END FROM k WHERE n < %d) "
			"INSERT INTO event (tenant, slot, pos, at, kind, v, subject, workspace, "
			"actor_kind, actor, via, data) SELECT %lld, 0, (SELECT head FROM slot) - %d "
			"+ n, %lld + n, CASE n %% 5 WHEN 1 THEN 'mail.created' WHEN 2 THEN "
			"'mail.leased' WHEN 3 THEN 'mail.handed' WHEN 4 THEN 'mail.queued' ELSE "
			"'mail.delivered' END, 1, (((n - 1) / %d * 619 %% 1024 + 1024) << 52) "
			"+ (s >> 12), %lld, 5, %lld, 0, '{\"campaign\":"
			"\"cmp_01k2x3v4w5y6z\",\"enrolment\":\"enr_01k2x3v4w5y6z\",\"contact\":"
			"\"con_01k2x3v4w5y6z\",\"node\":\"nod_01k2x3v4w5y6z\",\"mailbox\":"
			"\"mbx_01k2x3v4w5y6z\",\"appliance\":\"app_01k2x3v4w5y6z\",\"code\":250}' "
			"FROM k",
			n, tenant, n, now - LARGE, CAMPAIGN, (long long)p->workspace,
			(long long)p->boxes[0].id);
	if (!e)
		e = raw_run(sc, p->db,
			"INSERT INTO detail (tenant, slot, pos, class, contact, keep_until, sealed) "
			"SELECT tenant, slot, pos, kind, abs(random()), at + %lld, randomblob(100) "
			"FROM event WHERE kind = 'mail.delivered' AND tenant = %lld AND slot = 0 "
			"AND pos > (SELECT head FROM slot) - %d",
			(long long)(90 * DAY_MS), tenant, n);
	return e ? e : end_fill(sc, p);
}

static enum err prepare(
	struct scope *sc, struct bench *b, struct place *p, int events, struct mail **mails)
{
	int n = bench_size(b, MAILS, 200) * b->runs;
	enum err e = place_open(sc, b, PLACE_BOXES, p);

	if (!e)
		e = fill_log(sc, p, events);
	if (!e)
		e = place_fill(sc, p, n);
	if (!e)
		e = stream_list(sc, p, (size_t)n, mails);
	for (int i = 0; i < p->box_count && !e; i++)
		e = box_connect(sc, p->lab, &p->boxes[i]);
	return e;
}

static enum err measure(struct scope *sc, struct place *p, const struct mail *mails, size_t n,
	double *rate, double *us)
{
	double began = bench_cpu_us(p->lab->hub.pid);
	enum err e = stream_run(sc, p, mails, n, rate);

	*us = (bench_cpu_us(p->lab->hub.pid) - began) / (double)n;
	return e;
}

enum err bench_growth(struct scope *sc, struct bench *b)
{
	size_t n = (size_t)bench_size(b, MAILS, 200);
	struct place small = { 0 }, large = { 0 };
	struct mail *few, *many;
	double growth[BENCH_RUNS];
	enum err e = prepare(sc, b, &small, bench_size(b, SMALL, 1000), &few);

	if (!e)
		e = prepare(sc, b, &large, bench_size(b, LARGE, 5000), &many);
	for (int i = 0; i < b->runs && !e; i++) {
		double before = 0, after = 0, few_us = 0, many_us = 0;

		e = measure(sc, &small, few + (size_t)i * n, n, &before, &few_us);
		if (!e)
			e = measure(sc, &large, many + (size_t)i * n, n, &after, &many_us);
		growth[i] = before / after;
		bench_note("growth", i, after, before);
		bench_note_cpu("growth", many_us, few_us);
	}
	if (!e)
		bench_tell("event_cost_growth", "times", bench_median(growth, b->runs));
	if (large.lab)
		place_close(&large);
	if (small.lab)
		place_close(&small);
	return e;
}
