/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The addresses that mail leaves from: an inventory. What a machine names is entered by itself, the
 * rest by hand. The state says what an address may be used for; it moves along the table in
 * address_state.c only, and each move is an event with its reason.
 *
 * Functions work in the scope's tenant; a foreign id is ERR_MISSING.
 */
#ifndef FLEET_ADDRESS_H
#define FLEET_ADDRESS_H

#include "store/db.h"

struct address {
	int64_t id;
	const char *ip;
	int64_t appliance;          /* 0 for none */
	const char *appliance_name; /* NULL for none */
	const char *pool;           /* "" for none */
	const char *source;         /* "hand", "appliance" */
	const char *state;          /* available, assigned, warming, warmed, degraded, burned,
				       quarantined */
	const char *reason;         /* a word: of the state */
	const char *decided;        /* by whom: "system", "tenant", "operator" */
	int64_t since;              /* real ms */
	int64_t until;              /* real ms, of a quarantine; 0: until somebody lifts it */
	const char *rdns;           /* "" for none */
	const char *rdns_state;     /* good, missing, wrong, unclear */
	int64_t score;              /* 0..100; -1 for none yet */
	int64_t listed;             /* how many lists name it */
	int64_t cost;               /* a month, in the smallest unit of */
	const char *currency;
	int64_t seen_at, checked_at, check_due, created; /* real ms; 0 for never */
};

struct address_new {
	const char *ip; /* of address_add() alone */
	int64_t appliance;
	const char *pool;
	int64_t cost;
	const char *currency; /* NULL takes USD */
};

struct address_filter {
	const char *state, *pool; /* NULL for all */
	int64_t appliance;        /* 0 for all */
	int64_t after;            /* id of the last one seen */
	int limit;                /* 0 takes 50 */
};

/* ERR_INPUT about `ip` for what the world cannot reach, ERR_CONFLICT for one that is there. Calls
   db_write() itself, as the next three. */
enum err address_add(struct scope *sc, const struct address_new *in, int64_t *id) MUST;
/* Appliance, pool and cost. */
enum err address_edit(struct scope *sc, int64_t id, const struct address_new *in) MUST;
/* By hand: along the table's rows that are for hands, else ERR_INPUT; ERR_DENIED says that an
   operator decided. */
enum err address_set_state(struct scope *sc, int64_t id, const char *to, const char *reason) MUST;
/* Only one that nothing leaves from: available, burned or quarantined. */
enum err address_remove(struct scope *sc, int64_t id) MUST;
enum err address_find(struct scope *sc, int64_t id, struct address *out) MUST;
/* By id: the oldest first. */
enum err address_list(
	struct scope *sc, const struct address_filter *f, struct address **rows, size_t *n) MUST;
/* In a system scope: of all companies; and what the operator says of IP, wherever it is entered.
   ERR_MISSING when it is nowhere. The second calls db_write() itself. */
struct address_owned {
	int64_t tenant;
	struct address a;
};
enum err address_list_all(struct scope *sc, const struct address_filter *f,
	struct address_owned **rows, size_t *n) MUST;
/* The operator's word, for all companies that have it, or for none. */
enum err address_set_state_all(
	struct scope *sc, const char *ip, const char *to, const char *reason) MUST;

/* ---- inside db_write() ---- */

/* As address_set_state(). An operator's word on one that rests there already binds its company. */
enum err address_lead(struct scope *sc, int64_t id, const char *to, const char *reason) MUST;

/* What APPLIANCE says it sends from; what it does not name any more and nobody entered by hand goes
   back to the inventory. Others than public addresses are passed over. */
enum err address_reported(
	struct scope *sc, int64_t appliance, const char *const *ips, size_t n) MUST;
/* The machine is gone: what it had is available again. */
enum err address_leave(struct scope *sc, int64_t appliance) MUST;

struct address_move {
	const char *to, *reason;
	const char *decided; /* "system", "tenant", "operator" */
	int64_t until;       /* of a quarantine */
};
/* ERR_CONFLICT where the table has no such way; nothing happens where it is there already. */
enum err address_move(struct scope *sc, const struct address *a, const struct address_move *m) MUST;

/* ---- states ---- */

#define ADDRESS_STATES 7
extern const char *const address_states[ADDRESS_STATES];
/* Mail may leave from an address in STATE. */
bool address_sends(const char *state);
bool address_may(const char *from, const char *to);
/* Where a hand may lead it from STATE; at most ADDRESS_STATES. */
size_t address_ways(const char *state, const char *to[ADDRESS_STATES]);

#endif
