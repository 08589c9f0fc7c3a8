/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "parts.h"

#include "agent.h"
#include "config.h"
#include "crypt/secret.h"
#include "lanes.h"
#include "link.h"
#include "mailu/mailu.h"
#include "pacing.h"
#include "wire/warmup.h"

#define MAX_PARTS  WIRE_MAX_PARTS
#define MAX_NAME   64
#define MAX_REASON 200

struct part {
	char name[MAX_NAME];
	int64_t version, applied;
	enum part_state state;
	char reason[MAX_REASON];
};

struct parts {
	struct part list[MAX_PARTS];
	size_t count;
};

struct part_row {
	const char *name;
	int64_t version, state;
	const char *reason;
	int64_t applied;
	const char *body;
};
SHAPE(part_shape, struct part_row, COL(struct part_row, name), COL(struct part_row, version),
	COL(struct part_row, state), COL(struct part_row, reason), COL(struct part_row, applied),
	COL(struct part_row, body));

SQL(part_list, SQL_ENGINE,
	"SELECT name, version, state, reason, applied, body FROM part ORDER BY name");
SQL(part_put, SQL_ENGINE,
	"INSERT INTO part (name, version, state, reason, applied, body) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET "
	"version = excluded.version, state = excluded.state, reason = excluded.reason, "
	"applied = excluded.applied, body = COALESCE(excluded.body, part.body)");
SQL(part_next_put, SQL_ENGINE,
	"INSERT INTO part_next (name, version, body) VALUES ($1, $2, $3) "
	"ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body");
SQL(part_next_list, SQL_ENGINE, "SELECT name, version, body FROM part_next ORDER BY name");
SQL(part_next_drop, SQL_ENGINE, "DELETE FROM part_next WHERE name = $1");
SQL(part_next_apply, SQL_ENGINE,
	"UPDATE part SET body = (SELECT n.body FROM part_next n WHERE n.name = part.name) "
	"WHERE name = $1 AND EXISTS (SELECT 1 FROM part_next n WHERE n.name = part.name)");

struct next_row {
	const char *name;
	int64_t version;
	const char *body;
};
SHAPE(next_shape, struct next_row, COL(struct next_row, name), COL(struct next_row, version),
	COL(struct next_row, body));

/* ---- what each part does ---- */

static enum err apply_link(struct scope *sc, struct bytes body)
{
	struct agent *a = agent_of(sc);
	struct part_link m;
	enum err e = wire_get_link(sc, body, &m);

	if (!e)
		e = enrol_keep_link(sc, a->config->state_dir, &m);
	if (e)
		return e;
	a->clock.anchor_real = m.anchor_real;
	a->clock.anchor_plan = m.anchor_plan;
	a->clock.rate = m.rate;
	link_move(a->link, m.broker_host, (int)m.broker_port);
	return ERR_NONE;
}

static enum err apply_mailboxes(struct scope *sc, struct bytes body)
{
	struct part_mailboxes m;
	enum err e = wire_get_mailboxes(sc, body, &m);

	if (!e)
		pacing_set_mailboxes(agent_of(sc)->pacing, &m);
	return e;
}

static enum err apply_suppression(struct scope *sc, struct bytes body)
{
	struct part_suppression m;
	enum err e = wire_get_suppression(sc, body, &m);

	return e ? e : pacing_set_suppression(sc, agent_of(sc)->pacing, &m);
}

/* One of many: which, its body says. */
static enum err apply_segment(struct scope *sc, struct bytes body)
{
	struct part_segment m;
	enum err e = wire_get_segment(sc, body, &m);

	return e ? e : pacing_set_segment(sc, agent_of(sc)->pacing, &m);
}

static enum err apply_control(struct scope *sc, struct bytes body)
{
	struct part_control m;
	enum err e = wire_get_control(sc, body, &m);

	if (!e)
		pacing_set_control(agent_of(sc)->pacing, &m);
	return e;
}

static enum err apply_warmup(struct scope *sc, struct bytes body)
{
	return lanes_set(sc, agent_of(sc)->lanes, body);
}

static const struct {
	const char *name;
	enum err (*apply)(struct scope *sc, struct bytes body);
	bool at_start; /* also when it is read back from the database */
} kinds[] = {
	/* One that ends with a dot stands for all that begin so. */
	{ "link", apply_link, false },
	{ "mailboxes", apply_mailboxes, true },
	{ "suppression", apply_suppression, true },
	{ "suppression.", apply_segment, true },
	{ "control", apply_control, true },
	{ PART_WARMUP, apply_warmup, true },
};

static bool is_kind(size_t i, const char *name)
{
	const char *kind = kinds[i].name;

	return str_ends(kind, ".") ? str_starts(name, kind) : str_eq(name, kind);
}

/* ---- the shelf ---- */

static struct part *have(struct parts *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->list[i].name, name))
			return &p->list[i];
	if (p->count == MAX_PARTS || strlen(name) >= MAX_NAME)
		return NULL;
	p->list[p->count] = (struct part){ 0 };
	snprintf(p->list[p->count].name, MAX_NAME, "%s", name);
	return &p->list[p->count++];
}

static enum err read_back(struct scope *sc, const struct part_row *row)
{
	if (row->body && mailu_has(row->name))
		mailu_want(agent_of(sc)->mailu, row->name, row->applied, row->body, true);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (row->body && kinds[i].at_start && is_kind(i, row->name))
			return kinds[i].apply(sc, bytes_of(row->body, strlen(row->body)));
	return ERR_NONE;
}

/* What was not decided when the last process ended. */
static enum err read_next(struct scope *sc)
{
	struct next_row *rows;
	size_t n;
	enum err e = db_list(sc, &part_next_list, BIND_NONE, &next_shape, &rows, &n);

	for (size_t i = 0; i < n && !e; i++)
		mailu_want(agent_of(sc)->mailu, rows[i].name, rows[i].version, rows[i].body, false);
	return e;
}

enum err parts_open(struct scope *sc, struct parts **out)
{
	struct parts *p = calloc(1, sizeof *p);
	struct part_row *rows;
	size_t n;
	enum err e = db_list(sc, &part_list, BIND_NONE, &part_shape, &rows, &n);

	if (!p)
		abort();
	for (size_t i = 0; i < n && !e; i++) {
		struct part *part = have(p, rows[i].name);

		if (!part)
			continue;
		part->version = rows[i].version;
		part->applied = rows[i].applied;
		part->state = (enum part_state)rows[i].state;
		snprintf(part->reason, MAX_REASON, "%s", rows[i].reason ? rows[i].reason : "");
		e = read_back(sc, &rows[i]);
	}
	if (!e)
		e = read_next(sc);
	if (e)
		parts_close(p);
	else
		*out = p;
	return e;
}

void parts_close(struct parts *p)
{
	free(p);
}

/* ---- taking one ---- */

static enum err apply(struct scope *sc, const struct wire_part *m)
{
	unsigned char hash[HASH_BYTES];
	struct bytes body = bytes_of(m->body, m->body ? strlen(m->body) : 0);

	if (!m->body)
		return fail(sc, ERR_INPUT, "the part's body could not be fetched");
	sha256(body, hash);
	if (!str_eq(str_hex(sc->mem, hash, sizeof hash), m->hash))
		return fail(sc, ERR_INPUT, "the part's hash does not fit");
	if (mailu_has(m->name))
		return mailu_check_body(sc, m->name, body);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (is_kind(i, m->name))
			return kinds[i].apply(sc, body);
	return fail(sc, ERR_INPUT, "unsupported");
}

struct keeping {
	const struct part *part;
	const char *body; /* NULL leaves the one before */
};

static enum err put_part(struct scope *sc, const struct part *p, const char *body)
{
	return db_run(sc, &part_put,
		BIND(V((const char *)p->name), V(p->version), V((int64_t)p->state),
			V((const char *)p->reason), V(p->applied), V(body)),
		NULL);
}

static enum err store_part(struct scope *sc, void *arg)
{
	const struct keeping *k = arg;
	const struct part *p = k->part;
	enum err e;

	if (p->state != PART_APPLYING)
		return put_part(sc, p, k->body);
	e = put_part(sc, p, NULL);
	return e ? e
		 : db_run(sc, &part_next_put,
			   BIND(V((const char *)p->name), V(p->version), V(k->body)), NULL);
}

static bool is_new(const struct part *mine, const struct wire_part *m)
{
	return m->version >= mine->version && (m->version != mine->applied || !mine->applied);
}

bool parts_wants(const struct parts *p, const struct wire_part *m)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->list[i].name, m->name))
			return is_new(&p->list[i], m);
	return true;
}

enum err parts_take(struct scope *sc, struct parts *p, const struct wire_part *m, bool *changed)
{
	struct part *part = have(p, m->name);
	int64_t before;
	enum err e;

	if (!part)
		return fail(sc, ERR_LIMIT, "there are too many parts");
	before = part->applied;
	/* A repeat of what stands is answered; an older one came late and says nothing. */
	*changed = m->version >= part->version;
	if (!is_new(part, m))
		return ERR_NONE;
	part->version = m->version;
	e = apply(sc, m);
	part->state = e ? PART_ERROR : mailu_has(m->name) ? PART_APPLYING : PART_APPLIED;
	snprintf(part->reason, MAX_REASON, "%s", e ? sc->why : "");
	if (part->state == PART_APPLIED)
		part->applied = m->version;
	scope_clear(sc);
	e = db_write(sc, store_part, &(struct keeping){ part, e ? NULL : m->body });
	/* What could not be kept is taken anew when it comes again. */
	if (e)
		part->applied = before;
	if (!e && part->state == PART_APPLYING)
		mailu_want(agent_of(sc)->mailu, m->name, m->version, m->body, false);
	return e;
}

static enum err store_done(struct scope *sc, void *arg)
{
	const struct part *p = arg;
	const char *name = p->name;
	enum err e = put_part(sc, p, NULL);

	if (!e && p->state == PART_APPLIED)
		e = db_run(sc, &part_next_apply, BIND(V(name)), NULL);
	/* One that is tried again stays wanted. */
	if (!e && p->state != PART_ERROR)
		e = db_run(sc, &part_next_drop, BIND(V(name)), NULL);
	return e;
}

enum err parts_done(struct scope *sc, struct parts *p, const char *name, int64_t version,
	enum part_state state, const char *reason)
{
	struct part *part = have(p, name);

	if (!part || part->version != version)
		return ERR_NONE;
	part->state = state;
	snprintf(part->reason, MAX_REASON, "%s", reason);
	if (state == PART_APPLIED)
		part->applied = version;
	return db_write(sc, store_done, part);
}

size_t parts_versions(struct scope *sc, const struct parts *p, struct wire_version **list)
{
	*list = arena_array(sc->mem, p->count, sizeof **list);
	for (size_t i = 0; i < p->count; i++)
		(*list)[i] = (struct wire_version){ p->list[i].name, p->list[i].version };
	return p->count;
}

size_t parts_reports(struct scope *sc, const struct parts *p, struct wire_part_report **list)
{
	*list = arena_array(sc->mem, p->count, sizeof **list);
	for (size_t i = 0; i < p->count; i++) {
		const struct part *part = &p->list[i];

		(*list)[i] = (struct wire_part_report){ part->name, part->version, part->state,
			part->reason[0] ? part->reason : NULL };
	}
	return p->count;
}
