/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What link.c (the connection), link_up.c (what goes up) and link_down.c (what comes) share. */
#ifndef LINK_PRIV_H
#define LINK_PRIV_H

#include "agent.h"
#include "link.h"

struct fetcher;
struct mqtt;
struct sd_event_source;

struct link {
	struct agent *agent;                /* borrowed */
	struct mqtt *mqtt;                  /* owned */
	struct fetcher *fetcher;            /* owned */
	struct sd_event_source *io, *timer; /* owned; IO of the socket, while there is one */
	int fd;                             /* the one that io watches, or -1 */
	char host[256];
	int port;
	bool wants_write, moved; /* MOVED: host or port changed, a new connection is due */
	int64_t connection;      /* of the attempt that is under way or up */
	int64_t told, waiting;   /* taken + room, and what waited, as last reported */
	/* Monotonic ms: a report was sent, a certificate was asked for, where mails stand was. */
	int64_t told_at, asked_at, spool_at;
};

/* False where it is not up, or the broker's library takes no more. */
bool link_publish(
	struct scope *sc, struct link *l, enum wire_type type, struct bytes payload, int qos);
void link_hello(struct scope *sc, struct link *l);
/* Mails that wait in the spool; 0 where they cannot be counted. */
int64_t link_waiting(struct scope *sc);
/* M is the answer over MQTT; NULL asks over HTTPS, with proof of the key whose time is over. */
enum err link_take_cert(struct scope *sc, struct link *l, const struct wire_cert *m) MUST;

/* A part that came whole, or was fetched; ARG is the link. */
void link_take_part(struct scope *sc, void *arg, const struct wire_part *part);
/* Messages of this type come down. */
bool link_takes(enum wire_type type);
/* One of them, as it came. */
enum err link_take(
	struct scope *sc, struct link *l, enum wire_type type, struct bytes payload) MUST;

#endif
