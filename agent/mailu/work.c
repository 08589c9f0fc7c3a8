/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/work.h"

#include "base/log.h"
#include "mailu/database.h"
#include "mailu/probe.h"
#include "mailu/stack.h"
#include "mailu/unit.h"

struct work {
	const struct mailu_site *site; /* borrowed */
	char *folder;                  /* owned; of secrets */
	struct engine *engine;         /* owned */
	struct http *http;             /* owned; to MailU's API */
	struct stack stack;
};

struct work *work_new(const struct mailu_site *site, const char *folder, const atomic_bool *stop)
{
	struct work *w = calloc(1, sizeof *w);

	if (!w || !(w->folder = strdup(folder)))
		abort();
	w->site = site;
	w->engine = engine_new(site->docker);
	w->http = http_new();
	w->stack = (struct stack){ site, w->engine, stop };
	return w;
}

void work_free(struct work *w)
{
	if (!w)
		return;
	engine_free(w->engine);
	http_free(w->http);
	free(w->folder);
	free(w);
}

const struct stack *work_stack(const struct work *w)
{
	return &w->stack;
}

static enum err read_spec(struct scope *sc, struct work *w, const char *body, const char *accounts,
	struct mailu_spec *spec, struct part_accounts *whose)
{
	const char *file = arena_printf(sc->mem, "%s/mailu.secrets", w->folder);
	struct mailu_secrets secrets;
	struct part_mailu part;
	enum err e = wire_get_mailu(sc, bytes_of(body, strlen(body)), &part);

	*whose = (struct part_accounts){ 0 };
	if (!e)
		e = mailu_check(sc, &part);
	if (!e && accounts)
		e = wire_get_accounts(sc, bytes_of(accounts, strlen(accounts)), whose);
	if (!e)
		e = mailu_secrets(sc, file, &secrets);
	if (!e)
		*spec = mailu_spec(sc, w->site, &secrets, &part, whose);
	return e;
}

static const char *tokens_of(struct scope *sc, const struct work *w)
{
	return arena_printf(sc->mem, "%s/mailu.tokens", w->folder);
}

static void keep_reason(struct scope *sc, struct work_result *r, const char *what)
{
	snprintf(r->reason, sizeof r->reason, "%s", sc->why);
	log_failure(sc, what);
	scope_clear(sc);
}

/* ---- up ---- */

/* What was done to this machine on the way. */
struct progress {
	bool touched;
	bool aside; /* the database from before the upgrade is kept */
	const char *version;
};

/* The version that BODY asks for; NULL where it asks for none. */
static const char *version_of(struct scope *sc, const char *body)
{
	struct part_mailu part;

	if (!body || wire_get_mailu(sc, bytes_of(body, strlen(body)), &part)) {
		scope_clear(sc);
		return NULL;
	}
	return part.version;
}

/* What FROM's version leaves may be changed for good by SPEC's: first its images are had, then its
   database is set aside. */
static enum err prepare(struct scope *sc, struct work *w, const struct mailu_spec *spec,
	const char *from, struct progress *p)
{
	enum err e;

	p->version = spec->part.version;
	if (!from || str_eq(from, p->version))
		return ERR_NONE;
	e = stack_have(sc, &w->stack, spec);
	return e ? e : database_aside(sc, w->site->root, p->version, &p->aside);
}

static enum err settle_objects(struct scope *sc, struct work *w, const struct mailu_spec *spec,
	const struct part_accounts *whose, struct objects *objects)
{
	const struct api api = { w->http, w->site->admin_port, spec->secrets.api_token };

	return objects_settle(sc, &api, spec, whose, tokens_of(sc, w), objects);
}

/* A new version is only kept when what is in it can be used and a mail goes through it, signed. */
static enum err prove(struct scope *sc, struct work *w, const struct mailu_spec *spec,
	const struct part_accounts *whose)
{
	const struct api api = { w->http, w->site->admin_port, spec->secrets.api_token };
	struct objects objects = { 0 };
	enum err e = settle_objects(sc, w, spec, whose, &objects);

	if (!e)
		e = probe_mail(sc, &w->stack, &api, spec->part.domain, tokens_of(sc, w));
	/* Docker is there: what does not answer is the new version. */
	if (e && !*w->stack.stop)
		return fail(sc, ERR_UPSTREAM, "%s", arena_text(sc->mem, sc->why));
	return e;
}

/* In place of a MailU of version FROM, or of none. */
static enum err bring(struct scope *sc, struct work *w, const char *body, const char *accounts,
	const char *from, struct progress *p)
{
	struct mailu_spec spec;
	struct part_accounts whose;
	enum err e = read_spec(sc, w, body, accounts, &spec, &whose);

	*p = (struct progress){ 0 };
	if (!e && spec.part.off) {
		p->touched = true;
		return stack_down(sc, &w->stack);
	}
	if (!e)
		e = stack_can(sc, &w->stack, &spec);
	if (e == ERR_AWAY)
		unit_explain(sc, w->site->unit, true);
	if (e)
		return e;
	p->touched = true;
	e = prepare(sc, w, &spec, from, p);
	if (!e)
		e = stack_up(sc, &w->stack, &spec);
	if (!e && from && !str_eq(from, spec.part.version))
		e = prove(sc, w, &spec, &whose);
	if (!e)
		database_forget(sc, w->site->root, p->version);
	return e;
}

/* A newer version may have changed the database: the older one finds its own again. */
static enum err put_back(struct scope *sc, struct work *w, const struct progress *p)
{
	enum err e;

	if (!p->aside)
		return ERR_NONE;
	e = stack_down(sc, &w->stack);
	return e ? e : database_back(sc, w->site->root, p->version);
}

/* Where it cannot be brought back either, the reason says both. */
static void bring_back(struct scope *sc, struct work *w, const char *good, const char *accounts,
	const struct progress *p, struct work_result *r)
{
	const char *first = arena_text(sc->mem, r->reason);
	struct progress back;
	enum err e = put_back(sc, w, p);

	r->state = PART_REVERTED;
	if (e || bring(sc, w, good, accounts, NULL, &back))
		snprintf(r->reason, sizeof r->reason, "%.90s; and then: %.90s", first, sc->why);
	scope_clear(sc);
}

void work_apply(struct scope *sc, struct work *w, const char *body, const char *accounts,
	const char *good, struct work_result *r)
{
	struct progress p;
	enum err e = bring(sc, w, body, accounts, version_of(sc, good), &p);

	*r = (struct work_result){ .state = e ? PART_ERROR : PART_APPLIED };
	if (!e)
		return;
	keep_reason(sc, r, "bringing MailU up");
	/* Nobody is to blame for a Docker that is away, a full disk or our own end; and where it
	   has worked already, there is nothing better to go back to. */
	if (e == ERR_AWAY || *w->stack.stop || str_eq(good, body)) {
		r->again = true;
	} else if (good) {
		if (p.touched)
			bring_back(sc, w, good, accounts, &p, r);
	} else {
		/* Nothing worked before: nothing half working stays, and nothing is lost by trying.
		 */
		r->again = e != ERR_INPUT;
		if (p.touched && stack_down(sc, &w->stack))
			log_failure(sc, "taking MailU down");
		scope_clear(sc);
	}
}

/* ---- what is in it ---- */

void work_settle(struct scope *sc, struct work *w, const char *body, const char *accounts,
	struct objects *objects, struct work_result *r)
{
	struct mailu_spec spec;
	struct part_accounts whose;
	enum err e = read_spec(sc, w, body, accounts, &spec, &whose);

	*objects = (struct objects){ 0 };
	/* Where nothing runs there is nothing to be put right. */
	if (!e && !spec.part.off)
		e = settle_objects(sc, w, &spec, &whose, objects);
	*r = (struct work_result){ .state = e ? PART_ERROR : PART_APPLIED,
		.again = e != ERR_NONE,
		.locked_out = e == ERR_AUTH || e == ERR_LIMIT };
	if (e)
		keep_reason(sc, r, "settling MailU's mailboxes");
}
