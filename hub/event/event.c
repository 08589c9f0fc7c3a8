/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "event/event.h"

#include <assert.h>
#include <stdlib.h>

#include "event/event_priv.h"
#include "event/kind.h"
#include "hub.h"
#include "text/json.h"

/* A detail may be read this long. */
#define DETAIL_KEEP_MS (90 * DAY_MS)
#define DATA_MAX       (64 * 1024)

SQL(event_slot, SQL_TENANT, "SELECT slot FROM tenant WHERE tenant = $1");
SQL(event_slot_take, SQL_ENGINE, "UPDATE slot SET head = head + $2 WHERE slot = $1 RETURNING head");
SQL(event_slot_choose, SQL_ENGINE, "SELECT slot FROM slot ORDER BY head, slot LIMIT 1");
SQL(event_append, SQL_TENANT,
	"INSERT INTO event (tenant, slot, pos, at, kind, v, subject, workspace, actor_kind, actor, "
	"via, data) VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11)");
SQL(event_detail_add, SQL_TENANT,
	"INSERT INTO detail (tenant, slot, pos, class, contact, keep_until, sealed) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7)");
SQL(event_detail_find, SQL_TENANT,
	"SELECT sealed FROM detail WHERE tenant = $1 AND slot = $2 AND pos = $3");
SQL(event_detail_forget_contact, SQL_TENANT,
	"DELETE FROM detail WHERE tenant = $1 AND contact = $2");
SQL(event_detail_forget_subject, SQL_TENANT,
	"DELETE FROM detail WHERE tenant = $1 AND pos IN "
	"(SELECT pos FROM event WHERE tenant = $1 AND subject = $2)");
SQL(event_of_subject, SQL_TENANT,
	"SELECT tenant, slot, pos, at, subject, workspace, actor_kind, actor, via, v, kind, data "
	"FROM event WHERE tenant = $1 AND subject = $2 AND pos < $3 ORDER BY pos DESC LIMIT $4");

SHAPE(event_row_shape, struct event_row, COL(struct event_row, tenant), COL(struct event_row, slot),
	COL(struct event_row, pos), COL(struct event_row, at), COL(struct event_row, subject),
	COL(struct event_row, workspace), COL(struct event_row, actor_kind),
	COL(struct event_row, actor), COL(struct event_row, via), COL(struct event_row, v),
	COL(struct event_row, kind), COL(struct event_row, data));

struct event_list *event_list_of(struct scope *sc)
{
	assert(sc->writing);
	if (!sc->events)
		sc->events = arena_alloc(sc->mem, sizeof *sc->events);
	return sc->events;
}

void event_add(struct scope *sc, const struct event *e)
{
	struct event_list *list = event_list_of(sc);

	assert(event_kind_is_known(e->kind));
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 8;
		struct event_entry *more = arena_array(sc->mem, cap, sizeof *more);

		if (list->count)
			memcpy(more, list->events, list->count * sizeof *more);
		list->events = more;
		list->cap = cap;
	}
	list->events[list->count] = (struct event_entry){
		.e = *e, .tenant = sc->tenant, .actor = sc->actor, .order = list->count
	};
	if (!e->at)
		list->events[list->count].e.at = now_real(sc).ms;
	list->count++;
}

void event_addf(struct scope *sc, const char *kind, int64_t subject, const char *fmt, ...)
{
	struct event e = { .kind = kind, .subject = subject, .workspace = sc->workspace };
	va_list args;

	va_start(args, fmt);
	e.data = arena_vprintf(sc->mem, fmt, args);
	va_end(args);
	event_add(sc, &e);
}

/* ---- the last step before the commit ---- */

static int by_slot(const void *a, const void *b)
{
	const struct event_entry *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static enum err find_slots(struct scope *sc, struct event_list *list)
{
	int64_t tenant = -1, slot = 0;
	enum err e;

	for (size_t i = 0; i < list->count; i++) {
		struct event_entry *x = &list->events[i];

		if (x->tenant != tenant) {
			tenant = x->tenant;
			slot = 0;
			sc->tenant = tenant;
			e = db_int(sc, &event_slot, BIND_NONE, &slot);
			if (e == ERR_MISSING)
				scope_clear(sc); /* a tenant being made in this very write */
			else if (e)
				return e;
		}
		x->slot = slot;
	}
	return ERR_NONE;
}

/* The tenant's key, opened once for all details of a flush. */
struct keeping {
	int64_t tenant; /* 0: none is open */
	struct seal_key key;
};

/* The detail's place in the log is sealed in with it. */
static enum err add_detail(
	struct scope *sc, struct keeping *k, const struct event_entry *x, int64_t pos)
{
	struct bytes sealed;

	if (k->tenant != x->tenant) {
		enum err e = hub_of(sc)->tenant_key(sc, 0, &k->key);

		if (e)
			return e;
		k->tenant = x->tenant;
	}
	seal(sc, &k->key, "detail", x->tenant, pos, bytes_of(x->e.detail, strlen(x->e.detail)),
		&sealed);
	return db_run(sc, &event_detail_add,
		BIND(V(x->slot), V(pos), V(x->e.kind), V_REF(x->e.contact),
			V(x->e.at + DETAIL_KEEP_MS), V(sealed)),
		NULL);
}

static enum err append(
	struct scope *sc, struct keeping *k, const struct event_entry *x, int64_t pos)
{
	enum err e;

	sc->tenant = x->tenant;
	e = db_run(sc, &event_append,
		BIND(V(x->slot), V(pos), V(x->e.at), V(x->e.kind), V(x->e.subject),
			V(x->e.workspace), V((int64_t)x->actor.kind), V(x->actor.id),
			V(x->actor.via), V(x->e.data)),
		NULL);
	if (e || str_empty(x->e.detail))
		return e;
	return add_detail(sc, k, x, pos);
}

static enum err append_all(struct scope *sc, struct keeping *keeping, struct event_list *list)
{
	enum err e = find_slots(sc, list);

	if (e)
		return e;
	if (list->count > 1)
		qsort(list->events, list->count, sizeof *list->events, by_slot);
	for (size_t i = 0, n; i < list->count; i += n) {
		int64_t head;

		for (n = 1;
			i + n < list->count && list->events[i + n].slot == list->events[i].slot;)
			n++;
		e = db_int(
			sc, &event_slot_take, BIND(V(list->events[i].slot), V((int64_t)n)), &head);
		if (e)
			return e;
		for (size_t k = 0; k < n; k++) {
			e = append(sc, keeping, &list->events[i + k], head - (int64_t)(n - k) + 1);
			if (e)
				return e;
		}
	}
	return ERR_NONE;
}

enum err event_flush(struct scope *sc)
{
	struct event_list *list = TAKE(sc->events);
	struct keeping keeping = { 0 };
	int64_t tenant = sc->tenant;
	enum err e;

	if (!list)
		return ERR_NONE;
	e = tally_write(sc, list);
	if (!e && list->count) {
		e = append_all(sc, &keeping, list);
		seal_key_wipe(&keeping.key);
	}
	sc->tenant = tenant;
	return e;
}

enum err event_slot_new(struct scope *sc, int64_t *slot)
{
	return db_int(sc, &event_slot_choose, BIND_NONE, slot);
}

/* ---- reading ---- */

const struct json *event_data(struct scope *sc, const struct event_row *row)
{
	const struct json *data = NULL;

	if (row->parsed || !row->data)
		return row->parsed;
	if (json_parse(sc, bytes_of(row->data, strlen(row->data)), DATA_MAX, &data)) {
		scope_clear(sc);
		return NULL;
	}
	return data;
}

static enum err open_detail(struct scope *sc, const struct event_row *row, const char **text)
{
	struct sealed {
		struct bytes sealed;
	} found;
	SHAPE(sealed_shape, struct sealed, COL(struct sealed, sealed));
	struct seal_key key;
	struct bytes plain;
	enum err e = db_one(
		sc, &event_detail_find, BIND(V(row->slot), V(row->pos)), &sealed_shape, &found);

	if (e)
		return e;
	e = hub_of(sc)->tenant_key(sc, seal_version(found.sealed), &key);
	if (e)
		return e;
	e = seal_open(sc, &key, "detail", row->tenant, row->pos, found.sealed, &plain);
	seal_key_wipe(&key);
	if (!e)
		*text = arena_copy(sc->mem, plain.data, plain.len);
	return e;
}

enum err event_details(
	struct scope *sc, const struct event_row *rows, size_t n, const char ***details)
{
	const char **list = arena_array(sc->mem, n, sizeof *list);

	for (size_t i = 0; i < n; i++) {
		enum err e = open_detail(sc, &rows[i], &list[i]);

		if (e == ERR_MISSING)
			scope_clear(sc); /* most facts have none, or it was erased */
		else if (e)
			return e;
	}
	*details = list;
	return ERR_NONE;
}

enum err event_timeline(struct scope *sc, int64_t subject, int64_t before, int limit,
	struct event_row **rows, const char ***details, size_t *n)
{
	enum err e = db_list(sc, &event_of_subject,
		BIND(V(subject), V(before > 0 ? before : INT64_MAX), V((int64_t)limit)),
		&event_row_shape, rows, n);

	if (e || !details)
		return e;
	return event_details(sc, *rows, *n, details);
}

enum err event_forget_contact(struct scope *sc, int64_t contact)
{
	return db_run(sc, &event_detail_forget_contact, BIND(V(contact)), NULL);
}

enum err event_forget_subject(struct scope *sc, int64_t subject)
{
	return db_run(sc, &event_detail_forget_subject, BIND(V(subject)), NULL);
}
