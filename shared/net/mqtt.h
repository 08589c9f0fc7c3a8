/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One MQTT 5 connection over libmosquitto, TLS with a client certificate. Reason codes are
 * checked: a publish that the broker refused is reported, never taken for done. A PUBACK says only
 * that the broker has it.
 */
#ifndef NET_MQTT_H
#define NET_MQTT_H

#include "base/scope.h"
#include "base/str.h"

struct mqtt;

struct mqtt_config {
	const char *host;
	int port;
	const char *client_id;
	const char *ca_file, *cert_file,
		*key_file; /* PEM; all NULL connects in plain text (tests) */
	int keepalive_s;
	const char *will_topic; /* NULL for none */
	const char *will_payload;
	/* Called on the connection's thread (mqtt_run_thread) or from mqtt_step. All may be NULL.
	 */
	void (*on_up)(void *arg);                    /* connected, session clean: subscribe now */
	void (*on_down)(void *arg, const char *why); /* lost or refused; a retry follows */
	void (*on_message)(void *arg, const char *topic, struct bytes payload);
	void (*on_refused)(
		void *arg, int mid, const char *why); /* a publish or subscribe said no */
	void *arg;
};

/* Strings are copied. Back-off between attempts doubles from 1 s to 60 s with full jitter. */
enum err mqtt_new(struct scope *sc, const struct mqtt_config *c, struct mqtt **out) MUST;
/* Disconnects cleanly (the will is not sent). Accepts NULL. */
void mqtt_free(struct mqtt *m);

/* Either a thread of its own … */
enum err mqtt_start(struct scope *sc, struct mqtt *m) MUST;
/* … or driven by an event loop: the socket (-1 while there is none), whether it wants to write,
   and a step to call when the socket is ready and at least every second. */
int mqtt_fd(const struct mqtt *m);
bool mqtt_wants_write(const struct mqtt *m);
void mqtt_step(struct mqtt *m, bool readable, bool writable);

bool mqtt_is_up(const struct mqtt *m);
/* EXPIRY_S 0 means never expires. ERR_AWAY while there is no connection. *MID may be NULL. */
enum err mqtt_publish(struct scope *sc, struct mqtt *m, const char *topic, struct bytes payload,
	int qos, uint32_t expiry_s, int *mid) MUST;
enum err mqtt_subscribe(struct scope *sc, struct mqtt *m, const char *topic, int qos) MUST;
/* What the will of the next connection says; one that is up keeps its own. From on_down, or from
   the thread that steps. */
void mqtt_set_will(struct mqtt *m, const char *payload);

#endif
