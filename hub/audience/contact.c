/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/contact.h"

#include "audience/audience_priv.h"
#include "event/event.h"
#include "job/job.h"
#include "mail/address.h"
#include "tenant/audit.h"

#define COLUMNS                                                                                    \
	"c.id, c.workspace, c.email_key, c.email, c.name, c.company, c.country, c.zone, c.lang, "  \
	"c.provider, c.state, c.source, c.created"
/* One statement finds, fills in or adds: which index finds the address does not depend on what a
   planner knows of the table, and PostgreSQL knows nothing of it in the first minute of an import.
 */
SQL(contact_put, SQL_TENANT,
	"INSERT INTO contact (tenant, id, workspace, email_key, email, name, company, country, "
	"zone, lang, state, source, created) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
	"ON CONFLICT (tenant, workspace, email_key) DO UPDATE SET "
	"name = COALESCE(excluded.name, contact.name), "
	"company = COALESCE(excluded.company, contact.company), "
	"country = COALESCE(excluded.country, contact.country), "
	"zone = COALESCE(excluded.zone, contact.zone), "
	"lang = COALESCE(excluded.lang, contact.lang) RETURNING id");
/* What is NULL stays; "" empties. */
SQL(contact_update, SQL_TENANT,
	"UPDATE contact SET name = CASE WHEN $3 = '' THEN NULL ELSE COALESCE($3, name) END, "
	"company = CASE WHEN $4 = '' THEN NULL ELSE COALESCE($4, company) END, "
	"country = CASE WHEN $5 = '' THEN NULL ELSE COALESCE($5, country) END, "
	"zone = CASE WHEN $6 = '' THEN NULL ELSE COALESCE($6, zone) END, "
	"lang = CASE WHEN $7 = '' THEN NULL ELSE COALESCE($7, lang) END "
	"WHERE tenant = $1 AND id = $2 AND state <> 'erased'");
SQL(contact_by_id, SQL_TENANT,
	"SELECT " COLUMNS " FROM contact c WHERE c.tenant = $1 AND c.id = $2 "
	"AND (CAST($3 AS BIGINT) = 0 OR workspace = $3)");
/* clang-format off */
#define TEN(a, b, c, d, e, f, g, h, i, j)                                                          \
	"$" #a ", $" #b ", $" #c ", $" #d ", $" #e ", $" #f ", $" #g ", $" #h ", $" #i ", $" #j
SQL(contact_by_ids, SQL_TENANT,
	"SELECT " COLUMNS " FROM contact c WHERE c.tenant = $1 AND c.id IN ("
	TEN(2, 3, 4, 5, 6, 7, 8, 9, 10, 11) ", " TEN(12, 13, 14, 15, 16, 17, 18, 19, 20, 21) ", "
	TEN(22, 23, 24, 25, 26, 27, 28, 29, 30, 31) ", "
	TEN(32, 33, 34, 35, 36, 37, 38, 39, 40, 41) ", "
	TEN(42, 43, 44, 45, 46, 47, 48, 49, 50, 51) ")");
/* clang-format on */
SQL(contact_by_key, SQL_TENANT,
	"SELECT id FROM contact WHERE tenant = $1 AND workspace = $2 AND email_key = $3");
SQL(contact_page, SQL_TENANT,
	"SELECT " COLUMNS " FROM contact c WHERE c.tenant = $1 AND c.workspace = $2 "
	"AND c.id < $3 AND (c.state = $4 OR ($4 = '' AND c.state <> 'erased')) "
	"AND ($5 = '' OR c.email_key LIKE $5 ESCAPE '\\' OR lower(c.name) LIKE $5 ESCAPE '\\' "
	"OR lower(c.company) LIKE $5 ESCAPE '\\') ORDER BY c.id DESC LIMIT $6");
SQL(contact_page_import, SQL_TENANT,
	"SELECT " COLUMNS " FROM import_member m JOIN contact c ON c.tenant = m.tenant AND c.id = "
	"m.contact WHERE m.tenant = $1 AND c.workspace = $2 "
	"AND c.id < $3 AND (c.state = $4 OR ($4 = '' AND c.state <> 'erased')) "
	"AND ($5 = '' OR c.email_key LIKE $5 ESCAPE '\\' OR lower(c.name) LIKE $5 ESCAPE '\\' "
	"OR lower(c.company) LIKE $5 ESCAPE '\\') AND m.import = $7 ORDER BY m.contact DESC "
	"LIMIT $6");

SHAPE(contact_shape, struct contact, COL(struct contact, id), COL(struct contact, workspace),
	COL(struct contact, email_key), COL(struct contact, email), COL(struct contact, name),
	COL(struct contact, company), COL(struct contact, country), COL(struct contact, zone),
	COL(struct contact, lang), COL(struct contact, provider), COL(struct contact, state),
	COL(struct contact, source), COL(struct contact, created));

/* ---- input ---- */

static enum err check_text(struct scope *sc, const char *field, const char *text, size_t max)
{
	if (!text)
		return ERR_NONE;
	if (strlen(text) > max)
		return fail_field(sc, field, "At most %zu bytes", max);
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return fail_field(
				sc, field, "Only one line of text, without control characters");
	return ERR_NONE;
}

enum err contact_check(struct scope *sc, const struct contact_new *in)
{
	const struct {
		const char *field, *text;
		size_t max;
	} rows[] = {
		{ "name", in->name, 200 },
		{ "company", in->company, 200 },
		{ "country", in->country, 100 },
		{ "zone", in->zone, 64 },
		{ "lang", in->lang, 35 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err e = check_text(sc, rows[i].field, rows[i].text, rows[i].max);

		if (e)
			return e;
	}
	for (size_t i = 0; i < in->count; i++) {
		enum err e = check_text(sc, in->values[i].name, in->values[i].text, 1000);

		if (e)
			return e;
	}
	return ERR_NONE;
}

/* Columns take NULL for what nobody knows. */
static const char *or_null(const char *text)
{
	return str_empty(text) ? NULL : text;
}

/* ---- adding ---- */

/* Who left before stays away: under what state the person comes in. */
static enum err state_of_new(struct scope *sc, const struct suppression_key *key,
	const char *email_key, const char **state)
{
	const char *reason = NULL;
	enum err e =
		suppression_find(sc, sc->workspace, suppression_hash(sc, key, email_key), &reason);

	if (e)
		return e;
	if (str_eq(reason, "erased")) {
		int64_t known;

		e = db_int(sc, &contact_by_key, BIND(V(sc->workspace), V(email_key)), &known);
		if (e == ERR_MISSING)
			return fail(sc, ERR_DENIED, "This person asked to be forgotten");
		if (e)
			return e;
	}
	*state = !reason ? "active" : str_eq(reason, "bounced") ? "bounced" : "unsubscribed";
	return ERR_NONE;
}

static enum err put(struct scope *sc, const struct merge *m, int64_t *id, bool *added)
{
	const struct contact_new *in = m->in;
	const char *state = NULL;
	int64_t new = new_id(sc);
	enum err e = state_of_new(sc, m->key, m->email_key, &state);

	if (!e)
		e = db_int(sc, &contact_put,
			BIND(V(new), V(sc->workspace), V(m->email_key), V(in->email),
				V(or_null(in->name)), V(or_null(in->company)),
				V(or_null(in->country)), V(or_null(in->zone)), V(or_null(in->lang)),
				V(state), V_REF(in->source), V(now_real(sc).ms)),
			id);
	if (e)
		return e;
	*added = *id == new;
	if (*added)
		tally_add(sc, "workspace", sc->workspace,
			arena_printf(sc->mem, "contact.%s", state), 1);
	return ERR_NONE;
}

static enum err update(struct scope *sc, int64_t id, const struct contact_new *in)
{
	return db_run(sc, &contact_update,
		BIND(V(id), V(in->name), V(in->company), V(in->country), V(in->zone), V(in->lang)),
		NULL);
}

static enum err set_values(
	struct scope *sc, int64_t id, const struct contact_new *in, const int64_t *fields)
{
	for (size_t i = 0; i < in->count; i++) {
		int64_t field = fields ? fields[i] : 0;
		enum err e = field ? ERR_NONE : field_ensure(sc, in->values[i].name, &field);

		if (!e)
			e = value_set(sc, field, id, in->values[i].text);
		if (e)
			return e;
	}
	return ERR_NONE;
}

/* A row of a file fills in; what it leaves empty stays as it was. */
static enum err fill_values(struct scope *sc, const struct merge *m, int64_t id)
{
	struct contact_value *values = arena_array(sc->mem, m->in->count, sizeof *values);
	int64_t *fields = arena_array(sc->mem, m->in->count, sizeof *fields);
	struct contact_new known = { .values = values };

	for (size_t i = 0; i < m->in->count; i++) {
		if (str_empty(m->in->values[i].text))
			continue;
		if (m->fields)
			fields[known.count] = m->fields[i];
		values[known.count++] = m->in->values[i];
	}
	return set_values(sc, id, &known, m->fields ? fields : NULL);
}

enum err contact_merge_with(struct scope *sc, const struct merge *m, int64_t *id, bool *added)
{
	enum err e = put(sc, m, id, added);

	return e ? e : fill_values(sc, m, *id);
}

enum err contact_merge(
	struct scope *sc, const struct contact_new *in, const char *key, int64_t *id, bool *added)
{
	struct suppression_key secret;
	struct merge m = { .key = &secret, .in = in, .email_key = key };
	enum err e = suppression_key_get(sc, &secret);

	return e ? e : contact_merge_with(sc, &m, id, added);
}

struct change {
	const struct contact_new *in;
	const char *key;
	int64_t id;
};

static enum err add(struct scope *sc, void *arg)
{
	struct change *c = arg;
	bool added;
	enum err e = contact_merge(sc, c->in, c->key, &c->id, &added);

	if (e)
		return e;
	if (!added)
		return fail(sc, ERR_CONFLICT, "This address is in the workspace already");
	event_addf(sc, "contact.added", c->id, "{}");
	return job_now(sc, CONTACT_PROVIDERS_JOB, 0, "");
}

enum err contact_add(struct scope *sc, const struct contact_new *in, int64_t *id)
{
	struct contact_new known = *in;
	struct change c = { .in = &known };
	struct address a;
	enum err e = address_parse(sc, "email", in->email, &a);

	if (!e)
		e = contact_check(sc, in);
	if (e)
		return e;
	known.email = a.typed;
	c.key = a.key;
	e = db_write(sc, add, &c);
	if (!e)
		*id = c.id;
	return e;
}

static enum err edit(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	struct contact old;
	enum err e = contact_find(sc, c->id, &old);

	if (!e && str_eq(old.state, "erased"))
		return fail(sc, ERR_CONFLICT, "This person was erased");
	if (!e)
		e = update(sc, c->id, c->in);
	if (!e)
		e = set_values(sc, c->id, c->in, NULL);
	if (e)
		return e;
	event_addf(sc, "contact.changed", c->id, "{}");
	return audit_add(sc, "contact.edit", c->id);
}

enum err contact_edit(struct scope *sc, int64_t id, const struct contact_new *in)
{
	struct change c = { .in = in, .id = id };
	enum err e = contact_check(sc, in);

	return e ? e : db_write(sc, edit, &c);
}

/* ---- reading ---- */

enum err contact_find(struct scope *sc, int64_t id, struct contact *out)
{
	return db_one(sc, &contact_by_id, BIND(V(id), V(sc->workspace)), &contact_shape, out);
}

enum err contact_find_many(
	struct scope *sc, const int64_t *ids, size_t n, struct contact **list, size_t *found)
{
	struct value values[CONTACT_MANY];

	for (size_t i = 0; i < CONTACT_MANY; i++)
		values[i] = V(i < n ? ids[i] : 0);
	return db_list(sc, &contact_by_ids, (struct binds){ values, CONTACT_MANY }, &contact_shape,
		list, found);
}

/* What was typed, anywhere in the text, with LIKE's own letters made plain. */
static const char *pattern_of(struct scope *sc, const char *typed)
{
	const char *lower = str_lower(sc->mem, str_trim(sc->mem, typed ? typed : ""));
	char *pattern, *p;

	if (!*lower)
		return "";
	p = pattern = arena_alloc(sc->mem, 2 * strlen(lower) + 3);
	*p++ = '%';
	for (; *lower; lower++) {
		if (strchr("%_\\", *lower))
			*p++ = '\\';
		*p++ = *lower;
	}
	*p = '%';
	return pattern;
}

enum err contact_list(
	struct scope *sc, const struct contact_filter *f, struct contact **list, size_t *n)
{
	int64_t after = f->after > 0 ? f->after : INT64_MAX, limit = f->limit;
	const char *state = f->state ? f->state : "", *pattern = pattern_of(sc, f->search);

	if (f->source)
		return db_list(sc, &contact_page_import,
			BIND(V(sc->workspace), V(after), V(state), V(pattern), V(limit),
				V(f->source)),
			&contact_shape, list, n);
	return db_list(sc, &contact_page,
		BIND(V(sc->workspace), V(after), V(state), V(pattern), V(limit)), &contact_shape,
		list, n);
}

enum err contact_count(struct scope *sc, struct contact_counts *out)
{
	struct tally_row *rows;
	size_t n;
	enum err e = tally_list(sc, "workspace", sc->workspace, &rows, &n);

	if (e)
		return e;
	out->active = tally_of(rows, n, "contact.active");
	out->unsubscribed = tally_of(rows, n, "contact.unsubscribed");
	out->bounced = tally_of(rows, n, "contact.bounced");
	out->erased = tally_of(rows, n, "contact.erased");
	return ERR_NONE;
}
