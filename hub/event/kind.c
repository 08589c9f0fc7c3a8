/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "event/kind.h"

#include "base/str.h"

#define MAIL "campaign enrolment contact node appliance code status reason queue_id"

/* clang-format off */
const struct event_kind event_kinds[] = {
	{ "address.added", "address", "state source", "An address entered the inventory, by hand or named by its machine" },
	{ "address.changed", "address", "", "Its machine, pool or price was saved" },
	{ "address.listed", "address", "list code", "A block list names it" },
	{ "address.removed", "address", "", "It left the inventory" },
	{ "address.score", "address", "score band was", "Its score went into another band" },
	{ "address.state", "address", "state was reason appliance", "It moved along its life; a person's reason is in the detail" },
	{ "address.unlisted", "address", "list code", "A block list names it no more" },
	{ "appliance.blocked", "appliance", "appliance message", "Other servers refuse its address, name or reputation: at most once an hour" },
	{ "appliance.caught_up", "appliance", "appliance", "It told a hub restored from a copy all that it sent and holds since" },
	{ "appliance.command", "appliance", "command kind", "It was told to do something" },
	{ "appliance.enrolled", "appliance", "appliance", "It joined with its one-time token" },
	{ "appliance.epoch", "appliance", "appliance", "It began a new outbox: restored, or set up anew" },
	{ "appliance.gap", "appliance", "appliance first last", "Facts first to last are lost and cannot be filled in" },
	{ "appliance.health", "appliance", "appliance health reason", "Its trust in itself changed" },
	{ "appliance.lost", "appliance", "", "An operator declared it lost: what it may have sent is unknown" },
	{ "appliance.mailu", "appliance", "appliance state", "What its own mail server shall be was changed, or it was turned off" },
	{ "appliance.not_awaited", "appliance", "appliance", "An operator went on without what it would have told a restored hub" },
	{ "appliance.planned", "appliance", "", "Somebody planned it" },
	{ "appliance.records", "appliance", "appliance", "It asks for other DNS records than before" },
	{ "appliance.renewed", "appliance", "appliance", "It got a new certificate" },
	{ "appliance.result", "appliance", "command state", "It answered a command" },
	{ "appliance.resumed", "appliance", "", "It may send again" },
	{ "appliance.retired", "appliance", "", "It left the fleet, empty" },
	{ "appliance.selector", "appliance", "appliance selector state", "A change of its DKIM keys moved on" },
	{ "appliance.stopped", "appliance", "", "Nothing leaves it any more" },
	{ "appliance.token", "appliance", "", "A one-time token to enrol with was made" },
	{ "appliance.trust", "appliance", "", "The agent trusts itself less or more; the detail says why" },
	{ "campaign.added", "campaign", "", "Somebody made a draft" },
	{ "campaign.cancelled", "campaign", "", "It was ended for good by hand" },
	{ "campaign.changed", "campaign", "", "Name, mailboxes, audience or steps were saved" },
	{ "campaign.finished", "campaign", "", "Nobody is under way and nothing is moving" },
	{ "campaign.launched", "campaign", "", "It was launched; its audience is frozen" },
	{ "campaign.paused", "campaign", "", "It holds; mail not yet injected comes back" },
	{ "campaign.removed", "campaign", "", "A draft was removed" },
	{ "campaign.resumed", "campaign", "", "A paused one goes on" },
	{ "contact.added", "contact", "", "Somebody added a contact by hand or through the API" },
	{ "contact.bounced", "contact", "reason source message", "The address does not exist any more: no more mail" },
	{ "contact.changed", "contact", "", "Somebody changed a contact" },
	{ "contact.erased", "contact", "", "The person is forgotten" },
	{ "contact.resumed", "contact", "", "May be written to again" },
	{ "contact.unsubscribed", "contact", "reason source message", "No more mail, by the person's wish, a complaint, or by hand" },
	{ "domain.added", "domain", "", "Somebody added a domain" },
	{ "domain.checked", "domain", "", "Its DNS records were looked up: somebody asked, or they differ from before" },
	{ "domain.listed", "domain", "list code", "A block list names it" },
	{ "domain.score", "domain", "score band was", "Its score went into another band" },
	{ "domain.state", "domain", "state", "Its records are published, or it was stopped" },
	{ "domain.unlisted", "domain", "list code", "A block list names it no more" },
	{ "enrolment.finished", "enrolment", "campaign contact", "A person went through the campaign" },
	{ "enrolment.refused", "appliance", "reason", "A one-time token was spent, expired or foreign" },
	{ "enrolment.stopped", "enrolment", "campaign contact reason", "A person left the campaign before its end" },
	{ "fleet.resumed", "tenant", "", "The operator lets the whole fleet go on" },
	{ "fleet.stopped", "tenant", "", "The operator stopped the whole fleet" },
	{ "import.done", "import", "rows added updated repeated broken", "A file was read to its end" },
	{ "import.failed", "import", "rows added updated repeated broken", "A file could not be read" },
	{ "import.started", "import", "", "A file was handed in" },
	{ "lane.decided", "appliance", "kind mailbox provider plan version decision reason rule at step step_next cap cap_next until value day_cap attempted mails ended accepted infra days tried hard complained hard_low complaint_low row first first_hard throttled_ms idle listed", "A gate or a rule decided about a lane (subject: its mailbox or appliance), with every number it was made of" },
	{ "lane.hand", "appliance", "unit provider what step", "Somebody's hand on a lane: freed, stepped back, begun anew, held, let go" },
	{ "link.clicked", "message", MAIL, "A tracked link was followed" },
	{ "link.opened", "message", MAIL, "The pixel was fetched, perhaps by a machine" },
	{ "link.unsubscribed", "message", MAIL, "Somebody unsubscribed through this mail" },
	{ "mail.auto_replied", "message", MAIL " hash", "A machine answered it: out of office, or \"we got your mail\"" },
	{ "mail.bounced", "message", MAIL, "Refused for good by the recipient's server" },
	{ "mail.complained", "message", MAIL " hash", "Somebody called it spam" },
	{ "mail.created", "message", MAIL, "A mail is due" },
	{ "mail.deferred", "message", MAIL, "One attempt failed for now" },
	{ "mail.delivered", "message", MAIL, "The recipient's server took it" },
	{ "mail.due", "message", MAIL, "It came back from an appliance and waits again" },
	{ "mail.expired", "message", MAIL, "Given up after too long in the queue" },
	{ "mail.failed", "message", MAIL, "It could not be made, or the appliance's Postfix refused it" },
	{ "mail.handed", "message", MAIL, "The appliance has stored it" },
	{ "mail.ignored", "message", MAIL, "A report that changed nothing: late, repeated or foreign" },
	{ "mail.leased", "message", MAIL, "Mailbox and appliance are chosen" },
	{ "mail.queued", "message", MAIL, "The appliance's Postfix has it" },
	{ "mail.recalled", "message", MAIL, "Taken back before it was injected" },
	{ "mail.received", "appliance", "appliance reason hash", "A mail about none of ours came in" },
	{ "mail.refused", "message", MAIL, "The appliance did not take it" },
	{ "mail.replied", "message", MAIL " hash", "Somebody answered it" },
	{ "mail.skipped", "message", MAIL, "It will not be sent; reason says why" },
	{ "mail.unknown", "message", MAIL, "Nobody can know what became of it; never sent again" },
	{ "mail.unsent", "message", MAIL, "The appliance gave it back: too old, or its mailbox is gone" },
	{ "mailbox.added", "mailbox", "", "Somebody added a mailbox" },
	{ "mailbox.changed", "mailbox", "cap", "Name, appliance or pace were saved" },
	{ "mailbox.resumed", "mailbox", "", "It may send again" },
	{ "mailbox.score", "mailbox", "score band was", "Its score went into another band" },
	{ "mailbox.stopped", "mailbox", "", "Nothing leaves it any more" },
	{ "part.changed", "appliance", "part", "What it shall look like changed" },
	{ "part.error", "appliance", "part reason", "A part could not be applied" },
	{ "part.reported", "appliance", "part version state", "It reported on a part" },
	{ "ramp.added", "ramp", "version", "A warm-up plan was made" },
	{ "ramp.changed", "ramp", "version", "A new version of a plan was saved" },
	{ "ramp.chosen", "tenant", "unit plan", "It was chosen which plan warms up the company, an appliance or a mailbox" },
	{ "ramp.retired", "ramp", "", "A plan can be chosen no more" },
	{ "suppression.added", "tenant", "count", "Addresses were put on the list by hand" },
	{ "suppression.removed", "tenant", "", "An address was taken off the list; the reason is in the detail" },
	{ "tenant.resumed", "tenant", "", "The company may send again" },
	{ "tenant.stopped", "tenant", "", "All sending of the company is stopped" },
};
/* clang-format on */
const size_t event_kind_count = COUNT(event_kinds);

static int by_kind(const void *key, const void *entry)
{
	return strcmp(key, ((const struct event_kind *)entry)->kind);
}

bool event_kind_is_known(const char *kind)
{
	return str_starts(kind, "test.") ||
	       bsearch(kind, event_kinds, event_kind_count, sizeof *event_kinds, by_kind);
}
