/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a person leaves: by their own wish, by a dead address, by hand, or altogether. */
#include "audience/audience_priv.h"
#include "base/id.h"
#include "event/event.h"
#include "tenant/audit.h"

SQL(leave_state, SQL_TENANT,
	"UPDATE contact SET state = $3 WHERE tenant = $1 AND id = $2 AND state = $4");
SQL(leave_values, SQL_TENANT, "DELETE FROM value WHERE tenant = $1 AND contact = $2");
SQL(leave_erase, SQL_TENANT,
	"UPDATE contact SET state = 'erased', email_key = $3, email = '', name = NULL, company = "
	"NULL, country = NULL, zone = NULL, lang = NULL, provider = NULL, provider_due = NULL "
	"WHERE tenant = $1 AND id = $2");

struct leaving {
	int64_t id, message;
	const char *reason, *source;
};

static void count_move(struct scope *sc, const struct contact *c, const char *to)
{
	tally_add(sc, "workspace", c->workspace, arena_printf(sc->mem, "contact.%s", c->state), -1);
	tally_add(sc, "workspace", c->workspace, arena_printf(sc->mem, "contact.%s", to), 1);
}

/* *MOVED is false when it was in that state, or another write was first. */
static enum err move(struct scope *sc, const struct contact *c, const char *to, bool *moved)
{
	int64_t changed;
	enum err e = db_run(sc, &leave_state, BIND(V(c->id), V(to), V(c->state)), &changed);

	*moved = e == ERR_NONE && changed > 0;
	if (*moved)
		count_move(sc, c, to);
	return e;
}

static enum err stop(struct scope *sc, void *arg)
{
	const struct leaving *l = arg;
	bool dead = str_eq(l->reason, "bounced"), moved;
	const char *to = dead ? "bounced" : "unsubscribed";
	struct event ev = { .kind = dead ? "contact.bounced" : "contact.unsubscribed",
		.subject = l->id };
	struct contact c;
	enum err e = contact_find(sc, l->id, &c);

	if (e || str_eq(c.state, to) || str_eq(c.state, "erased"))
		return e;
	if (dead && str_eq(c.state, "unsubscribed"))
		return ERR_NONE; /* the person's own word weighs more */
	e = suppression_add(sc, "tenant", 0, c.email_key, l->reason, l->source);
	if (!e)
		e = move(sc, &c, to, &moved);
	if (e || !moved)
		return e;
	ev.workspace = c.workspace;
	ev.data = l->message ? arena_printf(sc->mem,
				       "{\"reason\":\"%s\",\"source\":\"%s\",\"message\":\"%s\"}",
				       l->reason, l->source,
				       id_format(sc->mem, ID_MESSAGE, l->message))
			     : arena_printf(sc->mem, "{\"reason\":\"%s\",\"source\":\"%s\"}",
				       l->reason, l->source);
	event_add(sc, &ev);
	return ERR_NONE;
}

enum err contact_stop(
	struct scope *sc, int64_t id, const char *reason, const char *source, int64_t message)
{
	return db_write(sc, stop, &(struct leaving){ id, message, reason, source });
}

static enum err resume(struct scope *sc, void *arg)
{
	const struct leaving *l = arg;
	struct contact c;
	bool moved;
	enum err e = contact_find(sc, l->id, &c);

	if (e || str_eq(c.state, "active"))
		return e;
	if (str_eq(c.state, "erased"))
		return fail(sc, ERR_CONFLICT, "This person was erased");
	e = suppression_drop(sc, "tenant", 0, c.email_key);
	if (e == ERR_MISSING)
		return fail(sc, ERR_CONFLICT,
			"This person complained, or asked to be forgotten: there is no way back");
	if (!e)
		e = move(sc, &c, "active", &moved);
	if (e || !moved)
		return e;
	event_addf(sc, "contact.resumed", l->id, "{}");
	return audit_add(sc, "contact.resume", l->id);
}

enum err contact_resume(struct scope *sc, int64_t id)
{
	return db_write(sc, resume, &(struct leaving){ .id = id });
}

/* The row stays for the counters' sake, and names nobody. */
static enum err erase(struct scope *sc, void *arg)
{
	const struct leaving *l = arg;
	struct contact c;
	enum err e = contact_find(sc, l->id, &c);

	if (e || str_eq(c.state, "erased"))
		return e;
	e = suppression_add(sc, "tenant", 0, c.email_key, "erased", "erasure");
	if (!e)
		e = db_run(sc, &leave_values, BIND(V(c.id)), NULL);
	if (!e)
		e = db_run(sc, &leave_erase,
			BIND(V(c.id), V(arena_printf(sc->mem, "erased:%s",
					      id_format(sc->mem, ID_CONTACT, c.id)))),
			NULL);
	if (!e)
		e = event_forget_contact(sc, c.id);
	if (e)
		return e;
	count_move(sc, &c, "erased");
	event_add(
		sc, &(struct event){
			    .kind = "contact.erased", .subject = c.id, .workspace = c.workspace });
	return audit_add(sc, "contact.erase", c.id);
}

enum err contact_erase(struct scope *sc, int64_t id)
{
	return db_write(sc, erase, &(struct leaving){ .id = id });
}
