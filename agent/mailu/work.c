/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/work.h"

#include "base/log.h"
#include "mailu/stack.h"

struct work {
	const struct mailu_site *site; /* borrowed */
	char *secrets;                 /* owned; a path */
	struct engine *engine;         /* owned */
	struct stack stack;
};

struct work *work_new(const struct mailu_site *site, const char *secrets, const atomic_bool *stop)
{
	struct work *w = calloc(1, sizeof *w);

	if (!w || !(w->secrets = strdup(secrets)))
		abort();
	w->site = site;
	w->engine = engine_new(site->docker);
	w->stack = (struct stack){ site, w->engine, stop };
	return w;
}

void work_free(struct work *w)
{
	if (!w)
		return;
	engine_free(w->engine);
	free(w->secrets);
	free(w);
}

static enum err read_spec(
	struct scope *sc, struct work *w, const char *body, struct mailu_spec *spec)
{
	struct mailu_secrets secrets;
	struct part_mailu part;
	enum err e = wire_get_mailu(sc, bytes_of(body, strlen(body)), &part);

	if (!e)
		e = mailu_check(sc, &part);
	if (!e)
		e = mailu_secrets(sc, w->secrets, &secrets);
	if (!e)
		*spec = mailu_spec(sc, w->site, &secrets, &part, NULL);
	return e;
}

static enum err bring(struct scope *sc, struct work *w, const char *body, bool *touched)
{
	struct mailu_spec spec;
	enum err e = read_spec(sc, w, body, &spec);

	*touched = false;
	if (!e)
		e = stack_can(sc, &w->stack, &spec);
	if (e)
		return e;
	*touched = true;
	return stack_up(sc, &w->stack, &spec);
}

/* Where it cannot be brought back either, the reason says both. */
static void bring_back(struct scope *sc, struct work *w, const char *good, struct work_result *r)
{
	const char *first = arena_text(sc->mem, r->reason);
	bool touched;

	r->state = PART_REVERTED;
	if (bring(sc, w, good, &touched))
		snprintf(r->reason, sizeof r->reason, "%.90s; and then: %.90s", first, sc->why);
	scope_clear(sc);
}

void work_apply(
	struct scope *sc, struct work *w, const char *body, const char *good, struct work_result *r)
{
	bool touched;
	enum err e = bring(sc, w, body, &touched);

	*r = (struct work_result){ .state = e ? PART_ERROR : PART_APPLIED };
	if (!e)
		return;
	snprintf(r->reason, sizeof r->reason, "%s", sc->why);
	log_failure(sc, "bringing MailU up");
	scope_clear(sc);
	/* Nobody is to blame for a Docker that is away, a full disk or our own end. */
	if (e == ERR_AWAY || *w->stack.stop) {
		r->again = true;
	} else if (good) {
		if (touched)
			bring_back(sc, w, good, r);
	} else {
		/* Nothing worked before: nothing half working stays, and nothing is lost by trying.
		 */
		r->again = e != ERR_INPUT;
		if (touched && stack_down(sc, &w->stack))
			log_failure(sc, "taking MailU down");
		scope_clear(sc);
	}
}
