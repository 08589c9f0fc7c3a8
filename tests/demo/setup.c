/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "demo.h"

const char demo_rules[] = "*@closed.test   550 5.1.1 No such user here\n"
			  "*@greylist.test defer 2 451 4.7.1 Greylisted, come back later\n"
			  "*@slow.test     delay 400 250\n"
			  "*@flaky.test    drop 1\n";

static const struct mail_wish mails[] = {
	{ .subject = "{{ name | split: \" \" | first }}, a question about "
		     "{{ company | default: \"your work\" }}",
		.html = "<p>Hello {{ name }},</p>"
			"<p>{% if city %}greetings to {{ city }}! {% endif %}I have been reading "
			"about {{ company | default: \"your work\" }} and wondered how you handle "
			"your mail today.</p>"
			"<p><a href=\"https://www.penguin.test/tour\">Here is what we do</a> in two "
			"minutes.</p><p>Best,<br>Pia from Penguin Demo</p>" },
	{ .wait_ms = 2 * DAY_MS,
		.html = "<p>Hi {{ name | split: \" \" | first }},</p>"
			"<p>just in case my first mail went under: may I show you around?</p>"
			"<p>{% case country %}{% when \"DE\" %}Viele Grüße{% when \"NL\" %}Groeten"
			"{% else %}Best{% endcase %},<br>Pia</p>" },
};

/* Two mailboxes of forty mails a day: eighty a day for four hundred mails, so caps bind. */
static const struct pace_wish pace = { .cap = 40,
	.gap_ms = 8 * MINUTE_MS,
	.jitter_ms = 8 * MINUTE_MS,
	.from_minute = 8 * 60,
	.to_minute = 20 * 60 };

enum err demo_set_up(struct scope *sc, struct demo *d, struct bytes contacts)
{
	struct company *c = &d->company;
	const char *import = NULL, *campaign = NULL;
	enum err e = company_found(sc, d->lab, DEMO_TENANT, DEMO_EMAIL, c);

	if (!e)
		e = company_enrol(sc, c, "demo-1");
	if (!e)
		e = company_domain(sc, c, "penguin.test");
	if (!e)
		e = company_mailbox(sc, c, "pia@penguin.test", &pace, NULL);
	if (!e)
		e = company_mailbox(sc, c, "hello@penguin.test", &pace, NULL);
	if (!e)
		e = company_import(sc, c, contacts, &import);
	if (!e)
		e = company_campaign(sc, c,
			&(struct campaign_wish){ .name = "Say hello to the neighbours",
				.mails = mails,
				.n = COUNT(mails) },
			&campaign);
	if (!e && !d->ready)
		e = company_tell(sc, c, campaign, "launch");
	if (!e)
		d->campaign = arena_text(d->lab->mem, campaign);
	return e;
}
