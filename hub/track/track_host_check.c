/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether a tracking host leads here, now and later. */
#include "track/track_host.h"

#include "base/rand.h"
#include "config.h"
#include "crypt/secret.h"
#include "hub.h"
#include "net/dns.h"
#include "net/http.h"
#include "send/token.h"
#include "store/db.h"
#include "tenant/audit.h"
#include "track/track_job.h"

#define PROOF_TIMEOUT_S 5
#define AT_ONCE         50

SQL(track_host_keep, SQL_DIRECTORY,
	"UPDATE host SET state = $3, checked_at = $4, found = $5, reason = $6, fails = $7 "
	"WHERE name = $1 AND tenant = $2 AND purpose = 'track'");
SQL(track_host_due, SQL_DIRECTORY,
	"SELECT name, tenant, scheme, state, target, checked_at, found, reason, fails FROM host "
	"WHERE purpose = 'track' AND tenant IS NOT NULL AND name > $1 "
	"AND (checked_at IS NULL OR checked_at <= $2) ORDER BY name LIMIT $3");

SHAPE(due_shape, struct track_host, COL(struct track_host, name), COL(struct track_host, tenant),
	COL(struct track_host, scheme), COL(struct track_host, state),
	COL(struct track_host, target), COL(struct track_host, checked_at),
	COL(struct track_host, found), COL(struct track_host, reason),
	COL(struct track_host, fails));

/* ---- proof ---- */

enum err track_host_proof(
	struct scope *sc, const char *host, const char *question, const char **proof)
{
	const char *text = arena_printf(sc->mem, "proof %s %s", str_lower(sc->mem, host), question);
	unsigned char mac[HASH_BYTES];
	struct token_keys keys;
	enum err e;

	if (strlen(question) != 32 || strspn(question, "0123456789abcdef") != 32)
		return fail(sc, ERR_MISSING, "There is nothing here");
	e = token_keys_load(sc, &keys);
	if (e)
		return e;
	hmac_sha256_with(&keys.list[keys.count - 1].key, bytes_of(text, strlen(text)), mac);
	explicit_bzero(&keys, sizeof keys);
	*proof = str_hex(sc->mem, mac, sizeof mac);
	return ERR_NONE;
}

static void free_http(struct http **h)
{
	http_free(*h);
}

/* *REASON as in the struct; NULL where it leads here. */
static enum err ask_proof(struct scope *sc, const struct track_host *h, const char **reason)
{
	struct http *client CLEANUP(free_http) = http_new();
	unsigned char random[16];
	const char *question, *proof;
	struct http_request r = {
		.method = "GET", .max_answer = 1024, .timeout_s = PROOF_TIMEOUT_S
	};
	struct http_answer a;
	enum err e;

	rand_bytes(random, sizeof random);
	question = str_hex(sc->mem, random, sizeof random);
	e = track_host_proof(sc, h->name, question, &proof);
	if (e)
		return e;
	r.url = arena_printf(sc->mem, "%s://%s/t/proof/%s", h->scheme, h->name, question);
	e = http_do(sc, client, &r, &a);
	*reason = NULL;
	if (e == ERR_UPSTREAM || e == ERR_LIMIT) {
		scope_clear(sc);
		*reason = "away";
		return ERR_NONE;
	}
	if (!e && (a.status != 200 || a.body.len != strlen(proof) ||
			  !same_bytes(a.body.data, proof, a.body.len)))
		*reason = "elsewhere";
	return e;
}

/* ---- its CNAME ---- */

static const char *without_port(struct scope *sc, const char *name)
{
	return arena_copy(sc->mem, name, strcspn(name, ":"));
}

/* *FOUND is "" where there is none, NULL where nobody knows. */
static enum err ask_cname(struct scope *sc, const struct track_host *h, const char **found)
{
	const struct config *config = hub_of(sc)->config;
	struct dns_options options = { .timeout_ms = PROOF_TIMEOUT_S * SECOND_MS,
		.servers = config && !str_empty(config->dns_servers) ? config->dns_servers : NULL };
	struct dns_query q = { without_port(sc, h->name), DNS_CNAME };
	struct dns_answer *a;
	enum err e;

	*found = NULL;
	if (str_eq(h->scheme, "http"))
		return ERR_NONE; /* loopback is in no DNS */
	e = dns_look_up(sc, &options, &q, 1, &a);
	if (!e && a->state != DNS_FAILED)
		*found = a->state == DNS_FOUND ? a->records[0].text : "";
	return e;
}

/* ---- keeping ---- */

struct keeping {
	const struct job *job;
	const struct track_host *was;
	struct track_host now;
	bool asked; /* by a person */
};

static enum err keep(struct scope *sc, void *arg)
{
	const struct keeping *k = arg;
	const struct track_host *h = &k->now;
	enum err e = k->job ? job_hold(sc, k->job) : ERR_NONE;

	if (!e)
		e = db_run(sc, &track_host_keep,
			BIND(V(h->name), V(h->tenant), V(h->state), V(now_real(sc).ms), V(h->found),
				V(h->reason), V(h->fails)),
			NULL);
	return e || !k->asked ? e : audit_add(sc, "track_host.check", 0);
}

static enum err look(
	struct scope *sc, const struct job *j, const struct track_host *h, struct track_host *now)
{
	struct keeping k = { .job = j, .was = h, .now = *h, .asked = !j };
	enum err e = ask_cname(sc, h, &k.now.found);

	if (!e)
		e = ask_proof(sc, h, &k.now.reason);
	if (e)
		return e;
	if (k.now.reason && !str_empty(k.now.found) &&
		!str_eq(k.now.found, without_port(sc, h->target)))
		k.now.reason = "other";
	k.now.fails = k.now.reason ? h->fails + 1 : 0;
	if (!k.now.reason)
		k.now.state = "verified";
	else if (k.now.fails >= TRACK_HOST_FAILS)
		k.now.state = "pending";
	e = db_write(sc, keep, &k);
	if (!e)
		*now = k.now;
	return e;
}

const char *track_host_trouble(struct scope *sc, const struct track_host *h)
{
	if (str_empty(h->reason))
		return NULL;
	if (str_eq(h->reason, "other"))
		return arena_printf(sc->mem, tr(sc, "Its CNAME says %s; it should say %s"),
			h->found, without_port(sc, h->target));
	if (str_eq(h->reason, "elsewhere"))
		return arena_printf(sc->mem,
			tr(sc, "%s leads somewhere else: its CNAME should say %s"), h->name,
			without_port(sc, h->target));
	return arena_printf(sc->mem,
		tr(sc, "%s does not answer: its CNAME should say %s, and its certificate hold"),
		h->name, without_port(sc, h->target));
}

enum err track_host_check(struct scope *sc, const char *typed)
{
	struct track_host h, now;
	enum err e = track_host_find(sc, typed, &h);

	if (!e)
		e = look(sc, NULL, &h, &now);
	if (!e && now.reason)
		return fail(sc, ERR_CONFLICT, "%s", track_host_trouble(sc, &now));
	return e;
}

enum err track_hosts_run(struct scope *sc, struct job *j)
{
	int64_t before = now_real(sc).ms - HOUR_MS;
	const char *after = "";
	struct track_host *rows, now;
	size_t n;

	do {
		enum err e = db_list(sc, &track_host_due,
			BIND(V(after), V(before), V((int64_t)AT_ONCE)), &due_shape, &rows, &n);

		for (size_t i = 0; !e && i < n; i++)
			e = look(sc, j, &rows[i], &now);
		if (e)
			return e;
		after = n ? rows[n - 1].name : "";
	} while (n == AT_ONCE);
	return ERR_NONE;
}
