/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "restore.h"

#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/log.h"
#include "health.h"
#include "life.h"
#include "meta.h"
#include "outbox.h"
#include "spool.h"

/* No mail has this id: a log from which nothing is known can name none that would do. */
#define NEVER_SEEN INT64_C(-1)

struct restore {
	enum restore_phase phase;
	int64_t mine;   /* own ids up to here were asked for and answered */
	int64_t theirs; /* the hub has told unasked of mails up to here */
	bool told_all;  /* … and there are no more */
	struct wire_held asked[WIRE_MAX_STAND];
	size_t asked_count;
};

static const char *const worries[] = {
	[RESTORE_NONE] = NULL,
	[RESTORE_ASKING] = "this database is a copy: asking the hub where its mails stand",
	[RESTORE_SORTING] = "this database is a copy: looking for its mails at Postfix",
};

static void enter(const struct agent *a, enum restore_phase phase)
{
	a->restore->phase = phase;
	health_set(a->health, WORRY_RESTORED, worries[phase]);
}

enum err restore_open(struct scope *sc, struct restore **out)
{
	struct agent *a = agent_of(sc);
	int64_t phase;
	enum err e = meta_get(sc, META_RESTORE, &phase, NULL);

	if (e)
		return e;
	*out = calloc(1, sizeof **out);
	if (!*out)
		abort();
	a->restore = *out;
	if (phase == RESTORE_ASKING || phase == RESTORE_SORTING)
		enter(a, (enum restore_phase)phase);
	return ERR_NONE;
}

void restore_close(struct restore *r)
{
	free(r);
}

enum restore_phase restore_phase(const struct restore *r)
{
	return r ? r->phase : RESTORE_NONE;
}

/* ---- beginning ---- */

static enum err quarantine(struct scope *sc, void *arg)
{
	bool is_new = false;
	enum err e = spool_is_new(sc, &is_new);

	if (!e)
		e = spool_quarantine(sc);
	if (!e)
		e = meta_set(sc, META_TAKEN, 0, NULL);
	if (!e)
		e = meta_set(sc, META_NEWEST, is_new ? NEVER_SEEN : 0, NULL);
	if (!e)
		e = meta_set(sc, META_RESTORE, RESTORE_ASKING, NULL);
	return e ? e : life_store(sc);
}

enum err restore_begin(struct scope *sc, int64_t replaces, int64_t stored)
{
	struct agent *a = agent_of(sc);
	enum err e = outbox_renew(sc, replaces, stored, quarantine, NULL);

	if (e)
		return e;
	a->taken = 0;
	*a->restore = (struct restore){ 0 };
	enter(a, RESTORE_ASKING);
	log_warn(sc, "this database is a copy, or was made anew: a new epoch begins");
	return ERR_NONE;
}

/* ---- asking ---- */

enum err restore_question(struct scope *sc, struct wire_spool *m)
{
	const struct agent *a = agent_of(sc);
	struct restore *r = a->restore;
	enum err e;

	*m = (struct wire_spool){ .epoch = outbox_epoch(a->outbox), .after = r->theirs };
	e = spool_ids(sc, r->mine, WIRE_MAX_STAND, &m->ids, &m->count);
	if (e)
		return e;
	r->asked_count = m->count;
	if (m->count)
		memcpy(r->asked, m->ids, m->count * sizeof *m->ids);
	return ERR_NONE;
}

/* Every id asked for stands first, in order. */
static bool is_answer(const struct agent *a, const struct wire_stand *m)
{
	const struct restore *r = a->restore;

	if (r->phase != RESTORE_ASKING || m->epoch != outbox_epoch(a->outbox) ||
		m->after != r->theirs || m->count < r->asked_count)
		return false;
	for (size_t i = 0; i < r->asked_count; i++)
		if (m->items[i].id != r->asked[i].id)
			return false;
	return true;
}

/* The mail that came into Postfix last, as far as the hub knows. Unless it had done so before the
   copy was made, the log must name it. */
static enum err expect(struct scope *sc, int64_t newest)
{
	enum taken_state taken = TAKEN_LIVE;
	struct spool_item item;
	int64_t expected;
	enum err e = meta_get(sc, META_NEWEST, &expected, NULL);

	if (e || expected || !newest)
		return e;
	e = spool_find(sc, newest, &item);
	if (!e && item.state == ITEM_QUEUED)
		return ERR_NONE;
	if (e == ERR_MISSING)
		e = spool_taken(sc, newest, &taken);
	if (e && e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return taken == TAKEN_DONE ? ERR_NONE : meta_set(sc, META_NEWEST, newest, NULL);
}

static enum err apply_here(
	struct scope *sc, const struct wire_stand_item *s, const struct spool_item *item)
{
	bool moved;

	switch (s->state) {
	case STAND_DONE:
		return spool_end(sc, s->id, TAKEN_DONE, NULL);
	case STAND_BACK:
		return item->state == ITEM_INTENT ? spool_disarm(sc, s->id) : ERR_NONE;
	case STAND_QUEUED:
		return s->queue_id ? spool_queued(sc, s->id, s->queue_id, &moved) : ERR_NONE;
	default:
		return ERR_NONE;
	}
}

static enum err apply_item(struct scope *sc, const struct wire_stand_item *s)
{
	enum taken_state taken = TAKEN_LIVE;
	struct spool_item item;
	enum err e = spool_find(sc, s->id, &item);

	if (e != ERR_MISSING)
		return e ? e : apply_here(sc, s, &item);
	scope_clear(sc);
	if (s->state == STAND_DONE || s->state == STAND_BACK)
		return ERR_NONE;
	e = spool_taken(sc, s->id, &taken);
	if (e && e != ERR_MISSING)
		return e;
	scope_clear(sc);
	/* It ended here; the fact of that goes up again. */
	return taken == TAKEN_DONE ? ERR_NONE : spool_adopt(sc, s);
}

struct answer {
	const struct wire_stand *m;
	bool last;
};

static enum err apply(struct scope *sc, void *arg)
{
	const struct answer *in = arg;
	enum err e = expect(sc, in->m->newest);

	for (size_t i = 0; i < in->m->count && !e; i++)
		e = apply_item(sc, &in->m->items[i]);
	if (!e && in->last)
		e = meta_set(sc, META_RESTORE, RESTORE_SORTING, NULL);
	return e;
}

enum err restore_answer(struct scope *sc, const struct wire_stand *m, bool *more)
{
	const struct agent *a = agent_of(sc);
	struct restore *r = a->restore;
	struct answer in = { .m = m };
	enum err e;

	*more = false;
	if (!is_answer(a, m))
		return ERR_NONE;
	r->told_all = r->told_all || !m->next;
	in.last = r->asked_count < WIRE_MAX_STAND && r->told_all;
	e = outbox_write(sc, apply, &in);
	if (e)
		return e;
	if (r->asked_count)
		r->mine = r->asked[r->asked_count - 1].id;
	if (m->next)
		r->theirs = m->next;
	*more = !in.last;
	if (in.last)
		enter(a, RESTORE_SORTING);
	return ERR_NONE;
}

/* ---- sorting ---- */

enum err restore_seen(struct scope *sc, int64_t id)
{
	int64_t newest;
	enum err e;

	if (restore_phase(agent_of(sc)->restore) != RESTORE_SORTING)
		return ERR_NONE;
	e = meta_get(sc, META_NEWEST, &newest, NULL);
	return e || newest != id ? e : meta_set(sc, META_NEWEST, 0, NULL);
}

enum err restore_judge(struct scope *sc, bool log_at_end)
{
	int64_t newest;
	enum err e;

	if (!log_at_end || restore_phase(agent_of(sc)->restore) != RESTORE_SORTING)
		return ERR_NONE;
	e = meta_get(sc, META_NEWEST, &newest, NULL);
	if (e || !newest)
		return e;
	log_warn(sc, "the log of Postfix does not name what the hub knows came into it");
	e = spool_blind(sc);
	return e ? e : meta_set(sc, META_NEWEST, 0, NULL);
}

static enum err leave(struct scope *sc, void *arg)
{
	return meta_set(sc, META_RESTORE, RESTORE_NONE, NULL);
}

enum err restore_end(struct scope *sc, bool log_at_end)
{
	const struct agent *a = agent_of(sc);
	int64_t left = 0;
	enum err e;

	if (!log_at_end || restore_phase(a->restore) != RESTORE_SORTING)
		return ERR_NONE;
	e = spool_count(sc, ITEM_INTENT, &left);
	if (e || left)
		return e;
	e = db_write(sc, leave, NULL);
	if (!e)
		enter(a, RESTORE_NONE);
	return e;
}
