/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What goes up: from rows, so that what is lost on the way is said again. */
#include "addresses.h"
#include "base/log.h"
#include "config.h"
#include "health.h"
#include "intake.h"
#include "link_priv.h"
#include "mailu/mailu.h"
#include "net/mqtt.h"
#include "outbox.h"
#include "parts.h"
#include "restore.h"
#include "spool.h"
#include "upkeep.h"

#define REPORT_MS    500 /* between two reports that only say there is more room */
#define RENEW_MS     HOUR_MS
#define EXPIRED_MS   (10 * MINUTE_MS)
#define ASK_MS       (5 * SECOND_MS) /* between two questions of a copy */
#define CAPABILITIES "put recall link mailboxes suppression segments control account mailu accounts"

bool link_publish(
	struct scope *sc, struct link *l, enum wire_type type, struct bytes payload, int qos)
{
	enum err e;

	if (!l->mqtt || !mqtt_is_up(l->mqtt))
		return false;
	e = mqtt_publish(sc, l->mqtt, wire_topic(sc, l->agent->identity.appliance, type), payload,
		qos, 0, NULL);
	if (e)
		log_failure(sc, arena_printf(sc->mem, "publishing %s", wire_type_name(type)));
	scope_clear(sc);
	return e == ERR_NONE;
}

void link_hello(struct scope *sc, struct link *l)
{
	struct agent *a = l->agent;
	struct wire_hello m = { .protocol = WIRE_PROTOCOL,
		.version = VERSION,
		.caps = CAPABILITIES,
		.epoch = outbox_epoch(a->outbox),
		.next_seq = outbox_next(a->outbox),
		.connection = l->connection,
		.taken = a->taken,
		.replaces = outbox_replaces(a->outbox),
		.held = health_state(a->health) == HEALTH_HELD,
		.addresses = addresses_of(sc, a->config->addresses) };

	if (outbox_first_kept(sc, a->outbox, &m.first_kept) != ERR_NONE) {
		log_failure(sc, "reading the outbox");
		return;
	}
	m.part_count = parts_versions(sc, a->parts, &m.parts);
	link_publish(sc, l, WIRE_HELLO, wire_put_hello(sc, &m), 1);
}

void link_facts(struct scope *sc, struct link *l)
{
	struct wire_events batch;

	if (!link_is_up(l) || (health_has(l->agent->health, WORRY_RESTORED) &&
				      restore_phase(l->agent->restore) != RESTORE_SORTING))
		return;
	if (outbox_batch(sc, l->agent->outbox, &batch) != ERR_NONE)
		log_failure(sc, "reading facts");
	else if (batch.count)
		link_publish(sc, l, WIRE_EVENT, wire_put_event(sc, &batch), 1);
}

void link_ask(struct scope *sc, struct link *l, bool on)
{
	struct wire_spool m;

	if (!link_is_up(l) || restore_phase(l->agent->restore) != RESTORE_ASKING)
		return;
	if (!on && l->spool_at && clock_mono() - l->spool_at < ASK_MS)
		return;
	l->spool_at = clock_mono();
	if (restore_question(sc, &m) != ERR_NONE)
		log_failure(sc, "asking where mails stand");
	else
		link_publish(sc, l, WIRE_SPOOL, wire_put_spool(sc, &m), 1);
}

void link_report(struct scope *sc, struct link *l, int64_t waiting, bool force)
{
	struct agent *a = agent_of(sc);
	struct wire_reported m = { .epoch = outbox_epoch(a->outbox),
		.taken = a->taken,
		.room = intake_room(sc, waiting),
		.waiting = waiting,
		.health = health_state(a->health),
		.reason = health_why(a->health) };
	int64_t credit = m.taken + m.room, now = clock_mono();

	if (!link_is_up(l) ||
		(!force && (waiting == l->waiting || now - l->told_at < 20 * REPORT_MS) &&
			(credit <= l->told || now - l->told_at < REPORT_MS) &&
			credit < l->told + ROOM_MOST / 8))
		return;
	m.part_count = parts_reports(sc, a->parts, &m.parts);
	if (force)
		mailu_report(sc, a->mailu, &m);
	if (link_publish(sc, l, WIRE_REPORTED, wire_put_reported(sc, &m), 1)) {
		l->told = credit;
		l->told_at = now;
		l->waiting = waiting;
	}
}

void link_metric(struct scope *sc, struct link *l, const struct wire_metric *m)
{
	if (link_is_up(l))
		link_publish(sc, l, WIRE_METRIC, wire_put_metric(sc, m), 0);
}

int64_t link_waiting(struct scope *sc)
{
	int64_t n = 0;

	if (spool_count(sc, ITEM_WAITING, &n) != ERR_NONE)
		log_failure(sc, "counting the spool");
	return n;
}

void link_refresh(struct scope *sc, struct link *l)
{
	link_hello(sc, l);
	link_report(sc, l, link_waiting(sc), true);
	upkeep_metric(sc, l->agent);
}

void link_answer(struct scope *sc, struct link *l, const struct wire_result *m)
{
	link_publish(sc, l, WIRE_RESULT, wire_put_result(sc, m), 1);
}

/* ---- the certificate ---- */

enum err link_take_cert(struct scope *sc, struct link *l, const struct wire_cert *m)
{
	struct agent *a = l->agent;
	struct identity renewed;
	enum err e = m ? renew_take(sc, a->config->state_dir, m, &renewed)
		       : renew_expired(sc, a->config->state_dir, &renewed);

	health_set(a->health, WORRY_CERT, e ? sc->why : NULL);
	if (e)
		return e;
	a->identity.cert_from = renewed.cert_from;
	a->identity.cert_until = renewed.cert_until;
	log_info(sc, "the certificate is new");
	return ERR_NONE;
}

void link_renew(struct scope *sc, struct link *l)
{
	struct agent *a = agent_of(sc);
	struct wire_csr csr;
	bool over = now_real(sc).ms >= a->identity.cert_until;

	if (!renew_is_due(sc, &a->identity) || (!link_is_up(l) && !over))
		return;
	if (l->asked_at && clock_mono() - l->asked_at < (over ? EXPIRED_MS : RENEW_MS))
		return;
	l->asked_at = clock_mono();
	if (over && link_take_cert(sc, l, NULL) != ERR_NONE)
		log_failure(sc, "renewing a certificate that ran out");
	if (over)
		return;
	if (renew_ask(sc, a->config->state_dir, &csr) != ERR_NONE)
		log_failure(sc, "asking for a new certificate");
	else
		link_publish(sc, l, WIRE_CSR, wire_put_csr(sc, &csr), 1);
}
