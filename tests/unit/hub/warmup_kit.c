/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup_kit.h"

#include "store/db.h"
#include "warmup/lane.h"

SQL(warmup_kit_body, SQL_TENANT,
	"SELECT body FROM part WHERE tenant = $1 AND appliance = $2 AND name = 'warmup'");

bool kit_warmup_part(struct scope *sc, int64_t appliance, struct part_warmup *w)
{
	const char *body;

	if (db_text(sc, &warmup_kit_body, BIND(V(appliance)), &body)) {
		scope_clear(sc);
		return false;
	}
	OK(wire_get_warmup(sc, bytes_of(body, strlen(body)), w));
	return true;
}

struct telling {
	int64_t appliance;
	const char *body;
};

static enum err tell(struct scope *sc, void *arg)
{
	const struct telling *t = arg;

	return lane_told(sc, t->appliance, t->body);
}

void kit_lane_day(struct scope *sc, int64_t appliance, const struct wire_lane_day *m)
{
	struct bytes body = wire_put_lane_day(sc, m);

	OK(db_write(sc, tell,
		&(struct telling){ appliance, arena_copy(sc->mem, body.data, body.len) }));
}
