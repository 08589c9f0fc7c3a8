/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the lanes on a mail's way say: the whole address, the address towards its provider, and its
   mailbox. Of those that hold the one that lifts last. */
#include "base/str.h"

#include "send/message_priv.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"

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

static const char *text_of(struct scope *sc, const struct lane_row *r, const char *title)
{
	if (str_eq(r->state, "warmup"))
		return arena_printf(sc->mem,
			tr(sc, "%s has sent the %lld mails of day %lld of its warm-up"), title,
			(long long)r->cap, (long long)r->step);
	if (str_eq(r->state, "shape"))
		return arena_printf(
			sc->mem, tr(sc, "%s is slowed by what the provider answered"), title);
	if (str_eq(r->state, "day"))
		return arena_printf(sc->mem, tr(sc, "%s has sent as much as 24 hours bear"), title);
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
			.text = arena_printf(
				sc->mem, tr(sc, "%s is held by hand"), title_of(sc, b, l)),
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
		.text = text_of(sc, &r, title_of(sc, b, l)),
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
