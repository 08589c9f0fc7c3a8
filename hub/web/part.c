/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/part.h"

#include <string.h>

#include "base/words.h"
#include "web/part_look.h"

/* Sorted by nothing: read as a list of what states there are. */
static const struct look looks[] = {
	/* campaigns */
	{ "draft", "quiet", "pencil", WORD("Draft") },
	{ "running", "good", "play-circle", WORD("Running") },
	{ "paused", "warn", "pause-circle", WORD("Paused") },
	{ "finished", "done", "check-circle", WORD("Finished") },
	{ "cancelled", "quiet", "x-circle", WORD("Cancelled") },
	/* machines */
	{ "planned", "quiet", "dashed", WORD("Planned") },
	{ "active", "good", "check-circle", WORD("Active") },
	{ "stopped", "warn", "stop", WORD("Stopped") },
	{ "lost", "bad", "unplug", WORD("Lost") },
	{ "retired", "quiet", "minus", WORD("Retired") },
	{ "ok", "good", "check-circle", WORD("Healthy") },
	{ "degraded", "warn", "alert", WORD("Degraded") },
	{ "held", "warn", "hourglass", WORD("Held") },
	{ "silent", "bad", "wifi-off", WORD("Silent") },
	{ "on", "good", "check-circle", WORD("On") },
	{ "off", "quiet", "minus", WORD("Off") },
	/* addresses */
	{ "available", "quiet", "dashed", WORD("Available") },
	{ "assigned", "info", "circle", WORD("Assigned") },
	{ "warming", "info", "loader", WORD("Warming up") },
	{ "warmed", "good", "check-circle", WORD("Warm") },
	{ "burned", "bad", "zap", WORD("Burned") },
	{ "quarantined", "bad", "blocked", WORD("In quarantine") },
	{ "clear", "good", "check-circle", WORD("Clear") },
	{ "listed", "bad", "alert", WORD("Listed") },
	/* parts */
	{ "none", "quiet", "dashed", WORD("Not reported") },
	{ "applying", "info", "loader", WORD("Applying") },
	{ "applied", "good", "check", WORD("Applied") },
	{ "error", "bad", "x-circle", WORD("Error") },
	{ "reverted", "bad", "bounced", WORD("Reverted") },
	{ "behind", "warn", "clock", WORD("On its way") },
	/* mails */
	{ "due", "quiet", "clock", WORD("Due") },
	{ "leased", "info", "loader", WORD("Leased") },
	{ "handed", "info", "appliance", WORD("Handed over") },
	{ "queued", "info", "mail", WORD("Queued") },
	{ "delivered", "good", "check-circle", WORD("Delivered") },
	{ "bounced", "bad", "bounced", WORD("Bounced") },
	{ "expired", "bad", "expired", WORD("Expired") },
	{ "unknown", "warn", "unknown", WORD("Unknown") },
	{ "skipped", "quiet", "skip", WORD("Skipped") },
	{ "failed", "bad", "x-circle", WORD("Failed") },
	/* people, domains, imports */
	{ "under_way", "info", "play", WORD("Under way") },
	{ "pending", "warn", "dashed", WORD("Pending") },
	{ "verified", "good", "shield", WORD("Verified") },
	{ "published", "good", "check-circle", WORD("Published") },
	{ "good", "good", "check-circle", WORD("Right") },
	{ "missing", "warn", "alert", WORD("Missing") },
	{ "wrong", "bad", "x-circle", WORD("Wrong") },
	{ "unclear", "quiet", "unknown", WORD("No answer") },
	{ "unsubscribed", "quiet", "user-x", WORD("Unsubscribed") },
	{ "complained", "bad", "alert", WORD("Complained") },
	{ "erased", "quiet", "trash", WORD("Erased") },
	{ "waiting", "quiet", "clock", WORD("Waiting") },
	{ "done", "good", "check-circle", WORD("Done") },
	{ "manual", "quiet", "user", WORD("By hand") },
};

const struct look *look_of(const char *state)
{
	static const struct look other = { "", "quiet", "circle", NULL };

	for (size_t i = 0; state && i < COUNT(looks); i++)
		if (str_eq(looks[i].state, state))
			return &looks[i];
	return &other;
}

const char *part_state_word(struct scope *sc, const char *state)
{
	const struct look *l = look_of(state);

	return l->word ? tr(sc, l->word) : state;
}

static const struct {
	const char *reason, *phrase;
} phrases[] = {
	{ "appliance_lost", WORD("the appliance was lost") },
	{ "bounced", WORD("the address bounced") },
	{ "cancelled", WORD("the campaign was cancelled") },
	{ "complained", WORD("the recipient complained") },
	{ "delivery", WORD("delivery failed") },
	{ "erased", WORD("the person was erased") },
	{ "expired", WORD("no server took it in time") },
	{ "failed", WORD("the mail could not be made") },
	{ "hand", WORD("stopped by hand") },
	{ "full", WORD("the recipient's mailbox is full") },
	{ "infrastructure", WORD("our machine was refused") },
	{ "content", WORD("what it says was refused") },
	{ "rate", WORD("too many mails at once") },
	{ "network", WORD("the server could not be reached") },
	{ "recipient", WORD("the recipient does not exist there") },
	{ "no_machine", WORD("no machine sends from it") },
	{ "other", WORD("another reason") },
	{ "by hand", WORD("by hand") },
	{ "listed", WORD("a block list names it") },
	{ "unlisted", WORD("block lists took it off") },
	{ "rested", WORD("it has rested") },
	{ "score", WORD("its score fell") },
	{ "recovered", WORD("its score recovered") },
	{ "machine", WORD("a machine sends from it") },
	{ "manual", WORD("stopped by hand") },
	{ "paused", WORD("the campaign is paused") },
	{ "replied", WORD("the person answered") },
	{ "skipped", WORD("its mail was skipped") },
	{ "smtputf8", WORD("the address needs SMTPUTF8") },
	{ "stopped", WORD("stopped") },
	{ "suppressed", WORD("the address is suppressed") },
	{ "unknown", WORD("the outcome is unknown") },
	{ "unsubscribed", WORD("unsubscribed") },
};

const char *part_reason(struct scope *sc, const char *reason)
{
	char *words;

	if (str_empty(reason))
		return "";
	for (size_t i = 0; i < COUNT(phrases); i++)
		if (str_eq(phrases[i].reason, reason))
			return tr(sc, phrases[i].phrase);
	words = arena_text(sc->mem, reason);
	for (char *c = words; *c; c++)
		if (*c == '_')
			*c = ' ';
	return words;
}

const char *look_ago(struct scope *sc, int64_t real_ms)
{
	int64_t ms = now_real(sc).ms - real_ms;

	if (ms < 0)
		return tf("in %s", format_span(sc, ms));
	if (ms < 5 * SECOND_MS)
		return t("just now");
	if (ms >= HOUR_MS)
		ms -= ms % HOUR_MS;
	else if (ms >= MINUTE_MS)
		ms -= ms % MINUTE_MS;
	if (ms >= 3 * DAY_MS)
		ms -= ms % DAY_MS;
	return tf("%s ago", format_span(sc, ms));
}

const char *look_iso(struct scope *sc, int64_t ms)
{
	char buf[25];

	return arena_text(sc->mem, clock_iso(ms, buf));
}

const char *look_date(struct scope *sc, int64_t ms)
{
	char *text = arena_text(sc->mem, look_iso(sc, ms));

	text[10] = ' ';
	text[16] = 0;
	return arena_printf(sc->mem, "%s UTC", text);
}

const char *look_pattern(struct scope *sc, const char *text)
{
	struct out o;

	out_init(&o, sc->mem);
	for (; *text; text++) {
		if (strchr("^$\\.*+?()[]{}|/", *text))
			out_char(&o, '\\');
		out_char(&o, *text);
	}
	return o.data;
}

const char *look_value(const struct request *q, const struct input *in)
{
	const char *typed = q ? form_value(q, in->name) : NULL;

	return typed ? typed : in->value;
}

const char *look_error(const struct request *q, const char *name)
{
	return q ? form_error(q, name) : NULL;
}

const char *look_csrf(const struct request *q)
{
	return q ? request_csrf(q) : NULL;
}
