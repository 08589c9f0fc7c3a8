/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "link.h"

#include <stdlib.h>
#include <systemd/sd-event.h>

#include "account.h"
#include "addresses.h"
#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "fetch.h"
#include "health.h"
#include "intake.h"
#include "life.h"
#include "mailu/mailu.h"
#include "meta.h"
#include "net/mqtt.h"
#include "outbox.h"
#include "parts.h"
#include "remote.h"
#include "restore.h"
#include "spool.h"
#include "turn.h"
#include "upkeep.h"

#define KEEPALIVE_S  30
#define TICK_US      (100 * 1000) /* while it is not up; a second when it is */
#define REPORT_MS    500          /* between two reports that only say there is more room */
#define RENEW_MS     HOUR_MS
#define EXPIRED_MS   (10 * MINUTE_MS)
#define ASK_MS       (5 * SECOND_MS) /* between two questions of a copy */
#define CAPABILITIES "put recall link mailboxes suppression segments control account mailu accounts"

struct link {
	struct agent *agent;         /* borrowed */
	struct mqtt *mqtt;           /* owned */
	struct fetcher *fetcher;     /* owned */
	sd_event_source *io, *timer; /* owned; IO of the socket, while there is one */
	int fd;                      /* the one that io watches, or -1 */
	char host[256];
	int port;
	bool wants_write, moved; /* MOVED: host or port changed, a new connection is due */
	int64_t connection;      /* of the attempt that is under way or up */
	int64_t told, waiting;   /* taken + room, and what waited, as last reported */
	/* Monotonic ms: a report was sent, a certificate was asked for, where mails stand was. */
	int64_t told_at, asked_at, spool_at;
};

/* ---- going up ---- */

static bool publish(
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

static void say_hello(struct scope *sc, struct link *l)
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
	publish(sc, l, WIRE_HELLO, wire_put_hello(sc, &m), 1);
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
		publish(sc, l, WIRE_EVENT, wire_put_event(sc, &batch), 1);
}

/* Again after a while, and at once when ON: the answer before has come. */
static void ask(struct scope *sc, struct link *l, bool on)
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
		publish(sc, l, WIRE_SPOOL, wire_put_spool(sc, &m), 1);
}

void link_ask(struct scope *sc, struct link *l)
{
	ask(sc, l, false);
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
	if (publish(sc, l, WIRE_REPORTED, wire_put_reported(sc, &m), 1)) {
		l->told = credit;
		l->told_at = now;
		l->waiting = waiting;
	}
}

void link_metric(struct scope *sc, struct link *l, const struct wire_metric *m)
{
	if (link_is_up(l))
		publish(sc, l, WIRE_METRIC, wire_put_metric(sc, m), 0);
}

/* M is the answer over MQTT; NULL asks over HTTPS, with proof of the key whose time is over. */
static enum err take_renewed(struct scope *sc, struct link *l, const struct wire_cert *m)
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
	if (over && take_renewed(sc, l, NULL) != ERR_NONE)
		log_failure(sc, "renewing a certificate that ran out");
	if (over)
		return;
	if (renew_ask(sc, a->config->state_dir, &csr) != ERR_NONE)
		log_failure(sc, "asking for a new certificate");
	else
		publish(sc, l, WIRE_CSR, wire_put_csr(sc, &csr), 1);
}

/* ---- coming down ---- */

static int64_t waiting_now(struct scope *sc)
{
	int64_t n = 0;

	if (spool_count(sc, ITEM_WAITING, &n) != ERR_NONE)
		log_failure(sc, "counting the spool");
	return n;
}

static void take_part(struct scope *sc, void *arg, const struct wire_part *part)
{
	struct link *l = arg;
	bool changed = false;

	if (parts_take(sc, l->agent->parts, part, &changed) != ERR_NONE)
		log_failure(sc, "taking a part");
	else if (changed)
		link_report(sc, l, waiting_now(sc), true);
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
	take_part(sc, l, &m);
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
	if (publish(sc, l, WIRE_TAKEN, wire_put_taken(sc, &answer), 1))
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
		say_hello(sc, l);
	} else if (wants_hello(a, &m, answer)) {
		/* Once for a question, which comes again with the answer to hello. */
		a->asked = m.account;
		say_hello(sc, l);
	}
	/* What is not sure of itself cannot speak for what it holds. */
	if (answer != OUTBOX_ACK_FOREIGN && !health_has(a->health, WORRY_RESTORED))
		e = account_give(sc, m.account);
	if (answer == OUTBOX_ACK_TAKEN)
		ask(sc, l, !l->spool_at);
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
		ask(sc, l, true);
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
	return e ? e : take_renewed(sc, l, &m);
}

static enum err (*const handlers[WIRE_TYPES])(struct scope *, struct link *, struct bytes) = {
	[WIRE_PART] = on_part,
	[WIRE_WORK] = on_work,
	[WIRE_ACK] = on_ack,
	[WIRE_COMMAND] = on_command,
	[WIRE_CERT] = on_cert,
	[WIRE_STAND] = on_stand,
};

static void on_message(void *arg, const char *topic, struct bytes payload)
{
	struct link *l = arg;
	enum wire_type type;
	int64_t appliance;
	struct scope sc;
	enum err e;

	scope_open(&sc, &l->agent->world, "mqtt");
	e = wire_topic_parse(&sc, topic, &appliance, &type);
	if (!e && (appliance != l->agent->identity.appliance || !handlers[type]))
		e = fail(&sc, ERR_INPUT, "a message came that is not for us");
	if (!e)
		e = handlers[type](&sc, l, payload);
	if (e) {
		log_failure(&sc, arena_printf(sc.mem, "taking %s", topic));
		if (e == ERR_INPUT)
			l->agent->refused++;
		if (e == ERR_AWAY)
			health_set(l->agent->health, WORRY_DATABASE, sc.why);
	}
	scope_close(&sc);
}

void link_refresh(struct scope *sc, struct link *l)
{
	say_hello(sc, l);
	link_report(sc, l, waiting_now(sc), true);
	upkeep_metric(sc, l->agent);
}

static void on_up(void *arg)
{
	struct link *l = arg;
	struct agent *a = l->agent;
	struct scope sc;
	enum err e = ERR_NONE;

	scope_open(&sc, &a->world, "mqtt");
	for (int t = 0; t < WIRE_TYPES && !e; t++)
		if (handlers[t])
			e = mqtt_subscribe(&sc, l->mqtt,
				wire_topic(&sc, a->identity.appliance, (enum wire_type)t), 1);
	if (e)
		log_failure(&sc, "subscribing");
	log_info(&sc, "connected to %s:%d", l->host, l->port);
	publish(&sc, l, WIRE_PRESENCE,
		wire_put_presence(&sc, &(struct wire_presence){ l->connection, true }), 1);
	l->told = 0;
	outbox_restart(a->outbox);
	link_refresh(&sc, l);
	link_facts(&sc, l);
	scope_close(&sc);
}

static enum err count_connection(struct scope *sc, void *arg)
{
	const struct link *l = arg;

	return meta_set(sc, META_CONNECTION, l->connection, NULL);
}

static enum err next_connection(struct scope *sc, struct link *l)
{
	l->connection++;
	return db_write(sc, count_connection, l);
}

static const char *will_of(struct scope *sc, const struct link *l)
{
	struct bytes will = wire_put_presence(sc, &(struct wire_presence){ l->connection, false });

	return arena_copy(sc->mem, will.data, will.len);
}

static void on_down(void *arg, const char *why)
{
	struct link *l = arg;
	struct scope sc;

	scope_open(&sc, &l->agent->world, "mqtt");
	log_warn(&sc, "no connection to %s:%d: %s", l->host, l->port, why);
	/* The next attempt is the next connection, also in its last will. */
	if (next_connection(&sc, l) != ERR_NONE)
		log_failure(&sc, "counting connections");
	mqtt_set_will(l->mqtt, will_of(&sc, l));
	scope_close(&sc);
}

static void on_refused(void *arg, int mid, const char *why)
{
	struct link *l = arg;
	struct scope sc;

	scope_open(&sc, &l->agent->world, "mqtt");
	log_warn(&sc, "the broker refused a publish or subscribe: %s", why);
	scope_close(&sc);
}

/* ---- the connection in the agent's loop ---- */

static int on_io(sd_event_source *s, int fd, uint32_t events, void *arg);

/* Watches the socket that is there now. */
static void watch(struct link *l)
{
	int fd = mqtt_fd(l->mqtt);
	bool wants = mqtt_wants_write(l->mqtt);
	uint32_t events = EPOLLIN | (wants ? EPOLLOUT : 0);

	if (fd == l->fd && l->io) {
		if (wants != l->wants_write)
			sd_event_source_set_io_events(l->io, events);
	} else {
		l->io = sd_event_source_disable_unref(l->io);
		if (fd >= 0)
			sd_event_add_io(l->agent->loop, &l->io, fd, events, on_io, l);
	}
	l->fd = fd;
	l->wants_write = wants;
}

static void step(struct link *l, bool readable, bool writable)
{
	mqtt_step(l->mqtt, readable, writable);
	watch(l);
}

static int on_io(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	step(arg, (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0, (events & EPOLLOUT) != 0);
	return 0;
}

static enum err dial(struct scope *sc, struct link *l)
{
	const struct identity *id = &l->agent->identity;
	struct mqtt *mqtt = NULL;
	enum err e = next_connection(sc, l);

	if (!e)
		e = mqtt_new(sc,
			&(struct mqtt_config){ .host = l->host,
				.port = l->port,
				.client_id = id->id,
				.ca_file = id->ca_file,
				.cert_file = id->cert_file,
				.key_file = id->key_file,
				.keepalive_s = KEEPALIVE_S,
				.will_topic = wire_topic(sc, id->appliance, WIRE_PRESENCE),
				.will_payload = will_of(sc, l),
				.on_up = on_up,
				.on_down = on_down,
				.on_message = on_message,
				.on_refused = on_refused,
				.arg = l },
			&mqtt);
	if (e)
		return e;
	l->io = sd_event_source_disable_unref(l->io);
	l->fd = -1;
	mqtt_free(l->mqtt);
	l->mqtt = mqtt;
	l->moved = false;
	return ERR_NONE;
}

static int on_tick(sd_event_source *s, uint64_t usec, void *arg)
{
	struct link *l = arg;
	struct scope sc;

	if (l->moved) {
		scope_open(&sc, &l->agent->world, "mqtt");
		if (dial(&sc, l) != ERR_NONE)
			log_failure(&sc, "moving to another broker");
		scope_close(&sc);
	}
	step(l, false, false);
	sd_event_source_set_time_relative(s, mqtt_is_up(l->mqtt) ? 10 * TICK_US : TICK_US);
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

enum err link_open(struct scope *sc, struct link **out)
{
	struct agent *a = agent_of(sc);
	const struct agent_config *c = a->config;
	const struct part_link *to = &a->identity.link;
	struct link *l = calloc(1, sizeof *l);
	enum err e;

	if (!l)
		abort();
	e = meta_get(sc, META_CONNECTION, &l->connection, NULL);
	l->agent = a;
	l->fd = -1;
	snprintf(l->host, sizeof l->host, "%s",
		str_empty(c->broker_host) ? to->broker_host : c->broker_host);
	l->port = (int)(c->broker_port ? c->broker_port : to->broker_port);
	if (!e)
		e = fetcher_start(sc, take_part, l, &l->fetcher);
	if (!e)
		e = dial(sc, l);
	if (!e && sd_event_add_time_relative(
			  a->loop, &l->timer, CLOCK_MONOTONIC, 0, 10 * 1000, on_tick, l) < 0)
		e = fail(sc, ERR_INTERNAL, "the loop takes no timer");
	if (e)
		link_close(l);
	else
		*out = l;
	return e;
}

void link_close(struct link *l)
{
	struct scope sc;

	if (!l)
		return;
	sd_event_source_disable_unref(l->io);
	sd_event_source_disable_unref(l->timer);
	if (link_is_up(l)) {
		scope_open(&sc, &l->agent->world, "mqtt");
		publish(&sc, l, WIRE_PRESENCE,
			wire_put_presence(&sc, &(struct wire_presence){ l->connection, false }), 0);
		scope_close(&sc);
	}
	mqtt_free(l->mqtt);
	fetcher_stop(l->fetcher);
	free(l);
}

bool link_is_up(const struct link *l)
{
	return l && l->mqtt && mqtt_is_up(l->mqtt);
}

void link_answer(struct scope *sc, struct link *l, const struct wire_result *m)
{
	publish(sc, l, WIRE_RESULT, wire_put_result(sc, m), 1);
}

void link_move(struct link *l, const char *host, int port)
{
	const struct agent_config *c = l ? l->agent->config : NULL;

	if (!l || !str_empty(c->broker_host) || c->broker_port ||
		(str_eq(l->host, host) && l->port == port))
		return;
	snprintf(l->host, sizeof l->host, "%s", host);
	l->port = port;
	l->moved = true;
}
