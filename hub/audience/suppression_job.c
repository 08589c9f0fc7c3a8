/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/audience_job.h"
#include "audience/audience_priv.h"
#include "fleet/appliance.h"
#include "fleet/part.h"

/*
 * The newest entries go to the appliances at once, in one packet: they are about people for whom a
 * mail may be waiting there just now. Where there are more, job suppression.segments brings all.
 */
#define HALF        16 /* bytes of each hash that go to the appliance */
#define SEGMENTS_MS (10 * MINUTE_MS)

SQL(suppression_for_part, SQL_TENANT,
	"SELECT key_hash FROM suppression WHERE tenant = $1 AND scope = 'tenant' "
	"AND scope_id = 0 AND (expires IS NULL OR expires > $2) ORDER BY at DESC LIMIT $3");

struct hashed {
	struct bytes key_hash;
};
SHAPE(hashed_shape, struct hashed, COL(struct hashed, key_hash));

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err make_body(struct scope *sc, struct bytes *body, bool *more)
{
	struct part_suppression part = { 0 };
	struct suppression_key key;
	struct hashed *rows;
	enum err e = suppression_key_get(sc, &key);

	if (!e)
		e = db_list(sc, &suppression_for_part,
			BIND(V(now_real(sc).ms), V((int64_t)SUPPRESSION_NEWEST)), &hashed_shape,
			&rows, &part.count);
	if (e)
		return e;
	*more = part.count == SUPPRESSION_NEWEST;
	part.key = str_hex(sc->mem, key.bytes, sizeof key.bytes);
	part.hashes = arena_array(sc->mem, part.count, sizeof *part.hashes);
	for (size_t i = 0; i < part.count; i++)
		part.hashes[i] = str_hex(sc->mem, rows[i].key_hash.data, HALF);
	if (part.count)
		qsort(part.hashes, part.count, sizeof *part.hashes, by_text);
	*body = wire_put_suppression(sc, &part);
	return ERR_NONE;
}

struct pushing {
	const struct job *job;
	const struct appliance *list;
	size_t count;
};

static enum err push(struct scope *sc, void *arg)
{
	const struct pushing *p = arg;
	struct bytes body;
	bool more = false;
	enum err e = job_hold(sc, p->job);

	if (!e)
		e = make_body(sc, &body, &more);
	for (size_t i = 0; !e && i < p->count; i++)
		if (!str_eq(p->list[i].state, "lost") && !str_eq(p->list[i].state, "retired"))
			e = part_put(sc, p->list[i].id, PART_SUPPRESSION, body);
	if (!e && more)
		e = job_at(sc, "suppression.segments", 0, "", now_real(sc).ms + SEGMENTS_MS, NULL);
	return e;
}

enum err audience_suppression_run(struct scope *sc, struct job *j)
{
	const char *after = NULL;

	for (;;) {
		struct pushing p = { .job = j };
		struct appliance *list;
		enum err e = appliance_list(sc, after, 100, &list, &p.count);

		if (e || p.count == 0)
			return e;
		p.list = list;
		after = list[p.count - 1].name;
		e = db_write_later(sc, push, &p);
		if (e || p.count < 100)
			return e;
	}
}
