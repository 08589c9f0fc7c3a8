/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "health.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "agent.h"
#include "config.h"
#include "mailu/mailu.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"

#define MAX_WHY 128

struct health_watch {
	char why[WORRIES][MAX_WHY]; /* "" where there is no worry */
	enum health settled;        /* as last settled, whether or not it could be written down */
	char settled_why[MAX_WHY];
	enum health told; /* the state that the last fact named */
};

struct health_watch *health_new(void)
{
	struct health_watch *h = calloc(1, sizeof *h);

	if (!h)
		abort();
	return h;
}

void health_free(struct health_watch *h)
{
	free(h);
}

void health_set(struct health_watch *h, enum worry w, const char *why)
{
	snprintf(h->why[w], sizeof h->why[w], "%s", why ? why : "");
}

bool health_has(const struct health_watch *h, enum worry w)
{
	return h->why[w][0] != 0;
}

static const char *gravest(const struct health_watch *h, enum health *state)
{
	static const enum health weight[WORRIES] = {
		[WORRY_DISK] = HEALTH_HELD,
		[WORRY_CLOCK] = HEALTH_HELD,
		[WORRY_DATABASE] = HEALTH_HELD,
		[WORRY_RESTORED] = HEALTH_HELD,
		[WORRY_LOG] = HEALTH_HELD,
		[WORRY_MAILU] = HEALTH_HELD,
		[WORRY_POSTFIX] = HEALTH_DEGRADED,
		[WORRY_QUEUE] = HEALTH_DEGRADED,
		[WORRY_HOLD] = HEALTH_DEGRADED,
		[WORRY_CERT] = HEALTH_DEGRADED,
		[WORRY_CARE] = HEALTH_DEGRADED,
	};
	const char *why = NULL;

	*state = HEALTH_OK;
	for (int i = 0; i < WORRIES; i++) {
		if (h->why[i][0] && weight[i] > *state) {
			*state = weight[i];
			why = h->why[i];
		}
	}
	return why;
}

enum health health_state(const struct health_watch *h)
{
	enum health state;

	gravest(h, &state);
	return state;
}

const char *health_why(const struct health_watch *h)
{
	enum health state;

	return gravest(h, &state);
}

void health_look(struct scope *sc, struct health_watch *h)
{
	const struct agent_config *c = agent_of(sc)->config;
	struct mailu_health mailu = mailu_health(sc, agent_of(sc)->mailu);
	struct timex clock = { 0 };
	struct statvfs disk;
	int64_t free_mib;

	health_set(h, WORRY_MAILU, mailu.held);
	health_set(h, WORRY_CARE, mailu.degraded);
	if (statvfs(c->state_dir, &disk) != 0) {
		health_set(h, WORRY_DISK, strerror(errno));
	} else {
		free_mib = (int64_t)(disk.f_bavail * disk.f_frsize / (1024 * 1024));
		health_set(h, WORRY_DISK,
			free_mib >= c->disk_min_mib
				? NULL
				: arena_printf(sc->mem, "disk full: %lld MiB left",
					  (long long)free_mib));
	}
	if (c->clock_check)
		health_set(h, WORRY_CLOCK,
			adjtimex(&clock) == TIME_ERROR ? "clock not synchronised" : NULL);
}

static enum err tell(struct scope *sc, void *arg)
{
	struct health_watch *h = arg;
	enum health state;
	const char *why = gravest(h, &state);
	enum err e = meta_set(sc, META_HEALTH, state, why);

	return e ? e
		 : outbox_add(sc, &(struct wire_fact){ .kind = FACT_HEALTH,
					  .text = why ? why : health_name(state) });
}

enum err health_settle(struct scope *sc, struct health_watch *h, bool *changed)
{
	enum health state;
	const char *why = gravest(h, &state);
	enum err e = ERR_NONE;

	/* At once, whether or not it can be written down, and taken back as it was given: a full
	   disk may have room again before anything was. */
	pacing_hold(agent_of(sc)->pacing, state == HEALTH_HELD ? why : NULL);
	*changed = state != h->settled || !str_eq(why ? why : "", h->settled_why);
	h->settled = state;
	snprintf(h->settled_why, sizeof h->settled_why, "%s", why ? why : "");
	/* In doubt about the outbox itself nothing is written to it. */
	if (state != h->told && !health_has(h, WORRY_RESTORED))
		e = outbox_write(sc, tell, h);
	if (!e && !health_has(h, WORRY_RESTORED))
		h->told = state;
	return e;
}
