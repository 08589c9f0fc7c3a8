/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What lives as long as the daemon, made by main and driven by one thread with sd-event. That
 * thread alone looks at the database and at everything below; the injector's workers only get
 * copies through their queue.
 */
#ifndef AGENT_H
#define AGENT_H

#include "base/scope.h"
#include "enrol.h"

struct agent_config;
struct health_watch;
struct hold;
struct inbox;
struct injector;
struct lanes;
struct letters;
struct link;
struct listener;
struct maillog;
struct mailu;
struct outbox;
struct pacing;
struct parts;
struct restore;
struct scorer;
struct sd_event;
struct turns;
struct upkeep;
struct vault;

enum spool_limits {
	ROOM_LEAST = 10,
	ROOM_MOST = 500,
};

struct agent {
	struct world world; /* first: agent_of() casts back */
	struct clock clock;
	const struct agent_config *config; /* borrowed */
	struct identity identity;
	struct sd_event *loop;       /* owned */
	struct outbox *outbox;       /* owned; facts on their way up */
	struct parts *parts;         /* owned; desired state */
	struct pacing *pacing;       /* owned; what may leave when */
	struct lanes *lanes;         /* owned; what providers and warm-up let leave */
	struct hold *hold;           /* owned; a stop in Postfix's queue */
	struct injector *injector;   /* owned; SMTP workers */
	struct maillog *maillog;     /* owned; Postfix's log */
	struct mailu *mailu;         /* owned; the mail server of this machine, where it has one */
	struct health_watch *health; /* owned */
	struct inbox *inbox;         /* owned; mail that comes in */
	struct letters *letters;     /* owned; its words, on their way up */
	struct restore *restore;     /* owned; the way back of a copy */
	struct link *link;           /* owned; MQTT */
	struct scorer *scorer;       /* owned; scores of drafts */
	struct vault *vault;         /* owned; backups that the hub asks for */
	struct listener *listener;   /* owned; /metrics, or NULL */
	struct turns *turns;         /* owned; what the loop does next */
	struct upkeep *upkeep;       /* owned; … and every second */
	int64_t cpu_all, cpu_idle;   /* as last read by metric */
	int64_t taken;               /* messages stored since the epoch began */
	int64_t asked;               /* the last question of a restored hub, greeted with hello */
	int64_t accounted;           /* … and the last that was answered */
	int64_t refused;             /* messages that were malformed or not for us */
	bool draining;               /* on the way out: nothing new begins */
};

static inline struct agent *agent_of(const struct scope *sc)
{
	return (struct agent *)(uintptr_t)sc->world;
}

#endif
