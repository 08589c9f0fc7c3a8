/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "letters.h"

#include "agent.h"
#include "base/log.h"
#include "crypt/secret.h"
#include "errand.h"
#include "net/http.h"
#include "outbox.h"

#define TIMEOUT_S 60
#define WAIT_MS   (2 * SECOND_MS) /* after a failure; twice as long after the next */
#define MOST_MS   (5 * MINUTE_MS)
#define DROP      50 /* letters that the hub has, to make room for one */

SQL(letter_bytes, SQL_ENGINE, "SELECT COALESCE(SUM(size), 0) FROM letter");
SQL(letter_room, SQL_ENGINE,
	"DELETE FROM letter WHERE object IN (SELECT object FROM letter WHERE stored = 1 "
	"ORDER BY at LIMIT $1)");
SQL(letter_add, SQL_ENGINE,
	"INSERT INTO letter (object, at, size, stored, body) VALUES ($1, $2, $3, 0, $4) "
	"ON CONFLICT (object) DO NOTHING");
SQL(letter_again, SQL_ENGINE,
	"UPDATE letter SET stored = 0 WHERE object IN (SELECT object FROM fact "
	"WHERE object IS NOT NULL AND seq > $1)");
SQL(letter_tidy, SQL_ENGINE,
	"DELETE FROM letter WHERE NOT EXISTS "
	"(SELECT 1 FROM fact WHERE fact.object = letter.object)");
SQL(letter_due, SQL_ENGINE,
	"SELECT l.object, l.body FROM letter l WHERE l.stored = 0 AND EXISTS "
	"(SELECT 1 FROM fact f WHERE f.object = l.object AND f.seq <= $1) "
	"ORDER BY l.at LIMIT 1");
SQL(letter_stored, SQL_ENGINE, "UPDATE letter SET stored = 1 WHERE object = $1");

SHAPE(due_shape, struct letter_due, COL(struct letter_due, object), COL(struct letter_due, body));

/* ---- kept ---- */

static enum err make_room(struct scope *sc, int64_t need, bool *room)
{
	int64_t bytes = 0, gone = 1;
	enum err e = ERR_NONE;

	while (!e && gone > 0) {
		e = db_int(sc, &letter_bytes, BIND_NONE, &bytes);
		if (e || bytes + need <= LETTERS_MOST)
			break;
		e = db_run(sc, &letter_room, BIND(V((int64_t)DROP)), &gone);
	}
	*room = bytes + need <= LETTERS_MOST;
	return e;
}

enum err letters_add(struct scope *sc, struct bytes body, const char **object)
{
	unsigned char hash[HASH_BYTES];
	const char *name;
	bool room;
	enum err e = make_room(sc, (int64_t)body.len, &room);

	*object = NULL;
	if (e || !room)
		return e;
	sha256(body, hash);
	name = str_hex(sc->mem, hash, sizeof hash);
	e = db_run(sc, &letter_add,
		BIND(V(name), V(now_real(sc).ms), V((int64_t)body.len), V(body)), NULL);
	if (!e)
		*object = name;
	return e;
}

enum err letters_again(struct scope *sc, int64_t mark)
{
	return db_run(sc, &letter_again, BIND(V(mark)), NULL);
}

enum err letters_tidy(struct scope *sc)
{
	return db_run(sc, &letter_tidy, BIND_NONE, NULL);
}

enum err letters_due(struct scope *sc, int64_t acked, struct letter_due *due)
{
	enum err e = db_one(sc, &letter_due, BIND(V(acked)), &due_shape, due);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*due = (struct letter_due){ 0 };
	return ERR_NONE;
}

static enum err mark_stored(struct scope *sc, void *arg)
{
	return db_run(sc, &letter_stored, BIND(V((const char *)arg)), NULL);
}

enum err letters_stored(struct scope *sc, const char *object)
{
	return db_write(sc, mark_stored, (void *)(uintptr_t)object);
}

/* ---- on their way ---- */

struct letters {
	struct agent *agent;   /* borrowed */
	struct errand *errand; /* owned */
	int64_t not_before;    /* monotonic ms */
	int64_t wait;          /* after the next failure */
	/* The one under way; in the errand's scope. */
	struct letter_due letter;
	int status;
};

/* What the hub does not wait for or cannot read, it will not want later either. */
static bool is_settled(int status)
{
	return (status >= 200 && status < 300) || status == 400 || status == 404 || status == 413 ||
	       status == 422;
}

static enum err put(struct scope *sc, void *arg)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	struct letters *x = arg;
	const struct identity *id = &x->agent->identity;
	struct http *http = http_new();
	struct http_answer answer;
	const struct http_request request = { .method = "PUT",
		.url = arena_printf(sc->mem, "%s/letters/%s", id->link.hub_url, x->letter.object),
		.headers = headers,
		.body = x->letter.body,
		.max_answer = 64 * 1024,
		.timeout_s = TIMEOUT_S,
		.ca_file = id->ca_file,
		.cert_file = id->cert_file,
		.key_file = id->key_file };
	enum err e = http_do(sc, http, &request, &answer);

	http_free(http);
	x->status = e ? 0 : answer.status;
	if (!e && !is_settled(answer.status))
		e = fail(sc, ERR_UPSTREAM, "the hub answered %d to a letter", answer.status);
	return e;
}

static void put_off(struct scope *sc, struct letters *x)
{
	/* Said once, until it works again. */
	if (!x->wait)
		log_failure(sc, "sending a letter to the hub");
	x->wait = x->wait ? 2 * x->wait : WAIT_MS;
	if (x->wait > MOST_MS)
		x->wait = MOST_MS;
	x->not_before = clock_mono() + x->wait;
	scope_clear(sc);
}

static void on_done(struct scope *sc, void *arg, enum err e)
{
	struct letters *x = arg;

	if (!e && x->status >= 300)
		log_warn(sc, "the hub wants no letter %s (%d)", x->letter.object, x->status);
	if (!e)
		e = letters_stored(sc, x->letter.object);
	if (e)
		put_off(sc, x);
	else
		x->wait = 0;
}

void letters_turn(struct letters *x)
{
	const struct agent *a = x->agent;
	struct scope *own;
	enum err e;

	if (errand_is_busy(x->errand) || clock_mono() < x->not_before || a->draining)
		return;
	own = errand_scope(x->errand);
	e = letters_due(own, outbox_acked(a->outbox), &x->letter);
	if (!e && !x->letter.object) {
		errand_drop(x->errand);
		return;
	}
	if (!e)
		e = errand_run(own, x->errand, put, on_done, x);
	if (e) {
		put_off(own, x);
		errand_drop(x->errand);
	}
}

enum err letters_start(struct scope *sc, struct letters **out)
{
	struct letters *x = calloc(1, sizeof *x);
	enum err e;

	if (!x)
		abort();
	x->agent = agent_of(sc);
	e = errand_open(sc, "letters", &x->errand);
	if (e)
		free(x);
	else
		*out = x;
	return e;
}

void letters_stop(struct letters *x)
{
	if (!x)
		return;
	errand_close(x->errand);
	free(x);
}
