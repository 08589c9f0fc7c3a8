/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/audience_follow.h"

#include "audience/contact.h"
#include "base/id.h"
#include "job/job.h"
#include "text/json.h"

const char *const audience_follow_kinds[] = { "mail.bounced", "mail.complained",
	"appliance.enrolled", NULL };

/* What a mail's end or a complaint says about the person it went to. */
static enum err mail(struct scope *sc, const struct event_row *row)
{
	const struct json *data = event_data(sc, row);
	bool complained = str_eq(row->kind, "mail.complained");
	int64_t contact = json_id(data, "contact", ID_CONTACT);
	enum err e;

	/* A refusal of us or of the mail says nothing about the person (mail/reply.h). */
	if (!contact || (!complained && !str_eq(json_text(data, "reason"), "recipient")))
		return ERR_NONE;
	e = complained ? contact_stop(sc, contact, "complained", "complaint", row->subject)
		       : contact_stop(sc, contact, "bounced", "bounce", row->subject);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e;
}

enum err audience_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = str_starts(rows[i].kind, "mail.")
				     ? mail(sc, &rows[i])
				     : job_now(sc, "suppression.push", 0, "");

		if (e)
			return e;
	}
	return ERR_NONE;
}
