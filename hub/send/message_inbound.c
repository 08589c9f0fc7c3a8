/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What came back about a mail: somebody answered it, a machine did, or somebody called it spam. The
 * mail's state stays what it is; its campaign counts, and who follows the log draws the
 * conclusions.
 */
#include "base/str.h"

#include "event/event.h"

#include "send/letter.h"
#include "send/message_priv.h"

/* Facts of one mail that are written down: who knows its Message-ID must not fill the log. */
#define MAX_INBOUND 20

#define SEEN(set)                                                                                  \
	"UPDATE message SET was = state, inbound = inbound + 1" set " WHERE tenant = $1 "          \
	"AND id = $2 AND appliance = $3 AND inbound < CAST($5 AS BIGINT) RETURNING " MOVED
SQL(inbound_replied, SQL_TENANT,
	SEEN(", replied_at = COALESCE(replied_at, CAST($4 AS BIGINT))") ", replied_at AS first_at");
SQL(inbound_complained, SQL_TENANT,
	SEEN(", complained_at = COALESCE(complained_at, CAST($4 AS BIGINT))") ", complained_at AS "
									      "first_at");
SQL(inbound_auto_replied, SQL_TENANT, SEEN("") ", CAST($4 AS BIGINT) AS first_at");

struct seen {
	struct moved m;
	int64_t first_at;
};
static const struct shape seen_shape = { sizeof(struct seen),
	(const struct col[]){ { "id", COL_INT64, offsetof(struct seen, m.id) },
		{ "workspace", COL_INT64, offsetof(struct seen, m.workspace) },
		{ "campaign", COL_INT64, offsetof(struct seen, m.campaign) },
		{ "contact", COL_INT64, offsetof(struct seen, m.contact) },
		{ "enrolment", COL_INT64, offsetof(struct seen, m.enrolment) },
		{ "node", COL_INT64, offsetof(struct seen, m.node) },
		{ "mailbox", COL_INT64, offsetof(struct seen, m.mailbox) },
		{ "appliance", COL_INT64, offsetof(struct seen, m.appliance) },
		{ "was", COL_TEXT, offsetof(struct seen, m.was) },
		{ "code", COL_INT64, offsetof(struct seen, m.code) },
		{ "status", COL_TEXT, offsetof(struct seen, m.status) },
		{ "reason", COL_TEXT, offsetof(struct seen, m.reason) },
		COL(struct seen, first_at) },
	13 };

static const struct {
	const struct sql *q;
	const char *kind; /* event and counter */
} kinds[FACT_MAX] = {
	[FACT_REPLIED] = { &inbound_replied, "mail.replied" },
	[FACT_AUTO_REPLIED] = { &inbound_auto_replied, "mail.auto_replied" },
	[FACT_COMPLAINED] = { &inbound_complained, "mail.complained" },
};

static enum err await_words(
	struct scope *sc, int64_t appliance, const struct moved *m, const struct wire_fact *f)
{
	return letter_await(
		sc, &(struct letter_new){ .message = m->id,
			    .appliance = appliance,
			    .workspace = m->workspace,
			    .campaign = m->campaign,
			    .contact = m->contact,
			    .kind = f->kind == FACT_REPLIED ? "replied" : "auto_replied",
			    .hash = f->object,
			    .at = f->at });
}

enum err message_inbound(struct scope *sc, int64_t appliance, const struct wire_fact *f)
{
	struct move_note note = {
		.at = f->at, .detail = f->text, .hash = f->hash, .object = f->object
	};
	const char *kind = kinds[f->kind].kind;
	struct seen s;
	enum err e = db_one(sc, kinds[f->kind].q,
		BIND(V(f->message), V(appliance), V(f->at), V((int64_t)MAX_INBOUND)), &seen_shape,
		&s);

	if (e)
		return e;
	/* How it was delivered was said before. */
	s.m.code = 0;
	s.m.status = s.m.reason = NULL;
	if (s.m.campaign && s.first_at == f->at)
		tally_add(sc, "campaign", s.m.campaign, kind, 1);
	message_log(sc, &s.m, kind, &note);
	return f->object && f->kind != FACT_COMPLAINED ? await_words(sc, appliance, &s.m, f)
						       : ERR_NONE;
}
