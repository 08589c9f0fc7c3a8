/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Simulated mailbox providers for rehearsals: a file says how each takes mail. The same file and
 * seed give the same replies.
 *
 *   provider NAME SHARE        of a hundred mails so many go there
 *     hard N                   of 10,000 mails so many to nobody
 *     complaints N FROM        of 10,000 mails taken so many are called spam; beyond FROM mails a
 *                              day in proportion more
 *     greylist PERCENT MINUTES first attempts put off, and for how long
 *     hourly N "REPLY"         more in an hour are put off
 *     daily N "REPLY"          more in a day (UTC) are put off
 *     block FROM TO "REPLY"    everything in these days of the rehearsal, from 1
 */
#ifndef PACE_THEATRE_H
#define PACE_THEATRE_H

#include "base/scope.h"
#include "base/str.h"
#include "pace/provider.h"

#define THEATRE_PROVIDERS 16
#define THEATRE_BLOCKS    4

struct theatre_provider {
	const struct provider *provider; /* borrowed of the table */
	int64_t share;
	int64_t hard, complaints, complaints_from;
	int64_t grey, grey_ms;
	int64_t hourly, daily;
	const char *hourly_reply, *daily_reply; /* arena */
	struct {
		int64_t from, to;
		const char *reply;
	} blocks[THEATRE_BLOCKS];
	size_t block_count;
	/* What it has seen. */
	int64_t hour, in_hour, day, in_day;
};

struct theatre {
	struct theatre_provider list[THEATRE_PROVIDERS];
	size_t count;
	uint64_t dice;
};

/* ERR_INPUT names the line; shares must sum to 100. */
enum err theatre_parse(
	struct scope *sc, struct bytes text, const struct providers *p, struct theatre *t) MUST;

/* One attempt at NOW on day DAY of the rehearsal. FIRST: of this mail. */
struct theatre_reply {
	int64_t code;
	const char *text;     /* static or of the file */
	int64_t complaint_in; /* ms until somebody calls it spam; 0 for never */
};
void theatre_try(struct theatre *t, size_t provider, int64_t now, int64_t day, bool first,
	int64_t waited_ms, struct theatre_reply *r);
/* 0 … N-1, the same for the same seed. */
int64_t theatre_dice(struct theatre *t, int64_t n);

#endif
