/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "wire/warmup.h"

#include "base/id.h"
#include "wire/fields.h"

#define BODY     (4 * 1024 * 1024)
#define NAME     31      /* of a plan, a provider, a rule */
#define RATE     1000000 /* mails an hour, mails a day */
#define DAYS     4000000 /* since 1970; beyond what a plan's clock reaches */
#define MILLION  1000000
#define MOST_DAY 366 /* of a plan */

static const char *const lanes[] = {
	[WIRE_LANE_IP] = "ip",
	[WIRE_LANE_PROVIDER] = "provider",
	[WIRE_LANE_MAILBOX] = "mailbox",
};

static const char *const hands[] = {
	[HAND_FREE] = "free",
	[HAND_BACK] = "back",
	[HAND_RESTART] = "restart",
	[HAND_STEP] = "step",
};

const char *wire_lane_name(enum wire_lane l)
{
	return l < COUNT(lanes) ? lanes[l] : "?";
}

/* What a lane's kind needs is there, and nothing else. */
static enum err check_name(
	struct scope *sc, const char *path, int64_t kind, int64_t mailbox, const char *provider)
{
	if (!mailbox != (kind != WIRE_LANE_MAILBOX))
		return codec_refuse(sc, path, "mailbox", "is of a mailbox's lane alone");
	if (!provider != (kind != WIRE_LANE_PROVIDER))
		return codec_refuse(sc, path, "provider", "is of a provider's lane alone");
	return ERR_NONE;
}

#define CHECK_NAME(t)                                                                              \
	static enum err check_##t(struct scope *sc, const char *path, const void *m)               \
	{                                                                                          \
		const struct t *l = m;                                                             \
                                                                                                   \
		return check_name(sc, path, l->kind, l->mailbox, l->provider);                     \
	}
CHECK_NAME(part_lane)
CHECK_NAME(part_hand)
CHECK_NAME(part_order)
CHECK_NAME(part_complaints)
CHECK_NAME(wire_lane_said)
CHECK_NAME(wire_lane_day)

/* clang-format off */
#define LANE(t) WORD(t, kind, lanes), IDENT_OPT(t, mailbox, ID_MAILBOX), TOKEN_OPT(t, provider, NAME)
/* clang-format on */

/* ---- down ---- */

MESSAGE(plan, part_plan, TOKEN(part_plan, name, NAME), COUNT_(part_plan, version),
	TEXT(part_plan, text, WIRE_MAX_PLAN));
MESSAGE_CHECKED(lane, part_lane, check_part_lane, LANE(part_lane), TOKEN_OPT(part_lane, plan, NAME),
	INT_OPT(part_lane, most, 0, RATE), TOKEN_OPT(part_lane, by, NAME), BOOL(part_lane, listed));
MESSAGE_CHECKED(hand, part_hand, check_part_hand, INT(part_hand, n, 1, JSON_WHOLE), LANE(part_hand),
	WORD(part_hand, what, hands), INT_OPT(part_hand, step, 0, MOST_DAY));
MESSAGE_CHECKED(order, part_order, check_part_order, LANE(part_order),
	INT_OPT(part_order, rate, 0, RATE), TOKEN(part_order, by, NAME),
	TOKEN_OPT(part_order, reason, NAME), COUNT_OPT(part_order, until));
MESSAGE_CHECKED(complaints, part_complaints, check_part_complaints, LANE(part_complaints),
	INT(part_complaints, day, 0, DAYS), INT(part_complaints, count, 0, RATE));

static bool has_plan(const struct part_warmup *w, const char *name)
{
	for (size_t i = 0; i < w->plan_count && name; i++)
		if (str_eq(w->plans[i].name, name))
			return true;
	return !name;
}

/* Every plan that is named is there, and hands are in their order. */
static enum err check_warmup(struct scope *sc, const char *path, const void *m)
{
	const struct part_warmup *w = m;

	if (!has_plan(w, w->plan))
		return codec_refuse(sc, path, "plan", "is none of the plans");
	if (!has_plan(w, w->mailbox_plan))
		return codec_refuse(sc, path, "mailbox_plan", "is none of the plans");
	for (size_t i = 0; i < w->lane_count; i++)
		if (!has_plan(w, w->lanes[i].plan))
			return codec_refuse(sc, path, arena_printf(sc->mem, "lanes[%zu].plan", i),
				"is none of the plans");
	for (size_t i = 1; i < w->hand_count; i++)
		if (w->hands[i].n <= w->hands[i - 1].n)
			return codec_refuse(sc, path, arena_printf(sc->mem, "hands[%zu].n", i),
				"does not follow the one before");
	return ERR_NONE;
}

MESSAGE_CHECKED(warmup, part_warmup, check_warmup, TOKEN_OPT(part_warmup, plan, NAME),
	TOKEN_OPT(part_warmup, mailbox_plan, NAME),
	LIST(part_warmup, "plans", plans, plan_count, plan, WIRE_MAX_PLANS),
	LIST_OPT(part_warmup, "lanes", lanes, lane_count, lane, WIRE_MAX_LANES),
	LIST_OPT(part_warmup, "hands", hands, hand_count, hand, WIRE_MAX_LANES),
	LIST_OPT(part_warmup, "orders", orders, order_count, order, WIRE_MAX_LANES),
	LIST_OPT(
		part_warmup, "complaints", complaints, complaint_count, complaints, WIRE_MAX_LANES),
	TEXT_OPT(part_warmup, rules, WIRE_MAX_RULES), INT_OPT(part_warmup, queued_most, 0, 10000));
CODEC(warmup, part_warmup, BODY);

/* ---- up ---- */

MESSAGE_CHECKED(lane_said, wire_lane_said, check_wire_lane_said, LANE(wire_lane_said),
	TOKEN_OPT(wire_lane_said, plan, NAME), COUNT_OPT(wire_lane_said, version),
	TOKEN(wire_lane_said, decision, NAME), TOKEN_OPT(wire_lane_said, reason, NAME),
	TOKEN_OPT(wire_lane_said, rule, NAME), COUNT_(wire_lane_said, at),
	COUNT_OPT(wire_lane_said, step), COUNT_OPT(wire_lane_said, step_next),
	COUNT_OPT(wire_lane_said, cap), COUNT_OPT(wire_lane_said, cap_next),
	COUNT_OPT(wire_lane_said, until), COUNT_OPT(wire_lane_said, value),
	COUNT_OPT(wire_lane_said, day_cap), COUNT_OPT(wire_lane_said, attempted),
	COUNT_OPT(wire_lane_said, mails), COUNT_OPT(wire_lane_said, ended),
	COUNT_OPT(wire_lane_said, accepted), COUNT_OPT(wire_lane_said, infra),
	COUNT_OPT(wire_lane_said, days), COUNT_OPT(wire_lane_said, tried),
	COUNT_OPT(wire_lane_said, hard), COUNT_OPT(wire_lane_said, complained),
	INT_OPT(wire_lane_said, hard_low, 0, MILLION),
	INT_OPT(wire_lane_said, complaint_low, 0, MILLION), COUNT_OPT(wire_lane_said, row),
	COUNT_OPT(wire_lane_said, first), COUNT_OPT(wire_lane_said, first_hard),
	COUNT_OPT(wire_lane_said, throttled_ms), COUNT_OPT(wire_lane_said, idle),
	BOOL(wire_lane_said, listed));
CODEC(lane_said, wire_lane_said, WIRE_MAX_DOC);

MESSAGE_CHECKED(lane_day, wire_lane_day, check_wire_lane_day, LANE(wire_lane_day),
	TOKEN_OPT(wire_lane_day, plan, NAME), COUNT_OPT(wire_lane_day, version),
	COUNT_(wire_lane_day, at), INT(wire_lane_day, day, 0, DAYS), COUNT_OPT(wire_lane_day, step),
	COUNT_OPT(wire_lane_day, cap), COUNT_OPT(wire_lane_day, mails),
	COUNT_OPT(wire_lane_day, retries), COUNT_OPT(wire_lane_day, fresh),
	COUNT_OPT(wire_lane_day, ended), COUNT_OPT(wire_lane_day, accepted),
	COUNT_OPT(wire_lane_day, deferred), COUNT_OPT(wire_lane_day, hard),
	COUNT_OPT(wire_lane_day, infra), COUNT_OPT(wire_lane_day, complained),
	COUNT_OPT(wire_lane_day, sent), COUNT_OPT(wire_lane_day, queued),
	TOKEN(wire_lane_day, state, NAME), TEXT_OPT(wire_lane_day, by, NAME),
	TOKEN_OPT(wire_lane_day, reason, NAME), COUNT_OPT(wire_lane_day, until),
	COUNT_OPT(wire_lane_day, rate));
CODEC(lane_day, wire_lane_day, WIRE_MAX_DOC);
