/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is written down about actions, as people read it. */
#include <stdlib.h>

#include "base/id.h"
#include "base/words.h"
#include "tenant/audit_html.h"

/* Sorted by action. */
static const struct {
	const char *action, *word;
} words[] = {
	{ "address.add", WORD("Entered an IP address") },
	{ "address.edit", WORD("Changed an IP address") },
	{ "address.pool", WORD("Changed how a pool of addresses is used") },
	{ "address.remove", WORD("Removed an IP address") },
	{ "address.state", WORD("Changed an IP address's state") },
	{ "apikey.add", WORD("Made an API key") },
	{ "apikey.revoke", WORD("Revoked an API key") },
	{ "appliance.lost", WORD("Declared an appliance lost") },
	{ "appliance.plan", WORD("Planned an appliance") },
	{ "appliance.resume", WORD("Let an appliance go on") },
	{ "appliance.retire", WORD("Retired an appliance") },
	{ "appliance.stop", WORD("Stopped an appliance") },
	{ "appliance.token", WORD("Made an enrolment token") },
	{ "campaign.add", WORD("Made a campaign") },
	{ "campaign.cancel", WORD("Cancelled a campaign") },
	{ "campaign.copy", WORD("Copied a campaign") },
	{ "campaign.edit", WORD("Changed a campaign") },
	{ "campaign.launch", WORD("Launched a campaign") },
	{ "campaign.pause", WORD("Paused a campaign") },
	{ "campaign.remove", WORD("Removed a draft") },
	{ "campaign.resume", WORD("Resumed a campaign") },
	{ "campaign.steps", WORD("Changed a campaign's mails") },
	{ "campaign.stop-contact", WORD("Took a person out of a campaign") },
	{ "contact.add", WORD("Added a contact") },
	{ "contact.edit", WORD("Changed a contact") },
	{ "contact.erase", WORD("Erased a person") },
	{ "contact.resume", WORD("Allowed mail to a contact again") },
	{ "contact.stop", WORD("Stopped all mail to a contact") },
	{ "domain.add", WORD("Added a domain") },
	{ "domain.confirm", WORD("Vouched for a domain") },
	{ "domain.resume", WORD("Took a domain into use again") },
	{ "domain.selector", WORD("Changed a DKIM selector") },
	{ "domain.stop", WORD("Stopped a domain") },
	{ "import.start", WORD("Imported a file") },
	{ "invitation.add", WORD("Invited somebody") },
	{ "invitation.revoke", WORD("Took an invitation back") },
	{ "lane.back", WORD("Stepped a lane of the warm-up back") },
	{ "lane.free", WORD("Ended a stop of the warm-up") },
	{ "lane.hold", WORD("Held a lane of the warm-up") },
	{ "lane.let_go", WORD("Let a lane of the warm-up go on") },
	{ "lane.restart", WORD("Began a lane's warm-up anew") },
	{ "lane.step", WORD("Set a lane's day of the warm-up") },
	{ "mailbox.add", WORD("Added a mailbox") },
	{ "mailbox.edit", WORD("Changed a mailbox") },
	{ "mailbox.state", WORD("Stopped or resumed a mailbox") },
	{ "mailu.account", WORD("Changed mailboxes of an appliance's mail server") },
	{ "mailu.backup", WORD("Had an appliance's mail server backed up") },
	{ "mailu.backup-release", WORD("Released a backup to a machine") },
	{ "mailu.backup-remove", WORD("Removed a backup of a mail server") },
	{ "mailu.off", WORD("Turned an appliance's mail server off") },
	{ "mailu.selector", WORD("Changed DKIM keys") },
	{ "mailu.set", WORD("Changed an appliance's mail server") },
	{ "member.add", WORD("Joined the company") },
	{ "member.remove", WORD("Removed a member") },
	{ "member.role", WORD("Changed a member's role") },
	{ "ramp.add", WORD("Made a warm-up plan") },
	{ "ramp.choose", WORD("Chose a warm-up plan") },
	{ "ramp.edit", WORD("Changed a warm-up plan") },
	{ "ramp.retire", WORD("Retired a warm-up plan") },
	{ "shaping.edit", WORD("Changed the rules about replies") },
	{ "suppression.add", WORD("Blocked addresses") },
	{ "suppression.remove", WORD("Took an address off the suppression list") },
	{ "tenant.add", WORD("Founded the company") },
	{ "tenant.resume", WORD("Let all sending go on") },
	{ "tenant.resumed", WORD("Let all sending go on") },
	{ "tenant.set", WORD("Changed the company") },
	{ "tenant.stop", WORD("Stopped all sending") },
	{ "tenant.stopped", WORD("Stopped all sending") },
	{ "track_host.add", WORD("Added a tracking host") },
	{ "track_host.check", WORD("Checked a tracking host") },
	{ "track_host.remove", WORD("Removed a tracking host") },
	{ "workspace.add", WORD("Made a workspace") },
	{ "workspace.set", WORD("Changed a workspace") },
};

const struct audit_group audit_groups[] = {
	{ "campaign.", WORD("Campaigns") },
	{ "contact.", WORD("Contacts") },
	{ "import.", WORD("Imports") },
	{ "suppression.", WORD("Suppressions") },
	{ "appliance.", WORD("Appliances") },
	{ "address.", WORD("IP addresses") },
	{ "domain.", WORD("Domains") },
	{ "mailbox.", WORD("Mailboxes") },
	{ "track_host.", WORD("Tracking") },
	{ "ramp.", WORD("Warm-up plans") },
	{ "lane.", WORD("Warm-up") },
	{ "shaping.", WORD("Rules about replies") },
	{ "member.", WORD("Members") },
	{ "invitation.", WORD("Invitations") },
	{ "apikey.", WORD("API keys") },
	{ "tenant.", WORD("Company") },
	{ "workspace.", WORD("Workspaces") },
	{ NULL, NULL },
};

static const struct {
	const char *start, *path, *prefix;
} places[] = {
	{ "campaign.stop-contact", "/contacts/", ID_CONTACT },
	{ "campaign.remove", NULL, NULL },
	{ "campaign.", "/campaigns/", ID_CAMPAIGN },
	{ "contact.", "/contacts/", ID_CONTACT },
	{ "import.", "/imports/", ID_IMPORT },
	{ "address.remove", NULL, NULL },
	{ "address.", "/addresses/", ID_ADDRESS },
	{ "appliance.", "/appliances/", ID_APPLIANCE },
	{ "domain.", "/domains/", ID_DOMAIN },
	{ "mailbox.", "/mailboxes/", ID_MAILBOX },
	{ "member.remove", NULL, NULL },
	{ "member.", "/settings/members/", ID_ACCOUNT },
};

static int by_action(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

const char *audit_word(struct scope *sc, const char *action)
{
	const char *const *found = bsearch(action, words, COUNT(words), sizeof *words, by_action);

	return found ? tr(sc, found[1]) : action;
}

const char *audit_path(struct scope *sc, const struct audit *a)
{
	for (size_t i = 0; a->subject && i < COUNT(places); i++)
		if (str_starts(a->action, places[i].start))
			return places[i].path
				       ? arena_printf(sc->mem, "%s%s", places[i].path,
						 id_format(sc->mem, places[i].prefix, a->subject))
				       : NULL;
	return NULL;
}
