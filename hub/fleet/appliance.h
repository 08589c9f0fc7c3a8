/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Appliances: the machines that send. One is planned, enrolled by its one-time token, and then
 * active until an operator stops it, declares it lost or retires it. All functions work in
 * the scope's tenant; a foreign id is ERR_MISSING. Those that change something write by themselves.
 */
#ifndef FLEET_APPLIANCE_H
#define FLEET_APPLIANCE_H

#include "store/db.h"

/* Not heard of for this long: no work goes there; the page says "silent". */
#define APPLIANCE_SILENT_MS (90 * SECOND_MS)

struct appliance {
	int64_t id;
	const char *name;
	const char *state;   /* planned, active, stopped, lost, retired */
	const char *health;  /* ok, degraded, held, unknown */
	const char *reason;  /* of health or state, or NULL */
	const char *version; /* the agent's, or NULL */
	const char *caps;
	const char *metric; /* JSON of the last wire_metric, or NULL */
	int64_t waiting;    /* mails in its spool */
	int64_t created, enrolled_at, seen_at;
	int64_t credit, spent; /* of its connection's epoch */
	int64_t held;          /* 1: takes no work */
	int64_t cert_until;    /* real ms, 0 before enrolment */
	int64_t revoked_at;
	int64_t catching_up; /* 1: after a restore it is waited for (fleet/catch_up.h) */
};

/* Plans a machine. ERR_CONFLICT when NAME is taken; ERR_INPUT unless 1..60 bytes. */
enum err appliance_plan(struct scope *sc, const char *name, int64_t *id) MUST;
/* By name; AFTER is the last name of the page before, or NULL. */
enum err appliance_list(
	struct scope *sc, const char *after, int limit, struct appliance **rows, size_t *n) MUST;
enum err appliance_find(struct scope *sc, int64_t id, struct appliance *a) MUST;
enum err appliance_find_name(struct scope *sc, const char *name, struct appliance *a) MUST;
/* Heard of within APPLIANCE_SILENT_MS. */
bool appliance_is_online(const struct scope *sc, const struct appliance *a);

/*
 * The operator's hand. Stopping takes effect at once: nothing is leased to it (uplink_spend
 * refuses), its `control` part says stopped, and the event appliance.stopped makes send recall what
 * it holds. The states that allow each are in the error's text (ERR_CONFLICT).
 */
enum err appliance_stop(struct scope *sc, int64_t id, const char *reason) MUST;
enum err appliance_resume(struct scope *sc, int64_t id) MUST;
/* It will never answer again: its certificate is revoked, and the event appliance.lost makes send
   close its handed and queued mails as unknown(appliance_lost). Cannot be undone. */
enum err appliance_lost(struct scope *sc, int64_t id, const char *reason) MUST;
/* An empty machine leaves the fleet: ERR_CONFLICT while mail is waiting in it. */
enum err appliance_retire(struct scope *sc, int64_t id) MUST;

/* ---- what it says of itself; inside db_write(), in the tenant that uplink_find() named ---- */

enum err appliance_seen(struct scope *sc, int64_t id, const char *version, const char *caps) MUST;
/* Adds appliance.health when it changed. */
enum err appliance_health(
	struct scope *sc, int64_t id, const char *health, const char *reason, int64_t waiting) MUST;
/* METRIC is JSON text made by the wire encoder. */
enum err appliance_metric(struct scope *sc, int64_t id, const char *metric) MUST;

#endif
