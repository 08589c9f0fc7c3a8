/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The weather at mailbox providers. One machine whose mail is put off has a trouble of its own; the
 * same on many machines at once, whosever they are, is the provider's. Counted over all companies
 * by machine, provider and class of reply: who, whom and what stays with the company.
 */
#ifndef REPUTE_WEATHER_H
#define REPUTE_WEATHER_H

#include "store/db.h"

/* Bad weather is called when in twenty minutes so many machines met the same, and at least one of
   so many that are connected. It is over half an hour after it was met last. */
#define WEATHER_SLOT_MS  (10 * MINUTE_MS)
#define WEATHER_MACHINES 3
#define WEATHER_SHARE    5
#define WEATHER_LASTS_MS (30 * MINUTE_MS)

struct weather_row {
	const char *provider; /* as in pace/data/providers */
	const char *class;    /* "rate", "network", "infrastructure", "other" */
	int64_t rate;         /* mails an hour that an address may still send there */
	int64_t since, until; /* real ms */
	int64_t until_plan;   /* the same on the plan's clock */
	int64_t own;          /* of the tenant's machines that met it in the last hour */
};
/* What holds now, by provider; for any tenant. */
enum err weather_list(struct scope *sc, struct weather_row **rows, size_t *n) MUST;
/* What the tenant's own machines met in the last hour and no weather explains: its own trouble. */
struct weather_own {
	const char *provider, *class;
	int64_t machines, replies;
};
enum err weather_own_list(struct scope *sc, struct weather_own **rows, size_t *n) MUST;

/* Inside db_write(): N replies at AT (real ms). */
enum err weather_hit(struct scope *sc, const char *provider, const char *class, int64_t appliance,
	int64_t at, int64_t n) MUST;
/* Looks at what was counted: begins, prolongs and ends, and tells every company that has machines
   (weather.began, weather.ended). System scope. */
struct job;
enum err weather_look(struct scope *sc, const struct job *j) MUST;

#endif
