/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What gates and lanes say, as people read it. */
#include <time.h>

#include "base/words.h"
#include "pace/provider.h"
#include "warmup/warmup_html.h"

struct term {
	const char *name, *text;
};

static const struct term decisions[] = {
	{ "advance", WORD("On to the next day of the plan") },
	{ "hold", WORD("Stays at this day of the plan") },
	{ "back", WORD("Stepped back") },
	{ "stop", WORD("Stopped, and stepped back") },
	{ "resume", WORD("The stop is over") },
	{ "decay", WORD("A step down") },
	{ "restart", WORD("Began anew") },
	{ "slower", WORD("Slower") },
	{ "faster", WORD("Faster again") },
	{ "shape", WORD("A reply set a limit") },
	{ "hand", WORD("By hand") },
	{ "none", WORD("Nothing was sent yet") },
};

static const struct term reasons[] = {
	{ "good", WORD("enough was sent and taken") },
	{ "volume", WORD("too little of the cap was tried") },
	{ "accepted", WORD("too little was taken") },
	{ "deferred", WORD("too much was put off") },
	{ "hard", WORD("hard bounces") },
	{ "complaints", WORD("complaints") },
	{ "infrastructure", WORD("refused for what we are") },
	{ "listed", WORD("the address is on a block list") },
	{ "row", WORD("hard bounces in a row") },
	{ "first", WORD("hard bounces at the very start") },
	{ "throttled", WORD("put off for an hour with nothing taken") },
	{ "idle", WORD("days without a mail") },
	{ "warm", WORD("the plan is at its end") },
	{ "over", WORD("its time is over") },
	{ "quiet", WORD("quiet since") },
	{ "hand", WORD("by hand") },
};

static const char *find(
	struct scope *sc, const struct term *list, size_t n, const char *name, const char *other)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return tr(sc, list[i].text);
	return other;
}

const char *warmup_decision(struct scope *sc, const char *decision)
{
	return find(
		sc, decisions, COUNT(decisions), decision, str_empty(decision) ? "–" : decision);
}

const char *warmup_reason(struct scope *sc, const char *reason)
{
	return find(sc, reasons, COUNT(reasons), reason, reason);
}

void warmup_state_html(struct scope *sc, struct out *o, const char *state)
{
	static const struct {
		const char *state, *tone, *icon, *text;
	} list[] = {
		{ "free", "good", "check-circle", WORD("Sends") },
		{ "stop", "bad", "stop", WORD("Stopped") },
		{ "shape", "warn", "hourglass", WORD("Slowed") },
		{ "warmup", "info", "loader", WORD("Today's share is used up") },
		{ "day", "info", "loader", WORD("The day's share is used up") },
	};

	for (size_t i = 0; i < COUNT(list); i++)
		if (str_eq(list[i].state, state)) {
			part_badge(sc, o, list[i].tone, list[i].icon, tr(sc, list[i].text));
			return;
		}
	part_badge(sc, o, "quiet", "circle", str_empty(state) ? tr(sc, "Unknown") : state);
}

const char *warmup_provider(struct scope *sc, const char *name)
{
	const struct provider *p = provider_named(providers_builtin(sc), name);

	return str_eq(p->name, name) ? p->title : name;
}

const char *warmup_day(struct scope *sc, int64_t day)
{
	time_t at = (time_t)(day * 24 * 60 * 60);
	char text[32];
	struct tm tm;

	if (!gmtime_r(&at, &tm) || !strftime(text, sizeof text, "%Y-%m-%d", &tm))
		return "–";
	return arena_text(sc->mem, text);
}

const char *warmup_plan_title(
	struct scope *sc, const struct plan_row *plans, size_t n, int64_t plan)
{
	if (plan == PLAN_NONE)
		return tr(sc, "None: nothing warms up");
	for (size_t i = 0; i < n; i++)
		if (plans[i].id == plan)
			return plans[i].title;
	return "–";
}
