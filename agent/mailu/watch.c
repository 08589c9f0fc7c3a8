/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/watch.h"

#include <stdlib.h>

#include "base/log.h"
#include "mailu/sights.h"
#include "mailu/unit.h"

struct row {
	struct check_rule rule;
	int every; /* rounds */
	sight_fn *look;
};

#define ENGINE "docker" /* no service of it, but what all of them run on */

/* In the order in which services need each other: what is mended first may mend the rest. */
static const struct row rows[] = {
	{ { "docker", ENGINE, 2, CHECK_HOLDS }, 1, sight_docker },
	{ { "redis", "redis", 2, CHECK_HOLDS_LAST }, 1, sight_box },
	{ { "resolver", "resolver", 2, CHECK_HOLDS }, 1, sight_box },
	{ { "admin", "admin", 2, CHECK_HOLDS }, 1, sight_box },
	{ { "front", "front", 2, CHECK_HOLDS }, 1, sight_box },
	{ { "imap", "imap", 2, CHECK_HOLDS_NEVER }, 1, sight_box },
	{ { "smtp", "smtp", 2, CHECK_HOLDS }, 1, sight_box },
	{ { "antispam", "antispam", 2, CHECK_HOLDS }, 1, sight_box },
	{ { "admin.ping", "admin", 3, CHECK_HOLDS_LAST }, 2, sight_admin },
	{ { "antispam.ping", "antispam", 3, CHECK_HOLDS }, 2, sight_scan },
	{ { "submission", "front", 3, CHECK_HOLDS }, 3, sight_submission },
	{ { "disk", NULL, 1, CHECK_HOLDS }, 3, sight_disk },
	{ { "inodes", NULL, 1, CHECK_HOLDS }, 3, sight_inodes },
	{ { "memory", NULL, 3, CHECK_HOLDS_NEVER }, 3, sight_memory },
	{ { "queue.size", NULL, 1, CHECK_HOLDS }, 3, sight_queue_size },
	{ { "queue.age", "smtp", 2, CHECK_HOLDS_LAST }, 3, sight_queue_age },
	{ { "certificate", NULL, 1, CHECK_HOLDS_NEVER }, 60, sight_certificate },
	{ { "clock", NULL, 2, CHECK_HOLDS }, 3, sight_clock },
};
_Static_assert(COUNT(rows) <= WATCH_MAX, "what is told has room for all");

struct watch {
	struct watch_config config;
	struct sights sights; /* what the looks share */
	struct check checks[COUNT(rows)];
	int64_t rounds;
};

struct watch *watch_new(const struct watch_config *c)
{
	struct watch *w = calloc(1, sizeof *w);

	if (!w)
		abort();
	w->config = *c;
	w->sights = (struct sights){ .stack = c->stack,
		.http = http_new(),
		.tokens = c->tokens,
		.disk_min_mib = c->disk_min_mib,
		.clock = c->clock };
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	http_free(w->sights.http);
	free(w);
}

/* An engine that runs and does not answer us may answer others. */
static bool can_mend(struct scope *sc, const struct watch *w, const char *service)
{
	return !str_eq(service, ENGINE) || unit_is_down(sc, w->config.stack->site->unit);
}

static enum err mend(
	struct scope *sc, const struct watch *w, const char *service, enum check_remedy remedy)
{
	const struct box *box = sights_box(&w->sights, service);

	if (str_eq(service, ENGINE))
		return unit_restart(sc, w->config.stack->site->unit);
	/* What is not there cannot be restarted. */
	if (remedy == REMEDY_RESTART && box)
		return engine_restart(sc, w->config.stack->engine, box->id);
	return stack_recreate(sc, w->config.stack, service);
}

static void try_remedy(struct scope *sc, struct watch *w, size_t which, enum check_remedy remedy,
	struct watch_result *r)
{
	const struct check_rule *rule = &rows[which].rule;
	const char *why = arena_text(sc->mem, w->checks[which].why);
	int64_t now;

	r->mended =
		arena_printf(sc->mem, "%s %s: %s", rule->service, check_remedy_name(remedy), why);
	log_warn(sc, "%s", r->mended);
	if (mend(sc, w, rule->service, remedy))
		log_failure(sc, "mending MailU");
	scope_clear(sc);
	now = clock_mono();
	for (size_t i = 0; i < COUNT(rows); i++)
		check_tried(&w->checks[i], i == which, now);
}

static enum check_remedy look_at(
	struct scope *sc, struct watch *w, size_t i, int64_t now, bool *changed)
{
	struct check *c = &w->checks[i];
	enum health before = c->state;
	bool first = !c->since;
	struct check_look look = { .mono = now, .real = now_real(sc).ms };
	enum check_remedy due;

	look.sight = rows[i].look(sc, &w->sights, rows[i].rule.name);
	look.why = sc->why;
	due = check_see(&rows[i].rule, c, &look);
	scope_clear(sc);
	if (c->state != before || first)
		*changed = true;
	return due;
}

static void tell(struct watch *w, struct watch_result *r)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct check *c = &w->checks[i];

		if (!c->since)
			continue;
		r->checks[r->count++] = (struct wire_check){ rows[i].rule.name, (int64_t)c->state,
			c->why[0] ? c->why : NULL, c->since };
		if (c->state == HEALTH_HELD && !r->held)
			r->held = c->why;
		if (c->state == HEALTH_DEGRADED && !r->degraded)
			r->degraded = c->why;
	}
}

static const char *postfix_of(const struct watch *w)
{
	const struct box *b = sights_box(&w->sights, "smtp");

	return b && b->state != BOX_ENDED && b->state != BOX_RESTARTS ? b->id : NULL;
}

void watch_round(struct scope *sc, struct watch *w, const char *domain, struct watch_result *r)
{
	int64_t now = clock_mono();
	enum check_remedy remedy = REMEDY_NONE;
	size_t which = 0;

	*r = (struct watch_result){ 0 };
	sights_begin(sc, &w->sights, domain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum check_remedy due;

		if (w->rounds % rows[i].every != 0)
			continue;
		due = look_at(sc, w, i, now, &r->changed);
		if (due && !remedy && can_mend(sc, w, rows[i].rule.service)) {
			remedy = due;
			which = i;
		}
	}
	w->rounds++;
	r->refused = w->sights.refused;
	r->postfix = postfix_of(w);
	if (remedy)
		try_remedy(sc, w, which, remedy, r);
	tell(w, r);
}
