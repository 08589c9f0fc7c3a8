/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The MQTT door. What faces (a *_bus.c file) see, and what main starts. hub/topics.c is the one
 * table: topics say what happens with what appliances send, sources say where rows are found that
 * are to be published. Nobody calls the bus: a write leaves a row, and the bus reads rows every
 * 200 ms or when poked. Truth is in the database, so every message may be lost or come twice, and
 * any hub may handle any of them.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "hub.h"
#include "wire/wire.h"

struct bus;

struct topic {
	enum wire_type type;
	size_t limit; /* bytes of the payload; more is refused and counted */
	/* In a scope whose tenant and actor are the appliance's. An error is counted and logged;
	   the appliance hears nothing and repeats. */
	enum err (*run)(struct scope *sc, int64_t appliance, struct bytes payload);
	const char *summary; /* static; English */
};

struct bus_source {
	const char *name; /* static */
	/* One round over the rows that are due, in a system scope, on the bus's own thread. */
	enum err (*run)(struct scope *sc);
};

/* The table, made in hub/topics.c. Lists end with an empty entry. */
struct bus_doors {
	const struct topic *topics;
	const struct bus_source *sources;
	/* Sets the scope's tenant and actor for a living appliance; ERR_DENIED for one that is
	   unknown or revoked: its message is dropped and counted. */
	enum err (*admit)(struct scope *sc, int64_t appliance);
};
extern const struct bus_doors bus_doors;

struct bus_config {
	const char *host;
	int port;
	const char *client_id; /* unique to this process */
	const char *ca_file, *cert_file, *key_file;
};

/* Connects in the background. */
enum err bus_start(struct hub *hub, const struct bus_config *c, const struct bus_doors *doors,
	struct bus **out) MUST;
/* Ends the message in hand, then stops. Accepts NULL. */
void bus_stop(struct bus *b);
/* Rows may be due: read them now. Safe from any thread; accepts NULL. */
void bus_poke(struct bus *b);
bool bus_is_up(const struct bus *b);

/* From a topic or a source: publish. ERR_AWAY without a connection, ERR_LIMIT beyond the largest
   packet. EXPIRY_S 0 means never. Without a bus (tests) the message is dropped. */
enum err bus_send(struct scope *sc, int64_t appliance, enum wire_type type, struct bytes payload,
	uint32_t expiry_s) MUST;

/* Numbers for /metrics. */
struct bus_stats {
	int64_t received, sent, dropped, refused, failed, unsupported, waiting;
};
void bus_stats(const struct bus *b, struct bus_stats *out);

#endif
