/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a connection that only reads has read, kept for as long as the database is the same. At the
 * beginning of a unit of work SQLite says by a number whether anybody has committed since, so what
 * is kept is exactly what a statement would find at that moment. A few places for each bucket: what
 * comes later takes one of them.
 */
#include "store/driver.h"

#define BUCKETS   16
#define PLACES    8 /* of a bucket */
#define MOST_ROWS 64
#define MOST_BIND 8
#define MOST_SIZE 8192 /* bytes of one result */

struct place {
	const struct sql *q; /* NULL: empty */
	const struct shape *shape;
	int64_t version;
	struct arena *mem; /* owned */
	struct value *binds;
	size_t bind_count, rows;
	char *list;
};

struct memo {
	int64_t version; /* of the database, when it was last asked */
	unsigned turn;   /* which place of a full bucket goes next */
	struct place places[BUCKETS][PLACES];
};

void memo_free(struct memo *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (size_t k = 0; k < PLACES; k++)
			arena_free(m->places[i][k].mem);
	free(m);
}

void memo_begin(struct db_conn *c, int64_t version)
{
	if (!c->memo)
		c->memo = calloc(1, sizeof *c->memo);
	if (!c->memo)
		abort();
	c->memo->version = version;
}

static struct bytes bytes_in(const struct value *v)
{
	switch (v->type) {
	case VALUE_INT:
		return bytes_of(&v->n, sizeof v->n);
	case VALUE_TEXT:
		return bytes_of(v->text, strlen(v->text));
	case VALUE_BYTES:
		return v->bytes;
	case VALUE_NULL:
		break;
	}
	return bytes_of("", 0);
}

static struct place *bucket_of(struct memo *m, const struct sql *q, struct binds b)
{
	/* The address within its page: what it is worth is the same each time the program runs. */
	uint64_t hash = ((uint64_t)(uintptr_t)q & 4095) * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < b.count; i++) {
		struct bytes x = bytes_in(&b.list[i]);
		const unsigned char *p = x.data;

		for (size_t k = 0; k < x.len; k++)
			hash = (hash ^ p[k]) * UINT64_C(0x100000001b3);
	}
	return m->places[(hash ^ hash >> 32) % BUCKETS];
}

static bool same_binds(const struct place *p, struct binds b)
{
	if (p->bind_count != b.count)
		return false;
	for (size_t i = 0; i < b.count; i++) {
		struct bytes x = bytes_in(&p->binds[i]), y = bytes_in(&b.list[i]);

		if (p->binds[i].type != b.list[i].type || x.len != y.len ||
			memcmp(x.data, y.data, x.len) != 0)
			return false;
	}
	return true;
}

static const struct place *find(
	struct memo *m, const struct sql *q, struct binds b, const struct shape *s)
{
	const struct place *list = bucket_of(m, q, b);

	for (size_t i = 0; i < PLACES; i++)
		if (list[i].q == q && list[i].version == m->version && list[i].shape == s &&
			same_binds(&list[i], b))
			return &list[i];
	return NULL;
}

/* One that is empty or out of date, or else the next in turn. */
static struct place *place_for(struct memo *m, const struct sql *q, struct binds b)
{
	struct place *list = bucket_of(m, q, b);

	for (size_t i = 0; i < PLACES; i++)
		if (!list[i].q || list[i].version != m->version)
			return &list[i];
	return &list[m->turn++ % PLACES];
}

/* The texts of a row that was copied as it lies, copied too; their bytes. */
static size_t copy_texts(struct arena *mem, const struct shape *s, char *row)
{
	size_t size = s->size;

	for (size_t i = 0; i < s->count; i++) {
		void *at = row + s->cols[i].offset;

		if (s->cols[i].type == COL_TEXT) {
			char **text = at;
			size_t len = *text ? strlen(*text) : 0;

			if (*text)
				*text = arena_copy(mem, *text, len);
			size += len;
		} else if (s->cols[i].type == COL_BYTES) {
			struct bytes *b = at;

			if (b->data)
				b->data = arena_copy(mem, b->data, b->len);
			size += b->len;
		}
	}
	return size;
}

static char *copy_rows(
	struct arena *mem, const struct shape *s, const char *list, size_t n, size_t *size)
{
	char *copy = n ? arena_array(mem, n, s->size) : NULL;

	*size = 0;
	if (n)
		memcpy(copy, list, n * s->size);
	for (size_t i = 0; i < n; i++)
		*size += copy_texts(mem, s, copy + i * s->size);
	return copy;
}

bool memo_find(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	const struct shape *s, void **rows, size_t *n)
{
	const struct place *p = c->memo ? find(c->memo, q, b, s) : NULL;
	size_t size;

	if (!p)
		return false;
	*rows = copy_rows(sc->mem, s, p->list, p->rows, &size);
	*n = p->rows;
	return true;
}

static struct value *copy_binds(struct arena *mem, struct binds b)
{
	struct value *copy = arena_array(mem, b.count, sizeof *copy);

	for (size_t i = 0; i < b.count; i++) {
		copy[i] = b.list[i];
		if (copy[i].type == VALUE_TEXT)
			copy[i].text = arena_text(mem, copy[i].text);
		else if (copy[i].type == VALUE_BYTES)
			copy[i].bytes.data = arena_copy(mem, copy[i].bytes.data, copy[i].bytes.len);
	}
	return copy;
}

void memo_keep(struct db_conn *c, const struct sql *q, struct binds b, const struct shape *s,
	const void *rows, size_t n)
{
	struct place *p;
	size_t size;

	if (!c->memo || n > MOST_ROWS || b.count > MOST_BIND)
		return;
	p = place_for(c->memo, q, b);
	arena_free(p->mem);
	*p = (struct place){ .q = q,
		.shape = s,
		.version = c->memo->version,
		.mem = arena_new_wiped(),
		.bind_count = b.count,
		.rows = n };
	p->list = copy_rows(p->mem, s, rows, n, &size);
	if (size > MOST_SIZE) {
		arena_free(p->mem);
		*p = (struct place){ .q = NULL };
		return;
	}
	p->binds = copy_binds(p->mem, b);
}
