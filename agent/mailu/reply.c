/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/reply.h"

#include <string.h>

#include "base/str.h"

/* A sender that MailU does not know (yet), or does not let this login use; a login it forgot. */
static const struct {
	int code;
	const char *text;
} ours[] = {
	{ 550, "Sender address rejected" },
	{ 553, "Sender address rejected" },
	{ 553, "not logged in" },
	{ 530, "uthentication" },
	{ 535, "" },
};

bool reply_blames_us(int code, const char *text)
{
	for (size_t i = 0; i < COUNT(ours); i++)
		if (ours[i].code == code && text && strstr(text, ours[i].text))
			return true;
	return false;
}
