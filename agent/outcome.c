/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "outcome.h"

#include "agent.h"
#include "base/id.h"
#include "config.h"
#include "health.h"
#include "lanes.h"
#include "outbox.h"
#include "pacing.h"
#include "restore.h"

/* The item leaves the spool with this last fact. */
static enum err end(
	struct scope *sc, int64_t id, enum taken_state state, const struct wire_fact *fact)
{
	bool gone;
	enum err e = spool_end(sc, id, state, &gone);

	return e || !gone ? e : outbox_add(sc, fact);
}

enum err outcome_unsent(struct scope *sc, int64_t id, const char *why)
{
	return end(sc, id, TAKEN_UNSENT,
		&(struct wire_fact){ .kind = FACT_UNSENT, .message = id, .text = why });
}

enum err outcome_unknown(struct scope *sc, int64_t id, const char *why)
{
	return end(sc, id, TAKEN_DONE,
		&(struct wire_fact){ .kind = FACT_UNKNOWN, .message = id, .text = why });
}

enum err outcome_found(struct scope *sc, int64_t id, const char *queue_id)
{
	struct spool_item item;
	bool moved;
	enum err e = spool_queued(sc, id, queue_id, &moved);

	if (e || !moved)
		return e;
	e = spool_find(sc, id, &item);
	if (e)
		return e;
	/* The mailbox is for a hub that was restored from a copy of before it chose one. */
	return outbox_add(sc, &(struct wire_fact){ .kind = FACT_QUEUED,
				      .message = id,
				      .queue_id = queue_id,
				      .text = id_format(sc->mem, ID_MAILBOX, item.mailbox) });
}

/* ---- what an injector brought back ---- */

/* It did not reach Postfix: what it used is free again. */
static enum err give_back(struct scope *sc, const struct spool_item *item)
{
	const struct agent *a = agent_of(sc);

	lanes_give_back(a->lanes, item);
	return pacing_give_back(sc, a->pacing, item->mailbox);
}

static enum err put_off(struct scope *sc, const struct spool_item *item, const struct injection *i)
{
	const struct agent *a = agent_of(sc);
	enum err e = spool_again(sc, item->id, now_real(sc).ms + a->config->retry_s * SECOND_MS);

	return e ? e : give_back(sc, item);
}

static enum err refused(struct scope *sc, const struct spool_item *item, const struct injection *i)
{
	enum err e = give_back(sc, item);

	return e ? e
		 : end(sc, item->id, TAKEN_DONE,
			   &(struct wire_fact){ .kind = FACT_FAILED,
				   .message = item->id,
				   .code = i->code,
				   .status = i->status[0] ? i->status : NULL,
				   .text = i->text });
}

static enum err late(struct scope *sc, const struct spool_item *item)
{
	enum err e = give_back(sc, item);

	return e ? e : outcome_unsent(sc, item->id, "expired");
}

enum err outcome_injected(struct scope *sc, const struct injection *i)
{
	struct spool_item item;
	enum err e = spool_find(sc, i->id, &item);

	/* The log was faster than the worker. */
	if (e == ERR_MISSING || (!e && item.state != ITEM_INTENT))
		return ERR_NONE;
	if (e)
		return e;
	if (i->late)
		return late(sc, &item);
	switch (i->outcome) {
	case SMTP_REFUSED:
		return refused(sc, &item, i);
	case SMTP_DEFERRED:
		return put_off(sc, &item, i);
	case SMTP_QUEUED:
		if (i->queue_id[0])
			return outcome_found(sc, i->id, i->queue_id);
		break;
	case SMTP_UNKNOWN:
		break;
	}
	return spool_unanswered(sc, i->id, true);
}

/* ---- what the log says ---- */

static enum err active(struct scope *sc, const struct logline *line)
{
	int64_t id = spool_sender_id(sc, line->sender);
	struct spool_item item;
	enum err e;

	if (!id)
		return ERR_NONE;
	e = restore_seen(sc, id);
	if (!e)
		e = spool_find(sc, id, &item);
	if (e)
		return e == ERR_MISSING ? ERR_NONE : e;
	return str_eq(item.sender, line->sender) ? outcome_found(sc, id, line->queue_id) : ERR_NONE;
}

static enum err delivery(
	struct scope *sc, const struct logline *line, const struct spool_item *item)
{
	static const enum fact facts[] = {
		[LOGLINE_SENT] = FACT_DELIVERED,
		[LOGLINE_DEFERRED] = FACT_DEFERRED,
		[LOGLINE_BOUNCED] = FACT_BOUNCED,
		[LOGLINE_EXPIRED] = FACT_EXPIRED,
	};
	const struct wire_fact fact = { .kind = facts[line->kind],
		.message = item->id,
		.code = line->code,
		.status = line->status,
		.queue_id = line->queue_id,
		.text = line->text };

	enum err e;

	lanes_logged(sc, agent_of(sc)->lanes, item, line);
	if (line->kind != LOGLINE_DEFERRED)
		return end(sc, item->id, TAKEN_DONE, &fact);
	e = spool_tried(sc, item->id);
	return e ? e : outbox_add(sc, &fact);
}

enum err outcome_logged(struct scope *sc, const struct logline *line)
{
	struct spool_item item;
	enum err e;

	if (line->kind == LOGLINE_ACTIVE)
		return active(sc, line);
	e = spool_find_queued(sc, line->queue_id, &item);
	if (e)
		return e == ERR_MISSING ? ERR_NONE : e;
	/* Postfix had begun with it when it was held: its file stays there, done. */
	if (item.held && line->kind != LOGLINE_DEFERRED)
		e = spool_loosen(sc, line->queue_id);
	if (e)
		return e;
	if (line->kind == LOGLINE_REMOVED)
		return outcome_unknown(sc, item.id, "it left the queue without a word");
	return delivery(sc, line, &item);
}
