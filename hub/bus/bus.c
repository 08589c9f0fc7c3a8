/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Three kinds of threads: the connection's own, which only puts what arrives into a queue; workers,
 * which handle it (an appliance always meets the same one, so its messages stay in order); and one
 * that reads rows and publishes. A full queue drops: whoever sent it will say it again.
 */
#include "bus/bus.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/wait.h"
#include "net/mqtt.h"

#define WORKERS     2
#define QUEUE_MAX   1000 /* messages a worker may be behind */
#define QUEUE_BYTES (32 * 1024 * 1024)
#define ROUND_MS    200
#define TROUBLE_MS  2000 /* after a failed round */
#define KEEPALIVE_S 30
#define PACKET_HEAD 512 /* room for topic and properties in the largest packet */

struct delivery {
	struct delivery *next;
	const struct topic *topic;
	int64_t appliance;
	size_t len;
	char payload[]; /* and a zero byte */
};

struct worker {
	struct bus *bus;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct delivery *first, *last; /* owned */
	size_t count, bytes;
	bool stop;
};

struct bus {
	struct hub *hub;               /* borrowed */
	const struct bus_doors *doors; /* static */
	struct mqtt *mqtt;             /* owned */
	struct worker workers[WORKERS];
	pthread_t sender;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool poked, stop;
	int started;
	atomic_llong received, sent, dropped, refused, failed, unsupported, numbers;
};

/* ---- in ---- */

static const struct topic *find_topic(const struct bus *b, enum wire_type type)
{
	for (const struct topic *t = b->doors->topics; t->run; t++)
		if (t->type == type)
			return t;
	return NULL;
}

/* False when the worker is too far behind. */
static bool enqueue(struct worker *w, struct delivery *d)
{
	bool fits;

	pthread_mutex_lock(&w->lock);
	fits = w->count < QUEUE_MAX && w->bytes + d->len <= QUEUE_BYTES;
	if (fits) {
		if (w->last)
			w->last->next = d;
		else
			w->first = d;
		w->last = d;
		w->count++;
		w->bytes += d->len;
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return fits;
}

static struct delivery *dequeue(struct worker *w)
{
	struct delivery *d;

	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->more, &w->lock);
	d = w->stop ? NULL : w->first;
	if (d) {
		w->first = d->next;
		if (!w->first)
			w->last = NULL;
		w->count--;
		w->bytes -= d->len;
	}
	pthread_mutex_unlock(&w->lock);
	return d;
}

static const struct topic *judge(
	struct bus *b, struct scope *sc, const char *topic, size_t len, int64_t *appliance)
{
	const struct topic *t;
	enum wire_type type;

	if (wire_topic_parse(sc, topic, appliance, &type)) {
		b->refused++;
		log_failure(sc, "mqtt");
		return NULL;
	}
	t = find_topic(b, type);
	if (!t) {
		b->unsupported++;
	} else if (len > t->limit) {
		b->refused++;
		(void)fail(sc, ERR_INPUT, "%zu bytes are too many", len);
		log_failure(sc, wire_type_name(type));
		return NULL;
	}
	return t;
}

static void take_message(void *arg, const char *topic, struct bytes payload)
{
	struct bus *b = arg;
	struct scope sc;
	struct delivery *d;
	const struct topic *t;
	int64_t appliance;

	b->received++;
	scope_open(&sc, &b->hub->world, "mqtt");
	t = judge(b, &sc, topic, payload.len, &appliance);
	scope_close(&sc);
	if (!t)
		return;
	d = calloc(1, sizeof *d + payload.len + 1);
	if (!d)
		abort();
	d->topic = t;
	d->appliance = appliance;
	d->len = payload.len;
	if (payload.len)
		memcpy(d->payload, payload.data, payload.len);
	if (!enqueue(&b->workers[(uint64_t)appliance % WORKERS], d)) {
		b->dropped++;
		free(d);
	}
}

static void handle(struct bus *b, const struct delivery *d)
{
	struct scope sc;
	enum err e;

	scope_open(&sc, &b->hub->world, "mqtt");
	sc.number = ++b->numbers;
	e = b->doors->admit(&sc, d->appliance);
	if (e == ERR_DENIED)
		b->dropped++;
	else if (!e)
		e = d->topic->run(&sc, d->appliance, bytes_of(d->payload, d->len));
	if (e) {
		(*(e == ERR_INPUT ? &b->refused : &b->failed))++;
		log_failure(&sc, wire_type_name(d->topic->type));
	}
	scope_close(&sc);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct delivery *d;

	while ((d = dequeue(w))) {
		handle(w->bus, d);
		free(d);
	}
	return NULL;
}

/* ---- out ---- */

static void warn(struct bus *b, const char *what, const char *why)
{
	struct scope sc;

	scope_open(&sc, &b->hub->world, "bus");
	log_warn(&sc, "%s: %s", what, why);
	scope_close(&sc);
}

static void on_up(void *arg)
{
	struct bus *b = arg;
	struct scope sc;

	scope_open(&sc, &b->hub->world, "bus");
	for (const struct topic *t = b->doors->topics; t->run; t++)
		if (mqtt_subscribe(&sc, b->mqtt,
			    arena_printf(sc.mem, "$share/hub/pm/1/+/%s", wire_type_name(t->type)),
			    t->type == WIRE_METRIC ? 0 : 1))
			log_failure(&sc, "subscribing");
	log_info(&sc, "connected to the broker");
	scope_close(&sc);
	bus_poke(b);
}

static void on_down(void *arg, const char *why)
{
	warn(arg, "no broker", why);
}

static void on_refused(void *arg, int mid, const char *why)
{
	struct bus *b = arg;

	b->refused++;
	warn(b, "the broker refused", why);
}

/* Waits until poked or MS have passed; false when it is time to stop. */
static bool rest(struct bus *b, int64_t ms)
{
	int64_t until = clock_mono() + ms;
	bool go_on;

	pthread_mutex_lock(&b->lock);
	while (!b->poked && !b->stop && wait_until(&b->wake, &b->lock, until))
		continue;
	b->poked = false;
	go_on = !b->stop;
	pthread_mutex_unlock(&b->lock);
	return go_on;
}

static bool run_sources(struct bus *b)
{
	bool good = true;

	for (const struct bus_source *s = b->doors->sources; s->run; s++) {
		struct scope sc;

		scope_open(&sc, &b->hub->world, "bus");
		scope_system(&sc);
		sc.actor.kind = ACTOR_SYSTEM;
		if (s->run(&sc)) {
			log_failure(&sc, s->name);
			b->failed++;
			good = false;
		}
		scope_close(&sc);
	}
	return good;
}

static void *publish(void *arg)
{
	struct bus *b = arg;
	int64_t pause = ROUND_MS;

	while (rest(b, pause))
		pause = !mqtt_is_up(b->mqtt) || run_sources(b) ? ROUND_MS : TROUBLE_MS;
	return NULL;
}

enum err bus_send(struct scope *sc, int64_t appliance, enum wire_type type, struct bytes payload,
	uint32_t expiry_s)
{
	struct bus *b = hub_of(sc)->bus;
	enum err e;

	if (payload.len > WIRE_MAX_PACKET - PACKET_HEAD)
		return fail(sc, ERR_LIMIT, "A message (%s) of %zu bytes fits no packet",
			wire_type_name(type), payload.len);
	if (!b)
		return ERR_NONE;
	e = mqtt_publish(sc, b->mqtt, wire_topic(sc, appliance, type), payload, 1, expiry_s, NULL);
	if (!e)
		b->sent++;
	return e;
}

/* ---- life ---- */

static enum err start_workers(struct scope *sc, struct bus *b)
{
	for (; b->started < WORKERS; b->started++)
		if (pthread_create(&b->workers[b->started].thread, NULL, work,
			    &b->workers[b->started]) != 0)
			return fail(sc, ERR_AWAY, "No thread for the bus");
	if (pthread_create(&b->sender, NULL, publish, b) != 0)
		return fail(sc, ERR_AWAY, "No thread for the bus");
	b->started++;
	return ERR_NONE;
}

static struct bus *bus_new(struct hub *hub, const struct bus_doors *doors)
{
	struct bus *b = calloc(1, sizeof *b);

	if (!b)
		abort();
	b->hub = hub;
	b->doors = doors;
	pthread_mutex_init(&b->lock, NULL);
	wait_init(&b->wake);
	for (int i = 0; i < WORKERS; i++) {
		b->workers[i].bus = b;
		pthread_mutex_init(&b->workers[i].lock, NULL);
		pthread_cond_init(&b->workers[i].more, NULL);
	}
	return b;
}

enum err bus_start(struct hub *hub, const struct bus_config *c, const struct bus_doors *doors,
	struct bus **out)
{
	struct bus *b = bus_new(hub, doors);
	struct mqtt_config m = { .host = c->host,
		.port = c->port,
		.client_id = c->client_id,
		.ca_file = c->ca_file,
		.cert_file = c->cert_file,
		.key_file = c->key_file,
		.keepalive_s = KEEPALIVE_S,
		.on_up = on_up,
		.on_down = on_down,
		.on_message = take_message,
		.on_refused = on_refused,
		.arg = b };
	struct scope sc;
	enum err e;

	scope_open(&sc, &hub->world, "bus");
	e = mqtt_new(&sc, &m, &b->mqtt);
	/* Handlers answer through hub->bus, so it is there before the first message is. */
	*out = b;
	if (!e)
		e = start_workers(&sc, b);
	if (!e)
		e = mqtt_start(&sc, b->mqtt);
	if (e) {
		log_failure(&sc, "starting the bus");
		*out = NULL;
		bus_stop(b);
	}
	scope_close(&sc);
	return e;
}

static void stop_worker(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
}

static void free_worker(struct worker *w)
{
	while (w->first) {
		struct delivery *d = w->first;

		w->first = d->next;
		free(d);
	}
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
}

void bus_stop(struct bus *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	if (b->started > WORKERS)
		pthread_join(b->sender, NULL);
	for (int i = 0; i < WORKERS && i < b->started; i++)
		stop_worker(&b->workers[i]);
	mqtt_free(b->mqtt);
	for (int i = 0; i < WORKERS; i++)
		free_worker(&b->workers[i]);
	pthread_cond_destroy(&b->wake);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void bus_poke(struct bus *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->poked = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
}

bool bus_is_up(const struct bus *b)
{
	return b && mqtt_is_up(b->mqtt);
}

void bus_stats(const struct bus *b, struct bus_stats *out)
{
	struct bus *mine = (struct bus *)(uintptr_t)b;

	*out = (struct bus_stats){ 0 };
	if (!b)
		return;
	*out = (struct bus_stats){ .received = mine->received,
		.sent = mine->sent,
		.dropped = mine->dropped,
		.refused = mine->refused,
		.failed = mine->failed,
		.unsupported = mine->unsupported };
	for (int i = 0; i < WORKERS; i++) {
		pthread_mutex_lock(&mine->workers[i].lock);
		out->waiting += (int64_t)mine->workers[i].count;
		pthread_mutex_unlock(&mine->workers[i].lock);
	}
}
