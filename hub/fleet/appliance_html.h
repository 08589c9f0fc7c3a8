/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the appliances' pages draw; between appliance_page.c and appliance.tmpl. */
#ifndef FLEET_APPLIANCE_HTML_H
#define FLEET_APPLIANCE_HTML_H

#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/check.h"
#include "fleet/part.h"
#include "web/door.h"

struct appliances_view {
	const struct request *q;
	const struct appliance *rows;
	size_t n;
	const char *more; /* path of the next page, or NULL */
};
void appliances_html(struct scope *sc, struct out *o, const struct appliances_view *v);
void appliance_new_html(struct scope *sc, struct out *o, const struct request *q);

/* The last metric, taken apart; -1 where it is unknown. */
struct appliance_load {
	int64_t cpu_permille, memory_permille, disk_permille;
	int64_t disk_free_kib, queue, outbox, rss_kib, at;
};
struct appliance_view {
	const struct request *q;
	const struct appliance *a;
	const char *id;    /* written with its prefix */
	const char *token; /* just made, shown this once; or NULL */
	const struct part_row *parts;
	size_t part_count;
	const struct part_row *mailu; /* one of them, or NULL */
	const struct machine_check *checks;
	size_t check_count;
	struct appliance_load load;
	const struct event_row *events;
	const char *const *details;
	size_t event_count;
};
void appliance_html(struct scope *sc, struct out *o, const struct appliance_view *v);

/* The badge of a part: what it should be beside what is reported. */
void part_mood_html(struct scope *sc, struct out *o, const struct part_row *p);

/* A card of what it looks after; nothing where it says nothing of that. */
void checks_html(struct scope *sc, struct out *o, const struct machine_check *rows, size_t n);

/* "ok", "silent" …: the one word for how it is. */
const char *appliance_mood(const struct scope *sc, const struct appliance *a);

#endif
