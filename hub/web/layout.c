/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/layout_nav.h"

#include "base/words.h"

const struct nav_entry nav_entries[] = {
	{ "overview", "/", "overview", WORD("Overview"), "o", NEED_VIEW, NULL, true },
	{ "campaigns", "/campaigns", "campaign", WORD("Campaigns"), "c", NEED_VIEW, NULL, true },
	{ "contacts", "/contacts", "audience", WORD("Contacts"), "p", NEED_VIEW, WORD("Audience"),
		true },
	{ "suppressions", "/suppressions", "ban", WORD("Suppressions"), "x", NEED_VIEW, NULL,
		false },
	{ "appliances", "/appliances", "appliance", WORD("Appliances"), "a", NEED_VIEW,
		WORD("Infrastructure"), true },
	{ "addresses", "/addresses", "at", WORD("IP addresses"), "i", NEED_VIEW, NULL, false },
	{ "reputation", "/reputation", "activity", WORD("Reputation"), "r", NEED_VIEW, NULL,
		false },
	{ "domains", "/domains", "globe", WORD("Domains"), "d", NEED_VIEW, NULL, false },
	{ "mailboxes", "/mailboxes", "mailbox", WORD("Mailboxes"), "m", NEED_VIEW, NULL, false },
	{ "warmup", "/warmup", "activity", WORD("Warm-up"), "w", NEED_VIEW, NULL, false },
	{ "settings", "/settings", "settings", WORD("Settings"), "s", NEED_VIEW, WORD("Workspace"),
		false },
	{ NULL, NULL, NULL, NULL, NULL, NEED_UNSET, NULL, false },
};

const char *nav_heading(int status)
{
	switch (status) {
	case 403:
		return WORD("This is not yours to do");
	case 404:
		return WORD("There is nothing here");
	case 405:
		return WORD("This page cannot be used that way");
	case 413:
		return WORD("That is too large");
	case 422:
		return WORD("Something in the form is not right");
	case 429:
		return WORD("Too many requests");
	case 503:
		return WORD("We will be back in a moment");
	default:
		return status < 500 ? WORD("That did not work") : WORD("Something went wrong");
	}
}

const char *nav_icon(int status)
{
	return status == 404 ? "search" : status == 403 ? "lock" : status >= 500 ? "zap" : "alert";
}

const char *nav_initial(struct scope *sc, const char *name)
{
	size_t len = 1;

	if (str_empty(name))
		return "?";
	while (((unsigned char)name[len] & 0xc0) == 0x80)
		len++;
	return arena_copy(sc->mem, name, len);
}
