/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The whole suppression list as segments: a part for each run of hashes that begin with the same
 * bits, so that a new entry changes one of them. Their number doubles as the list grows and never
 * shrinks, for a part cannot be taken away; an appliance looks into all that it has.
 */
#include "audience/audience_job.h"
#include "audience/audience_priv.h"
#include "base/out.h"
#include "fleet/appliance.h"
#include "fleet/part.h"

#define PER_SEGMENT 12000 /* entries it is made for; twice as many fit */
#define APPLIANCES  200

SQL(segment_number, SQL_TENANT,
	"SELECT COUNT(*) FROM suppression WHERE tenant = $1 AND scope = 'tenant' AND scope_id = 0");
SQL(segment_parts, SQL_TENANT,
	"SELECT COUNT(*) FROM part WHERE tenant = $1 AND appliance = $2 AND name > 'suppression.' "
	"AND name < 'suppression/'");
SQL(segment_hashes, SQL_TENANT,
	"SELECT key_hash FROM suppression WHERE tenant = $1 AND scope = 'tenant' AND scope_id = 0 "
	"AND key_hash >= $2 AND key_hash < $3 AND (expires IS NULL OR expires > $4) "
	"ORDER BY key_hash LIMIT $5");

struct hashed {
	struct bytes key_hash;
};
SHAPE(hashed_shape, struct hashed, COL(struct hashed, key_hash));

struct segmenting {
	const struct job *job;
	const struct appliance *list; /* those that understand segments */
	size_t count;
	int64_t bits, index;
	bool had; /* one of them has segments already */
};

static int64_t bits_for(int64_t n)
{
	int64_t bits = 0;

	while (bits < WIRE_SEGMENT_BITS && n > (int64_t)PER_SEGMENT << bits)
		bits++;
	return bits;
}

static enum err collect(struct scope *sc, void *arg, const void *row)
{
	struct out *o = arg;
	const struct hashed *h = row;

	out_bytes(o, h->key_hash.data, WIRE_SEGMENT_HASH);
	return ERR_NONE;
}

static enum err make_body(struct scope *sc, const struct segmenting *g, struct bytes *body)
{
	unsigned char low[SUPPRESSION_BYTES] = { (unsigned char)(g->index << (8 - g->bits)) };
	unsigned char high[SUPPRESSION_BYTES + 1];
	struct part_segment part = { .bits = g->bits, .index = g->index };
	struct out hashes;
	enum err e;

	/* Above the last there is nothing that a hash of 32 bytes could be. */
	memset(high, 0xff, sizeof high);
	if (g->index + 1 < INT64_C(1) << g->bits) {
		memset(high, 0, sizeof high);
		high[0] = (unsigned char)((g->index + 1) << (8 - g->bits));
	}
	out_init(&hashes, sc->mem);
	e = db_each(sc, &segment_hashes,
		BIND(V(bytes_of(low, sizeof low)), V(bytes_of(high, sizeof high)),
			V(now_real(sc).ms), V((int64_t)(WIRE_SEGMENT_BYTES / WIRE_SEGMENT_HASH))),
		&hashed_shape, collect, &hashes);
	if (e)
		return e;
	if (hashes.len)
		part.hashes = str_base64url(sc->mem, hashes.data, hashes.len);
	*body = wire_put_segment(sc, &part);
	return ERR_NONE;
}

static enum err put(struct scope *sc, void *arg)
{
	const struct segmenting *g = arg;
	const char *name = arena_printf(sc->mem, PART_SEGMENTS "%lld", (long long)g->index);
	struct bytes body;
	enum err e = job_hold(sc, g->job);

	if (!e)
		e = make_body(sc, g, &body);
	for (size_t i = 0; !e && i < g->count; i++)
		e = part_put(sc, g->list[i].id, name, body);
	return e;
}

/* In memory of its own: there may be hundreds. */
static enum err put_one(struct scope *sc, struct segmenting *g)
{
	struct scope own;
	enum err e;

	scope_open_for(&own, sc, sc->tenant);
	e = db_write_later(&own, put, g);
	if (e)
		(void)fail(sc, e, "%s", own.why);
	scope_close(&own);
	return e;
}

/* Those that send and know segments; *BITS grows to what one of them has. */
static enum err choose(struct scope *sc, struct segmenting *g)
{
	struct appliance *list;
	size_t n;
	enum err e = appliance_list(sc, NULL, APPLIANCES, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		int64_t parts;

		if (str_eq(list[i].state, "lost") || str_eq(list[i].state, "retired") ||
			!list[i].caps || !strstr(list[i].caps, "segments"))
			continue;
		e = db_int(sc, &segment_parts, BIND(V(list[i].id)), &parts);
		if (e)
			return e;
		g->had |= parts > 0;
		while (g->bits < WIRE_SEGMENT_BITS && parts > INT64_C(1) << g->bits)
			g->bits++;
		list[g->count++] = list[i];
	}
	g->list = list;
	return e;
}

enum err audience_segments_run(struct scope *sc, struct job *j)
{
	struct segmenting g = { .job = j };
	int64_t n;
	enum err e = db_int(sc, &segment_number, BIND_NONE, &n);

	g.bits = bits_for(n);
	if (!e)
		e = choose(sc, &g);
	/* A short list is whole in the part of the newest, unless it was longer once. */
	if (e || !g.count || (n <= SUPPRESSION_NEWEST && !g.had))
		return e;
	for (g.index = 0; !e && g.index < INT64_C(1) << g.bits; g.index++)
		e = put_one(sc, &g);
	return e;
}
