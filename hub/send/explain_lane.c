/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the lanes on a mail's way say: the whole address, the address towards its provider, and its
   mailbox. Of those that hold the one that lifts last. */
#include "base/str.h"

#include "pace/provider.h"
#include "send/message_priv.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"
#include "warmup/room.h"

SQL(explain_contact, SQL_TENANT, "SELECT provider FROM contact WHERE tenant = $1 AND id = $2");
SQL(explain_moving, SQL_TENANT,
	"SELECT COUNT(*) FROM message WHERE tenant = $1 AND appliance = $2 "
	"AND state IN ('leased', 'handed') AND (mailbox = $3 OR provider = $4)");

static const char *title_of(struct scope *sc, const struct mailbox *b, const struct lane_name *l)
{
	if (str_eq(l->unit, "mailbox"))
		return b->address;
	if (str_eq(l->unit, "provider"))
		return arena_printf(sc->mem, tr(sc, "The address towards %s"), l->provider);
	return tr(sc, "The whole address");
}

/* NULL for a lane that is free. */
static const char *rule_of(const struct lane_row *r)
{
	static const char *const rules[] = { "stop", "shape", "warmup", "day" };

	for (size_t i = 0; i < COUNT(rules); i++)
		if (str_eq(rules[i], r->state))
			return rules[i];
	return NULL;
}

static const char *text_of(
	struct scope *sc, const char *rule, int64_t cap, int64_t step, const char *title)
{
	if (str_eq(rule, "warmup"))
		return arena_printf(sc->mem,
			tr(sc, "%s has sent the %lld mails of day %lld of its warm-up"), title,
			(long long)cap, (long long)step);
	if (str_eq(rule, "shape"))
		return arena_printf(
			sc->mem, tr(sc, "%s is slowed by what the provider answered"), title);
	if (str_eq(rule, "day"))
		return arena_printf(sc->mem, tr(sc, "%s has sent as much as 24 hours bear"), title);
	if (str_eq(rule, "hand"))
		return arena_printf(sc->mem, tr(sc, "%s is held by hand"), title);
	return arena_printf(sc->mem, tr(sc, "%s is stopped by its warm-up"), title);
}

static enum err look_at(struct scope *sc, const struct mailbox *b, const struct lane_name *l,
	struct message_why *out)
{
	struct lane_row r;
	int64_t until;
	bool held;
	enum err e = lane_is_held(sc, l, &held, &until);

	*out = (struct message_why){ 0 };
	if (held)
		*out = (struct message_why){ .rule = "hand",
			.by = "hand",
			.text = text_of(sc, "hand", 0, 0, title_of(sc, b, l)),
			.lifts = until };
	if (e || held)
		return e;
	e = lane_find(sc, l, &r);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e || !rule_of(&r) || (r.until && r.until <= now_plan(sc).ms))
		return e;
	*out = (struct message_why){ .rule = rule_of(&r),
		.by = r.held_by ? r.held_by : "gate",
		.text = text_of(sc, r.state, r.cap, r.step, title_of(sc, b, l)),
		.lifts = r.until };
	return ERR_NONE;
}

enum err explain_lane(struct scope *sc, const struct mailbox *b, const char *provider,
	struct message_why *why, bool *found)
{
	const struct lane_name names[] = {
		{ "ip", b->appliance, "" },
		{ "provider", b->appliance, provider ? provider : "" },
		{ "mailbox", b->id, "" },
	};
	struct message_why one;
	enum err e = ERR_NONE;

	*found = false;
	for (size_t i = 0; !e && i < COUNT(names); i++) {
		e = look_at(sc, b, &names[i], &one);
		if (e || !one.rule || (*found && why->lifts && one.lifts && one.lifts < why->lifts))
			continue;
		if (*found && !why->lifts)
			continue;
		*why = one;
		*found = true;
	}
	return e;
}

/* ---- before it is handed out ---- */

enum err explain_provider(struct scope *sc, const struct message *m, const char **provider)
{
	enum err e = ERR_NONE;

	*provider = m->provider;
	if (!*provider && m->contact && str_empty(m->rcpt))
		e = db_text(sc, &explain_contact, BIND(V(m->contact)), provider);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	if (!*provider)
		*provider = PROVIDER_NOBODY;
	return e;
}

static bool is_full(const struct lane_room *r, int64_t moving)
{
	return r->rule && r->left - moving <= 0;
}

/* Of two that take none the one that lifts last. */
static const struct lane_room *last_of(const struct lane_room *a, const struct lane_room *b)
{
	if (!a || !b)
		return a ? a : b;
	return !a->lifts || (b->lifts && a->lifts >= b->lifts) ? a : b;
}

static enum err count_moving(struct scope *sc, const struct mailbox *b, int64_t mailbox,
	const char *provider, int64_t *n)
{
	return db_int(sc, &explain_moving, BIND(V(b->appliance), V(mailbox), V(provider)), n);
}

enum err explain_room(struct scope *sc, const struct mailbox *b, const char *provider,
	int64_t span_ms, struct message_why *why, bool *found)
{
	const struct lane_room *towards, *full;
	struct lane_rooms *rooms;
	struct lane_room own;
	int64_t of_box = 0, to_them = 0;
	enum err e = lane_rooms_open(sc, b->appliance, span_ms, &rooms);

	*found = false;
	if (!e)
		e = lane_rooms_towards(sc, rooms, provider, &towards);
	if (!e)
		e = lane_rooms_mailbox(sc, rooms, b->id, 0, &own);
	if (!e && own.rule)
		e = count_moving(sc, b, b->id, NULL, &of_box);
	if (!e && towards->rule)
		e = count_moving(sc, b, 0, provider, &to_them);
	if (e)
		return e;
	full = last_of(
		is_full(towards, to_them) ? towards : NULL, is_full(&own, of_box) ? &own : NULL);
	*found = full != NULL;
	if (full)
		*why = (struct message_why){ .rule = full->rule,
			.by = full->by ? full->by : "plan",
			.text = text_of(sc, full->rule, full->cap, full->step,
				title_of(sc, b,
					&(struct lane_name){ full->unit, 0, full->provider })),
			.lifts = full->lifts };
	return ERR_NONE;
}
