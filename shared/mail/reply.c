/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mail/reply.h"

#include <string.h>

#include "base/str.h"

const char *reply_class_name(enum reply_class c)
{
	static const char *const names[REPLY_CLASSES] = { "other", "recipient", "full",
		"infrastructure", "content", "rate", "network" };

	return names[c];
}

/* Words decide before numbers: many servers send 5.7.1 or 5.1.1 for everything. The first row that
   is found in the text wins, so what is said of us stands before what is said of the person. */
static const struct {
	const char *words;
	enum reply_class class;
} by_text[] = {
	{ "spamhaus", REPLY_INFRASTRUCTURE },
	{ "blocklist", REPLY_INFRASTRUCTURE },
	{ "block list", REPLY_INFRASTRUCTURE },
	{ "blacklist", REPLY_INFRASTRUCTURE },
	{ "black list", REPLY_INFRASTRUCTURE },
	{ "dnsbl", REPLY_INFRASTRUCTURE },
	{ "rbl", REPLY_INFRASTRUCTURE },
	{ "reputation", REPLY_INFRASTRUCTURE },
	{ "spf ", REPLY_INFRASTRUCTURE },
	{ "dkim", REPLY_INFRASTRUCTURE },
	{ "dmarc", REPLY_INFRASTRUCTURE },
	{ "unauthenticated", REPLY_INFRASTRUCTURE },
	{ "not authenticated", REPLY_INFRASTRUCTURE },
	{ "reverse dns", REPLY_INFRASTRUCTURE },
	{ "ptr record", REPLY_INFRASTRUCTURE },
	{ "client host", REPLY_INFRASTRUCTURE },
	{ "ip address", REPLY_INFRASTRUCTURE },
	{ "relay access denied", REPLY_INFRASTRUCTURE },
	{ "user unknown", REPLY_RECIPIENT },
	{ "unknown user", REPLY_RECIPIENT },
	{ "no such user", REPLY_RECIPIENT },
	{ "no such recipient", REPLY_RECIPIENT },
	{ "does not exist", REPLY_RECIPIENT },
	{ "doesn't exist", REPLY_RECIPIENT },
	{ "recipient not found", REPLY_RECIPIENT },
	{ "mailbox not found", REPLY_RECIPIENT },
	{ "mailbox unavailable", REPLY_RECIPIENT },
	{ "invalid recipient", REPLY_RECIPIENT },
	{ "unknown recipient", REPLY_RECIPIENT },
	{ "account is disabled", REPLY_RECIPIENT },
	{ "account has been disabled", REPLY_RECIPIENT },
	{ "account disabled", REPLY_RECIPIENT },
	{ "no mailbox here", REPLY_RECIPIENT },
	{ "over quota", REPLY_FULL },
	{ "quota exceeded", REPLY_FULL },
	{ "mailbox full", REPLY_FULL },
	{ "mailbox is full", REPLY_FULL },
	{ "rate limit", REPLY_RATE },
	{ "too many", REPLY_RATE },
	{ "try again later", REPLY_RATE },
	{ "throttl", REPLY_RATE },
	{ "greylist", REPLY_RATE },
	{ "graylist", REPLY_RATE },
	{ "spam", REPLY_CONTENT },
	{ "virus", REPLY_CONTENT },
	{ "content", REPLY_CONTENT },
	{ "too large", REPLY_CONTENT },
	{ "too big", REPLY_CONTENT },
	{ "blocked", REPLY_INFRASTRUCTURE },
	{ "timed out", REPLY_NETWORK },
	{ "connection refused", REPLY_NETWORK },
	{ "host not found", REPLY_NETWORK },
};

/* Subject and detail of the enhanced status (RFC 3463), the class left aside; a row without a
   detail stands for all of its subject. The first that begins the status wins. */
static const struct {
	const char *status;
	enum reply_class class;
} by_status[] = {
	{ "1.0", REPLY_RECIPIENT },
	{ "1.10", REPLY_RECIPIENT },
	{ "1.1", REPLY_RECIPIENT },
	{ "1.2", REPLY_RECIPIENT },
	{ "1.3", REPLY_RECIPIENT },
	{ "1.6", REPLY_RECIPIENT },
	{ "1.7", REPLY_INFRASTRUCTURE },
	{ "1.8", REPLY_INFRASTRUCTURE },
	{ "2.1", REPLY_RECIPIENT },
	{ "2.2", REPLY_FULL },
	{ "2.3", REPLY_CONTENT },
	{ "3.4", REPLY_CONTENT },
	{ "3.", REPLY_NETWORK },
	{ "4.5", REPLY_RATE },
	{ "4.", REPLY_NETWORK },
	{ "6.", REPLY_CONTENT },
	{ "7.28", REPLY_RATE },
	{ "7.", REPLY_INFRASTRUCTURE },
};

static bool begins(const char *status, const char *row)
{
	size_t n = strlen(row);

	return strncmp(status, row, n) == 0 && (row[n - 1] == '.' || status[n] == 0);
}

enum reply_class reply_classify(int64_t code, const char *status, const char *text)
{
	for (size_t i = 0; text && i < COUNT(by_text); i++)
		if (strcasestr(text, by_text[i].words))
			return by_text[i].class;
	/* "5.1.1": what follows the class. */
	if (status && status[0] && status[1] == '.')
		for (size_t i = 0; i < COUNT(by_status); i++)
			if (begins(status + 2, by_status[i].status))
				return by_status[i].class;
	if (code == 421)
		return REPLY_RATE;
	if (code == 552 || code == 452)
		return REPLY_FULL;
	return REPLY_OTHER;
}
