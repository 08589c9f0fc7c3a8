/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/selector.h"

#include <string.h>

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/part.h"
#include "mailu/mailu_account.h"
#include "sender/domain_check.h"
#include "tenant/audit.h"

#define JOB     "mailu.selector"
#define LOOK_MS MINUTE_MS
#define ASK_MS  (5 * MINUTE_MS) /* between two look-ups of a record that is not there yet */

SQL(selector_ask, SQL_TENANT,
	"UPDATE mailu SET next = $3, number = number + 1, changed_at = $4 WHERE tenant = $1 "
	"AND appliance = $2 AND state = 'on' AND next IS NULL AND old IS NULL");
SQL(selector_drop, SQL_TENANT,
	"UPDATE mailu SET next = NULL, changed_at = $3 WHERE tenant = $1 AND appliance = $2 "
	"AND next IS NOT NULL");
SQL(selector_switch, SQL_TENANT,
	"UPDATE mailu SET old = selector, selector = next, next = NULL, old_until = NULL, "
	"changed_at = $3 WHERE tenant = $1 AND appliance = $2 AND next IS NOT NULL");
SQL(selector_keep, SQL_TENANT,
	"UPDATE mailu SET old_until = $3 WHERE tenant = $1 AND appliance = $2");
SQL(selector_end, SQL_TENANT,
	"UPDATE mailu SET old = NULL, old_until = NULL, changed_at = $3 "
	"WHERE tenant = $1 AND appliance = $2");

/* ---- what it waits for ---- */

static const struct wanted *find(const struct wanted *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

enum err selector_records(
	struct scope *sc, const struct mailu *m, struct selector_record **list, size_t *n)
{
	int64_t before = now_real(sc).ms - SELECTOR_PROVED_MS;
	struct part_accounts accounts = { 0 };
	struct wanted *rows;
	size_t count;
	enum err e = mailu_account_part(sc, m->appliance, m->settings.domain, &accounts);

	if (!e)
		e = wanted_list(sc, m->appliance, &rows, &count);
	if (e)
		return e;
	*n = accounts.domain_count;
	*list = arena_array(sc->mem, *n, sizeof **list);
	for (size_t i = 0; i < *n; i++) {
		struct selector_record *r = &(*list)[i];

		r->domain = accounts.domains[i].name;
		r->wanted = find(rows, count,
			arena_printf(
				sc->mem, "%s._domainkey.%s", m->next ? m->next : "", r->domain));
		r->proved =
			r->wanted && str_eq(r->wanted->state, "good") && r->wanted->since <= before;
	}
	return ERR_NONE;
}

static enum err tell(struct scope *sc, int64_t appliance, const char *selector, const char *state)
{
	event_addf(sc, "appliance.selector", appliance,
		"{\"appliance\":\"%s\",\"selector\":\"%s\",\"state\":\"%s\"}",
		id_format(sc->mem, ID_APPLIANCE, appliance), selector, state);
	return ERR_NONE;
}

/* ---- the job's hand ---- */

static enum err switch_over(struct scope *sc, const struct mailu *m)
{
	enum err e = db_run(sc, &selector_switch, BIND(V(m->appliance), V(now_real(sc).ms)), NULL);

	if (!e)
		e = mailu_push(sc, m->appliance);
	return e ? e : tell(sc, m->appliance, m->next, "signs");
}

static enum err prove(struct scope *sc, const struct mailu *m, int64_t *again)
{
	int64_t now = now_real(sc).ms;
	struct selector_record *list;
	bool all = true;
	size_t n;
	enum err e = selector_records(sc, m, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		const struct wanted *w = list[i].wanted;

		all = all && list[i].proved;
		if (w && !list[i].proved && w->checked_at <= now - ASK_MS)
			e = domain_check_name_soon(sc, list[i].domain);
	}
	*again = now + LOOK_MS;
	return e || !all ? e : switch_over(sc, m);
}

/* The new keys sign from when the machine says so. */
static enum err is_applied(struct scope *sc, int64_t appliance, bool *yes)
{
	struct part_row *rows;
	size_t n;
	enum err e = part_list(sc, appliance, &rows, &n);

	*yes = false;
	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].name, PART_MAILU))
			*yes = rows[i].applied >= rows[i].version;
	return e;
}

static enum err keep_old(struct scope *sc, const struct mailu *m, int64_t *again)
{
	int64_t now = now_real(sc).ms;
	bool signs;
	enum err e = is_applied(sc, m->appliance, &signs);

	*again = now + LOOK_MS;
	if (e || (!m->old_until && !signs))
		return e;
	if (!m->old_until) {
		*again = now + SELECTOR_KEPT_MS;
		return db_run(sc, &selector_keep, BIND(V(m->appliance), V(*again)), NULL);
	}
	*again = m->old_until;
	if (now < m->old_until)
		return ERR_NONE;
	*again = 0;
	e = db_run(sc, &selector_end, BIND(V(m->appliance), V(now)), NULL);
	if (!e)
		e = mailu_push(sc, m->appliance);
	return e ? e : tell(sc, m->appliance, m->old, "gone");
}

enum err selector_step(struct scope *sc, int64_t appliance, int64_t *again)
{
	struct mailu m;
	enum err e = mailu_find(sc, appliance, &m);

	*again = 0;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e || !mailu_is_on(&m))
		return e;
	if (m.next)
		return prove(sc, &m, again);
	return m.old ? keep_old(sc, &m, again) : ERR_NONE;
}

enum err selector_watch(struct scope *sc, const struct mailu *m)
{
	if (!m->next && !m->old)
		return ERR_NONE;
	return job_now(sc, JOB, m->appliance, id_format(sc->mem, ID_APPLIANCE, m->appliance));
}

/* ---- the operator's hand ---- */

static enum err write_change(struct scope *sc, void *arg)
{
	const int64_t *appliance = arg;
	const char *next;
	int64_t changed = 0;
	struct mailu m;
	enum err e = mailu_find(sc, *appliance, &m);

	if (e == ERR_MISSING)
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	if (e)
		return e;
	/* Numbers never come again: a name that was published once may be remembered. */
	next = mailu_selector(sc, *appliance, m.number + 1);
	e = db_run(sc, &selector_ask, BIND(V(*appliance), V(next), V(now_real(sc).ms)), &changed);
	if (!e && !changed && mailu_is_on(&m))
		return fail(sc, ERR_CONFLICT, "The keys are being changed already");
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	m.next = next;
	if (!e)
		e = mailu_push(sc, *appliance);
	if (!e)
		e = selector_watch(sc, &m);
	if (!e)
		e = tell(sc, *appliance, next, "asked");
	return e ? e : audit_add(sc, "mailu.selector", *appliance);
}

enum err selector_change(struct scope *sc, int64_t appliance)
{
	struct appliance a;
	enum err e = appliance_find(sc, appliance, &a);

	return e ? e : db_write(sc, write_change, &appliance);
}

static enum err write_give_up(struct scope *sc, void *arg)
{
	const int64_t *appliance = arg;
	int64_t changed = 0;
	struct mailu m;
	enum err e = mailu_find(sc, *appliance, &m);

	if (!e)
		e = db_run(sc, &selector_drop, BIND(V(*appliance), V(now_real(sc).ms)), &changed);
	if (e == ERR_MISSING || (!e && !changed))
		return fail(sc, ERR_CONFLICT, "There is no change of keys to give up");
	if (!e)
		e = mailu_push(sc, *appliance);
	if (!e)
		e = tell(sc, *appliance, m.next, "dropped");
	return e ? e : audit_add(sc, "mailu.selector", *appliance);
}

enum err selector_give_up(struct scope *sc, int64_t appliance)
{
	struct appliance a;
	enum err e = appliance_find(sc, appliance, &a);

	return e ? e : db_write(sc, write_give_up, &appliance);
}
