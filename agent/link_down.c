/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What comes down, each to its owner. */
#include "account.h"
#include "base/log.h"
#include "fetch.h"
#include "health.h"
#include "intake.h"
#include "life.h"
#include "link_priv.h"
#include "outbox.h"
#include "parts.h"
#include "remote.h"
#include "restore.h"
#include "turn.h"

void link_take_part(struct scope *sc, void *arg, const struct wire_part *part)
{
	struct link *l = arg;
	bool changed = false;

	if (parts_take(sc, l->agent->parts, part, &changed) != ERR_NONE)
		log_failure(sc, "taking a part");
	else if (changed)
		link_report(sc, l, link_waiting(sc), true);
	turn_soon(l->agent);
}

static enum err on_part(struct scope *sc, struct link *l, struct bytes payload)
{
	struct wire_part m;
	enum err e = wire_get_part(sc, payload, &m);

	if (e)
		return e;
	if (!m.body && parts_wants(l->agent->parts, &m))
		return fetcher_get(sc, l->fetcher, &m);
	link_take_part(sc, l, &m);
	return ERR_NONE;
}

static enum err on_work(struct scope *sc, struct link *l, struct bytes payload)
{
	struct wire_work work;
	struct wire_taken answer;
	enum err e = wire_get_work(sc, payload, &work);

	if (!e)
		e = intake_work(sc, &work, &answer);
	if (e)
		return e;
	if (link_publish(sc, l, WIRE_TAKEN, wire_put_taken(sc, &answer), 1))
		l->told = answer.taken + answer.room;
	turn_soon(l->agent);
	return ERR_NONE;
}

/* What an acknowledgement says of this database: that it is current, or a copy. */
static enum err judge(
	struct scope *sc, const struct agent *a, const struct wire_ack *m, enum outbox_ack answer)
{
	int64_t epoch = outbox_epoch(a->outbox);

	if (answer == OUTBOX_ACK_AHEAD)
		return restore_begin(sc, epoch, m->mark);
	if (answer != OUTBOX_ACK_FOREIGN)
		return life_confirm(sc, m->mark);
	/* A late answer to the hello of the epoch before says nothing new. */
	return m->refused && m->epoch != outbox_replaces(a->outbox) ? restore_begin(sc, m->epoch, 0)
								    : ERR_NONE;
}

/* A hub that was restored from a copy may know another epoch, and other parts. */
static bool wants_hello(const struct agent *a, const struct wire_ack *m, enum outbox_ack answer)
{
	return answer == OUTBOX_ACK_TOO_OLD || (answer == OUTBOX_ACK_FOREIGN && !m->refused) ||
	       (m->account && m->account != a->asked);
}

static enum err on_ack(struct scope *sc, struct link *l, struct bytes payload)
{
	struct agent *a = l->agent;
	bool doubted = health_has(a->health, WORRY_RESTORED);
	int64_t epoch = outbox_epoch(a->outbox);
	struct wire_ack m;
	enum outbox_ack answer = OUTBOX_ACK_TAKEN;
	enum err e = wire_get_ack(sc, payload, &m);

	if (!e)
		e = outbox_ack(sc, a->outbox, &m, &answer);
	if (!e)
		e = judge(sc, a, &m, answer);
	if (e)
		return e;
	if (epoch != outbox_epoch(a->outbox)) {
		l->told = l->spool_at = 0;
		link_hello(sc, l);
	} else if (wants_hello(a, &m, answer)) {
		/* Once for a question, which comes again with the answer to hello. */
		a->asked = m.account;
		link_hello(sc, l);
	}
	/* What is not sure of itself cannot speak for what it holds. */
	if (answer != OUTBOX_ACK_FOREIGN && !health_has(a->health, WORRY_RESTORED))
		e = account_give(sc, m.account);
	if (answer == OUTBOX_ACK_TAKEN)
		link_ask(sc, l, !l->spool_at);
	if (doubted != health_has(a->health, WORRY_RESTORED))
		turn_soon(a);
	link_facts(sc, l);
	return e;
}

static enum err on_stand(struct scope *sc, struct link *l, struct bytes payload)
{
	struct wire_stand m;
	bool more = false;
	enum err e = wire_get_stand(sc, payload, &m);

	if (!e)
		e = restore_answer(sc, &m, &more);
	if (!e && more)
		link_ask(sc, l, true);
	if (!e)
		turn_soon(l->agent);
	return e;
}

static enum err on_command(struct scope *sc, struct link *l, struct bytes payload)
{
	struct wire_command m;
	struct wire_result result;
	enum err e = wire_get_command(sc, payload, &m);

	if (!e && remote_run(sc, &m, &result))
		link_answer(sc, l, &result);
	return e;
}

static enum err on_cert(struct scope *sc, struct link *l, struct bytes payload)
{
	struct wire_cert m;
	enum err e = wire_get_cert(sc, payload, &m);

	if (!e && !m.cert)
		e = fail(sc, ERR_UPSTREAM, "the hub gave no certificate: %s",
			m.reason ? m.reason : "no reason");
	return e ? e : link_take_cert(sc, l, &m);
}

static enum err (*const takers[WIRE_TYPES])(struct scope *, struct link *, struct bytes) = {
	[WIRE_PART] = on_part,
	[WIRE_WORK] = on_work,
	[WIRE_ACK] = on_ack,
	[WIRE_COMMAND] = on_command,
	[WIRE_CERT] = on_cert,
	[WIRE_STAND] = on_stand,
};

bool link_takes(enum wire_type type)
{
	return takers[type] != NULL;
}

enum err link_take(struct scope *sc, struct link *l, enum wire_type type, struct bytes payload)
{
	return takers[type](sc, l, payload);
}
