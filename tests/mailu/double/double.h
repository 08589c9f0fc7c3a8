/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Plays MailU's admin for tests: its REST API with its failures, and the look-ups that Postfix,
 * Dovecot and Rspamd make. What it knows lies in /data/main.db, keys in /dkim, as with MailU.
 */
#ifndef DOUBLE_H
#define DOUBLE_H

#include <sqlite3.h>

#include "text/json.h"

struct ask {
	const char *method, *path; /* unescaped; without the query */
	const char *authorization, *content_type, *real_ip;
	const char *user, *pass, *protocol, *client_ip,
		*auth_method; /* Auth-… of an internal ask */
	struct bytes body;
};

struct answer {
	int status;
	bool html;
	struct out body;
	const char *auth_status, *auth_server, *auth_port; /* headers, or NULL */
};

struct double_world {
	struct world world; /* first */
	sqlite3 *db;
	const char *token, *prefix;
};

static inline sqlite3 *db_of(struct scope *sc)
{
	return ((struct double_world *)(uintptr_t)sc->world)->db;
}

int serve(struct double_world *w, int port);
int podop(const char *path);

/* ---- what there is ---- */

enum thing { DOMAIN_, USER_, ALIAS_, TOKEN_, RELAY_, ALTERNATIVE_, MANAGER_ };

struct row {
	const char *name; /* arena */
	const char *in;   /* arena; the domain or user it belongs to */
	const struct json *body;
	const char *text; /* the body as text */
};

void things_open(struct scope *sc);
bool thing_get(struct scope *sc, enum thing t, const char *name, struct row *row);
void thing_put(struct scope *sc, enum thing t, const char *name, const char *in, const char *body);
bool thing_drop(struct scope *sc, enum thing t, const char *name);
void things_drop_in(struct scope *sc, enum thing t, const char *in);
/* IN NULL lists all. */
size_t things_list(struct scope *sc, enum thing t, const char *in, struct row **rows);
/* Counts up the named counter within PERIOD seconds; how many it has now. */
int64_t tally(struct scope *sc, const char *name, int add, int period);
const char *env(const char *name, const char *otherwise);
/* Of "200/day", 200. */
int64_t leading_number(const char *text);

/* ---- fields of a body ---- */

struct field {
	const char *name;
	enum json_kind kind; /* TEXT, WHOLE_NUMBER, BOOL, LIST (of texts) */
	bool required;
	int64_t least;
	const char *otherwise; /* JSON text, when it is created without; NULL leaves it out */
};

/* Answers 400 or 415 by itself and says false where the body is not acceptable. */
bool body_read(struct scope *sc, const struct ask *q, const struct field *fields, size_t n,
	bool create, const struct json **body, struct answer *a);
/* The members of FIELDS from BODY, else from BEFORE, else their default. */
const char *body_merge(struct scope *sc, const struct field *fields, size_t n,
	const struct json *body, const struct json *before);
void json_copy(struct out *o, const struct json *from);
bool list_has(const struct json *list, const char *text);

/* ---- doors ---- */

void answer_code(struct answer *a, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void answer_http(struct answer *a, int status, const char *message);
void api(struct scope *sc, const struct ask *q, struct answer *a);
void internal(struct scope *sc, const struct ask *q, struct answer *a);
/* Each gets the path behind its noun: "" or "/name…". */
void domain_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
void user_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
void alias_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
void token_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
void tokenuser_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
void relay_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a);

bool is_domain(const char *name);
bool is_address(const char *text);
const char *domain_of(const char *address);
/* A key pair for DOMAIN under /dkim; an old key is overwritten. */
void dkim_make(struct scope *sc, const char *domain);
/* The public part for DNS, or NULL; *PEM is the private one. */
const char *dkim_public(struct scope *sc, const char *domain, const char **pem);
const char *sha256_hex(struct scope *sc, const char *text);

#endif
