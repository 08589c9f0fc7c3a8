/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One person's way. Each step of it is an update that names where the person stood, so that two
   who move the same person at once move it once. */
#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "job/job.h"
#include "send/message.h"

#define CHUNK 250

#define COLUMNS                                                                                    \
	"e.id, e.campaign, e.contact, e.node, e.visit, e.state, e.reason, e.due, e.mailbox, "      \
	"e.thread, c.email, c.name"
#define TABLES " FROM enrolment e LEFT JOIN contact c ON c.tenant = e.tenant AND c.id = e.contact "
SQL(enrolment_by_id, SQL_TENANT, "SELECT " COLUMNS TABLES "WHERE e.tenant = $1 AND e.id = $2");
SQL(enrolment_page, SQL_TENANT,
	"SELECT " COLUMNS TABLES "WHERE e.tenant = $1 AND e.campaign = $2 AND e.id > $3 "
	"AND ($4 = '' OR e.state = $4) ORDER BY e.id LIMIT $5");
SQL(enrolment_of_contact, SQL_TENANT,
	"SELECT " COLUMNS TABLES "WHERE e.tenant = $1 AND e.contact = $2 ORDER BY e.campaign DESC");
SQL(enrolment_insert, SQL_TENANT,
	"INSERT INTO enrolment (tenant, id, campaign, contact, round, node, visit, state, due) "
	"VALUES ($1, $2, $3, $4, 1, $5, 1, 'under_way', $6) "
	"ON CONFLICT DO NOTHING");
SQL(enrolment_there, SQL_TENANT,
	"SELECT id FROM enrolment WHERE tenant = $1 AND campaign = $2 AND contact = $3 "
	"AND round = 1");
SQL(enrolment_standing, SQL_TENANT,
	"SELECT id, campaign, contact, node, visit, state, reason, due, mailbox, thread "
	"FROM enrolment WHERE tenant = $1 AND id = $2");
SQL(enrolment_move, SQL_TENANT,
	"UPDATE enrolment SET node = $5, visit = 1, mailbox = COALESCE(mailbox, $6), "
	"thread = COALESCE(thread, $7), due = $8 WHERE tenant = $1 AND id = $2 "
	"AND node = $3 AND COALESCE(due, 0) = $4 AND state = 'under_way'");
SQL(enrolment_finish, SQL_TENANT,
	"UPDATE enrolment SET node = $5, due = NULL, mailbox = COALESCE(mailbox, $6), "
	"thread = COALESCE(thread, $7), state = 'finished' WHERE tenant = $1 "
	"AND id = $2 AND node = $3 AND COALESCE(due, 0) = $4 AND state = 'under_way'");
SQL(enrolment_wait_for_mail, SQL_TENANT,
	"UPDATE enrolment SET due = NULL WHERE tenant = $1 AND id = $2 AND node = $3 AND due = $4 "
	"AND state = 'under_way'");
SQL(enrolment_end, SQL_TENANT,
	"UPDATE enrolment SET state = 'stopped', reason = $3, due = NULL "
	"WHERE tenant = $1 AND id = $2 AND state = 'under_way'");
SQL(enrol_state, SQL_TENANT,
	"SELECT frozen, enrolled, enrolling, placed FROM campaign WHERE tenant = $1 AND id = $2");
SQL(enrol_contacts, SQL_TENANT,
	"SELECT id FROM contact WHERE tenant = $1 AND workspace = $2 AND id > $3 AND id <= $4 "
	"AND state = 'active' ORDER BY id LIMIT $5");
SQL(enrol_contacts_import, SQL_TENANT,
	"SELECT c.id FROM import_member m JOIN contact c ON c.tenant = m.tenant AND c.id = "
	"m.contact WHERE m.tenant = $1 AND m.import = $2 AND m.contact > $3 AND m.contact <= $4 "
	"AND c.state = 'active' ORDER BY m.contact LIMIT $5");
SQL(enrol_moved, SQL_TENANT,
	"UPDATE campaign SET enrolled = $4, enrolling = $5 "
	"WHERE tenant = $1 AND id = $2 AND enrolled = $3 AND enrolling = 1");

SHAPE(enrolment_shape, struct enrolment, COL(struct enrolment, id), COL(struct enrolment, campaign),
	COL(struct enrolment, contact), COL(struct enrolment, node), COL(struct enrolment, visit),
	COL(struct enrolment, state), COL(struct enrolment, reason), COL(struct enrolment, due),
	COL(struct enrolment, mailbox), COL(struct enrolment, thread), COL(struct enrolment, email),
	COL(struct enrolment, name));

SHAPE(standing_shape, struct enrolment, COL(struct enrolment, id), COL(struct enrolment, campaign),
	COL(struct enrolment, contact), COL(struct enrolment, node), COL(struct enrolment, visit),
	COL(struct enrolment, state), COL(struct enrolment, reason), COL(struct enrolment, due),
	COL(struct enrolment, mailbox), COL(struct enrolment, thread));

/* ---- reading ---- */

enum err enrolment_stand(struct scope *sc, int64_t id, struct enrolment *out)
{
	return db_one(sc, &enrolment_standing, BIND(V(id)), &standing_shape, out);
}

enum err enrolment_find(struct scope *sc, int64_t id, struct enrolment *out)
{
	return db_one(sc, &enrolment_by_id, BIND(V(id)), &enrolment_shape, out);
}

enum err enrolment_list(struct scope *sc, int64_t campaign, const char *state, int64_t after,
	int limit, struct enrolment **list, size_t *n)
{
	return db_list(sc, &enrolment_page,
		BIND(V(campaign), V(after), V(state ? state : ""), V((int64_t)limit)),
		&enrolment_shape, list, n);
}

enum err enrolment_list_contact(
	struct scope *sc, int64_t contact, struct enrolment **list, size_t *n)
{
	return db_list(sc, &enrolment_of_contact, BIND(V(contact)), &enrolment_shape, list, n);
}

/* ---- walking ---- */

static void note_due(struct walk *w, int64_t due)
{
	if (!w->next_due || due < w->next_due)
		w->next_due = due;
}

static void note_end(struct scope *sc, struct walk *w, const struct enrolment *e, const char *state,
	const char *reason)
{
	w->ended = true;
	tally_add(sc, "campaign", e->campaign, "people.under_way", -1);
	tally_add(sc, "campaign", e->campaign, arena_printf(sc->mem, "people.%s", state), 1);
	if (reason)
		tally_add(sc, "campaign", e->campaign, arena_printf(sc->mem, "stopped.%s", reason),
			1);
	event_add(sc, &(struct event){ .kind = reason ? "enrolment.stopped" : "enrolment.finished",
			      .subject = e->id,
			      .workspace = w->workspace,
			      .data = arena_printf(sc->mem,
				      "{\"campaign\":\"%s\",\"contact\":\"%s\"%s%s%s}",
				      id_format(sc->mem, ID_CAMPAIGN, e->campaign),
				      id_format(sc->mem, ID_CONTACT, e->contact),
				      reason ? ",\"reason\":\"" : "", reason ? reason : "",
				      reason ? "\"" : "") });
}

enum err enrolment_enter(struct scope *sc, struct walk *w, const struct enrolment *e,
	const struct node *to, int64_t at, bool *moved)
{
	bool ends = !to || to->is == NODE_END;
	int64_t due = !ends && to->is == NODE_WAIT ? at + to->wait : at, changed;
	enum err err;

	if (ends)
		err = db_run(sc, &enrolment_finish,
			BIND(V(e->id), V(e->node), V(e->due), V(to ? to->id : e->node),
				V_REF(e->mailbox), V(e->thread)),
			&changed);
	else
		err = db_run(sc, &enrolment_move,
			BIND(V(e->id), V(e->node), V(e->due), V(to->id), V_REF(e->mailbox),
				V(e->thread), V(due)),
			&changed);
	*moved = err == ERR_NONE && changed > 0;
	if (*moved && ends)
		note_end(sc, w, e, "finished", NULL);
	else if (*moved)
		note_due(w, due);
	return err;
}

enum err enrolment_send(struct scope *sc, struct walk *w, const struct enrolment *e,
	const struct node *step, bool *moved)
{
	struct message_new m = { .origin = "step",
		.key = arena_printf(sc->mem, "%s/%s/%lld", id_format(sc->mem, ID_ENROLMENT, e->id),
			id_format(sc->mem, ID_NODE, step->id), (long long)e->visit),
		.workspace = w->workspace,
		.campaign = e->campaign,
		.contact = e->contact,
		.enrolment = e->id,
		.node = step->id,
		.content = step->content,
		.mailbox = e->mailbox,
		.follow_up = e->thread != NULL,
		.thread = e->thread,
		.due = { e->due } };
	int64_t changed, id;
	enum err err = db_run(
		sc, &enrolment_wait_for_mail, BIND(V(e->id), V(e->node), V(e->due)), &changed);

	*moved = err == ERR_NONE && changed > 0;
	return *moved ? message_create(sc, &m, &id) : err;
}

enum err enrolment_stop(
	struct scope *sc, struct walk *w, const struct enrolment *e, const char *reason)
{
	int64_t changed;
	enum err err = db_run(sc, &enrolment_end, BIND(V(e->id), V(reason)), &changed);

	if (!err && changed)
		note_end(sc, w, e, "stopped", reason);
	return err;
}

enum err walk_end(struct scope *sc, const struct walk *w)
{
	int64_t due = now_real(sc).ms;

	if (!w->ended && !w->next_due)
		return ERR_NONE;
	if (!w->ended) {
		int64_t then = clock_real_at(sc->world->clock, (struct plan){ w->next_due }).ms;

		due = then > due ? then : due;
	}
	return job_at(sc, CAMPAIGN_JOB, w->campaign, id_format(sc->mem, ID_CAMPAIGN, w->campaign),
		due, NULL);
}

/* ---- enrolling ---- */

struct frozen {
	int64_t frozen, enrolled, enrolling;
	bool placed;
};
SHAPE(frozen_shape, struct frozen, COL(struct frozen, frozen), COL(struct frozen, enrolled),
	COL(struct frozen, enrolling), COL(struct frozen, placed));

struct only_id {
	int64_t id;
};
SHAPE(only_id_shape, struct only_id, COL(struct only_id, id));

/* What all of a chunk have in common. */
struct joining {
	int64_t campaign, node, now;
	bool placed;
};

/* The same person in the same campaign is the same enrolment, also on a restored hub: the names of
   its mails hang on it. */
static int64_t enrolment_id(struct scope *sc, const struct joining *j, int64_t contact, int attempt)
{
	const char *key =
		arena_printf(sc->mem, "%lld/%lld/1", (long long)j->campaign, (long long)contact);

	if (attempt)
		key = arena_printf(sc->mem, "%s/%d", key, attempt);
	return j->placed ? id_derive_in(sc->tenant, j->campaign, "enrolment", key)
			 : id_derive(sc->tenant, "enrolment", key);
}

/* Whoever is there already stays. An id that somebody else has got by chance is made once more. */
static enum err enrol_one(
	struct scope *sc, const struct joining *j, int64_t contact, int64_t *joined)
{
	int64_t id;
	enum err e = ERR_NONE;

	for (int attempt = 0;; attempt++) {
		e = db_run(sc, &enrolment_insert,
			BIND(V(enrolment_id(sc, j, contact, attempt)), V(j->campaign), V(contact),
				V(j->node), V(j->now)),
			joined);
		if (e || *joined)
			return e;
		e = db_int(sc, &enrolment_there, BIND(V(j->campaign), V(contact)), &id);
		if (e != ERR_MISSING)
			return e;
		scope_clear(sc);
	}
}

static enum err enrol_all(
	struct scope *sc, const struct joining *j, const struct only_id *list, size_t n)
{
	int64_t joined = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t one = 0;
		enum err e = enrol_one(sc, j, list[i].id, &one);

		if (e)
			return e;
		joined += one;
	}
	tally_add(sc, "campaign", j->campaign, "people.audience", joined);
	tally_add(sc, "campaign", j->campaign, "people.under_way", joined);
	return ERR_NONE;
}

enum err enrol_chunk(struct scope *sc, const struct campaign *c, const struct graph *g, bool *more)
{
	struct only_id *list;
	struct frozen f;
	int64_t moved;
	size_t n;
	enum err e = db_one(sc, &enrol_state, BIND(V(c->id)), &frozen_shape, &f);

	*more = false;
	if (e || !f.enrolling)
		return e;
	e = c->audience ? db_list(sc, &enrol_contacts_import,
				  BIND(V(c->audience), V(f.enrolled), V(f.frozen), V(CHUNK)),
				  &only_id_shape, &list, &n)
			: db_list(sc, &enrol_contacts,
				  BIND(V(c->workspace), V(f.enrolled), V(f.frozen), V(CHUNK)),
				  &only_id_shape, &list, &n);
	if (!e)
		e = enrol_all(sc,
			&(struct joining){ c->id, g->first->id, now_plan(sc).ms, f.placed }, list,
			n);
	*more = n == CHUNK;
	if (!e)
		e = db_run(sc, &enrol_moved,
			BIND(V(c->id), V(f.enrolled), V(n ? list[n - 1].id : f.enrolled),
				V((int64_t)*more)),
			&moved);
	if (!e && moved == 0)
		e = fail(sc, ERR_CONFLICT, "another runner enrols this audience");
	return e;
}
