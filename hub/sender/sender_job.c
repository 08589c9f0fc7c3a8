/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/sender_job.h"

#include "sender/domain_check.h"
#include "sender/mailbox.h"

#define CHUNK   100
#define AT_ONCE 50 /* domains of one read */

SQL(sender_appliances, SQL_SYSTEM,
	"SELECT DISTINCT m.tenant, m.appliance FROM mailbox m JOIN appliance a ON a.tenant = "
	"m.tenant AND a.id = m.appliance WHERE m.appliance > $1 AND a.state NOT IN ('lost', "
	"'retired') ORDER BY m.appliance LIMIT 100");

SQL(sender_domains_due, SQL_SYSTEM,
	"SELECT tenant, id FROM domain WHERE check_due <= $1 AND state <> 'stopped' "
	"ORDER BY check_due LIMIT $2");

struct box {
	int64_t tenant, appliance;
};
SHAPE(box_shape, struct box, COL(struct box, tenant), COL(struct box, appliance));

struct chunk {
	const struct job *job;
	const struct box *list;
	size_t count;
};

static enum err push(struct scope *sc, void *arg)
{
	const struct chunk *c = arg;
	enum err e = job_hold(sc, c->job);

	for (size_t i = 0; !e && i < c->count; i++) {
		sc->tenant = c->list[i].tenant;
		e = mailbox_push(sc, c->list[i].appliance);
	}
	sc->tenant = 0;
	return e;
}

enum err sender_zones_run(struct scope *sc, struct job *j)
{
	int64_t after = 0;

	for (;;) {
		struct box *list;
		struct chunk c = { .job = j };
		enum err e = db_list(
			sc, &sender_appliances, BIND(V(after)), &box_shape, &list, &c.count);

		if (e || c.count == 0)
			return e;
		c.list = list;
		after = list[c.count - 1].appliance;
		e = db_write_later(sc, push, &c);
		if (e || c.count < CHUNK)
			return e;
	}
}

/* ---- records ---- */

struct due {
	int64_t tenant, id;
};
SHAPE(due_shape, struct due, COL(struct due, tenant), COL(struct due, id));

enum err sender_domain_run(struct scope *sc, struct job *j)
{
	return domain_check(sc, j, j->subject);
}

/* One after the other: a name server that is away holds up this job alone. */
enum err sender_domains_run(struct scope *sc, struct job *j)
{
	struct due *list;
	size_t n;
	enum err e = db_list(sc, &sender_domains_due, BIND(V(now_real(sc).ms), V((int64_t)AT_ONCE)),
		&due_shape, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		sc->tenant = list[i].tenant;
		e = domain_check(sc, j, list[i].id);
		sc->tenant = 0;
	}
	if (!e && n == AT_ONCE)
		j->again = now_real(sc).ms;
	return e;
}
