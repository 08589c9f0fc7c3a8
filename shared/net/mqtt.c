/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Each attempt to connect gets a fresh libmosquitto handle, so that nothing queued for an old
 * connection comes out of a new one: what must not be lost lies in rows, not here. libmosquitto
 * connects blocking, so that step runs on a short-lived thread of its own; everything else happens
 * in mqtt_step(), called by the owner's event loop or by the thread of mqtt_start().
 */
#include "net/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/rand.h"

#define BACKOFF_FIRST_MS INT64_C(1000)
#define BACKOFF_LAST_MS  INT64_C(60000)
#define STEADY_MS        INT64_C(10000) /* up for so long: the next trouble starts small again */
#define CONNACK_MS       INT64_C(30000)
#define IN_FLIGHT        200

enum attempt_state { ATTEMPT_RUNNING, ATTEMPT_DONE, ATTEMPT_ABANDONED };

/* One blocking connect. Whoever comes second (its thread, or the owner who gives up) frees it. */
struct attempt {
	struct mosquitto *mosq; /* owned until taken */
	char *host;
	int port, keepalive_s;
	int wake; /* a descriptor of its own */
	int rc, error;
	atomic_int state;
};

enum link { LINK_IDLE, LINK_CONNECTING, LINK_OPEN };

struct mqtt {
	struct mqtt_config config; /* strings owned */
	enum link link;
	struct attempt *attempt; /* owned while connecting */
	pthread_mutex_t lock;    /* guards mosq between the loop and publishers elsewhere */
	struct mosquitto *mosq;  /* owned while the link is open */
	atomic_bool up;          /* CONNACK said yes */
	bool lost;               /* libmosquitto said so in a callback */
	char why[160];
	int64_t up_since, opened; /* monotonic ms */
	int64_t next_try;
	int failures;
	int wake; /* eventfd: the loop of mqtt_start() looks again */
	bool threaded;
	pthread_t thread;
	atomic_int looping; /* the thread that runs the loop, once it does */
	atomic_bool stop;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
	if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
		abort();
}

static char *copy(const char *text)
{
	char *c = text ? strdup(text) : NULL;

	if (text && !c)
		abort();
	return c;
}

static void poke(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

/* ---- what libmosquitto calls ---- */

static void lose(struct mqtt *m, const char *why)
{
	if (!m->lost)
		snprintf(m->why, sizeof m->why, "%s", why);
	m->lost = true;
}

static void connected(
	struct mosquitto *q, void *arg, int rc, int flags, const mosquitto_property *p)
{
	struct mqtt *m = arg;

	if (rc != 0) {
		lose(m, mosquitto_reason_string(rc));
		return;
	}
	m->up_since = clock_mono();
	atomic_store(&m->up, true);
	if (m->config.on_up)
		m->config.on_up(m->config.arg);
}

static void disconnected(struct mosquitto *q, void *arg, int rc, const mosquitto_property *p)
{
	/* libmosquitto's own codes are small, reasons of the protocol begin at 128. */
	lose(arg, rc >= 128 ? mosquitto_reason_string(rc) : mosquitto_strerror(rc));
}

static void received(struct mosquitto *q, void *arg, const struct mosquitto_message *message,
	const mosquitto_property *p)
{
	struct mqtt *m = arg;

	if (m->config.on_message && message->payloadlen >= 0)
		m->config.on_message(m->config.arg, message->topic,
			bytes_of(message->payload, (size_t)message->payloadlen));
}

static void refuse(struct mqtt *m, int mid, int reason)
{
	if (reason >= 128 && m->config.on_refused)
		m->config.on_refused(m->config.arg, mid, mosquitto_reason_string(reason));
}

static void published(
	struct mosquitto *q, void *arg, int mid, int reason, const mosquitto_property *p)
{
	refuse(arg, mid, reason);
}

static void subscribed(struct mosquitto *q, void *arg, int mid, int count, const int *granted,
	const mosquitto_property *p)
{
	for (int i = 0; i < count; i++)
		refuse(arg, mid, granted[i]);
}

/* ---- connecting ---- */

static void attempt_free(struct attempt *a)
{
	mosquitto_destroy(a->mosq);
	close(a->wake);
	free(a->host);
	free(a);
}

static void *attempt_run(void *arg)
{
	struct attempt *a = arg;
	int wake;

	a->rc = mosquitto_connect_bind_v5(a->mosq, a->host, a->port, a->keepalive_s, NULL, NULL);
	a->error = errno;
	wake = dup(a->wake);
	if (atomic_exchange(&a->state, ATTEMPT_DONE) == ATTEMPT_ABANDONED)
		attempt_free(a);
	if (wake >= 0) {
		poke(wake);
		close(wake);
	}
	return NULL;
}

static int set_options(struct mosquitto *q, const struct mqtt_config *c)
{
	int rc = mosquitto_int_option(q, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	if (!rc)
		rc = mosquitto_int_option(q, MOSQ_OPT_TCP_NODELAY, 1);
	if (!rc)
		rc = mosquitto_int_option(q, MOSQ_OPT_RECEIVE_MAXIMUM, IN_FLIGHT);
	if (!rc)
		rc = mosquitto_int_option(q, MOSQ_OPT_SEND_MAXIMUM, IN_FLIGHT);
	if (!rc && c->ca_file)
		rc = mosquitto_tls_set(q, c->ca_file, NULL, c->cert_file, c->key_file, NULL);
	if (!rc && c->ca_file)
		rc = mosquitto_tls_opts_set(q, 1, "tlsv1.2", NULL);
	if (!rc && c->will_topic)
		rc = mosquitto_will_set_v5(q, c->will_topic, (int)strlen(c->will_payload),
			c->will_payload, 1, false, NULL);
	return rc;
}

static struct mosquitto *handle_new(struct mqtt *m, int *rc)
{
	struct mosquitto *q = mosquitto_new(m->config.client_id, true, m);

	if (!q)
		abort();
	*rc = set_options(q, &m->config);
	mosquitto_connect_v5_callback_set(q, connected);
	mosquitto_disconnect_v5_callback_set(q, disconnected);
	mosquitto_message_v5_callback_set(q, received);
	mosquitto_publish_v5_callback_set(q, published);
	mosquitto_subscribe_v5_callback_set(q, subscribed);
	if (m->threaded)
		mosquitto_threaded_set(q, true);
	return q;
}

/* Full jitter: anything between nothing and the doubled pause. */
static void schedule(struct mqtt *m)
{
	int64_t most = BACKOFF_FIRST_MS << (m->failures < 6 ? m->failures : 6);
	int64_t at;

	if (most > BACKOFF_LAST_MS)
		most = BACKOFF_LAST_MS;
	m->failures++;
	at = clock_mono() + rand_below(most + 1);
	if (at > m->next_try)
		m->next_try = at;
	m->link = LINK_IDLE;
}

static void fell(struct mqtt *m, const char *why)
{
	schedule(m);
	if (m->config.on_down)
		m->config.on_down(m->config.arg, why);
}

static void attempt_start(struct mqtt *m)
{
	struct attempt *a = calloc(1, sizeof *a);
	pthread_t thread;
	int rc;

	if (!a)
		abort();
	a->mosq = handle_new(m, &rc);
	a->host = copy(m->config.host);
	a->port = m->config.port;
	a->keepalive_s = m->config.keepalive_s;
	a->wake = dup(m->wake);
	if (rc || a->wake < 0 || pthread_create(&thread, NULL, attempt_run, a) != 0) {
		attempt_free(a);
		fell(m, rc ? mosquitto_strerror(rc) : "no thread or descriptor left");
		return;
	}
	pthread_detach(thread);
	m->attempt = a;
	m->link = LINK_CONNECTING;
}

static void attempt_take(struct mqtt *m)
{
	struct attempt *a;
	int rc, error;

	if (atomic_load(&m->attempt->state) != ATTEMPT_DONE)
		return;
	a = TAKE(m->attempt);
	rc = a->rc;
	error = a->error;
	if (rc == MOSQ_ERR_SUCCESS) {
		pthread_mutex_lock(&m->lock);
		m->mosq = TAKE(a->mosq);
		pthread_mutex_unlock(&m->lock);
		m->link = LINK_OPEN;
		m->opened = clock_mono();
		m->lost = false;
	}
	attempt_free(a);
	if (rc != MOSQ_ERR_SUCCESS)
		fell(m, rc == MOSQ_ERR_ERRNO ? strerror(error) : mosquitto_strerror(rc));
}

static void drop(struct mqtt *m)
{
	struct mosquitto *q;

	pthread_mutex_lock(&m->lock);
	atomic_store(&m->up, false);
	q = TAKE(m->mosq);
	pthread_mutex_unlock(&m->lock);
	mosquitto_destroy(q);
}

static void run_link(struct mqtt *m, bool readable, bool writable)
{
	int rc = MOSQ_ERR_SUCCESS;

	if (readable)
		rc = mosquitto_loop_read(m->mosq, 1);
	if (!rc && !m->lost && (writable || mosquitto_want_write(m->mosq)))
		rc = mosquitto_loop_write(m->mosq, 1);
	if (!rc && !m->lost)
		rc = mosquitto_loop_misc(m->mosq);
	if (rc && !m->lost)
		lose(m, mosquitto_strerror(rc));
	if (!m->lost && !atomic_load(&m->up) && clock_mono() - m->opened > CONNACK_MS)
		lose(m, "no answer to CONNECT");
	if (!m->lost)
		return;
	if (atomic_load(&m->up) && clock_mono() - m->up_since > STEADY_MS)
		m->failures = 0;
	drop(m);
	fell(m, m->why);
}

void mqtt_step(struct mqtt *m, bool readable, bool writable)
{
	if (m->link == LINK_IDLE && clock_mono() >= m->next_try)
		attempt_start(m);
	if (m->link == LINK_CONNECTING)
		attempt_take(m);
	if (m->link == LINK_OPEN)
		run_link(m, readable, writable);
}

int mqtt_fd(const struct mqtt *m)
{
	return m->link == LINK_OPEN ? mosquitto_socket(m->mosq) : -1;
}

bool mqtt_wants_write(const struct mqtt *m)
{
	return m->link == LINK_OPEN && mosquitto_want_write(m->mosq);
}

/* ---- life ---- */

enum err mqtt_new(struct scope *sc, const struct mqtt_config *c, struct mqtt **out)
{
	struct mqtt *m;
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (wake < 0)
		return fail(sc, ERR_AWAY, "No descriptor for MQTT: %s", strerror(errno));
	pthread_once(&once, init_library);
	m = calloc(1, sizeof *m);
	if (!m)
		abort();
	m->config = *c;
	m->config.host = copy(c->host);
	m->config.client_id = copy(c->client_id);
	m->config.ca_file = copy(c->ca_file);
	m->config.cert_file = copy(c->cert_file);
	m->config.key_file = copy(c->key_file);
	m->config.will_topic = copy(c->will_topic);
	m->config.will_payload = copy(c->will_payload);
	m->wake = wake;
	pthread_mutex_init(&m->lock, NULL);
	*out = m;
	return ERR_NONE;
}

static void free_text(const char *text)
{
	free((void *)(uintptr_t)text);
}

/* The loop has ended. Says goodbye, so that the will stays unsent. */
static void part(struct mqtt *m)
{
	if (m->link == LINK_OPEN && atomic_load(&m->up)) {
		mosquitto_disconnect_v5(m->mosq, 0, NULL);
		for (int i = 0; i < 10 && mosquitto_want_write(m->mosq); i++)
			if (mosquitto_loop_write(m->mosq, 1) != MOSQ_ERR_SUCCESS)
				break;
	}
	if (m->link == LINK_OPEN)
		drop(m);
	if (m->attempt && atomic_exchange(&m->attempt->state, ATTEMPT_ABANDONED) == ATTEMPT_DONE)
		attempt_free(m->attempt);
}

void mqtt_free(struct mqtt *m)
{
	if (!m)
		return;
	if (m->threaded) {
		atomic_store(&m->stop, true);
		poke(m->wake);
		pthread_join(m->thread, NULL);
	}
	part(m);
	close(m->wake);
	pthread_mutex_destroy(&m->lock);
	free_text(m->config.host);
	free_text(m->config.client_id);
	free_text(m->config.ca_file);
	free_text(m->config.cert_file);
	free_text(m->config.key_file);
	free_text(m->config.will_topic);
	free_text(m->config.will_payload);
	free(m);
}

static void *run(void *arg)
{
	struct mqtt *m = arg;
	uint64_t seen;

	atomic_store(&m->looping, gettid());
	while (!atomic_load(&m->stop)) {
		struct pollfd fds[2] = { { .fd = m->wake, .events = POLLIN },
			{ .fd = mqtt_fd(m), .events = POLLIN } };

		if (mqtt_wants_write(m))
			fds[1].events |= POLLOUT;
		if (poll(fds, 2, 250) < 0 && errno != EINTR)
			break;
		if (fds[0].revents && read(m->wake, &seen, sizeof seen) < 0 && errno != EAGAIN)
			break;
		mqtt_step(m, (fds[1].revents & (POLLIN | POLLERR | POLLHUP)) != 0,
			(fds[1].revents & POLLOUT) != 0);
	}
	return NULL;
}

enum err mqtt_start(struct scope *sc, struct mqtt *m)
{
	m->threaded = true;
	if (pthread_create(&m->thread, NULL, run, m) != 0) {
		m->threaded = false;
		return fail(sc, ERR_AWAY, "No thread for MQTT");
	}
	return ERR_NONE;
}

bool mqtt_is_up(const struct mqtt *m)
{
	return atomic_load(&m->up);
}

void mqtt_set_will(struct mqtt *m, const char *payload)
{
	free_text(m->config.will_payload);
	m->config.will_payload = copy(payload);
}

/* ---- sending ---- */

/* Only the loop changes the handle, so what runs on it (callbacks too, which hold locks of
   libmosquitto's own) needs no lock. */
static bool lock(struct mqtt *m)
{
	bool foreign = m->threaded && atomic_load(&m->looping) != gettid();

	if (foreign)
		pthread_mutex_lock(&m->lock);
	return foreign;
}

static void unlock(struct mqtt *m, bool locked)
{
	if (locked)
		pthread_mutex_unlock(&m->lock);
}

static enum err judge(struct scope *sc, int rc, const char *what)
{
	if (rc == MOSQ_ERR_SUCCESS)
		return ERR_NONE;
	if (rc == MOSQ_ERR_PAYLOAD_SIZE || rc == MOSQ_ERR_OVERSIZE_PACKET)
		return fail(sc, ERR_LIMIT, "%s: larger than the broker takes", what);
	return fail(sc, ERR_AWAY, "%s: %s", what, mosquitto_strerror(rc));
}

enum err mqtt_publish(struct scope *sc, struct mqtt *m, const char *topic, struct bytes payload,
	int qos, uint32_t expiry_s, int *mid)
{
	mosquitto_property *properties = NULL;
	int rc = MOSQ_ERR_SUCCESS, id = 0;
	bool locked;

	if (payload.len > INT32_MAX)
		return fail(sc, ERR_LIMIT, "%s: larger than any packet", topic);
	if (expiry_s)
		rc = mosquitto_property_add_int32(
			&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, expiry_s);
	locked = lock(m);
	if (!atomic_load(&m->up))
		rc = MOSQ_ERR_NO_CONN;
	if (!rc)
		rc = mosquitto_publish_v5(m->mosq, &id, topic, (int)payload.len, payload.data, qos,
			false, properties);
	unlock(m, locked);
	mosquitto_property_free_all(&properties);
	if (m->threaded)
		poke(m->wake);
	if (!rc && mid)
		*mid = id;
	return judge(sc, rc, topic);
}

enum err mqtt_subscribe(struct scope *sc, struct mqtt *m, const char *topic, int qos)
{
	int rc = MOSQ_ERR_NO_CONN;
	bool locked = lock(m);

	if (atomic_load(&m->up))
		rc = mosquitto_subscribe_v5(m->mosq, NULL, topic, qos, 0, NULL);
	unlock(m, locked);
	if (m->threaded)
		poke(m->wake);
	return judge(sc, rc, topic);
}
