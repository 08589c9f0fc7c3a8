/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One unit of work: an HTTP request, an MQTT message, a job, an agent's tick, a test. Whatever can
 * fail, allocate, query or log takes a scope first. It holds the arena, who acts for whom, the
 * database connection of the moment and the last error. Nothing is added here lightly.
 */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"

struct store;
struct db_conn;
struct id_gen;
struct log;
struct words;
struct event_list;

/* What lives as long as the process and is made by main. A program embeds it as the first member
   of its own struct, which its folders get back by a cast (hub/hub.h, agent/agent.h). */
struct world {
	struct store *store;       /* borrowed; NULL in tests of pure code */
	const struct clock *clock; /* borrowed */
	struct id_gen *ids;        /* borrowed */
	struct log *log;           /* borrowed */
	const struct words *words; /* borrowed; message catalogues, NULL means English */
};

enum actor_kind {
	ACTOR_NONE,
	ACTOR_ACCOUNT,   /* a person; id is the account */
	ACTOR_KEY,       /* an API key; id is the credential's number */
	ACTOR_STAFF,     /* the operator, for a tenant in via */
	ACTOR_APPLIANCE, /* id is the appliance */
	ACTOR_RECIPIENT, /* whoever follows a link in a mail; id is the contact */
	ACTOR_SYSTEM,    /* a job or a follower */
};

struct actor {
	enum actor_kind kind;
	int64_t id;
	int64_t via; /* the account on whose behalf, or 0 */
};

struct scope {
	struct arena *mem;         /* owned */
	const struct world *world; /* borrowed */
	struct db_conn *db; /* the connection held, NULL between statements; only store/ looks */
	bool writing;       /* inside db_write(); only store/ sets it */
	struct event_list *events; /* facts to append when the write ends; only hub/event looks */
	int64_t tenant;    /* 0 before one is known; bound to $1 of every tenant statement */
	int64_t workspace; /* 0 when none is chosen */
	bool system;       /* may cross tenants; set only by scope_system() */
	struct actor actor;
	const char *lang; /* static or arena; NULL is English */
	const char *kind; /* static; "req", "job", "mqtt" …, the first key of its log lines */
	int64_t number;   /* the request's or job's number */

	enum err err;
	const char *why;   /* arena; full English text, for the log */
	const char *tell;  /* arena; safe to show, in the reader's language */
	const char *field; /* arena; the input field at fault, or NULL */
};

/* KIND is a static word. */
void scope_open(struct scope *sc, const struct world *w, const char *kind);
/* Gives back the connection and frees the arena. A write still open is an assertion. */
void scope_close(struct scope *sc);
/* Allows system statements, which cross tenants. Callers are listed in tests/system-scopes. */
void scope_system(struct scope *sc);
/* A scope for the same work on behalf of TENANT: shares nothing but world, actor kind and number.
 */
void scope_open_for(struct scope *sc, const struct scope *parent, int64_t tenant);

/*
 * Record the reason and return E, so that a guard is one line. FMT is an English sentence without
 * a final stop; it is also the catalogue key. For ERR_INTERNAL, ERR_UPSTREAM and ERR_AWAY the
 * reader sees a general sentence instead of it.
 */
enum err fail(struct scope *sc, enum err e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* ERR_INPUT about one named field. */
enum err fail_field(struct scope *sc, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Forget the last error: it has been dealt with. */
void scope_clear(struct scope *sc);

/* ENGLISH in the reader's language; returns it unchanged where the catalogue has nothing. */
const char *tr(const struct scope *sc, const char *english) __attribute__((format_arg(2)));
/* The right plural form for N, formatted by the caller. */
const char *trn(const struct scope *sc, const char *one, const char *many, int64_t n)
	__attribute__((format_arg(2), format_arg(3)));

struct real now_real(const struct scope *sc);
struct plan now_plan(const struct scope *sc);
/* A new id from the world's generator. */
int64_t new_id(const struct scope *sc);

#endif
