/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "drill.h"

#include "base/out.h"

/* Of every fifty people one bounces, and so gets no second mail. */
#define CLOSED_EACH 50
#define MAILBOXES   8
/* The pace per mailbox in plan time: four mailboxes of one mail in 100 ms each at this rate. */
#define GAP_MS    (36 * MINUTE_MS)
#define JITTER_MS (8 * MINUTE_MS)

static const struct mail_wish mails[] = {
	{ .subject = "{{ name }}, a drill", .html = "<p>Dear {{ name }}, this is the first.</p>" },
	{ .wait_ms = 6 * HOUR_MS, .html = "<p>Dear {{ name }}, this is the second.</p>" },
};

/* People P of whom every CLOSED_EACHth bounces make 2 P - P / CLOSED_EACH mails; the last few are
   chosen so that the sum is exact. */
static const char *people_csv(struct scope *sc, int64_t wanted, size_t *len)
{
	struct out o;
	int64_t made = 0;

	out_init(&o, sc->mem);
	out_text(&o, "email,name\n");
	for (int64_t i = 1; made < wanted; i++) {
		bool closed = i % CLOSED_EACH == 0 || wanted - made == 1;

		out_printf(&o, "person%lld@%s,Person %lld\n", (long long)i,
			closed       ? "closed.test"
			: i % 7 == 0 ? "greylist.test"
				     : "inbox.test",
			(long long)i);
		made += closed ? 1 : 2;
	}
	*len = o.len;
	return o.data;
}

static enum err make_mailboxes(struct scope *sc, struct drill *d)
{
	const struct pace_wish pace = {
		.cap = 100000, .gap_ms = GAP_MS, .jitter_ms = JITTER_MS, .to_minute = 24 * 60
	};
	enum err e = company_domain(sc, &d->company, "drill.test");

	for (int i = 1; i <= MAILBOXES && !e; i++)
		e = company_mailbox(sc, &d->company,
			arena_printf(sc->mem, "sender%d@drill.test", i), &pace, NULL);
	return e;
}

enum err drill_set_up(struct scope *sc, struct drill *d)
{
	const char *import = NULL, *campaign = NULL, *csv;
	size_t len;
	enum err e = company_found(sc, d->lab, "Drill Ltd", "drill@drill.test", &d->company);

	if (!e)
		e = company_enrol(sc, &d->company, "drill-1");
	if (!e)
		e = make_mailboxes(sc, d);
	csv = people_csv(sc, d->mails, &len);
	if (!e)
		e = company_import(sc, &d->company, bytes_of(csv, len), &import);
	if (!e)
		e = company_campaign(sc, &d->company,
			&(struct campaign_wish){ .name = "Drill",
				.import = import,
				.mails = mails,
				.n = COUNT(mails) },
			&campaign);
	if (!e)
		e = company_tell(sc, &d->company, campaign, "launch");
	if (e)
		return e;
	d->campaign = arena_text(d->lab->mem, campaign);
	d->since = clock_mono();
	return ERR_NONE;
}

enum err drill_count(struct scope *sc, struct drill *d, const char *what, int64_t *n)
{
	const struct json *progress = NULL;
	enum err e = company_progress(sc, &d->company, d->campaign, &progress, NULL);

	if (!e)
		*n = json_int(progress, what, -1);
	return e;
}
