/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "box.h"

#include <errno.h>

#include "base/id.h"

#define CONNECT_MS 20000
#define HELLO_MS   2000

static void until(struct timespec *t, int64_t ms)
{
	clock_gettime(CLOCK_REALTIME, t);
	t->tv_sec += ms / 1000;
	t->tv_nsec += (ms % 1000) * 1000000;
	t->tv_sec += t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

static void on_up(void *arg)
{
	struct box *b = arg;
	struct scope sc;
	bool good;

	scope_open(&sc, b->world, "bench");
	good = mqtt_subscribe(&sc, b->mqtt, wire_topic(&sc, b->id, WIRE_ACK), 1) == ERR_NONE;
	scope_close(&sc);
	pthread_mutex_lock(&b->lock);
	b->up = good;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

static void on_message(void *arg, const char *topic, struct bytes payload)
{
	struct box *b = arg;
	struct wire_ack ack;
	struct scope sc;

	scope_open(&sc, b->world, "bench");
	if (wire_get_ack(&sc, payload, &ack) == ERR_NONE && ack.epoch == b->epoch) {
		pthread_mutex_lock(&b->lock);
		b->mark = ack.mark;
		pthread_cond_broadcast(&b->changed);
		pthread_mutex_unlock(&b->lock);
	}
	scope_close(&sc);
}

static enum err wait_up(struct scope *sc, struct box *b)
{
	struct timespec t;
	bool up;

	until(&t, CONNECT_MS);
	pthread_mutex_lock(&b->lock);
	while (!b->up && pthread_cond_timedwait(&b->changed, &b->lock, &t) != ETIMEDOUT)
		;
	up = b->up;
	pthread_mutex_unlock(&b->lock);
	return up ? ERR_NONE : fail(sc, ERR_UPSTREAM, "an appliance did not reach the broker");
}

static enum err hello(struct scope *sc, struct box *b)
{
	struct wire_hello m = { .protocol = WIRE_PROTOCOL,
		.version = VERSION,
		.caps = "put recall",
		.epoch = b->epoch,
		.first_kept = b->next,
		.next_seq = b->next,
		.connection = 1 };

	return box_send(sc, b, WIRE_HELLO, wire_put_hello(sc, &m));
}

enum err box_begin(struct scope *sc, struct lab *l, struct box *b)
{
	struct mqtt_config c = { .host = "127.0.0.1",
		.port = l->broker_agent_port,
		.client_id = id_format(l->mem, ID_APPLIANCE, b->id),
		.ca_file = arena_printf(l->mem, "%s/ca.pem", b->folder),
		.cert_file = arena_printf(l->mem, "%s/agent.pem", b->folder),
		.key_file = arena_printf(l->mem, "%s/agent.pem", b->folder),
		.keepalive_s = 60,
		.on_up = on_up,
		.on_message = on_message,
		.arg = b };
	enum err e;

	b->world = sc->world;
	b->epoch = new_id(sc);
	b->next = 1;
	b->mark = -1;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	e = mqtt_new(sc, &c, &b->mqtt);
	return e ? e : mqtt_start(sc, b->mqtt);
}

enum err box_greet(struct scope *sc, struct box *b)
{
	int64_t until = clock_mono() + CONNECT_MS;
	enum err e = wait_up(sc, b);
	bool heard = false;

	/* A hub that has just begun may not hear the first. */
	while (!e && !heard) {
		e = hello(sc, b);
		heard = !e && box_wait(sc, b, 0, HELLO_MS) == ERR_NONE;
		if (!e && !heard && clock_mono() > until)
			e = fail(sc, ERR_UPSTREAM, "the hub does not answer hello");
	}
	return e;
}

enum err box_connect(struct scope *sc, struct lab *l, struct box *b)
{
	enum err e = box_begin(sc, l, b);

	return e ? e : box_greet(sc, b);
}

void box_leave(struct box *b)
{
	if (!b->mqtt)
		return;
	mqtt_free(b->mqtt);
	b->mqtt = NULL;
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
}

enum err box_send(struct scope *sc, struct box *b, enum wire_type type, struct bytes payload)
{
	return mqtt_publish(sc, b->mqtt, wire_topic(sc, b->id, type), payload,
		type == WIRE_METRIC ? 0 : 1, 0, NULL);
}

enum err box_wait(struct scope *sc, struct box *b, int64_t mark, int timeout_ms)
{
	struct timespec t;
	int64_t have;

	until(&t, timeout_ms);
	pthread_mutex_lock(&b->lock);
	while (b->mark < mark && pthread_cond_timedwait(&b->changed, &b->lock, &t) != ETIMEDOUT)
		;
	have = b->mark;
	pthread_mutex_unlock(&b->lock);
	return have >= mark ? ERR_NONE
			    : fail(sc, ERR_UPSTREAM, "acknowledged up to %lld, not %lld",
				      (long long)have, (long long)mark);
}

size_t box_batch_most(size_t text)
{
	size_t most = (WIRE_MAX_PACKET - 200) / (220 + 2 * text);

	return most < WIRE_MAX_EVENTS ? most : WIRE_MAX_EVENTS;
}
