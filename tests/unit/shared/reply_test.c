/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "mail/reply.h"

TEST(replies_are_about_the_person_us_the_mail_or_the_moment)
{
	static const struct {
		int64_t code;
		const char *status, *text, *class;
	} list[] = {
		{ 550, "5.1.1", "User unknown", "recipient" },
		{ 550, "5.1.1", NULL, "recipient" },
		{ 550, "5.1.10", NULL, "recipient" },
		{ 550, NULL, "<x@y> No such user here", "recipient" },
		{ 550, "5.2.1", "disabled", "recipient" },
		{ 552, "5.2.2", NULL, "full" },
		{ 552, NULL, NULL, "full" },
		{ 554, "5.7.1",
			"Service unavailable; Client host [192.0.2.1] blocked using "
			"zen.spamhaus.org",
			"infrastructure" },
		{ 550, "5.7.26", NULL, "infrastructure" },
		{ 550, "5.7.515", "Access denied, sending domain does not meet the required level",
			"infrastructure" },
		/* A blocklist that calls itself 5.1.1 is no dead mailbox. */
		{ 550, "5.1.1", "blocked: poor reputation", "infrastructure" },
		{ 554, "5.7.1", "Message rejected as spam", "content" },
		{ 552, "5.3.4", "Message size exceeds fixed limit", "content" },
		{ 550, "5.7.28", NULL, "rate" },
		{ 421, "4.7.0", "Try again later", "rate" },
		{ 421, NULL, NULL, "rate" },
		{ 451, "4.4.1", NULL, "network" },
		{ 0, "5.4.4", "Host or domain name not found", "network" },
		{ 550, NULL, "Requested action not taken", "other" },
		{ 0, NULL, NULL, "other" },
		{ 550, "5", NULL, "other" },
	};

	for (size_t i = 0; i < COUNT(list); i++)
		CHECK_TEXT(reply_class_name(
				   reply_classify(list[i].code, list[i].status, list[i].text)),
			list[i].class);
}
