/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/audience_follow.h"

#include "audience/contact.h"
#include "base/id.h"
#include "job/job.h"
#include "text/json.h"

const char *const audience_follow_kinds[] = { "mail.bounced", "appliance.enrolled", NULL };

static enum err bounced(struct scope *sc, const struct event_row *row)
{
	const struct json *data = NULL;
	int64_t contact;
	enum err e = json_parse(
		sc, bytes_of(row->data, row->data ? strlen(row->data) : 0), 64 * 1024, &data);

	if (e) {
		scope_clear(sc);
		return ERR_NONE;
	}
	contact = json_id(data, "contact", ID_CONTACT);
	/* A refusal of us or of the mail says nothing about the person (mail/reply.h). */
	if (!contact || !str_eq(json_text(data, "reason"), "recipient"))
		return ERR_NONE;
	e = contact_stop(sc, contact, "bounced", "bounce", row->subject);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e;
}

enum err audience_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = str_eq(rows[i].kind, "mail.bounced")
				     ? bounced(sc, &rows[i])
				     : job_now(sc, "suppression.push", 0, "");

		if (e)
			return e;
	}
	return ERR_NONE;
}
