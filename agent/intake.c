/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "intake.h"

#include "agent.h"
#include "health.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"
#include "spool.h"

struct taking {
	const struct wire_work *work;
	struct wire_answer *answers;
	size_t answered;
	int64_t waiting; /* before this batch */
	int64_t stored;  /* new ones of it */
};

int64_t intake_room(const struct scope *sc, int64_t waiting)
{
	int64_t allowed = pacing_allowance(sc, agent_of(sc)->pacing);

	return allowed > waiting ? allowed - waiting : 0;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* Why a new ITEM is not stored; NULL when it is. "address" is for good, the rest for now. */
static const char *refusal(
	const struct scope *sc, const struct taking *t, const struct wire_item *item)
{
	const struct agent *a = agent_of(sc);

	if (!is_ascii(item->to) || !is_ascii(item->from))
		return "address";
	if (health_state(a->health) == HEALTH_HELD || a->draining)
		return "held";
	if (item->not_after <= now_real(sc).ms)
		return "expired";
	if (!pacing_has(a->pacing, item->mailbox))
		return "mailbox";
	/* Credit keeps the hub far below; this holds against one that has lost count. */
	return t->waiting + t->stored >= 2 * ROOM_MOST ? "full" : NULL;
}

static enum err take(struct scope *sc, void *arg)
{
	struct taking *t = arg;
	enum err e = ERR_NONE;

	t->stored = 0;
	t->answered = 0;
	for (size_t i = 0; i < t->work->count && !e; i++) {
		const struct wire_item *item = &t->work->items[i];
		struct wire_answer *answer = &t->answers[t->answered];
		bool open = false;

		if (item->kind == WORK_RECALL)
			e = spool_recall(sc, item, answer, &open);
		else
			e = spool_put(sc, &(struct spool_put){ item, refusal(sc, t, item) }, answer,
				&t->stored);
		t->answered += !open;
	}
	if (!e && t->stored)
		e = meta_set(sc, META_TAKEN, agent_of(sc)->taken + t->stored, NULL);
	return e;
}

enum err intake_work(struct scope *sc, const struct wire_work *work, struct wire_taken *answer)
{
	struct agent *a = agent_of(sc);
	struct taking t = { .work = work,
		.answers = arena_array(sc->mem, work->count, sizeof *t.answers) };
	enum err e;

	/* A copy of an older database does not know what it has sent: no answer would be true. */
	if (health_has(a->health, WORRY_RESTORED))
		return fail(sc, ERR_CONFLICT, "it is not clear whether this database is current");
	e = spool_count(sc, ITEM_WAITING, &t.waiting);
	if (!e)
		e = outbox_write(sc, take, &t);
	if (e)
		return e;
	a->taken += t.stored;
	*answer = (struct wire_taken){ .batch = work->batch,
		.epoch = outbox_epoch(a->outbox),
		.taken = a->taken,
		.room = intake_room(sc, t.waiting + t.stored),
		.answers = t.answers,
		.count = t.answered };
	return ERR_NONE;
}
