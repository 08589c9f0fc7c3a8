/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "link.h"

#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/log.h"
#include "config.h"
#include "fetch.h"
#include "health.h"
#include "link_priv.h"
#include "meta.h"
#include "net/mqtt.h"
#include "outbox.h"

#define KEEPALIVE_S 30
#define TICK_US     (100 * 1000) /* while it is not up; a second when it is */

/* ---- what the connection says of itself ---- */

static void on_message(void *arg, const char *topic, struct bytes payload)
{
	struct link *l = arg;
	enum wire_type type;
	int64_t appliance;
	struct scope sc;
	enum err e;

	scope_open(&sc, &l->agent->world, "mqtt");
	e = wire_topic_parse(&sc, topic, &appliance, &type);
	if (!e && (appliance != l->agent->identity.appliance || !link_takes(type)))
		e = fail(&sc, ERR_INPUT, "a message came that is not for us");
	if (!e)
		e = link_take(&sc, l, type, payload);
	if (e) {
		log_failure(&sc, arena_printf(sc.mem, "taking %s", topic));
		if (e == ERR_INPUT)
			l->agent->refused++;
		if (e == ERR_AWAY)
			health_set(l->agent->health, WORRY_DATABASE, sc.why);
	}
	scope_close(&sc);
}

static void on_up(void *arg)
{
	struct link *l = arg;
	struct agent *a = l->agent;
	struct scope sc;
	enum err e = ERR_NONE;

	scope_open(&sc, &a->world, "mqtt");
	for (int t = 0; t < WIRE_TYPES && !e; t++)
		if (link_takes((enum wire_type)t))
			e = mqtt_subscribe(&sc, l->mqtt,
				wire_topic(&sc, a->identity.appliance, (enum wire_type)t), 1);
	if (e)
		log_failure(&sc, "subscribing");
	log_info(&sc, "connected to %s:%d", l->host, l->port);
	link_publish(&sc, l, WIRE_PRESENCE,
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
		e = fetcher_start(sc, link_take_part, l, &l->fetcher);
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
		link_publish(&sc, l, WIRE_PRESENCE,
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
