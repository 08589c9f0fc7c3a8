/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "upkeep.h"

#include <stdlib.h>
#include <systemd/sd-event.h>

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "health.h"
#include "inbound.h"
#include "letters.h"
#include "link.h"
#include "meta.h"
#include "metric.h"
#include "outbox.h"
#include "pacing.h"
#include "spool.h"
#include "turn.h"

#define TIDY_MS MINUTE_MS
#define STEP_MS (2 * SECOND_MS) /* a clock that runs drifts less within a second */

struct upkeep {
	struct agent *agent;      /* borrowed */
	sd_event_source *timer;   /* owned */
	int64_t tidied, measured; /* monotonic ms */
	int64_t ahead;            /* of the real clock before the monotonic one */
};

void upkeep_metric(struct scope *sc, struct agent *a)
{
	struct wire_metric m;

	if (metric_measure(sc, &m) != ERR_NONE)
		log_failure(sc, "measuring");
	else
		link_metric(sc, a->link, &m);
	scope_clear(sc);
}

static enum err forget(struct scope *sc, void *arg)
{
	enum err e = spool_tidy(sc);

	if (!e)
		e = letters_tidy(sc);
	return e ? e : inbound_tidy(sc);
}

static void tidy(struct scope *sc, const struct agent *a)
{
	if (outbox_tidy(sc, a->outbox) != ERR_NONE || db_write(sc, forget, NULL) != ERR_NONE)
		log_failure(sc, "tidying up");
	scope_clear(sc);
}

static enum err probe(struct scope *sc, void *arg)
{
	return meta_set(sc, META_PROBE, now_real(sc).ms, NULL);
}

/* A held agent writes nothing by itself, so it asks whether it could. */
static void try_database(struct scope *sc, struct agent *a)
{
	if (health_has(a->health, WORRY_DATABASE) && db_write(sc, probe, NULL) == ERR_NONE)
		health_set(a->health, WORRY_DATABASE, NULL);
	scope_clear(sc);
}

static enum err clamp(struct scope *sc, void *arg)
{
	const struct agent *a = agent_of(sc);

	enum err e = spool_clamp(sc, a->config->retry_s * SECOND_MS);

	return e ? e : pacing_clamp(sc, a->pacing);
}

static void watch_clock(struct scope *sc, struct upkeep *u)
{
	int64_t ahead = now_real(sc).ms - clock_mono(), step = ahead - u->ahead;

	u->ahead = ahead;
	if (step > -STEP_MS && step < STEP_MS)
		return;
	log_warn(sc, "the clock was set %lld ms %s", (long long)(step < 0 ? -step : step),
		step < 0 ? "back" : "forth");
	if (step < 0 && db_write(sc, clamp, NULL) != ERR_NONE)
		log_failure(sc, "after the clock was set");
	scope_clear(sc);
	turn_soon(u->agent);
}

static bool is_time(int64_t *last, int64_t every)
{
	int64_t now = clock_mono();

	if (*last && now - *last < every)
		return false;
	*last = now;
	return true;
}

static int on_second(sd_event_source *s, uint64_t usec, void *arg)
{
	struct upkeep *u = arg;
	struct agent *a = u->agent;
	struct scope sc;

	scope_open(&sc, &a->world, "upkeep");
	health_look(&sc, a->health);
	watch_clock(&sc, u);
	try_database(&sc, a);
	link_renew(&sc, a->link);
	link_ask(&sc, a->link, false);
	link_facts(&sc, a->link);
	letters_turn(a->letters);
	if (is_time(&u->measured, a->config->metric_s * SECOND_MS))
		upkeep_metric(&sc, a);
	if (is_time(&u->tidied, TIDY_MS))
		tidy(&sc, a);
	scope_close(&sc);
	sd_event_source_set_time_relative(s, SECOND_MS * 1000);
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

enum err upkeep_start(struct scope *sc, struct agent *a, struct upkeep **out)
{
	struct upkeep *u = calloc(1, sizeof *u);

	if (!u)
		abort();
	u->agent = a;
	u->ahead = now_real(sc).ms - clock_mono();
	health_look(sc, a->health);
	if (sd_event_add_time_relative(
		    a->loop, &u->timer, CLOCK_MONOTONIC, 0, 10 * 1000, on_second, u) < 0) {
		free(u);
		return fail(sc, ERR_INTERNAL, "the loop takes no timer");
	}
	*out = u;
	return ERR_NONE;
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	sd_event_source_disable_unref(u->timer);
	free(u);
}
