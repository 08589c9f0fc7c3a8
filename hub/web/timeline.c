/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/timeline_look.h"

#include <inttypes.h>

#include "base/id.h"
#include "base/words.h"
#include "text/json.h"

#define DATA_MAX 65536

static const struct {
	const char *kind, *icon, *tone, *word;
} kinds[] = {
	{ "mail.created", "mail", "quiet", WORD("Mail planned") },
	{ "mail.due", "clock", "quiet", WORD("Mail waits to be sent") },
	{ "mail.leased", "loader", "quiet", WORD("Chosen to be sent") },
	{ "mail.handed", "appliance", "info", WORD("Handed to the appliance") },
	{ "mail.queued", "mail", "info", WORD("Taken by the mail server") },
	{ "mail.deferred", "hourglass", "warn", WORD("The recipient's server asked to wait") },
	{ "mail.delivered", "check-circle", "good", WORD("Delivered") },
	{ "mail.bounced", "bounced", "bad", WORD("Bounced") },
	{ "mail.expired", "expired", "bad", WORD("Expired") },
	{ "mail.unknown", "unknown", "warn", WORD("Outcome unknown") },
	{ "mail.skipped", "skip", "quiet", WORD("Skipped") },
	{ "mail.failed", "x-circle", "bad", WORD("Could not be made") },
	{ "mail.refused", "blocked", "warn", WORD("The appliance refused the mail") },
	{ "mail.recalled", "bounced", "quiet", WORD("Taken back from the appliance") },
	{ "mail.unsent", "bounced", "quiet", WORD("Given back unsent") },
	{ "mail.ignored", "minus", "quiet", WORD("A report that changed nothing") },
	{ "mail.replied", "inbox", "good", WORD("Answered") },
	{ "mail.auto_replied", "inbox", "quiet", WORD("A machine answered") },
	{ "mail.complained", "alert", "bad", WORD("Called spam") },
	{ "mail.received", "inbox", "quiet", WORD("A mail came in") },
	{ "letter.came", "inbox", "quiet", WORD("What was written back has come") },
	{ "link.opened", "eye", "accent", WORD("Opened (may be a machine)") },
	{ "link.clicked", "mouse", "accent", WORD("Clicked a link") },
	{ "contact.added", "plus", "quiet", WORD("Added") },
	{ "contact.imported", "upload", "quiet", WORD("Imported") },
	{ "contact.changed", "pencil", "quiet", WORD("Changed") },
	{ "contact.unsubscribed", "user-x", "warn", WORD("Unsubscribed") },
	{ "contact.bounced", "bounced", "bad", WORD("Address bounces") },
	{ "contact.complained", "alert", "bad", WORD("Complained") },
	{ "contact.stopped", "stop", "warn", WORD("Stopped by hand") },
	{ "contact.resumed", "play", "good", WORD("May be mailed again") },
	{ "contact.exported", "download", "quiet", WORD("Exported") },
	{ "contact.erased", "trash", "quiet", WORD("Erased") },
	{ "import.started", "upload", "info", WORD("Import started") },
	{ "import.done", "check-circle", "good", WORD("Import finished") },
	{ "import.failed", "x-circle", "bad", WORD("Import failed") },
	{ "campaign.added", "plus", "quiet", WORD("Campaign made") },
	{ "campaign.changed", "pencil", "quiet", WORD("Campaign changed") },
	{ "campaign.launched", "campaign", "good", WORD("Launched") },
	{ "campaign.paused", "pause-circle", "warn", WORD("Paused") },
	{ "campaign.resumed", "play-circle", "good", WORD("Resumed") },
	{ "campaign.cancelled", "x-circle", "bad", WORD("Cancelled") },
	{ "campaign.finished", "check-circle", "good", WORD("Finished") },
	{ "enrolment.added", "play", "info", WORD("Entered the campaign") },
	{ "enrolment.started", "play", "info", WORD("Entered the campaign") },
	{ "enrolment.finished", "check-circle", "good", WORD("Went through the campaign") },
	{ "enrolment.stopped", "stop", "warn", WORD("Left the campaign") },
	{ "enrolment.refused", "lock", "bad", WORD("An enrolment was refused") },
	{ "address.added", "plus", "quiet", WORD("Entered in the inventory") },
	{ "address.changed", "pencil", "quiet", WORD("Changed") },
	{ "address.listed", "alert", "bad", WORD("A block list names it") },
	{ "address.unlisted", "check-circle", "good", WORD("A block list took it off") },
	{ "domain.listed", "alert", "bad", WORD("A block list names it") },
	{ "domain.unlisted", "check-circle", "good", WORD("A block list took it off") },
	{ "address.score", "activity", "info", WORD("Its score changed") },
	{ "domain.score", "activity", "info", WORD("Its score changed") },
	{ "mailbox.score", "activity", "info", WORD("Its score changed") },
	{ "weather.began", "alert", "warn", WORD("A provider puts everybody's mail off") },
	{ "weather.ended", "sun", "good", WORD("A provider takes mail again") },
	{ "address.removed", "trash", "quiet", WORD("Removed") },
	{ "address.state", "activity", "info", WORD("State changed") },
	{ "appliance.planned", "plus", "quiet", WORD("Planned") },
	{ "appliance.enrolled", "shield", "good", WORD("Enrolled") },
	{ "appliance.renewed", "shield", "quiet", WORD("Certificate renewed") },
	{ "appliance.health", "activity", "info", WORD("Health changed") },
	{ "appliance.epoch", "refresh", "warn", WORD("Began a new outbox") },
	{ "appliance.caught_up", "check", "good", WORD("Told all it sent since the backup") },
	{ "appliance.not_awaited", "alert", "warn", WORD("Not waited for after the restore") },
	{ "appliance.gap", "alert", "bad", WORD("Reports are missing") },
	{ "appliance.backup", "download", "good", WORD("Its mail server is backed up") },
	{ "appliance.check", "activity", "info", WORD("Something it looks after changed") },
	{ "appliance.mailu", "mail", "info", WORD("Its own mail server was changed") },
	{ "appliance.records", "globe", "quiet", WORD("Asks for other DNS records") },
	{ "appliance.selector", "lock", "info", WORD("A change of DKIM keys moved on") },
	{ "appliance.stopped", "stop", "warn", WORD("Stopped") },
	{ "appliance.resumed", "play-circle", "good", WORD("Resumed") },
	{ "appliance.lost", "unplug", "bad", WORD("Declared lost") },
	{ "appliance.retired", "minus", "quiet", WORD("Retired") },
	{ "part.error", "x-circle", "bad", WORD("A setting could not be applied") },
	{ "appliance.token", "lock", "quiet", WORD("Enrolment token made") },
	{ "appliance.trust", "shield", "quiet", WORD("New authorities sent") },
	{ "appliance.blocked", "alert", "bad", WORD("Other servers refuse this machine") },
	{ "appliance.command", "play", "quiet", WORD("Was given a command") },
	{ "appliance.result", "check", "quiet", WORD("Answered a command") },
	{ "part.changed", "settings", "quiet", WORD("Settings changed") },
	{ "part.reported", "check", "quiet", WORD("Settings reported") },
	{ "campaign.removed", "trash", "quiet", WORD("Draft removed") },
	{ "domain.added", "plus", "quiet", WORD("Domain added") },
	{ "domain.checked", "globe", "quiet", WORD("DNS records looked up") },
	{ "domain.state", "globe", "quiet", WORD("Domain changed") },
	{ "mailbox.added", "plus", "quiet", WORD("Mailbox added") },
	{ "mailbox.changed", "pencil", "quiet", WORD("Mailbox changed") },
	{ "mailbox.stopped", "stop", "warn", WORD("Mailbox stopped") },
	{ "mailbox.resumed", "play", "good", WORD("Mailbox sends again") },
	{ "lane.decided", "activity", "info", WORD("Warm-up decided") },
	{ "lane.hand", "pencil", "quiet", WORD("Warm-up changed by hand") },
	{ "pool.changed", "pencil", "quiet", WORD("Use of a pool changed") },
	{ "ramp.added", "plus", "quiet", WORD("Plan made") },
	{ "ramp.changed", "pencil", "quiet", WORD("Plan changed") },
	{ "ramp.chosen", "check", "quiet", WORD("Plan chosen") },
	{ "ramp.retired", "minus", "quiet", WORD("Plan retired") },
	{ "shaping.changed", "pencil", "quiet", WORD("Rules about replies changed") },
	{ "suppression.added", "ban", "warn", WORD("Address blocked") },
	{ "suppression.removed", "check", "quiet", WORD("Address allowed again") },
	{ "tenant.stopped", "stop", "bad", WORD("All sending stopped") },
	{ "tenant.resumed", "play", "good", WORD("Sending goes on") },
	{ "fleet.stopped", "stop", "bad", WORD("The operator stopped all machines") },
	{ "fleet.resumed", "play", "good", WORD("The operator let machines go on") },
	{ "campaign.steps", "pencil", "quiet", WORD("Steps changed") },
	{ "link.unsubscribed", "user-x", "warn", WORD("Unsubscribed by a link") },
	{ "gap", "alert", "bad", WORD("Reports are missing") },
};

static void dress(struct scope *sc, const char *kind, struct moment *m)
{
	m->icon = "circle";
	m->tone = "quiet";
	m->title = kind;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!str_eq(kinds[i].kind, kind))
			continue;
		m->icon = kinds[i].icon;
		m->tone = kinds[i].tone;
		m->title = tr(sc, kinds[i].word);
		return;
	}
}

static void add(struct out *o, const char *text)
{
	if (str_empty(text))
		return;
	if (o->len)
		out_text(o, " · ");
	out_text(o, text);
}

/* Code, status, reason, state: what data says that a person can use. */
static const char *note_of(struct scope *sc, const struct json *data)
{
	int64_t code = json_int(data, "code", 0);
	struct out o;

	out_init(&o, sc->mem);
	if (code)
		add(&o, arena_printf(sc->mem, "SMTP %" PRId64, code));
	add(&o, json_text(data, "status"));
	add(&o, json_text(data, "part"));
	add(&o, json_text(data, "list"));
	add(&o, part_reason(sc, json_text(data, "reason")));
	if (json_text(data, "state"))
		add(&o, part_state_word(sc, json_text(data, "state")));
	if (json_text(data, "health"))
		add(&o, part_state_word(sc, json_text(data, "health")));
	if (!str_eq(json_text(data, "source"), "dashboard") &&
		!str_eq(json_text(data, "source"), "hand"))
		add(&o, json_text(data, "source"));
	return o.data;
}

static const char *actor_of(struct scope *sc, const struct event_row *row)
{
	switch ((enum actor_kind)row->actor_kind) {
	case ACTOR_ACCOUNT:
		return tr(sc, "by a member");
	case ACTOR_KEY:
		return tr(sc, "by an API key");
	case ACTOR_STAFF:
		return tr(sc, "by the operator");
	case ACTOR_RECIPIENT:
		return tr(sc, "by the recipient");
	default:
		return NULL;
	}
}

void timeline_moment(
	struct scope *sc, const struct event_row *row, const char *detail, struct moment *m)
{
	const struct json *data = NULL;
	struct out note;
	int64_t id;

	*m = (struct moment){ .at = row->at, .detail = detail };
	dress(sc, row->kind, m);
	if (row->data && json_parse(sc, bytes_of(row->data, strlen(row->data)), DATA_MAX, &data))
		scope_clear(sc);
	out_init(&note, sc->mem);
	add(&note, note_of(sc, data));
	add(&note, actor_of(sc, row));
	m->note = note.data;
	if (!str_starts(row->kind, "mail.") && !str_starts(row->kind, "link."))
		return;
	id = json_id(data, "message", ID_MESSAGE);
	m->path = arena_printf(
		sc->mem, "/messages/%s", id_format(sc->mem, ID_MESSAGE, id ? id : row->subject));
}
