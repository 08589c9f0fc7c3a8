/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/fleet_bus.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/address.h"
#include "fleet/appliance.h"
#include "fleet/appliance_command.h"
#include "fleet/catch_up.h"
#include "fleet/check.h"
#include "fleet/enrolment.h"
#include "fleet/part.h"
#include "fleet/uplink.h"
#include "fleet/wanted.h"

#define REPEAT_MS  (10 * SECOND_MS)
#define ROUND_MOST 100 /* appliances in one round */

/* No row is put off for longer than a repeat: one that is was before the clock was set back. */
SQL(parts_waiting, SQL_ENGINE,
	"SELECT appliance, tenant, parts_due AS due FROM uplink "
	"WHERE (parts_due <= $1 OR parts_due > $4) AND seen_at >= $2 AND revoked_at IS NULL ORDER BY parts_due LIMIT $3");
/* Two hubs read the same row; one moves it. */
SQL(parts_claim, SQL_ENGINE,
	"UPDATE uplink SET parts_due = $3 WHERE appliance = $1 AND parts_due = $2");

SQL(commands_waiting, SQL_ENGINE,
	"SELECT appliance, tenant, commands_due AS due FROM uplink "
	"WHERE commands_due <= $1 OR commands_due > $3 ORDER BY commands_due LIMIT $2");
SQL(commands_claim, SQL_ENGINE,
	"UPDATE uplink SET commands_due = $3 WHERE appliance = $1 AND commands_due = $2");

SQL(catch_up_due, SQL_ENGINE,
	"SELECT c.appliance, c.since AS number, c.asked_at AS before, u.epoch, u.next "
	"FROM catch_up c JOIN uplink u ON u.appliance = c.appliance WHERE c.asked_at <= $1 "
	"ORDER BY c.asked_at LIMIT $2");
SQL(catch_up_ask, SQL_ENGINE,
	"UPDATE catch_up SET asked_at = $3 WHERE appliance = $1 AND asked_at = $2");

struct waiting {
	int64_t appliance, tenant, due;
};
SHAPE(waiting_shape, struct waiting, COL(struct waiting, appliance), COL(struct waiting, tenant),
	COL(struct waiting, due));

/* ---- up ---- */

struct hello_in {
	int64_t appliance;
	const struct wire_hello *m;
	struct wire_ack ack;
};

/* What says it is a copy that does not know: its parts and its room mean nothing yet. */
static enum err refuse(struct scope *sc, struct hello_in *in)
{
	struct uplink u;
	enum err e;

	scope_clear(sc);
	e = uplink_find(sc, in->appliance, &u);
	if (!e)
		in->ack = (struct wire_ack){ .epoch = u.epoch, .refused = true };
	return e;
}

#define ADDRESSES_MOST 64

/* An agent that names none may be older than this, or behind a translation of addresses. */
static enum err take_addresses(struct scope *sc, int64_t appliance, const char *said)
{
	const char *list[ADDRESSES_MOST];
	size_t n = 0;

	if (str_empty(said))
		return ERR_NONE;
	while (*said && n < ADDRESSES_MOST) {
		size_t len = strcspn(said, " ");

		list[n++] = arena_printf(sc->mem, "%.*s", (int)len, said);
		said += len + (said[len] == ' ');
	}
	return address_reported(sc, appliance, list, n);
}

static enum err write_hello(struct scope *sc, void *arg)
{
	struct hello_in *in = arg;
	enum err e = appliance_seen(sc, in->appliance, in->m->version, in->m->caps);

	if (!e)
		e = uplink_hello(sc, in->appliance, in->m, &in->ack.mark);
	if (e == ERR_CONFLICT)
		return refuse(sc, in);
	in->ack.epoch = in->m->epoch;
	if (!e)
		e = part_known(sc, in->appliance, in->m->parts, in->m->part_count);
	if (!e)
		e = take_addresses(sc, in->appliance, in->m->addresses);
	if (!e)
		e = uplink_work_due(sc, in->appliance);
	return e ? e : catch_up_number(sc, in->appliance, &in->ack.account);
}

enum err fleet_hello(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_hello m;
	struct hello_in in = { .appliance = appliance, .m = &m };
	enum err e = wire_get_hello(sc, payload, &m);

	if (!e && m.protocol != WIRE_PROTOCOL)
		return fail_field(sc, "protocol", "The appliance speaks another protocol");
	if (!e)
		e = db_write(sc, write_hello, &in);
	if (e)
		return e;
	return bus_send(sc, appliance, WIRE_ACK, wire_put_ack(sc, &in.ack), 0);
}

struct reported_in {
	int64_t appliance;
	const struct wire_reported *m;
};

static enum err write_reported(struct scope *sc, void *arg)
{
	const struct reported_in *in = arg;
	const struct wire_reported *m = in->m;
	enum err e = uplink_credit(sc, in->appliance, m->epoch, m->taken, m->room);

	if (!e)
		e = uplink_hold(sc, in->appliance, m->health == HEALTH_HELD);
	if (!e)
		e = appliance_health(sc, in->appliance, health_name((enum health)m->health),
			m->reason, m->waiting);
	if (!e)
		e = part_reported(sc, in->appliance, m->parts, m->part_count);
	/* None is no news: they come when they change. */
	if (!e && m->record_count)
		e = wanted_put(sc, in->appliance, m->records, m->record_count);
	if (!e && m->check_count)
		e = check_put(sc, in->appliance, m->checks, m->check_count);
	return e;
}

enum err fleet_reported(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_reported m;
	enum err e = wire_get_reported(sc, payload, &m);

	return e ? e : db_write(sc, write_reported, &(struct reported_in){ appliance, &m });
}

struct metric_in {
	int64_t appliance;
	const char *text;
};

static enum err write_metric(struct scope *sc, void *arg)
{
	const struct metric_in *in = arg;
	enum err e = appliance_seen(sc, in->appliance, NULL, NULL);

	return e ? e : appliance_metric(sc, in->appliance, in->text);
}

enum err fleet_metric(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_metric m;
	struct bytes text;
	enum err e = wire_get_metric(sc, payload, &m);

	if (e)
		return e;
	text = wire_put_metric(sc, &m);
	return db_write(sc, write_metric,
		&(struct metric_in){ appliance, arena_copy(sc->mem, text.data, text.len) });
}

/* The last will only hints: an appliance counts as silent by its seen_at. */
enum err fleet_presence(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_presence m;

	return wire_get_presence(sc, payload, &m);
}

struct result_in {
	int64_t appliance;
	const struct wire_result *m;
};

static enum err write_result(struct scope *sc, void *arg)
{
	const struct result_in *in = arg;

	return appliance_command_answered(sc, in->appliance, in->m);
}

enum err fleet_result(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_result m;
	enum err e = wire_get_result(sc, payload, &m);

	return e ? e : db_write(sc, write_result, &(struct result_in){ appliance, &m });
}

enum err fleet_csr(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_cert answer;
	struct wire_csr m;
	enum err e = wire_get_csr(sc, payload, &m);

	if (e)
		return e;
	e = enrolment_renew(sc, appliance, m.csr, &answer);
	if (e == ERR_INPUT || e == ERR_DENIED)
		answer = (struct wire_cert){ .reason = sc->why };
	else if (e)
		return e;
	return bus_send(sc, appliance, WIRE_CERT, wire_put_cert(sc, &answer), 0);
}

/* ---- down ---- */

struct parts_in {
	struct waiting row;
	struct part_due *list;
	size_t n;
};

static enum err write_parts(struct scope *sc, void *arg)
{
	struct parts_in *in = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &parts_claim,
		BIND(V(in->row.appliance), V(in->row.due), V(now_real(sc).ms + REPEAT_MS)),
		&changed);

	in->n = 0;
	if (!e && changed)
		e = part_take_due(sc, in->row.appliance, &in->list, &in->n);
	return e;
}

static enum err send_part(struct scope *sc, int64_t appliance, const struct part_due *p)
{
	struct wire_part m = {
		.name = p->name, .version = p->version, .hash = p->hash, .body = p->body
	};

	return bus_send(sc, appliance, WIRE_PART, wire_put_part(sc, &m), 60);
}

static enum err send_parts(struct scope *parent, const struct waiting *row)
{
	struct parts_in in = { .row = *row };
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, row->tenant);
	e = db_write(&sc, write_parts, &in);
	for (size_t i = 0; !e && i < in.n; i++)
		e = send_part(&sc, row->appliance, &in.list[i]);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err fleet_parts_out(struct scope *sc)
{
	int64_t now = now_real(sc).ms;
	struct waiting *rows;
	size_t n = 0;
	enum err e = db_list(sc, &parts_waiting,
			 BIND(V(now), V(now - APPLIANCE_SILENT_MS), V((int64_t)ROUND_MOST),
				 V(now + 2 * REPEAT_MS)),
			 &waiting_shape, &rows, &n),
		 each;

	for (size_t i = 0; i < n; i++) {
		each = send_parts(sc, &rows[i]);
		e = e ? e : each;
	}
	return e;
}

/* ---- after a restore ---- */

struct asked {
	int64_t appliance, number, before, epoch, next;
};
SHAPE(asked_shape, struct asked, COL(struct asked, appliance), COL(struct asked, number),
	COL(struct asked, before), COL(struct asked, epoch), COL(struct asked, next));

/* Two hubs read the same row; one asks. */
static enum err write_asked(struct scope *sc, void *arg)
{
	const struct asked *a = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &catch_up_ask,
		BIND(V(a->appliance), V(a->before), V(now_real(sc).ms)), &changed);

	return !e && !changed ? fail(sc, ERR_CONFLICT, "another hub asks") : e;
}

enum err fleet_catch_up_out(struct scope *sc)
{
	struct asked *rows;
	size_t n = 0;
	enum err e = db_list(sc, &catch_up_due,
		BIND(V(now_real(sc).ms - REPEAT_MS), V((int64_t)ROUND_MOST)), &asked_shape, &rows,
		&n);

	for (size_t i = 0; !e && i < n; i++) {
		const struct wire_ack ack = { .epoch = rows[i].epoch ? rows[i].epoch
								     : UPLINK_NO_EPOCH,
			.mark = rows[i].next - 1,
			.account = rows[i].number };

		e = db_write(sc, write_asked, &rows[i]);
		if (!e)
			e = bus_send(sc, rows[i].appliance, WIRE_ACK, wire_put_ack(sc, &ack), 60);
		else if (e == ERR_CONFLICT)
			e = ERR_NONE;
	}
	return e;
}

/* ---- commands ---- */

struct commands_in {
	struct waiting row;
	struct appliance_command *list;
	size_t n;
};

static enum err claim_commands(struct scope *sc, const struct commands_in *in, bool *ours)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &commands_claim,
		BIND(V(in->row.appliance), V(in->row.due), V(now_real(sc).ms + COMMAND_REPEAT_MS)),
		&changed);

	*ours = !e && changed;
	return e;
}

/* The turn is over with the last that waits. */
static enum err write_commands(struct scope *sc, void *arg)
{
	struct commands_in *in = arg;
	bool ours;
	enum err e = claim_commands(sc, in, &ours);

	in->n = 0;
	if (e || !ours)
		return e;
	e = appliance_command_take(sc, in->row.appliance, &in->list, &in->n);
	return e || in->n ? e : appliance_command_rest(sc, in->row.appliance);
}

static enum err send_command(struct scope *sc, const struct appliance_command *c)
{
	const struct wire_command m = {
		.id = c->id, .kind = c->kind, .expires = c->expires, .args = c->args
	};

	return bus_send(sc, c->appliance, WIRE_COMMAND, wire_put_command(sc, &m), 60);
}

static enum err send_commands(struct scope *parent, const struct waiting *row)
{
	struct commands_in in = { .row = *row };
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, row->tenant);
	e = db_write(&sc, write_commands, &in);
	for (size_t i = 0; !e && i < in.n; i++)
		e = send_command(&sc, &in.list[i]);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err fleet_commands_out(struct scope *sc)
{
	struct waiting *rows;
	size_t n = 0;
	enum err e = db_list(sc, &commands_waiting,
			 BIND(V(now_real(sc).ms), V((int64_t)ROUND_MOST),
				 V(now_real(sc).ms + 2 * COMMAND_REPEAT_MS)),
			 &waiting_shape, &rows, &n),
		 each;

	for (size_t i = 0; i < n; i++) {
		each = send_commands(sc, &rows[i]);
		e = e ? e : each;
	}
	return e;
}
